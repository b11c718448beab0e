"""A line of a mail and what it belongs to."""

from __future__ import annotations

from typing import NamedTuple

OWN = ""  # what the person wrote now
QUOTE = "quote"
SIGNATURE = "signature"
CUT = "cut"  # from here to the end it is an earlier mail


class Line(NamedTuple):
    text: str
    zone: str = OWN
