"""What is said of appointments: replies, their variables, the calendar file, the memory of a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from bot.appointments.acts import Agenda, AppointmentView
from bot.appointments.calendar_file import CalendarEvent, calendar_file
from bot.appointments.kinds import Kind
from bot.appointments.slots import Slot, Wanted
from bot.appointments.wish import Wish, read_wish
from bot.appointments.words import week_begins, when_words
from bot.dialogue.labels import button
from bot.dialogue.memory import mapping_at, moment_at, text_at, texts_at, with_key, without
from bot.dialogue.talk import Talk
from bot.dialogue.turn import OutFile, Reply
from channels.port import Button

MEMORY = "appointment"
MOST_SHOWN = 30
FILE_CHANNELS = frozenset(("email", "telegram", "webchat"))
"""Where a calendar file travels with the message. SMS carries no files, and Twilio's WhatsApp takes no calendar
files (its "Guidance on WhatsApp Media Messages"): there a link stands in the text.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One turn about appointments."""

    talk: Talk
    agenda: Agenda
    wish: Wish

    @property
    def now(self) -> datetime:
        return self.talk.turn.now

    @property
    def memory(self) -> Mapping[str, Any]:
        return mapping_at(self.talk.turn.state, MEMORY) or {}

    @property
    def booked(self) -> tuple[AppointmentView, ...]:
        return tuple(one for one in self.agenda.own if one.status != "proposed")

    def kind(self, kind_id: str) -> Kind | None:
        return self.talk.company.appointments.kinds.get(kind_id)

    def kind_name(self, kind_id: str) -> str:
        kind = self.kind(kind_id)
        return kind.name(self.talk.language) if kind else kind_id

    def when(self, moment: datetime) -> str:
        company = self.talk.company
        return when_words(
            moment,
            self.talk.language,
            self.agenda.zone,
            company_zone=company.calendar.timezone,
            country=company.country,
        )

    def own(self, appointment_id: str) -> AppointmentView | None:
        return next((one for one in self.agenda.own if one.id == appointment_id), None)


def open_desk(talk: Talk) -> Desk | None:
    """None where the turn can be of no appointment."""
    agenda, book = talk.turn.agenda, talk.company.appointments
    if agenda is None or not book or not talk.turn.said:
        return None
    wish = read_wish(
        talk.text,
        kinds=book.kinds,
        today=talk.turn.now.astimezone(agenda.zone).date(),
        week_begins=week_begins(talk.company.country),
        complaint=talk.reading.intents.complaint,
    )
    return Desk(talk=talk, agenda=agenda, wish=wish)


def wanted_of(desk: Desk) -> Wanted:
    asked = desk.wish.asked
    return Wanted(
        days=asked.days,
        from_time=asked.from_time,
        to_time=asked.to_time,
        at=asked.at,
        resource=desk.wish.resource,
    )


def merged(desk: Desk, before: Wanted) -> Wanted:
    """What is said now goes on from what was said before: "plutôt le matin" keeps the day."""
    now = wanted_of(desk)
    hours = now if now.at or now.from_time or now.to_time else before
    return Wanted(
        days=now.days or before.days,
        from_time=hours.from_time,
        to_time=hours.to_time,
        at=hours.at,
        resource=now.resource or before.resource,
    )


# memory


def remembering(desk: Desk, stage: str, *, offered: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """The state after a question was asked; the values of its answers can be chosen by number."""
    memory = {"stage": stage, "asked_at": desk.now.isoformat(), **more}
    state = without(with_key(desk.talk.turn.state, MEMORY, memory), "offered", "misses")
    return with_key(state, "offered", list(offered)) if offered else state


def forgotten(desk: Desk) -> dict[str, Any]:
    return without(desk.talk.turn.state, MEMORY, "offered", "misses")


def slots_json(slots: Sequence[Slot]) -> list[list[str]]:
    return [[slot.starts_at.isoformat(), slot.resource] for slot in slots]


def slots_at(memory: Mapping[str, Any]) -> tuple[Slot, ...]:
    value = memory.get("slots")
    found = []
    for item in value if isinstance(value, list | tuple) else ():
        if isinstance(item, list | tuple) and len(item) == 2 and isinstance(item[1], str):
            moment = moment_at({"at": item[0]}, "at")
            if moment is not None:
                found.append(Slot(moment, item[1]))
    return tuple(found)


def wanted_json(wanted: Wanted) -> dict[str, Any]:
    return {
        "days": [day.isoformat() for day in wanted.days],
        "from": wanted.from_time.isoformat() if wanted.from_time else "",
        "to": wanted.to_time.isoformat() if wanted.to_time else "",
        "at": wanted.at.isoformat() if wanted.at else "",
        "resource": wanted.resource,
        "besides": [moment.isoformat() for moment in wanted.besides[-MOST_SHOWN:]],
    }


def wanted_at(memory: Mapping[str, Any]) -> Wanted:
    kept = mapping_at(memory, "wanted") or {}
    try:
        return Wanted(
            days=tuple(date.fromisoformat(day) for day in texts_at(kept, "days")),
            from_time=_time(text_at(kept, "from")),
            to_time=_time(text_at(kept, "to")),
            at=_time(text_at(kept, "at")),
            resource=text_at(kept, "resource"),
            besides=tuple(datetime.fromisoformat(moment) for moment in texts_at(kept, "besides")),
        )
    except ValueError:
        return Wanted()


def _time(text: str) -> time | None:
    return time.fromisoformat(text) if text else None


# words


def slots_reply(
    desk: Desk, kind: Kind, slots: Sequence[Slot], *, exact: bool, moving: bool, taken: bool
) -> Reply:
    shown = [desk.when(slot.starts_at) for slot in slots]
    buttons = [Button(words[:60], f"slot:{number}") for number, words in enumerate(shown, 1)]
    return Reply(
        template="appointment/slots",
        variables={
            "kind": kind.name(desk.talk.language),
            "slots": shown,
            "exact": exact,
            "moving": moving,
            "taken": taken,
        },
        buttons=desk.talk.buttons(*buttons, button("more", desk.talk.language)),
    )


def booked_reply(
    desk: Desk,
    *,
    appointment_id: str,
    token: str,
    kind_id: str,
    resource: str,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    sequence: int,
    moved: bool,
) -> Reply:
    name = desk.kind_name(kind_id)
    here = desk.talk.turn.channel in FILE_CHANNELS
    event = CalendarEvent(
        uid=f"{appointment_id}@relais",
        sequence=sequence,
        starts_at=starts_at,
        ends_at=ends_at,
        title=name,
        place=place,
        about=resource,
        written_at=desk.now,
    )
    return Reply(
        template="appointment/booked",
        variables={
            "kind": name,
            "when": desk.when(starts_at),
            "place": place,
            "resource": resource,
            "link": "" if here else desk.talk.company.appointments.link(token),
            "moved": moved,
        },
        file=as_file(event, desk.talk.company.name) if here else None,
    )


def cancelled_reply(desk: Desk, one: AppointmentView) -> Reply:
    event = CalendarEvent(
        uid=f"{one.id}@relais",
        sequence=one.sequence + 1,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        title=desk.kind_name(one.kind),
        place=one.place,
        written_at=desk.now,
        cancelled=True,
    )
    mail = desk.talk.email
    return Reply(
        template="appointment/cancelled",
        variables={"kind": desk.kind_name(one.kind), "when": desk.when(one.starts_at)},
        file=as_file(event, desk.talk.company.name) if mail else None,  # elsewhere nobody opens it
    )


def as_file(event: CalendarEvent, company: str) -> OutFile:
    return OutFile(name="rdv.ics", mime="text/calendar", data=calendar_file(event, company=company))
