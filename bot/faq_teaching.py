"""`relais faq review` and `export-learned`: what was asked without an answer, and what became of it.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.faq_commands import faq_app
from bot.terminal import Exit, Stop, console, plain_errors, print_json, stop_usage

if TYPE_CHECKING:
    from bot.config import Config
    from bot.learning.overlay import Learned

__all__ = ["faq_app"]

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
Ids = Annotated[list[str] | None, typer.Option(metavar="ID", help="Once for each candidate.")]


@faq_app.command("review")
def review(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="List the groups as one JSON document.")] = False,
    accept: Ids = None,
    entry: Annotated[str | None, typer.Option(help="With --accept: the entry that answers them.")] = None,
    dismiss: Ids = None,
    limit: Annotated[int, typer.Option(min=1, max=2_000, help="So many groups, the largest first.")] = 100,
    agent: Annotated[str, typer.Option("--as", help="Your name, for the audit log.")] = "operator",
) -> None:
    """Go through the questions that got no answer, and teach the bot.

    Works beside the running program, which follows within seconds, and without it.
    """
    from bot.cli import load_config

    with plain_errors():
        if (accept is None) != (entry is None):
            stop_usage("--accept and --entry go together.")
        if accept and dismiss:
            stop_usage("Give --accept or --dismiss, not both.")
        loaded = load_config(config)
        if accept or dismiss:
            print_json(asyncio.run(_settle(loaded, accept or [], entry or "", dismiss or [], agent)))
        else:
            asyncio.run(_review(loaded, limit=limit, agent=agent, as_json=as_json))


@faq_app.command("export-learned")
def export_learned(
    file: Annotated[Path, typer.Argument(help="The YAML file to write; it must not be there yet.")],
    config: ConfigOption = None,
    move: Annotated[
        bool, typer.Option("--move", help="Then take it out of the database; FILE must be one of faq.files.")
    ] = False,
    agent: Annotated[str, typer.Option("--as", help="Your name, for the audit log.")] = "operator",
) -> None:
    """Write what the bot was taught to a file of the FAQ, to be kept and edited there."""
    from bot.cli import load_config

    with plain_errors():
        loaded = load_config(config)
        if file.exists():
            stop_usage(f"{file} is there already.", hint="Choose another name: no file is written over.")
        written = asyncio.run(_export(loaded, file, move=move, agent=agent))
        console().print(
            f"{written} phrasings written to {file}" + (" and taken out of the database." if move else ".")
        )


async def _settle(
    config: Config, accept: list[str], entry: str, dismiss: list[str], agent: str
) -> dict[str, Any]:
    from bot.faq_beside import desk_beside
    from bot.store.changes import NotPossible

    async with desk_beside(config) as (desk, _):
        try:
            if dismiss:
                return {"settled": await desk.dismiss(dismiss, agent=agent)}
            done = await desk.accept(accept, entry, agent=agent)
        except NotPossible as error:
            raise Stop(str(error), hint="relais faq review --json lists the candidates.") from error
        return {"entry": done.entry_id, "phrasings": list(done.phrasings), "settled": done.settled}


async def _review(config: Config, *, limit: int, agent: str, as_json: bool) -> None:
    from bot import faq_review
    from bot.faq_beside import desk_beside

    async with desk_beside(config) as (desk, faq):
        groups = await desk.groups.largest(limit)
        if as_json:
            print_json(faq_review.as_json(groups))
        elif not groups:
            console().print("Every question got an answer: nothing to look through.")
        else:
            languages = config.company.languages
            await faq_review.Review(desk, faq, agent=agent, languages=languages).run(groups)


async def _export(config: Config, file: Path, *, move: bool, agent: str) -> int:
    from bot.faq_beside import desk_beside

    async with desk_beside(config) as (desk, faq):
        learned = faq.learned
        if not learned.phrasings:
            raise Stop("Nothing was learned yet", hint="relais faq review", code=Exit.PROBLEMS)
        _write(config, file, learned, must_be_read=move)
        if move:
            await desk.moved_to_files(learned, agent=agent)
        return len(learned.phrasings)


def _write(config: Config, file: Path, learned: Learned, *, must_be_read: bool) -> None:
    """What the FAQ can't be read with is not left there. Raises `Stop`."""
    from bot.faq_files import FaqError, load_faq
    from bot.learning.export import as_file

    file.write_text(as_file(learned), encoding="utf-8")
    is_read = file.resolve() in {path.resolve() for path in config.faq_paths()}
    if must_be_read and not is_read:
        file.unlink()
        raise Stop(
            f"{file} would not be read: it fits nothing of faq.files",
            hint="Choose a place that does, or export without --move.",
        )
    try:
        load_faq(config.faq_paths() if is_read else [*config.faq_paths(), file])
    except FaqError as error:
        file.unlink()
        raise Stop(
            f"the FAQ could not be read with it: {error}", hint="relais check shows all of it"
        ) from error
