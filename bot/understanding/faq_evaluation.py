"""Figures of an FAQ index on labelled questions. Pure: what was asked and found in, figures out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

OUT_OF_SCOPE: Final = "oos"
_FEWEST: Final = 10  # answers before a share of them means something

Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One labelled question with what was found for it, best first."""

    text: str
    label: str
    lang: str
    in_scope: bool
    found: tuple[str, ...]  # entries
    probability: float  # of the first

    @property
    def right(self) -> bool:
        return bool(self.found) and self.found[0] == self.label


def figures_of(asked: Sequence[Asked], threshold: float) -> Figures:
    """Shares between 0 and 1; None where nothing was asked that could tell."""
    inside = [one for one in asked if one.in_scope]
    outside = [one for one in asked if not one.in_scope]
    given = [one for one in asked if one.found and one.probability >= threshold]
    return {
        "accuracy_at_1": _share(inside, lambda one: one.right),
        "accuracy_at_3": _share(inside, lambda one: one.label in one.found[:3]),
        "coverage_at_90": coverage_at(asked, 0.90),
        "coverage_at_95": coverage_at(asked, 0.95),
        "precision_at_threshold": _share(given, lambda one: one.right),
        "coverage_at_threshold": _share(inside, lambda one: one.probability >= threshold),
        "accuracy_at_threshold": _share(inside, lambda one: one.right and one.probability >= threshold),
        "oos_recall": len(_refused(outside, threshold)) / len(outside) if outside else None,
        "oos_recall_at_accuracy_90": _recall_at_accuracy(inside, outside, 0.90),
    }


def coverage_at(asked: Sequence[Asked], precision: float) -> float | None:
    """The largest share of in-scope questions answered with such a precision, threshold chosen in hindsight.

    Questions of equal probability are answered together.
    """
    order = sorted((one for one in asked if one.found), key=lambda one: -one.probability)
    total = sum(one.in_scope for one in asked)
    if not total:
        return None
    best, right, inside = 0.0, 0, 0
    for count, one in enumerate(order, 1):
        right += one.right
        inside += one.in_scope
        tied = count < len(order) and order[count].probability == one.probability
        if not tied and count >= min(_FEWEST, len(order)) and right >= precision * count:
            best = inside / total
    return best


def confusions(asked: Sequence[Asked], threshold: float = 0.0) -> list[tuple[str, str, int, str]]:
    """Pairs of what was meant and what was found first, with how often and an example; most frequent first."""
    pairs: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for one in asked:
        if one.found and not one.right and one.probability >= threshold:
            pair = (one.label, one.found[0])
            pairs[pair] += 1
            examples.setdefault(pair, one.text)
    return [(meant, found, count, examples[meant, found]) for (meant, found), count in pairs.most_common()]


def _refused(outside: Sequence[Asked], threshold: float) -> list[Asked]:
    return [one for one in outside if not one.found or one.probability < threshold]


def _recall_at_accuracy(inside: Sequence[Asked], outside: Sequence[Asked], accuracy: float) -> float | None:
    """Share of strangers refused where as many in-scope questions as wanted are answered rightly."""
    right = sorted((one.probability for one in inside if one.right), reverse=True)
    needed = round(accuracy * len(inside))
    if not outside or not needed or len(right) < needed:
        return None
    return len(_refused(outside, right[needed - 1])) / len(outside)


def _share(of: Sequence[Asked], holds: Callable[[Asked], bool]) -> float | None:
    return sum(holds(one) for one in of) / len(of) if of else None
