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
from dataclasses import dataclass

from bot.templating.contract import PURPOSES
from bot.templating.fault_words import Fault, fault, nearest_of

FENCE = "---"
FIELDS = ("purpose", "subject", "variables")


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


def read_header(source: str) -> tuple[Header, str, list[Fault]]:
    """Cut a template file into header, body and what is wrong with the header. Never raises."""
    lines = source.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].strip() != FENCE:
        return Header(), source, [fault(1, "no_header")]
    end = next((at for at, line in enumerate(lines[1:], 1) if line.strip() == FENCE), None)
    if end is None:
        return Header(), "", [fault(1, "open_header")]
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
            if near := nearest_of(key, FIELDS):
                faults.append(fault(number, "unknown_field", key=key, near=near))
            else:
                faults.append(fault(number, "unknown_field_known", key=key, known=", ".join(FIELDS)))
        elif key in values:
            faults.append(fault(number, "field_twice", key=key))
        else:
            values[key], places[key] = _unquote(value.strip()), number
    return values, places, faults


def _check_purpose(header: Header) -> list[Fault]:
    if header.purpose in PURPOSES:
        return []
    line, known = header.line_of("purpose"), ", ".join(PURPOSES)
    if not header.purpose:
        return [fault(line, "no_purpose", known=known)]
    near = nearest_of(header.purpose, PURPOSES)
    return [fault(line, "unknown_purpose", purpose=header.purpose, near=near, known=known)]


def _unquote(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
