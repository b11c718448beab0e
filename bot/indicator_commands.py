"""`relais indicators`, `relais report` and `relais export register`: what was learnt from complaints.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.text import Text

from bot.terminal import Exit, Stop, console, plain_errors, print_json, stop_usage

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.complaints.periods import Period
    from bot.config import Config
    from bot.paper import Document
    from bot.report import Report

T = TypeVar("T")

indicators_app = typer.Typer(
    invoke_without_command=True, help="The figures of a period: complaints, delays, shares, costs, causes."
)
report_app = typer.Typer(no_args_is_help=True, help="The weekly report to management.")
export_app = typer.Typer(no_args_is_help=True, help="Write what is kept to a file.")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration. Default: relais.yaml here."
    ),
]
FromOption = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")]
ToOption = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")]
PeriodOption = Annotated[
    str | None, typer.Option(help="Instead: 2026-W47, 2026-10, 2026-Q4 or 2026. Default: the last week.")
]
LanguageOption = Annotated[str | None, typer.Option(help="fr, ar or en. Default: the company's.")]
AmountOption = Annotated[float | None, typer.Option(min=0, help="For the rates of this base.")]


@indicators_app.callback()
def indicators(
    context: typer.Context,
    since: FromOption = None,
    until: ToOption = None,
    period: PeriodOption = None,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")] = False,
) -> None:
    """Show the figures of a period. The program may be running meanwhile."""
    if context.invoked_subcommand is not None:
        return
    from bot.clock import Clock
    from bot.figures_out import as_data
    from bot.indicator_tables import show_figures
    from bot.indicators import Books, read_figures

    with plain_errors():
        loaded = _config(config)
        days = _period(loaded, since, until, period)
        now, books = Clock().now(), Books.of(loaded)
        figures = _look(loaded, lambda session: read_figures(session, books, days, now))
        if as_json:
            print_json(as_data(figures))
        else:
            show_figures(figures)


@indicators_app.command("base")
def base(
    period: Annotated[str, typer.Option(help="2026-10, 2026-Q4, 2026, 2026-W47 or from..to.")],
    customers: AmountOption = None,
    customers_start: AmountOption = None,
    customers_lost: AmountOption = None,
    transactions: AmountOption = None,
    units: AmountOption = None,
    revenue: AmountOption = None,
    cost_of_sales: AmountOption = None,
    handling_cost: AmountOption = None,
    config: ConfigOption = None,
) -> None:
    """Say what rates are reckoned against: customers, sales and costs of a period."""
    with plain_errors():
        given = {
            "customers": customers,
            "customers_start": customers_start,
            "customers_lost": customers_lost,
            "transactions": transactions,
            "units": units,
            "revenue": revenue,
            "cost_of_sales": cost_of_sales,
            "handling_cost": handling_cost,
        }
        amounts = {kind: amount for kind, amount in given.items() if amount is not None}
        if not amounts:
            stop_usage("Give an amount, such as --transactions 500.")
        loaded = _config(config)
        days = _period(loaded, None, None, period)
        asyncio.run(_keep(loaded, days, amounts))
        kept = ", ".join(f"{kind} {amount:g}" for kind, amount in amounts.items())
        console().print(Text(f"Kept for {days.first} to {days.last}: {kept}"), soft_wrap=True)


@report_app.command("weekly")
def weekly(
    week: Annotated[str | None, typer.Option(help="Such as 2026-W47. Default: the last one.")] = None,
    to: Annotated[Path | None, typer.Option(help="A file: .html, .pdf or .txt.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it to complaints.report.to now.")] = False,
    language: LanguageOption = None,
    config: ConfigOption = None,
) -> None:
    """Show, keep or send the report of a week as it stands now."""
    with plain_errors():
        loaded = _config(config)
        days = None if week is None else _period(loaded, None, None, week)
        if days is not None and days.days != 7:
            stop_usage(f"{week} is no week: write it such as 2026-W47.")
        if to is not None and to.suffix not in (".html", ".pdf", ".txt"):
            stop_usage(f"{to} should end in .html, .pdf or .txt.")
        if send and not loaded.complaints.report.to:
            stop_usage("Nobody gets the report yet.", hint="Name people in complaints.report.to.")
        report, count = asyncio.run(_report(loaded, days, _language(loaded, language), send=send))
        if to is not None:
            _write_report(loaded, report, to)
        if send:
            console().print(f"Queued for {count} people; the program sends it.")
        elif to is None:
            console().print(Text(report.text), soft_wrap=True)


@export_app.command("register")
def register(
    csv: Annotated[Path | None, typer.Option(help="A sheet with a line a complaint.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="A paper for the file.")] = None,
    since: FromOption = None,
    until: ToOption = None,
    period: PeriodOption = None,
    language: LanguageOption = None,
    columns: Annotated[
        str, typer.Option(help="Their keys with commas. Default: all; on paper the main ones.")
    ] = "",
    config: ConfigOption = None,
) -> None:
    """Write the central register of complaints to a file."""
    from bot.register import Register, TooMuch, UnknownColumn, check_columns

    with plain_errors():
        if (csv is None) == (pdf is None):
            stop_usage("Give --csv FILE or --pdf FILE.")
        target = csv or pdf
        assert target is not None
        _new_file(target)
        loaded = _config(config)
        days = _period(loaded, since, until, period)
        written = Register(loaded, _language(loaded, language))
        try:
            chosen = check_columns([name.strip() for name in columns.split(",") if name.strip()])
            if csv is not None:
                _write_sheet(loaded, written, days, chosen, csv)
            else:
                _write_paper(loaded, written, days, chosen, target)
        except (UnknownColumn, TooMuch) as error:
            stop_usage(str(error))
        except OSError as error:
            raise Stop(f"{target} can't be written: {error.strerror}") from error
        console().print(Text(f"Written to {target}"), soft_wrap=True)


def _write_sheet(config: Config, written: Any, days: Period, chosen: tuple[str, ...], target: Path) -> None:
    from bot.paper.sheet import csv_lines
    from bot.register_words import COLUMNS

    def write(session: Session) -> None:
        rows = written.rows(session, days, chosen or tuple(COLUMNS))
        with target.open("wb") as file:
            file.writelines(csv_lines(rows, language=written.language))

    _look(config, write)


def _write_paper(config: Config, written: Any, days: Period, chosen: tuple[str, ...], target: Path) -> None:
    from bot.clock import Clock
    from bot.register_words import PRINTED

    now = Clock().now()
    document = _look(config, lambda session: written.document(session, days, now, chosen or PRINTED))
    target.write_bytes(_printed(config, document))


def _write_report(config: Config, report: Report, target: Path) -> None:
    from bot.report_page import whole_page

    _new_file(target)
    if target.suffix == ".html":
        data = whole_page(report.document).encode()
    elif target.suffix == ".txt":
        data = report.text.encode()
    else:
        data = _printed(config, report.document)
    try:
        target.write_bytes(data)
    except OSError as error:
        raise Stop(f"{target} can't be written: {error.strerror}") from error
    console().print(Text(f"Written to {target}"), soft_wrap=True)


def _printed(config: Config, document: Document) -> bytes:
    from bot.paper import NoFont, find_fonts, to_pdf

    try:
        return to_pdf(document, find_fonts(config.documents.font, config.documents.bold_font))
    except NoFont as error:
        raise Stop(str(error)) from error


async def _report(config: Config, days: Period | None, language: str, *, send: bool) -> tuple[Report, int]:
    """The report, and how many people it was queued for."""
    from bot.clock import Clock
    from bot.company import facts_of
    from bot.ids import IdMaker
    from bot.opening import open_to_write
    from bot.report_sending import WeeklyReport
    from bot.starting import store_of
    from bot.store.port import StoreError
    from bot.templating import Templates
    from templates import BUILT_IN

    clock = Clock()
    folders = [BUILT_IN, *([config.content] if config.content else [])]
    templates = Templates.load(folders, company=facts_of(config))
    store = await open_to_write(config) if send else store_of(config, IdMaker(clock).new())
    try:
        weekly = WeeklyReport(store, config, templates, clock=clock, ids=IdMaker(clock))
        week = weekly.week_before(clock.now()) if days is None else weekly.week_of(days)
        report = await weekly.make(week, language)
        return report, await weekly.send(report, by="operator") if send else 0
    except StoreError as error:
        _no_database(error)
    finally:
        if send:
            await store.close()


async def _keep(config: Config, days: Period, amounts: dict[str, float]) -> None:
    from decimal import Decimal

    from bot.bases import KINDS, set_bases
    from bot.clock import Clock
    from bot.ids import IdMaker
    from bot.opening import open_to_write

    clock = Clock()
    exact = {kind: Decimal(str(amounts[kind])) for kind in KINDS if kind in amounts}
    store = await open_to_write(config)
    try:
        await store.write(
            lambda session: set_bases(session, IdMaker(clock), days, exact, by="operator", now=clock.now())
        )
    finally:
        await store.close()


def _look(config: Config, work: Callable[[Session], T]) -> T:
    """A read-only look at the database, beside the running program or without it."""
    from bot.store.port import StoreError
    from bot.store.reading import look_at

    try:
        return asyncio.run(look_at(config.database.url, work))
    except StoreError as error:
        _no_database(error)


def _no_database(error: Exception) -> NoReturn:
    hint = "See: relais db current, relais check"
    raise Stop(str(error).splitlines()[0], hint=hint, code=Exit.CANNOT_START) from error


def _config(path: Path | None) -> Config:
    from bot.cli import load_config

    return load_config(path)


def _language(config: Config, asked: str | None) -> str:
    if asked not in (None, "fr", "ar", "en"):
        stop_usage(f"There is no language {asked}: fr, ar or en.")
    return asked or config.company.language


def _new_file(target: Path) -> None:
    if target.exists():
        stop_usage(f"{target} is there already", hint="Name another file.")


def _period(config: Config, since: datetime | None, until: datetime | None, period: str | None) -> Period:
    from datetime import timedelta

    from bot.clock import Clock
    from bot.complaints.periods import Period, WrongPeriod, read_period, week_around
    from bot.config.section import WEEKDAYS

    if period is not None and (since or until):
        stop_usage("Give --period, or --from and --to.")
    today = Clock().now().astimezone(config.company.zone).date()
    try:
        if period is not None:
            return read_period(period)
        if since or until:
            last = until.date() if until else today
            return Period(first=since.date() if since else last, last=last)
    except WrongPeriod as error:
        stop_usage(str(error))
    starts = WEEKDAYS.index(config.complaints.report.week_starts)
    return week_around(today - timedelta(days=7), starts)
