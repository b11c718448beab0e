"""Entries, turns and rows as the core makes them, for tests that talk to a store."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlmodel import SQLModel

from bot.clock import ManualClock
from bot.dialogue.turn import REFERENCE
from bot.ids import IdMaker
from bot.plans import timer_row
from bot.records.base import table_of
from bot.store.plan import PRIORITY, outbox_values
from bot.store.port import (
    Accepted,
    ConversationState,
    Entry,
    OutboxRow,
    SendOutcome,
    Store,
    TurnCommit,
)
from bot.store.tables import row
from tests.fakes import NOON

ACCOUNT = "lab"
_ids = IdMaker(ManualClock(NOON))


def new_id() -> str:
    return _ids.new()


def entry(provider_id: str = "", *, thread: str = "t1", kind: str = "message", **more: Any) -> Entry:
    values: dict[str, Any] = {
        "id": new_id(),
        "account_id": ACCOUNT,
        "provider_id": provider_id or new_id(),
        "kind": kind,
        "thread": thread,
        "order": 0,
        "raw": b"{}",
        "received_at": NOON,
    }
    return Entry(**(values | more))


async def accept(store: Store, *entries: Entry) -> list[Accepted]:
    results = await store.accept(entries)
    for item, result in zip(entries, results, strict=True):
        item.seq = result.seq
    return results


def conversation(thread: str = "t1", **more: Any) -> ConversationState:
    values: dict[str, Any] = {
        "id": new_id(),
        "account_id": ACCOUNT,
        "thread": thread,
        "channel": "sms",
        "address": thread,
        "contact_id": new_id(),
        "owner": "bot",
        "desk_id": None,
        "hand_over_reason": "",
        "urgent": False,
        "epoch": 0,
        "version": 0,
        "language": "fr",
        "state": {},
        "last_seq": 0,
        "created_at": NOON,
        "last_inbound_at": NOON,
        "contact_is_new": True,
    }
    return ConversationState(**(values | more))


def outbox_row(state: ConversationState | None, *, status: str = "queued", **more: Any) -> OutboxRow:
    values: dict[str, Any] = {
        "id": new_id(),
        "key": new_id(),
        "conversation_id": state.id if state else None,
        "message_id": None,
        "account_id": ACCOUNT,
        "thread": state.thread if state else "desk",
        "to": "+213555000101",
        "body": {"text": "bonjour"},
        "purpose": "reply",
        "priority": PRIORITY["reply"],
        "epoch": state.epoch if state else None,
        "status": status,
        "attempts": 1 if status == "claimed" else 0,
        "next_at": NOON,
        "created_at": NOON,
    }
    return OutboxRow(**(values | more))


def turn(
    store: Store,
    entries: list[Entry],
    state: ConversationState,
    *,
    sends: list[OutboxRow] | None = None,
    owner: str | None = "me",
    **more: Any,
) -> TurnCommit:
    """A decision on these entries; with a contact and address of its own where the contact is new."""
    inserts: dict[str, list[tuple[Any, ...]]] = {}
    if state.version == 0 and state.contact_is_new:
        inserts["contacts"] = [contact_row(state)]
        inserts["addresses"] = [address_row(state)]
    if sends:
        held_by = store.worker_id if owner == "me" else owner
        inserts["outbox"] = [outbox_values(item, owner=held_by) for item in sends]
    for name, rows in more.pop("inserts", {}).items():
        inserts.setdefault(name, []).extend(rows)
    return TurnCommit(
        account_id=state.account_id,
        thread=state.thread,
        journal_ids=tuple(item.id for item in entries),
        conversation=state,
        expected_version=state.version,
        inserts=inserts,
        **more,
    )


def ending(entries: list[Entry], *, quarantine: str = "") -> TurnCommit:
    """Entries that end and change nothing else."""
    return TurnCommit(
        account_id=entries[0].account_id,
        thread=entries[0].thread,
        journal_ids=tuple(item.id for item in entries),
        conversation=None,
        quarantine_reason=quarantine,
    )


def contact_row(state: ConversationState) -> tuple[Any, ...]:
    return row(
        "contacts",
        id=state.contact_id,
        name="",
        language="",
        timezone="",
        country="",
        zone="",
        organisation_id=None,
        organisation_role="",
        owner_agent_id=None,
        source_channel=state.channel,
        preferred_channel="",
        external_id=None,
        born_on=None,
        birthday="",
        stage="prospect",
        tier="reply_only",
        mode="",
        tags=[],
        fields={},
        created_at=NOON,
        updated_at=NOON,
        version=1,
    )


def address_row(state: ConversationState) -> tuple[Any, ...]:
    return row(
        "addresses",
        id=new_id(),
        contact_id=state.contact_id,
        channel=state.channel,
        value=state.address,
        state="ok",
        state_reason="",
        verified_at=None,
        created_at=NOON,
    )


def case_row(state: ConversationState, **more: Any) -> tuple[Any, ...]:
    values: dict[str, Any] = {
        "id": new_id(),
        "reference": REFERENCE,
        "contact_id": state.contact_id,
        "conversation_id": state.id,
        "channel": state.channel,
        "phase": "enregistrement",
        "closed": False,
        "desk_id": "complaints",
        "summary": "briques cassées",
        "object": "quality",
        "product": "",
        "order_ref": "",
        "since": "",
        "remedy": "",
        "severity": "normal",
        "angry": False,
        "zone": "",
        "code": "",
        "consequences": "",
        "anomaly": "",
        "faith": "good",
        "faith_evidence": "",
        "fault": "undetermined",
        "cause": "",
        "owner": "",
        "plan": "",
        "outcome": "",
        "reviewer": "",
        "archived_at": None,
        "mystery": False,
        "told_at": None,
        "waiting_at": None,
        "reopened": 0,
        "evidence": [],
        "notes": [],
        "complete": True,
        "satisfied": None,
        "received_at": NOON,
        "opened_at": NOON,
        "due_at": NOON + timedelta(days=5),
        "due_explanation": "",
        "answered_at": None,
        "closed_at": None,
        "version": 1,
    }
    return row("cases", **(values | more))


def receipt_row(entry_: Entry, state: ConversationState, outbox_id: str | None) -> tuple[Any, ...]:
    return row(
        "receipts",
        journal_id=entry_.id,
        conversation_id=state.id,
        channel=state.channel,
        received_at=NOON,
        due_at=NOON + timedelta(seconds=60),
        alert_at=NOON + timedelta(seconds=40),
        outbox_id=outbox_id,
        acknowledged_at=None,
        alerted_at=None,
    )


def timer(
    key: str, due_at: datetime, *, thread: str = "t1", kind: str = "intake.reminder"
) -> tuple[Any, ...]:
    return timer_row(
        new_id(), kind, key, due_at, {"n": 1}, now=NOON, account_id=ACCOUNT if thread else "", thread=thread
    )


def outcome(sent: OutboxRow, status: Any = "accepted", **more: Any) -> SendOutcome:
    values: dict[str, Any] = {
        "row_id": sent.id,
        "attempt": 1,
        "outcome": status,
        "status": status,
        "at": NOON,
        "provider_id": f"p-{sent.id}" if status in ("accepted", "delivered") else "",
        "delivery_id": new_id(),
    }
    return SendOutcome(**(values | more))


async def talk(store: Store, thread: str = "t1", **more: Any) -> ConversationState:
    """A stored conversation, one message old."""
    first = entry(thread=thread)
    await accept(store, first)
    state = conversation(thread, **more)
    done = await store.commit(turn(store, [first], state))
    assert done.outcome == "done"
    state.version, state.contact_is_new = 1, False
    return state


async def send_row(
    store: Store, state: ConversationState, *, owner: str | None = "me", **more: Any
) -> OutboxRow:
    """A committed outbox row."""
    first = entry(thread=state.thread)
    await accept(store, first)
    sent = outbox_row(state, **more)
    assert (await store.commit(turn(store, [first], state, sends=[sent], owner=owner))).outcome == "done"
    state.version += 1
    return sent


async def rows_of(store: Store, model: type[SQLModel], *where: Any) -> list[Any]:
    query: Select[Any] = select(table_of(model)).where(*where)
    return await store.fetch_all(query)


async def count_of(store: Store, model: type[SQLModel], *where: Any) -> int:
    query = select(func.count()).select_from(table_of(model)).where(*where)
    return int((await store.fetch_all(query))[0][0])
