"""What a reader of cells raises: a code that `faults` has words for, and what its sentence needs."""

from __future__ import annotations


class Unreadable(Exception):
    """A cell that can't be read as what it should be."""

    def __init__(self, code: str, **detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
