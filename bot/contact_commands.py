"""`relais contact`: look at contacts, add one, change one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from bot.terminal import Stop, console, plain_errors, print_json, stop_usage

if TYPE_CHECKING:
    from bot.contacts_data.taking import Ways
    from bot.store.port import Store

contacts_app = typer.Typer(no_args_is_help=True, help="Contacts: list, show, add, edit.")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help='"column=value": name, language, country, birthday, tags, field:NAME … as often as needed.',
    ),
]


@contacts_app.command("list")
def list_contacts(
    words: Annotated[str, typer.Argument(help="Part of a name, an address or a number.")] = "",
    config: ConfigOption = None,
    after: Annotated[str, typer.Option(help="The last id of the page before.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="Contacts on a page.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """Contacts in the order they were added."""
    with plain_errors():
        from bot.contacts_data.searching import search_contacts

        async def look(store: Store, ways: Ways) -> list[dict[str, Any]]:
            ids = await store.read(
                lambda session: search_contacts(
                    session, words, country=ways.country, after=after, limit=limit
                )
            )
            return [await _contact(store, contact_id) for contact_id in ids]

        found = _run(config, look)
        if as_json:
            print_json(found)
            return
        grid = Table("id", "name", "reached by", "stage", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for row in found:
            grid.add_row(row["id"], Text(row["name"]), Text(", ".join(row["addresses"])), row["stage"])
        console().print(grid)


@contacts_app.command("show")
def show_contact(
    contact_id: Annotated[str, typer.Argument(help="Its id, as list shows it.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everything of one contact."""
    with plain_errors():
        found = _run(config, lambda store, ways: _contact(store, contact_id))
        _show(found, as_json=as_json)


@contacts_app.command("add")
def add_contact(
    address: Annotated[
        list[str] | None, typer.Option("--address", help='"channel:value", such as sms:0550000001.')
    ] = None,
    values: SetOption = None,
    source: Annotated[
        str, typer.Option(help="Where the first contact was: phone, trade_fair …")
    ] = "operator",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """A new contact."""
    with plain_errors():
        from bot.contacts_data.editing import checked, checked_address, create_contact

        async def add(store: Store, ways: Ways) -> dict[str, Any]:
            ready = checked(_values(values), ways)
            pairs = [_two(each, ":", "--address") for each in address or ()]
            addresses = [checked_address(channel, value, ways) for channel, value in pairs]
            edit = _edit()
            made = await store.write(lambda session: create_contact(session, ready, addresses, source, edit))
            return await _contact(store, made)

        _show(_run(config, add), as_json=as_json)


@contacts_app.command("edit")
def edit(
    contact_id: Annotated[str, typer.Argument(help="Its id, as list shows it.")],
    values: SetOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change what is named, and leave the rest."""
    with plain_errors():
        from bot.contacts_data.editing import checked, edit_contact

        async def change(store: Store, ways: Ways) -> dict[str, Any]:
            ready = checked(_values(values), ways)
            version = (await _contact(store, contact_id))["version"]
            by = _edit()
            await store.write(lambda session: edit_contact(session, contact_id, ready, version, by))
            return await _contact(store, contact_id)

        _show(_run(config, change), as_json=as_json)


def _run(config: Path | None, work: Any) -> Any:
    from bot.cli import load_config
    from bot.clock import Clock
    from bot.contacts_data.faults import say
    from bot.contacts_data.importing import Importer, Options
    from bot.contacts_data.settings import settings_of
    from bot.contacts_data.unreadable import Unreadable
    from bot.import_commands import with_store
    from bot.store.changes import NotPossible

    loaded = load_config(config)

    async def worked(store: Store) -> Any:
        return await work(store, Importer(store, settings_of(loaded), Clock()).ways(Options()))

    try:
        return asyncio.run(with_store(loaded, worked))
    except Unreadable as error:
        raise Stop(say(error.code, error.detail, "en")) from error
    except NotPossible as error:
        raise Stop(str(error)) from error


def _edit() -> Any:
    from bot.clock import Clock
    from bot.contacts_data.editing import Edit
    from bot.ids import IdMaker

    clock = Clock()
    return Edit(actor="operator", now=clock.now(), ids=IdMaker(clock))


async def _contact(store: Store, contact_id: str) -> dict[str, Any]:
    from sqlalchemy import select

    from bot.records import Address, Contact
    from bot.records.base import table_of
    from bot.store.changes import NotFound

    rows = await store.fetch_all(select(table_of(Contact)).where(table_of(Contact).c.id == contact_id))
    if not rows:
        raise NotFound(f"there is no contact {contact_id}")
    addresses = table_of(Address).c
    reached = await store.fetch_all(
        select(addresses.channel, addresses.value)
        .where(addresses.contact_id == contact_id)
        .order_by(addresses.id)
    )
    return dict(rows[0]._mapping) | {"addresses": [f"{row.channel}:{row.value}" for row in reached]}


def _values(pairs: list[str] | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    known = ("name", "language", "timezone", "country", "zone", "organisation_id", "organisation_role",
             "owner_agent_id", "preferred_channel", "external_id", "birthday", "tier", "mode", "tags")  # fmt: skip
    for each in pairs or ():
        name, value = _two(each, "=", "--set")
        if name.startswith("field:"):
            found.setdefault("fields", {})[name.removeprefix("field:")] = value
        elif name == "tags":
            found["tags"] = [tag.strip() for tag in value.split(",")]
        elif name in known:
            found[name] = value
        else:
            stop_usage(f"There is no {name}.", hint=f"Known: {', '.join(known)}, field:NAME")
    return found


def _two(text: str, mark: str, option: str) -> tuple[str, str]:
    left, found, right = text.partition(mark)
    if option == "--set" and left == "field" and not found:
        stop_usage(f"{option} must be like field:NAME=value")
    if not found or not left:
        stop_usage(f"{option} must have a {mark} in it, not {text}")
    return left, right


def _show(found: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(dict(found))
        return
    grid = Table.grid(padding=(0, 2))
    for name, value in found.items():
        if value not in (None, "", [], {}):
            words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            grid.add_row(name, Text(words))
    console().print(grid)
