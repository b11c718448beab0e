"""Learns an additive model: logistic regression, one label against the rest, by AdaGrad over examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.understanding.additive import BUCKETS, AdditiveModel, Floats, Shape

Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How long and how carefully is learnt."""

    rounds: int = 12
    rate: float = 0.25
    decay: float = 2e-5
    softmax: bool = False  # labels that exclude each other
    averaged: int = 6  # the last rounds whose mean is kept: steadier than where the last one ended
    firm: float = 1e-3  # how much each weight begins as if it had seen: what is firm moves slowly
    bias_rate: float = 0.02
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Row:
    """One example as numbers: its features, what is right, and what each label counts."""

    at: Ints
    weights: Floats
    right: Floats
    counts: Floats  # by label: 0 where nothing is known


def as_row(found: dict[int, float], right: Sequence[float], counts: Sequence[float] | float = 1.0) -> Row:
    return Row(
        np.fromiter(found.keys(), dtype=np.intp, count=len(found)),
        np.fromiter(found.values(), dtype=np.float32, count=len(found)),
        np.array(right, dtype=np.float32),
        np.broadcast_to(np.asarray(counts, dtype=np.float32), len(right)),
    )


def learn(
    rows: Sequence[Row],
    labels: Sequence[str],
    form: Shape,
    settings: Settings,
    *,
    start: AdditiveModel | None = None,
) -> AdditiveModel:
    """The model that tells the labels of `rows`, from nothing or from where another model stands.

    The same rows give the same model.
    """
    width = len(labels)
    table = np.zeros((BUCKETS, width), dtype=np.float32)
    bias = np.full(width, 0.0 if settings.softmax else -2.0, dtype=np.float32)
    if start is not None:
        table, bias = (weights.copy() for weights in start.weights)
    seen = np.full((BUCKETS, width), settings.firm, dtype=np.float32)
    order = np.random.default_rng(settings.seed)
    summed = np.zeros_like(table)
    for turn in range(settings.rounds):
        for number in order.permutation(len(rows)):
            row = rows[number]
            margin = row.weights @ table[row.at] + bias
            wrong = (_probabilities(margin, softmax=settings.softmax) - row.right) * row.counts
            slope = row.weights[:, None] * wrong + settings.decay * table[row.at]
            seen[row.at] += slope * slope
            table[row.at] -= settings.rate * slope / np.sqrt(seen[row.at])
            bias -= settings.bias_rate * wrong
        if turn >= settings.rounds - settings.averaged:
            summed += table
    return AdditiveModel(labels, (summed / settings.averaged).astype(np.float32), bias, form)


def _probabilities(margin: Floats, *, softmax: bool) -> Floats:
    if softmax:
        grown = np.exp(margin - margin.max())
        shares: Floats = grown / grown.sum()
        return shares
    return (1.0 / (1.0 + np.exp(-np.clip(margin, -30, 30)))).astype(np.float32)


def folds(groups: Sequence[int], count: int) -> list[list[int]]:
    """Numbers of the rows of each fold; a group is never torn apart."""
    places: list[list[int]] = [[] for _ in range(count)]
    for number, group in enumerate(groups):
        places[(group * 2_654_435_761 >> 8) % count].append(number)
    return places


def fitted_slope(margins: Floats, right: Floats) -> tuple[float, float]:
    """Slope and shift that turn margins into probabilities that hold. source: Platt scaling"""
    slope, shift = 1.0, 0.0
    for _ in range(200):
        likely = 1 / (1 + np.exp(-np.clip(slope * margins + shift, -30, 30)))
        wrong = likely - right
        spread = np.maximum(likely * (1 - likely), 1e-6)
        a = float((spread * margins * margins).sum()) + 1e-3
        b = float((spread * margins).sum())
        c = float(spread.sum()) + 1e-3
        g, h = float((wrong * margins).sum()), float(wrong.sum())
        whole = a * c - b * b
        slope -= 0.5 * (c * g - b * h) / whole
        shift -= 0.5 * (a * h - b * g) / whole
    return round(slope, 4), round(shift, 4)
