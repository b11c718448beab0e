"""What the durable core asks of a database. Two answers: `sqlite.py` (one process) and `postgres.py` (many).

Every call that writes is group-committed: it returns once its transaction is durable, and shares that
transaction with whatever else waited. A call that fails alone does not fail its neighbours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from channels.frozen import frozen

T = TypeVar("T")


class StoreError(Exception):
    """The database did not take or give something. Whether it was stored is known only where it says so."""


class StoreRefused(Exception):
    """The database will never take this: a value or a constraint stands against it. Nothing of it was stored."""


class StoreLocked(StoreError):
    """Another process already works on this database file."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """A journal entry on its way through a lane."""

    id: str
    account_id: str
    provider_id: str
    kind: str
    thread: str
    order: int
    raw: bytes
    received_at: datetime
    seq: int = 0  # given by the store


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an entry: `fresh` unless it was known; `mine` when this process works on its lane."""

    fresh: bool
    mine: bool
    seq: int = 0


@frozen
class LaneKey:
    """A lane, and the address its customer writes from."""

    account_id: str
    thread: str
    channel: str
    address: str


@frozen
class KnownContact:
    """Who has an address that writes in a new lane."""

    id: str
    name: str = ""
    mode: str = ""  # low_contact, discreet


@dataclass(slots=True, kw_only=True)
class ConversationState:
    """A conversation as the lane that works on it knows it."""

    id: str
    account_id: str
    thread: str
    channel: str
    address: str
    contact_id: str
    owner: Literal["bot", "queue", "agent"]
    desk_id: str | None
    hand_over_reason: str
    urgent: bool
    epoch: int
    version: int  # 0: not stored yet
    language: str
    state: dict[str, Any]
    last_seq: int
    created_at: datetime
    last_inbound_at: datetime
    subject: str = ""  # of the customer's last mail
    last_heard: str = ""  # provider id of the customer's last message
    contact_name: str = ""
    contact_language: str = ""
    contact_mode: str = ""
    contact_is_new: bool = False
    cases: tuple[dict[str, Any], ...] = ()  # newest first, columns of `cases`

    @property
    def shown_name(self) -> str:
        """The name that messages may show: in discreet mode it serves to route and is not said. source: E18"""
        return "" if self.contact_mode == "discreet" else self.contact_name

    def copy(self) -> ConversationState:
        """One that can be changed; `dataclasses.replace` costs ten times as much on the hot path."""
        return ConversationState(
            id=self.id,
            account_id=self.account_id,
            thread=self.thread,
            channel=self.channel,
            address=self.address,
            contact_id=self.contact_id,
            owner=self.owner,
            desk_id=self.desk_id,
            hand_over_reason=self.hand_over_reason,
            urgent=self.urgent,
            epoch=self.epoch,
            version=self.version,
            language=self.language,
            state=dict(self.state),
            last_seq=self.last_seq,
            created_at=self.created_at,
            last_inbound_at=self.last_inbound_at,
            subject=self.subject,
            last_heard=self.last_heard,
            contact_name=self.contact_name,
            contact_language=self.contact_language,
            contact_mode=self.contact_mode,
            contact_is_new=self.contact_is_new,
            cases=self.cases,
        )


Rows = dict[str, list[tuple[Any, ...]]]
"""Rows to insert by table, in the column order of `bot.store.tables`."""


@dataclass(slots=True, kw_only=True)
class TurnCommit:
    """Everything one decision changes: it happens whole or not at all."""

    account_id: str
    thread: str
    journal_ids: tuple[str, ...]
    conversation: ConversationState | None  # as it shall be; None when nothing but the journal moves
    expected_version: int = 0  # of the conversation the decision was made on; 0 = it is new
    inserts: Rows = field(default_factory=dict)
    set_timers: list[tuple[Any, ...]] = field(default_factory=list)
    cancel_timers: list[str] = field(default_factory=list)
    case_counter: str = ""  # "RC-2026": a number is drawn and replaces `REFERENCE` in the rows
    case_changes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # lists are appended
    deletes: list[tuple[str, str, str]] = field(
        default_factory=list
    )  # table, column, value; before the inserts
    changes: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  # table, id, columns
    shared_change: bool = False  # other conversations of the contact must see it: their version moves too
    contact_name: str = ""  # set on the contact where not ""
    contact_language: str = ""
    quarantine_reason: str = ""  # the entries end in quarantine instead of done


@dataclass(frozen=True, slots=True)
class Committed:
    """`done`; `stale`: the conversation changed meanwhile, decide again; `gone`: somebody else handled it."""

    outcome: Literal["done", "stale", "gone"]
    reference: str = ""


@dataclass(slots=True, kw_only=True)
class OutboxRow:
    """A message on its way out."""

    id: str
    key: str
    conversation_id: str | None
    message_id: str | None
    account_id: str
    thread: str
    to: str
    body: dict[str, Any]
    purpose: str
    priority: int
    epoch: int | None
    status: str
    attempts: int
    next_at: datetime
    created_at: datetime
    provider_id: str = ""


@frozen
class SendOutcome:
    """How one attempt ended. `status` is the row's next one; "queued" tries again at `next_at`."""

    row_id: str
    attempt: int
    outcome: str
    status: Literal["accepted", "delivered", "queued", "failed", "uncertain", "cancelled"]
    at: datetime
    provider_id: str = ""
    code: str = ""
    detail: str = ""
    next_at: datetime | None = None
    acknowledges: bool = False  # settles the receipts that were owed
    delivery_id: str = ""


@frozen
class StatusChange:
    """A provider's word about a message we sent; moves its status forward only."""

    account_id: str
    provider_id: str
    status: Literal["accepted", "delivered", "read", "failed"]
    at: datetime
    code: str = ""
    journal_id: str = ""
    delivery_id: str = ""


@dataclass(slots=True, kw_only=True)
class DueTimer:
    id: str
    key: str
    kind: str
    account_id: str
    thread: str
    due_at: datetime
    payload: dict[str, Any]
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueReceipt:
    journal_id: str
    conversation_id: str
    channel: str
    received_at: datetime
    due_at: datetime
    outbox_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    id: str
    account_id: str
    kind: str
    received_at: datetime
    reason: str
    preview_size: int  # bytes of the raw payload


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    id: str
    account_id: str
    to: str
    status: str
    code: str
    error: str
    created_at: datetime


class Records(Protocol):
    """What planning and the look at deadlines need of a database: also a dry run has it."""

    worker_id: str

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run queries off the event loop, on a read-only session."""
        ...

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run changes in one transaction of their own (console, API): not for the hot path."""
        ...

    async def fetch_all(self, statement: Executable) -> list[Any]: ...


class Store(Records, Protocol):
    """See the module's docstring for what every writing call promises."""

    @property
    def shared(self) -> bool:
        """Whether other processes may work on the same database."""
        ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def accept(self, entries: Sequence[Entry]) -> list[Accepted]:
        """Journal entries. Raises `StoreError`: then none was stored."""
        ...

    async def quarantine(self, entry: Entry, reason: str) -> None:
        """Keep an entry aside at once, with the reason; one already kept is left as it is."""
        ...

    async def load(self, key: LaneKey) -> ConversationState | KnownContact | None:
        """The conversation of a lane; else the contact who has that address; else None."""
        ...

    async def commit(self, turn: TurnCommit) -> Committed: ...

    async def claim(self, row_ids: Sequence[str]) -> set[str]:
        """Take queued rows for sending; those whose conversation a person has taken over are cancelled."""
        ...

    async def record(self, outcome: SendOutcome) -> bool:
        """False where the row was no longer ours to settle."""
        ...

    async def advance(self, change: StatusChange) -> bool:
        """False where no message of that provider id is known (yet)."""
        ...

    async def pending(self, limit: int, *, adopt: bool = True) -> list[Entry]:
        """Entries that wait in this process's lanes, in order; with `adopt` also those of lanes nobody owned."""
        ...

    async def adopt(
        self, limit: int, prepare: Callable[[], Awaitable[None]], hand_on: Callable[[Entry], None]
    ) -> int:
        """Take over lanes that nobody works on: `prepare`, hand on what waits there, and tell how many lanes.

        A message that comes in meanwhile is handed on after those that waited.
        """
        ...

    async def waiting(self, ids: Sequence[str]) -> set[str]:
        """Those of these entries that still wait in a lane of this process."""
        ...

    async def queued(self, now: datetime, limit: int) -> list[OutboxRow]:
        """Rows to send that nobody holds, now held by this process.

        Those put off to a later hour are left until then. An answer that waits for its next try comes at once, with
        its `next_at`: what was written to the same person after it must not go out before it.
        """
        ...

    async def take_back(self, ids: Sequence[str]) -> list[OutboxRow]:
        """Those of these rows that this process holds unsent: what a commit of unknown outcome left behind."""
        ...

    async def in_doubt(self) -> list[OutboxRow]:
        """Rows that a process which is no more had in its hands, now held by this one."""
        ...

    async def fire_timers(self, now: datetime, limit: int) -> tuple[list[Entry], list[DueTimer]]:
        """Timers that are due: those of a thread as fresh journal entries, the others claimed."""
        ...

    async def settle_timer(self, timer_id: str, *, again_at: datetime | None = None) -> None: ...

    async def overdue_receipts(self, now: datetime, limit: int) -> list[OverdueReceipt]: ...

    async def beat(self) -> int:
        """Show that this process lives, take over from dead ones, and tell how many live."""
        ...

    async def quarantined(self, limit: int) -> list[Quarantined]: ...

    async def requeue(self, ids: Sequence[str]) -> int:
        """Put quarantined entries back in their lanes."""
        ...

    async def dead_letters(self, limit: int) -> list[DeadLetter]: ...

    async def resend(self, ids: Sequence[str]) -> int:
        """Queue failed and uncertain rows again, on a person's word."""
        ...
