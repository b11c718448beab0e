"""`relais appointment`: the agenda, free places, and what people do with them, by the running program.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from bot.case_commands import _call, _zone
from bot.terminal import console, plain_errors, print_json, stop_usage

appointment_app = typer.Typer(
    no_args_is_help=True, help="Appointments: the agenda, free places, book, move, cancel, outcome."
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
UrlOption = Annotated[
    str | None, typer.Option("--url", help="Where the program answers. Default: as configured.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]
AgentOption = Annotated[str, typer.Option("--agent", help="Who you are, as the customer reads it.")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Of relais appointment list.")]
MomentArgument = Annotated[
    str,
    typer.Argument(
        metavar="WHEN", help="2026-11-24T14:30, in the company's time zone unless another is given."
    ),
]
WithOption = Annotated[str, typer.Option("--with", help="Who or what is met. Default: whoever is free.")]
AnytimeOption = Annotated[
    bool, typer.Option("--anytime", help="Also outside of hours, notice and horizon; never on what is taken.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="Do not write to the contact.")]


@appointment_app.command("list")
def agenda(
    day: Annotated[
        str, typer.Option(help="From the beginning of a day such as 2026-11-24. Default: now.")
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="So many days.")] = 7,
    contact: Annotated[str, typer.Option(help="Of this contact, past ones too.")] = "",
    resource: Annotated[str, typer.Option("--with", help="Of this person or room.")] = "",
    status: Annotated[str, typer.Option(help="proposed, booked, changed, cancelled, held or missed.")] = "",
    config: ConfigOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the agenda."""
    with plain_errors():
        zone = _zone(config)
        asked: dict[str, Any] = {"contact": contact, "resource": resource, "limit": 200}
        if status:
            asked["status"] = status
        if not contact:
            if day:
                asked["first"] = _moment(f"{day}T00:00", zone)
            first = datetime.fromisoformat(asked["first"]) if day else _now(zone)
            asked["last"] = (first + timedelta(days=days)).isoformat()
            asked.setdefault("first", first.isoformat())
        found = _call(config, url, "GET", "/appointments", params=asked)
        if as_json:
            print_json(found)
        elif not found:
            console().print("Nothing is booked.")
        else:
            console().print(_table(found, zone))


@appointment_app.command("free")
def free(
    kind: Annotated[str, typer.Argument(help="A kind of appointments.kinds.")],
    day: Annotated[
        str, typer.Option(help="From a day such as 2026-11-24. Default: the first possible.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="So many at most.")] = 20,
    config: ConfigOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show free places."""
    with plain_errors():
        asked = {"kind": kind, "limit": limit, **({"first": day} if day else {})}
        found = _call(config, url, "GET", "/appointments/free", params=asked)
        if as_json:
            print_json(found)
            return
        zone = _zone(config)
        for slot in found:
            console().print(Text(f"{_shown(slot['starts_at'], zone)}  {slot['resource']}"))
        if not found:
            console().print("Nothing is free.")


@appointment_app.command("waiting")
def waiting(config: ConfigOption = None, url: UrlOption = None, as_json: JsonOption = False) -> None:
    """Show the waiting lists, in their order."""
    with plain_errors():
        found = _call(config, url, "GET", "/appointments/waiting")
        if as_json:
            print_json(found)
            return
        zone = _zone(config)
        for place in found:
            name = place["contact_name"] or place["contact_id"]
            line = f"{place['kind']}  {_shown(place['since'], zone)}  {name}  {place['status']}"
            console().print(Text(line))
        if not found:
            console().print("Nobody waits.")


@appointment_app.command("book")
def book(
    contact: Annotated[str, typer.Argument(help="The contact's id.")],
    kind: Annotated[str, typer.Argument(help="A kind of appointments.kinds.")],
    when: MomentArgument,
    agent: AgentOption,
    resource: WithOption = "",
    place: Annotated[str, typer.Option(help="Where. Default: the kind's place.")] = "",
    anytime: AnytimeOption = False,
    quiet: QuietOption = False,
    config: ConfigOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Book for a contact, who is told."""
    with plain_errors():
        ask = {
            "agent": agent, "contact_id": contact, "kind": kind, "starts_at": _moment(when, _zone(config)),
            "resource": resource, "place": place, "anytime": anytime, "tell": not quiet,
        }  # fmt: skip
        _done("Booked", _call(config, url, "POST", "/appointments", json=ask), config, as_json=as_json)


@appointment_app.command("move")
def move(
    appointment: IdArgument,
    when: MomentArgument,
    agent: AgentOption,
    resource: WithOption = "",
    anytime: AnytimeOption = False,
    quiet: QuietOption = False,
    config: ConfigOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put it on another place; the contact is told."""
    with plain_errors():
        ask = {
            "agent": agent, "starts_at": _moment(when, _zone(config)), "resource": resource, "anytime": anytime,
            "tell": not quiet,
        }  # fmt: skip
        found = _call(config, url, "POST", f"/appointments/{appointment}/move", json=ask)
        _done("Moved", found, config, as_json=as_json)


@appointment_app.command("cancel")
def cancel(
    appointment: IdArgument,
    agent: AgentOption,
    reason: Annotated[str, typer.Option(help="As the contact reads it.")] = "",
    quiet: QuietOption = False,
    config: ConfigOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give the place back; the contact is told, and the next on the waiting list is offered it."""
    with plain_errors():
        ask = {"agent": agent, "reason": reason, "tell": not quiet}
        found = _call(config, url, "POST", f"/appointments/{appointment}/cancel", json=ask)
        _done("Cancelled", found, config, as_json=as_json)


@appointment_app.command("outcome")
def outcome(
    appointment: IdArgument,
    result: Annotated[str, typer.Argument(help="came, missed, accepted, refused, proposal or done.")],
    agent: AgentOption,
    recap: Annotated[str, typer.Option(help="What was agreed: sent to the contact at once.")] = "",
    quiet: QuietOption = False,
    config: ConfigOption = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write down what came of it; the follow-up goes by it."""
    with plain_errors():
        ask = {"agent": agent, "outcome": result, "recap": recap, "tell": not quiet}
        found = _call(config, url, "POST", f"/appointments/{appointment}/outcome", json=ask)
        _done("Written down", found, config, as_json=as_json)


def _done(word: str, found: dict[str, Any], config: Path | None, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    when = _shown(found["starts_at"], _zone(config))
    result = found["outcome"] or found["status"]
    console().print(
        Text(f"{word}: {found['kind']} {when} with {found['resource']}, {result} ({found['id']})")
    )


def _table(found: list[dict[str, Any]], zone: tzinfo) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("when", "what", "with", "who", "state", "id"):
        table.add_column(heading, overflow="fold")
    for one in found:
        state = one["outcome"] or one["status"]
        style = "dim" if one["status"] in ("cancelled", "proposed") else ""
        table.add_row(
            Text(_shown(one["starts_at"], zone), style=style),
            Text(one["kind"], style=style),
            Text(one["resource"], style=style),
            Text(one["contact_name"] or one["contact_id"], style=style),
            Text(state, style=style),
            Text(one["id"], style=style),
        )
    return table


def _shown(moment: str, zone: tzinfo) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(zone):%a %Y-%m-%d %H:%M}"


def _moment(text: str, zone: tzinfo) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        stop_usage(f"{text} is no time.", hint="Write it such as 2026-11-24T14:30.")
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def _now(zone: tzinfo) -> datetime:
    from bot.clock import Clock

    return Clock().now().astimezone(zone)
