"""Outreach is checked once more between its claim and its provider call, as the ledger and the caps stand then.

One transaction a batch: the contacts are locked, the guards asked, a place under the caps taken for what may go,
and what may not is cancelled with its reason or queued again for later. Other messages never come here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.records import Contact, Conversation, Occurrence, OutboxMessage, Recipient, SentPromotion
from bot.records.base import table_of
from bot.store.port import OutboxRow, Records
from bot.store.tables import to_json
from scheduler.campaigns.hold import CANCELLED, told_by_campaigns
from scheduler.consent import PURPOSES
from scheduler.facts import Suppressed, load_facts, nobody, present_contacts
from scheduler.guards import Candidate, Limits, Verdict, check, promotional

log = structlog.get_logger()

_sent = table_of(SentPromotion).c
_contacts = table_of(Contact).c
_conversations = table_of(Conversation).c

MARK: Final = "outreach"
"""Key of an outbox row's body under which stands what it is: see `mark`."""


def mark(candidate: Candidate, *, occurrence: str = "", recipient: str = "") -> dict[str, str]:
    """What a bulk row must carry in `body["outreach"]` to be checked when it is sent.

    `occurrence` or `recipient` is the id of the row it was planned by: left out, that row says why.
    """
    return {
        "contact_id": candidate.contact_id,
        "purpose": candidate.purpose,
        "channel": candidate.channel,
        "source": candidate.source,
        "latest": candidate.latest.isoformat() if candidate.latest else "",
        "occurrence": occurrence,
        "recipient": recipient,
    }


class Gate:
    """`admit` tells which claimed bulk rows may go to their providers now."""

    def __init__(
        self,
        store: Records,
        limits: Limits,
        *,
        channels: Mapping[str, str],
        clock: Clock,
        ids: IdMaker,
        suppressed: Suppressed = nobody,
    ) -> None:
        self._store = store
        self._limits = limits
        self._channels = dict(channels)  # account -> channel
        self._clock = clock
        self._ids = ids
        self._suppressed = suppressed

    async def admit(self, rows: Sequence[OutboxRow]) -> set[str]:
        """Ids of those that may go. Raises `StoreError`: then nothing was decided."""
        now = self._clock.now()
        verdicts = await self._store.write(lambda session: self._weigh(session, rows, now))
        for row in rows:
            verdict = verdicts[row.id]
            if not verdict.allowed:
                log.info("outreach_held", outbox=row.id, code=verdict.code, later=verdict.delayed)
        return {row_id for row_id, verdict in verdicts.items() if verdict.allowed}

    def _weigh(self, session: Session, rows: Sequence[OutboxRow], now: datetime) -> dict[str, Verdict]:
        candidates = self._candidates(session, rows, now)
        _lock(session, {candidate.contact_id for candidate in candidates.values()})
        verdicts = {row.id: Verdict(code="unmarked") for row in rows}
        verdicts |= self._checked(session, rows, candidates, now)
        for row in rows:
            verdict = verdicts[row.id]
            if not verdict.allowed:
                known = candidates.get(row.id)
                _hold(session, row, known.contact_id if known else "", verdict, now)
        return verdicts

    def _checked(
        self,
        session: Session,
        rows: Sequence[OutboxRow],
        candidates: Mapping[str, Candidate],
        now: datetime,
    ) -> dict[str, Verdict]:
        """One after the other, so that two messages to one contact in one batch see each other."""
        ordered = list(candidates.items())
        these = frozenset(candidates)
        facts = load_facts(
            session, [c for _, c in ordered], now=now, suppressed=self._suppressed, not_counting=these
        )
        places = _places(session, candidates)
        recipient_of = {row.id: (row.body.get(MARK) or {}).get("recipient", "") for row in rows}
        told = told_by_campaigns(session, recipient_of.values(), self._limits, now)
        verdicts: dict[str, Verdict] = {}
        passed: dict[str, list[datetime]] = {}
        for (row_id, candidate), known in zip(ordered, facts, strict=True):
            so_far = tuple(passed.get(candidate.contact_id, ()))
            known = replace(known, promotions=(*known.promotions, *so_far))
            own = told.get(recipient_of[row_id], self._limits)
            verdict = own if isinstance(own, Verdict) else check(candidate, known, own)
            verdicts[row_id] = verdict
            if verdict.allowed and promotional(candidate):
                passed.setdefault(candidate.contact_id, []).append(now)
                self._take_place(session, places.get(row_id), row_id, candidate, now)
        return verdicts

    def _take_place(
        self, session: Session, place: SentPromotion | None, row_id: str, candidate: Candidate, now: datetime
    ) -> None:
        """Under the caps, from now on; a message that is tried again keeps the one it has."""
        if place is not None:
            place.at = now
            return
        session.add(
            SentPromotion(
                id=self._ids.new(),
                contact_id=candidate.contact_id,
                at=now,
                source=candidate.source,
                outbox_id=row_id,
            )
        )

    def _candidates(self, session: Session, rows: Sequence[OutboxRow], now: datetime) -> dict[str, Candidate]:
        """By outbox id. A row that belongs to nobody known is not among them: it does not go."""
        talks = _contacts_of_talks(session, [row for row in rows if _marked(row) is None])
        named = {
            row.id: row.body.get(MARK) or _unmarked(talks.get(row.conversation_id or "")) for row in rows
        }
        present = present_contacts(session, {it["contact_id"] for it in named.values() if it})
        return {
            row.id: self._candidate(row, it, present[it["contact_id"]], now)
            for row in rows
            if (it := named[row.id]) is not None
        }

    def _candidate(self, row: OutboxRow, it: Mapping[str, Any], contact_id: str, now: datetime) -> Candidate:
        body = row.body
        latest = it.get("latest")
        return Candidate(
            contact_id=contact_id,
            purpose=it["purpose"],
            channel=it.get("channel") or self._channels.get(row.account_id, ""),
            address=row.to,
            at=now,
            source=it.get("source", ""),
            latest=datetime.fromisoformat(latest) if latest else None,
            language=body.get("language", ""),
            subject=body.get("subject", ""),
            text=body["text"] if MARK in body else "",
            template=body.get("template", ""),
            unsubscribe_url=body.get("unsubscribe_url", ""),
        )


def _marked(row: OutboxRow) -> Mapping[str, str] | None:
    it = row.body.get(MARK)
    return it if it and it.get("contact_id") and it.get("purpose") in PURPOSES else None


def _unmarked(contact_id: str | None) -> Mapping[str, str] | None:
    """A bulk message said in a conversation: the word of its contact counts all the same."""
    return {"contact_id": contact_id, "purpose": "information"} if contact_id else None


def _contacts_of_talks(session: Session, rows: Sequence[OutboxRow]) -> dict[str, str]:
    asked = {row.conversation_id for row in rows if row.conversation_id}
    if not asked:
        return {}
    found = session.execute(
        select(_conversations.id, _conversations.contact_id).where(_conversations.id.in_(sorted(asked)))
    )
    return {row.id: row.contact_id for row in found}


def _lock(session: Session, contact_ids: set[str]) -> None:
    """Nobody else weighs a message to these contacts meanwhile: else two would take the last place."""
    ordered = sorted(contact_ids)
    session.execute(
        select(_contacts.id).where(_contacts.id.in_(ordered)).order_by(_contacts.id).with_for_update()
    )


def _places(session: Session, candidates: Mapping[str, Candidate]) -> dict[str, SentPromotion]:
    """The places that these messages hold from an earlier try, by outbox id."""
    contact_ids = sorted({candidate.contact_id for candidate in candidates.values()})
    held = session.scalars(
        select(SentPromotion).where(_sent.contact_id.in_(contact_ids), _sent.outbox_id.in_(list(candidates)))
    )
    return {place.outbox_id or "": place for place in held}


def _hold(session: Session, row: OutboxRow, contact_id: str, verdict: Verdict, now: datetime) -> None:
    """Cancel it with the reason, or let it wait; its place under the caps is free again."""
    kept = session.get(OutboxMessage, row.id)
    if kept is None or kept.status != "claimed":
        return
    session.execute(delete(SentPromotion).where(_sent.contact_id == contact_id, _sent.outbox_id == row.id))
    kept.owner, kept.code, kept.error = None, verdict.code, verdict.words("en")
    if verdict.until is not None:
        kept.status, kept.next_at, kept.attempts = "queued", verdict.until, max(0, kept.attempts - 1)
        return
    kept.status = "cancelled"
    it = row.body.get(MARK) or {}
    planned: tuple[tuple[type[Any], str], ...] = ((Occurrence, "occurrence"), (Recipient, "recipient"))
    for model, key in planned:
        planned_row = session.get(model, it[key]) if it.get(key) else None
        if planned_row is not None:
            planned_row.status = "cancelled" if verdict.code == CANCELLED else "skipped"
            planned_row.reason = verdict.code
            planned_row.detail, planned_row.settled_at = to_json(dict(verdict.detail)), now
