"""What a contact has allowed, at any instant, out of the words in the ledger. Pure.

A word speaks of a channel ("" is every channel) and of a purpose ("all" is every purpose). Of all words that speak
of a channel and purpose the newest is in force; at the same instant, a refusal is. A yes that came with an import
and has no date of its own ("import") counts only where the contact has said nothing: it proves too little to undo
anything. `scheduler.standings` is the same rule as SQL; a test holds the two together. source: PR, domain §7
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from channels.frozen import frozen

Purpose = Literal["service", "information", "offers"]
"""service: reminders the contact counts on; information: news and wishes that sell nothing; offers: the rest."""

PURPOSES: Final[tuple[Purpose, ...]] = ("service", "information", "offers")
PROMOTIONAL: Final[frozenset[str]] = frozenset(("information", "offers"))
"""What counts against the caps and is never sent to somebody unknown or with an open complaint."""

UNDATED: Final = "import"
"""Source of a yes without a date of its own. One with its date has the source "import_dated"."""


@frozen
class Word:
    """One row of the ledger."""

    id: str
    channel: str  # "" = every channel
    purpose: str  # service, information, offers, all
    granted: bool
    at: datetime
    source: str
    wording: str = ""

    def speaks_of(self, channel: str, purpose: str) -> bool:
        return self.channel in ("", channel) and self.purpose in ("all", purpose)

    @property
    def weak(self) -> bool:
        return self.granted and self.source == UNDATED


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a contact stands on one channel and purpose, and the word that says so; none: they never spoke."""

    state: Literal["granted", "refused", "unknown"]
    word: Word | None = None

    def allows(self, *, needs_yes: bool) -> bool:
        """Whether a message may go: a no always stops it, silence only where a yes is needed."""
        return self.state == "granted" or (self.state == "unknown" and not needs_yes)


SILENT: Final = Standing(state="unknown")


def in_force(words: Iterable[Word], channel: str, purpose: str, at: datetime) -> Standing:
    """The standing at an instant; words spoken later are not known then."""
    spoken = [word for word in words if word.at <= at and word.speaks_of(channel, purpose)]
    if not spoken:
        return SILENT
    word = max(spoken, key=_weight)
    return Standing(state="granted" if word.granted else "refused", word=word)


def _weight(word: Word) -> tuple[bool, datetime, bool, str]:
    return not word.weak, word.at, not word.granted, word.id
