"""The header of a template file: `key: value` lines between two `---` lines, before the text.

::

    ---
    purpose: receipt
    subject: Your complaint {{ reference }}
    variables: reference, desk, due_at, summary
    ---
    Thank you{% if name %}, {{ name }}{% endif %}. …

It is read line by line and is not YAML, so that a subject may hold `{{ … }}` and colons without quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from bot.templating.contract import PURPOSES

FENCE = "---"
FIELDS = ("purpose", "subject", "variables")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong in one file, at a line of it."""

    line: int
    what: str
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    purpose: str = ""
    subject: str = ""
    variables: tuple[str, ...] = ()
    lines: tuple[tuple[str, int], ...] = ()  # field -> line it stands on
    body_line: int = 1  # line of the file on which the body begins

    def line_of(self, field: str) -> int:
        return dict(self.lines).get(field, 1)


NO_HEADER = Header()


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint for a mistyped word, or "" when nothing is near."""
    found = get_close_matches(word, list(known), n=1)
    return f"; did you mean “{found[0]}”?" if found else ""


def read_header(source: str) -> tuple[Header, str, list[Fault]]:
    """Cut a template file into header, body and what is wrong with the header. Never raises."""
    lines = source.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].strip() != FENCE:
        return (
            Header(),
            source,
            [Fault(line=1, what="no header: begin the file with --- lines (purpose, subject)")],
        )
    end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == FENCE), None)
    if end is None:
        return Header(), "", [Fault(line=1, what="the header is not closed: add a line of --- after it")]
    values, places, faults = _read_fields(lines[1:end])
    header = Header(
        purpose=values.get("purpose", ""),
        subject=values.get("subject", ""),
        variables=tuple(part for part in re.split(r"[\s,\[\]]+", values.get("variables", "")) if part),
        lines=tuple(places.items()),
        body_line=end + 2,
    )
    return header, "\n".join(lines[end + 1 :]), faults + _check_purpose(header)


def _read_fields(lines: list[str]) -> tuple[dict[str, str], dict[str, int], list[Fault]]:
    values: dict[str, str] = {}
    places: dict[str, int] = {}
    faults = []
    for number, line in enumerate(lines, 2):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, colon, value = line.partition(":")
        key = key.strip()
        if not colon or key not in FIELDS:
            hint = nearest(key, FIELDS) or f" (known: {', '.join(FIELDS)})"
            faults.append(Fault(line=number, what=f"unknown header field “{key}”{hint}"))
        elif key in values:
            faults.append(Fault(line=number, what=f"header field “{key}” stands twice: keep one"))
        else:
            values[key], places[key] = _unquote(value.strip()), number
    return values, places, faults


def _check_purpose(header: Header) -> list[Fault]:
    if header.purpose in PURPOSES:
        return []
    what = (
        f"unknown purpose “{header.purpose}”{nearest(header.purpose, PURPOSES)}"
        if header.purpose
        else "no purpose"
    )
    return [Fault(line=header.line_of("purpose"), what=f"{what} (one of: {', '.join(PURPOSES)})")]


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
