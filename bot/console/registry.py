"""The pages of the console, and what the navigation shows: each part adds its own.

A part is a package below `bot/console` with a module `pages`; that module is imported when the console is first
opened, and its `@page` functions are then there. Nothing needs to be added to a list.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.console.roles import EVERYBODY, ROLES, may_open

if TYPE_CHECKING:
    from bot.console.visit import Visit

Builder = Callable[..., Awaitable[None]]
_PARAMETER = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NavEntry:
    """A line of the side navigation, shown to those who may open its page.

    `order`: 10 inbox, 20 complaints, 30 customers, 40 marketing, 50 FAQ, 60 dashboard, 90 set-up.
    `icon` is a name of the icon set (`bot/console/icons.py`); `key` the letter that opens it after "g".
    """

    order: int
    icon: str
    key: str = ""
    badge: Callable[[Visit], Awaitable[int]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An address below `/console`, who may see it, and who builds it."""

    path: str
    title: str  # a key of the words
    roles: frozenset[str]
    build: Builder
    nav: NavEntry | None
    wide: bool  # uses the whole window, and scrolls inside itself

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile("^" + _PARAMETER.sub(r"(?P<\1>[^/]+)", self.path) + "$")

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(_PARAMETER.findall(self.path))


PAGES: Final[dict[str, Page]] = {}


def page(
    path: str,
    *,
    title: str,
    roles: Collection[str] = EVERYBODY,
    nav: NavEntry | None = None,
    wide: bool = False,
) -> Callable[[Builder], Builder]:
    """Make an async function the page at `/console<path>`.

    The function is given a `Visit` and, by name, the `{parameters}` of its path. Session and roles have been
    checked on the server before it is called, at the first request and at every step inside the open page.
    Raises ValueError for a path that is taken, or a role that does not exist.
    """
    if not path.startswith("/") or (path != "/" and path.endswith("/")):
        raise ValueError(f"{path!r} must begin with a slash and not end with one")
    if unknown := frozenset(roles) - frozenset(ROLES):
        raise ValueError(f"{path}: there is no role {', '.join(sorted(unknown))}")

    def register(build: Builder) -> Builder:
        known = PAGES.get(path)
        if known is not None and known.build.__module__ != build.__module__:
            raise ValueError(f"{path} is already a page of {known.build.__module__}")
        PAGES[path] = Page(path=path, title=title, roles=frozenset(roles), build=build, nav=nav, wide=wide)
        return build

    return register


def page_at(path: str) -> tuple[Page, Mapping[str, str]] | None:
    """The page of an address and its parameters; one without parameters goes before one with them."""
    wanted = path.rstrip("/") or "/"
    if (exact := PAGES.get(wanted)) is not None and not exact.parameters:
        return exact, {}
    for known in PAGES.values():
        if known.parameters and (found := known.pattern.match(wanted)):
            return known, found.groupdict()
    return None


def entries_for(roles: Collection[str]) -> list[Page]:
    """What the navigation shows to somebody with these roles, in order."""
    shown = [each for each in PAGES.values() if each.nav is not None and may_open(roles, each.roles)]
    return sorted(shown, key=lambda each: (each.nav.order if each.nav else 0, each.path))
