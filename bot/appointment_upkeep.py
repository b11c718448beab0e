"""What happens to appointments by itself: places for who waits, days that turn out closed, recaps owed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appointment_plans import FREED, WAITS_FOR
from bot.appointment_rows import (
    STANDING,
    PlaceTaken,
    access_appointment,
    hold,
    new_token,
    release,
    taken_for,
    tell_lanes,
)
from bot.appointment_voice import AppointmentVoice
from bot.appointments.kinds import Book, Kind
from bot.appointments.slots import Slot, Wanted, all_slots, cells_of, offer
from bot.calendars import Calendars
from bot.case_work import set_timer
from bot.clock import Clock
from bot.complaints.calendar import WorkingCalendar
from bot.dialogue.appointment_words import slots_json
from bot.ids import IdMaker
from bot.plans import House
from bot.records import Appointment, WaitingPlace
from bot.records.base import table_of
from bot.store.changes import NotFound, raise_alert
from bot.store.port import DueTimer, Store

OFFER_ENDS = "appointment.offer_ends"
RECAP_AFTER = timedelta(hours=1)
"""So long after an appointment a person is reminded that its outcome is not written down."""
RECAP_UNTIL = time(23, 59)
"""A recap is sent the same day. source: domain §6"""
_BATCH = 50

log = structlog.get_logger()
_appointments = table_of(Appointment).c
_waits = table_of(WaitingPlace).c
Threads = list[tuple[str, str]]


class AppointmentUpkeep:
    """Runs by timers and by the clock; any number of processes may."""

    def __init__(
        self,
        store: Store,
        book: Book,
        calendars: Calendars,
        voice: AppointmentVoice,
        house: House,
        *,
        clock: Clock,
        ids: IdMaker,
        changed: Callable[[Collection[tuple[str, str]]], None],
    ) -> None:
        self._store = store
        self._book = book
        self._calendars = calendars
        self._voice = voice
        self._house = house
        self._clock = clock
        self._ids = ids
        self._changed = changed
        self._checked = ""  # the calendar's version that booked days were last held against

    def handlers(self) -> dict[str, Callable[[DueTimer], Any]]:
        """By kind of timer."""
        return {FREED: self.freed, OFFER_ENDS: self.offer_ends}

    async def tick(self) -> None:
        """New days come within reach, calendars change, days end."""
        if not self._book:
            return
        for kind in self._book.kinds.values():
            await self._offer_all(kind)
        if self._calendars.company.version != self._checked:
            version = self._calendars.company.version
            await self._displace()
            self._checked = version
        await self._write(self._owe_recaps)

    # the waiting list. source: E9, in its order

    async def freed(self, timer: DueTimer) -> None:
        """A place may have fallen free."""
        kind = self._book.kinds.get(timer.payload["kind"])
        if kind is not None:
            await self._offer_all(kind)

    async def offer_ends(self, timer: DueTimer) -> None:
        """Nobody answered in time: the place goes to the next."""
        kind_id = ""

        def end(session: Session, now: datetime) -> Threads:
            nonlocal kind_id
            try:
                one = access_appointment(session, timer.payload["id"])
            except NotFound:
                return []
            if one.status != "proposed":
                return []
            kind_id = one.kind
            one.status, one.offered_until, one.updated_at = "cancelled", None, now
            one.sequence += 1
            release(session, one)
            place = session.scalar(_place(one.contact_id, one.kind))
            if place is not None:
                place.status = "left"
            self._voice.tell(
                session, one, "appointment/offer_over", self._voice.usual(one),
                key=f"appointment:{one.id}:offer_over", now=now, memory={"stage": "over"},
            )  # fmt: skip
            return tell_lanes(session, one.contact_id)

        await self._write(end)
        if kind_id in self._book.kinds:
            await self._offer_all(self._book.kinds[kind_id])

    async def _offer_all(self, kind: Kind) -> None:
        """Offer free places to those who wait, the first first, one each."""
        waiting = select(_waits.id).where(
            _waits.product == f"{WAITS_FOR}{kind.id}", _waits.status == "waiting"
        )
        for _ in range(_BATCH):
            if not await self._store.fetch_all(waiting.limit(1)):
                return
            offered = False

            def one_more(session: Session, now: datetime) -> Threads:
                nonlocal offered
                threads = self._offer_one(session, kind, now)
                offered = threads is not None
                return threads or []

            await self._write(one_more)
            if not offered:
                return

    def _offer_one(self, session: Session, kind: Kind, now: datetime) -> Threads | None:
        """None where nobody waits or nothing is free."""
        place = session.scalar(
            select(WaitingPlace)
            .where(_waits.product == f"{WAITS_FOR}{kind.id}", _waits.status == "waiting")
            .order_by(_waits.at, _waits.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if place is None:
            return None
        taken = taken_for(session, self._book, now)
        slot = next(self._slots(kind, taken, now), None)
        if slot is None:
            return None
        until = min(now + self._book.keep_offer, slot.starts_at - timedelta(minutes=30))
        if until <= now:
            until = now + (slot.starts_at - now) / 2
        one = Appointment(
            id=self._ids.new(),
            contact_id=place.contact_id,
            kind=kind.id,
            resource=slot.resource,
            starts_at=slot.starts_at,
            ends_at=slot.starts_at + kind.lasts,
            place=kind.place,
            status="proposed",
            token=new_token(),
            offered_until=until,
            created_at=now,
            updated_at=now,
        )
        try:
            hold(
                session, one, kind.pause, resource=one.resource, starts_at=one.starts_at, ends_at=one.ends_at
            )
        except PlaceTaken:  # a customer was quicker: the next look finds another one
            return None
        place.status = "told"
        set_timer(
            session, self._ids.new(), f"appointment:{one.id}:offer", OFFER_ENDS, until, {"id": one.id}, now
        )

        def words(language: str, when: Callable[[datetime], str]) -> Mapping[str, Any]:
            return {
                "kind": kind.name(language),
                "when": when(one.starts_at),
                "place": one.place,
                "until": when(until),
            }

        self._voice.tell(
            session, one, "appointment/offer", words, key=f"appointment:{one.id}:offer", now=now,
            memory={"stage": "offered", "id": one.id}, offered=("yes", "no"),
        )  # fmt: skip
        return tell_lanes(session, place.contact_id)

    def _slots(self, kind: Kind, taken: Mapping[str, Collection[datetime]], now: datetime) -> Any:
        return all_slots(kind, self._calendars.company, taken, now=now)

    # days that turn out closed

    async def _displace(self) -> None:
        """After a change of the calendar: who booked on a day that is closed now is offered another one."""
        now = self._clock.now()
        ahead = select(_appointments.id).where(
            _appointments.status.in_(STANDING), _appointments.starts_at > now
        )
        for row in await self._store.fetch_all(ahead.order_by(_appointments.starts_at)):

            def move(session: Session, now: datetime, appointment_id: str = row.id) -> Threads:
                return self._displace_one(session, appointment_id, now)

            await self._write(move)

    def _displace_one(self, session: Session, appointment_id: str, now: datetime) -> Threads:
        one = access_appointment(session, appointment_id)
        calendar = self._calendars.company
        kind = self._book.kinds.get(one.kind)
        day = one.starts_at.astimezone(calendar.timezone).date()
        # By hand, people book outside of the hours: only a day that is closed as a whole displaces.
        if one.status not in STANDING or kind is None or calendar.is_working_day(day):
            return []
        why = calendar.closed_because(day)
        if not why and _closed_in_any_week(calendar, day):
            return []
        key = f"appointment:{one.id}:{one.sequence}:displaced"
        raised = raise_alert(
            session,
            self._ids.new(),
            key=key,
            kind="moved",
            reason=f"an appointment on {day.isoformat()} with {one.resource} falls on a closed day ({why})",
            now=now,
            conversation_id=one.conversation_id,
            desk_id=self._house.desk(self._book.desk),
            due_at=one.starts_at,
        )
        if not raised:
            return []
        slots = self._near(session, one, kind, now)

        def words(language: str, when: Callable[[datetime], str]) -> Mapping[str, Any]:
            return {
                "kind": kind.name(language),
                "when": when(one.starts_at),
                "why": calendar.closed_because(day, language),
                "slots": [when(slot.starts_at) for slot in slots],
            }

        memory = {"stage": "slots", "kind": kind.id, "slots": slots_json(slots), "move": one.id, "wanted": {}}
        values = tuple(f"slot:{number}" for number in range(1, len(slots) + 1))
        self._voice.tell(
            session, one, "appointment/displaced", words, key=key, now=now,
            memory=memory if slots else None, offered=values,
        )  # fmt: skip
        log.info("appointment_displaced", appointment=one.id, day=day.isoformat())
        return tell_lanes(session, one.contact_id)

    def _near(self, session: Session, one: Appointment, kind: Kind, now: datetime) -> list[Slot]:
        """The nearest places to the one that is lost, at the same hour where that is free."""
        calendar = self._calendars.company
        local = one.starts_at.astimezone(calendar.timezone)
        wanted = Wanted(days=(local.date(),), from_time=local.time())
        held = {
            name: set(cells) - set(cells_of(one.starts_at, one.ends_at, kind.pause))
            for name, cells in taken_for(session, self._book, now).items()
        }
        return offer(kind, calendar, held, wanted, now=now, zone=calendar.timezone, count=self._book.choices)[
            0
        ]

    # recaps

    def _owe_recaps(self, session: Session, now: datetime) -> Threads:
        """An appointment is over and nobody has written down what came of it. source: domain §6"""
        zone: ZoneInfo = self._calendars.company.timezone
        ended = session.scalars(
            select(Appointment).where(
                _appointments.status.in_(STANDING),
                _appointments.ends_at <= now - RECAP_AFTER,
                _appointments.ends_at > now - timedelta(days=7),
            )
        )
        for one in ended:
            local = one.ends_at.astimezone(zone)
            due_at = datetime.combine(local.date(), RECAP_UNTIL, tzinfo=zone)
            raise_alert(
                session,
                self._ids.new(),
                key=f"appointment:{one.id}:{one.sequence}:recap",
                kind="due_soon",
                reason=f"write down what came of the appointment of {local:%Y-%m-%d %H:%M} with {one.resource}",
                now=now,
                conversation_id=one.conversation_id,
                desk_id=self._house.desk(self._book.desk),
                due_at=due_at,
            )
        return []

    async def _write(self, change: Callable[[Session, datetime], Threads]) -> None:
        now = self._clock.now()
        threads = await self._store.write(lambda session: change(session, now))
        if threads:
            self._changed(threads)


def _place(contact_id: str, kind_id: str) -> Any:
    return select(WaitingPlace).where(
        _waits.contact_id == contact_id,
        _waits.product == f"{WAITS_FOR}{kind_id}",
        _waits.status == "told",
    )


def _closed_in_any_week(calendar: WorkingCalendar, day: Any) -> bool:
    """A day on which the company never works was booked on purpose."""
    return not calendar.week.get(day.weekday())
