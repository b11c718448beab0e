"""Reads the conversation's JSON memory without trusting it: whatever isn't of the expected form counts as
absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from bot.dialogue.turn import State
from channels.port import Attachment

_KINDS = ("image", "audio", "video", "file", "location", "contact")


def text_at(data: Mapping[str, Any], key: str, default: str = "") -> str:
    value = data.get(key)
    return value if isinstance(value, str) else default


def count_at(data: Mapping[str, Any], key: str) -> int:
    value = data.get(key)
    return value if isinstance(value, int) and 0 <= value < 1_000 else 0


def flag_at(data: Mapping[str, Any], key: str) -> bool:
    return data.get(key) is True


def mapping_at(data: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    value = data.get(key)
    return value if isinstance(value, Mapping) else None


def texts_at(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list | tuple) else ()


def moment_at(data: Mapping[str, Any], key: str) -> datetime | None:
    """An aware moment from ISO 8601, None where there is none."""
    try:
        moment = datetime.fromisoformat(text_at(data, key))
    except ValueError:
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else None
    except OverflowError:
        return None


def files_at(data: Mapping[str, Any], key: str) -> tuple[Attachment, ...]:
    value = data.get(key)
    items = value if isinstance(value, list | tuple) else ()
    found = [_attachment(item) for item in items if isinstance(item, Mapping)]
    return tuple(file for file in found if file is not None)


def _attachment(item: Mapping[str, Any]) -> Attachment | None:
    kind, ref = text_at(item, "kind"), text_at(item, "ref")
    if kind not in _KINDS or not ref:
        return None
    size = item.get("size")
    return Attachment(
        kind=cast(Any, kind),
        ref=ref,
        name=text_at(item, "name"),
        mime=text_at(item, "mime", "application/octet-stream"),
        size=size if isinstance(size, int) else None,
    )


def file_json(file: Attachment) -> dict[str, Any]:
    return {"kind": file.kind, "ref": file.ref, "name": file.name, "mime": file.mime, "size": file.size}


def with_key(state: State, key: str, value: Any) -> dict[str, Any]:
    """A copy of the state with one key set, or removed when the value is None."""
    changed = {name: kept for name, kept in state.items() if name != key}
    if value is not None:
        changed[key] = value
    return changed


def without(state: State, *keys: str) -> dict[str, Any]:
    return {name: kept for name, kept in state.items() if name not in keys}
