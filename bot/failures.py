"""What follows when a message was not delivered: another channel where it is owed, else a person hears of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from sqlalchemy.orm import Session

from bot.alerts import AlertKind
from bot.clock import Clock
from bot.ids import IdMaker
from bot.records import OutboxMessage
from bot.store import changes
from bot.store.fallbacks import Detour, fall_back
from bot.store.port import OutboxRow, SendOutcome, StatusChange, Store
from channels.port import Door, StatusReport

log = structlog.get_logger()


class Failures:
    """Settles failed and doubtful messages, each in one transaction with all that follows."""

    def __init__(
        self,
        store: Store,
        doors: Mapping[str, Door],
        *,
        clock: Clock,
        ids: IdMaker,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._splits = {account: door.split for account, door in doors.items()}
        self._clock = clock
        self._ids = ids
        self._wake = wake

    async def settle(self, row: OutboxRow, outcome: SendOutcome) -> bool:
        """Record an attempt that ended as "failed" or "uncertain". False where it was no longer ours."""
        log.warning(
            "message_not_delivered",
            outbox=row.id,
            account=row.account_id,
            status=outcome.status,
            code=outcome.code,
        )

        def change(session: Session) -> tuple[bool, Detour | None]:
            if not changes.settle(session, outcome, worker_id=self._store.worker_id):
                return False, None
            settled = session.get(OutboxMessage, row.id)
            assert settled is not None
            if outcome.status == "uncertain":
                self._alert(session, settled, "uncertain", f"{outcome.outcome} {outcome.code}")
                return True, None
            return True, self._failed(
                session,
                settled,
                f"{outcome.outcome} {outcome.code}",
                reason=outcome.code or outcome.outcome,
                bad_address=outcome.outcome == "bad_address",
                opted_out=outcome.outcome == "opted_out",
            )

        ours, detour = await self._store.write(change)
        self._took(detour)
        return ours

    async def reported(self, change: StatusChange, report: StatusReport) -> None:
        """A provider had taken a message and says that it failed. Calling it again changes nothing more."""

        def note(session: Session) -> Detour | None:
            row = changes.accepted_row(session, change.account_id, change.provider_id)
            if row is None:
                return None
            return self._failed(
                session,
                row,
                f"not delivered {change.code}",
                reason=change.code,
                bad_address=report.permanent,
                opted_out=report.opted_out,
            )

        self._took(await self._store.write(note))

    def _failed(
        self,
        session: Session,
        row: OutboxMessage,
        words: str,
        *,
        reason: str,
        bad_address: bool,
        opted_out: bool,
    ) -> Detour | None:
        now = self._clock.now()
        if opted_out:
            changes.stop_address(session, row, reason, now)
        elif bad_address:
            changes.mark_bad_address(session, row, reason)
        detour = fall_back(session, row, self._splits, self._ids.new, now)
        if detour is None:
            self._alert(session, row, "failed", words)
        return detour

    def _alert(self, session: Session, row: OutboxMessage, kind: AlertKind, words: str) -> None:
        changes.raise_alert(
            session,
            self._ids.new(),
            key=f"{kind}:{row.id}",
            kind=kind,
            conversation_id=row.conversation_id,
            reason=f"{row.purpose} by {row.account_id}: {words}".strip(),
            now=self._clock.now(),
        )

    def _took(self, detour: Detour | None) -> None:
        if detour is not None:
            log.info("fell_back", account=detour.account_id, conversation=detour.conversation_id)
            self._wake()
