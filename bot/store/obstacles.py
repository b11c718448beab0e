"""What stands in the way of an act, said so that each reader has it in their own language."""

from __future__ import annotations


class Obstacle(str):
    """A sentence about what must be finished first; `code` and `detail` for other languages.

    open_case, sending, importing, coming_in.
    """

    code: str
    detail: dict[str, str | int]

    def __new__(cls, words: str, code: str, **detail: str | int) -> Obstacle:
        made = super().__new__(cls, words)
        made.code, made.detail = code, detail
        return made
