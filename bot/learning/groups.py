"""Open candidates by likeness, with what is nearest to them in the FAQ of now."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy.orm import Session

from bot.learning import candidates
from bot.learning.candidates import Said
from bot.learning.masking import unmasked
from bot.learning.overlay import Learned
from bot.understanding.faq import Entry
from bot.understanding.grouping import Rarity, group_alike
from bot.understanding.reading import Understanding

T = TypeVar("T")

NEAREST: Final = 3


class Records(Protocol):
    """Where it is kept."""

    async def read(self, work: Callable[[Session], T]) -> T: ...
    async def write(self, work: Callable[[Session], T]) -> T: ...


class Faq(Protocol):
    """The FAQ as it is used now."""

    @property
    def understanding(self) -> Understanding: ...
    @property
    def entries(self) -> tuple[Entry, ...]: ...
    @property
    def learned(self) -> Learned: ...
    async def learned_now(self) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Texts that ask for the same thing, the most frequent first, and what is nearest to them now."""

    id: str  # the candidate that came first
    size: int  # how often they were said together
    said: tuple[Said, ...]
    first_at: datetime
    last_at: datetime
    languages: Mapping[str, int]
    reasons: Mapping[str, int]
    nearest: tuple[tuple[str, float], ...]  # entry and confidence, by the FAQ of now
    picked: Mapping[str, int]  # what customers chose from the suggestions
    answers: tuple[str, ...]  # what agents answered


class Groups:
    """Puts candidates together; remembers the groups until a candidate or the FAQ changes."""

    def __init__(self, records: Records, faq: Faq) -> None:
        self._records = records
        self._faq = faq
        self._known: tuple[Any, list[list[Said]]] = (None, [])
        self._turn = asyncio.Lock()

    async def largest(self, limit: int = 50) -> list[Group]:
        """Open candidates by likeness: the largest first, of equals the most recent."""
        together = await self._together()
        ordered = sorted(together, key=lambda said: (-_count(said), -_last(said).timestamp()))[:limit]
        picked = await self._records.read(candidates.picked)
        return await asyncio.to_thread(lambda: [self._group(said, picked) for said in ordered])

    async def _together(self) -> list[list[Said]]:
        """Grouped once for each state of the candidates and the FAQ, in a thread."""
        async with self._turn:
            faq = self._faq.understanding.faq
            state = (await self._records.read(candidates.open_signature), id(faq))
            if self._known[0] != state:
                said = await self._records.read(candidates.open_said)
                self._known = (state, await asyncio.to_thread(_grouped, said, self._faq.entries))
            return self._known[1]

    def _group(self, said: Sequence[Said], picked: Mapping[str, Mapping[str, int]]) -> Group:
        first = said[0]
        often = sorted(said, key=lambda one: (-one.count, one.id))
        matches = self._faq.understanding.faq.search(unmasked(often[0].text), often[0].languages[0], NEAREST)
        return Group(
            id=first.id,
            size=_count(said),
            said=tuple(often),
            first_at=min(one.first_at for one in said),
            last_at=_last(said),
            languages=Counter(language for one in said for language in one.languages),
            reasons=Counter(reason for one in said for reason in one.reasons),
            nearest=tuple((match.entry_id, round(match.confidence, 3)) for match in matches),
            picked=sum((Counter(picked.get(one.key, {})) for one in said), Counter()),
            answers=tuple(dict.fromkeys(one.answer for one in often if one.answer)),
        )


def _grouped(said: Sequence[Said], entries: Sequence[Entry]) -> list[list[Said]]:
    phrasings = (text for entry in entries for texts in entry.questions.values() for text in texts)
    places = group_alike([unmasked(one.text) for one in said], Rarity(phrasings))
    return [[said[place] for place in group] for group in places]


def _count(said: Sequence[Said]) -> int:
    return sum(one.count for one in said)


def _last(said: Sequence[Said]) -> datetime:
    return max(one.last_at for one in said)
