"""`relais user`: who may open the console, also while the program runs.

What a command needs is imported inside it, so that `relais --help` answers at once.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from bot.terminal import Stop, console, plain_errors, print_json

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.console.users import Act, User, Users

T = TypeVar("T")

user_app = typer.Typer(
    no_args_is_help=True, help="Users of the console: add, list, passwd, disable, enable, roles."
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]
EmailArgument = Annotated[str, typer.Argument(help="The user's e-mail address.")]
RoleOption = Annotated[
    list[str],
    typer.Option(
        "--role",
        help="agent, complaint_manager, department, marketer, manager or administrator; may be repeated.",
    ),
]
DeskOption = Annotated[str | None, typer.Option("--desk", help="The desk they sit at.")]
StdinOption = Annotated[
    bool, typer.Option("--stdin", help="Read the password from the standard input, for scripts.")
]


@user_app.command("add")
def add_user(
    email: EmailArgument,
    name: Annotated[
        str, typer.Option("--name", help="As colleagues see it. Default: from the address.")
    ] = "",
    role: RoleOption = ["agent"],  # noqa: B006 - typer copies it
    desk: DeskOption = None,
    stdin: StdinOption = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="They set it themselves, by the link of /console/forgot.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Add a user and ask for their password."""
    with plain_errors():
        _check_email(email)
        shown = name or email.partition("@")[0]
        hashed = "" if no_password else _asked_password(email, shown, stdin=stdin)

        def add(session: Session, users: Users, act: Act) -> User:
            user = users.add(session, act, email=email, name=shown, roles=role, desk_id=desk)
            if hashed:
                users.set_password(session, act, user.id, hashed)
            return user

        user = _change(config, add)
        console().print(Text(f"{user.email} may sign in at /console as {', '.join(user.roles)}."))


@user_app.command("list")
def list_users(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show all users."""
    with plain_errors():
        found = _change(config, lambda session, users, act: users.everybody(session))
        if as_json:
            print_json([_as_json(user) for user in found])
            return
        if not found:
            console().print("No user. Add one: relais user add somebody@example.org --role administrator")
            return
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for title in ("e-mail", "name", "roles", "desk", "password", "2nd factor", "last seen", ""):
            table.add_column(title, overflow="fold")
        for user in found:
            table.add_row(
                Text(user.email),
                Text(user.name),
                ", ".join(user.roles),
                user.desk_id or "",
                "yes" if user.has_password else "none",
                "yes" if user.has_second_factor else "",
                f"{user.last_seen_at:%Y-%m-%d %H:%M}Z" if user.last_seen_at else "never",
                "" if user.active else Text("disabled", style="red"),
            )
        console().print(table)


@user_app.command("passwd")
def set_password(email: EmailArgument, stdin: StdinOption = False, config: ConfigOption = None) -> None:
    """Set a user's password. Their sessions end, a closed account opens."""
    with plain_errors():
        known = _change(config, lambda session, users, act: users.by_email(session, email))
        hashed = _asked_password(known.email, known.name, stdin=stdin)

        def change(session: Session, users: Users, act: Act) -> None:
            from bot.console import attempts

            attempts.forgive(session, attempts.key_of("account", known.email))
            users.set_password(session, act, known.id, hashed)

        _change(config, change)
        console().print(Text(f"{known.email} has a new password."))


@user_app.command("disable")
def disable_user(email: EmailArgument, config: ConfigOption = None) -> None:
    """Shut a user out at once. What they did stays on record."""
    with plain_errors():
        _switch(config, email, active=False)
        console().print(Text(f"{email} can't sign in any more."))


@user_app.command("enable")
def enable_user(email: EmailArgument, config: ConfigOption = None) -> None:
    """Let a user in again."""
    with plain_errors():
        _switch(config, email, active=True)
        console().print(Text(f"{email} may sign in again."))


@user_app.command("roles")
def set_roles(
    email: EmailArgument, role: RoleOption, desk: DeskOption = None, config: ConfigOption = None
) -> None:
    """Give a user exactly these roles, and a desk. Their sessions end."""
    with plain_errors():

        def change(session: Session, users: Users, act: Act) -> User:
            user = users.by_email(session, email)
            users.set_roles(session, act, user.id, role, desk if desk is not None else user.desk_id)
            return users.get(session, user.id)

        user = _change(config, change)
        console().print(Text(f"{user.email}: {', '.join(user.roles)}"))


def _switch(config: Path | None, email: str, *, active: bool) -> None:
    def change(session: Session, users: Users, act: Act) -> None:
        users.set_active(session, act, users.by_email(session, email).id, active)

    _change(config, change)


def _change(path: Path | None, work: Callable[[Session, Users, Act], T]) -> T:
    """Run `work` in one transaction beside the running program. What is not possible is said in words."""
    from bot.beside import records_beside
    from bot.cli import load_config
    from bot.clock import Clock
    from bot.console.users import Users
    from bot.ids import IdMaker
    from bot.store.changes import NotFound, NotPossible
    from bot.store.port import StoreError
    from bot.terminal import Exit

    async def change() -> T:
        loaded = load_config(path)
        clock = Clock()
        users = Users(clock=clock, ids=IdMaker(clock))
        async with records_beside(loaded) as records:
            return await records.write(lambda session: work(session, users, users.act("operator")))

    try:
        return asyncio.run(change())
    except NotFound as error:
        raise Stop(str(error), hint="relais user list shows all of them.") from error
    except (NotPossible, ValueError) as error:
        raise Stop(str(error), hint="See: relais user --help") from error
    except StoreError as error:
        raise Stop(
            f"The database can't be used: {error}", hint="See: relais check", code=Exit.CANNOT_START
        ) from error


def _asked_password(email: str, name: str, *, stdin: bool) -> str:
    """The hash of what was typed twice, or read from a script."""
    from bot.console.passwords import Passwords, WeakPassword, check_password
    from bot.console.words import words_in

    if stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    try:
        check_password(password, email=email, name=name)
    except WeakPassword as weak:
        raise Stop(words_in("en")(f"password.{weak.reason}"), hint="Nothing was changed.") from weak
    return asyncio.run(Passwords().hash(password))


def _check_email(email: str) -> None:
    from pydantic import TypeAdapter, ValidationError

    from bot.config.section import EmailAddress

    try:
        TypeAdapter[str](EmailAddress).validate_python(email)
    except ValidationError as error:
        raise Stop(f"{email} is no e-mail address", hint="Such as agent@example.org") from error


def _as_json(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "name": user.name,
        "roles": list(user.roles),
        "desk": user.desk_id,
        "active": user.active,
        "password": user.has_password,
        "second_factor": user.has_second_factor,
        "last_seen_at": user.last_seen_at.isoformat() if user.last_seen_at else None,
    }
