"""A sentence model as it was fetched: a folder, or a wheel or zip. Only what is asked for by name is read, and
never more of it than it may be: nothing is unpacked, so no name in it can lead anywhere.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

CONFIG: Final = "config.json"
WEIGHTS: Final = "model.safetensors"
MOST_WEIGHTS: Final = 2_500_000_000  # bytes
MOST_TEXT: Final = 40_000_000
_MOST_NAMES: Final = 20_000
_AT_ONCE: Final = 1 << 20


class BadSource(ValueError):
    """What was given holds no model that can be used: says why, and what would."""


class Source:
    """The files of one model, by their names beside its `config.json`."""

    def __init__(self, place: Path, archive: zipfile.ZipFile | None, base: str) -> None:
        self.place = place
        self._archive = archive
        self._base = base

    def has(self, name: str) -> bool:
        if self._archive is None:
            return (self.place / name).is_file()
        return f"{self._base}{name}" in self._archive.NameToInfo

    def text(self, name: str) -> bytes:
        """A small file, whole; empty where there is none. Raises `BadSource` when it is too large."""
        if not self.has(name):
            return b""
        with self.opened(name) as file:
            found = file.read(MOST_TEXT + 1)
        if len(found) > MOST_TEXT:
            raise BadSource(f"{name} is larger than {MOST_TEXT // 1_000_000} MB")
        return found

    @contextmanager
    def opened(self, name: str) -> Iterator[BinaryIO]:
        if self._archive is None:
            with (self.place / name).open("rb") as file:
                yield file
        else:
            with self._archive.open(f"{self._base}{name}") as packed:
                yield cast(BinaryIO, packed)

    def pieces(self, name: str) -> Iterator[bytes]:
        """A large file, bit by bit. Raises `BadSource` as soon as it is too large, whatever it said of itself."""
        total = 0
        with self.opened(name) as file:
            while some := file.read(_AT_ONCE):
                total += len(some)
                if total > MOST_WEIGHTS:
                    raise BadSource(f"{name} is larger than {MOST_WEIGHTS // 1_000_000} MB")
                yield some


@contextmanager
def open_source(place: Path) -> Iterator[Source]:
    """The model in a folder, wheel or zip. Raises `BadSource`."""
    if place.is_dir():
        yield _found(place, None, [str(each.relative_to(place)) for each in _near(place)])
        return
    if not place.is_file():
        raise BadSource(f"{place} is neither a folder nor a file")
    try:
        with zipfile.ZipFile(place) as archive:
            if len(archive.NameToInfo) > _MOST_NAMES:
                raise BadSource(f"{place.name} holds more than {_MOST_NAMES} files")
            yield _found(place, archive, list(archive.NameToInfo))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise BadSource(f"{place.name} can't be read as a wheel or zip: {error}") from None


def _near(folder: Path) -> list[Path]:
    return [each for pattern in (CONFIG, f"*/{CONFIG}") for each in sorted(folder.glob(pattern))]


def _found(place: Path, archive: zipfile.ZipFile | None, names: list[str]) -> Source:
    """The one place whose `config.json` has weights beside it."""
    bases = [name.removesuffix(CONFIG) for name in names if PurePosixPath(name).name == CONFIG]
    sources = [
        Source(place / base if archive is None else place, archive, "" if archive is None else base)
        for base in bases
    ]
    whole = [source for source in sources if source.has(WEIGHTS)]
    if len(whole) == 1:
        return whole[0]
    if whole:
        raise BadSource(f"{place.name} holds {len(whole)} models: give the folder of the one that is meant")
    for other, why in _OTHERS.items():
        if any(source.has(other) for source in sources):
            raise BadSource(f"{place.name} has no {WEIGHTS}, only {other}: {why}")
    raise BadSource(f"{place.name} holds no sentence model: {CONFIG} and {WEIGHTS} must lie side by side")


_OTHERS: Final = {
    "pytorch_model.bin": "such a file can run foreign code when it is opened, so Relais never opens one",
    "model.onnx": "Relais computes from the plain weights; most publishers offer both",
    "onnx/model.onnx": "Relais computes from the plain weights; most publishers offer both",
}
