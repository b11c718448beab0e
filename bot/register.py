"""The central register of complaints, for spreadsheets and for the file. source: CO-05, CO-25"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.complaints.periods import Period
from bot.config import Config
from bot.paper import Document, Paragraph, Table
from bot.paper.sheet import Cell
from bot.records import Case, CaseForward, Compensation, Contact, Organisation
from bot.records.base import table_of
from bot.register_words import (
    COLUMNS,
    COUNTED,
    EMPTY,
    PRINTED,
    SPANS,
    TITLES,
    WIDTHS,
    YES_NO,
    said,
    value_in_words,
)
from bot.report_words import ReportWords

PAGE = 1_000  # rows read at a time
MOST_PRINTED = 5_000
"""More rows make a paper that nobody turns the pages of: the spreadsheet is for them."""

_cases = table_of(Case).c
_contacts = table_of(Contact).c
_organisations = table_of(Organisation).c
_compensations = table_of(Compensation).c
_forwards = table_of(CaseForward).c


class UnknownColumn(ValueError):
    """A column was asked for that the register does not have; the text names those it has."""


class TooMuch(ValueError):
    """More rows than a paper holds; the text says what to do."""


def check_columns(asked: Sequence[str]) -> tuple[str, ...]:
    """The columns asked for. Raises `UnknownColumn`."""
    unknown = [name for name in asked if name not in COLUMNS]
    if unknown:
        raise UnknownColumn(f"the register has no column {', '.join(unknown)}. It has: {', '.join(COLUMNS)}")
    return tuple(dict.fromkeys(asked))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A complaint and what belongs to it."""

    case: Any
    customer: str
    organisation: str
    history: int
    compensations: Sequence[Any]
    forwards: Sequence[str]


def entries(session: Session, start: datetime, end: datetime) -> Iterator[Entry]:
    """The complaints received from `start` on and before `end`, oldest first; a page in memory at a time."""
    after: tuple[datetime, str] | None = None
    while found := entries_after(session, start, end, after):
        yield from found
        after = (found[-1].case.received_at, found[-1].case.id)


def entries_after(
    session: Session, start: datetime, end: datetime, after: tuple[datetime, str] | None, limit: int = PAGE
) -> Sequence[Entry]:
    """The next `limit` of them after a case's instant of receipt and id; none at the end."""
    rows = session.execute(_page(start, end, after, limit)).all()
    ids = [row.id for row in rows]
    given, forwards = _given(session, ids), _forwarded(session, ids)
    return [
        Entry(
            case=row,
            customer=row.customer or "",
            organisation=row.organisation or "",
            history=int(row.history),
            compensations=given.get(row.id, ()),
            forwards=forwards.get(row.id, ()),
        )
        for row in rows
    ]


def _page(start: datetime, end: datetime, after: tuple[datetime, str] | None, limit: int) -> Any:
    earlier = aliased(table_of(Case))
    history = (
        select(func.count())
        .where(earlier.c.contact_id == _cases.contact_id, earlier.c.received_at < _cases.received_at)
        .scalar_subquery()
    )
    query = (
        select(
            table_of(Case),
            _contacts.name.label("customer"),
            _organisations.name.label("organisation"),
            history.label("history"),
        )
        .select_from(
            table_of(Case)
            .outerjoin(table_of(Contact), _contacts.id == _cases.contact_id)
            .outerjoin(table_of(Organisation), _organisations.id == _contacts.organisation_id)
        )
        .where(_cases.received_at >= start, _cases.received_at < end)
        .order_by(_cases.received_at, _cases.id)
        .limit(limit)
    )
    if after is not None:
        at, last_id = after
        query = query.where(or_(_cases.received_at > at, and_(_cases.received_at == at, _cases.id > last_id)))
    return query


def _given(session: Session, ids: Sequence[str]) -> Mapping[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    rows = session.execute(
        select(_compensations.case_id, _compensations.kind, _compensations.cost, _compensations.currency)
        .where(_compensations.case_id.in_(ids), _compensations.status == "granted")
        .order_by(_compensations.id)
    )
    for row in rows:
        found[row.case_id].append(row)
    return found


def _forwarded(session: Session, ids: Sequence[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    rows = session.execute(
        select(_forwards.case_id, _forwards.desk_id).where(_forwards.case_id.in_(ids)).order_by(_forwards.id)
    )
    for case_id, desk_id in rows:
        if desk_id not in found[case_id]:
            found[case_id].append(desk_id)
    return found


class Register:
    """Writes the register of a period in one language."""

    def __init__(self, config: Config, language: str) -> None:
        company = config.company
        self.language = language
        self.zone = ZoneInfo(company.timezone)
        self._company = company.name
        self._country = company.country
        self._desks = {desk_id: desk.names(company.languages) for desk_id, desk in config.desks.items()}
        self._words = ReportWords(
            language, country=company.country, timezone=self.zone, currency=company.currency_code
        )

    def rows(
        self, session: Session, period: Period, columns: Sequence[str] = tuple(COLUMNS)
    ) -> Iterator[list[Cell]]:
        """The heads, then a row a complaint."""
        yield [said(COLUMNS[name], self.language) for name in columns]
        for entry in entries(session, period.starts_at(self.zone), period.ends_at(self.zone)):
            yield self.cells(entry, columns)

    def cells(self, entry: Entry, columns: Sequence[str]) -> list[Cell]:
        """A row of the register."""
        return [self._cell(name, entry) for name in columns]

    def document(
        self, session: Session, period: Period, printed_at: datetime, columns: Sequence[str] = PRINTED
    ) -> Document:
        """The register on paper. Raises `TooMuch`."""
        count = _count(session, period.starts_at(self.zone), period.ends_at(self.zone))
        if count > MOST_PRINTED:
            raise TooMuch(
                f"{count} complaints don't fit on paper (at most {MOST_PRINTED}): "
                "choose a shorter period, or CSV"
            )
        heads, *rows = ([_on_paper(cell) for cell in row] for row in self.rows(session, period, columns))
        table = Table(
            heads=tuple(heads),
            rows=tuple(tuple(row) for row in rows),
            widths=tuple(WIDTHS.get(name, 1.0) for name in columns),
            numbers=tuple(at for at, name in enumerate(columns) if name in ("cost", "history", "reopened")),
        )
        span = said(SPANS, self.language).format(
            first=self._words.full_day(period.first), last=self._words.full_day(period.last)
        )
        counted = said(COUNTED, self.language).format(count=count)
        return Document(
            title=said(TITLES, self.language),
            subtitle=f"{span} · {counted}",
            language=self.language,
            printed_at=printed_at.astimezone(self.zone),
            company=self._company,
            country=self._country,
            landscape=True,
            blocks=(table,) if rows else (Paragraph(said(EMPTY, self.language)),),
        )

    def _cell(self, name: str, entry: Entry) -> Cell:
        case = entry.case
        if name in ("received_at", "due_at", "answered_at", "closed_at", "archived_at"):
            moment: datetime | None = getattr(case, name)
            return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}" if moment else ""
        if name in ("object", "severity", "phase", "fault", "outcome"):
            return value_in_words(name, getattr(case, name), self.language)
        if name in _PLAIN:
            return str(getattr(case, _PLAIN[name]))
        return self._derived(name, entry)

    def _derived(self, name: str, entry: Entry) -> Cell:
        case = entry.case
        derived: Mapping[str, Cell] = {
            "channel": self._words.channel(case.channel),
            "customer": entry.customer,
            "organisation": entry.organisation,
            "history": entry.history,
            "evidence": len(case.evidence),
            "desk": self._desk(case.desk_id),
            "forwarded": ", ".join(self._desk(desk_id) for desk_id in entry.forwards),
            "in_time": self._yes_no(None if case.answered_at is None else case.answered_at <= case.due_at),
            "faith": self._yes_no(case.faith != "bad"),
            "satisfied": self._yes_no(case.satisfied),
            "mystery": self._yes_no(case.mystery),
            "reopened": case.reopened,
            "compensation": ", ".join(self._compensation(given) for given in entry.compensations),
            "cost": sum((given.cost for given in entry.compensations), Decimal(0)),
        }
        return derived[name]

    def _desk(self, desk_id: str) -> str:
        return self._desks.get(desk_id, {}).get(self.language, desk_id)

    def _yes_no(self, value: bool | None) -> str:
        if value is None:
            return ""
        return YES_NO[("fr", "ar", "en").index(self.language)][0 if value else 1]

    def _compensation(self, given: Any) -> str:
        kind = value_in_words("compensation", given.kind, self.language)
        return f"{kind} {self._words.amount(given.cost)} {given.currency}"


_PLAIN = {
    "reference": "reference",
    "zone": "zone",
    "product": "product",
    "order": "order_ref",
    "code": "code",
    "summary": "summary",
    "consequences": "consequences",
    "anomaly": "anomaly",
    "remedy": "remedy",
    "owner": "owner",
    "cause": "cause",
    "reviewer": "reviewer",
}
"""Columns that show a field as it is."""


def count_of(session: Session, period: Period, zone: ZoneInfo) -> int:
    """How many complaints were received in a period."""
    return _count(session, period.starts_at(zone), period.ends_at(zone))


def _count(session: Session, start: datetime, end: datetime) -> int:
    return int(
        session.scalar(select(func.count()).where(_cases.received_at >= start, _cases.received_at < end)) or 0
    )


def _on_paper(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}" if cell else ""
    return "" if cell in (None, 0) else str(cell)
