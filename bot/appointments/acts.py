"""What a decision wants of appointments, and what it sees of them: data, no behaviour."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from channels.frozen import frozen


@frozen
class AppointmentView:
    """An appointment of this contact that is still to come."""

    id: str
    kind: str
    resource: str
    starts_at: datetime
    ends_at: datetime
    place: str
    status: str  # proposed, booked, changed
    sequence: int
    token: str
    offered_until: datetime | None = None  # of a proposed one


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What a turn knows of appointments; loaded only where the words or the memory are of one."""

    zone: ZoneInfo  # the contact's own
    taken: Mapping[str, Collection[datetime]] = field(default_factory=dict)  # per resource, cells held
    own: tuple[AppointmentView, ...] = ()  # to come, the next first
    waits: Mapping[str, str] = field(default_factory=dict)  # kind → this contact's place on its waiting list
    new_id: str = ""  # for an appointment made in this turn
    new_token: str = ""  # of its calendar file's address: nobody guesses it


@frozen
class BookAppointment:
    """Take a place. Refused by the database where somebody was quicker: then the turn is decided anew."""

    id: str
    token: str
    kind: str
    resource: str
    starts_at: datetime
    ends_at: datetime
    pause: timedelta = timedelta(0)
    place: str = ""
    wait_id: str = ""  # their place on the waiting list, which this ends


@frozen
class MoveAppointment:
    """Put one's own appointment on another place."""

    before: AppointmentView
    resource: str
    starts_at: datetime
    ends_at: datetime
    pause: timedelta = timedelta(0)


@frozen
class AcceptAppointment:
    """Say yes to a place that was kept for this contact."""

    before: AppointmentView
    wait_id: str = ""


@frozen
class CancelAppointment:
    """Give a place back: one's own, or one that was kept."""

    before: AppointmentView
    wait_id: str = ""


@frozen
class WaitForPlace:
    """Stand on a kind's waiting list."""

    kind: str


@frozen
class StopWaiting:
    """Leave a waiting list."""

    wait_id: str


AppointmentAct = (
    BookAppointment | MoveAppointment | AcceptAppointment | CancelAppointment | WaitForPlace | StopWaiting
)
