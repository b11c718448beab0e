"""`relais segment`: groups of contacts as rules in words.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from bot.terminal import Exit, Stop, console, plain_errors, print_json

if TYPE_CHECKING:
    from bot.config import Config
    from bot.segments import Count, Member, Saved, Segments
    from scheduler.segments import RuleError

T = TypeVar("T")

segment_app = typer.Typer(
    no_args_is_help=True,
    help="Groups of contacts as rules in words: try one, save it, see who belongs and why.",
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]
LanguageOption = Annotated[
    str, typer.Option("--language", "-l", help="Of the sentences: fr, ar or en. Default: the company's.")
]
SegmentArgument = Annotated[str, typer.Argument(help="A saved segment's name, or a rule.")]


@segment_app.command("list")
def list_segments(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show the saved segments."""

    async def work(segments: Segments) -> list[Saved]:
        return await segments.every()

    found = _run(config, work)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("name", "rule", "by"):
        table.add_column(name, overflow="fold")
    for each in found:
        table.add_row(Text(each.name), Text(each.rule), Text(each.created_by))
    console().print(table if found else "No segment is saved. Make one: relais segment save NAME RULE")


@segment_app.command("show")
def show(name: str, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show a saved segment."""

    async def work(segments: Segments) -> dict[str, Any]:
        from scheduler.segments import to_form

        saved = await segments.one(name)
        return asdict(saved) | {"form": to_form(segments.read(saved.rule))}

    found = _run(config, work)
    if as_json:
        print_json(found)
        return
    for key in ("name", "rule", "created_by", "created_at", "updated_at"):
        console().print(Text(f"{key.replace('_', ' ')}: {found[key]}"))


@segment_app.command("save")
def save(
    name: str,
    rule: str,
    config: ConfigOption = None,
    by: Annotated[str, typer.Option(help="Who saves it.")] = "relais segment",
    as_json: JsonOption = False,
) -> None:
    """Keep a rule under a name; a segment of that name is replaced."""
    saved = _run(config, lambda segments: segments.save(name, rule, by=by))
    if as_json:
        print_json(asdict(saved))
    else:
        console().print(Text(f"Saved: {saved.name}"))


@segment_app.command("count")
def count(segment: SegmentArgument, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Say how many contacts belong to a segment."""

    async def work(segments: Segments) -> Count:
        return await segments.count(await _rule(segments, segment))

    counted = _run(config, work)
    if as_json:
        print_json({"count": counted.count, "contacts": counted.contacts, "share": counted.share})
    else:
        console().print(_counted(counted))


@segment_app.command("test")
def test(
    segment: SegmentArgument,
    config: ConfigOption = None,
    sample: Annotated[int, typer.Option(min=0, max=100, help="So many members are shown.")] = 5,
    language: LanguageOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say how many belong, and show the newest of them with the reasons."""

    async def work(segments: Segments) -> tuple[Count, list[Member]]:
        rule = await _rule(segments, segment)
        return await segments.preview(rule, sample=sample, language=language)

    counted, members = _run(config, work)
    if as_json:
        print_json(
            {
                "count": counted.count,
                "contacts": counted.contacts,
                "share": counted.share,
                "sample": [asdict(member) for member in members],
            }
        )
        return
    console().print(_counted(counted))
    for member in members:
        _show_member(member)


@segment_app.command("explain")
def explain(
    segment: SegmentArgument,
    config: ConfigOption = None,
    contact: Annotated[str, typer.Option(help="Why this contact belongs to it, or does not.")] = "",
    language: LanguageOption = "",
    as_json: JsonOption = False,
) -> None:
    """Say a rule in sentences, and how it is written the usual way; with --contact: why it is in, or not."""

    async def work(segments: Segments) -> tuple[dict[str, Any], Member | None]:
        from scheduler.segments import explain, to_form, write

        rule = await _rule(segments, segment)
        spoken = language or segments.setting.language
        said = {"sentences": explain(rule, spoken), "rule": write(rule, spoken), "form": to_form(rule)}
        return said, await segments.why(rule, contact, language=spoken) if contact else None

    said, member = _run(config, work)
    if as_json:
        print_json(said | ({"contact": asdict(member)} if member else {}))
        return
    if member is not None:
        _show_member(member)
        return
    for line in said["sentences"]:
        console().print(Text(line))
    console().print(Text(f"\n{said['rule']}", style="dim"))


async def _rule(segments: Segments, segment: str) -> Any:
    """A saved segment's rule, else the text as a rule."""
    from bot.store.changes import NotFound

    try:
        return segments.read((await segments.one(segment)).rule)
    except NotFound:
        return segments.read(segment)


def _run(config: Path | None, work: Callable[[Segments], Awaitable[T]]) -> T:
    from bot.cli import load_config
    from bot.store.changes import NotPossible
    from scheduler.segments import RuleError

    with plain_errors():
        loaded = load_config(config)
        try:
            return asyncio.run(_on_store(loaded, work))
        except RuleError as error:
            raise Stop(_pointed(error, loaded.company.language), code=Exit.USAGE) from error
        except NotPossible as error:
            raise Stop(str(error)) from error


async def _on_store(config: Config, work: Callable[[Segments], Awaitable[T]]) -> T:
    from bot.clock import Clock
    from bot.ids import IdMaker
    from bot.segments import Segments, setting_of
    from bot.starting import StartError, open_store
    from bot.store.port import StoreError, StoreLocked

    try:
        store = await open_store(config)
    except StoreLocked as error:
        raise Stop(
            "The program is running and holds this database",
            hint="Ask the running program: /api/v1/segments. Or stop it first, or use a postgresql:// database.",
            code=Exit.CANNOT_START,
        ) from error
    except StartError as error:
        raise Stop(str(error), hint=error.hint, code=Exit.CANNOT_START) from error
    except StoreError as error:
        raise Stop(str(error), hint="See: relais check", code=Exit.CANNOT_START) from error
    try:
        clock = Clock()
        return await work(Segments(store, setting_of(config), clock=clock, ids=IdMaker(clock)))
    finally:
        await store.close()


def _pointed(error: RuleError, language: str) -> str:
    """The sentence, and the character it is about."""
    return f"{error.words(language)} [{error.at + 1}]"


def _counted(counted: Count) -> Text:
    share = "" if counted.share is None else f" ({counted.share:.1%})"
    return Text(f"{counted.count} of {counted.contacts} contacts{share}")


def _show_member(member: Member) -> None:
    out = console()
    out.print(Text(f"\n{member.name or '-'}  {member.id}", style="bold"))
    for reason in member.reasons:
        mark, style = ("✓", "green") if reason.holds else ("✗", "red")
        found = f"  [{reason.found}]" if reason.found else ""
        out.print(Text.assemble((f"{'  ' * reason.depth}{mark} ", style), f"{reason.text}{found}"))
