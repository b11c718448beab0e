"""A file that is handed in, by a page or the API: kept on disk under the hash of its bytes, never held in memory."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

from bot.contacts_data.settings import DataSettings

_DIGEST = re.compile(r"[0-9a-f]{64}")


class TooLarge(Exception):
    """The file is larger than `contacts.max_file_bytes`."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the file is larger than {limit} bytes (contacts.max_file_bytes)")
        self.limit = limit


class NothingInIt(Exception):
    """The file has no bytes at all."""


async def receive(pieces: AsyncIterator[bytes], settings: DataSettings) -> str:
    """Keep a file; gives the hash it is found by. Raises `TooLarge`, `NothingInIt`, OSError."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    arriving = settings.folder / f".{uuid4().hex}"
    digest, size = hashlib.sha256(), 0
    try:
        with arriving.open("wb") as file:
            async for piece in pieces:
                size += len(piece)
                if size > settings.max_file_bytes:
                    raise TooLarge(settings.max_file_bytes)
                digest.update(piece)
                await asyncio.to_thread(file.write, piece)
        if not size:
            raise NothingInIt
        arriving.replace(settings.folder / digest.hexdigest())
        return digest.hexdigest()
    finally:
        arriving.unlink(missing_ok=True)


def kept_file(digest: str, settings: DataSettings) -> Path | None:
    """The file of a hash; None where it is not kept, or this is no hash."""
    path = settings.folder / digest
    return path if _DIGEST.fullmatch(digest) and path.is_file() else None
