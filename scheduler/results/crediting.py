"""The job that writes on each message what it brought: by pages of contacts, the same rows again change nothing.

What is read is read beside the writers; only rows whose result changed are written, in small transactions. A purchase
that is brought in late, cancelled or returned changes its message's result until `_GRACE` after the window.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

from sqlalchemy import Table, bindparam, func, select, text, union, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.job_slots import take_slot
from bot.records import (
    Campaign,
    Consent,
    Conversation,
    Message,
    Occurrence,
    OutboxMessage,
    OutreachRule,
    Purchase,
    Recipient,
    SamePerson,
)
from bot.records.base import table_of
from bot.store.port import Store
from scheduler.facts import present_contacts
from scheduler.results.credit import NOTHING, Brought, Order, Said, Sent, Windows, credit
from scheduler.rule_book import all_rules
from scheduler.rules import Rule

JOB: Final = "results of outreach"
EVERY: Final = timedelta(minutes=10)
_GRACE: Final = timedelta(days=14)
_PAGE: Final = 500  # contacts
_WRITE: Final = 500  # rows a transaction
_WENT: Final = text("status IN ('sent', 'uncertain')")  # as the partial indexes say it
_NOT_REPLIES: Final = ("consent", "provider", "automatic")
"""Deciders of messages that are no answer: a STOP is a no, and what a machine wrote is nobody's."""

_recipients, _occurrences = table_of(Recipient), table_of(Occurrence)
_outbox = table_of(OutboxMessage)
_purchases = table_of(Purchase).c
_consents = table_of(Consent).c
_conversations = table_of(Conversation)
_messages = table_of(Message).c
_pairs = table_of(SamePerson).c


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A message as its table tells it, with what was written on it before."""

    table: Table
    sent: Sent
    before: Brought
    currency: str | None


class Crediting:
    """`tick` is a job of the clock, on one process at a time."""

    def __init__(
        self,
        store: Store,
        windows: Windows,
        rules: Callable[[], Mapping[str, Rule]],
        *,
        currency: str,
        clock: Clock,
        page: int = _PAGE,
    ) -> None:
        self._store = store
        self._windows = windows
        self._rules = rules
        self._currency = currency
        self._clock = clock
        self._page = page

    async def tick(self) -> int:
        """Once a slot of ten minutes; how many rows changed."""
        now = self._clock.now()
        slot = datetime.fromtimestamp(now.timestamp() // EVERY.total_seconds() * EVERY.total_seconds(), UTC)
        if not await self._store.read(lambda session: _went_since(session, self._since(now))):
            return 0
        owner = self._store.worker_id
        taken = await self._store.write(lambda session: take_slot(session, JOB, slot, owner=owner))
        return await self.run() if taken else 0

    async def run(self) -> int:
        """Look at all messages whose window is not long over; how many rows changed."""
        now, after, changed = self._clock.now(), "", 0
        while True:
            page = await self._store.read(
                partial(_contacts_after, after=after, since=self._since(now), limit=self._page)
            )
            if not page:
                return changed
            news = await self._store.read(partial(self._news, contact_ids=page, since=self._since(now)))
            for start in range(0, len(news), _WRITE):
                await self._store.write(
                    partial(_write, news=news[start : start + _WRITE], currency=self._currency)
                )
            changed += len(news)
            after = page[-1]

    def _since(self, now: datetime) -> datetime:
        return now - max(self._windows.purchase, self._windows.reply) - _GRACE

    def _news(
        self, session: Session, contact_ids: Sequence[str], since: datetime
    ) -> list[tuple[_Row, Brought]]:
        """Rows whose result is another than what stands on them."""
        people = _joined(session, contact_ids)
        ids = sorted(people)
        rows = _messages_of(session, people, since, _promoting(session, self._rules()))
        replies = _replies(session, people, ids, since)
        orders = _orders(session, people, ids, since, self._currency)
        noes = _noes(session, people, ids, since)
        news = []
        for who, theirs in rows.items():
            brought = credit(
                [row.sent for row in theirs], replies[who], orders[who], noes[who], self._windows
            )
            for row in theirs:
                after = brought.get(row.sent.row_id, NOTHING)
                currency = self._currency if after.income is not None else None
                if after != row.before or currency != row.currency:
                    news.append((row, after))
        return news


def _went_since(session: Session, since: datetime) -> bool:
    return bool(_contacts_after(session, after="", since=since, limit=1))


def _contacts_after(session: Session, *, after: str, since: datetime, limit: int) -> list[str]:
    pages = [
        select(table.c.contact_id)
        .where(_WENT, table.c.contact_id > after, table.c.settled_at >= since)
        .distinct()
        .order_by(table.c.contact_id)
        .limit(limit)
        .subquery()
        for table in (_recipients, _occurrences)
    ]
    both = union(*(select(page.c.contact_id) for page in pages)).subquery()
    return list(session.scalars(select(both.c.contact_id).order_by(both.c.contact_id).limit(limit)))


def _joined(session: Session, contact_ids: Sequence[str]) -> dict[str, str]:
    """Each of them, and whoever was joined with them, by id: who that is today."""
    present = present_contacts(session, contact_ids)
    todo = set(present.values())
    while todo:
        others = session.execute(
            select(_pairs.other_id, _pairs.contact_id).where(
                _pairs.contact_id.in_(sorted(todo)), _pairs.status == "merged"
            )
        ).all()
        todo = {row.other_id for row in others} - set(present)
        for row in others:
            present.setdefault(row.other_id, present.get(row.contact_id, row.contact_id))
    return present | {who: who for who in present.values()}


def _messages_of(
    session: Session, people: Mapping[str, str], since: datetime, promoting: set[str]
) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for table, source in ((_recipients, "campaign_id"), (_occurrences, "rule_id")):
        c = table.c
        query = (
            select(
                c.id, c.contact_id, c.channel, c[source].label("source"), c.replied_at, c.converted_at,
                c.income, c.currency, c.opted_out_at,
                func.coalesce(_outbox.c.sent_at, c.settled_at).label("at"),
            )
            .select_from(table.outerjoin(_outbox, _outbox.c.id == c.outbox_id))
            .where(
                c.status.in_(("sent", "uncertain")), c.contact_id.in_(sorted(people)), c.settled_at >= since
            )
        )  # fmt: skip
        for row in session.execute(query):
            sent = Sent(row_id=row.id, channel=row.channel, at=row.at, promotes=row.source in promoting)
            before = Brought(
                replied_at=row.replied_at,
                converted_at=row.converted_at,
                income=row.income,
                opted_out_at=row.opted_out_at,
            )
            one = _Row(table=table, sent=sent, before=before, currency=row.currency)
            found[people[row.contact_id]].append(one)
    return found


def _promoting(session: Session, ready: Mapping[str, Rule]) -> set[str]:
    """Campaigns and rules by id whose messages are more than service."""
    campaigns, rules = table_of(Campaign).c, table_of(OutreachRule).c
    found = {
        row.id
        for row in session.execute(select(campaigns.id, campaigns.definition))
        if row.definition.get("purpose") != "service"
    }
    listed = all_rules(session, ready)
    for row in session.execute(select(rules.id, rules.name)):
        known = listed.get(row.name)
        if known is None or known.rule.purpose != "service":
            found.add(row.id)
    return found


def _replies(
    session: Session, people: Mapping[str, str], ids: Sequence[str], since: datetime
) -> dict[str, list[Said]]:
    c = _conversations.c
    found: dict[str, list[Said]] = defaultdict(list)
    query = (
        select(c.contact_id, c.channel, _messages.created_at)
        .select_from(_conversations.join(table_of(Message), _messages.conversation_id == c.id))
        .where(
            c.contact_id.in_(ids),
            c.last_inbound_at >= since,
            _messages.created_at >= since,
            _messages.direction == "in",
            _messages.automatic == "",
            _messages.decided_by.not_in(_NOT_REPLIES),
        )
    )
    for row in session.execute(query):
        found[people[row.contact_id]].append(Said(row.created_at, row.channel))
    return found


def _orders(
    session: Session, people: Mapping[str, str], ids: Sequence[str], since: datetime, currency: str
) -> dict[str, list[Order]]:
    """Lines of one order are one purchase; what was cancelled or returned is none."""
    lines: dict[tuple[str, str], list[Any]] = defaultdict(list)
    names = ("id", "contact_id", "order_ref", "at", "amount", "currency")
    query = select(*(_purchases[name] for name in names)).where(
        _purchases.contact_id.in_(ids),
        _purchases.at >= since,
        _purchases.status.in_(("ordered", "delivered")),
    )
    for row in session.execute(query):
        lines[people[row.contact_id], row.order_ref or row.id].append(row)
    found: dict[str, list[Order]] = defaultdict(list)
    for (who, _), some in lines.items():
        ours = [line.amount for line in some if line.currency == currency]
        found[who].append(Order(min(line.at for line in some), sum(ours, Decimal(0)) if ours else None))
    return found


def _noes(
    session: Session, people: Mapping[str, str], ids: Sequence[str], since: datetime
) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = defaultdict(list)
    query = select(_consents.contact_id, _consents.channel, _consents.at).where(
        _consents.contact_id.in_(ids), _consents.at >= since, _consents.granted.is_(False)
    )
    for row in session.execute(query):
        found[people[row.contact_id]].append(Said(row.at, row.channel))
    return found


def _write(session: Session, news: Iterable[tuple[_Row, Brought]], currency: str) -> None:
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row, brought in news:
        by_table[row.table.name].append(
            {
                "row": row.sent.row_id,
                "replied": brought.replied_at,
                "converted": brought.converted_at,
                "brought": brought.income,
                "money": currency if brought.income is not None else None,
                "no": brought.opted_out_at,
            }
        )
    for table in (_recipients, _occurrences):
        if by_table[table.name]:
            session.execute(
                update(table)
                .where(table.c.id == bindparam("row"))
                .values(
                    replied_at=bindparam("replied"),
                    converted_at=bindparam("converted"),
                    income=bindparam("brought"),
                    currency=bindparam("money"),
                    opted_out_at=bindparam("no"),
                ),
                by_table[table.name],
            )
