"""How near texts are in meaning, as a kernel that is added to the likeness of their words.

`WEIGHT * exp(SHARPNESS * (cosine - 1))`: what means nearly the same counts far more than what is merely of
the same field. A row of zeros stands for a text whose meaning isn't known, and is near to nothing.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bot.understanding.features import Floats, Ints

WEIGHT: Final = 4.0
SHARPNESS: Final = 3.0
_LANDMARKS: Final = 128  # phrasings that a long list's meanings are described by
_LEAST: Final = 1e-4  # of the greatest: directions with less are left out


class Nearness:
    """The meanings of the listed phrasings, one row each."""

    def __init__(self, meanings: Floats, strengths: Floats) -> None:
        self.meanings = meanings
        self.strengths: Floats = strengths * meanings.any(axis=1)

    def cosines(self, meaning: Floats) -> Floats:
        """Of one text (or several, one a row) to every phrasing."""
        return np.asarray(meaning @ self.meanings.T)

    def of(self, cosines: Floats, strength: Floats) -> Floats:
        """The kernel, from cosines to every phrasing; `strength` of the one text, or of each."""
        own = np.asarray(strength, np.float32)[..., None]
        return np.asarray(_kernel(cosines) * self.strengths * own, np.float32)

    def some(self, places: Ints) -> Nearness:
        """Of some of the phrasings alone."""
        return Nearness(self.meanings[places], self.strengths[places])

    def centres(self, first: Ints) -> Floats:
        """The sums of the meanings of entries, whose phrasings begin at these places."""
        return np.asarray(np.add.reduceat(self.meanings * self.strengths[:, None], first))

    def among(self, places: Ints) -> Floats:
        """The kernel among the phrasings of each row of places."""
        meanings, strengths = self.meanings[places], self.strengths[places]
        kernel = _kernel(meanings @ meanings.transpose(0, 2, 1))
        return np.asarray(kernel * strengths[:, :, None] * strengths[:, None, :], np.float32)

    def columns(self) -> Floats:
        """Features whose products are nearly the kernel (Nyström's method), where a list is too long for its
        Gram matrix."""
        places = np.flatnonzero(self.strengths)
        if not len(places):
            return np.zeros((len(self.strengths), 0), np.float32)
        marks = self.meanings[places[:: -(-len(places) // _LANDMARKS)]]
        values, vectors = np.linalg.eigh(_kernel(marks @ marks.T).astype(np.float64))
        kept = values > _LEAST * values[-1]
        turned = np.asarray(vectors[:, kept] / np.sqrt(values[kept]), np.float32)
        return np.asarray(_kernel(self.meanings @ marks.T) @ turned * self.strengths[:, None], np.float32)


def _kernel(cosines: Floats) -> Floats:
    return np.asarray(WEIGHT * np.exp(SHARPNESS * (cosines - 1)))
