"""What a plan is made from, and what it is: data between the dispatcher and the planner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.complaints.lifecycle import RESOLUTION, SUIVI
from bot.dialogue.turn import CaseView, ContactView, OutFile, Said, TimerFired, Turn
from bot.store.plan import outbox_values
from bot.store.port import ConversationState, OutboxRow, TurnCommit
from bot.store.tables import row
from channels.frozen import frozen
from channels.port import InboundMessage

LONGEST_UNDER_WAY = timedelta(days=5)
"""For so long mail servers try to bring a message. source: RFC 5321 §4.5.4.1"""
HEARD = "case.heard"
"""A timer of ours: what a customer's word changes besides the case itself (its deadlines) follows at once."""


@frozen
class Heard:
    """One journal entry, read."""

    journal_id: str
    received_at: datetime
    message: InboundMessage
    edited: bool = False

    @property
    def at(self) -> datetime:
        """When the customer sent it. A time to come is not believed, nor one longer ago than a message can be under
        way: a mail bears its sender's clock, and what is promised would be over already.
        """
        sent = self.message.sent_at
        believed = sent is not None and timedelta(0) <= self.received_at - sent <= LONGEST_UNDER_WAY
        return sent if sent is not None and believed else self.received_at

    def said(self) -> Said:
        message = self.message
        return Said(
            id=self.journal_id,
            text=message.text,
            at=self.at,
            attachments=message.attachments,
            choice=message.choice,
            edited=self.edited,
            unsupported=message.unsupported,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A desk as the core needs it."""

    names: Mapping[str, str]  # by language
    notify: tuple[tuple[str, str], ...] = ()  # (account, address) pairs that are told


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the planner knows of the company."""

    language: str
    desks: Mapping[str, Desk]
    ack_within_s: Mapping[str, int]  # by channel; "" for the others. source: domain §6
    timezone: Any

    def desk(self, desk_id: str) -> str:
        """A desk that exists: the one asked for, else the first."""
        return desk_id if desk_id in self.desks else next(iter(self.desks))


@dataclass(slots=True, kw_only=True)
class Plan:
    """A commit, and the messages to send once it stands."""

    commit: TurnCommit
    rows: list[OutboxRow] = field(default_factory=list)
    files: list[OutFile] = field(default_factory=list)  # on the disk before the commit
    inbound: list[tuple[int, Heard]] = field(default_factory=list)  # with their place in the conversation


def insert(plan: Plan, table: str, /, **values: Any) -> None:
    plan.commit.inserts.setdefault(table, []).append(row(table, **values))


def outbox_inserts(plan: Plan, worker_id: str) -> None:
    """Write the plan's messages into its commit, as claimed or queued as they now are, held by this process."""
    if plan.rows:
        plan.commit.inserts["outbox"] = [outbox_values(item, owner=worker_id) for item in plan.rows]


def timer_row(
    timer_id: str,
    kind: str,
    key: str,
    due_at: datetime,
    payload: Mapping[str, Any],
    *,
    now: datetime,
    account_id: str = "",
    thread: str = "",
) -> tuple[Any, ...]:
    return row(
        "timers",
        id=timer_id,
        key=key,
        kind=kind,
        account_id=account_id,
        thread=thread,
        due_at=due_at,
        payload=dict(payload),
        status="waiting",
        owner=None,
        attempts=0,
        created_at=now,
    )


def satisfied_changes(case: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The customer is satisfied again: the case is closed, with the outcome it had. source: CO-07"""
    return {
        "phase": SUIVI,
        "closed": True,
        "closed_at": now,
        "outcome": case["outcome"] or "settled",
        "waiting_at": None,
    }


def reopened_changes(case: Mapping[str, Any]) -> dict[str, Any]:
    """The customer is not satisfied: it is open again, and wants a new answer."""
    return {
        "phase": RESOLUTION,
        "closed": False,
        "closed_at": None,
        "answered_at": None,
        "outcome": "",
        "reviewer": "",
        "reopened": case["reopened"] + 1,
    }


def case_event(
    event_id: str, case: Mapping[str, Any], to_phase: str, action: str, note: str, now: datetime
) -> dict[str, Any]:
    """A step that a case's customer made."""
    return {
        "id": event_id,
        "case_id": case["id"],
        "at": now,
        "actor": "contact",
        "action": action,
        "from_phase": case["phase"],
        "to_phase": to_phase,
        "note": note,
        "detail": {},
    }


def case_view(case: Mapping[str, Any]) -> CaseView:
    """A case as deciders see it, from the columns that conversations are loaded with."""
    return CaseView(
        id=case["id"],
        reference=case["reference"],
        phase=case["phase"],
        closed=case["closed"],
        opened_at=case["opened_at"],
        due_at=case["due_at"],
        desk=case["desk_id"],
        summary=case["summary"],
        conversation_id=case["conversation_id"],
        object=case["object"],
        product=case["product"],
        order_ref=case["order_ref"],
        owner=case["owner"],
        answered=case["answered_at"] is not None,
        waiting=case["waiting_at"] is not None,
        archived=case["archived_at"] is not None,
        outcome=case["outcome"],
        told_at=case["told_at"],
        reopened=case["reopened"],
        remedy=case["remedy"],
    )


def turn_view(
    state: ConversationState, heard: Sequence[Heard], timer: TimerFired | None, now: datetime, buttons: int
) -> Turn:
    """A conversation and what was heard in it, as deciders see it."""
    messages = [item.message for item in heard]
    return Turn(
        now=now,
        conversation_id=state.id,
        account_id=state.account_id,
        channel=state.channel,
        buttons=buttons,
        owner=state.owner,
        language=state.language,
        language_hint=next((one.language_hint for one in messages if one.language_hint), ""),
        contact=ContactView(id=state.contact_id, name=state.contact_name, language=state.contact_language),
        state=state.state,
        recipient=next((one.recipient for one in reversed(messages) if one.recipient), ""),
        said=tuple(item.said() for item in heard),
        timer=timer,
        cases=tuple(case_view(case) for case in state.cases),
        first_contact=state.version == 0,
    )
