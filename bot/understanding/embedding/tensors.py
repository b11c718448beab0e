"""Weights from the safetensors format, which holds numbers and nothing that runs.

source: huggingface/safetensors, README, "Format": the length of a JSON header (8 bytes, little end first), the
header with each array's type, shape and place, then the arrays.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bot.understanding.features import Floats

Bytes = npt.NDArray[np.uint8]
MOST_HEADER: Final = 4_000_000
_TYPES: Final = {"F32": 4, "F16": 2, "BF16": 2}
_MOST_AXES: Final = 4


class BadWeights(ValueError):
    """The file of weights is damaged, or of another kind."""


def read_weights(data: Bytes) -> dict[str, Floats]:
    """The arrays of a file of weights. 32-bit arrays are views: of a mapped file only what is used is read.

    Arrays of other kinds (counters, masks) are left out. Raises `BadWeights`.
    """
    size = int.from_bytes(data[:8].tobytes(), "little") if len(data) >= 8 else -1
    if not 2 <= size <= min(MOST_HEADER, len(data) - 8):
        raise BadWeights("it is no safetensors file")
    try:
        header = json.loads(data[8 : 8 + size].tobytes())
    except (ValueError, RecursionError):
        raise BadWeights("its header is no JSON") from None
    if not isinstance(header, dict):
        raise BadWeights("its header is no JSON object")
    rest = data[8 + size :]
    return {
        name: _array(rest, name, about)
        for name, about in header.items()
        if name != "__metadata__" and isinstance(about, dict) and about.get("dtype") in _TYPES
    }


def _array(rest: Bytes, name: str, about: Mapping[str, Any]) -> Floats:
    kind, shape, place = about["dtype"], _whole(about.get("shape")), _whole(about.get("data_offsets"))
    if shape is None or place is None or len(place) != 2 or len(shape) > _MOST_AXES:
        raise BadWeights(f"the header's word on {name[:80]} can't be read")
    start, end = place
    if not start <= end <= len(rest) or end - start != math.prod(shape) * _TYPES[kind]:
        raise BadWeights(f"{name[:80]} lies outside of the file, or is of another size than its shape")
    return _floats(rest[start:end], kind).reshape(shape)


def _whole(values: Any) -> list[int] | None:
    whole = isinstance(values, list) and all(type(value) is int and value >= 0 for value in values)
    return values if whole else None


def _floats(raw: Bytes, kind: str) -> Floats:
    if kind == "F32":
        aligned = raw if raw.ctypes.data % 4 == 0 else raw.copy()
        return np.asarray(aligned.view("<f4"))
    if kind == "F16":
        return raw.copy().view("<f2").astype(np.float32)
    return (raw.copy().view("<u2").astype(np.uint32) << 16).view(np.float32)  # BF16: a float's upper half
