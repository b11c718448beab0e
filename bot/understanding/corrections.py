"""What people said a message really wants: it is believed of the same words, and of nearly the same.

Nearly the same: as many words that matter, in the same order, at most one of them a letter off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.understanding.intent import PRESENT, Intent, Intents
from bot.understanding.intent_model import WISHES
from bot.understanding.normalise import word_set, words_of

SURE: Final = 0.99
UNSAID: Final = 0.01
STRENGTH: Final = 4.0
"""Score of a corrected wish: as strong as a known phrase that is final."""
SLIP_LETTERS: Final = 5
"""In shorter words a letter more or less makes another word."""
_POLITE: Final = word_set(
    "svp stp please pls merci thanks thank bonjour bjr salut hello hi slm salam من فضلك شكرا سلام"
)
_LABELS: Final[Mapping[str, tuple[str, ...]]] = {
    "complaint": ("complaint", "defect", "complain_wish"),
    "status": ("order_status", "case_status"),
    "person": ("wants_person",),
    "opt_out": ("opt_out", "opt_out_offers", "opt_out_maybe"),
    "opt_in": ("opt_in",),
    "smalltalk": ("greeting", "thanks"),
    "praise": ("satisfied",),
    "abuse": ("abuse",),
    "critical": ("critical",),
}
"""The labels that carry a wish, the one that is set first."""
_KEPT: Final = ("critical",)
"""Never taken away: a danger that was named stays one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A text, and the wishes it really has."""

    text: str
    wishes: tuple[str, ...]

    def __post_init__(self) -> None:
        if unknown := set(self.wishes) - set(WISHES):
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(WISHES)}")


class Corrections:
    """Immutable; the newest word about a text counts."""

    def __init__(self, corrections: Iterable[Correction] = ()) -> None:
        self._exact: dict[tuple[str, ...], Correction] = {}
        for correction in corrections:
            self._exact[_telling(words_of(correction.text))] = correction
        self._exact.pop((), None)
        # Of two texts with one different word, either the first halves are the same or the second ones.
        self._by_half: defaultdict[_Half, list[tuple[str, ...]]] = defaultdict(list)
        for words in self._exact:
            for half in _halves(words):
                self._by_half[half].append(words)

    def __len__(self) -> int:
        return len(self._exact)

    def find(self, words: Sequence[str]) -> Correction | None:
        """The correction of these words, or of nearly these."""
        if not self._exact:
            return None
        said = _telling(words)
        exact = self._exact.get(said)
        if exact is not None:
            return exact
        near = (
            known for half in _halves(said) for known in self._by_half.get(half, ()) if _near(said, known)
        )
        found = next(near, None)
        return self._exact[found] if found is not None else None


def corrected(intents: Intents, correction: Correction) -> Intents:
    """The intents with a person's word in place of what was read. An opt-out in a single word stands."""
    found = dict(intents.found)
    likely = dict(intents.likely)
    for wish in WISHES:
        labels = _LABELS.get(wish, ())
        if wish in correction.wishes:
            likely[wish] = SURE
            if labels:
                found[labels[0]] = Intent(
                    labels[0], max(STRENGTH, intents.score(labels[0])), (correction.text,)
                )
        elif wish not in _KEPT or intents.score(wish) < PRESENT:
            likely[wish] = UNSAID
            for label in labels:
                found.pop(label, None)
    if "complaint" in correction.wishes:
        for label in ("not_complaint", "hypothetical"):
            found.pop(label, None)
    return replace(intents, found=found, likely=likely)


_Half = tuple[int, bool, tuple[str, ...]]


def _halves(words: tuple[str, ...]) -> tuple[_Half, _Half]:
    """Both halves, each with the length of the whole and which one it is."""
    middle = len(words) // 2
    return (len(words), False, words[:middle]), (len(words), True, words[middle:])


def _telling(words: Sequence[str]) -> tuple[str, ...]:
    """The words without those that only make a message polite."""
    return tuple(word for word in words if word not in _POLITE)


def _near(said: Sequence[str], known: Sequence[str]) -> bool:
    different = [(one, other) for one, other in zip(said, known, strict=True) if one != other]
    return len(different) == 1 and _one_letter_off(*different[0])


def _one_letter_off(one: str, other: str) -> bool:
    """Whether one letter was added, left out or mistyped; figures are never a slip."""
    short, long = sorted((one, other), key=len)
    if len(short) < SLIP_LETTERS or len(long) - len(short) > 1 or any(map(str.isdigit, one + other)):
        return False
    start = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    skip = 1 if len(short) == len(long) else 0
    return short[start + skip :] == long[start + 1 :]
