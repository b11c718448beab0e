"""Appointments: the agenda, free places, and what people do with them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field, StringConstraints

from bot.api.access import Ask, Limit, aware
from bot.appointment_desk import AppointmentDesk, Outcome
from bot.records import Appointment
from channels.text import clean_text

router = APIRouter()

Key = Annotated[str, StringConstraints(max_length=64)]
Name = Annotated[str, StringConstraints(max_length=80)]
Text = Annotated[str, StringConstraints(max_length=4_000)]
Status = Literal["proposed", "booked", "changed", "cancelled", "held", "missed"]


class KindOut(BaseModel):
    id: str
    names: dict[str, str]
    minutes: int
    resources: list[str]
    place: str


class SlotOut(BaseModel):
    starts_at: datetime
    resource: str


class AppointmentOut(BaseModel):
    id: str
    contact_id: str
    contact_name: str | None = None
    kind: str
    resource: str
    starts_at: datetime
    ends_at: datetime
    place: str
    status: Status
    outcome: str
    recap: str
    sequence: int
    offered_until: datetime | None
    calendar_file: str = Field(description="Its address; empty without server.public_url.")


class WaitingOut(BaseModel):
    id: str
    kind: str
    contact_id: str
    contact_name: str
    since: datetime
    status: Literal["waiting", "offered"]


class Telling(Ask, extra="forbid"):
    tell: bool = Field(True, description="Whether the contact is written to.")


class BookIn(Telling, extra="forbid"):
    contact_id: Key
    kind: Key
    starts_at: datetime
    resource: Name = Field("", description="Who or what is met. Empty: whoever is free.")
    place: Annotated[str, StringConstraints(max_length=200)] = ""
    anytime: bool = Field(
        False, description="Also outside of hours, notice and horizon; never on what is held."
    )


class MoveIn(Telling, extra="forbid"):
    starts_at: datetime
    resource: Name = ""
    anytime: bool = False


class CancelIn(Telling, extra="forbid"):
    reason: Text = Field("", description="As the contact reads it.")


class OutcomeIn(Telling, extra="forbid"):
    outcome: Outcome
    recap: Text = Field("", description="What was agreed, sent to the contact at once.")


def _desk(request: Request) -> AppointmentDesk:
    desk: AppointmentDesk = request.app.state.appointments
    return desk


DeskDep = Annotated[AppointmentDesk, Depends(_desk)]


def out(desk: AppointmentDesk, row: Appointment, name: str | None = None) -> AppointmentOut:
    return AppointmentOut(
        contact_name=name,
        calendar_file=desk.book.link(row.token),
        **{
            field: getattr(row, field)
            for field in AppointmentOut.model_fields
            if field not in ("contact_name", "calendar_file")
        },
    )


@router.get("/appointments")
async def agenda(
    desk: DeskDep,
    first: datetime | None = None,
    last: datetime | None = None,
    contact: Key = "",
    resource: Name = "",
    status: Status | None = None,
    limit: Limit = 50,
) -> list[AppointmentOut]:
    """What stands, the earliest first; from now on where nothing else is asked for."""
    found = await desk.listed(
        first=aware(first) if first else None,
        last=aware(last) if last else None,
        contact_id=contact,
        resource=resource,
        status=status or "",
        limit=limit,
    )
    return [out(desk, each.row, each.contact_name) for each in found]


@router.get("/appointments/kinds")
async def kinds(desk: DeskDep) -> list[KindOut]:
    """What can be booked."""
    return [
        KindOut(
            id=kind.id,
            names=dict(kind.names),
            minutes=int(kind.lasts.total_seconds() // 60),
            resources=list(kind.resources),
            place=kind.place,
        )
        for kind in desk.book.kinds.values()
    ]


@router.get("/appointments/free")
async def free(
    desk: DeskDep,
    kind: Key,
    first: date | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[SlotOut]:
    """Free places of a kind, in order of time."""
    found = await desk.free(kind, first=first, limit=limit)
    return [SlotOut(starts_at=slot.starts_at, resource=slot.resource) for slot in found]


@router.get("/appointments/waiting")
async def waiting(desk: DeskDep) -> list[WaitingOut]:
    """The waiting lists, in their order."""
    return [WaitingOut(**place) for place in await desk.waiting()]


@router.get("/appointments/{appointment_id}")
async def show(appointment_id: Key, desk: DeskDep) -> AppointmentOut:
    return out(desk, await desk.one(appointment_id))


@router.post("/appointments", status_code=201)
async def book(ask: BookIn, desk: DeskDep) -> AppointmentOut:
    """Book for a contact, who is told. 409 where the place is taken or closed."""
    made = await desk.book_for(
        ask.contact_id,
        ask.kind,
        aware(ask.starts_at),
        by=clean_text(ask.agent),
        resource=ask.resource,
        place=clean_text(ask.place),
        anytime=ask.anytime,
        tell=ask.tell,
    )
    return out(desk, made)


@router.post("/appointments/{appointment_id}/move")
async def move(appointment_id: Key, ask: MoveIn, desk: DeskDep) -> AppointmentOut:
    """Put it on another place; 409 leaves it where it is."""
    moved = await desk.move(
        appointment_id,
        aware(ask.starts_at),
        by=clean_text(ask.agent),
        resource=ask.resource,
        anytime=ask.anytime,
        tell=ask.tell,
    )
    return out(desk, moved)


@router.post("/appointments/{appointment_id}/cancel")
async def cancel(appointment_id: Key, ask: CancelIn, desk: DeskDep) -> AppointmentOut:
    """Give the place back; the next on the waiting list is offered it."""
    by, reason = clean_text(ask.agent), clean_text(ask.reason)
    return out(desk, await desk.cancel(appointment_id, by=by, reason=reason, tell=ask.tell))


@router.post("/appointments/{appointment_id}/outcome")
async def outcome(appointment_id: Key, ask: OutcomeIn, desk: DeskDep) -> AppointmentOut:
    """Write down what came of it; the recap is sent, and the follow-up goes by the outcome."""
    by, recap = clean_text(ask.agent), clean_text(ask.recap)
    settled = await desk.settle(appointment_id, ask.outcome, by=by, recap=recap, tell=ask.tell)
    return out(desk, settled)
