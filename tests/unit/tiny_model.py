"""A very small sentence model with random weights, as its publisher would offer it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bot.understanding.embedding.bert import TYPES, Shape
from bot.understanding.features import Floats

PIECES = (
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "when", "do", "you", "open", "##ing", "hours", "my", "parcel", "is",
    "broken", ".", "?", "how", "much", "a", "brick", "##s", "price", "e", "##te", "deliver", "##y", "cost",
)  # fmt: skip
SHAPE = Shape(hidden=8, layers=2, heads=2, inner=12, positions=64, vocabulary=len(PIECES))
CONFIG = {
    "model_type": "bert", "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
    "intermediate_size": 12, "max_position_embeddings": 64, "vocab_size": len(PIECES),
}  # fmt: skip


def weights(shape: Shape = SHAPE, seed: int = 5) -> dict[str, Floats]:
    random = np.random.default_rng(seed)
    sizes = shape.tensors() | {TYPES: (2, shape.hidden)}
    return {name: random.normal(0, 0.5, size).astype(np.float32) for name, size in sizes.items()}


def safetensors(arrays: Mapping[str, Floats]) -> bytes:
    """The file of these arrays."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, array in arrays.items():
        raw = array.astype("<f4").tobytes()
        place = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": place}
        data += raw
    written = json.dumps(header).encode()
    return len(written).to_bytes(8, "little") + written + data


def files(**changed: bytes | None) -> dict[str, bytes]:
    """The model's files by name; `changed` by their names with _ for every other sign."""
    whole = {
        "config.json": json.dumps(CONFIG).encode(),
        "vocab.txt": "\n".join(PIECES).encode() + b"\n",
        "tokenizer_config.json": b'{"do_lower_case": true}',
        "1_Pooling/config.json": b'{"pooling_mode_mean_tokens": true}',
        "modules.json": json.dumps(
            [{"type": f"sentence_transformers.models.{step}"} for step in ("Transformer", "Pooling")]
        ).encode(),
        "model.safetensors": safetensors(weights()),
    }
    for name in list(whole):
        key = name.replace(".", "_").replace("/", "_")
        if key in changed:
            content = changed[key]
            if content is None:
                del whole[name]
            else:
                whole[name] = content
    return whole


def folder(place: Path, **changed: bytes | None) -> Path:
    for name, content in files(**changed).items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return place


def wheel(place: Path, base: str = "tiny_model/model/", **changed: bytes | None) -> Path:
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny_model/__init__.py", "raise SystemExit('nothing of a wheel is run')")
        for name, content in files(**changed).items():
            archive.writestr(f"{base}{name}", content)
    return place
