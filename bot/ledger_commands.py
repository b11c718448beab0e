"""`relais ledger`: proves what was acknowledged and when, beside the running program or without it.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.text import Text

from bot.terminal import Exit, Stop, console, plain_errors, print_json, stop_usage

if TYPE_CHECKING:
    from bot.config import Config
    from bot.ledger.chain import Head
    from bot.ledger.export import Edition
    from bot.ledger.verifying import Verdict

_SHOWN = 50

ledger_app = typer.Typer(
    no_args_is_help=True, help="The proof of what was acknowledged and when: verify it, print it."
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration. Default: relais.yaml here."
    ),
]
FromOption = Annotated[
    datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of the account.")
]
ToOption = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of the account.")
]


@ledger_app.command("verify")
def verify(
    since: FromOption = None,
    until: ToOption = None,
    head: Annotated[
        str | None, typer.Option(help="A head you kept, from a report or a log: ROW:HASH.")
    ] = None,
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")] = False,
) -> None:
    """Follow the whole chain, compare it with the facts and the signed heads, and tell what became of each message.

    Exit code 1 when something was changed, removed or put in, or when a message was left without an acknowledgement
    and nobody was told.
    """
    from bot.clock import Clock

    with plain_errors():
        loaded = _config(config)
        edition = _edition(loaded, since, until, loaded.company.language)
        known = _head(head)
        clock = Clock()
        began = clock.monotonic()
        verdict = asyncio.run(_judged(loaded, edition, known))
        seconds = clock.monotonic() - began
        if as_json:
            print_json(_as_json(verdict, seconds))
        else:
            _show(verdict, seconds)
        raise typer.Exit(Exit.OK if verdict.sound and not verdict.unexplained else Exit.PROBLEMS)


@ledger_app.command("export")
def export(
    csv: Annotated[Path | None, typer.Option(help="A sheet with one line a message.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="A paper for an auditor.")] = None,
    since: FromOption = None,
    until: ToOption = None,
    language: Annotated[str | None, typer.Option(help="fr, ar or en. Default: the company's.")] = None,
    config: ConfigOption = None,
) -> None:
    """Write the ledger's account to a file."""
    with plain_errors():
        if (csv is None) == (pdf is None):
            stop_usage("Give --csv FILE or --pdf FILE.")
        if language not in (None, "fr", "ar", "en"):
            stop_usage(f"There is no language {language}: fr, ar or en.")
        loaded = _config(config)
        edition = _edition(loaded, since, until, language or loaded.company.language)
        target = csv or pdf
        assert target is not None
        if target.exists():
            stop_usage(f"{target} is there already", hint="Name another file.")
        try:
            asyncio.run(
                _write_sheet(loaded, edition, target) if csv else _write_paper(loaded, edition, target)
            )
        except OSError as error:
            raise Stop(f"{target} can't be written: {error.strerror}") from error
        console().print(Text(f"Written to {target}"), soft_wrap=True)


async def _judged(config: Config, edition: Edition, known: Head | None) -> Verdict:
    from bot.ledger.heads import HeadKeeper, NoKey
    from bot.ledger.verifying import verify as judge
    from bot.store.port import StoreError
    from bot.store.reading import look_at

    keeper = HeadKeeper.of(config)
    try:
        return await look_at(
            config.database.url,
            lambda session: judge(
                session,
                keeper.read(),
                now=edition.now,
                since=edition.since,
                until=edition.until,
                known=known,
            ),
        )
    except StoreError as error:
        _no_database(error)
    except NoKey as error:
        raise Stop(
            str(error), hint="Run it as the user that runs the program.", code=Exit.CANNOT_START
        ) from error


async def _write_paper(config: Config, edition: Edition, target: Path) -> None:
    from bot.ledger.export import ledger_document
    from bot.paper import NoFont, find_fonts, to_pdf

    try:
        fonts = find_fonts(config.documents.font, config.documents.bold_font)
    except NoFont as error:
        raise Stop(str(error)) from error
    verdict = await _judged(config, edition, None)
    await asyncio.to_thread(target.write_bytes, to_pdf(ledger_document(verdict, edition), fonts))


async def _write_sheet(config: Config, edition: Edition, target: Path) -> None:
    from sqlalchemy.orm import Session

    from bot.ledger.export import sheet_rows
    from bot.paper.sheet import csv_lines
    from bot.store.port import StoreError
    from bot.store.reading import look_at

    def write(session: Session) -> None:
        with target.open("wb") as file:
            file.writelines(csv_lines(sheet_rows(session, edition), language=edition.language))

    try:
        await look_at(config.database.url, write)
    except StoreError as error:
        _no_database(error)


def _no_database(error: Exception) -> NoReturn:
    hint = "See: relais db current, relais check"
    raise Stop(str(error).splitlines()[0], hint=hint, code=Exit.CANNOT_START) from error


def _config(path: Path | None) -> Config:
    from bot.cli import load_config

    return load_config(path)


def _edition(config: Config, since: datetime | None, until: datetime | None, language: str) -> Edition:
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from bot.clock import Clock
    from bot.ledger.export import Edition

    zone = ZoneInfo(config.company.timezone)
    if since and until and until < since:
        stop_usage("--to lies before --from.")
    return Edition(
        company=config.company.name,
        language=language,
        country=config.company.country,
        zone=zone,
        now=Clock().now(),
        since=since.replace(tzinfo=zone) if since else None,
        until=(until + timedelta(days=1)).replace(tzinfo=zone) if until else None,
    )


def _head(text: str | None) -> Head | None:
    from bot.ledger.chain import Head

    if text is None:
        return None
    seq, _, digest = text.strip().partition(":")
    if not seq.isdigit() or len(digest) != 64:
        stop_usage("A head is ROW:HASH, as the printed ledger shows it.")
    return Head(int(seq), digest.lower())


def _as_json(verdict: Verdict, seconds: float) -> dict[str, Any]:
    return {
        "sound": verdict.sound,
        "rows": verdict.rows,
        "seconds": round(seconds, 3),
        "head": {"seq": verdict.head.seq, "hash": verdict.head.hash},
        "heads": verdict.heads,
        "received": verdict.received,
        "in_time": verdict.in_time,
        "late": verdict.late,
        "waiting": verdict.waiting,
        "worst_s": verdict.worst_s,
        "unexplained": verdict.unexplained,
        "not_sealed_yet": verdict.not_sealed_yet,
        "marks": dict(verdict.marks),
        "problem_count": verdict.problem_count,
        "problems": [{"where": each.where, "what": each.what} for each in verdict.problems],
        "exception_count": verdict.exception_count,
        "exceptions": [
            {
                "message": each.journal_id,
                "channel": each.channel,
                "received_at": each.received_at.isoformat(),
                "marks": list(each.marks),
                "seconds": each.seconds,
            }
            for each in verdict.exceptions
        ],
    }


def _show(verdict: Verdict, seconds: float) -> None:
    out = console()
    for each in verdict.exceptions[:_SHOWN]:
        after = f" after {each.seconds:.1f} s" if each.seconds is not None else ""
        out.print(
            Text.assemble(
                (each.journal_id, "bold"), f"  {each.received_at:%Y-%m-%d %H:%M:%SZ}  {each.channel}  ",
                (", ".join(each.marks), "yellow"), after,
            ),
            soft_wrap=True,
        )  # fmt: skip
    if verdict.exception_count > _SHOWN:
        out.print(f"… and {verdict.exception_count - _SHOWN} more exceptions: relais ledger export")
    for problem in verdict.problems[:_SHOWN]:
        out.print(Text.assemble((f"{problem.where}: ", "bold red"), problem.what), soft_wrap=True)
    if verdict.problem_count > _SHOWN:
        out.print(Text(f"… and {verdict.problem_count - _SHOWN} more problems: --json", style="bold red"))
    if not verdict.heads:
        out.print("No signed head was found: what was cut off from the end can't be seen.", style="yellow")
    elif verdict.heads_unsigned:
        out.print("The key is not here: the heads were compared, their signatures were not.", style="yellow")
    if verdict.not_sealed_yet:
        out.print(f"{verdict.not_sealed_yet} messages are not in the chain yet.")
    rate = f"{verdict.rows} rows in {seconds:.1f} s"
    said = f"chain, facts and {verdict.heads} heads agree" if verdict.sound else "the ledger is NOT sound"
    out.print(Text(f"{rate}: {said}.", style="bold green" if verdict.sound else "bold red"), soft_wrap=True)
    out.print(
        Text(
            f"{verdict.received} received, {verdict.in_time} acknowledged in time, worst {verdict.worst_s:.1f} s, "
            f"{verdict.unexplained} unexplained",
            style="bold" if not verdict.unexplained else "bold red",
        ),
        soft_wrap=True,
    )
