"""The FAQ as a command beside the program sees it: read once, its index learned when first needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from bot.learning import book
from bot.learning.groups import Records
from bot.learning.overlay import Learned, overlaid
from bot.understanding.corrections import Corrections
from bot.understanding.faq import Entry
from bot.understanding.reading import Understanding


class StillFaq:
    """See `bot.learning.groups.Faq`."""

    def __init__(
        self,
        from_files: Sequence[Entry],
        records: Records,
        build: Callable[[Sequence[Entry]], Understanding] = Understanding.build,
    ) -> None:
        self._from_files = from_files
        self._records = records
        self._build = build
        self.learned = Learned()
        self.entries: tuple[Entry, ...] = tuple(from_files)
        self.corrections = Corrections()

    @cached_property
    def understanding(self) -> Understanding:
        built = self._build(self.entries)
        return built.changed(faq=built.faq, corrections=self.corrections)

    async def learned_now(self) -> bool:
        """Read what was learned; the running program does the same by itself."""
        self.learned = await self._records.read(book.learned)
        self.corrections = Corrections(await self._records.read(book.corrections))
        self.entries = overlaid(self._from_files, self.learned)
        return False
