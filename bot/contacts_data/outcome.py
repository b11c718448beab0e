"""What became of a batch of rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.contacts_data.taking import Fault

Policy = Literal["update", "skip", "add"]
"""What happens with rows about somebody known: brought up to date, left as they are, or added as somebody else."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    faults: list[tuple[int, Fault]] = field(default_factory=list)  # with the line of the file
    ids: list[str] = field(default_factory=list)  # of what was added, changed or found as it is

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.unchanged + self.refused
