"""Captured payloads: what a provider sends, and what must come of it. Written by us from public documents.

A file says what it is `about`, holds the body as `raw` (JSON) or `raw_text`, and expects either an `error`
that `says` something, or an `envelope` with a `message` or a `status`. Only fields that differ from their
defaults are listed; nothing else may differ.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    name: str
    raw: bytes
    envelope: dict[str, Any] | None
    message: dict[str, Any] | None
    status: dict[str, Any] | None
    error: str
    says: str


def load(path: Path) -> Captured:
    body = json.loads(path.read_text("utf-8"))
    known = {"about", "raw", "raw_text", "envelope", "message", "status", "error", "says"}
    assert body.keys() <= known, f"{path.name}: unknown keys {body.keys() - known}"
    assert body["about"], f"{path.name}: say what it is"
    return Captured(
        name=path.stem,
        raw=body["raw_text"].encode()
        if "raw_text" in body
        else json.dumps(body["raw"], ensure_ascii=False).encode(),
        envelope=body.get("envelope"),
        message=body.get("message"),
        status=body.get("status"),
        error=body.get("error", ""),
        says=body.get("says", ""),
    )


def as_written(value: object) -> dict[str, Any]:
    """A dataclass as a payload file writes it: plain JSON, without the fields that have their defaults."""
    written: dict[str, Any] = {}
    for field in fields(value):  # type: ignore[arg-type]  # a dataclass, which `object` can't say
        content = getattr(value, field.name)
        if field.name != "raw" and (field.default is MISSING or content != field.default):
            written[field.name] = _plain(content)
    return written


def _plain(value: object) -> Any:
    if isinstance(value, tuple):
        return [item if isinstance(item, str) else as_written(item) for item in value]
    if isinstance(value, datetime):
        assert value.utcoffset() is not None, "times are aware"
        return value.isoformat()
    return str(value) if isinstance(value, str) else value
