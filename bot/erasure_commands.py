"""`relais contact`: forgets a person, with a certificate.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from bot.terminal import Stop, console, plain_errors, print_json, stop_usage

if TYPE_CHECKING:
    from bot.config import Config
    from bot.erasure import Erased, Preview


def erase(
    who: Annotated[
        str, typer.Argument(metavar="CONTACT", help="The contact's identifier, or an address of theirs.")
    ],
    reason: Annotated[
        str, typer.Option(help="Why, without naming the person: it stays in the audit log.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    certificate: Annotated[Path | None, typer.Option(help="Write the certificate to this PDF.")] = None,
    language: Annotated[str | None, typer.Option(help="Of the certificate: fr, ar or en.")] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration. Default: relais.yaml here."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")] = False,
) -> None:
    """Take a person out of the records for good: names, addresses, words, files. First it shows what would go.

    Identifiers, dates, references and outcomes stay, and the ledger stays whole. While the program runs on SQLite,
    use DELETE /api/v1/contacts/… instead.
    """
    with plain_errors():
        if language not in (None, "fr", "ar", "en"):
            stop_usage(f"There is no language {language}: fr, ar or en.")
        if len(reason.strip()) < 3:
            stop_usage("Say why with --reason, without naming the person.")
        if certificate is not None and certificate.exists():
            stop_usage(f"{certificate} is there already", hint="Name another file.")
        from bot.cli import load_config

        loaded = load_config(config)
        preview, erased = asyncio.run(_erase(loaded, who, reason.strip(), ask=not yes, quiet=as_json))
        if certificate is not None:
            _print_certificate(loaded, erased, certificate, language or loaded.company.language)
        if as_json:
            print_json({"id": erased.id, "contact": erased.contact_id, "counts": dict(erased.counts),
                        "ledger_head": f"{erased.head.seq}:{erased.head.hash}"})  # fmt: skip
            return
        console().print(
            Text(f"Erased: contact {preview.contact_id}, audit entry {erased.id}", style="bold green"),
            soft_wrap=True,
        )


async def _erase(config: Config, who: str, reason: str, *, ask: bool, quiet: bool) -> tuple[Preview, Erased]:
    from bot.clock import Clock
    from bot.erasure import Erasure, rewrite_sqlite
    from bot.ids import IdMaker
    from bot.ledger.heads import HeadKeeper
    from bot.replay import opened_alone
    from bot.store.changes import NotPossible

    clock = Clock()
    store = await opened_alone(config)
    try:
        erasure = Erasure(
            store, HeadKeeper.of(config), clock=clock, ids=IdMaker(clock), media=config.media.folder
        )
        contact_id = await erasure.find(who)
        preview = await erasure.preview(contact_id)
        if not quiet:
            _show(preview)
        if preview.in_the_way:
            raise NotPossible("; ".join(preview.in_the_way))
        if ask:
            typer.confirm("This can't be taken back. Go on?", abort=True)
        erased = await erasure.erase(contact_id, actor=f"operator {getpass.getuser()}", reason=reason)
        if config.database.sqlite_path is not None:
            await asyncio.to_thread(rewrite_sqlite, config.database.sqlite_path)
        return preview, erased
    except NotPossible as error:
        raise Stop(f"{str(error)[:1].upper()}{str(error)[1:]}") from error
    finally:
        await store.close()


def _show(preview: Preview) -> None:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for name, value in (
        ("contact", preview.contact_id),
        ("joined with it", str(preview.joined)),
        ("conversations", str(preview.conversations)),
        ("messages", str(preview.messages)),
        ("complaints", ", ".join(preview.cases) or "none"),
        ("files", str(preview.files)),
        ("mentions elsewhere", str(preview.mentions)),
    ):
        table.add_row(name, Text(value))
    console().print(table)


def _print_certificate(config: Config, erased: Erased, target: Path, language: str) -> None:
    from zoneinfo import ZoneInfo

    from bot.erasure import certificate
    from bot.paper import NoFont, find_fonts, to_pdf

    company = config.company
    paper = certificate(
        erased,
        company=company.name,
        language=language,
        country=company.country,
        zone=ZoneInfo(company.timezone),
    )
    try:
        target.write_bytes(to_pdf(paper, find_fonts(config.documents.font, config.documents.bold_font)))
    except (NoFont, OSError) as error:
        raise Stop(f"It is erased, but the certificate could not be written: {error}") from error
    console(stderr=True).print(Text(f"Certificate: {target}"), soft_wrap=True)
