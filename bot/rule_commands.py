"""`relais rule`: the messages that recur, to look at, preview and switch one by one.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from bot.terminal import Exit, Stop, console, plain_errors, print_json, stop_usage

if TYPE_CHECKING:
    from bot.rule_desk import RuleDesk
    from scheduler.rule_book import ListedRule

T = TypeVar("T")

rule_app = typer.Typer(
    no_args_is_help=True,
    help="Messages that recur: birthdays, reminders, follow-ups. All are off until switched on.",
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]
LanguageOption = Annotated[str, typer.Option("--language", help="Of the explanations: fr, ar or en.")]
ByOption = Annotated[str, typer.Option("--by", help="Who does it, for the record.")]


@rule_app.command("list")
def list_rules(
    config: ConfigOption = None, as_json: JsonOption = False, language: LanguageOption = "en"
) -> None:
    """Show every rule, on or off, in words."""
    with plain_errors():
        found = _with_desk(config, lambda desk: desk.listed())
        if as_json:
            print_json([_as_json(listed) for listed in found.values()])
            return
        _show(list(found.values()), _checked(language))


@rule_app.command("show")
def show_rule(
    name: str, config: ConfigOption = None, as_json: JsonOption = False, language: LanguageOption = "en"
) -> None:
    """Show one rule and its definition."""
    with plain_errors():
        listed = _with_desk(config, lambda desk: desk.show(name))
        if as_json:
            print_json(_as_json(listed))
            return
        import yaml

        _show([listed], _checked(language))
        definition = listed.rule.model_dump(mode="json", exclude_unset=True)
        console().print(escape("\n" + yaml.safe_dump(definition, allow_unicode=True, sort_keys=False)))


@rule_app.command("on")
def switch_on(name: str, config: ConfigOption = None, by: ByOption = "command line") -> None:
    """Switch a rule on, from now on. Nothing that was due before is sent."""
    with plain_errors():
        _with_desk(config, lambda desk: desk.switch(name, on=True, by=by))
        console().print(f"{name} is on.")


@rule_app.command("off")
def switch_off(name: str, config: ConfigOption = None, by: ByOption = "command line") -> None:
    """Switch a rule off at once. What is planned and not sent is stopped."""
    with plain_errors():
        _with_desk(config, lambda desk: desk.switch(name, on=False, by=by))
        console().print(f"{name} is off.")


@rule_app.command("confirm")
def confirm_feast(
    name: str,
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day the feast falls on.")],
    config: ConfigOption = None,
    by: ByOption = "command line",
) -> None:
    """Say on which day a feast of the moon falls: until then its wishes wait."""
    with plain_errors():
        _with_desk(config, lambda desk: desk.confirm(name, day.date(), by=by))
        console().print(f"{name}: {day:%Y-%m-%d} is confirmed.")


@rule_app.command("restock")
def back_in_stock(
    product: Annotated[str, typer.Argument(help="As it is called in the waiting list.")],
    quantity: Annotated[
        str, typer.Option(metavar="N", help="How much there is; without it, enough for everybody.")
    ] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """A product is back: tell those who wait for it, first come first served."""
    from decimal import Decimal, InvalidOperation

    with plain_errors():
        try:
            amount = Decimal(quantity) if quantity else None
        except InvalidOperation:
            stop_usage(f"{quantity} is not a number.", hint="For example --quantity 120.")
        if amount is not None and not (amount.is_finite() and amount > 0):
            stop_usage(f"{quantity} is not a quantity.", hint="Give a number above 0.")
        served = _with_desk(config, lambda desk: desk.back_in_stock(product, amount))
        if as_json:
            print_json({"told": list(served.told), "waiting": served.waiting})
            return
        console().print(f"{len(served.told)} told, {served.waiting} go on waiting for {escape(product)}.")


@rule_app.command("preview")
def preview_rule(
    name: str,
    days: Annotated[int, typer.Option(min=1, max=366, help="How far ahead.")] = 30,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many messages are written out.")] = 50,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    language: LanguageOption = "en",
) -> None:
    """Show who would get what, when and by which door, or why not. Nothing is sent."""
    with plain_errors():
        spoken = _checked(language)
        found = _with_desk(config, lambda desk: desk.preview(name, days=days, limit=limit, language=spoken))
        if as_json:
            lines = [{**asdict(line), "at": line.at.isoformat()} for line in found.lines]
            print_json({"rule": found.rule, "planned": found.planned, "lines": lines})
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for heading in ("when", "who", "door", "words, or why not"):
            table.add_column(heading, overflow="fold")
        for line in found.lines:
            said = line.text if line.status == "sent" else line.words
            when = line.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
            table.add_row(
                when, escape(line.name or line.contact_id), f"{line.channel} {line.address}", escape(said)
            )
        console().print(table)
        console().print(f"{found.planned} planned in {days} days, {len(found.lines)} shown. Times are UTC.")


def _show(rules: list[ListedRule], language: str) -> None:
    from scheduler.rule_words import explain, title_of

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for listed in rules:
        state = "[green]on[/green]" if listed.active else "[dim]off[/dim]"
        words = f"{title_of(listed.rule, language)}: {explain(listed.rule, language)}"
        table.add_row(state, listed.rule.name, escape(words))
    console().print(table)


def _as_json(listed: ListedRule) -> dict[str, Any]:
    from bot.api.rules import out

    return out(listed).model_dump(mode="json")


def _checked(language: str) -> str:
    if language not in ("fr", "ar", "en"):
        stop_usage(f"{language} is not a language of Relais.", hint="Choose fr, ar or en.")
    return language


def _with_desk(config: Path | None, work: Callable[[RuleDesk], Awaitable[T]]) -> T:
    from bot.store.changes import NotFound

    async def run() -> T:
        from bot.cli import load_config
        from bot.clock import Clock
        from bot.company import facts_of
        from bot.ids import IdMaker
        from bot.rule_desk import RuleDesk
        from bot.starting import open_store
        from bot.templating import Templates
        from bot.unsubscribe.building import links_of
        from templates import BUILT_IN

        loaded = load_config(config)
        store = await open_store(loaded)
        try:
            folders = [BUILT_IN, *([loaded.content] if loaded.content else [])]
            templates = Templates.load(folders, company=facts_of(loaded))
            clock = Clock()
            desk = RuleDesk(store, templates, loaded, clock=clock, ids=IdMaker(clock), links=links_of(loaded))
            return await work(desk)
        finally:
            await store.close()

    try:
        return asyncio.run(run())
    except NotFound as error:
        raise Stop(str(error), hint="relais rule list shows them all.", code=Exit.PROBLEMS) from None
