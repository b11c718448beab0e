"""What people do with appointments: look, book, move, cancel, write down the outcome. One transaction a call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appointment_plans import FREED, WAITS_FOR
from bot.appointment_rows import (
    STANDING,
    access_appointment,
    hold,
    new_token,
    release,
    taken_for,
    tell_lanes,
    zone_of_contact,
)
from bot.appointment_voice import AppointmentVoice, Words
from bot.appointments.kinds import Book, Kind
from bot.appointments.slots import Slot, all_slots, cells_of, floor, within
from bot.calendars import Calendars
from bot.case_work import set_timer
from bot.clock import Clock
from bot.ids import IdMaker
from bot.records import Appointment, AuditEntry, Contact, WaitingPlace
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from bot.store.port import Store, StoreRefused

Outcome = Literal["came", "missed", "accepted", "refused", "proposal", "done"]
"""`came` and `done` say that it took place, the next three also what came of it. source: CH-15"""

T = TypeVar("T")
_appointments = table_of(Appointment).c
_contacts = table_of(Contact).c
_waits = table_of(WaitingPlace).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An appointment as people see it."""

    row: Appointment
    contact_name: str


class AppointmentDesk:
    """Every change is checked against what is held, audited, and told to the contact."""

    def __init__(
        self,
        store: Store,
        book: Book,
        calendars: Calendars,
        voice: AppointmentVoice,
        *,
        timezone: str,
        clock: Clock,
        ids: IdMaker,
        changed: Callable[[Collection[tuple[str, str]]], None],
    ) -> None:
        """`changed` is told the threads whose conversations know something new."""
        self.book = book
        self.voice = voice
        self._store = store
        self._calendars = calendars
        self._timezone = timezone
        self._clock = clock
        self._ids = ids
        self._changed = changed

    # looking

    async def listed(
        self,
        *,
        first: datetime | None = None,
        last: datetime | None = None,
        contact_id: str = "",
        resource: str = "",
        status: str = "",
        limit: int = 200,
    ) -> list[Listed]:
        """The agenda: what stands, the earliest first; by default from now on."""
        query = (
            select(Appointment, _contacts.name)
            .join(table_of(Contact), _contacts.id == _appointments.contact_id)
            .order_by(_appointments.starts_at, _appointments.id)
            .limit(limit)
        )
        if first is not None or not (contact_id or last):
            query = query.where(_appointments.ends_at > (first or self._clock.now()))
        if last is not None:
            query = query.where(_appointments.starts_at < last)
        if contact_id:
            query = query.where(_appointments.contact_id == contact_id)
        if resource:
            query = query.where(_appointments.resource == resource)
        if status:
            query = query.where(_appointments.status == status)
        elif not contact_id:
            query = query.where(_appointments.status.in_((*STANDING, "proposed")))

        def read(session: Session) -> list[Listed]:
            found = []
            for one, name in session.execute(query):
                session.expunge(one)
                found.append(Listed(row=one, contact_name=name))
            return found

        return await self._store.read(read)

    async def one(self, appointment_id: str) -> Appointment:
        """Raises `NotFound`."""

        def read(session: Session) -> Appointment:
            one = session.get(Appointment, appointment_id)
            if one is None:
                raise NotFound(f"there is no appointment {appointment_id}")
            session.expunge(one)
            return one

        return await self._store.read(read)

    async def free(self, kind_id: str, *, first: date | None = None, limit: int = 50) -> list[Slot]:
        """Free places of a kind, in order of time. Raises `NotFound`."""
        kind, now = self._kind(kind_id), self._clock.now()
        taken = await self._store.read(lambda session: taken_for(session, self.book, now))
        found: list[Slot] = []
        for slot in all_slots(kind, self._calendars.company, taken, now=now, first=first):
            found.append(slot)
            if len(found) == limit:
                break
        return found

    async def waiting(self) -> list[dict[str, Any]]:
        """The waiting lists, in their order."""
        query = (
            select(table_of(WaitingPlace), _contacts.name.label("contact_name"))
            .join(table_of(Contact), _contacts.id == _waits.contact_id)
            .where(_waits.product.startswith(WAITS_FOR), _waits.status.in_(("waiting", "told")))
            .order_by(_waits.product, _waits.at, _waits.id)
        )
        return [
            {
                "id": row.id,
                "kind": row.product.removeprefix(WAITS_FOR),
                "contact_id": row.contact_id,
                "contact_name": row.contact_name,
                "since": row.at,
                "status": "offered" if row.status == "told" else "waiting",
            }
            for row in await self._store.fetch_all(query)
        ]

    # changing

    async def book_for(
        self,
        contact_id: str,
        kind_id: str,
        starts_at: datetime,
        *,
        by: str,
        resource: str = "",
        place: str = "",
        anytime: bool = False,
        tell: bool = True,
    ) -> Appointment:
        """Book for a contact. `anytime` passes over opening hours, notice and horizon, never over what is held.

        Raises `NotFound`, `NotPossible`, `PlaceTaken`.
        """
        kind, now = self._kind(kind_id), self._clock.now()
        appointment_id, token = self._ids.new(), new_token()

        def change(session: Session) -> Appointment:
            if session.get(Contact, contact_id) is None:
                raise NotFound(f"there is no contact {contact_id}")
            self._check_time(kind, starts_at, now, anytime=anytime)
            wanted, ends_at = self._able(session, kind, starts_at, resource, now), starts_at + kind.lasts
            one = Appointment(
                id=appointment_id,
                contact_id=contact_id,
                kind=kind.id,
                resource=wanted,
                starts_at=starts_at,
                ends_at=ends_at,
                place=place or kind.place,
                status="booked",
                token=token,
                created_at=now,
                updated_at=now,
            )
            hold(session, one, kind.pause, resource=wanted, starts_at=starts_at, ends_at=ends_at)
            self._note(session, one, "appointment_booked", by, {"resource": one.resource}, now)
            if tell:
                self._tell(session, one, "appointment/booked", self._booked_words(one), by, now)
            return one

        return await self._write(change)

    async def move(
        self,
        appointment_id: str,
        starts_at: datetime,
        *,
        by: str,
        resource: str = "",
        anytime: bool = False,
        tell: bool = True,
    ) -> Appointment:
        """Raises `NotFound`, `NotPossible`, `PlaceTaken`; then it stays where it is."""
        now = self._clock.now()

        def change(session: Session) -> Appointment:
            one = self._standing(session, appointment_id)
            kind = self._kind(one.kind)
            self._check_time(kind, starts_at, now, anytime=anytime)
            before = {"from": one.starts_at.isoformat(), "to": starts_at.isoformat()}
            wanted = self._able(session, kind, starts_at, resource, now, first=one.resource, own=one)
            ends_at = starts_at + kind.lasts
            hold(session, one, kind.pause, resource=wanted, starts_at=starts_at, ends_at=ends_at)
            one.status, one.sequence, one.updated_at = "changed", one.sequence + 1, now
            self._freed(session, one.kind, now)
            self._note(session, one, "appointment_moved", by, before, now)
            if tell:
                self._tell(session, one, "appointment/booked", self._booked_words(one, moved=True), by, now)
            return one

        return await self._write(change)

    async def cancel(
        self, appointment_id: str, *, by: str, reason: str = "", tell: bool = True
    ) -> Appointment:
        """Raises `NotFound`, `NotPossible`."""
        now = self._clock.now()

        def change(session: Session) -> Appointment:
            one = self._standing(session, appointment_id, also_proposed=True)
            one.status, one.sequence, one.updated_at = "cancelled", one.sequence + 1, now
            one.offered_until = None
            release(session, one)
            self._freed(session, one.kind, now)
            self._note(session, one, "appointment_cancelled", by, {"reason": reason}, now)
            if tell:
                self._tell(
                    session, one, "appointment/withdrawn", self.voice.usual(one, reason=reason), by, now
                )  # fmt: skip
            return one

        return await self._write(change)

    async def settle(
        self, appointment_id: str, outcome: Outcome, *, by: str, recap: str = "", tell: bool = True
    ) -> Appointment:
        """Write down what became of it; a recap is sent at once. source: domain §6, CH-15

        May be said again: the last word counts, and only a recap that differs is sent once more.
        Raises `NotFound`, `NotPossible`.
        """
        now = self._clock.now()

        def change(session: Session) -> Appointment:
            one = access_appointment(session, appointment_id)
            if one.status not in (*STANDING, "held", "missed"):
                raise NotPossible(f"the appointment is {one.status}: nothing can have come of it")
            if one.starts_at > now:
                raise NotPossible("the appointment has not begun yet")
            fresh = bool(recap) and recap != one.recap
            one.status = "missed" if outcome == "missed" else "held"
            one.outcome = outcome
            one.recap = recap or one.recap
            one.settled_at, one.updated_at = now, now
            self._note(session, one, "appointment_settled", by, {"outcome": outcome}, now)
            if tell and fresh and outcome != "missed":
                words = self.voice.usual(one, recap=recap)
                self._tell(session, one, "appointment/recap", words, by, now)
            return one

        return await self._write(change)

    # within a transaction

    def _kind(self, kind_id: str) -> Kind:
        kind = self.book.kinds.get(kind_id)
        if kind is None:
            known = ", ".join(self.book.kinds) or "none: see appointments.kinds"
            raise NotFound(f"there is no kind of appointment {kind_id}; known: {known}")
        return kind

    def _standing(self, session: Session, appointment_id: str, *, also_proposed: bool = False) -> Appointment:
        one = access_appointment(session, appointment_id)
        if one.status not in STANDING and not (also_proposed and one.status == "proposed"):
            raise NotPossible(f"the appointment is {one.status}")
        return one

    def _check_time(self, kind: Kind, starts_at: datetime, now: datetime, *, anytime: bool) -> None:
        if starts_at != floor(starts_at):
            raise NotPossible("an appointment begins at a multiple of five minutes")
        if starts_at < now - timedelta(days=1):
            raise NotPossible("that time is over")
        if anytime:
            return
        if not within(kind, self._calendars.company, starts_at, starts_at + kind.lasts):
            raise NotPossible(
                "that is outside of the hours in which it takes place; say `anytime` to book it"
            )
        if not now + kind.notice <= starts_at <= now + kind.horizon:
            raise NotPossible("that is too soon or too far ahead; say `anytime` to book it all the same")

    def _able(
        self,
        session: Session,
        kind: Kind,
        starts_at: datetime,
        resource: str,
        now: datetime,
        *,
        first: str = "",
        own: Appointment | None = None,
    ) -> str:
        """Who is met: the one asked for, else the first of the kind who is free."""
        if resource:
            if resource not in kind.resources:
                raise NotFound(f"{resource} takes no {kind.id}; known: {', '.join(kind.resources)}")
            return resource
        cells = set(cells_of(starts_at, starts_at + kind.lasts, kind.pause))
        taken: Mapping[str, Collection[datetime]] = taken_for(session, self.book, now)
        mine = set(cells_of(own.starts_at, own.ends_at, kind.pause)) if own is not None else set()
        names = sorted(kind.resources, key=lambda name: name != first)
        for name in names:
            held = set(taken.get(name, ())) - (mine if own is not None and own.resource == name else set())
            if not held & cells:
                return name
        return names[0]  # `hold` says that it is taken

    def _booked_words(self, one: Appointment, *, moved: bool = False) -> Words:
        return self.voice.usual(
            one, place=one.place, resource=one.resource, link=self.book.link(one.token), moved=moved
        )

    def _tell(
        self, session: Session, one: Appointment, template: str, words: Words, by: str, now: datetime
    ) -> None:
        key = f"appointment:{one.id}:{template.rpartition('/')[2]}:{self._ids.new()}"
        self.voice.tell(session, one, template, words, key=key, now=now, author=by)

    def _freed(self, session: Session, kind: str, now: datetime) -> None:
        set_timer(session, self._ids.new(), f"{FREED}:{kind}", FREED, now, {"kind": kind}, now)

    def _note(
        self, session: Session, one: Appointment, action: str, by: str, detail: dict[str, Any], now: datetime
    ) -> None:
        session.add(
            AuditEntry(
                id=self._ids.new(),
                at=now,
                actor=by,
                action=action,
                object_kind="appointment",
                object_id=one.id,
                detail=detail,
            )
        )

    async def _write(self, change: Callable[[Session], Appointment]) -> Appointment:
        threads: list[tuple[str, str]] = []

        def work(session: Session) -> Appointment:
            threads.clear()
            one = change(session)
            session.flush()
            threads.extend(tell_lanes(session, one.contact_id))
            session.refresh(one)
            session.expunge(one)
            return one

        try:
            one = await self._store.write(work)
        except StoreRefused as error:
            raise NotPossible("that place has just been taken") from error
        self._changed(threads)
        return one

    def zone_of(self, session: Session, contact_id: str) -> str:
        return zone_of_contact(session, contact_id, self._timezone).key
