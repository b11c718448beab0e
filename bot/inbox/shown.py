"""The part of a list that an open page shows, kept in order while rows move; no database, no page."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.inbox.listing import Asked, Page, fits

Row = dict[str, Any]
Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Move:
    """What a page does: take the row at `out` away (None: it was not there), put it in at `into` (None: nowhere)."""

    row: Row
    out: int | None
    into: int | None


class Shown:
    """Rows from the top of a view to where the page has read."""

    def __init__(self, asked: Asked, page: Page) -> None:
        self.asked = asked
        self.rows: list[Row] = []
        self.after: Place | None = None
        self.extend(page)

    def extend(self, page: Page) -> list[Row]:
        """The next page; those of its rows that are new here."""
        known = {row["conversation_id"] for row in self.rows}
        fresh = [row for row in page.rows if row["conversation_id"] not in known]
        self.rows += fresh
        self.after = page.after
        return fresh

    def apply(self, changed: Sequence[Row], now: datetime) -> list[Move]:
        """Rows that changed: where each leaves and where it comes in."""
        return [move for row in changed if (move := self._move(row, now)) is not None]

    def _move(self, row: Row, now: datetime) -> Move | None:
        out = next(
            (at for at, one in enumerate(self.rows) if one["conversation_id"] == row["conversation_id"]), None
        )
        if self.asked.words.strip():  # found ones stay where they are, and show what is new of them
            if out is not None:
                self.rows[out] = row
                return Move(row, out, out)
            return None
        if out is not None:
            del self.rows[out]
        place = _place(row)
        belongs = fits(row, self.asked, now) and (self.after is None or place <= self.after)
        if not belongs:
            return Move(row, out, None) if out is not None else None
        into = bisect_left(self.rows, place, key=_place)
        self.rows.insert(into, row)
        return Move(row, out, into)


def _place(row: Row) -> Place:
    return row["rank"], row["conversation_id"]
