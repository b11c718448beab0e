"""The calendar file of an appointment, which calendars add, move and take away. source: RFC 5545, RFC 5546 §3.2"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """What a calendar is told."""

    uid: str  # the same for every version of an appointment
    sequence: int
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str = ""
    about: str = ""
    cancelled: bool = False
    written_at: datetime


def calendar_file(event: CalendarEvent, *, company: str) -> bytes:
    """One event. PUBLISH, as nobody is asked to accept; CANCEL takes it away again."""
    from icalendar import Alarm, Calendar, Event  # eighty modules: not while the program starts

    calendar = Calendar()
    calendar.add("prodid", "-//Relais//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if event.cancelled else "PUBLISH")
    entry = Event()
    entry.add("uid", event.uid)
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", event.written_at)
    entry.add("dtstart", event.starts_at)
    entry.add("dtend", event.ends_at)
    entry.add("summary", f"{event.title} — {company}")
    if event.place:
        entry.add("location", event.place)
    if event.about:
        entry.add("description", event.about)
    entry.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    if not event.cancelled:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", event.title)
        alarm.add("trigger", timedelta(hours=-1))
        entry.add_component(alarm)
    calendar.add_component(entry)
    return bytes(calendar.to_ical())
