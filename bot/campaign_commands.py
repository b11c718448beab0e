"""`relais campaign`: one message to many, planned to the last line before anything is sent.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from bot.campaign_shown import Differences, show_list, show_mailing, show_plan, show_reckoning
from bot.terminal import Exit, Stop, console, plain_errors, print_json, show_problems, stop_usage

if TYPE_CHECKING:
    from bot.campaign_desk import CampaignDesk
    from scheduler.campaigns.book import Mailing
    from scheduler.campaigns.ports import PlannedLine

T = TypeVar("T")

campaign_app = typer.Typer(
    no_args_is_help=True,
    help="One message to many: plan it, test it, start it, hold it, see what became of everybody.",
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]
LanguageOption = Annotated[str, typer.Option("--language", help="Of the reasons: fr, ar or en.")]
ByOption = Annotated[str, typer.Option("--by", help="Who does it, for the record.")]


@campaign_app.command("list")
def list_campaigns(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show every campaign, the newest first."""
    with plain_errors():
        found, currency = _with_desk(config, lambda desk: _and_currency(desk, desk.every()))
        if as_json:
            from bot.api.campaigns import out

            print_json([out(mailing, currency).model_dump(mode="json") for mailing in found])
            return
        show_list(found, currency)


@campaign_app.command("show")
def show_campaign(name: str, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show one campaign, its definition and where it stands."""
    with plain_errors():
        shown, currency = _with_desk(config, lambda desk: _and_currency(desk, desk.show(name)))
        if as_json:
            from bot.api.campaigns import shown_out

            print_json(shown_out(shown, currency).model_dump(mode="json"))
            return
        show_mailing(shown, currency)


@campaign_app.command("new")
def new_campaign(
    file: Annotated[Path, typer.Argument(help="A YAML file: name, purpose, audience, template, …")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace a draft of that name.")] = False,
    config: ConfigOption = None,
    by: ByOption = "command line",
) -> None:
    """Keep a campaign as a draft. Nothing is sent."""
    with plain_errors():
        from scheduler.campaigns.definition import read_file

        kept = _with_desk(config, lambda desk: desk.new(read_file(file), by=by, replace_draft=replace))
        console().print(
            f"{kept.name} is kept as a draft. See who would get it: relais campaign plan {kept.name}"
        )


@campaign_app.command("plan")
def plan_campaign(
    name: str,
    as_json: Annotated[bool, typer.Option("--json", help="Every line, as a JSON document.")] = False,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write every line to this file.")] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Compare with an earlier plan, kept with --json.")
    ] = None,
    config: ConfigOption = None,
    language: LanguageOption = "en",
) -> None:
    """Show who would get what, when, by which door, for how much, or why not. Nothing is sent."""
    with plain_errors():
        spoken = _checked(language)
        if as_json and (csv is not None or against is not None):
            stop_usage("--json is the whole plan alone.", hint="Leave --csv and --against out.")
        earlier = _earlier(against)

        async def work(desk: CampaignDesk) -> None:
            mailing, as_of, lines = await desk.plan(name)
            if as_json:
                await _write_json(mailing, as_of, lines)
                return
            differences = Differences(earlier, as_of) if earlier is not None else None
            totals = await _look_at(lines, csv, differences)
            show_plan(mailing, as_of, totals, desk.currency, spoken)
            if differences is not None:
                differences.show()

        _with_desk(config, work)


@campaign_app.command("test")
def test_campaign(
    name: str,
    to: Annotated[list[str], typer.Option("--to", help="channel:address, such as email:me@example.org.")],
    like: Annotated[str, typer.Option(help="The id of a contact whose data fill the text.")] = "",
    language: Annotated[str, typer.Option(help="fr, ar or en. Default: the company's.")] = "",
    config: ConfigOption = None,
) -> None:
    """Send every variant to colleagues. It counts nowhere."""
    with plain_errors():
        addresses = [_address(each) for each in to]
        if language:
            _checked(language)
        lines = _with_desk(config, lambda desk: desk.test(name, addresses, like=like, language=language))
        for line in lines:
            variant = f" (variant {line.variant})" if line.variant else ""
            console().print(f"{line.channel} {line.address}{variant}: queued.", markup=False)


@campaign_app.command("start")
def start_campaign(name: str, config: ConfigOption = None, by: ByOption = "command line") -> None:
    """Start it: at its hour its audience is fixed, and it goes."""
    with plain_errors():
        _with_desk(config, lambda desk: desk.start(name, by=by))
        console().print(
            f"{name} is started. It goes while relais runs; relais campaign results {name} tells."
        )


@campaign_app.command("pause")
def pause_campaign(name: str, config: ConfigOption = None, by: ByOption = "command line") -> None:
    """Hold it at once: what is not with a provider yet waits."""
    with plain_errors():
        _with_desk(config, lambda desk: desk.pause(name, by=by))
        console().print(f"{name} is paused. Go on with: relais campaign resume {name}")


@campaign_app.command("resume")
def resume_campaign(name: str, config: ConfigOption = None, by: ByOption = "command line") -> None:
    """Go on where it stopped."""
    with plain_errors():
        _with_desk(config, lambda desk: desk.resume(name, by=by))
        console().print(f"{name} goes on.")


@campaign_app.command("cancel")
def cancel_campaign(name: str, config: ConfigOption = None, by: ByOption = "command line") -> None:
    """End it for good: who has not got it will not."""
    with plain_errors():
        _with_desk(config, lambda desk: desk.cancel(name, by=by))
        console().print(f"{name} is cancelled.")


@campaign_app.command("results")
def results(
    name: str, config: ConfigOption = None, as_json: JsonOption = False, language: LanguageOption = "en"
) -> None:
    """Show what became of every recipient. Exit code 1 when the sums do not agree."""
    with plain_errors():
        spoken = _checked(language)
        shown, currency = _with_desk(config, lambda desk: _and_currency(desk, desk.show(name)))
        if as_json:
            from bot.api.campaigns import reckoning_out

            print_json(reckoning_out(shown.reckoning).model_dump(mode="json"))
        else:
            show_reckoning(shown, currency, spoken)
        if not shown.reckoning.agrees:
            raise typer.Exit(Exit.PROBLEMS)


async def _write_json(mailing: Mailing, as_of: Any, lines: AsyncIterator[PlannedLine]) -> None:
    from scheduler.campaigns.plan_file import Totals, as_document

    async for piece in as_document(mailing.name, as_of, lines, Totals()):
        sys.stdout.write(piece.decode())


async def _look_at(
    lines: AsyncIterator[PlannedLine], csv: Path | None, differences: Differences | None
) -> Any:
    """Go through the plan once: sums, the file, the comparison."""
    from csv import writer
    from io import StringIO

    from scheduler.campaigns.plan_file import COLUMNS, Totals, as_row

    totals = Totals()
    file = StringIO() if csv is None else csv.open("w", encoding="utf-8-sig", newline="")
    with file:
        table = writer(file)
        if csv is not None:
            table.writerow(COLUMNS)
        async for line in lines:
            totals.add(line)
            if csv is not None:
                table.writerow([_safe(str(value)) for value in as_row(line).values()])
            if differences is not None:
                differences.take(line)
    return totals


def _safe(value: str) -> str:
    """A spreadsheet must not take a text for a formula; a phone number is none."""
    formula = value[:1] in ("=", "+", "-", "@", "\t", "\r") and not value[1:].replace(".", "").isdigit()
    return f"'{value}" if formula else value


def _earlier(path: Path | None) -> Any:
    from scheduler.campaigns.plan_file import NotAPlan, read_earlier

    try:
        return read_earlier(path) if path is not None else None
    except NotAPlan as error:
        raise Stop(str(error), code=Exit.USAGE) from None


def _address(text: str) -> tuple[str, str]:
    channel, _, address = text.partition(":")
    if not address:
        stop_usage(f"{text} is not an address.", hint="Write channel:address, such as sms:+213550000042.")
    return channel, address


def _checked(language: str) -> str:
    if language not in ("fr", "ar", "en"):
        stop_usage(f"{language} is not a language of Relais.", hint="Choose fr, ar or en.")
    return language


async def _and_currency(desk: CampaignDesk, work: Awaitable[T]) -> tuple[T, str]:
    return await work, desk.currency


def _with_desk(config: Path | None, work: Callable[[CampaignDesk], Awaitable[T]]) -> T:
    from bot.store.changes import NotFound, NotPossible
    from scheduler.campaigns.definition import CampaignError
    from scheduler.campaigns.plan_file import NotAPlan
    from scheduler.segments import RuleError

    async def run() -> T:
        from bot.campaign_desk import CampaignDesk
        from bot.cli import load_config
        from bot.clock import Clock
        from bot.company import facts_of
        from bot.ids import IdMaker
        from bot.starting import open_store
        from bot.templating import Templates
        from templates import BUILT_IN

        loaded = load_config(config)
        store = await open_store(loaded)
        try:
            folders = [BUILT_IN, *([loaded.content] if loaded.content else [])]
            templates = Templates.load(folders, company=facts_of(loaded))
            clock = Clock()
            return await work(CampaignDesk(store, templates, loaded, clock=clock, ids=IdMaker(clock)))
        finally:
            await store.close()

    try:
        return asyncio.run(run())
    except NotFound as error:
        raise Stop(str(error), hint="relais campaign list shows them all.", code=Exit.PROBLEMS) from None
    except (NotPossible, NotAPlan, RuleError) as error:
        raise Stop(str(error), code=Exit.PROBLEMS) from None
    except CampaignError as error:
        show_problems(error.problems, title="The campaign can't be used:")
        raise typer.Exit(Exit.USAGE) from None
