"""Opens what was learned for a command, whether the program runs or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from bot.beside import records_beside
from bot.clock import Clock
from bot.config import Config
from bot.faq_files import FaqError, load_faq
from bot.ids import IdMaker
from bot.learning import book
from bot.learning.desk import LearningDesk
from bot.learning.still import StillFaq
from bot.model_hearing import meanings_of
from bot.terminal import Stop
from bot.understanding.corrections import Corrections
from bot.understanding.embedding.choice import ModelError
from bot.understanding.faq import Entry
from bot.understanding.reading import Understanding


def kept_corrections(path: Path | None) -> Corrections:
    """What people set right, of a configuration or the usual one; nothing where there is none."""
    from bot.cli import USUAL_FILES, load_config

    if path is None and not any(Path(name).is_file() for name in USUAL_FILES):
        return Corrections()
    config = load_config(path)
    stored = config.database.sqlite_path
    if stored is not None and not stored.exists():
        return Corrections()
    return asyncio.run(_corrections_of(config))


async def _corrections_of(config: Config) -> Corrections:
    async with records_beside(config) as records:
        return Corrections(await records.read(book.corrections))


def _understood(config: Config, entries: Sequence[Entry]) -> Understanding:
    try:
        return Understanding.build(entries, meanings=meanings_of(config.faq, Clock()))
    except ModelError as error:
        raise Stop(f"{error}.") from error


@asynccontextmanager
async def desk_beside(config: Config) -> AsyncIterator[tuple[LearningDesk, StillFaq]]:
    """A desk to teach at, and the FAQ as it stands. Raises `Stop`."""
    try:
        entries = load_faq(config.faq_paths())
    except FaqError as error:
        raise Stop(f"the FAQ can't be read: {error}", hint="relais check shows all of it") from error
    async with records_beside(config) as records:
        faq = StillFaq(entries, records, partial(_understood, config))
        await faq.learned_now()
        clock = Clock()
        yield LearningDesk(records, faq, clock=clock, ids=IdMaker(clock)), faq
