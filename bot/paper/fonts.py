"""A font that can write French, English and Arabic: the operator's own, else one that systems come with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_DEJAVU = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
_ARIAL = ("Arial.ttf", "Arial Bold.ttf")
_KNOWN: tuple[tuple[str, tuple[str, str]], ...] = (
    ("/usr/share/fonts/truetype/dejavu", _DEJAVU),  # Debian, Ubuntu
    ("/usr/share/fonts/dejavu-sans-fonts", _DEJAVU),  # Fedora
    ("/usr/share/fonts/dejavu", _DEJAVU),  # Alpine, older Fedora
    ("/usr/share/fonts/TTF", _DEJAVU),  # Arch
    ("/System/Library/Fonts/Supplemental", _ARIAL),  # macOS
    ("C:/Windows/Fonts", ("arial.ttf", "arialbd.ttf")),
)


class NoFont(Exception):
    """No font was found; the text says what to install."""


@dataclass(frozen=True, slots=True)
class Fonts:
    regular: Path
    bold: Path


def find_fonts(configured: Path | None = None, configured_bold: Path | None = None) -> Fonts:
    """The configured font, else a known one. Raises `NoFont`."""
    if configured is not None:
        return Fonts(_present(configured), _present(configured_bold or configured))
    for folder, (regular, bold) in _KNOWN:
        found = Fonts(Path(folder) / regular, Path(folder) / bold)
        if found.regular.is_file():
            return found if found.bold.is_file() else Fonts(found.regular, found.regular)
    raise NoFont(
        "no font for printing was found: install DejaVu Sans (Debian and Ubuntu: apt install "
        "fonts-dejavu-core), or name a TrueType font with Arabic letters in documents.font"
    )


def _present(path: Path) -> Path:
    if not path.is_file():
        raise NoFont(f"there is no font file at {path}: see documents.font in the configuration")
    return path
