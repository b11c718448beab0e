"""Between reading and validating: unknown keys, secrets from files, lists from text, paths made absolute."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.config.shape import VALUE, Shape, fields_of, model_for
from bot.config.source import Source, nearest

MAX_SECRET_BYTES: Final = 65_536
_OFF: Final = frozenset(("false", "no", "off", "n", "f", "0"))


@dataclass(slots=True)
class Preparer:
    """Walks the data along its shape and notes what is wrong in `source.problems`."""

    source: Source
    folder: Path  # what relative paths are relative to
    secret_files: list[Path] = field(default_factory=list)
    switched_off: bool = False  # inside an account that is not used: its secrets need not be there

    def prepare(self, value: Any, shape: Shape, key: str) -> Any:
        """The value as its model wants it."""
        value = self._from_json(value, shape, key)
        if shape.kind == "section" and isinstance(value, dict):
            return self._section(value, shape, key)
        if shape.kind == "map" and isinstance(value, dict):
            return self._map(value, shape.item or VALUE, key)
        if shape.kind == "list":
            return self._list(value, shape.item or VALUE, key)
        if shape.path and isinstance(value, str) and value:
            return (self.folder / Path(value).expanduser()).absolute()
        return value

    def _from_json(self, value: Any, shape: Shape, key: str) -> Any:
        """Lists and mappings from the environment come as JSON."""
        structured = shape.kind != "value" or shape.or_map
        if not structured or not isinstance(value, str) or value.strip()[:1] not in ("{", "["):
            return value
        try:
            return json.loads(value)
        except ValueError as error:
            self.source.wrong(key, f"begins as JSON but is not: {error}")
            return None

    def _section(self, data: dict[str, Any], shape: Shape, key: str) -> dict[str, Any]:
        model = model_for(shape, data)
        if model is None:  # the missing or unknown `kind` is told once, by the validation
            return {"kind": data["kind"]} if data.get("kind") else {}
        known = fields_of(model)
        kept: dict[str, Any] = {}
        before = self.switched_off
        self.switched_off = before or str(data.get("enabled", "true")).lower() in _OFF
        for name, value in data.items():
            self._keep(kept, name, value, known, _below(key, name))
        self.switched_off = before
        return kept

    def _keep(
        self, kept: dict[str, Any], name: str, value: Any, known: Mapping[str, Shape], key: str
    ) -> None:
        if name in known:
            prepared = self.prepare(value, known[name], key) if value is not None else None
            if prepared is not None:  # a key without a value means its default
                kept[name] = prepared
        elif name.endswith("_file") and _fits_a_file(known.get(name.removesuffix("_file"))):
            self._from_file(kept, name, value, key)
        else:
            what = "is not a setting" if key == name else f"is not a setting of {key.rpartition('.')[0]}"
            self.source.wrong(key, f"{what}{nearest(name, known)}")

    def _from_file(self, kept: dict[str, Any], name: str, value: Any, key: str) -> None:
        target = name.removesuffix("_file")
        if target in kept:
            self.source.wrong(key, f"stands beside {target}: keep one of the two")
        elif not isinstance(value, str) or not value:
            self.source.wrong(key, "must name a file")
        elif self.switched_off:
            kept[target] = ""
        else:
            kept[target] = self._secret((self.folder / Path(value).expanduser()).absolute(), key)
            self.source.places.setdefault(key.removesuffix("_file"), self.source.places.get(key, ""))

    def _secret(self, path: Path, key: str) -> str:
        try:
            if path.stat().st_size > MAX_SECRET_BYTES:
                self.source.wrong(key, f"{path} is too large to be a secret")
                return ""
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            self.source.wrong(key, f"{path} can't be read: {error.strerror or 'unknown reason'}")
            return ""
        except UnicodeDecodeError:
            self.source.wrong(key, f"{path} is not text")
            return ""
        self.secret_files.append(path)
        secret = text.removesuffix("\n").removesuffix("\r")
        if not secret:
            self.source.wrong(key, f"{path} is empty")
        return secret

    def _map(self, data: dict[str, Any], item: Shape, key: str) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, value in data.items():
            below = _below(key, name)
            if item.secret and name.endswith("_file"):
                self._from_file(kept, name, value, below)
            elif value is not None or item.kind == "section":
                kept[name] = self.prepare({} if value is None else value, item, below)
        return kept

    def _list(self, value: Any, item: Shape, key: str) -> Any:
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list):
            return value
        return [self.prepare(entry, item, f"{key}.{at}") for at, entry in enumerate(value)]


def _fits_a_file(shape: Shape | None) -> bool:
    """Whether `<key>_file` may hold this key's value: one text, which is not itself a path."""
    return shape is not None and shape.kind == "value" and not shape.path


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
