"""`relais task`: what people are asked to do for contacts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.markup import escape
from rich.table import Table

from bot.terminal import Exit, Stop, console, plain_errors, print_json, stop_usage

if TYPE_CHECKING:
    from bot.tasks import Task, TaskDesk

T = TypeVar("T")

task_app = typer.Typer(no_args_is_help=True, help="Calls that people are asked to make: list, done.")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", envvar="RELAIS_CONFIG", help="The configuration file. Default: relais.yaml here."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document, for scripts.")]


@task_app.command("list")
def list_tasks(
    owner: Annotated[str | None, typer.Option("--owner", help="Of one agent, by id.")] = None,
    status: Annotated[str, typer.Option("--status", help="open, done or dropped.")] = "open",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is to be done, what is due first on top."""
    with plain_errors():
        if status not in ("open", "done", "dropped"):
            stop_usage(f"--status {status} is none", hint="Write open, done or dropped.")
        found = _with_desk(config, lambda desk: desk.listed(owner=owner, status=status))
        if as_json:
            print_json([_as_json(task) for task in found])
            return
        _show(found)


@task_app.command("done")
def close_task(
    task_id: Annotated[str, typer.Argument(help="As `relais task list` shows it.")],
    outcome: Annotated[
        str, typer.Option("--outcome", help="reached, no_answer, wrong_number or not_needed.")
    ],
    note: Annotated[str, typer.Option("--note", help="What came of it, in words.")] = "",
    by: Annotated[str, typer.Option("--by", help="Who did it, for the record.")] = "command line",
    config: ConfigOption = None,
) -> None:
    """Close a task and say how it ended."""
    from bot.tasks import OUTCOMES

    with plain_errors():
        known = next((each for each in OUTCOMES if each == outcome), None)
        if known is None:
            stop_usage(f"--outcome {outcome} is none", hint=f"Write one of {', '.join(OUTCOMES)}.")
        task = _with_desk(config, lambda desk: desk.done(task_id, known, note=note, by=by))
        console().print(f"{task.id} is {task.status}: {task.outcome}.")


def _as_json(task: Task) -> dict[str, object]:
    moments = {"due_at": task.due_at, "created_at": task.created_at, "closed_at": task.closed_at}
    return asdict(task) | {name: at.isoformat() if at else None for name, at in moments.items()}


def _show(tasks: list[Task]) -> None:
    table = Table("Due", "Contact", "Number", "What", "Who", "Id")
    for task in tasks:
        due = f"{task.due_at:%Y-%m-%d %H:%M}Z"
        table.add_row(
            f"[red]{due}[/red]" if task.overdue else due,
            escape(task.contact_name or task.contact_id),
            escape(task.number),
            escape(task.words),
            escape(task.owner_name or "—"),
            task.id,
        )
    console().print(table if tasks else "Nothing is to be done.")


def _with_desk(config: Path | None, work: Callable[[TaskDesk], Awaitable[T]]) -> T:
    from bot.store.changes import NotPossible

    async def run() -> T:
        from bot.cli import load_config
        from bot.clock import Clock
        from bot.ids import IdMaker
        from bot.starting import open_store
        from bot.tasks import TaskDesk

        store = await open_store(load_config(config))
        try:
            clock = Clock()
            return await work(TaskDesk(store, clock=clock, ids=IdMaker(clock)))
        finally:
            await store.close()

    try:
        return asyncio.run(run())
    except NotPossible as error:
        raise Stop(str(error), hint="relais task list shows them.", code=Exit.PROBLEMS) from None
