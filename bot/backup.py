"""A copy of an SQLite database, whole and consistent also while the program writes."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.clock import Clock
from bot.terminal import Exit, Stop

_PAGES_A_STEP = 1_000  # between two steps the program may write


def backup(source: Path, target: Path | None) -> Path:
    """Copy `source` to a new file and give its path. Raises `Stop` with what to do."""
    if not source.is_file():
        raise Stop(f"There is no database at {source}", hint="It is made at the first start.")
    target = (target or _beside(source)).absolute()
    if target.exists():
        raise Stop(f"{target} is there already", hint="Name another file.", code=Exit.USAGE)
    partial = target.with_name(f"{target.name}.part")
    try:
        _copy(source, partial)
        os.replace(partial, target)
    except (sqlite3.Error, OSError) as error:
        partial.unlink(missing_ok=True)
        raise Stop(f"The copy failed: {error}", hint="Check the disk's room and rights.") from error
    return target


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # it holds customers' words
    read = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)
    write = sqlite3.connect(target)
    with closing(read), closing(write):
        read.backup(write, pages=_PAGES_A_STEP)
        if write.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the copy is not whole")


def _beside(source: Path) -> Path:
    return source.with_name(f"{source.stem}-{Clock().now():%Y%m%d-%H%M%S}{source.suffix}")
