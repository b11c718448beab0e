"""How far a folder has been read, as it is kept between two starts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Everything up to `uid` is journaled, as long as the folder's numbers are those of `validity`."""

    validity: int
    uid: int
    at: date  # when it was known last: a renumbered folder is read again from some days before

    def written(self) -> str:
        return json.dumps({"uidvalidity": self.validity, "uid": self.uid, "at": self.at.isoformat()})


def read_mark(text: str) -> Mark | None:
    """Read what `written` gave; None when there is nothing, or nothing that can be used."""
    try:
        kept = json.loads(text)
        return Mark(
            validity=int(kept["uidvalidity"]), uid=int(kept["uid"]), at=date.fromisoformat(kept["at"])
        )
    except (ValueError, KeyError, TypeError):
        return None
