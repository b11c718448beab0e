"""`relais import`, `export`, `retention`: customers' data by hand and by file.

What a command needs is imported inside it, so that `relais --help` answers at once. Where the program is running on
the same SQLite file, which takes one writer, a file is handed to it over its API.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from bot.terminal import Exit, Stop, console, plain_errors, print_json, stop_usage

if TYPE_CHECKING:
    from bot.config import Config
    from bot.store.port import Store

T = TypeVar("T")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]


class Kind(StrEnum):
    """What can be brought in."""

    CONTACTS = "contacts"
    ORGANISATIONS = "organisations"
    PURCHASES = "purchases"
    QUOTES = "quotes"
    EQUIPMENT = "equipment"
    LOYALTY = "loyalty"
    WAITING = "waiting"
    INTERESTS = "interests"


class Known(StrEnum):
    UPDATE = "update"
    SKIP = "skip"
    ADD = "add"


class Dates(StrEnum):
    DMY = "dmy"
    MDY = "mdy"


class Language(StrEnum):
    FR = "fr"
    AR = "ar"
    EN = "en"


def import_file(
    kind: Annotated[Kind, typer.Argument(help="What the rows are.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX.")],
    config: ConfigOption = None,
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help='"Heading=column", as often as needed; - leaves it out.')
    ] = None,
    mapping_file: Annotated[Path | None, typer.Option(help="A kept mapping (YAML).")] = None,
    keep_mapping: Annotated[
        Path | None, typer.Option(help="Write the mapping here, for the next file.")
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Read all of it and change nothing.")] = False,
    known: Annotated[Known, typer.Option(help="What happens with rows about somebody known.")] = Known.UPDATE,
    dates: Annotated[Dates, typer.Option(help="Day or month first in 05/03/2026.")] = Dates.DMY,
    decimal: Annotated[
        str, typer.Option(help="What 1,234 and 1.234 mean: this mark is the decimal one.")
    ] = ",",
    encoding: Annotated[str, typer.Option(help="Default: found out.")] = "",
    delimiter: Annotated[str, typer.Option(help="Default: found out.")] = "",
    consent_source: Annotated[str, typer.Option(help="Where every yes of the file was given.")] = "",
    consent_date: Annotated[str, typer.Option(help="When, such as 2026-03-05.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Also where this very file was brought in already.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Where the rows to mend go. Default: beside the file.")
    ] = None,
    language: Annotated[Language | None, typer.Option(help="Of the report. Default: the company's.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a file in. Stopped half way, the same command goes on where it stood."""
    with plain_errors():
        from bot.cli import load_config
        from bot.contacts_data.importing import ImportConflict, Options
        from bot.contacts_data.mapping import MappingError, read_mapping
        from bot.contacts_data.tables import TableError
        from bot.importing_here import Job, bring_in

        loaded = load_config(config)
        if decimal not in (",", "."):
            stop_usage("--decimal is , or .")
        options = Options(
            policy=known.value,
            order=dates.value,
            decimal=decimal,
            encoding=encoding,
            delimiter=delimiter,
            consent_source=consent_source,
            consent_at=_day(consent_date),
        )
        try:
            given = (read_mapping(mapping_file) if mapping_file else {}) | dict(
                _pair(each) for each in mapping or ()
            )
            job = Job(
                kind=kind.value,
                file=file,
                given=given,
                options=options,
                preview=preview,
                again=again,
                keep_mapping=keep_mapping,
                report=report or file.with_name(f"{file.stem}.faults.csv"),
                language=language.value if language else loaded.company.language,
                as_json=as_json,
            )
            asyncio.run(bring_in(loaded, job))
        except (TableError, MappingError) as error:
            raise Stop(str(error), hint="relais import --help", code=Exit.USAGE) from error
        except ImportConflict as error:
            raise Stop(
                str(error), hint="--again brings it in once more; known rows are only updated."
            ) from error
        except KeyboardInterrupt:
            raise Stop("Stopped.", hint="The same command goes on where it stood.") from None


def export_contacts(
    file: Annotated[Path, typer.Argument(help="What to write: .csv or .xlsx.")],
    config: ConfigOption = None,
    delimiter: Annotated[str, typer.Option(help="Between the cells of a CSV file.")] = ";",
) -> None:
    """Write all contacts with their fields, addresses and consents."""
    with plain_errors():
        from bot.cli import load_config
        from bot.contacts_data.export import write_csv, write_xlsx
        from bot.contacts_data.settings import settings_of

        if file.suffix not in (".csv", ".xlsx"):
            stop_usage("The file must end with .csv or .xlsx.")
        loaded = load_config(config)
        fields = settings_of(loaded).fields

        async def write(store: Store) -> int:
            if file.suffix == ".xlsx":
                return await write_xlsx(store, fields, file)
            return await write_csv(store, fields, file, delimiter=delimiter)

        count = asyncio.run(with_store(loaded, write))
        console().print(f"{count} contacts written.")


def retention(
    config: ConfigOption = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove them now instead of tonight.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what is older than `retention:` of the configuration allows; with --remove, remove it."""
    with plain_errors():
        from bot.cli import load_config
        from bot.clock import Clock
        from bot.contacts_data.retention import count_due, remove_due
        from bot.contacts_data.settings import settings_of
        from bot.ids import IdMaker

        loaded = load_config(config)
        settings, clock = settings_of(loaded), Clock()

        async def look(store: Store) -> dict[str, int]:
            if remove:
                return await remove_due(store, settings, clock.now(), IdMaker(clock))
            return await count_due(store, settings, clock.now())

        found = asyncio.run(with_store(loaded, look))
        if as_json:
            print_json({"removed" if remove else "due": found})
            return
        words = ", ".join(f"{count} {kind}" for kind, count in found.items() if count) or "nothing"
        console().print(f"{'Removed' if remove else 'Due'}: {words}.")


async def with_store(config: Config, work: Callable[[Store], Awaitable[T]]) -> T:
    """Open the database, work, close it. Where the program holds it, that is said."""
    from bot.replay import opened_alone

    store = await opened_alone(config)
    try:
        return await work(store)
    finally:
        await store.close()


def _pair(text: str) -> tuple[str, str]:
    heading, equals, target = text.rpartition("=")
    if not equals or not heading:
        stop_usage(f"--map must be like Téléphone=phone, not {text}")
    return heading, target


def _day(text: str) -> str:
    from datetime import date

    try:
        return text and date.fromisoformat(text).isoformat()
    except ValueError:
        stop_usage(f"--consent-date must be a day such as 2026-03-05, not {text}")
