"""BERT's encoder in NumPy: numbers of pieces in, one vector a text out. source: Devlin et al., NAACL 2019

Texts of one length are computed together, so that nothing is padded or masked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from bot.understanding.features import Floats, Ints

Pooling = Literal["mean", "cls", "max"]
_AT_ONCE: Final = 1_024  # pieces computed together: more need memory, fewer need time
_LIMITS: Final = {"hidden": (8, 2_048), "layers": (1, 48), "heads": (1, 64), "inner": (8, 8_192)}
_ERF: Final = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
_ERF_P: Final = 0.3275911


class BadModel(ValueError):
    """The weights and the description don't make a model: says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The measures of an encoder."""

    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int
    vocabulary: int
    epsilon: float = 1e-12
    tanh: bool = False  # the gelu's approximation by tanh
    pooling: Pooling = "mean"

    def check(self) -> None:
        """Raises `BadModel` for measures that no model of this kind has."""
        for name, (least, most) in _LIMITS.items():
            if not least <= getattr(self, name) <= most:
                raise BadModel(f"{name} is {getattr(self, name)}, not {least} to {most}")
        if self.hidden % self.heads:
            raise BadModel(f"{self.hidden} dimensions can't be shared among {self.heads} heads")
        if not 0 < self.epsilon < 1:
            raise BadModel("the epsilon of the norms is not between 0 and 1")

    def tensors(self) -> dict[str, tuple[int, ...]]:
        """The name and size of every array of weights that is needed."""
        wide, inner = self.hidden, self.inner
        found: dict[str, tuple[int, ...]] = {
            "embeddings.word_embeddings.weight": (self.vocabulary, wide),
            "embeddings.position_embeddings.weight": (self.positions, wide),
            "embeddings.LayerNorm.weight": (wide,),
            "embeddings.LayerNorm.bias": (wide,),
        }
        for number in range(self.layers):
            for name, rows, columns in (
                ("attention.self.query", wide, wide),
                ("attention.self.key", wide, wide),
                ("attention.self.value", wide, wide),
                ("attention.output.dense", wide, wide),
                ("intermediate.dense", inner, wide),
                ("output.dense", wide, inner),
            ):
                found[f"encoder.layer.{number}.{name}.weight"] = (rows, columns)
                found[f"encoder.layer.{number}.{name}.bias"] = (rows,)
            for name in ("attention.output.LayerNorm", "output.LayerNorm"):
                found[f"encoder.layer.{number}.{name}.weight"] = (wide,)
                found[f"encoder.layer.{number}.{name}.bias"] = (wide,)
        return found


TYPES: Final = "embeddings.token_type_embeddings.weight"
"""Of which the first row is added everywhere; models without it exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """One layer's weights, turned so that a product needs no turning; query, key and value side by side."""

    look: Floats
    look_bias: Floats
    joined: Floats
    joined_bias: Floats
    first_norm: tuple[Floats, Floats]
    wide: Floats
    wide_bias: Floats
    narrow: Floats
    narrow_bias: Floats
    second_norm: tuple[Floats, Floats]


class Encoder:
    """Immutable; the word table is only read where words are looked up, so it may stay on the disk."""

    def __init__(self, shape: Shape, weights: Mapping[str, Floats]) -> None:
        """Raises `BadModel` where an array is missing or has another size."""
        shape.check()
        for name, size in shape.tensors().items():
            if name not in weights or weights[name].shape != size:
                there = f"is {weights[name].shape}" if name in weights else "is missing"
                raise BadModel(f"{name} {there}, not {size}")
        self.shape = shape
        self._words = weights["embeddings.word_embeddings.weight"]
        types = weights.get(TYPES)
        if types is not None and types.shape[1:] != (shape.hidden,):
            raise BadModel(f"{TYPES} is {types.shape}")
        places = weights["embeddings.position_embeddings.weight"]
        self._places: Floats = places if types is None or not len(types) else places + types[0]
        self._norm = _norm_of(weights, "embeddings.LayerNorm")
        self._layers = [_layer(weights, f"encoder.layer.{number}") for number in range(shape.layers)]

    def vectors(self, texts: Sequence[Sequence[int]]) -> Floats:
        """One vector of length one for each text."""
        found = np.zeros((len(texts), self.shape.hidden), np.float32)
        lengths = np.array([min(len(text), self.shape.positions) for text in texts], np.int64)
        for length in np.unique(lengths[lengths > 0]).tolist():
            alike = np.flatnonzero(lengths == length)
            for some in np.array_split(alike, 1 + (len(alike) * length - 1) // _AT_ONCE):
                numbers = np.array([texts[at][:length] for at in some.tolist()], np.int64)
                found[some] = self._vectors(numbers)
        return found

    def _vectors(self, numbers: Ints) -> Floats:
        count, length = numbers.shape
        looked_up = (self._words[numbers] + self._places[:length]).reshape(count * length, -1)
        state = _normed(looked_up, self._norm, self.shape.epsilon)
        for layer in self._layers:
            seen = self._attended(state @ layer.look + layer.look_bias, count, length)
            joined = seen @ layer.joined + layer.joined_bias
            state = _normed(state + joined, layer.first_norm, self.shape.epsilon)
            inner = _gelu(state @ layer.wide + layer.wide_bias, tanh=self.shape.tanh)
            narrowed = inner @ layer.narrow + layer.narrow_bias
            state = _normed(state + narrowed, layer.second_norm, self.shape.epsilon)
        return to_length_one(self._pooled(state.reshape(count, length, -1)))

    def _attended(self, looks: Floats, count: int, length: int) -> Floats:
        heads, each = self.shape.heads, self.shape.hidden // self.shape.heads
        split = looks.reshape(count, length, 3, heads, each)
        query, key, value = (split[:, :, part].transpose(0, 2, 1, 3) for part in range(3))
        weights = (query @ key.transpose(0, 1, 3, 2)) * np.float32(1 / math.sqrt(each))
        weights -= weights.max(axis=-1, keepdims=True)
        np.exp(weights, out=weights)
        weights /= weights.sum(axis=-1, keepdims=True)
        seen = (weights @ value).transpose(0, 2, 1, 3)
        return np.asarray(seen.reshape(count * length, -1), np.float32)

    def _pooled(self, state: Floats) -> Floats:
        if self.shape.pooling == "cls":
            return np.asarray(state[:, 0])
        return np.asarray(state.max(axis=1) if self.shape.pooling == "max" else state.mean(axis=1))


def to_length_one(vectors: Floats) -> Floats:
    """Each row divided by its length; a row of zeros stays."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), np.float32)


def _layer(weights: Mapping[str, Floats], name: str) -> _Layer:
    looks = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    return _Layer(
        look=np.ascontiguousarray(np.concatenate([weights[f"{each}.weight"] for each in looks]).T),
        look_bias=np.concatenate([weights[f"{each}.bias"] for each in looks]),
        joined=_turned(weights[f"{name}.attention.output.dense.weight"]),
        joined_bias=weights[f"{name}.attention.output.dense.bias"],
        first_norm=_norm_of(weights, f"{name}.attention.output.LayerNorm"),
        wide=_turned(weights[f"{name}.intermediate.dense.weight"]),
        wide_bias=weights[f"{name}.intermediate.dense.bias"],
        narrow=_turned(weights[f"{name}.output.dense.weight"]),
        narrow_bias=weights[f"{name}.output.dense.bias"],
        second_norm=_norm_of(weights, f"{name}.output.LayerNorm"),
    )


def _turned(matrix: Floats) -> Floats:
    return np.ascontiguousarray(matrix.T)


def _norm_of(weights: Mapping[str, Floats], name: str) -> tuple[Floats, Floats]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _normed(state: Floats, norm: tuple[Floats, Floats], epsilon: float) -> Floats:
    scale, shift = norm
    apart: Floats = state - state.mean(axis=-1, keepdims=True)
    apart /= np.sqrt((apart * apart).mean(axis=-1, keepdims=True) + np.float32(epsilon))
    return np.asarray(apart * scale + shift, np.float32)


def _gelu(values: Floats, *, tanh: bool) -> Floats:
    if tanh:
        return np.asarray(
            0.5 * values * (1 + np.tanh(0.7978845608 * (values + 0.044715 * values**3))), np.float32
        )
    return np.asarray(0.5 * values * (1 + _erf(values * np.float32(math.sqrt(0.5)))), np.float32)


def _erf(values: Floats) -> Floats:
    """To 1.5e-7. source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26"""
    size = np.abs(values)
    t = 1 / (1 + np.float32(_ERF_P) * size)
    series = np.float32(_ERF[4]) * t
    for coefficient in _ERF[3::-1]:
        series += np.float32(coefficient)
        series *= t
    np.square(size, out=size)
    np.negative(size, out=size)
    np.exp(size, out=size)
    series *= size
    return np.asarray(np.copysign(1 - series, values), np.float32)
