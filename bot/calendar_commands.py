"""`relais calendar` and `relais deadlines`: when the company works, what operators say of a day, what is due.

They work beside the running program, which follows a change within seconds. What a command needs is imported inside it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from bot.terminal import Stop, console, plain_errors, print_json, stop_usage

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.calendars import Calendars
    from bot.complaints.day_changes import DayChange

calendar_app = typer.Typer(
    no_args_is_help=True, help="The working calendar: look at it, confirm or move feasts, close days."
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]
LanguageOption = Annotated[
    str, typer.Option("--language", "-l", help="Of names and explanations: fr, ar, en.")
]
ByOption = Annotated[str, typer.Option("--by", help="Who says so. Default: the user of this machine.")]
DayArgument = Annotated[str, typer.Argument(metavar="DAY", help="A day such as 2026-03-20.")]
SpanArgument = Annotated[
    str, typer.Argument(metavar="DAYS", help="2026-08-01, or 2026-08-01..2026-08-15, both included.")
]


@calendar_app.command("show")
def show(
    month: Annotated[str, typer.Option(help="A month such as 2026-03. Default: the next 31 days.")] = "",
    desk: Annotated[str, typer.Option(help="A desk with hours of its own.")] = "",
    language: LanguageOption = "en",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the opening hours of each day, and why a day has none."""
    with plain_errors():
        from bot.calendar_book import day_view, days_of

        first, last = _month(month)
        calendars = _read(config, lambda _session, calendars: calendars)
        calendar = calendars.of(desk)
        days = [day_view(calendar, day, _known(language)) for day in days_of(first, last)]
        if as_json:
            print_json({"timezone": str(calendar.timezone), "version": calendar.version, "days": days})
        else:
            _show_days(days, calendar.version, str(calendar.timezone))


@calendar_app.command("feasts")
def feasts(
    year: Annotated[
        int | None, typer.Option(min=1970, max=2100, help="Default: the coming twelve months.")
    ] = None,
    language: LanguageOption = "en",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show public holidays, and which of them still wait for the moon."""
    with plain_errors():
        from bot.calendar_book import feasts_view

        first = date(year, 1, 1) if year else _today()
        last = date(year, 12, 31) if year else first + timedelta(days=365)
        calendars = _read(config, lambda _session, calendars: calendars)
        found = feasts_view(calendars, first, last, _known(language))
        if as_json:
            print_json(found)
        else:
            _show_feasts(found)


@calendar_app.command("confirm")
def confirm(
    day: DayArgument, by: ByOption = "", config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Say that a feast is certain: it begins on the day the calendar has for it."""
    _feast(day, day, by, config, as_json=as_json)


@calendar_app.command("move")
def move(
    day: DayArgument,
    new_day: Annotated[str, typer.Argument(metavar="NEW", help="The day it begins on instead.")],
    by: ByOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say that a feast falls on another day; all of its days move with it."""
    _feast(day, new_day, by, config, as_json=as_json)


@calendar_app.command("close")
def close(
    days: SpanArgument,
    why: Annotated[str, typer.Option(help="Why, as customers may read it.")],
    by: ByOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close the company on some days."""
    _change("closure", days, by, config, name=why.strip(), as_json=as_json)


@calendar_app.command("work")
def work(
    days: SpanArgument, by: ByOption = "", config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Work on some days as in any week, although they are holidays or closed."""
    _change("worked", days, by, config, as_json=as_json)


@calendar_app.command("hours")
def hours(
    days: SpanArgument,
    windows: Annotated[list[str], typer.Argument(metavar="HOURS…", help="Such as 08:00-12:00 13:00-16:00.")],
    by: ByOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set the opening hours of some days, also of days that are not worked otherwise."""
    _change("hours", days, by, config, hours=windows, as_json=as_json)


@calendar_app.command("changes")
def changes(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show what operators have changed, and who did."""
    with plain_errors():
        from bot.calendar_book import changes_view

        found = _read(config, lambda session, _calendars: changes_view(session))
        if as_json:
            print_json(found)
        elif not found:
            console().print("Nothing was changed: the calendar is the configuration's.")
        else:
            _show_changes(found)


@calendar_app.command("withdraw")
def withdraw(
    change: Annotated[str, typer.Argument(metavar="ID", help="Of relais calendar changes.")],
    by: ByOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a change back."""
    with plain_errors():
        from bot.calendar_book import change_view, withdraw_change

        def take_back(session: Session, _calendars: Calendars) -> dict[str, Any]:
            row = withdraw_change(session, change, new_id=_new_id(), actor=by or _user(), at=_now())
            return change_view(row)

        _changed(_read(config, take_back), "Withdrawn", as_json=as_json)


@calendar_app.command("why")
def why(
    case: Annotated[str, typer.Argument(metavar="CASE", help="The reference, such as RC-2026-000001.")],
    language: LanguageOption = "en",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how each deadline of a case was reckoned, and what became of it."""
    with plain_errors():
        from bot.calendar_book import deadlines_view

        found = _read(
            config,
            lambda session, _calendars: deadlines_view(session, _now(), status="", reference=case, limit=200),
        )
        if not found:
            raise Stop(f"There is no deadline of a case {case}", hint="relais deadlines shows the open ones.")
        if as_json:
            print_json(found)
        else:
            _show_reckoning(found, _known(language))


def deadlines(
    desk: Annotated[str, typer.Option(help="Of one desk alone.")] = "",
    late: Annotated[bool, typer.Option("--late", help="Those whose instant has passed alone.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
    language: LanguageOption = "en",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is due, the next first, and what is late. Exit code 1 when something is."""
    with plain_errors():
        from bot.calendar_book import deadlines_view

        status = "late" if late else "open"
        found, zone = _read(
            config,
            lambda session, calendars: (
                deadlines_view(session, _now(), status=status, desk=desk, limit=limit),
                calendars.company.timezone,
            ),
        )
        if as_json:
            print_json(found)
        else:
            _show_deadlines(found, zone, _known(language))
        if any(row["late"] for row in found):
            raise typer.Exit(1)


# what they do


def _feast(day: str, new_day: str, by: str, config: Path | None, *, as_json: bool) -> None:
    with plain_errors():
        from bot.calendar_book import feast_change

        wanted, new = _day(day), _day(new_day)
        _write(
            config,
            by,
            lambda calendars, known: feast_change(calendars, known, wanted, new),
            as_json=as_json,
        )


def _change(
    kind: Any,
    days: str,
    by: str,
    config: Path | None,
    *,
    as_json: bool,
    name: str = "",
    hours: list[str] | None = None,
) -> None:
    with plain_errors():
        from bot.calendars import window_of
        from bot.complaints.day_changes import DayChange

        first, last = _span(days)
        if kind == "closure" and not name:
            stop_usage("Say why in a few words: customers may read it.")
        try:
            windows = tuple(window_of(text) for text in hours or ())
        except ValueError:
            stop_usage("Hours are written such as 08:00-12:00, one after the other.")
        change = DayChange(kind=kind, day=first, until=last, windows=windows, name=name)
        _write(config, by, lambda _calendars, _known: change, as_json=as_json)


def _write(
    config: Path | None,
    by: str,
    wanted: Callable[[Calendars, list[DayChange]], DayChange],
    *,
    as_json: bool,
) -> None:
    from bot.calendar_book import change_view, keep_change
    from bot.calendars import changes_in_force
    from bot.store.changes import NotPossible

    def keep(session: Session, calendars: Calendars) -> dict[str, Any]:
        change = wanted(calendars, changes_in_force(session))
        row = keep_change(
            session, calendars, change, ids=(_new_id(), _new_id()), actor=by or _user(), at=_now()
        )
        return change_view(row)

    try:
        _changed(_read(config, keep), "Noted", as_json=as_json)
    except NotPossible as error:
        raise Stop(_sentence(str(error)), hint="relais calendar feasts shows the dates.") from error


def _read(config: Path | None, work: Callable[[Session, Calendars], Any]) -> Any:
    """Run `work` with the calendars in force, in one transaction."""
    from bot.beside import beside
    from bot.calendars import changes_in_force
    from bot.cli import load_config
    from bot.company import calendars_of
    from bot.store.changes import NotFound

    loaded = load_config(config)
    calendars = calendars_of(loaded)

    def run(session: Session) -> Any:
        calendars.use(changes_in_force(session))
        return work(session, calendars)

    try:
        return beside(loaded, run)
    except NotFound as error:
        raise Stop(_sentence(str(error))) from error


def _now() -> datetime:
    from bot.clock import Clock

    return Clock().now()


def _today() -> date:
    return _now().date()


def _new_id() -> str:
    from bot.clock import Clock
    from bot.ids import IdMaker

    return IdMaker(Clock()).new()


def _user() -> str:
    try:
        return getuser()
    except (OSError, KeyError):
        return "operator"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        stop_usage(f"“{text}” is no day.", hint="Write it such as 2026-03-20.")


def _span(text: str) -> tuple[date, date]:
    first, _, last = text.partition("..")
    return _day(first), _day(last or first)


def _month(text: str) -> tuple[date, date]:
    if not text:
        return _today(), _today() + timedelta(days=30)
    first = _day(f"{text}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _known(language: str) -> str:
    if language not in ("fr", "ar", "en"):
        stop_usage(f"“{language}” is not a language of Relais.", hint="Write fr, ar or en.")
    return language


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


# what they show

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number == 0)
    return table


def _show_days(days: list[dict[str, Any]], version: str, zone: str) -> None:
    table = _table("day", "hours", "")
    for view in days:
        day: date = view["day"]
        remarks = [
            view["closed_because"],
            "Ramadan hours" * view["ramadan"],
            "special hours" * view["special"],
        ]
        remarks.append("provisional" * view["provisional"])
        opened = "  ".join(view["hours"]) or "closed"
        style = "" if view["hours"] else "dim"
        if view["provisional"]:
            style = "yellow"
        table.add_row(
            Text(f"{_WEEKDAYS[day.weekday()]} {day.isoformat()}", style=style),
            Text(opened, style=style),
            Text(", ".join(filter(None, remarks)), style=style),
        )
    out = console()
    out.print(table)
    out.print(Text(f"\n{zone}, calendar {version}", style="dim"))


def _show_feasts(found: list[dict[str, Any]]) -> None:
    table = _table("from", "to", "feast", "")
    for feast in found:
        style = "yellow" if feast["provisional"] else ""
        last = feast["last"].isoformat() if feast["last"] != feast["first"] else ""
        state = "provisional" if feast["provisional"] else ""
        table.add_row(
            Text(f"{_WEEKDAYS[feast['first'].weekday()]} {feast['first'].isoformat()}", style=style),
            Text(last, style=style),
            Text(feast["name"], style=style),
            Text(state, style=style),
        )
    out = console()
    out.print(table)
    if any(feast["provisional"] for feast in found):
        out.print(
            "\nProvisional dates wait for the moon: relais calendar confirm DAY, or relais calendar move DAY NEW."
        )


def _show_changes(found: list[dict[str, Any]]) -> None:
    table = _table("id", "what", "days", "by")
    for change in found:
        days = change["first"] + (f"..{change['last']}" if change["last"] != change["first"] else "")
        what = {"feast": f"begins {change['new_first']}", "hours": " ".join(change["hours"])}.get(
            change["kind"], change["name"]
        )
        table.add_row(change["id"], escape(f"{change['kind']} {what}".strip()), days, escape(change["by"]))
    console().print(table)


def _changed(change: dict[str, Any], word: str, *, as_json: bool) -> None:
    if as_json:
        print_json(change)
        return
    days = change["first"] + (f"..{change['last']}" if change["last"] != change["first"] else "")
    more = f" now begins on {change['new_first']}" if change["new_first"] else ""
    out = console()
    out.print(Text(f"{word}: {change['kind']} {days}{more}. Open deadlines follow within seconds."))
    out.print(Text(f"To take it back: relais calendar withdraw {change['id']}", style="dim"), soft_wrap=True)


def _show_deadlines(found: list[dict[str, Any]], zone: Any, language: str) -> None:
    if not found:
        console().print("Nothing is due.")
        return
    table = _table("due", "what", "of", "desk", "how it was reckoned")
    for row in found:
        late = "late" if row["late"] else "paused" if row["status"] == "paused" else ""
        style = "bold red" if row["late"] else "dim" if row["status"] == "paused" else ""
        table.add_row(
            Text(f"{row['due_at'].astimezone(zone):%Y-%m-%d %H:%M}\n{late}".strip(), style=style),
            Text(row["kind"].replace("_", " "), style=style),
            Text(row["reference"] or (row["conversation_id"] or ""), style=style),
            Text(row["desk"], style=style),
            Text(row["explanation"].get(language, "")),
        )
    out = console()
    out.print(table)
    count = sum(row["late"] for row in found)
    out.print(Text(f"\n{len(found)} shown, {count} late.", style="bold red" if count else "bold green"))


def _show_reckoning(found: list[dict[str, Any]], language: str) -> None:
    out = console()
    for row in found:
        state = "late" if row["late"] and row["status"] == "running" else row["status"]
        style = "bold red" if row["late"] else "bold"
        out.print(Text(f"{row['kind'].replace('_', ' ')}: {state}", style=style))
        out.print(Text(f"  {row['explanation'].get(language, '')}"))
        for entry in row["history"]:
            moved = f", {entry['from'][:16]} → {entry['to'][:16]} UTC" if entry.get("from") else ""
            who = " ".join(filter(None, (entry["by"], f"({entry['why']})" if entry["why"] else "")))
            out.print(Text(f"  {entry['at'][:16]} UTC {entry['what']} {who}{moved}".rstrip(), style="dim"))
