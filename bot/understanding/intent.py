"""What a message wants, scored by known phrases; says which words decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.understanding.lexicon_complaint import COMPLAINT, FEELINGS, OBJECTS, REMEDIES
from bot.understanding.lexicon_wishes import CARRIER_STOP, SHORT, START, STOP_ANYWHERE, TOPICS, WISHES
from bot.understanding.phrases import Hit, PhraseIndex, parse_lexicon

Severity = Literal["normal", "serious", "critical"]
PRESENT = 2.0
"""Score from which an intent counts as said."""
SHORT_ANSWER_WORDS = 6
"""A yes, no or cancel carries a message of at most this many words; in a longer one it must come first."""

_PHRASES = PhraseIndex(
    parse_lexicon({**WISHES, **COMPLAINT, **OBJECTS, **FEELINGS, **REMEDIES, **SHORT, **TOPICS})
)
NO_ALONE = frozenset({"la"})
"""No in dialect, but the commonest of articles in French: a no only when nothing stands beside it."""
LOUD_LETTERS = 15
LOUD_SHARE = 0.8
"""So many letters, so many of them capitals: somebody shouts."""
_ANSWERS = ("yes", "no", "cancel", "skip", "correct")


@dataclass(frozen=True, slots=True)
class Intent:
    """How strongly a message says one thing, and the words that say it."""

    name: str
    score: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intents:
    """Everything a message wants, by name; scores below `PRESENT` are kept for explanation."""

    found: dict[str, Intent]
    word_count: int
    shouting: bool = False
    whole: str = ""  # the only word of the message, "" when there are more

    def has(self, name: str) -> bool:
        return self.score(name) >= PRESENT

    def score(self, name: str) -> float:
        intent = self.found.get(name)
        return intent.score if intent else 0.0

    def words(self, name: str) -> tuple[str, ...]:
        intent = self.found.get(name)
        return intent.words if intent else ()

    def best(self, prefix: str) -> str:
        """The strongest label of a family: `best("object.")` gives "delivery", or ""."""
        family = [intent for name, intent in self.found.items() if name.startswith(prefix)]
        return max(family, key=lambda intent: intent.score).name[len(prefix) :] if family else ""

    @property
    def complaint(self) -> float:
        """Strength of the complaint once "no problem" and "what if" are taken off."""
        score = self.score("complaint") + self.score("defect") - self.score("not_complaint")
        if "hypothetical" in self.found:
            score -= min(3.0, self.score("hypothetical"))
        return score + (1.0 if score > 0 and "critical" in self.found else 0.0)

    @property
    def angry(self) -> bool:
        return "angry" in self.found or "abuse" in self.found or (self.shouting and self.word_count >= 3)

    @property
    def severity(self) -> Severity:
        if self.has("critical"):
            return "critical"
        return "serious" if self.has("serious") else "normal"

    @property
    def carrier_stop(self) -> bool:
        return self.whole in CARRIER_STOP

    @property
    def stop_word(self) -> bool:
        return self.whole in STOP_ANYWHERE

    @property
    def start_word(self) -> bool:
        return self.whole in START


def read_intents(tokens: Sequence[str], cleaned: str) -> Intents:
    """Score every label over the tokens of one message; `cleaned` tells how loudly it was written."""
    found: dict[str, Intent] = {}
    for hit in _PHRASES.find(tokens):
        _add(found, hit, tokens)
    if len(tokens) == 1 and tokens[0] in NO_ALONE:
        found["no"] = Intent("no", PRESENT, (tokens[0],))
    _keep_short_answers(found, tokens)
    return Intents(
        found=found,
        word_count=len(tokens),
        shouting=_shouting(cleaned),
        whole=tokens[0] if len(tokens) == 1 else "",
    )


def _add(found: dict[str, Intent], hit: Hit, tokens: Sequence[str]) -> None:
    said = " ".join(tokens[hit.start : hit.end])
    before = found.get(hit.label)
    if before is None:
        found[hit.label] = Intent(hit.label, hit.weight, (said,))
    elif said not in before.words:
        found[hit.label] = Intent(hit.label, before.score + hit.weight, (*before.words, said))


def _keep_short_answers(found: dict[str, Intent], tokens: Sequence[str]) -> None:
    """Drop a yes, no or cancel that is only a word inside a longer message."""
    if len(tokens) <= SHORT_ANSWER_WORDS:
        return
    opening = " ".join(tokens[:6])
    for name in _ANSWERS:
        intent = found.get(name)
        if intent and not any(opening.startswith(word) for word in intent.words):
            del found[name]


def _shouting(cleaned: str) -> bool:
    if "!!" in cleaned:
        return True
    opening = cleaned[:200]
    capitals = sum(map(str.isupper, opening))
    if capitals < LOUD_LETTERS * LOUD_SHARE:
        return False
    letters = sum(map(str.isalpha, opening))
    return letters >= LOUD_LETTERS and capitals >= LOUD_SHARE * letters
