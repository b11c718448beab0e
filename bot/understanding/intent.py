"""What a message wants: scored by known phrases, and by a learnt model where no phrase is known.

Says which words decided. What the lexicons say stands; the model adds what it is sure of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from bot.understanding.intent_model import IntentModel, flags, intent_model, spoken
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
_CAPITALS = re.compile("[A-ZÀ-ÖØ-Þ]{2}")
TAKEN_UP: Final[Mapping[str, tuple[str, float, float]]] = {
    "complaint": ("complaint", PRESENT, 0.9),
    "person": ("wants_person", 3.0, 0.9),
    "status": ("order_status", 3.0, 0.9),
    "critical": ("critical", PRESENT, 0.7),
}
"""What of the model is taken up: as which label, how strongly, from which probability."""
TAKEN_UP_WORDS = 3
"""In fewer words only the lexicons are believed: a single unknown word resembles anything."""
_TROUBLE = frozenset({"hurts", "hurts much", "denies", "tired", "sore sign", "complaint", "serious", "?!"})
"""A complaint must sound of trouble: to resemble one is not enough."""
TOLD_WORDS = 2
_ANSWERS = ("yes", "no", "cancel", "skip", "correct")


class Intent(NamedTuple):
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
    likely: Mapping[str, float] = field(default_factory=dict)  # by the model: a probability for each wish

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


def read_intents(tokens: Sequence[str], cleaned: str, model: IntentModel | None = None) -> Intents:
    """Score every label over the tokens of one message; `cleaned` tells how loudly it was written.

    `model` is another than the shipped one.
    """
    model = model or intent_model()
    tokens = spoken(cleaned, tokens)
    found = find_phrases(tokens)
    likely: Mapping[str, float] = {}
    if not all(map(str.isdecimal, tokens)):  # numbers alone wish nothing
        said = flags(cleaned, tokens, found)
        likely = model.likely(tokens, said)
        _take_up(found, likely, tokens, said, model)
    return Intents(
        found=found,
        word_count=len(tokens),
        shouting=_shouting(cleaned),
        whole=tokens[0] if len(tokens) == 1 else "",
        likely=likely,
    )


def _take_up(
    found: dict[str, Intent],
    likely: Mapping[str, float],
    tokens: Sequence[str],
    said: Sequence[str],
    model: IntentModel,
) -> None:
    """Add what the model is sure of and no phrase said. A "what if" stays one, an order's state no complaint."""
    for wish, (label, score, needed) in TAKEN_UP.items():
        if (
            len(tokens) < TAKEN_UP_WORDS
            or likely[wish] < needed
            or (label in found and found[label].score >= score)
        ):
            continue
        if "hypothetical" in found or (wish == "status" and "case_status" in found):
            continue
        troubled = "not_complaint" not in found and not _TROUBLE.isdisjoint((*said, *found))
        if wish in ("complaint", "critical") and not troubled:
            continue
        words = model.model.telling_words(tokens, wish, TOLD_WORDS)
        found[label] = Intent(label, score, tuple(words))


def find_phrases(tokens: Sequence[str]) -> dict[str, Intent]:
    """What the lexicons find, by label."""
    found: dict[str, Intent] = {}
    for hit in _PHRASES.find(tokens):
        _add(found, hit, tokens)
    if len(tokens) == 1 and tokens[0] in NO_ALONE:
        found["no"] = Intent("no", PRESENT, (tokens[0],))
    _keep_short_answers(found, tokens)
    return found


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
    if not _CAPITALS.search(opening):
        return False
    capitals = sum(map(str.isupper, opening))
    if capitals < LOUD_LETTERS * LOUD_SHARE:
        return False
    letters = sum(map(str.isalpha, opening))
    return letters >= LOUD_LETTERS and capitals >= LOUD_SHARE * letters
