"""A linear model whose score is a sum over words: learnt once, read in microseconds, explained word by word.

Every word brings itself and its letter groups, every pair of neighbours brings the pair, a word behind a
negation brings its denied self. All are hashed into one table of small integers, so that no vocabulary is
kept and no unknown word is silent. What a word brings is remembered: people use few words again and again.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.understanding.normalise import word_set

BUCKETS: Final = 1 << 16
WORD, GRAM, PAIR, DENIED, FLAG, FIRST = 1.0, 0.3, 0.8, 0.9, 1.0, 0.6
"""How much of each kind of feature counts."""
MAX_TOKENS: Final = 120
DENIED_REACH: Final = 3
REMEMBERED: Final = 20_000
_ROOM: Final = 4 * MAX_TOKENS  # at most so many words, parts and flags in one message
NEGATIONS = word_set(
    """
    not no never t dont didnt doesnt isnt wasnt cant couldnt wont hasnt havent wouldnt nobody nothing without
    ne pas jamais rien aucun aucune sans plus personne لا لم لن ليس ليست ما بدون غير ماشي مش machi mouch moch
    mech ma makach makanch makayn hatta
    """
)
_SILENT: Final = 2  # what is so little of 127 decides nothing and would only fill the file
Floats = NDArray[np.float32]
Feature = tuple[int, float]


_LAST: Final = BUCKETS - 1
_OF_GRAMS: Final = crc32(b"g")


def bucket(kind: str, text: str) -> int:
    return crc32(f"{kind}{text}".encode()) & _LAST


def shape(token: str) -> str:
    """Numbers are known by their length only: an order number must not be learnt by heart."""
    return f"0x{min(len(token), 9)}" if token.isdecimal() else token


def grams_of(token: str, shortest: int, longest: int) -> tuple[list[int], float]:
    """The buckets of a word's letter groups, and the weight of each, which doesn't grow with its length."""
    framed = f"^{token[:24]}$"
    if framed.isascii():
        written = framed.encode()
        grams = [written[i : i + n] for n in range(shortest, longest + 1) for i in range(len(framed) - n + 1)]
    else:
        slices = (framed[i : i + n] for n in range(shortest, longest + 1) for i in range(len(framed) - n + 1))
        grams = [gram.encode() for gram in slices]
    weight = GRAM * max(1.0, 8 / max(len(grams), 1)) ** 0.5
    return [crc32(gram, _OF_GRAMS) & _LAST for gram in grams], weight


def word_features(token: str, shortest: int, longest: int) -> Iterator[Feature]:
    """A word and its letter groups."""
    yield bucket("w", token), WORD
    grams, weight = grams_of(token, shortest, longest)
    for gram in grams:
        yield gram, weight


def _shaped(tokens: Sequence[str]) -> list[str]:
    """The words that are read; only what begins with a digit can be a number."""
    return [shape(token) if token < ":" else token for token in tokens[:MAX_TOKENS]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Which features a model reads."""

    shortest: int = 3
    longest: int = 4
    pairs: bool = True
    scaled: bool = True  # by the square root of the number of words: long texts shout no louder


def features(tokens: Sequence[str], flags: Iterable[str], form: Shape) -> dict[int, float]:
    """All features of a message, for training; reading sums the same ones from what is remembered."""
    words = _shaped(tokens)
    found: dict[int, float] = {}

    def add(brought: Iterable[Feature]) -> None:
        for at, weight in brought:
            found[at] = found.get(at, 0.0) + weight

    for word in words:
        add(word_features(word, form.shortest, form.longest))
    if form.pairs:
        for part in _context(words):
            add(part_features(part))
        add((at, PAIR) for at in _pairs(words))
    add((bucket("f", flag), FLAG) for flag in flags)
    scale = max(len(words), 1) ** -0.5 if form.scaled else 1.0
    return {at: weight * scale for at, weight in found.items()}


def _context(words: Sequence[str]) -> list[str]:
    """The first word, and what stands behind a negation."""
    if not words:
        return []
    parts = [f"1 {words[0]}"]
    if not NEGATIONS.isdisjoint(words):
        denied = 0
        for word in words:
            if denied:
                denied -= 1
                parts.append(f"3 {word}")
            if word in NEGATIONS:
                denied = DENIED_REACH
    return parts


_PART_WEIGHTS = {"1": FIRST, "3": DENIED}


def part_features(part: str) -> tuple[Feature, ...]:
    return ((bucket("p", part), _PART_WEIGHTS[part[0]]),)


def _pairs(words: Sequence[str]) -> list[int]:
    """The buckets of all neighbours. They are not remembered: most pairs are new."""
    return [crc32(f"p2 {one} {other}".encode()) & _LAST for one, other in pairwise(words)]


class AdditiveModel:
    """Scores of some labels for a list of words."""

    def __init__(self, labels: Sequence[str], rows: Floats, bias: Floats, form: Shape) -> None:
        self.labels = tuple(labels)
        self.form = form
        self._rows = rows
        self._bias = bias
        self._biases: list[float] = bias.tolist()
        self._silent = [0.0] * len(self.labels)
        # What words, parts and flags bring, row by row: a message is a sum of a few rows.
        self._memory: Floats = np.empty((REMEMBERED, len(self.labels)), dtype=np.float32)
        self._places: dict[str, int] = {}

    def margins(self, tokens: Sequence[str], flags: Sequence[str] = ()) -> list[float]:
        """One score a label; above 0 speaks for it."""
        words = _shaped(tokens)
        self._make_room()
        known = self._places
        places = [known[word] if word in known else self._word(word) for word in words]
        if self.form.pairs:
            places += [known[part] if part in known else self._part(part) for part in _context(words)]
        if flags:
            places.append(self._flags(flags))
        scale = len(words) ** -0.5 if self.form.scaled and len(words) > 1 else 1.0
        # Ten labels are added up quicker by hand than by one call of NumPy for each step.
        total = np.add.reduce(self._memory.take(places, axis=0)).tolist() if places else self._silent
        if self.form.pairs and len(words) > 1:
            paired = np.add.reduce(self._rows.take(_pairs(words), axis=0)).tolist()
            total = [one + PAIR * other for one, other in zip(total, paired, strict=True)]
        return [scale * said + bias for said, bias in zip(total, self._biases, strict=True)]

    @property
    def weights(self) -> tuple[Floats, Floats]:
        """The table and the bias, to be packed."""
        return self._rows, self._bias

    def of_features(self, at: NDArray[np.intp], weights: Floats) -> Floats:
        """Scores of a message given as its features."""
        margins: Floats = weights @ self._rows[at] + self._bias
        return margins

    def of_word(self, word: str) -> Floats:
        """What a word by itself says for each label."""
        self._make_room()
        said: Floats = self._memory[self._word(word)].copy()
        return said

    def _make_room(self) -> None:
        """All that one message may bring fits in, so that no place is given away while it is read."""
        if len(self._places) > REMEMBERED - _ROOM:
            self._places.clear()

    def _word(self, word: str) -> int:
        known = self._places.get(word)
        if known is None:
            grams, weight = grams_of(word, self.form.shortest, self.form.longest)
            letters = np.float32(weight) * np.add.reduce(self._rows.take(grams, axis=0))
            known = self._remember(word, WORD * self._rows[bucket("w", word)] + letters)
        return known

    def _part(self, part: str) -> int:
        known = self._places.get(part)
        return self._remember(part, self._sum(part_features(part))) if known is None else known

    def _flags(self, flags: Sequence[str]) -> int:
        """All flags of a message together: the same few come again and again."""
        key = f"f {'|'.join(flags)}"
        known = self._places.get(key)
        if known is None:
            known = self._remember(key, self._sum([(bucket("f", flag), FLAG) for flag in flags]))
        return known

    def _remember(self, key: str, brought: Floats) -> int:
        """The place of what a key brings. Words have no space in them, the other keys have."""
        place = len(self._places)
        self._memory[place] = brought
        self._places[key] = place
        return place

    def _sum(self, brought: Sequence[Feature]) -> Floats:
        places, weights = zip(*brought, strict=True)
        summed: Floats = np.array(weights, dtype=np.float32) @ self._rows.take(places, axis=0)
        return summed

    def reasons(self, tokens: Sequence[str], flags: Iterable[str], label: str) -> list[tuple[str, float]]:
        """What spoke for and against a label, strongest first."""
        words = _shaped(tokens)
        self._make_room()
        number = self.labels.index(label)
        column = self._memory[:, number]
        scale = max(len(words), 1) ** -0.5 if self.form.scaled else 1.0
        said: dict[str, float] = {}
        for word in words:
            said[word] = said.get(word, 0.0) + float(column[self._word(word)]) * scale
        for part in _context(words) if self.form.pairs else ():
            name = {"1": "first word: ", "3": "denied: "}[part[0]] + part[2:]
            said[name] = said.get(name, 0.0) + float(column[self._part(part)]) * scale
        if self.form.pairs:
            for (one, other), at in zip(pairwise(words), _pairs(words), strict=True):
                pair = f"{one} {other}"
                said[pair] = said.get(pair, 0.0) + PAIR * float(self._rows[at, number]) * scale
        for flag in flags:
            said[f"({flag})"] = float(column[self._flags((flag,))]) * scale
        return sorted(said.items(), key=lambda item: -abs(item[1]))

    def telling_words(self, tokens: Sequence[str], label: str, count: int) -> list[str]:
        """The words themselves that spoke for a label most; quicker than all reasons."""
        self._make_room()
        column = self._memory[:, self.labels.index(label)]
        worth: dict[str, float] = {}
        for word in _shaped(tokens):
            worth[word] = worth.get(word, 0.0) + float(column[self._word(word)])
        spoke = [word for word, share in worth.items() if share > 0 and word in tokens]
        return sorted(spoke, key=lambda word: -worth[word])[:count]


def pack(labels: Sequence[str], rows: Floats, bias: Floats, extra: Mapping[str, Any]) -> bytes:
    """A model as a file: a line of JSON, then the weights as compressed integers of one byte."""
    scale = np.maximum(np.abs(rows).max(axis=0), 1e-9) / 127
    header = {
        "labels": list(labels),
        "scale": [round(float(each), 9) for each in scale],
        "bias": [round(float(each), 6) for each in bias],
        **extra,
    }
    small = np.round(rows / scale).astype(np.int8)
    small[np.abs(small) <= _SILENT] = 0
    line = json.dumps(header, ensure_ascii=False, sort_keys=True).encode()
    return line + b"\n" + zlib.compress(small.tobytes(), 9)


def unpack(data: bytes, form: Shape) -> tuple[AdditiveModel, dict[str, Any]]:
    """The model in a file, with its header."""
    line, _, packed = data.partition(b"\n")
    header: dict[str, Any] = json.loads(line)
    small = np.frombuffer(zlib.decompress(packed), dtype=np.int8).reshape(BUCKETS, -1)
    scale = np.array(header["scale"], dtype=np.float32)
    bias = np.array(header["bias"], dtype=np.float32)
    return AdditiveModel(header["labels"], small * scale, bias, form), header
