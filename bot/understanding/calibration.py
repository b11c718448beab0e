"""How often a match is right, and from where on an answer keeps its promise.

A small logistic model of the evidence, fitted to questions that were left out while the list was learned:
phrasings of entries that stayed, and all phrasings of entries that did not stay, which are strangers. Where
a list gives little to learn from, built-in coefficients prevail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

STRANGERS: Final = 0.2
"""Share of questions that no entry answers, as assumed where it isn't known."""
_PRIOR: Final = np.array([-2.2, 1.0, 2.9, -0.3, 0.7, 0.4, 2.8])
"""Fitted to fresh questions and strangers of lists in three languages, with a sentence model and without; a
list of a kind it never saw did as well."""
_OPTIMISM: Final = 2.0  # how much more often than expected the built-in model errs beyond a limit
_TRUST: Final = 0.01  # variance of the built-in slopes: how far a list's own questions may turn them
_LEVEL: Final = 2.0  # … and of the level, which they may move
_DOUBT: Final = 0.25  # standard errors kept in hand when the threshold is set
_NOISE: Final = 1.0  # … by which what was right may fall short of it by chance
_ENOUGH: Final = 30  # held-out questions of either kind from which a threshold of its own is set
_SEEN: Final = 0.25  # weight of what was right among held-out questions, of what was expected the rest
_WARY: Final = 600  # held-out questions at which a list's own threshold weighs as much as the built-in one
_REFUSED: Final = 0.95  # share of strangers refused where no phrasing can be held out
_ROUNDS: Final = 20
MOST: Final = 0.98
"""The highest confidence that anything but the very words of a phrasing gets."""


class Evidence(NamedTuple):
    """What speaks for an entry."""

    score: float  # of the classifier: 1 is its margin
    lead: float  # over the next entry
    nearest: float  # likeness of its nearest phrasing
    nearest_lead: float  # over the nearest phrasing of any other entry
    words: int
    known: float  # share of what was asked, by weight, that its phrasings have

    def terms(self) -> tuple[float, ...]:
        """The terms of the logistic model, bounded so that nothing runs away with it."""
        return (
            1.0,
            max(-1.5, min(self.score, 1.5)),
            max(-1.5, min(self.lead, 1.5)),
            self.nearest,
            max(-0.6, min(self.nearest_lead, 0.6)),
            math.log1p(min(self.words, 40)) - 2,
            self.known,
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """From evidence to a probability, and the probability from which an answer is given."""

    coefficients: tuple[float, ...]
    limit: float
    held_out: int = 0  # questions it was fitted to

    def probability(self, evidence: Evidence) -> float:
        """How likely the entry is the right answer, 0 to 1."""
        terms = evidence.terms()
        odds = sum(weight * term for weight, term in zip(self.coefficients, terms, strict=True))
        return _logistic(odds)

    def confidence(self, probability: float, answer_from: float) -> float:
        """The probability, moved so that the limit stands at `answer_from`."""
        return min(MOST, self.moved(probability, answer_from))

    def moved(self, probability: float, limit: float) -> float:
        """A probability as another calibration with this limit would have put it."""
        if limit == self.limit:
            return probability
        return _logistic(_odds(probability) - _odds(self.limit) + _odds(limit))


def built_in(precision: float) -> Calibration:
    """Where nothing could be held out."""
    return Calibration(tuple(_PRIOR.tolist()), _built_in_limit(precision))


def _built_in_limit(precision: float) -> float:
    return _bounded(1 - _OPTIMISM * (1 - precision))


def fit(
    terms: Doubles,
    right: Truths,
    strangers: Truths,
    precision: float,
    *,
    held_out_precision: float | None = None,
) -> Calibration:
    """A calibration of held-out questions, given as `Evidence.terms`; no stranger is ever right.

    `held_out_precision` is the precision wanted on these questions, where they are harder than real ones.
    """
    prior = built_in(precision)
    asked = int((~strangers).sum())
    if not asked:
        return _wary_of(prior, terms)
    weights = _weights(strangers)
    coefficients = _regress(terms, right.astype(np.float64), weights)
    limit = prior.limit
    if min(asked, len(terms) - asked) >= _ENOUGH:
        probabilities, wanted = _logistics(terms @ coefficients), held_out_precision or precision
        own = _limit(probabilities, right, weights, wanted)
        trust = len(terms) / (len(terms) + _WARY)
        limit = _bounded(_logistic(trust * _odds(own) + (1 - trust) * _odds(prior.limit)))
        given = probabilities >= limit
        if limit < own and not _borne_out(right[given], weights[given], wanted):
            limit = own
    return Calibration(tuple(coefficients.tolist()), limit, len(terms))


def _wary_of(prior: Calibration, strangers: Doubles) -> Calibration:
    """The built-in calibration, with a limit half way to where all but a few strangers are refused."""
    if len(strangers) < _ENOUGH:
        return prior
    refused = float(np.quantile(_logistics(strangers @ np.array(prior.coefficients)), _REFUSED))
    between = _logistic((_odds(prior.limit) + _odds(max(prior.limit, refused))) / 2)
    return replace(prior, limit=_bounded(between), held_out=len(strangers))


def _logistics(odds: Doubles) -> Doubles:
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))))


def _weights(strangers: Truths) -> Doubles:
    """What each question counts, so that strangers are `STRANGERS` of all."""
    many, few = len(strangers), int(strangers.sum())
    if few in (0, many):
        return np.ones(many)
    share = np.where(strangers, STRANGERS / few, (1 - STRANGERS) / (many - few))
    return np.asarray(share * many)


def _regress(terms: Doubles, right: Doubles, weights: Doubles) -> Doubles:
    """Logistic regression by Newton's method, with the built-in coefficients as its prior."""
    coefficients = _PRIOR.copy()
    prior = np.diag(1 / np.array([_LEVEL, *[_TRUST] * (len(coefficients) - 1)]))
    for _ in range(_ROUNDS):
        found = _logistics(terms @ coefficients)
        slope = terms.T @ (weights * (found - right)) + prior @ (coefficients - _PRIOR)
        curve = (terms * (weights * found * (1 - found))[:, None]).T @ terms + prior
        step = np.linalg.solve(curve, slope)
        coefficients = coefficients - step / max(1.0, float(np.abs(step).max()))  # Newton's may run away
    return coefficients


def _limit(probabilities: Doubles, right: Truths, weights: Doubles, precision: float) -> float:
    """The lowest probability from which answers keep the precision, with some doubt in hand.

    The share that was right is noisy at the top and the model's own expectation is not, so it counts more.
    What was seen must bear it out, but for chance.
    """
    order = np.argsort(-probabilities, kind="stable")
    given = np.cumsum(weights[order])
    effective = given**2 / np.cumsum(weights[order] ** 2)
    error = np.sqrt(precision * (1 - precision) / effective)
    seen = np.cumsum((weights * right)[order]) / given
    expected = np.cumsum((weights * probabilities)[order]) / given
    share = _SEEN * seen + (1 - _SEEN) * expected
    enough = (share - _DOUBT * error >= precision) & (seen + _NOISE * error >= precision)
    kept = np.flatnonzero(enough & (effective >= 10))
    if not len(kept):
        return _bounded(max(float(probabilities.max()) + 0.01, _built_in_limit(precision)))
    return _bounded(float(probabilities[order[kept[-1]]]))


def _borne_out(right: Truths, weights: Doubles, precision: float) -> bool:
    """Whether what was right among answers comes to a precision, but for chance."""
    given = float(weights.sum())
    if not given:
        return True
    effective = given**2 / float((weights**2).sum())
    chance = _NOISE * math.sqrt(precision * (1 - precision) / effective)
    return float(weights @ right) / given + chance >= precision


def _bounded(probability: float) -> float:
    return min(max(probability, 0.5), 0.995)


def _odds(probability: float) -> float:
    bounded = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(bounded / (1 - bounded))


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(odds, 30.0))))
