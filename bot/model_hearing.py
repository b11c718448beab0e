"""Where the FAQ's meanings come from, as configured; and a message's meaning, had before it is decided on.

What computes is imported where it is needed: who uses no model doesn't pay for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from bot.clock import Clock
from bot.config import FaqConfig
from bot.dialogue.talk import joined
from bot.dialogue.turn import Turn
from bot.understanding.embedding.choice import Meanings
from bot.understanding.faq import FaqIndex
from bot.understanding.normalise import clean, words_of

if TYPE_CHECKING:
    from bot.model_meanings import LocalMeanings

KEPT: Final = "phrasings.npz"


class Prepared(Meanings, Protocol):
    """Meanings that may be had beforehand."""

    async def prepare(self, text: str) -> None: ...


def meanings_of(settings: FaqConfig, clock: Clock) -> Prepared | None:
    """As configured; None where words alone decide. Raises `ModelError`."""
    if settings.endpoint.url is not None:
        from bot.model_endpoint import EndpointMeanings

        return EndpointMeanings(settings.endpoint, clock)
    return None if settings.model is None else local_meanings(settings.model)


def local_meanings(folder: Path) -> LocalMeanings:
    """The model of a folder, opened once until another one is imported. Raises `ModelError`."""
    from bot.model_files import ABOUT

    about = folder / ABOUT
    return _opened(folder, about.stat().st_mtime_ns if about.is_file() else 0)


@lru_cache(maxsize=1)
def _opened(folder: Path, changed_ns: int) -> LocalMeanings:
    from bot.model_files import open_model
    from bot.model_meanings import Kept, LocalMeanings

    model = open_model(folder)
    return LocalMeanings(model, Kept(folder / KEPT, model.about.sha256))


class Foresight:
    """Has the meaning of what was said ready when the FAQ is searched: computing or asking takes a while."""

    def __init__(self, faq: Callable[[], FaqIndex]) -> None:
        """`faq` gives the index in use, which may change."""
        self._faq = faq

    async def __call__(self, turn: Turn) -> Turn:
        await self._prepare(turn)
        return turn

    async def _prepare(self, turn: Turn) -> None:
        faq = self._faq()
        meanings = faq.meanings
        if meanings is None or turn.owner != "bot" or not turn.said:
            return
        text = clean(joined(turn.said))
        prepare = getattr(meanings, "prepare", None)
        if prepare is not None and faq.asks_for_meaning(words_of(text)):
            await prepare(text)
