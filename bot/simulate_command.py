"""`relais simulate`: what would go out in the days to come, to whom and why not, without sending anything.

What the command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import orjson
import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from bot.terminal import Exit, Stop, console, plain_errors, stop_usage

if TYPE_CHECKING:
    from bot.simulation import Asked, House, Simulated
    from scheduler.simulation.difference import Change, Earlier
    from scheduler.simulation.lines import Line, Total
    from scheduler.simulation.run import Progress as Reached

_SHOWN_CHANGES = 20
_SHOWN_TEXT = 300


@dataclass(slots=True, kw_only=True)
class _Wanted:
    """What is to be made of the lines."""

    as_json: bool
    csv: Path | None
    against: Path | None
    samples: int
    language: str


@dataclass(slots=True)
class _Compared:
    """Changes against an earlier plan: how many of each kind, and all of them."""

    changes: list[Change] = field(default_factory=list)

    @property
    def counted(self) -> Counter[str]:
        return Counter(change.kind for change in self.changes)


def simulate(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days ahead.")] = 30,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"],
            help="Show what happens from then on, the company's time. Default: now.",
        ),
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="Show this rule alone; may be given again.")
    ] = None,
    switched_on: Annotated[
        list[str] | None, typer.Option("--with", help="As if this rule were switched on now.")
    ] = None,
    samples: Annotated[
        int, typer.Option(min=0, max=1000, help="How many messages of each kind are shown.")
    ] = 3,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write every line to this file.")] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Compare with an earlier one, written with --json.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            envvar="RELAIS_CONFIG",
            help="The configuration file. Default: relais.yaml here.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")] = False,
    language: Annotated[str, typer.Option("--language", help="Of the reasons: fr, ar or en.")] = "en",
) -> None:
    """Run the days to come without sending: who gets what, when, by which door, at what cost, or why not."""
    with plain_errors():
        if language not in ("fr", "ar", "en"):
            stop_usage(f"{language} is not a language of Relais.", hint="Choose fr, ar or en.")
        wanted = _Wanted(as_json=as_json, csv=csv, against=against, samples=samples, language=language)
        from bot.cli import load_config

        loaded = load_config(config)
        earlier = _earlier(against) if against is not None else None
        house, asked = _asked(loaded, days, since, tuple(rule or ()), tuple(switched_on or ()))
        asyncio.run(_run(house, asked, wanted, earlier))


def _asked(
    config: Any, days: int, since: datetime | None, rules: tuple[str, ...], switched_on: tuple[str, ...]
) -> tuple[House, Asked]:
    from bot.check import idle_doors
    from bot.clock import Clock
    from bot.company import calendars_of, facts_of
    from bot.simulation import MAX_DAYS, Asked, House
    from bot.templating import Templates
    from templates import BUILT_IN

    now = Clock().now()
    first = since.replace(tzinfo=config.company.zone).astimezone(UTC) if since is not None else None
    if first is not None and first.date() < now.date():
        stop_usage("The past can't be simulated: it has happened.", hint="--from takes a day to come.")
    first = None if first is None or first <= now else first
    asked = Asked(now=now, days=days, since=first, rules=rules, switched_on=switched_on)
    if (asked.until - now).days > MAX_DAYS:
        stop_usage(f"A simulation looks {MAX_DAYS} days ahead at the most.")
    folders = [BUILT_IN, *([config.content] if config.content else [])]
    templates = Templates.load(folders, company=facts_of(config))
    doors = idle_doors(config)
    return House(config=config, templates=templates, doors=doors, calendars=calendars_of(config)), asked


async def _run(house: House, asked: Asked, wanted: _Wanted, earlier: dict[str, Earlier] | None) -> None:
    from bot.simulation import simulated
    from bot.store.changes import NotFound
    from bot.store.port import StoreError

    try:
        with _bar(asked) as tell:
            made = simulated(house, asked, tell=tell)
            found = await made.__aenter__()
        try:
            await _tell(house, found, wanted, earlier)
        finally:
            await made.__aexit__(None, None, None)
    except NotFound as error:
        raise Stop(str(error), hint="relais rule list shows them all.", code=Exit.PROBLEMS) from None
    except StoreError as error:
        raise Stop(str(error), hint="See: relais check", code=Exit.CANNOT_START) from None


@contextmanager
def _bar(asked: Asked) -> Iterator[Any]:
    """On standard error, so that what is told can be redirected; gone when it is done."""
    out = console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[lines]} lines"))
    whole = (asked.until - asked.now).total_seconds()
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as progress:
        task = progress.add_task("copying", total=whole, lines=0)

        def tell(reached: Reached) -> None:
            progress.update(
                task,
                completed=(reached.at - asked.now).total_seconds(),
                description=f"{reached.at:%Y-%m-%d}",
                lines=reached.lines,
            )

        yield tell


async def _tell(house: House, found: Simulated, wanted: _Wanted, earlier: dict[str, Earlier] | None) -> None:
    compared = _Compared() if earlier is not None else None
    currency = house.config.company.currency_code
    totals = await found.totals()
    await _go_through(found, wanted, earlier, compared, totals=totals, currency=currency)
    if wanted.as_json:
        return
    _show_totals(found.asked, totals, currency, wanted.language, house)
    if compared is not None:
        _show_changes(compared, house)
    _show_samples(await found.samples(wanted.samples), wanted.language, house)


async def _go_through(
    found: Simulated,
    wanted: _Wanted,
    earlier: dict[str, Earlier] | None,
    compared: _Compared | None,
    *,
    totals: Sequence[Total],
    currency: str,
) -> None:
    """Every line once: into the JSON document, the file, the comparison."""
    from bot.simulation_out import asked_as_data, line_as_data, total_as_data
    from scheduler.simulation.difference import difference, gone

    if not (wanted.as_json or wanted.csv is not None or compared is not None):
        return
    document = _Document(sys.stdout) if wanted.as_json else None
    if document is not None:
        head = asked_as_data(found.asked, currency)
        document.begin(head | {"totals": [total_as_data(each, wanted.language) for each in totals]})
    with _csv_file(wanted.csv) as sheet:
        async for line in found.lines():
            data = line_as_data(line, wanted.language)
            if document is not None:
                document.add(data)
            if sheet is not None:
                sheet.add(data)
            if earlier is not None and compared is not None:
                change = difference(earlier, line)
                compared.changes += [change] if change is not None else []
    if earlier is not None and compared is not None:
        compared.changes += gone(earlier, since=found.asked.first, until=found.asked.until)
    if document is not None:
        document.end(compared)


class _Document:
    """One JSON document, written line by line: a large plan takes no room in memory."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._first = True

    def begin(self, head: Mapping[str, Any]) -> None:
        self._out.write(orjson.dumps(head, option=orjson.OPT_INDENT_2).decode()[:-2] + ',\n  "lines": [')

    def add(self, line: Mapping[str, Any]) -> None:
        self._out.write(("" if self._first else ",") + "\n    " + orjson.dumps(line).decode())
        self._first = False

    def end(self, compared: _Compared | None) -> None:
        from bot.simulation_out import change_as_data

        self._out.write("\n  ]")
        if compared is not None:
            changes = [change_as_data(change) for change in compared.changes]
            self._out.write(',\n  "changes": ' + orjson.dumps(changes).decode())
        self._out.write("\n}\n")


class _Sheet:
    def __init__(self, out: TextIO) -> None:
        from bot.simulation_out import COLUMNS

        self._out = out
        self._columns = COLUMNS
        self._write(COLUMNS)

    def add(self, line: Mapping[str, Any]) -> None:
        self._write([str(line[name]) for name in self._columns])

    def _write(self, cells: Sequence[str]) -> None:
        from bot.contacts_data.export import csv_lines

        self._out.write(csv_lines([cells]))


@contextmanager
def _csv_file(path: Path | None) -> Iterator[_Sheet | None]:
    if path is None:
        yield None
        return
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            yield _Sheet(file)
    except OSError as error:
        raise Stop(f"{path} can't be written: {error.strerror}", hint="Name another file.") from error


def _earlier(path: Path) -> dict[str, Earlier]:
    """The lines of an earlier simulation. Raises `Stop`."""
    from scheduler.simulation.difference import earlier_of

    try:
        return earlier_of(orjson.loads(path.read_bytes())["lines"])
    except OSError as error:
        raise Stop(f"{path} can't be read: {error.strerror}", code=Exit.USAGE) from error
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise Stop(
            f"{path} is no simulation",
            hint="Write one with: relais simulate --json > plan.json",
            code=Exit.USAGE,
        ) from error


# on the screen


def _show_totals(asked: Asked, totals: Sequence[Total], currency: str, language: str, house: House) -> None:
    from bot.simulation_out import why

    out = console()
    sent = sum(each.number for each in totals if each.status == "sent")
    cost = sum((each.cost for each in totals), Decimal(0))
    span = f"{_when(asked.first, house)} to {_when(asked.until, house)}"
    out.print(f"{span}: {sent:,} messages, {_money(cost, currency)}. Nothing was sent.\n", soft_wrap=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("what", "sent", "left out", "waiting", "cost", "doors"):
        figures = heading in ("sent", "left out", "waiting", "cost")
        table.add_column(heading, justify="right" if figures else "left", overflow="fold")
    for source in dict.fromkeys(each.source for each in totals):
        own = [each for each in totals if each.source == source]
        ends = Counter[str]()
        doors = Counter[str]()
        for each in own:
            ends[each.status] += each.number
            if each.status == "sent":
                doors[each.channel] += each.number
        table.add_row(
            escape(source),
            _count(ends["sent"]),
            _count(ends["skipped"] + ends["stopped"]),
            _count(ends["waiting"] + ends["due"]),
            _money(sum((each.cost for each in own), Decimal(0)), currency),
            ", ".join(f"{channel} {number:,}" for channel, number in sorted(doors.items())),
        )
    out.print(table)
    reasons = Counter[str]()
    for each in totals:
        reasons[each.reason] += each.number if each.reason else 0
    left_out = [(reason, number) for reason, number in reasons.most_common() if number]
    if left_out:
        out.print("\nLeft out or waiting:")
        table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(justify="right")
        table.add_column(overflow="fold")
        for reason, number in left_out:
            table.add_row(_count(number), escape(why(reason, {}, language)))
        out.print(table)


def _show_changes(compared: _Compared, house: House) -> None:
    out = console()
    counted = compared.counted
    words = ", ".join(f"{number:,} {kind}" for kind, number in counted.most_common())
    out.print(f"\nAgainst the earlier plan: {words or 'nothing has changed'}.")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("change", "when", "who", "what", "before", "after"):
        table.add_column(heading, overflow="fold")
    for change in compared.changes[:_SHOWN_CHANGES]:
        moved = change.kind == "moved"
        table.add_row(
            change.kind,
            _when(change.at, house),
            escape(change.name),
            escape(change.source),
            _moment(change.before, house) if moved else escape(change.before[:_SHOWN_TEXT]),
            _moment(change.after, house) if moved else escape(change.after[:_SHOWN_TEXT]),
        )
    if compared.changes:
        out.print(table)
    if len(compared.changes) > _SHOWN_CHANGES:
        out.print(f"… and {len(compared.changes) - _SHOWN_CHANGES:,} more: --json tells them all.")


def _show_samples(lines: Sequence[Line], language: str, house: House) -> None:
    from bot.simulation_out import why
    from scheduler.simulation.lines import detail_of

    if not lines:
        return
    out = console()
    out.print("\nSome of them, earliest first (times are the company's):\n")
    for line in lines:
        door = f"{line.channel} {line.address}".strip()
        cost = f" · {line.cost.normalize():f}" if line.cost else ""
        out.print(
            f"[bold]{_when(line.at, house)}[/bold]  {escape(line.name or line.contact_id)}"
            f"  [dim]{escape(line.source)}{' · ' if door else ''}{escape(door)}{cost}[/dim]",
            soft_wrap=False,
        )
        reason = why(line.reason, detail_of(line.detail), language)
        if line.status == "sent":
            said = " ".join(f"{line.subject}\n{line.text}".split())
            shown = said if len(said) <= _SHOWN_TEXT else f"{said[:_SHOWN_TEXT]}…"
            if line.waited:
                out.print(f"  [yellow]waited:[/yellow] {escape(why(line.waited, {}, language))}")
            out.print(f"  {escape(shown)}")
        elif line.status == "due":
            out.print("  [cyan]a conversation wakes up: what is said depends on it[/cyan]")
        else:
            word = {"waiting": "still waiting", "stopped": "stopped"}.get(line.status, "left out")
            out.print(f"  [yellow]{word}:[/yellow] {escape(reason)}")


def _when(at: datetime, house: House) -> str:
    return at.astimezone(house.config.company.zone).strftime("%Y-%m-%d %H:%M")


def _moment(text: str, house: House) -> str:
    return _when(datetime.fromisoformat(text), house)


def _count(number: int) -> str:
    return f"{number:,}" if number else "–"


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.2f} {currency}" if amount else "–"
