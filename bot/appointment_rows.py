"""Appointments as rows, for those who work in a session of their own: agents, upkeep, the waiting list."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.appointment_plans import WAITS_FOR
from bot.appointments.acts import Agenda, AppointmentView
from bot.appointments.kinds import Book
from bot.appointments.slots import cells_of
from bot.records import Address, Appointment, AppointmentCell, Contact, Conversation, WaitingPlace
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from scheduler.recurrence import zone_of

STANDING = ("booked", "changed")
"""Statuses of an appointment that will take place."""
HOLDING = (*STANDING, "proposed")
"""Statuses of an appointment that holds time."""

_appointments = table_of(Appointment).c
_cells = table_of(AppointmentCell).c
_waits = table_of(WaitingPlace).c
_conversations = table_of(Conversation).c
_addresses = table_of(Address).c


class PlaceTaken(NotPossible):
    """Somebody was quicker."""


def new_token() -> str:
    """Of a calendar file's address: 72 random bits, short enough for a text message."""
    return secrets.token_urlsafe(9)


def taken_by_resource(
    session: Session, resources: Iterable[str], first: datetime, last: datetime
) -> dict[str, set[datetime]]:
    """The cells that are held, per resource."""
    found: dict[str, set[datetime]] = {}
    rows = session.execute(
        select(_cells.resource, _cells.at).where(
            _cells.resource.in_(sorted(set(resources))), _cells.at >= first, _cells.at < last
        )
    )
    for resource, at in rows:
        found.setdefault(resource, set()).add(at)
    return found


def taken_for(session: Session, book: Book, now: datetime) -> Mapping[str, Collection[datetime]]:
    """What is held of everything that can be booked."""
    names = {name for kind in book.kinds.values() for name in kind.resources}
    reach = max((kind.horizon + kind.lasts for kind in book.kinds.values()), default=timedelta(0))
    return taken_by_resource(session, names, now - timedelta(days=1), now + reach + timedelta(days=1))


def zone_of_contact(session: Session, contact_id: str, company_zone: str) -> ZoneInfo:
    """By the contact's word, country or phone number; else the company's."""
    contact = session.get(Contact, contact_id)
    if contact is None:
        return ZoneInfo(company_zone)
    phone = ""
    if not contact.timezone and not contact.country:
        phone = session.scalar(
            select(func.min(_addresses.value)).where(
                _addresses.contact_id == contact_id, _addresses.channel.in_(("sms", "whatsapp"))
            )
        ) or ""  # fmt: skip
    return zone_of(contact.timezone, contact.country, phone.removeprefix("whatsapp:"), company_zone)


def agenda_of(
    session: Session, contact_id: str, book: Book, company_zone: str, *, now: datetime, new_id: str, new_token: str
) -> Agenda:  # fmt: skip
    """All that a turn about appointments must know."""
    waits = session.execute(
        select(_waits.product, _waits.id).where(
            _waits.contact_id == contact_id,
            _waits.product.startswith(WAITS_FOR),
            _waits.status.in_(("waiting", "told")),
        )
    )
    own = session.scalars(
        select(Appointment)
        .where(
            _appointments.contact_id == contact_id,
            _appointments.status.in_(HOLDING),
            _appointments.ends_at > now,
        )
        .order_by(_appointments.starts_at)
        .limit(20)
    )
    return Agenda(
        zone=zone_of_contact(session, contact_id, company_zone),
        taken=taken_for(session, book, now),
        own=tuple(view_of(one) for one in own),
        waits={product.removeprefix(WAITS_FOR): wait_id for product, wait_id in waits},
        new_id=new_id,
        new_token=new_token,
    )


def view_of(one: Appointment) -> AppointmentView:
    return AppointmentView(
        id=one.id,
        kind=one.kind,
        resource=one.resource,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        place=one.place,
        status=one.status,
        sequence=one.sequence,
        token=one.token,
        offered_until=one.offered_until,
    )


def access_appointment(session: Session, appointment_id: str) -> Appointment:
    """Locked, as it is now. Raises `NotFound`."""
    one = session.get(Appointment, appointment_id, with_for_update=True, populate_existing=True)
    if one is None:
        raise NotFound(f"there is no appointment {appointment_id}")
    return one


def hold(
    session: Session,
    one: Appointment,
    pause: timedelta,
    *,
    resource: str,
    starts_at: datetime,
    ends_at: datetime,
) -> None:
    """Put it on a place and hold its time, in place of what it held. Raises `PlaceTaken`: then nothing changed."""
    try:
        with session.begin_nested():
            one.resource, one.starts_at, one.ends_at = resource, starts_at, ends_at
            session.add(one)
            release(session, one)
            cells = cells_of(starts_at, ends_at, pause)
            session.add_all(AppointmentCell(resource=resource, at=at, appointment_id=one.id) for at in cells)
            session.flush()
    except IntegrityError as error:
        raise PlaceTaken(
            f"{resource} is taken at {starts_at:%Y-%m-%d %H:%M} UTC or too soon after"
        ) from error


def release(session: Session, one: Appointment) -> None:
    """Give back the time it holds."""
    session.execute(delete(table_of(AppointmentCell)).where(_cells.appointment_id == one.id))


def tell_lanes(session: Session, contact_id: str) -> list[tuple[str, str]]:
    """A decision under way for this contact is made again; the threads of their conversations."""
    moved = session.execute(
        update(table_of(Conversation))
        .where(_conversations.contact_id == contact_id)
        .values(version=_conversations.version + 1)
        .returning(_conversations.account_id, _conversations.thread)
    )
    return [(account_id, thread) for account_id, thread in moved]
