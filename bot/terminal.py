"""What the commands show: readable at 80 columns, without colour too, and never a stack trace."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Final, NoReturn

import orjson
import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.config import ConfigError
from channels.port import Problem

MAX_WIDTH: Final = 120  # longer lines are hard to read


class Exit(IntEnum):
    """What the exit codes mean."""

    OK = 0
    PROBLEMS = 1
    USAGE = 2
    CANNOT_START = 3


class Stop(Exception):
    """Ends a command with a message, a hint and an exit code."""

    def __init__(self, message: str, *, hint: str = "", code: Exit = Exit.PROBLEMS) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


def console(*, stderr: bool = False) -> Console:
    """A console for the present standard streams; made anew so that redirection is seen."""
    made = Console(stderr=stderr, highlight=False, soft_wrap=False)
    if made.width > MAX_WIDTH:
        made.width = MAX_WIDTH
    return made


def print_json(value: Any) -> None:
    """One JSON document on standard output, for scripts."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def show_problems(problems: Sequence[Problem], *, title: str) -> None:
    """A list on standard error: where in bold, what beneath it."""
    err = console(stderr=True)
    err.print(Text(title, style="bold red"))
    for problem in problems:
        style = "red" if problem.severity == "error" else "yellow"
        err.print(Text.assemble(("  ", ""), (problem.where, f"bold {style}")), soft_wrap=True)
        err.print(Padding(Text(f"{problem.what[:1].upper()}{problem.what[1:]}"), (0, 0, 0, 4)))


def show_stop(stop: Stop) -> None:
    err = console(stderr=True)
    err.print(Text.assemble(("Error: ", "bold red"), stop.message))
    if stop.hint:
        err.print(Text.assemble(("Hint:  ", "bold"), stop.hint))


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what a command raises into words and an exit code; RELAIS_DEBUG=1 lets the trace through."""
    try:
        yield
    except ConfigError as error:
        if debugging():
            raise
        show_problems(error.problems, title=_counted(len(error.problems)))
        raise typer.Exit(Exit.USAGE) from None
    except Stop as stop:
        if debugging():
            raise
        show_stop(stop)
        raise typer.Exit(stop.code) from None
    except (typer.Exit, typer.Abort, KeyboardInterrupt):
        raise
    except Exception as error:  # the last line of defence: no stack trace reaches an operator unasked
        from scheduler.rules import RuleError

        if debugging():
            raise
        cause = _cause(error)
        if isinstance(cause, RuleError):
            show_problems(cause.problems, title="The rules can't be used:")
            raise typer.Exit(Exit.USAGE) from None
        show_stop(_unexpected(cause))
        raise typer.Exit(Exit.PROBLEMS) from None


def _counted(count: int) -> str:
    return "The configuration can't be used" + (f" ({count} problems):" if count > 1 else ":")


def debugging() -> bool:
    return os.environ.get("RELAIS_DEBUG", "") not in ("", "0")


def _cause(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup):  # several tasks, one cause: the first says it
        error = error.exceptions[0]
    return error


def _unexpected(error: Exception) -> Stop:
    from bot.logs import Redaction

    words = Redaction(bodies=False).clean(str(error)).strip().splitlines()
    said = f": {words[0]}" if words else ""
    return Stop(
        f"{type(error).__name__}{said}", hint="Run it again with RELAIS_DEBUG=1 to see where it happened."
    )


def stop_usage(message: str, *, hint: str = "") -> NoReturn:
    """End because of what was asked for."""
    raise Stop(message, hint=hint, code=Exit.USAGE)
