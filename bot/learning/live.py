"""The FAQ as the running bot uses it: read anew when a file or what was learned changes, without a restart.

Each process looks by itself, about once a second. A new index is learned in a thread and put in place in one
step; a turn under way keeps the one it began with. Files that can't be read leave the old index at work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import structlog

from bot.clock import Clock
from bot.faq_files import FaqEntry, FaqError, load_faq
from bot.learning import book
from bot.learning.overlay import Learned, overlaid
from bot.learning.trial import Decides
from bot.measures import Measures
from bot.store.port import Store, StoreError
from bot.understanding.corrections import Corrections
from bot.understanding.faq import Entry, FaqIndex
from bot.understanding.reading import Understanding
from channels.port import Problem

log = structlog.get_logger()

LOOK_S = 1.0
CALM_S = 0.3
"""Files must stand still for so long: editors and copies write in steps."""
_MOST_CHANGES = 10
"""… but what never stands still is read as it is."""
_WORTH_A_REST_S = 0.3
WAIT_S = 20.0
"""How long a caller waits for its change to be live before it is answered all the same."""

FilesSeen = tuple[tuple[str, int, int, int], ...]


def files_seen(paths: Sequence[Path]) -> FilesSeen:
    """What tells one state of some files from another, without reading them."""
    found = []
    for path in paths:
        with suppress(OSError):
            stat = path.stat()
            found.append((str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)


class LiveFaq:
    """Watches and replaces. What it serves: `dialogue`, `understanding`, `entries`, `learned`, `problems`."""

    def __init__(
        self,
        paths: Callable[[], tuple[Path, ...]],
        *,
        clock: Clock,
        measures: Measures,
    ) -> None:
        """`paths` names the files as they now are. Make it before they are first read, so that no change is
        missed."""
        self._paths = paths
        self._clock = clock
        self._measures = measures
        self._files = files_seen(paths())
        self._seen: tuple[book.Signature, book.Signature] = ((), ())
        self._from_files: tuple[Entry, ...] = ()
        self._wake = asyncio.Event()
        self._looked = asyncio.Condition()
        self._begun = self._done = 0  # looks
        self._well = True  # whether the last one was
        self.entries: tuple[Entry, ...] = ()
        self.learned = Learned()
        self.problems: tuple[Problem, ...] = ()
        self.loaded_at: datetime | None = None

    async def begin(self, dialogue: Decides, store: Store) -> None:
        """Take over from what was read at the start, and add what had been learned. Raises `StoreError`."""
        self.dialogue = dialogue
        self._store = store
        self._from_files = self.entries = dialogue.understanding.faq.entries
        self.loaded_at = self._clock.now()
        self._seen = await store.read(book.signature)
        learned = await store.read(book.learned)
        corrections = await store.read(book.corrections)
        if learned != self.learned or corrections:
            await self._put(self._from_files, learned, Corrections(corrections))

    @property
    def understanding(self) -> Understanding:
        return self.dialogue.understanding

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            self._wake.clear()
            self._begun += 1
            began = self._clock.monotonic()
            self._well = await self._look_safely()
            took_s = self._clock.monotonic() - began
            async with self._looked:
                self._done = self._begun
                self._looked.notify_all()
            if (
                took_s > _WORTH_A_REST_S
            ):  # a long list taught word by word leaves half of the time to the lanes
                await asyncio.sleep(min(took_s, WAIT_S / 4))

    async def learned_now(self) -> bool:
        """Wait for a look that begins from now on; False where it fails or takes too long."""
        wanted = self._begun + 1
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT_S), self._looked:
                await self._looked.wait_for(lambda: self._done >= wanted)
                return self._well
        return False

    async def _look_safely(self) -> bool:
        try:
            await self._look()
        except StoreError as error:
            log.warning("learned_not_read", error=str(error))
        except Exception:  # whatever is wrong with the new, the bot goes on with the old
            log.exception("faq_not_replaced")
            self._measures.faq_reloaded("failed")
        else:
            return True
        return False

    async def _look(self) -> None:
        """Replace what has changed. Raises `StoreError`: then the next look sees the same change."""
        files = await self._files_changed()
        seen = await self._store.read(book.signature)
        learned, corrections = self.learned, self.understanding.corrections
        if seen[0] != self._seen[0]:
            learned = await self._store.read(book.learned)
        if seen[1] != self._seen[1]:
            corrections = Corrections(await self._store.read(book.corrections))
        if not files and seen == self._seen:
            return
        from_files = await self._read_files() if files else self._from_files
        self._seen = seen  # before it is put in place: what can't be learned is not tried again and again
        await self._put(from_files, learned, corrections)

    async def _files_changed(self) -> bool:
        """Whether the files are others than before, and have stopped changing."""
        seen = await asyncio.to_thread(lambda: files_seen(self._paths()))
        if seen == self._files:
            return False
        for _ in range(_MOST_CHANGES):
            await asyncio.sleep(CALM_S)
            again = await asyncio.to_thread(lambda: files_seen(self._paths()))
            if again == seen:
                break
            seen = again
        self._files = seen
        return True

    async def _read_files(self) -> tuple[Entry, ...]:
        """The files' entries; those of before while something is wrong with the files."""
        try:
            entries: tuple[FaqEntry, ...] = await asyncio.to_thread(load_faq, self._paths())
        except FaqError as error:
            self.problems = error.problems
            first = error.problems[0]
            log.error("faq_broken", problems=len(error.problems), where=first.where, what=first.what)
            self._measures.faq_broken.set(1)
            self._measures.faq_reloaded("broken")
            return self._from_files
        self.problems = ()
        self._measures.faq_broken.set(0)
        return entries

    async def _put(self, from_files: tuple[Entry, ...], learned: Learned, corrections: Corrections) -> None:
        """Learn the index anew where its entries changed, and put all of it in place at once."""
        now = self.understanding
        index = now.faq
        if from_files != self._from_files or learned != self.learned:
            index, self.entries = await asyncio.to_thread(self._learn, from_files, learned)
            log.info("faq_replaced", entries=len(index), learned=len(learned.phrasings))
            self._measures.faq_reloaded("done")
        self._from_files, self.learned = from_files, learned
        self.dialogue.understanding = now.changed(faq=index, corrections=corrections)
        self.loaded_at = self._clock.now()

    def _learn(self, from_files: tuple[Entry, ...], learned: Learned) -> tuple[FaqIndex, tuple[Entry, ...]]:
        entries = overlaid(from_files, learned)
        return self.understanding.faq.anew(entries), entries
