"""Figures for what was said against what was right. Pure: lists in, figures out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well one label is told."""

    precision: float
    recall: float
    f1: float
    right: int
    wrong: int
    missed: int


def score_of(right: int, wrong: int, missed: int) -> Score:
    """Nothing to find and nothing found counts as perfect."""
    precision = right / (right + wrong) if right + wrong else float(not missed)
    recall = right / (right + missed) if right + missed else 1.0
    f1 = 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0
    return Score(precision=precision, recall=recall, f1=f1, right=right, wrong=wrong, missed=missed)


def by_label(
    pairs: Iterable[tuple[Collection[str], Collection[str]]], labels: Sequence[str]
) -> dict[str, Score]:
    """A score for each label from pairs of what is right and what was said."""
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for truth, said in pairs:
        for label in labels:
            if label in truth:
                (right if label in said else missed)[label] += 1
            elif label in said:
                wrong[label] += 1
    return {label: score_of(right[label], wrong[label], missed[label]) for label in labels}


def macro_f1(scores: dict[str, Score]) -> float:
    """Mean F1 of the labels that occur."""
    counted = [score.f1 for score in scores.values() if score.right + score.missed]
    return sum(counted) / len(counted) if counted else 0.0


def area_under_curve(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """How often a positive one ranks above a negative one, ties by half; None without both kinds."""
    wanted = sum(positive)
    others = len(positive) - wanted
    if not wanted or not others:
        return None
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks = 0.0
    at = 0
    while at < len(order):
        end = at
        while end < len(order) and scores[order[end]] == scores[order[at]]:
            end += 1
        shared = (at + end + 1) / 2
        ranks += sum(shared for place in order[at:end] if positive[place])
        at = end
    return (ranks - wanted * (wanted + 1) / 2) / (wanted * others)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share of them lies; 0 without values."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0
