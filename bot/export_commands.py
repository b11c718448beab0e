"""`relais contact export`: hands a person everything that is kept about them.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from bot.terminal import Stop, console, plain_errors, print_json, stop_usage

if TYPE_CHECKING:
    from bot.config import Config
    from bot.person_export import Exported


def export(
    who: Annotated[
        str, typer.Argument(metavar="CONTACT", help="The contact's identifier, or an address of theirs.")
    ],
    to: Annotated[Path | None, typer.Option(help="The zip to write. Default: contact-<id>.zip here.")] = None,
    reason: Annotated[
        str, typer.Option(help="Why, such as the date of their request: it stays in the audit log.")
    ] = "",
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration. Default: relais.yaml here."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")] = False,
) -> None:
    """All data of a person, as JSON and files in a zip; the program may go on running.

    The zip is readable by you alone. The audit log keeps who made it, why, and its SHA-256.
    """
    with plain_errors():
        if len(reason.strip()) < 3:
            stop_usage("Say why with --reason, such as the date of their request.")
        if to is not None and to.exists():
            stop_usage(f"{to} is there already", hint="Name another file.")
        from bot.cli import load_config

        target, done = asyncio.run(_export(load_config(config), who, to, reason.strip()))
        if as_json:
            print_json({"id": done.id, "contact": done.contact_id, "counts": dict(done.counts),
                        "files": done.files, "missing": done.missing, "sha256": done.sha256,
                        "path": str(target)})  # fmt: skip
            return
        told = f"Written to {target}: {sum(done.counts.values())} records, {done.files} files"
        console().print(Text(told, style="bold green"), soft_wrap=True)
        if done.missing:
            console().print(Text(f"{done.missing} files are not on the disk any more"), soft_wrap=True)
        console().print(Text(f"Audit entry {done.id}, SHA-256 {done.sha256}"), soft_wrap=True)


async def _export(config: Config, who: str, to: Path | None, reason: str) -> tuple[Path, Exported]:
    from bot.beside import records_beside
    from bot.clock import Clock
    from bot.ids import IdMaker
    from bot.media import MediaStore
    from bot.person_export import PersonExport
    from bot.store.changes import NotPossible
    from bot.store.port import StoreError

    clock = Clock()
    async with records_beside(config) as records:
        exports = PersonExport(
            records,
            config.database.url,
            MediaStore(config.media.folder, config.media.max_bytes),
            company=config.company.name,
            clock=clock,
            ids=IdMaker(clock),
        )
        try:
            contact_id = await exports.find(who)
            target = to or Path(f"contact-{contact_id}.zip")
            await asyncio.to_thread(target.touch, mode=0o600, exist_ok=False)  # nobody else reads it
        except (NotPossible, StoreError, OSError) as error:
            raise _stopped(error) from error
        try:
            actor = f"operator {getpass.getuser()}"
            return target, await exports.write(contact_id, target, actor=actor, reason=reason)
        except BaseException as error:
            await asyncio.to_thread(target.unlink, missing_ok=True)
            if isinstance(error, StoreError | OSError):
                raise _stopped(error) from error
            raise


def _stopped(error: Exception) -> Stop:
    words = f"{error.filename} is there already" if isinstance(error, FileExistsError) else str(error)
    return Stop(f"{words[:1].upper()}{words[1:]}")
