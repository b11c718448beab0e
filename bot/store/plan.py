"""What both stores agree on: which turn may commit, which columns travel, how a case gets its number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import orjson

from bot.dialogue.turn import REFERENCE
from bot.store.port import (
    ConversationState,
    DueTimer,
    Entry,
    OutboxRow,
    SendOutcome,
    StatusChange,
    TurnCommit,
)
from bot.store.tables import HOT, row
from channels.port import EntryKind

OUTBOX_COLUMNS = (
    "id", "key", "conversation_id", "message_id", "account_id", "thread", "recipient", "body", "purpose",
    "priority", "epoch", "status", "attempts", "next_at", "created_at", "provider_id",
)  # fmt: skip

CASE_VIEW = (
    "id", "reference", "phase", "closed", "opened_at", "due_at", "desk_id", "summary", "conversation_id",
    "object", "product", "order_ref", "owner", "answered_at", "waiting_at", "archived_at", "outcome", "told_at",
    "reopened", "remedy",
)  # fmt: skip

CASE_TIMES = ("opened_at", "due_at", "answered_at", "waiting_at", "archived_at", "told_at")
"""Those of them that are instants."""

LOADED = (
    "id", "account_id", "thread", "channel", "address", "contact_id", "owner", "desk_id", "hand_over_reason",
    "urgent", "epoch", "version", "language", "state", "subject", "last_heard", "last_seq", "created_at",
    "last_inbound_at",
)  # fmt: skip
"""Columns of `conversations` that a turn works with."""

CONVERSATION_CHANGES = (
    "address", "owner", "desk_id", "hand_over_reason", "urgent", "language", "state", "subject", "last_heard",
    "last_seq", "last_inbound_at",
)  # fmt: skip
"""Columns a turn may change; `version` moves with them, `epoch` only by people."""

PRIORITY = {"receipt": 0, "reply": 1, "service": 3, "bulk": 5}
"""By purpose: answers go before campaigns."""

_RANK = {"accepted": 1, "delivered": 2, "read": 3}


def verdict(
    turn: TurnCommit, pending: set[str], versions: Mapping[str, int]
) -> Literal["done", "stale", "gone"]:
    """Whether a turn may commit, given the entries still pending and the conversations' versions now."""
    if not pending.issuperset(turn.journal_ids):
        return "gone"
    conversation = turn.conversation
    if conversation and turn.expected_version and versions.get(conversation.id) != turn.expected_version:
        return "stale"
    return "done"


def moves_forward(current: str, new: str) -> bool:
    """Statuses only ever move forward: a late "accepted" never overwrites "read"."""
    if current in ("failed", "cancelled"):
        return False
    if new == "failed":
        return current not in ("delivered", "read")
    return _RANK[new] > _RANK.get(current, 0)


def numbered(turn: TurnCommit, number: int) -> tuple[TurnCommit, str]:
    """The turn with its case's reference in every place that stood for it, and the reference."""
    reference = f"{turn.case_counter}-{number:06d}"
    conversation = turn.conversation
    return (
        replace(
            turn,
            inserts={table: put_reference(rows, reference) for table, rows in turn.inserts.items()},
            set_timers=put_reference(turn.set_timers, reference),
            conversation=conversation
            and replace(conversation, state=put_reference(conversation.state, reference)),
        ),
        reference,
    )


def put_reference(value: Any, reference: str) -> Any:
    """The value with `REFERENCE` replaced wherever it stands."""
    if isinstance(value, str):
        return value.replace(REFERENCE, reference)
    if isinstance(value, Mapping):
        return {key: put_reference(item, reference) for key, item in value.items()}
    if isinstance(value, list):
        return [put_reference(item, reference) for item in value]
    if isinstance(value, tuple):
        return tuple(put_reference(item, reference) for item in value)
    return value


def timers_of(turns: Sequence[TurnCommit]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Keys to cancel, and timers to set, of a whole batch; the last word on a key counts."""
    key = HOT["timers"].columns.index("key")
    wanted = {timer[key]: timer for turn in turns for timer in turn.set_timers}
    return [name for turn in turns for name in turn.cancel_timers], list(wanted.values())


def contacts_of(turns: Sequence[TurnCommit]) -> list[tuple[str, str, str]]:
    """(name, language, contact id) of the contacts a batch tells more about; "" leaves as it is."""
    return [
        (turn.contact_name, turn.contact_language, turn.conversation.contact_id)
        for turn in turns
        if turn.conversation is not None and (turn.contact_name or turn.contact_language)
    ]


def conversation_row(conversation: ConversationState) -> tuple[Any, ...]:
    values = {name: getattr(conversation, name) for name in LOADED}
    return row("conversations", **(values | {"version": 1, "agent_id": None}))


def timer_entry(timer: DueTimer, now: datetime) -> Entry:
    """A timer that came due, as an entry of the lane it wakes. Its id is the timer's: it fires once."""
    return Entry(
        id=f"t{timer.id}"[:64],
        account_id=timer.account_id,
        provider_id=f"timer:{timer.id}",
        kind=EntryKind.TIMER,
        thread=timer.thread,
        order=0,
        raw=orjson.dumps(
            {
                "kind": timer.kind,
                "key": timer.key,
                "due_at": timer.due_at.isoformat(),
                "payload": timer.payload,
            }
        ),
        received_at=now,
    )


def worth_a_row(outcome: SendOutcome) -> bool:
    """A first attempt that was taken is told whole by its outbox row: it has no identifier of its own."""
    return bool(outcome.delivery_id)


def delivery_row(outcome: SendOutcome) -> tuple[Any, ...]:
    return row(
        "deliveries",
        id=outcome.delivery_id,
        outbox_id=outcome.row_id,
        attempt=outcome.attempt,
        outcome=outcome.outcome,
        provider_id=outcome.provider_id,
        code=outcome.code,
        detail=outcome.detail,
        at=outcome.at,
    )


def status_row(change: StatusChange, outbox_id: str, attempt: int) -> tuple[Any, ...]:
    return row(
        "deliveries",
        id=change.delivery_id,
        outbox_id=outbox_id,
        attempt=attempt,
        outcome=change.status,
        provider_id=change.provider_id,
        code=change.code,
        detail="",
        at=change.at,
    )


def outbox_values(row_: OutboxRow, *, owner: str | None) -> tuple[Any, ...]:
    """A fresh outbox row in table order."""
    return row(
        "outbox",
        id=row_.id,
        key=row_.key,
        conversation_id=row_.conversation_id,
        message_id=row_.message_id,
        account_id=row_.account_id,
        thread=row_.thread,
        recipient=row_.to,
        body=row_.body,
        purpose=row_.purpose,
        priority=row_.priority,
        epoch=row_.epoch,
        status=row_.status,
        attempts=row_.attempts,
        next_at=row_.next_at,
        owner=owner,
        provider_id="",
        code="",
        error="",
        created_at=row_.created_at,
        sent_at=None,
    )
