"""The `relais` command. Exit codes: 0 all is well, 1 problems were found, 2 wrong usage, 3 it can't start.

Modules that a command needs are imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.appointment_commands import appointment_app
from bot.calendar_commands import calendar_app, deadlines
from bot.campaign_commands import campaign_app
from bot.case_commands import case_app
from bot.consent_commands import consent_app
from bot.contact_commands import contacts_app
from bot.erasure_commands import erase
from bot.export_commands import export as export_person
from bot.faq_teaching import faq_app
from bot.import_commands import export_contacts, import_file, retention
from bot.indicator_commands import export_app, indicators_app, report_app
from bot.intent_commands import intents_app
from bot.ledger_commands import ledger_app
from bot.rule_commands import rule_app
from bot.segment_commands import segment_app
from bot.simulate_command import simulate
from bot.task_commands import task_app
from bot.terminal import Exit, Stop, console, plain_errors, print_json, stop_usage
from bot.user_commands import user_app

if TYPE_CHECKING:
    from bot.check import Finding
    from bot.config import Config
    from bot.demo import Demo

USUAL_FILES: Final = ("relais.yaml", "config.yaml")

app = typer.Typer(
    name="relais",
    help="Relais: a customer-contact bot for every channel. Start with: relais demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
database = typer.Typer(
    no_args_is_help=True, help="Look after the database: upgrade, downgrade, current, backup."
)
app.add_typer(database, name="db")
app.add_typer(case_app, name="case")
app.add_typer(appointment_app, name="appointment")
app.add_typer(faq_app, name="faq")
app.add_typer(calendar_app, name="calendar")
app.command("deadlines")(deadlines)
app.add_typer(intents_app, name="intent")
app.add_typer(indicators_app, name="indicators")
app.add_typer(report_app, name="report")
app.add_typer(export_app, name="export")
app.add_typer(ledger_app, name="ledger")
app.add_typer(segment_app, name="segment")
app.add_typer(consent_app, name="consent")
contacts_app.command("erase")(erase)
contacts_app.command("export")(export_person)
app.add_typer(contacts_app, name="contact")
app.command("import")(import_file)
export_app.command("contacts")(export_contacts)
app.command("retention")(retention)
app.add_typer(rule_app, name="rule")
app.add_typer(user_app, name="user")
app.add_typer(task_app, name="task")
app.add_typer(campaign_app, name="campaign")
app.command("simulate")(simulate)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]


def main() -> None:
    """The entry point of the `relais` command."""
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # several threads of arithmetic only get in the lanes' way
    gc.disable()  # nothing made while starting is garbage: a third of the time; `calm_the_collector` ends it
    app()


def _version(wanted: bool) -> None:
    if not wanted:
        return
    try:
        print(f"relais {version('relais')}")
    except PackageNotFoundError:
        print("relais (not installed, run from its source)")
    raise typer.Exit(Exit.OK)


@app.callback()
def relais(
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Relais: a customer-contact bot for every channel. Start with: relais demo"""


@app.command()
def run(
    config: ConfigOption = None,
    roles: Annotated[
        str | None, typer.Option(help="What this process does, of: web,worker,scheduler. Default: all.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65_535, help="The port listened on.")] = None,
) -> None:
    """Start the program with your configuration, until Ctrl+C."""
    with plain_errors():
        loaded = load_config(config, roles=roles, port=port)
        _stop_on_account_problems(loaded)
        _serve(loaded, demo=False)


@app.command()
def demo(
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="The port. Default: 8080.")] = None,
    data: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("relais-demo"),
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Try your own configuration instead of the demo's.")
    ] = None,
) -> None:
    """Start the demo company, with stand-ins for every channel without credentials."""
    from bot.demo import kept_time, prepare

    with plain_errors():
        try:
            prepared = prepare(data, os.environ, port=port, config_file=config)
        except OSError as error:
            raise Stop(
                f"The folder {data} can't be used: {error.strerror}",
                hint="Choose another with --data.",
                code=Exit.CANNOT_START,
            ) from error
        _check_port(prepared.config)
        _banner(prepared)
        _serve(prepared.config, demo=True, moved=kept_time(data))


@app.command()
def check(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    offline: Annotated[bool, typer.Option("--offline", help="Try no log-in and no network.")] = False,
    demo: Annotated[bool, typer.Option("--demo", help="As `relais demo` would start it.")] = False,
) -> None:
    """Say what is on, what is off and what is wrong; try each account's log-in."""
    from bot.check import check as look
    from bot.check import is_sound
    from bot.demo import prepare

    with plain_errors(), TemporaryDirectory() as scratch:
        tried = prepare(Path(scratch), os.environ, config_file=config).config if demo else load_config(config)
        findings = asyncio.run(look(tried, demo=demo, offline=offline))
        if as_json:
            print_json({"ok": is_sound(findings), "findings": [finding.as_json() for finding in findings]})
        else:
            _show_findings(findings)
        raise typer.Exit(Exit.OK if is_sound(findings) else Exit.PROBLEMS)


@app.command()
def replay(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[list | ID…]", help="Nothing or `list` shows what waits.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that waits.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what was set aside (quarantine) or could not be sent (dead letters), and try it again."""
    from bot.replay import again, waiting

    with plain_errors():
        loaded = load_config(config)
        wanted = [] if ids in (None, ["list"]) else list(ids or ())
        if wanted and everything:
            stop_usage("Give ids or --all, not both.")
        if not wanted and not everything:
            _show_waiting(asyncio.run(waiting(loaded)), as_json=as_json)
            return
        outcome = asyncio.run(again(loaded, wanted, everything=everything))
        if as_json:
            print_json(outcome)
        else:
            console().print(
                f"{outcome['requeued']} put back to be handled, {outcome['resent']} queued to be sent again."
            )
        if outcome["unknown"]:
            raise Stop(
                f"Not found: {', '.join(outcome['unknown'])}", hint="relais replay list shows what waits."
            )


@database.command("upgrade")
def db_upgrade(
    revision: Annotated[str, typer.Argument(help="The schema to move to.")] = "head",
    config: ConfigOption = None,
) -> None:
    """Bring the database to this release's schema."""
    from bot.records import migrate

    with plain_errors():
        url = load_config(config).database.url
        before = migrate.current(url)
        migrate.upgrade(url, revision)
        _moved(before, migrate.current(url))


@database.command("downgrade")
def db_downgrade(
    revision: Annotated[str, typer.Argument(help="The schema to go back to, or base for an empty one.")],
    config: ConfigOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
) -> None:
    """Bring the database back to an older schema. What that schema has no place for is lost."""
    from bot.records import migrate

    with plain_errors():
        url = load_config(config).database.url
        if not yes:
            typer.confirm("What the older schema has no place for is lost. Go on?", abort=True)
        before = migrate.current(url)
        migrate.downgrade(url, revision)
        _moved(before, migrate.current(url))


@database.command("current")
def db_current(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the database's schema, and this release's. Exit code 1 when they differ."""
    from bot.records import migrate

    with plain_errors():
        settings = load_config(config).database
        path = settings.sqlite_path
        now = None if path is not None and not path.exists() else migrate.current(settings.url)
        head = migrate.head()
        if as_json:
            print_json({"current": now, "head": head, "up_to_date": now == head})
        else:
            _show_revision(now, head)
        raise typer.Exit(Exit.OK if now == head else Exit.PROBLEMS)


@database.command("backup")
def db_backup(
    to: Annotated[
        Path | None, typer.Argument(help="The file to write. Default: beside the database.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Copy an SQLite database to a file, also while the program runs."""
    from bot.backup import backup

    with plain_errors():
        settings = load_config(config).database
        path = settings.sqlite_path
        if path is None:
            stop_usage(
                "PostgreSQL has its own tool for this.", hint="pg_dump --format=custom, see its manual."
            )
        written = backup(path, to)
        console().print(Text(f"Copied to {written}"), soft_wrap=True)


def load_config(path: Path | None, *, roles: str | None = None, port: int | None = None) -> Config:
    """The configuration of a file, else of the usual places. Raises `ConfigError`."""
    from bot.config import ConfigError, load
    from channels.port import Problem

    found = path or next((Path(name) for name in USUAL_FILES if Path(name).is_file()), None)
    overrides: dict[str, object] = {}
    if roles is not None:
        overrides["roles"] = roles
    if port is not None:
        overrides["server.port"] = port
    try:
        return load(found, os.environ, overrides=overrides)
    except ConfigError as error:
        if found is not None:
            raise
        what = f"neither {' nor '.join(USUAL_FILES)} is here. Name a file with --config, or try: relais demo"
        raise ConfigError([Problem(where="no configuration file", what=what), *error.problems]) from None


def _stop_on_account_problems(config: Config) -> None:
    from bot.accounts import account_problems
    from bot.config import ConfigError

    problems = [problem for problem in account_problems(config) if problem.severity == "error"]
    if problems:
        raise ConfigError(problems)


def _serve(config: Config, *, demo: bool, moved: timedelta | None = None) -> None:
    from bot import logs
    from bot.app import LostDatabase, serve
    from bot.clock import Clock
    from bot.starting import StartError

    logs.configure(config.logging)
    clock = Clock()
    if moved:
        clock.advance(moved)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(config, demo=demo, clock=clock))
    except StartError as error:
        raise Stop(str(error), hint=error.hint, code=Exit.CANNOT_START) from error
    except LostDatabase as error:
        raise Stop(str(error), hint="Start it again.", code=Exit.CANNOT_START) from error
    except KeyboardInterrupt:
        raise typer.Exit(Exit.OK) from None


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.Loop


def _check_port(config: Config) -> None:
    """Say that the port is taken before anything is written on the screen."""
    host, port = config.server.host, config.server.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Stop(
                f"Port {port} of {host} can't be used: {error.strerror}",
                hint=f"Stop the other program, or choose a port: relais demo --port {port + 1}",
                code=Exit.CANNOT_START,
            ) from error


def _banner(prepared: Demo) -> None:
    from bot.demo import DEMO_PASSWORD

    config = prepared.config
    base = f"http://{'localhost' if config.server.host in ('127.0.0.1', '0.0.0.0') else config.server.host}"
    base = f"{base}:{config.server.port}"
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for address, words in (
        ("/chat", "the web chat, as a visitor sees it"),
        ("/console", "the pages of agents, marketers and managers"),
        ("/sandbox", "write by e-mail, SMS, WhatsApp or Telegram"),
        ("/api/v1/docs", "the API for other systems"),
        ("/healthz", "whether it runs"),
    ):
        grid.add_row(Text(f"{base}{address}", style="bold cyan"), words)
    out = console()
    out.print(Panel(grid, title=f"Relais: {escape(config.company.name)}", title_align="left", expand=False))
    if config.console.first_admin:
        out.print(
            f"Console:   {config.console.first_admin}, password in", markup=False, highlight=False, end=" "
        )
        out.print(Text(_short_path(prepared.token_file.with_name(DEMO_PASSWORD))), soft_wrap=True)
    out.print(Text(f"API token: {_short_path(prepared.token_file)}"), soft_wrap=True)
    out.print(
        Text(f"Data:      {_short_path(prepared.token_file.parent)} (delete it to begin anew)"),
        soft_wrap=True,
    )
    out.print("Stop with Ctrl+C.\n")


def _short_path(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


_STYLES: Final = {"on": "green", "off": "dim", "stand-in": "cyan", "warning": "yellow", "wrong": "bold red"}


def _show_findings(findings: list[Finding]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(max_width=24, overflow="fold")
    table.add_column(overflow="fold")
    area = ""
    for finding in findings:
        if area and finding.area != area:
            table.add_row()
        area = finding.area
        words = Text(finding.words)
        if finding.where and finding.state in ("warning", "wrong"):
            words.append(f"\n{finding.where}", style="dim")
        table.add_row(Text(finding.state, style=_STYLES[finding.state]), finding.subject, words)
    out = console()
    out.print(table)
    wrong = sum(finding.state == "wrong" for finding in findings)
    warnings = sum(finding.state == "warning" for finding in findings)
    verdict = f"{wrong} wrong" if wrong else "All is well"
    counted = f", {warnings} warning{'' if warnings == 1 else 's'}" if warnings else ""
    out.print(Text(f"\n{verdict}{counted}.", style="bold red" if wrong else "bold green"))


def _show_waiting(found: dict[str, list[dict[str, str]]], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    out = console()
    titles = {"quarantined": "Set aside on the way in", "dead_letters": "Not sent"}
    for key, title in titles.items():
        rows = found[key]
        if not rows:
            continue
        table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for name in rows[0]:
            table.add_column(name.replace("_", " "), overflow="fold", no_wrap=name == "id")
        for row in rows:
            table.add_row(*(escape(value) for value in row.values()))
        out.print(table)
    if not any(found.values()):
        out.print("Nothing waits.")


def _moved(before: str | None, after: str | None) -> None:
    words = f"The schema is {after or 'empty'}" + (
        "." if before == after else f" (before: {before or 'empty'})."
    )
    console().print(Text(words))


def _show_revision(now: str | None, head: str) -> None:
    if now == head:
        console().print(Text(f"The schema is {now}, as this release needs it."))
    else:
        console().print(Text(f"The schema is {now or 'empty'}, this release needs {head}: relais db upgrade"))


if __name__ == "__main__":
    main()
