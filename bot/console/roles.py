"""What a user may be. An administrator may open every page; nobody else gets in without the page's role."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal, get_args

Role = Literal["agent", "complaint_manager", "department", "marketer", "manager", "administrator"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
EVERYBODY: Final = frozenset(ROLES)
ADMINISTRATOR: Final = "administrator"


def may_open(held: Collection[str], wanted: Collection[str]) -> bool:
    """Whether somebody with these roles may see what is for others."""
    return ADMINISTRATOR in held or not frozenset(held).isdisjoint(wanted)


def checked_roles(roles: Collection[str]) -> tuple[str, ...]:
    """The roles in their usual order, once each. Raises ValueError for an unknown one or none."""
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        raise ValueError(f"there is no role {', '.join(unknown)}: choose of {', '.join(ROLES)}")
    if not roles:
        raise ValueError(f"a user needs a role: choose of {', '.join(ROLES)}")
    return tuple(role for role in ROLES if role in set(roles))
