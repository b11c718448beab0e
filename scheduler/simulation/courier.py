"""Plays delivery and the providers: takes what is due from the outbox, asks the real gate, writes a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.records import Conversation, Occurrence, OutboxMessage, Recipient
from bot.records.base import table_of
from bot.store.port import OutboxRow, Records
from bot.store.upsert import insert_into
from scheduler.gate import MARK, Gate
from scheduler.simulation.lines import HELD, Line, Scribe, Status
from scheduler.simulation.rules import key_of, names_of, rule_names

_BATCH: Final = 500
_outbox = table_of(OutboxMessage)
_conversations = table_of(Conversation).c
_ROW = tuple(name for name in OutboxRow.__dataclass_fields__)


class Courier:
    """Everything arrives at once: what a provider would say, and how fast it takes messages, nobody knows ahead."""

    def __init__(self, store: Records, gate: Gate, channels: Mapping[str, str], scribe: Scribe) -> None:
        self._store = store
        self._gate = gate
        self._channels = dict(channels)  # account -> channel
        self._scribe = scribe
        self._rules: dict[str, str] = {}

    async def act(self, now: datetime) -> None:
        while rows := await self._store.write(partial(_claim, now=now)):
            bulk = [row for row in rows if row.purpose == "bulk"]
            admitted = await self._gate.admit(bulk) if bulk else set()
            away = [row for row in rows if row.purpose != "bulk" or row.id in admitted]
            await self._store.write(partial(self._settle, rows=rows, away=away, now=now))
            if len(rows) < _BATCH:
                return

    async def next_at(self, now: datetime) -> datetime | None:
        found = await self._store.read(_first_queued)
        return None if found is None else max(found, now)

    async def end(self) -> None:
        """Nothing is left to be told: what waits in the outbox beyond the last day goes then."""

    def _settle(
        self, session: Session, rows: Sequence[OutboxRow], away: Sequence[OutboxRow], now: datetime
    ) -> None:
        ids = [row.id for row in away]
        session.execute(
            update(_outbox).where(_outbox.c.id.in_(ids)).values(status="accepted", sent_at=now, owner=None)
        )
        gone = set(ids)
        held = {
            found.id: found
            for found in session.execute(
                select(_outbox.c.id, _outbox.c.status, _outbox.c.code).where(
                    _outbox.c.id.in_([row.id for row in rows if row.id not in gone])
                )
            )
        }
        self._note_waits(
            session, [row for row in rows if row.id in held and held[row.id].status == "queued"], held
        )
        ended = [(row, "") for row in away]
        ended += [
            (row, held[row.id].code) for row in rows if row.id in held and held[row.id].status == "cancelled"
        ]
        self._scribe.write(session, self._lines(session, ended, now))

    def _note_waits(self, session: Session, rows: Sequence[OutboxRow], held: Mapping[str, Any]) -> None:
        notes = [
            {"occurrence_id": it, "reason": held[row.id].code}
            for row in rows
            if (it := (row.body.get(MARK) or {}).get("occurrence"))
        ]
        if notes:
            session.execute(insert_into(session, HELD).values(notes).on_conflict_do_nothing())

    def _lines(self, session: Session, ended: Sequence[tuple[OutboxRow, str]], now: datetime) -> list[Line]:
        if not self._rules:
            self._rules = rule_names(session)
        about = _About(session, [row for row, _ in ended])
        return [self._line(row, code, about, now) for row, code in ended]

    def _line(self, row: OutboxRow, code: str, about: _About, now: datetime) -> Line:
        it = row.body.get(MARK) or {}
        occurrence = about.occurrences.get(it.get("occurrence", ""))
        contact_id = it.get("contact_id") or about.contacts.get(row.conversation_id or "", "")
        source = it.get("source") or _source_of(row.key)
        status: Status = "skipped" if code else "sent"
        if occurrence is not None:
            key, cost = key_of(occurrence, self._rules), occurrence.cost
        elif it.get("recipient"):
            key, cost = f"{source}:{contact_id}", about.costs.get(it["recipient"], Decimal(0))
        else:
            key, cost = row.key, Decimal(0)
        return Line(
            key=key,
            at=now,
            status=status,
            source=source,
            contact_id=contact_id,
            name=about.names.get(contact_id, ""),
            channel=it.get("channel") or self._channels.get(row.account_id, ""),
            account=row.account_id,
            address=row.to,
            language=row.body.get("language", ""),
            subject=row.body.get("subject", ""),
            text=row.body.get("text", ""),
            cost=Decimal(0) if code else cost,
            reason=code,
            waited=about.waits.get(it.get("occurrence", ""), ""),
        )


class _About:
    """Whom and what the messages of a batch are about."""

    def __init__(self, session: Session, rows: Sequence[OutboxRow]) -> None:
        marks = [row.body.get(MARK) or {} for row in rows]
        planned = sorted({it["occurrence"] for it in marks if it.get("occurrence")})
        recipients = sorted({it["recipient"] for it in marks if it.get("recipient")})
        talks = sorted({row.conversation_id for row in rows if row.conversation_id})
        occurrences, people = table_of(Occurrence).c, table_of(Recipient).c
        self.occurrences = {
            row.id: row for row in session.scalars(select(Occurrence).where(occurrences.id.in_(planned)))
        }
        self.costs = {
            row.id: row.cost
            for row in session.execute(select(people.id, people.cost).where(people.id.in_(recipients)))
        }
        self.waits = {
            row.occurrence_id: row.reason
            for row in session.execute(select(HELD).where(HELD.c.occurrence_id.in_(planned)))
        }
        self.contacts = {
            row.id: row.contact_id
            for row in session.execute(
                select(_conversations.id, _conversations.contact_id).where(_conversations.id.in_(talks))
            )
        }
        known = {it["contact_id"] for it in marks if it.get("contact_id")} | set(self.contacts.values())
        self.names = names_of(session, sorted(known))


def _claim(session: Session, now: datetime) -> list[OutboxRow]:
    rows = session.scalars(
        select(OutboxMessage)
        .where(_outbox.c.status == "queued", _outbox.c.next_at <= now)
        .order_by(_outbox.c.priority, _outbox.c.id)
        .limit(_BATCH)
    ).all()
    ids = [row.id for row in rows]
    session.execute(
        update(_outbox).where(_outbox.c.id.in_(ids)).values(status="claimed", attempts=_outbox.c.attempts + 1)
    )
    return [OutboxRow(**{name: getattr(row, name) for name in _ROW}) for row in rows]


def _first_queued(session: Session) -> datetime | None:
    found: datetime | None = session.scalar(
        select(func.min(_outbox.c.next_at)).where(_outbox.c.status == "queued")
    )
    return found


def _source_of(key: str) -> str:
    """What caused a message that no rule and no campaign did: the beginning of its key."""
    kind = key.partition(":")[0]
    if kind in ("due_soon", "overdue"):
        return f"deadline:{kind}"
    return f"message:{kind}"
