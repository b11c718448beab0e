"""What a decision about an appointment changes: rows of the turn's own commit. No I/O.

Who comes second for a place is refused by the primary key of `appointment_cells`; the turn is then decided anew.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.appointments.acts import (
    AcceptAppointment,
    AppointmentAct,
    BookAppointment,
    CancelAppointment,
    MoveAppointment,
    StopWaiting,
    WaitForPlace,
)
from bot.appointments.slots import cells_of
from bot.ids import IdMaker
from bot.plans import Plan, insert, timer_row
from bot.store.port import ConversationState

FREED = "appointment.freed"
"""A timer of ours: a place may have fallen free, and somebody may wait for it."""
WAITS_FOR = "appointment:"
"""Begins `waiting_places.product` for a place in the list of a kind of appointment."""


def plan_appointment(
    plan: Plan, after: ConversationState, act: AppointmentAct, ids: IdMaker, now: datetime
) -> None:
    """Everything `act` changes."""
    # Another conversation of the same contact decides anew: it would not know.
    plan.commit.shared_change = True
    if isinstance(act, BookAppointment):
        _book(plan, after, act, ids, now)
    elif isinstance(act, MoveAppointment):
        _move(plan, act, ids, now)
    elif isinstance(act, AcceptAppointment):
        changes = {"status": "booked", "offered_until": None, "conversation_id": after.id, "updated_at": now}
        plan.commit.changes.append(("appointments", act.before.id, changes))
        _settle_wait(plan, act.wait_id, "bought")
        _audit(plan, ids, "appointment_booked", act.before.id, {"offered": True}, now)
    elif isinstance(act, CancelAppointment):
        _cancel(plan, act, ids, now)
    elif isinstance(act, WaitForPlace):
        insert(
            plan,
            "waiting_places",
            id=ids.new(),
            contact_id=after.contact_id,
            product=f"{WAITS_FOR}{act.kind}",
            quantity=1,
            at=now,
            status="waiting",
        )
    elif isinstance(act, StopWaiting):
        _settle_wait(plan, act.wait_id, "left")


def _book(plan: Plan, after: ConversationState, act: BookAppointment, ids: IdMaker, now: datetime) -> None:
    insert(
        plan,
        "appointments",
        id=act.id,
        contact_id=after.contact_id,
        conversation_id=after.id,
        kind=act.kind,
        resource=act.resource,
        starts_at=act.starts_at,
        ends_at=act.ends_at,
        place=act.place,
        status="booked",
        outcome="",
        recap="",
        sequence=0,
        token=act.token,
        offered_until=None,
        settled_at=None,
        created_at=now,
        updated_at=now,
    )
    _hold(plan, act.id, act.resource, cells_of(act.starts_at, act.ends_at, act.pause))
    _settle_wait(plan, act.wait_id, "bought")
    _audit(plan, ids, "appointment_booked", act.id, {"resource": act.resource}, now)


def _move(plan: Plan, act: MoveAppointment, ids: IdMaker, now: datetime) -> None:
    changes = {
        "resource": act.resource,
        "starts_at": act.starts_at,
        "ends_at": act.ends_at,
        "status": "changed",
        "sequence": act.before.sequence + 1,
        "updated_at": now,
    }
    plan.commit.changes.append(("appointments", act.before.id, changes))
    plan.commit.deletes.append(("appointment_cells", "appointment_id", act.before.id))
    _hold(plan, act.before.id, act.resource, cells_of(act.starts_at, act.ends_at, act.pause))
    _freed(plan, act.before.kind, ids, now)
    detail = {"from": act.before.starts_at.isoformat(), "to": act.starts_at.isoformat()}
    _audit(plan, ids, "appointment_moved", act.before.id, detail, now)


def _cancel(plan: Plan, act: CancelAppointment, ids: IdMaker, now: datetime) -> None:
    changes = {"status": "cancelled", "sequence": act.before.sequence + 1, "offered_until": None}
    plan.commit.changes.append(("appointments", act.before.id, {**changes, "updated_at": now}))
    plan.commit.deletes.append(("appointment_cells", "appointment_id", act.before.id))
    if act.before.status == "proposed":  # the place that was kept
        _settle_wait(plan, act.wait_id, "left")
    _freed(plan, act.before.kind, ids, now)
    _audit(plan, ids, "appointment_cancelled", act.before.id, {"by": "contact"}, now)


def _hold(plan: Plan, appointment_id: str, resource: str, cells: tuple[datetime, ...]) -> None:
    for at in cells:
        insert(plan, "appointment_cells", resource=resource, at=at, appointment_id=appointment_id)


def _settle_wait(plan: Plan, wait_id: str, status: str) -> None:
    if wait_id:
        plan.commit.changes.append(("waiting_places", wait_id, {"status": status}))


def _freed(plan: Plan, kind: str, ids: IdMaker, now: datetime) -> None:
    plan.commit.set_timers.append(
        timer_row(ids.new(), FREED, f"{FREED}:{kind}", now, {"kind": kind}, now=now)
    )


def _audit(
    plan: Plan, ids: IdMaker, action: str, appointment_id: str, detail: dict[str, Any], now: datetime
) -> None:
    insert(
        plan,
        "audit",
        id=ids.new(),
        at=now,
        actor="bot",
        action=action,
        object_kind="appointment",
        object_id=appointment_id,
        detail=detail,
    )
