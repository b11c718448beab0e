"""What will go out on each day: rows that wait, campaigns and series to come, appointments, and simulated days.

Days are the company's. Nothing here knows the pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, literal_column, select
from sqlalchemy.orm import Session

from bot.appointment_rows import HOLDING
from bot.records import Appointment, Campaign, Contact, Occurrence, OutreachRule, Recipient
from bot.records.base import table_of
from scheduler.campaigns.book import Mailing, with_status
from scheduler.guards import shown_name
from scheduler.recurrence import instant
from scheduler.simulation.lines import Daily

Kind = Literal["campaign", "rule", "reminder", "appointment"]
KINDS: Final[tuple[Kind, ...]] = ("campaign", "rule", "reminder", "appointment")
PAGE: Final = 50

_recipients, _occurrences = table_of(Recipient).c, table_of(Occurrence).c
_appointments, _contacts = table_of(Appointment).c, table_of(Contact).c
_campaigns, _rules = table_of(Campaign).c, table_of(OutreachRule).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """So many messages of one source on one day. `number` None: nobody knows before its start."""

    kind: Kind
    source: str  # name of the campaign or rule; kind of an appointment
    number: int | None
    at: datetime | None = None  # when a campaign starts
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Which rules are reminders rather than messages of marketing, by name."""

    reminders: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class Agenda:
    """Entries by day; `paused` are campaigns whose messages wait for a person."""

    days: dict[date, list[Entry]] = field(default_factory=dict)
    paused: list[str] = field(default_factory=list)

    def on(self, day: date, kinds: Sequence[Kind] = KINDS) -> list[Entry]:
        found = [each for each in self.days.get(day, []) if each.kind in kinds]
        return sorted(found, key=lambda each: (KINDS.index(each.kind), each.source))

    def add(self, day: date, entry: Entry) -> None:
        self.days.setdefault(day, []).append(entry)


def edges_of(first: date, last: date, zone: ZoneInfo) -> list[datetime]:
    """The beginnings of these days, and the end of the last one."""
    days = (last - first).days + 2
    return [instant(first + timedelta(days=more), time(0), zone) for more in range(days)]


def read_agenda(
    session: Session, first: date, last: date, *, zone: ZoneInfo, now: datetime, sources: Sources
) -> Agenda:
    """Some statements, whatever the number of messages. What should have gone already stands on today."""
    agenda = Agenda()
    today = now.astimezone(zone).date()
    start = max(first, today)
    if start <= last:
        edges = edges_of(start, last, zone)
        since = None if start == today else edges[0]
        _messages(session, agenda, start, edges, since, sources)
        _campaigns_to_come(session, agenda, start, last, zone, now)
    _meetings(session, agenda, first, edges_of(first, last, zone))
    return agenda


def _day_of(column: Any, edges: Sequence[datetime]) -> ColumnElement[int]:
    return case(*((column < edge, at) for at, edge in enumerate(edges[1:])), else_=-1).label("day")


def _messages(
    session: Session,
    agenda: Agenda,
    start: date,
    edges: Sequence[datetime],
    since: datetime | None,
    sources: Sources,
) -> None:
    for kind, table, name, owner in (
        ("campaign", Recipient, _campaigns.name, Campaign),
        ("rule", Occurrence, _rules.name, OutreachRule),
    ):
        columns = table_of(table).c
        waiting = "waiting" if kind == "campaign" else "planned"
        owned = columns.campaign_id if kind == "campaign" else columns.rule_id
        where = [columns.status == waiting, columns.due_at < edges[-1]]
        if since is not None:
            where.append(columns.due_at >= since)
        if kind == "campaign":
            where.append(_campaigns.status.in_(("running", "paused")))
        rows = session.execute(
            select(_day_of(columns.due_at, edges), name.label("source"), func.count().label("n"))
            .select_from(table_of(table).join(table_of(owner), table_of(owner).c.id == owned))
            .where(*where)
            .group_by(literal_column("day"), name)
        )
        for row in rows:
            told: Kind = "campaign" if kind == "campaign" else _kind_of(row.source, sources)
            agenda.add(start + timedelta(days=row.day), Entry(kind=told, source=row.source, number=row.n))


def _kind_of(rule: str, sources: Sources) -> Kind:
    return "reminder" if rule in sources.reminders else "rule"


def _campaigns_to_come(
    session: Session, agenda: Agenda, start: date, last: date, zone: ZoneInfo, now: datetime
) -> None:
    """Those that wait for their hour, and the next runs of series."""
    for mailing in with_status(session, ("planned", "running", "paused")):
        if mailing.status == "paused":
            agenda.paused.append(mailing.name)
        if mailing.is_series:
            if mailing.status == "running":
                _runs(agenda, mailing, start, last, zone, now)
            continue
        if mailing.frozen_as_of is not None:
            continue
        at = mailing.definition.starts_at(zone, mailing.starts_at or now)
        day = max(at.astimezone(zone).date(), start)
        if day <= last:
            agenda.add(day, Entry(kind="campaign", source=mailing.name, number=None, at=at))


def _runs(agenda: Agenda, mailing: Mailing, start: date, last: date, zone: ZoneInfo, now: datetime) -> None:
    repeat, end = mailing.definition.repeat, mailing.definition.end
    assert repeat is not None
    for day in repeat.series().days(start, last):
        at = instant(day, repeat.at, zone)
        if at > now and (end is None or day <= end):
            agenda.add(day, Entry(kind="campaign", source=mailing.name, number=None, at=at))


def _meetings(session: Session, agenda: Agenda, first: date, edges: Sequence[datetime]) -> None:
    rows = session.execute(
        select(_day_of(_appointments.starts_at, edges), _appointments.kind, func.count().label("n"))
        .where(
            _appointments.status.in_(HOLDING),
            _appointments.starts_at >= edges[0],
            _appointments.starts_at < edges[-1],
        )
        .group_by(literal_column("day"), _appointments.kind)
    )
    for row in rows:
        entry = Entry(kind="appointment", source=row.kind, number=row.n)
        agenda.add(first + timedelta(days=row.day), entry)


def with_simulated(agenda: Agenda, first: date, days: Sequence[Daily], sources: Sources) -> Agenda:
    """The rules' messages as they were simulated, where no rows stand for that day and rule yet."""
    joined = Agenda(days={day: list(entries) for day, entries in agenda.days.items()}, paused=agenda.paused)
    numbers: dict[tuple[date, str], int] = {}
    for each in days:
        if each.source.startswith("rule:"):
            key = first + timedelta(days=each.day), each.source.removeprefix("rule:")
            numbers[key] = numbers.get(key, 0) + each.number
    for (day, name), number in numbers.items():
        there = {entry.source for entry in joined.on(day, ("rule", "reminder"))}
        if name not in there:
            joined.add(day, Entry(kind=_kind_of(name, sources), source=name, number=number, simulated=True))
    return joined


# one day


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One message or meeting of a day."""

    key: str  # to go on after: instant and id
    kind: Kind
    at: datetime
    name: str
    source: str
    channel: str
    beside: str = ""  # with whom, and where


def read_day(
    session: Session,
    day: date,
    *,
    zone: ZoneInfo,
    now: datetime,
    kinds: Sequence[Kind],
    sources: Sources,
    after: str = "",
) -> list[Item]:
    """In order of time, a page at a time; each kind gives a page at the most."""
    start, end = edges_of(day, day, zone)
    overdue = day == now.astimezone(zone).date()
    found: list[Item] = []
    at, _, row_id = after.partition("|")
    beyond = (datetime.fromisoformat(at), row_id) if at else None
    if "campaign" in kinds:
        found += _campaign_items(session, start, end, overdue, beyond)
    if "rule" in kinds or "reminder" in kinds:
        items = _rule_items(session, start, end, overdue, beyond, sources)
        found += [each for each in items if each.kind in kinds]
    if "appointment" in kinds:
        found += _meeting_items(session, start, end, beyond)
    return sorted(found, key=lambda each: each.key)[:PAGE]


def _page(query: Any, columns: Any, at: Any, beyond: tuple[datetime, str] | None) -> Any:
    if beyond is not None:
        moment, row_id = beyond
        query = query.where((at > moment) | ((at == moment) & (columns.id > row_id)))
    return query.order_by(at, columns.id).limit(PAGE)


def _key(at: datetime, row_id: str) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f+00:00}|{row_id}"


def _campaign_items(
    session: Session, start: datetime, end: datetime, overdue: bool, beyond: tuple[datetime, str] | None
) -> list[Item]:
    table = table_of(Recipient)
    query = (
        select(_recipients.id, _recipients.due_at, _recipients.channel, _contacts.name, _contacts.mode,
               _campaigns.name.label("source"))
        .select_from(
            table.join(table_of(Campaign), _campaigns.id == _recipients.campaign_id)
            .outerjoin(table_of(Contact), _contacts.id == _recipients.contact_id)
        )
        .where(_recipients.status == "waiting", _recipients.due_at < end,
               _campaigns.status.in_(("running", "paused")))
    )  # fmt: skip
    if not overdue:
        query = query.where(_recipients.due_at >= start)
    return [
        Item(
            key=_key(row.due_at, row.id), kind="campaign", at=row.due_at, channel=row.channel, source=row.source,
            name=shown_name(row.name or "", row.mode or ""),
        )
        for row in session.execute(_page(query, _recipients, _recipients.due_at, beyond))
    ]  # fmt: skip


def _rule_items(
    session: Session,
    start: datetime,
    end: datetime,
    overdue: bool,
    beyond: tuple[datetime, str] | None,
    sources: Sources,
) -> list[Item]:
    table = table_of(Occurrence)
    query = (
        select(_occurrences.id, _occurrences.due_at, _occurrences.channel, _contacts.name, _contacts.mode,
               _rules.name.label("source"))
        .select_from(
            table.join(table_of(OutreachRule), _rules.id == _occurrences.rule_id)
            .outerjoin(table_of(Contact), _contacts.id == _occurrences.contact_id)
        )
        .where(_occurrences.status == "planned", _occurrences.due_at < end)
    )  # fmt: skip
    if not overdue:
        query = query.where(_occurrences.due_at >= start)
    return [
        Item(
            key=_key(row.due_at, row.id), kind=_kind_of(row.source, sources), at=row.due_at, channel=row.channel,
            source=row.source, name=shown_name(row.name or "", row.mode or ""),
        )
        for row in session.execute(_page(query, _occurrences, _occurrences.due_at, beyond))
    ]  # fmt: skip


def _meeting_items(
    session: Session, start: datetime, end: datetime, beyond: tuple[datetime, str] | None
) -> list[Item]:
    query = (
        select(_appointments.id, _appointments.starts_at, _appointments.kind, _appointments.resource,
               _appointments.place, _contacts.name, _contacts.mode)
        .select_from(table_of(Appointment).outerjoin(table_of(Contact), _contacts.id == _appointments.contact_id))
        .where(_appointments.status.in_(HOLDING), _appointments.starts_at >= start, _appointments.starts_at < end)
    )  # fmt: skip
    return [
        Item(
            key=_key(row.starts_at, row.id), kind="appointment", at=row.starts_at, channel="", source=row.kind,
            name=shown_name(row.name or "", row.mode or ""),
            beside=" · ".join(filter(None, (row.resource, row.place))),
        )
        for row in session.execute(_page(query, _appointments, _appointments.starts_at, beyond))
    ]  # fmt: skip


def titles_of(session: Session, names: Sequence[str]) -> Mapping[str, str]:
    """What people call these campaigns."""
    rows = session.execute(select(_campaigns.name, _campaigns.definition).where(_campaigns.name.in_(names)))
    return {row.name: str(row.definition.get("title") or row.name) for row in rows}
