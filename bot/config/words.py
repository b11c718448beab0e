"""Validation errors in plain words: what is wrong, where, what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config.section import Section
from bot.config.shape import Shape, kinds, shape_of, step
from bot.config.source import Source, nearest
from channels.port import Problem

_TYPES: Mapping[str, str] = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "dict_type": "must hold keys and values",
    "model_type": "must hold keys and values",
    "model_attributes_type": "must hold keys and values",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "path_type": "must be a path",
    "date_from_datetime_parsing": "must be a day such as 2026-08-01",
    "date_parsing": "must be a day such as 2026-08-01",
    "date_type": "must be a day such as 2026-08-01",
}
_BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than_equal": ("ge", "must be {} or more"),
    "greater_than": ("gt", "must be more than {}"),
    "less_than_equal": ("le", "must be {} or less"),
    "less_than": ("lt", "must be less than {}"),
    "string_too_long": ("max_length", "must have at most {} characters"),
}


def problems_of(error: ValidationError, root: type[Section], source: Source) -> list[Problem]:
    """One problem for each thing that did not fit; a secret's value is never shown."""
    found: dict[tuple[str, str], Problem] = {}
    for detail in error.errors(include_url=False):
        key, shape = _locate(detail["loc"], shape_of(root), source.data)
        what = _what(detail, key, shape)
        found.setdefault((key, what), Problem(where=source.where(key), what=what))
    return list(found.values())


def _locate(loc: tuple[int | str, ...], shape: Shape, data: Any) -> tuple[str, Shape]:
    """The key as the file writes it, without the marks that pydantic adds for the members of a union."""
    keys: list[str] = []
    for part in loc:
        if str(part) in kinds(shape) and isinstance(data, dict) and data.get("kind") == part:
            continue
        if shape.kind == "value" and isinstance(data, str | dict) and str(part).startswith(("str", "dict")):
            continue
        if part == "[key]":
            continue
        keys.append(str(part))
        below = _child(data, part)
        shape, data = step(shape, str(part), data), below
    return ".".join(keys), shape


def _child(data: Any, part: int | str) -> Any:
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def _what(detail: ErrorDetails, key: str, shape: Shape) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(detail, key, shape)
    if kind in _BOUNDS:
        name, form = _BOUNDS[kind]
        return form.format(f"{context[name]:g}") + _given(detail, shape)
    if kind in _TYPES:
        return _TYPES[kind] + _given(detail, shape)
    if kind == "value_error":
        return str(context["error"]) + _given(detail, shape)
    return detail["msg"] + _given(detail, shape)


def _given(detail: ErrorDetails, shape: Shape) -> str:
    value = detail.get("input")
    if (
        shape.secret
        or not isinstance(value, str | int | float)
        or len(str(value)) > 60
        or "://" in str(value)
    ):
        return ""
    return f", not “{value}”"


def _missing(detail: ErrorDetails, key: str, shape: Shape) -> str:
    return "is missing. Write it, or set it in the environment"


def _choice(detail: ErrorDetails, key: str, shape: Shape) -> str:
    allowed = str(detail.get("ctx", {}).get("expected", "")).replace("'", "")
    words = allowed.replace(" or ", ", ").split(", ")
    return f"must be {allowed}{_given(detail, shape)}{nearest(str(detail.get('input')), words)}"


def _no_kind(detail: ErrorDetails, key: str, shape: Shape) -> str:
    return f"has no kind. Write one of: {', '.join(kinds(shape))}"


def _unknown_kind(detail: ErrorDetails, key: str, shape: Shape) -> str:
    tag = str(detail.get("ctx", {}).get("tag", ""))
    return f"kind: {tag} is not known{nearest(tag, kinds(shape))} Kinds: {', '.join(kinds(shape))}"


def _pattern(detail: ErrorDetails, key: str, shape: Shape) -> str:
    pattern = str(detail.get("ctx", {}).get("pattern", ""))
    if pattern == "^[A-Za-z]{2}$":
        return f"must be two letters such as DZ{_given(detail, shape)}"
    return f"must be lower-case letters, digits and hyphens{_given(detail, shape)}"


def _too_short(detail: ErrorDetails, key: str, shape: Shape) -> str:
    least = int(detail.get("ctx", {}).get("min_length", 1))
    return "must not be empty" if least == 1 else f"must have {least} characters or more"


def _unknown(detail: ErrorDetails, key: str, shape: Shape) -> str:
    return "is not a setting"


_SPECIAL: Mapping[str, Callable[[ErrorDetails, str, Shape], str]] = {
    "missing": _missing,
    "literal_error": _choice,
    "union_tag_not_found": _no_kind,
    "union_tag_invalid": _unknown_kind,
    "string_pattern_mismatch": _pattern,
    "extra_forbidden": _unknown,
    "too_short": _too_short,
    "string_too_short": _too_short,
}
