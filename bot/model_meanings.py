"""Meanings for the FAQ index from a model on this machine, with what was computed before kept on the disk."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Final
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt
import structlog

from bot.model_files import SentenceModel
from bot.understanding.embedding.choice import Hearing
from bot.understanding.features import Floats

Halves = npt.NDArray[np.float16]
log = structlog.get_logger()

_REMEMBERED: Final = 512  # messages whose meaning is kept in memory
_KEY_BYTES: Final = 16
_MOST_KEPT: Final = 60_000  # phrasings kept on the disk


class Recent:
    """The meanings of the last messages, for threads too."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = Lock()

    def get(self, text: str) -> Floats | None:
        with self._lock:
            return self._known.get(text)

    def put(self, text: str, meaning: Floats) -> None:
        with self._lock:
            self._known[text] = meaning
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)


class LocalMeanings:
    """A model on this machine."""

    def __init__(self, model: SentenceModel, kept: Kept | None = None) -> None:
        self.model = model
        self._kept = kept
        self._recent = Recent()

    @property
    def hearing(self) -> Mapping[str, Hearing]:
        return self.model.about.hearing

    def learn(self, texts: Sequence[str]) -> Floats | None:
        if self._kept is None:
            return self.model.vectors(list(texts))
        return self._kept.rows(texts, self.model.vectors)

    def of(self, text: str) -> Floats | None:
        """Computed here and now where `prepare` didn't do it before."""
        known = self._recent.get(text)
        if known is None:
            known = self.model.vectors([text])[0]
            self._recent.put(text, known)
        return known

    async def prepare(self, text: str) -> None:
        """Compute a message's meaning beside the loop."""
        if self._recent.get(text) is None:
            await asyncio.to_thread(self.of, text)


class Kept:
    """Vectors of phrasings in a file, under the hashes of model and text: a new start computes only new ones."""

    def __init__(self, file: Path, model: str) -> None:
        self._file = file
        self._model = model.encode()

    def rows(self, texts: Sequence[str], compute: Callable[[list[str]], Floats]) -> Floats:
        """A row a text, in their order. `compute` is asked for what isn't known, and may raise."""
        keys = [hashlib.sha256(self._model + b"\0" + text.encode()).digest()[:_KEY_BYTES] for text in texts]
        known = self._read()
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            new = compute(list(missing.values())).astype(np.float16)
            if known and len(next(iter(known.values()))) != new.shape[1]:  # another model of the same name
                known, missing = {}, dict(zip(keys, texts, strict=True))
                new = compute(list(missing.values())).astype(np.float16)
            known.update(zip(missing, new, strict=True))
            self._write({key: known[key] for key in keys} | known)
        return np.array([known[key] for key in keys], np.float32).reshape(len(keys), -1)

    def _read(self) -> dict[bytes, Halves]:
        """What is there; a file that can't be read is as none, and written anew."""
        try:
            with self._file.open("rb") as file, np.load(file, allow_pickle=False) as there:
                keys, vectors = there["keys"], there["vectors"]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            log.warning("kept_meanings_unreadable", file=str(self._file), error=type(error).__name__)
            return {}
        fits = keys.dtype == np.uint8 and keys.shape == (len(vectors), _KEY_BYTES)
        if not fits or vectors.dtype != np.float16 or vectors.ndim != 2:
            return {}
        return {key.tobytes(): vector for key, vector in zip(keys, vectors, strict=True)}

    def _write(self, known: Mapping[bytes, Halves]) -> None:
        """The phrasings asked for first come first, and the rest as far as there is room."""
        some = list(known.items())[:_MOST_KEPT]
        beside = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as file:
                keys = np.frombuffer(b"".join(key for key, _ in some), np.uint8).reshape(-1, _KEY_BYTES)
                np.savez(file, keys=keys, vectors=np.array([vector for _, vector in some], np.float16))
            beside.replace(self._file)
        except OSError as error:  # a start that is slower next time, and no more
            log.warning("meanings_not_kept", file=str(self._file), error=str(error))
