"""Who sees which complaints: all who treat them see all, a department those that were handed or copied to it.

source: CO-13, docs/complaints.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import false, select, true

from bot.console.roles import may_open
from bot.console.sessions import SignedIn
from bot.records import Case, CaseForward
from bot.records.base import table_of

_cases = table_of(Case).c
_forwards = table_of(CaseForward).c

HANDLERS: Final = ("agent", "complaint_manager", "manager")
ROLES: Final = (*HANDLERS, "department")


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks. `desk` is the department whose eyes they have; "" for those who see all."""

    name: str
    email: str
    desk: str = ""
    all: bool = True

    @property
    def none(self) -> bool:
        """A department's user without a desk: nothing can have been handed to them."""
        return not self.all and not self.desk


def viewer_of(user: SignedIn) -> Viewer:
    every = may_open(user.roles, HANDLERS)
    return Viewer(name=user.name, email=user.email, desk="" if every else user.desk_id or "", all=every)


def seen_by(viewer: Viewer) -> Any:
    """A condition on `cases`."""
    if viewer.all:
        return true()
    if viewer.none:
        return false()
    return _cases.id.in_(select(_forwards.case_id).where(_forwards.desk_id == viewer.desk))
