"""Indicators, Pareto, recurrences, the weekly report and the register, for other systems."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from bot.api.access import PeopleDep, StoreDep, caller
from bot.bases import set_bases
from bot.behind import Reporting
from bot.complaints.indicators import BaseKind
from bot.complaints.pareto import pareto
from bot.complaints.periods import Period, WrongPeriod, read_period
from bot.config import Config
from bot.figures_out import as_data, number, pareto_as_data
from bot.indicator_queries import Span, volumes
from bot.indicators import read_figures
from bot.paper import NoFont, find_fonts, to_pdf
from bot.paper.sheet import BOM, csv_lines
from bot.records import Case
from bot.records.base import table_of
from bot.register import Register, TooMuch, UnknownColumn, check_columns
from bot.register_words import COLUMNS, PRINTED
from bot.report_page import whole_page
from bot.report_queries import open_actions
from bot.store.port import Store

router = APIRouter()

_cases = table_of(Case).c
_CHUNK = 500
_MARK = BOM.encode()

PeriodText = Annotated[
    str | None,
    Query(
        max_length=24,
        description="2026-W47, 2026-10, 2026-Q4, 2026 or 2026-11-01..2026-11-21; by default the last week.",
    ),
]
By = Literal["cause", "product", "zone", "object", "channel"]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=3)]


class BasesIn(BaseModel, extra="forbid"):
    period: str = Field(max_length=24, description="As in GET /indicators.")
    amounts: dict[BaseKind, Amount] = Field(min_length=1)


class ParetoOut(BaseModel):
    name: str
    count: int
    share: float
    cumulated: float
    vital: bool


class RecurrenceOut(BaseModel):
    action_id: str
    title: str
    owner: str
    due_on: date | None
    cases: int
    cases_at_first: int
    usual: float | None
    found_at: datetime
    closed_at: datetime | None


def _reporting(request: Request) -> Reporting:
    reporting: Reporting | None = getattr(request.app.state, "reporting", None)
    if reporting is None:
        raise HTTPException(503, "this process does not offer the indicators")
    return reporting


ReportingDep = Annotated[Reporting, Depends(_reporting)]


def period_of(text: str | None, reporting: Reporting, now: datetime) -> Period:
    """Raises `HTTPException` 422 with what a period looks like."""
    if not text:
        return reporting.report.week_before(now)
    try:
        return read_period(text)
    except WrongPeriod as error:
        raise HTTPException(422, str(error)) from None


@router.get("/indicators")
async def indicators(
    store: StoreDep, people: PeopleDep, reporting: ReportingDep, period: PeriodText = None
) -> dict[str, Any]:
    """Every figure of a period; null where its base is zero or was never given."""
    now = people.now()
    days = period_of(period, reporting, now)
    figures = await store.read(lambda session: read_figures(session, reporting.books, days, now))
    return as_data(figures)


@router.post("/indicators/bases", status_code=204)
async def say_bases(
    ask: BasesIn,
    store: StoreDep,
    people: PeopleDep,
    reporting: ReportingDep,
    system: Annotated[str, Depends(caller)],
) -> None:
    """Say how many customers, transactions, units, or how much revenue a period had."""
    now = people.now()
    days = period_of(ask.period, reporting, now)
    by = f"token:{system}"
    await store.write(lambda session: set_bases(session, reporting.ids, days, ask.amounts, by=by, now=now))


@router.get("/pareto")
async def pareto_of(
    store: StoreDep, people: PeopleDep, reporting: ReportingDep, period: PeriodText = None, by: By = "cause"
) -> list[ParetoOut]:
    """Which few causes make most of the complaints."""
    now = people.now()
    days, zone = period_of(period, reporting, now), reporting.books.calendar.timezone
    span = Span(start=days.starts_at(zone), end=days.ends_at(zone), now=now)
    counts: Mapping[str, int] = await store.read(lambda session: volumes(session, span, _cases[by]))
    return [ParetoOut(**row) for row in pareto_as_data(pareto(counts))]


@router.get("/recurrences")
async def recurrences(
    store: StoreDep, open_only: Annotated[bool, Query(alias="open")] = False
) -> list[RecurrenceOut]:
    """Recurring defects that were found, with the preventive action proposed for each."""
    found = await store.read(open_actions)
    return [
        RecurrenceOut(
            action_id=action.id,
            title=action.title,
            owner=action.owner,
            due_on=action.due_on,
            cases=action.cases,
            cases_at_first=action.cases_at_first,
            usual=number(action.usual),
            found_at=action.created_at,
            closed_at=action.closed_at,
        )
        for action in found
        if action.found and not (open_only and action.closed_at is not None)
    ]


@router.get("/report", response_class=Response)
async def report(
    people: PeopleDep,
    reporting: ReportingDep,
    week: Annotated[str | None, Query(pattern=r"^\d{4}-W\d{2}$")] = None,
    form: Annotated[Literal["html", "txt", "pdf"], Query(alias="format")] = "html",
    language: Literal["fr", "ar", "en"] | None = None,
) -> Response:
    """The weekly report as it stands now; by default of the last week that is over."""
    days = period_of(week, reporting, people.now())
    made = await reporting.report.make(reporting.report.week_of(days) if week else days, language or "")
    if form == "html":
        return Response(whole_page(made.document), media_type="text/html; charset=utf-8", headers=_SAFE)
    if form == "txt":
        return Response(made.text, media_type="text/plain; charset=utf-8", headers=_SAFE)
    return await _pdf(reporting.config, made.document)


@router.get("/register", response_class=Response)
async def register(
    store: StoreDep,
    people: PeopleDep,
    reporting: ReportingDep,
    period: PeriodText = None,
    form: Annotated[Literal["csv", "pdf"], Query(alias="format")] = "csv",
    language: Literal["fr", "ar", "en"] | None = None,
    columns: Annotated[str, Query(max_length=600, description="Keys with commas; by default all.")] = "",
) -> Response:
    """The central register of complaints."""
    config = reporting.config
    days = period_of(period, reporting, people.now())
    written = Register(config, language or config.company.language)
    try:
        chosen = check_columns([name.strip() for name in columns.split(",") if name.strip()])
    except UnknownColumn as error:
        raise HTTPException(422, str(error)) from None
    if form == "pdf":
        now = people.now()
        try:
            document = await store.read(
                lambda session: written.document(session, days, now, chosen or PRINTED)
            )
        except TooMuch as error:
            raise HTTPException(422, str(error)) from None
        return await _pdf(config, document)
    lines = _lines(store, written, days, chosen or tuple(COLUMNS))
    name = f"register-{days.first}-{days.last}.csv"
    return StreamingResponse(
        lines, media_type="text/csv; charset=utf-8", headers={**_SAFE, **_attached(name)}
    )


_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
}


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


async def _lines(
    store: Store, written: Register, period: Period, columns: tuple[str, ...]
) -> AsyncIterator[bytes]:
    """The sheet part by part: each day is read in a session of its own, so that none is held while a slow
    reader takes its time.
    """
    first = True
    for part in period.by_days():

        def read(session: Session, part: Period = part) -> list[Any]:
            return list(written.rows(session, part, columns))

        rows = await store.read(read)
        lines = csv_lines(rows if first else rows[1:], language=written.language)
        for chunk in _chunks(iter(lines)):
            shown = chunk if first else chunk.removeprefix(_MARK)
            first = False
            if shown:
                yield shown


def _chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    while chunk := b"".join(islice(lines, _CHUNK)):
        yield chunk


async def _pdf(config: Config, document: Any) -> Response:
    try:
        fonts = find_fonts(config.documents.font, config.documents.bold_font)
    except NoFont as error:
        raise HTTPException(503, str(error)) from None
    data = await asyncio.to_thread(to_pdf, document, fonts)
    return Response(data, media_type="application/pdf", headers={**_SAFE, **_attached("paper.pdf")})
