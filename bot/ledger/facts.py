"""What the tables of the hot path say that the chain does not say yet.

The hot path writes its facts once and knows nothing of the ledger. What is new since the last look is found by
indexes it keeps anyway: identifiers sort by time, so whatever was promised, tried or reported lately has a high one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from bot.ledger.chain import Fact, Kind, provider_mark
from bot.records import Delivery, LedgerOpen, LedgerRow, OutboxMessage, ReceiptOwed
from bot.records.base import table_of

_receipts = table_of(ReceiptOwed).c
_outbox = table_of(OutboxMessage).c
_deliveries = table_of(Delivery).c
_ledger = table_of(LedgerRow).c
_open = table_of(LedgerOpen).c

_MS = timedelta(milliseconds=1)
_ARRIVED = ("delivered", "read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Facts to seal, and what to remember of the messages they are about."""

    facts: Sequence[Fact]
    still_open: dict[str, tuple[str, bool]]  # journal id -> (outbox id, alerted)
    settled: Sequence[str]
    looked_to: str  # the highest identifier seen
    more: bool


def look(session: Session, since: str, limit: int) -> Found:
    """What happened after the identifier `since`, and what changed for those still waiting."""
    promised = _new_promises(session, since, limit)
    tried = _new_outcomes(session, since, limit)
    waiting = [*_changed(session, limit), *_unknown(session, limit)]
    full = len(promised) == limit or len(tried) == limit
    highest = [rows[-1].id for rows in (promised, tried) if rows]
    # Where one of the two was cut off, nothing beyond its end may count as seen.
    ends = [rows[-1].id for rows in (promised, tried) if len(rows) == limit]
    looked_to = min(ends) if ends else max([since, *highest])
    journal_ids = {row.journal_id for row in (*promised, *waiting)} | _journals_of(session, tried)
    found = facts_about(session, sorted(journal_ids))
    return Found(
        facts=found.facts,
        still_open=found.still_open,
        settled=found.settled,
        looked_to=looked_to,
        more=full or len(waiting) >= limit,
    )


def facts_about(session: Session, journal_ids: Sequence[str]) -> Found:
    """Everything unsealed about these messages."""
    receipts = _receipts_of(session, journal_ids)
    sealed = _sealed(session, journal_ids)
    outcomes = _outcomes(session, receipts, sealed)
    facts: list[Fact] = []
    still_open: dict[str, tuple[str, bool]] = {}
    for row in receipts:
        known = sealed.get(row.journal_id, set())
        facts += [fact for fact in _facts_of(row, known, outcomes[row.journal_id]) if fact.key not in known]
        if row.acknowledged_at is None:
            still_open[row.journal_id] = (row.outbox_id or "", row.alerted_at is not None)
    return Found(
        facts=facts,
        still_open=still_open,
        settled=[row.journal_id for row in receipts if row.journal_id not in still_open],
        looked_to="",
        more=False,
    )


def unsealed(session: Session, limit: int, *, before: datetime | None = None) -> list[str]:
    """Messages that are owed a receipt and are not in the chain at all. Reads everything: the net, not the way."""
    query = (
        select(_receipts.journal_id)
        .where(~exists().where(_ledger.key == literal("r:").concat(_receipts.journal_id)))
        .order_by(_receipts.journal_id)
        .limit(limit)
    )
    if before is not None:
        query = query.where(_receipts.received_at < before)
    return list(session.scalars(query))


def _new_promises(session: Session, since: str, limit: int) -> list[Any]:
    return list(
        session.execute(
            select(_receipts.journal_id, _receipts.outbox_id.label("id"))
            .where(
                _receipts.outbox_id > since,
                ~exists().where(_ledger.key == _accepted_key()),
                or_(
                    _receipts.acknowledged_at.is_not(None),
                    ~exists().where(_open.journal_id == _receipts.journal_id),
                ),
            )
            .order_by(_receipts.outbox_id)
            .limit(limit)
        )
    )


def _accepted_key() -> Any:
    return literal("a:").concat(_receipts.journal_id).concat(literal(":")).concat(_receipts.outbox_id)


def _new_outcomes(session: Session, since: str, limit: int) -> list[Any]:
    return list(
        session.execute(
            select(_deliveries.id, _deliveries.outbox_id)
            .join(table_of(OutboxMessage), _outbox.id == _deliveries.outbox_id)
            .where(
                _deliveries.id > since,
                _outbox.purpose == "receipt",
                ~exists().where(
                    _ledger.key > literal("t:").concat(_deliveries.id).concat(":"),
                    _ledger.key
                    < literal("t:").concat(_deliveries.id).concat(":g"),  # beyond any hexadecimal digit
                ),
            )
            .order_by(_deliveries.id)
            .limit(limit)
        )
    )


def _changed(session: Session, limit: int) -> list[Any]:
    """Those the sealer waits for and whose receipt went out, moved to another channel or raised an alert."""
    return list(
        session.execute(
            select(_receipts.journal_id)
            .join(table_of(LedgerOpen), _open.journal_id == _receipts.journal_id)
            .where(
                or_(
                    _receipts.acknowledged_at.is_not(None),
                    func.coalesce(_receipts.outbox_id, "") != _open.outbox_id,
                    and_(_receipts.alerted_at.is_not(None), _open.alerted.is_(False)),
                )
            )
            .limit(limit)
        )
    )


def _unknown(session: Session, limit: int) -> list[Any]:
    """Those without an acknowledgement that the sealer has not met, whatever their identifiers say."""
    return list(
        session.execute(
            select(_receipts.journal_id)
            .where(
                _receipts.acknowledged_at.is_(None),
                ~exists().where(_open.journal_id == _receipts.journal_id),
            )
            .limit(limit)
        )
    )


def _receipts_of(session: Session, journal_ids: Sequence[str]) -> list[Any]:
    if not journal_ids:
        return []
    return list(
        session.execute(
            select(
                table_of(ReceiptOwed),
                _outbox.account_id,
                _outbox.status,
                _outbox.provider_id,
                _outbox.key.label("outbox_key"),
                _outbox.created_at.label("promised_at"),
            )
            .outerjoin(table_of(OutboxMessage), _outbox.id == _receipts.outbox_id)
            .where(_receipts.journal_id.in_(journal_ids))
            .order_by(_receipts.journal_id)
        )
    )


def _sealed(session: Session, journal_ids: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    if journal_ids:
        query = select(_ledger.journal_id, _ledger.key).where(_ledger.journal_id.in_(journal_ids))
        for journal_id, key in session.execute(query):
            found[journal_id].add(key)
    return found


def _journals_of(session: Session, tried: Sequence[Any]) -> set[str]:
    """The messages that these attempts were to acknowledge, also when the debt has moved on since."""
    outbox_ids = {row.outbox_id for row in tried}
    if not outbox_ids:
        return set()
    query = select(_receipts.journal_id, _receipts.outbox_id).where(_receipts.outbox_id.in_(outbox_ids))
    rows = list(session.execute(query))
    left = outbox_ids - {row.outbox_id for row in rows}
    journal_ids = {row.journal_id for row in rows}
    for key in session.scalars(select(_outbox.key).where(_outbox.id.in_(left))) if left else ():
        family = _family(session, key.partition("~")[0])
        journal_ids.update(
            session.scalars(select(_receipts.journal_id).where(_receipts.outbox_id.in_(family)))
        )
    return journal_ids


def _family(session: Session, first_key: str) -> list[str]:
    """A receipt's rows in the outbox: the first, and those of the channels it fell back to."""
    return list(
        session.scalars(
            select(_outbox.id).where(
                or_(_outbox.key == first_key, _outbox.key.startswith(f"{first_key}~", autoescape=True))
            )
        )
    )


def _outcomes(session: Session, receipts: Sequence[Any], sealed: dict[str, set[str]]) -> dict[str, list[Any]]:
    """Attempts and reports by the message they were to acknowledge."""
    of_outbox: dict[str, list[str]] = defaultdict(list)
    for row in receipts:
        if row.outbox_id is None:
            continue
        moved = "~" in row.outbox_key if row.outbox_key else False
        family = _family(session, row.outbox_key.partition("~")[0]) if moved else [row.outbox_id]
        for outbox_id in {*family, *_outboxes_in(sealed.get(row.journal_id, ()))}:
            of_outbox[outbox_id].append(row.journal_id)
    found: dict[str, list[Any]] = defaultdict(list)
    if of_outbox:
        query = (
            select(table_of(Delivery)).where(_deliveries.outbox_id.in_(of_outbox)).order_by(_deliveries.id)
        )
        for delivery in session.execute(query):
            for journal_id in of_outbox[delivery.outbox_id]:
                found[journal_id].append(delivery)
    return found


def _outboxes_in(keys: Collection[str]) -> set[str]:
    return {key.rsplit(":", 1)[1] for key in keys if key.startswith(("a:", "m:"))}


def _facts_of(row: Any, sealed: Collection[str], outcomes: Sequence[Any]) -> Iterator[Fact]:
    def fact(kind: Kind, key: str, at: datetime, **payload: Any) -> Fact:
        return Fact(at=at, kind=kind, key=key, journal_id=row.journal_id, payload=payload)

    yield fact(
        "received",
        f"r:{row.journal_id}",
        row.received_at,
        channel=row.channel,
        conversation=row.conversation_id,
        due=row.due_at.isoformat(timespec="microseconds"),
    )
    if row.outbox_key and "~" in row.outbox_key:
        yield fact(
            "moved",
            f"m:{row.journal_id}:{row.outbox_id}",
            row.promised_at,
            account=row.account_id,
            outbox=row.outbox_id,
        )
    if row.acknowledged_at is not None:
        yield fact(
            "accepted",
            f"a:{row.journal_id}:{row.outbox_id}",
            row.acknowledged_at,
            account=row.account_id,
            after_ms=max(0, (row.acknowledged_at - row.received_at) // _MS),
            arrived=row.status in _ARRIVED and not any(each.outcome in _ARRIVED for each in outcomes),
            in_time=row.acknowledged_at <= row.due_at,
            outbox=row.outbox_id,
            provider=provider_mark(row.provider_id or ""),
        )
    if row.alerted_at is not None:
        yield fact("alerted", f"w:{row.journal_id}", row.alerted_at)
    for each in outcomes:
        yield fact(
            "delivered" if each.outcome in _ARRIVED else "attempt",
            f"t:{each.id}:{row.journal_id}",
            each.at,
            attempt=each.attempt,
            outbox=each.outbox_id,
            outcome=each.outcome,
            provider=provider_mark(each.provider_id),
        )
