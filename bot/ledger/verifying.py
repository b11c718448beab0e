"""Is the ledger whole, and does it tell the truth? Chain, facts and heads are held against each other.

Rows are streamed: a million take no more memory than a thousand. Nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Select, String, and_, func, select, type_coerce
from sqlalchemy.orm import Session

from bot.ledger.chain import GENESIS, Head, provider_mark, row_hash
from bot.ledger.facts import unsealed
from bot.ledger.heads import SignedHead
from bot.ledger.sealing import head_of
from bot.ledger.stories import Exceptional, Story
from bot.records import Delivery, LedgerRow, OutboxMessage, ReceiptOwed
from bot.records.base import table_of

_ledger = table_of(LedgerRow).c
_receipts = table_of(ReceiptOwed).c
_outbox = table_of(OutboxMessage).c
_deliveries = table_of(Delivery).c

NAMED: Final = 10_000  # problems and exceptions that are named one by one; the rest is counted
_FETCH: Final = 5_000
_MARGIN: Final = timedelta(hours=1)  # between the making of an identifier and the instant of receipt
_TAIL: Final = timedelta(
    minutes=10
)  # facts so young may lack their rows: the program was stopped before the sealer


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that honest use can't bring about."""

    where: str
    what: str


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What was found. `sound` says whether chain, facts and heads agree."""

    rows: int = 0
    head: Head = field(default_factory=lambda: Head(0, GENESIS))
    heads: int = 0  # signed heads that were held against the chain
    heads_unsigned: int = 0  # heads whose signature could not be looked at: the key is not here
    problem_count: int = 0
    problems: list[Problem] = field(default_factory=list)
    received: int = 0
    in_time: int = 0
    late: int = 0
    waiting: int = 0
    marks: Counter[str] = field(default_factory=Counter)
    exceptions: list[Exceptional] = field(default_factory=list)
    exception_count: int = 0
    worst_s: float = 0.0
    not_sealed_yet: int = 0
    last_sealed_at: datetime | None = None

    @property
    def sound(self) -> bool:
        return self.problem_count == 0

    @property
    def unexplained(self) -> int:
        return self.marks["unexplained"]

    def blame(self, where: str, what: str) -> None:
        self.problem_count += 1
        if len(self.problems) < NAMED:
            self.problems.append(Problem(where, what))

    def hear(self, story: Story, now: datetime) -> None:
        self.received += 1
        self.in_time += story.in_time()
        self.waiting += story.waiting(now)
        if story.after is not None:
            self.worst_s = max(self.worst_s, story.after.total_seconds())
        exception = story.as_exception(now)
        if exception is None:
            return
        self.late += "late" in exception.marks
        self.marks.update(exception.marks)
        self.exception_count += 1
        if len(self.exceptions) < NAMED:
            self.exceptions.append(exception)


def verify(
    session: Session,
    heads: Iterable[SignedHead],
    *,
    now: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    known: Head | None = None,
    progress: Callable[[int], None] = lambda rows: None,
) -> Verdict:
    """Everything. `since` and `until` narrow the account of messages, never the check of the chain.

    `known` is a head that somebody kept on paper or in a mail.
    """
    verdict = Verdict()
    _check_chain(session, heads, known, verdict, progress)
    _check_stories(session, verdict, now, since, until)
    _check_attempts(session, verdict)
    _check_unsealed(session, verdict)
    return verdict


def _stream(session: Session, query: Select[Any]) -> Iterator[Any]:
    return iter(session.execute(query, execution_options={"yield_per": _FETCH}))


def _check_chain(
    session: Session,
    heads: Iterable[SignedHead],
    known: Head | None,
    verdict: Verdict,
    progress: Callable[[int], None],
) -> None:
    against = _Heads(heads, known, verdict)
    prev_seq, prev, last_sealed = 0, GENESIS, None
    # Positions instead of names, and times as text: this loop meets every row there is.
    for seq, at, sealed_at, kind, key, journal_id, payload, link, stored in _stream(session, _chain(session)):
        if seq > prev_seq + 1:
            missing = (
                f"row {prev_seq + 1} is" if seq == prev_seq + 2 else f"rows {prev_seq + 1} to {seq - 1} are"
            )
            verdict.blame(f"row {seq}", f"{missing} missing before it")
        elif seq <= prev_seq:
            verdict.blame(f"row {seq}", "this number stands there twice")
        elif link != prev:
            verdict.blame(f"row {seq}", "it does not follow the row before it: one of them was exchanged")
        if row_hash(seq, at, sealed_at, kind, key, journal_id, payload, link) != stored:
            verdict.blame(f"row {seq}", "it was changed: its hash is not that of what it says")
        against.meet(seq, stored)
        prev_seq, prev, last_sealed = seq, stored, sealed_at
        verdict.rows += 1
        if verdict.rows % 50_000 == 0:
            progress(verdict.rows)
    seq = prev_seq
    if last_sealed is not None:
        verdict.last_sealed_at = datetime.fromisoformat(last_sealed)
    verdict.head = Head(seq, prev)
    against.end(seq)


def _chain(session: Session) -> Select[Any]:
    """The rows in their order, with times as `instant` writes them."""
    postgres = session.get_bind().dialect.name == "postgresql"

    def as_instant(column: Any) -> Any:
        if postgres:
            return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
        return func.replace(type_coerce(column, String), " ", "T").concat("+00:00")

    return select(
        _ledger.seq, as_instant(_ledger.at), as_instant(_ledger.sealed_at), _ledger.kind, _ledger.key,
        _ledger.journal_id, _ledger.payload, _ledger.prev, _ledger.hash,
    ).order_by(_ledger.seq)  # fmt: skip


class _Heads:
    """Signed heads, met in the order of the chain."""

    def __init__(self, heads: Iterable[SignedHead], known: Head | None, verdict: Verdict) -> None:
        self._verdict = verdict
        self._known = known
        self._heads = self._sound(heads)
        self._next = next(self._heads, None)

    def _sound(self, heads: Iterable[SignedHead]) -> Iterator[SignedHead]:
        last = 0
        for each in heads:
            where = f"heads, line {each.line}"
            if each.sound is False:
                self._verdict.blame(
                    where, "its signature is not ours: the line was changed or written by somebody else"
                )
                continue
            if each.head.seq < last:
                self._verdict.blame(
                    where,
                    f"the chain had {last} rows before and {each.head.seq} at {each.at}: rows were removed, "
                    "or an older copy of the database was put back",
                )
                continue
            last = each.head.seq
            self._verdict.heads_unsigned += each.sound is None
            self._verdict.heads += 1
            yield each

    def meet(self, seq: int, digest: str) -> None:
        while self._next is not None and self._next.head.seq <= seq:
            each = self._next
            if each.head.seq == seq and each.head.hash != digest:
                self._verdict.blame(
                    f"row {seq}",
                    f"it is not the row that stood there at {each.at} (heads, line {each.line}): "
                    "the chain was computed anew",
                )
            self._next = next(self._heads, None)
        if self._known is not None and self._known.seq == seq and self._known.hash != digest:
            self._verdict.blame(
                f"row {seq}", "it is not the row of the head you gave: the chain was computed anew"
            )

    def end(self, seq: int) -> None:
        furthest = self._next
        while self._next is not None:
            furthest = self._next
            self._next = next(self._heads, None)
        if furthest is not None and furthest.head.seq > seq:
            self._verdict.blame(
                f"row {seq + 1}",
                f"the chain ends before it, and had {furthest.head.seq} rows at {furthest.at} "
                f"(heads, line {furthest.line}): its end was cut off, or an older copy of the database was put back",
            )
        if self._known is not None and self._known.seq > seq:
            self._verdict.blame(
                f"row {seq + 1}", f"the chain ends before it, and the head you gave is row {self._known.seq}"
            )


def _check_stories(
    session: Session, verdict: Verdict, now: datetime, since: datetime | None, until: datetime | None
) -> None:
    for story, row in stories(
        session, unreadable=lambda seq: verdict.blame(f"row {seq}", "its payload can't be read")
    ):
        _compare(story, row, verdict)
        if story.received_at is not None and within(story.received_at, since, until):
            verdict.hear(story, now)


def account(session: Session, *, now: datetime, since: datetime, until: datetime | None = None) -> Verdict:
    """What became of the messages of a time, without a check of the chain: quick, for a page or a report."""
    verdict = Verdict(head=head_of(session))
    for story, _ in stories(session, since=since):
        if story.received_at is not None and within(story.received_at, since, until):
            verdict.hear(story, now)
    return verdict


def within(at: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or at >= since) and (until is None or at < until)


def stories(
    session: Session, *, since: datetime | None = None, unreadable: Callable[[int], None] = lambda seq: None
) -> Iterator[tuple[Story, Any]]:
    """Each message's story with its last row, and what the tables say of it today.

    `since` leaves out at once what is older, by the identifiers, which begin with the time.
    """
    query = (
        select(
            _ledger.journal_id, _ledger.seq, _ledger.kind, _ledger.at, _ledger.payload,
            _receipts.journal_id.label("fact"), _receipts.received_at, _receipts.due_at, _receipts.channel,
            _receipts.outbox_id, _receipts.acknowledged_at, _receipts.alerted_at, _outbox.provider_id,
        )
        .outerjoin(table_of(ReceiptOwed), _receipts.journal_id == _ledger.journal_id)
        .outerjoin(table_of(OutboxMessage), _outbox.id == _receipts.outbox_id)
        .order_by(_ledger.journal_id, _ledger.seq)
    )  # fmt: skip
    if since is not None:
        query = query.where(_ledger.journal_id >= f"{int((since - _MARGIN).timestamp() * 1000):012x}")
    for journal_id, rows in groupby(_stream(session, query), key=lambda row: row.journal_id):
        story, row = Story(journal_id), None
        for row in rows:
            try:
                story.tell(row.kind, row.at, row.payload)
            except (ValueError, KeyError, TypeError, AttributeError):
                unreadable(row.seq)
        yield story, row


def _compare(story: Story, row: Any, verdict: Verdict) -> None:
    """A message's story against what the tables say of it today."""
    where = f"message {story.journal_id}"
    if row.fact is None:
        verdict.blame(
            where, f"row {row.seq} speaks of it, and the table receipts does not: the fact was removed"
        )
        return
    if story.received_at is None:
        verdict.blame(where, f"row {row.seq} speaks of it, and no row says that it was received")
        return
    said = (story.received_at, story.due_at, story.channel)
    if said != (row.received_at, row.due_at, row.channel):
        verdict.blame(
            where, "when it was received, by which channel or until when an answer was due was changed"
        )
    accepted = story.accepted.get(row.outbox_id or "")
    if accepted is None:
        if row.acknowledged_at is not None and not _young(row.acknowledged_at, verdict):
            verdict.blame(where, "the table receipts says it was acknowledged, and no row of the ledger does")
    elif row.acknowledged_at is None:
        verdict.blame(where, "the ledger says it was acknowledged, and the table receipts no longer does")
    elif row.acknowledged_at != accepted[0]:
        verdict.blame(where, "when it was acknowledged was changed")
    elif provider_mark(row.provider_id or "") != accepted[1]:
        verdict.blame(where, "the provider's identifier of its acknowledgement was changed")
    if story.alerted_at is not None and story.alerted_at != row.alerted_at:
        verdict.blame(where, "when people were alerted to it was changed")


def _young(at: datetime, verdict: Verdict) -> bool:
    """So late that the sealer may not have come to it before the program was stopped."""
    return verdict.last_sealed_at is None or at >= verdict.last_sealed_at - _TAIL


def _check_attempts(session: Session, verdict: Verdict) -> None:
    """Each sealed attempt or report against its row in `deliveries`."""
    query = (
        select(_ledger.seq, _ledger.at, _ledger.payload, _deliveries.outcome, _deliveries.at.label("fact_at"))
        .outerjoin(table_of(Delivery), _deliveries.id == func.substr(_ledger.key, 3, 32))
        .where(_ledger.kind.in_(("attempt", "delivered")))
        .order_by(_ledger.seq)
    )
    for row in _stream(session, query):
        if row.outcome is None:
            verdict.blame(f"row {row.seq}", "the attempt it speaks of was removed from the table deliveries")
        elif row.at != row.fact_at or f'"outcome":"{row.outcome}"' not in row.payload:
            verdict.blame(f"row {row.seq}", "the attempt it speaks of was changed in the table deliveries")


def _check_unsealed(session: Session, verdict: Verdict) -> None:
    missing = unsealed(session, NAMED)
    if not missing:
        return
    query = select(_receipts.journal_id, _receipts.received_at, _outbox.created_at).outerjoin(
        table_of(OutboxMessage), and_(_outbox.id == _receipts.outbox_id)
    )
    for start in range(0, len(missing), 500):
        for row in session.execute(query.where(_receipts.journal_id.in_(missing[start : start + 500]))):
            written = max(row.received_at, row.created_at or row.received_at)
            if _young(written, verdict):
                verdict.not_sealed_yet += 1
            else:
                verdict.blame(
                    f"message {row.journal_id}",
                    "it was owed an acknowledgement, and no row of the ledger says so",
                )
