"""Strict reading of Bot API JSON: each value has the documented type, or the error names its path."""

from __future__ import annotations

import re
from typing import Any

import orjson

from channels.port import Malformed

_INT64 = 2**63 - 1
_HALF_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


class Fields:
    """One JSON object and the path to it. A missing or null field is absent; a wrong type is `Malformed`."""

    __slots__ = ("_path", "_values")

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, dict):
            raise Malformed(f"{path or 'update'}: expected an object, got {_kind(value)}")
        self._values: dict[str, Any] = value
        self._path = path

    def path(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def has(self, key: str) -> bool:
        return self._values.get(key) is not None

    def keys(self) -> frozenset[str]:
        return frozenset(key for key, value in self._values.items() if value is not None)

    def wrong(self, key: str, what: str) -> Malformed:
        return Malformed(f"{self.path(key)}: {what}")

    def integer(self, key: str, *, least: int = -_INT64, most: int = _INT64) -> int:
        value = self._present(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(key, f"expected an integer, got {_kind(value)}")
        if not least <= value <= most:
            raise self.wrong(key, "the number is out of range")
        return value

    def size(self, key: str) -> int | None:
        return self.integer(key, least=0) if self.has(key) else None

    def number(self, key: str, *, least: float, most: float) -> float:
        value = self._present(key)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.wrong(key, f"expected a number, got {_kind(value)}")
        if not least <= value <= most:
            raise self.wrong(key, "the number is out of range")
        return float(value)

    def text(self, key: str) -> str:
        value = self._present(key)
        if not isinstance(value, str):
            raise self.wrong(key, f"expected a text, got {_kind(value)}")
        return value

    def text_or_empty(self, key: str) -> str:
        return self.text(key) if self.has(key) else ""

    def flag(self, key: str) -> bool:
        value = self._values.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, f"expected true or false, got {_kind(value)}")
        return bool(value)

    def child(self, key: str) -> Fields:
        return Fields(self._present(key), self.path(key))

    def children(self, key: str) -> list[Fields]:
        return [Fields(item, f"{self.path(key)}[{index}]") for index, item in enumerate(self.items(key))]

    def items(self, key: str) -> list[Any]:
        value = self._present(key)
        if not isinstance(value, list):
            raise self.wrong(key, f"expected a list, got {_kind(value)}")
        return value

    def _present(self, key: str) -> Any:
        value = self._values.get(key)
        if value is None:
            raise self.wrong(key, "is missing")
        return value


def load_json(raw: bytes) -> object:
    """Read JSON. Raises `Malformed`. Broken UTF-8 and half surrogates become U+FFFD: one odd character must
    not cost a whole batch of updates."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    mended = _HALF_SURROGATE.sub(r"\\ufffd", raw.decode("utf-8", "replace"))
    try:
        return orjson.loads(mended)
    except orjson.JSONDecodeError:
        raise Malformed("not JSON") from None


def dump_json(value: object) -> bytes:
    """Write what `load_json` gave."""
    return orjson.dumps(value)


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a fraction or too large a number",
}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "null")
