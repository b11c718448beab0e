"""The icons of the console: drawn here as SVG paths on a 24-pixel grid, so that no font is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_PATHS: Final[Mapping[str, str]] = {
    "home": "M4 11l8-7 8 7v8a1 1 0 0 1-1 1h-4v-6h-6v6H5a1 1 0 0 1-1-1z",
    "inbox": "M4 13l3-8h10l3 8v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1z M4 13h5l1 2h4l1-2h5",
    "complaint": "M6 3h9l4 4v14H6z M15 3v4h4 M12 10v4 M12 17.5v.01",
    "customers": (
        "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z M3 20c0-3.5 2.7-6 6-6s6 2.5 6 6"
        " M16 4.5a3.5 3.5 0 0 1 0 6.5 M18 14.5c2 .8 3 2.800 3 5.500"
    ),
    "marketing": "M4 10v4h3l8 5V5l-8 5z M18 9a4 4 0 0 1 0 6",
    "question": (
        "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z"
        " M9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.4-1 .9-1 1.700 M12 16.500v.01"
    ),
    "dashboard": "M4 20V10 M10 20V4 M16 20v-7 M21 20H3",
    "setup": (
        "M12 15.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z M12 3v3 M12 18v3 M3 12h3 M18 12h3"
        " M5.600 5.600l2.100 2.100 M16.300 16.300l2.100 2.100 M18.400 5.600l-2.100 2.100"
        " M7.700 16.300l-2.100 2.100"
    ),
    "person": (
        "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z"
        " M4.500 20.500c0-4 3.400-6.500 7.500-6.500s7.500 2.500 7.500 6.500"
    ),
    "menu": "M4 7h16 M4 12h16 M4 17h16",
    "search": "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z M16 16l4.500 4.500",
    "check": "M5 12.500l4.500 4.500L19 7.500",
    "close": "M6 6l12 12 M18 6L6 18",
    "warning": "M12 4l9 16H3z M12 10v4.500 M12 17.200v.01",
    "mail": "M4 6h16v12H4z M4 7l8 6 8-6",
    "phone": "M8 3h8v18H8z M11 18h2",
    "chat": "M4 5h16v11H9l-5 4z",
    "send": "M4 12l16-8-6 16-3-7z",
    "clock": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z M12 7v5l3.500 2",
    "refresh": "M20 11a8 8 0 1 0-2 6 M20 5v6h-6",
    "calendar": "M4 6h16v14H4z M4 10h16 M8 3v4 M16 3v4",
    "plus": "M12 5v14 M5 12h14",
    "exit": "M14 4h5v16h-5 M4 12h11 M11 8l4 4-4 4",
    "lock": "M6 11h12v9H6z M8.500 11V8a3.500 3.500 0 0 1 7 0v3",
    "file": "M6 3h8l4 4v14H6z M14 3v4h4",
    "tag": "M4 4h8l8 8-8 8-8-8z M8.500 8.500v.01",
    "bell": "M6 16V11a6 6 0 0 1 12 0v5l1.500 2h-15z M10 20.500h4",
    "more": "M5 12v.01 M12 12v.01 M19 12v.01",
    "next": "M9 5l7 7-7 7",
    "back": "M15 5l-7 7 7 7",
    "note": "M5 4h14v11l-5 5H5z M14 20v-5h5",
    "attach": "M19 11l-7.500 7.500a4.500 4.500 0 0 1-6.400-6.400L13 4.200a3 3 0 0 1 4.300 4.300l-7.800 7.800",
    "hand": (
        "M8 12V5.500a1.500 1.500 0 0 1 3 0V11 M11 10.500v-6a1.500 1.500 0 0 1 3 0v6.500"
        " M14 11V6.500a1.500 1.500 0 0 1 3 0V14c0 4-2.500 6.500-5.500 6.500S7 19 5 15.500a1.600 1.600 0 0 1 3-1.300"
    ),
    "eye": (
        "M2.500 12C5 7.500 8.500 5.500 12 5.500s7 2 9.500 6.500c-2.500 4.500-6 6.500-9.500 6.500S5 16.500 2.500 12z"
        " M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z"
    ),
    "repeat": "M4 12V10a4 4 0 0 1 4-4h11 M16 3l3 3-3 3 M20 12v2a4 4 0 0 1-4 4H5 M8 21l-3-3 3-3",
    "template": "M4 4h16v16H4z M8 8.500h8 M8 12h8 M8 15.500h5",
    "bot": "M5 8h14v11H5z M12 4v4 M9 13v.01 M15 13v.01 M9.500 16.500h5",
}


def svg(name: str) -> str:
    """An icon as inline SVG; it takes the colour of the text. Raises KeyError for a name that is not drawn."""
    return (
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        f'<path d="{_PATHS[name]}"/></svg>'
    )


def names() -> list[str]:
    return sorted(_PATHS)
