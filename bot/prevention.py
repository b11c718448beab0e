"""Preventive actions: opened, taken, closed by people; opened too by what detects recurrences. source: CO-09"""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot import case_asks as asks
from bot.cases import doer_of
from bot.clock import Clock
from bot.complaints.lifecycle import PREVENTION, Doer, check_role
from bot.ids import IdMaker
from bot.records import AuditEntry, PreventiveAction
from bot.store.changes import NotFound, NotPossible
from bot.store.port import Store


class Prevention:
    """Each call is one transaction. Raises `NotAllowed`, `NotFound`, `NotPossible`."""

    def __init__(self, store: Store, *, clock: Clock, ids: IdMaker) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def open(self, ask: asks.OpenPrevention, *, token: str = "") -> PreventiveAction:
        def change(session: Session) -> PreventiveAction:
            doer, new_id = self._doer(session, ask.agent, token), self._ids.new()
            item = PreventiveAction(
                id=new_id,
                key=new_id,
                title=ask.title,
                cause=ask.cause,
                product=ask.product,
                zone=ask.zone,
                cases=[],
                owner=ask.owner,
                due_on=ask.due_on,
                created_by=doer.name,
                created_at=self._clock.now(),
            )
            session.add(item)
            self._audit(session, doer, "prevention_opened", item)
            return item

        return await self._store.write(change)

    async def take(self, action_id: str, ask: asks.TakePrevention, *, token: str = "") -> PreventiveAction:
        def change(session: Session) -> PreventiveAction:
            doer = self._doer(session, ask.agent, token)
            item = _open_action(session, action_id)
            item.owner = doer.name
            item.due_on = ask.due_on or item.due_on
            self._audit(session, doer, "prevention_taken", item)
            return item

        return await self._store.write(change)

    async def close(self, action_id: str, ask: asks.ClosePrevention, *, token: str = "") -> PreventiveAction:
        def change(session: Session) -> PreventiveAction:
            doer = self._doer(session, ask.agent, token)
            item = _open_action(session, action_id)
            if not item.owner:
                raise NotPossible("nobody is in charge of it: take it first, so that it is known who did it")
            item.status, item.result, item.closed_at = ask.status, ask.result, self._clock.now()
            self._audit(session, doer, f"prevention_{ask.status}", item)
            return item

        return await self._store.write(change)

    def _doer(self, session: Session, agent: str | None, token: str) -> Doer:
        doer = doer_of(session, agent, token)
        check_role(doer, PREVENTION, "followed by prevention")
        return doer

    def _audit(self, session: Session, doer: Doer, action: str, item: PreventiveAction) -> None:
        detail = {"title": item.title, "owner": item.owner, "status": item.status}
        session.add(
            AuditEntry(
                id=self._ids.new(),
                at=self._clock.now(),
                actor=doer.name,
                action=action,
                object_kind="preventive_action",
                object_id=item.id,
                detail=detail,
            )
        )


def _open_action(session: Session, action_id: str) -> PreventiveAction:
    item = session.get(PreventiveAction, action_id, with_for_update=True)
    if item is None:
        raise NotFound(f"there is no preventive action {action_id}")
    if item.status != "open":
        raise NotPossible(f"this preventive action is {item.status} already")
    return item
