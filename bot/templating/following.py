"""Texts changed in the company's own folder are spoken without a restart, by every process that sees the folder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from bot.templating.engine import Templates
from channels.port import Problem

log = structlog.get_logger()

LOOK_S: Final = 2.0
_State = tuple[tuple[str, int, int], ...]


async def follow(templates: Templates, own: Path | None) -> None:
    """Look every `LOOK_S` until cancelled. Texts with an error in them leave what is spoken as it is."""
    if own is None:
        return
    seen = await asyncio.to_thread(state_of, own)
    while True:
        await asyncio.sleep(LOOK_S)
        found = await asyncio.to_thread(state_of, own)
        if found == seen:
            continue
        seen = found
        errors = await renew(templates)
        for problem in errors:
            log.error("template_not_taken", where=problem.where, what=problem.what)
        if not errors:
            log.info("templates_renewed", files=len(found))


async def renew(templates: Templates) -> Sequence[Problem]:
    """Read the folders anew and speak them from now on; where there are errors, they are told and nothing changes."""
    trusted = templates.folders[0] if templates.folders else None
    try:
        fresh = await asyncio.to_thread(templates.fresh)
        problems = await asyncio.to_thread(lambda: fresh.check(trusted=trusted))
    except (OSError, ValueError) as error:  # such as a folder that was taken away
        return [Problem(str(templates.folders[-1]), str(error))]
    errors = [problem for problem in problems if problem.severity == "error"]
    if not errors:
        templates.take_over(fresh)
    return errors


def state_of(folder: Path) -> _State:
    """What tells one state of the folder's texts from another, without reading them."""
    found = []
    for path in sorted(folder.rglob("*.j2")):
        with suppress(OSError):
            stat = path.stat()
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
    return tuple(found)
