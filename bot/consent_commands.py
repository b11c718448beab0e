"""`relais consent`: what a contact allowed, now or then, and why."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from bot.terminal import Exit, Stop, console, plain_errors, print_json, stop_usage

if TYPE_CHECKING:
    from bot.config import Config

consent_app = typer.Typer(no_args_is_help=True, help="The ledger of consent: show.")


@consent_app.command("show")
def show(
    contact: Annotated[str, typer.Argument(help="The contact's id, or an address of theirs.")],
    at: Annotated[
        str | None, typer.Option("--at", help="As it stood then, such as 2026-03-05T09:00. Default: now.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")] = False,
) -> None:
    """Show every word of a contact, and how they stand on each channel and purpose."""
    from bot.cli import load_config

    with plain_errors():
        loaded = load_config(config)
        found = asyncio.run(_look(loaded, contact, _moment(at, loaded)))
        if as_json:
            print_json(found)
        else:
            _print(found)


def _moment(at: str | None, config: Config) -> datetime:
    from bot.clock import Clock

    if at is None:
        return Clock().now()
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        stop_usage(f"--at {at} is not a moment", hint="Write it like 2026-03-05T09:00 or 2026-03-05.")
    return moment if moment.tzinfo else moment.replace(tzinfo=config.company.zone)


async def _look(config: Config, contact: str, at: datetime) -> dict[str, Any]:
    from sqlalchemy import select
    from sqlalchemy.orm import Session

    from bot.consents import channels_of, known_contact, ledger_of, standings_at
    from bot.records import Address
    from bot.records.base import table_of
    from bot.store.changes import NotFound
    from bot.store.port import StoreError
    from bot.store.reading import look_at

    addresses = table_of(Address).c

    def look(session: Session) -> dict[str, Any]:
        owner = session.scalar(select(addresses.contact_id).where(addresses.value == contact).limit(1))
        known = known_contact(session, owner or contact)
        words = ledger_of(session, known.id)
        standings = standings_at(words, channels_of(session, known.id), at)
        return {
            "contact": known.id,
            "name": known.name,
            "mode": known.mode,
            "at": at.isoformat(),
            "standings": [
                {"channel": channel, "purpose": purpose, "state": standing.state}
                for (channel, purpose), standing in standings.items()
            ],
            "history": [
                {
                    "at": word.at.isoformat(),
                    "channel": word.channel,
                    "purpose": word.purpose,
                    "granted": word.granted,
                    "source": word.source,
                    "wording": word.wording,
                }
                for word in words
                if word.at <= at
            ],
        }

    try:
        return await look_at(config.database.url, look)
    except NotFound as error:
        raise Stop(
            str(error), hint="Give the contact's id, or an address as the channel writes it."
        ) from None
    except StoreError as error:
        raise Stop(str(error), hint="See: relais check", code=Exit.CANNOT_START) from error


def _print(found: dict[str, Any]) -> None:
    out = console()
    mode = f", {found['mode'].replace('_', ' ')}" if found["mode"] else ""
    out.print(f"{found['name'] or found['contact']}{mode}, at {found['at']}", soft_wrap=True)
    standings = Table(title="Standing", title_justify="left")
    for heading in ("Channel", "Service", "Information", "Offers"):
        standings.add_column(heading)
    by_channel: dict[str, list[str]] = {}
    for each in found["standings"]:
        by_channel.setdefault(each["channel"] or "(others)", []).append(each["state"])
    for channel, states in by_channel.items():
        standings.add_row(channel, *states)
    out.print(standings)
    words = Table(title="Words", title_justify="left")
    for heading in ("When", "Channel", "Purpose", "Said", "Source", "Wording"):
        words.add_column(heading, overflow="fold")
    for each in found["history"]:
        said = "yes" if each["granted"] else "no"
        words.add_row(
            each["at"][:16], each["channel"] or "all", each["purpose"], said, each["source"], each["wording"]
        )
    out.print(words)
