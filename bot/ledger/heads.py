"""Heads of the chain kept outside of the database, signed: what was cut off or computed anew no longer fits them."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import orjson

from bot.config import Config
from bot.ledger.chain import Head, instant

HEADS_FILE, KEY_FILE = "ledger.heads", "ledger.key"


class NoKey(Exception):
    """The key can't be read; the text says where it was looked for."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """One line of the file. `sound` is None where the key is not at hand to say."""

    line: int
    head: Head
    at: str
    sound: bool | None


class HeadKeeper:
    """Appends signed heads to a file. The key is the operator's own, else one made beside it for its owner's eyes."""

    def __init__(self, folder: Path, key: str | None) -> None:
        self.path = folder / HEADS_FILE
        self._folder = folder
        self._given = key

    @classmethod
    def of(cls, config: Config) -> HeadKeeper:
        key = config.ledger.key
        return cls(config.ledger_folder, key.get_secret_value() if key is not None else None)

    def append(self, head: Head, at: datetime) -> None:
        """Raises `OSError`, `NoKey`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        line = {"at": instant(at), "hash": head.hash, "seq": head.seq}
        line["mac"] = sign(self._key(make=True), head, instant(at))
        data = orjson.dumps(line) + b"\n"
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # A line cut short by a full disk or a kill must not swallow this one.
            if _ends_in_the_middle(self.path):
                data = b"\n" + data
            os.write(fd, data)
            os.fsync(fd)
        finally:
            os.close(fd)

    def read(self) -> Iterator[SignedHead]:
        """The lines, oldest first. One that is no head is given with `sound` False and a head of 0."""
        if not self.path.exists():
            return
        key = self._key(make=False)
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield _read_line(number, line, key)

    def _key(self, *, make: bool) -> bytes:
        if self._given:
            return self._given.encode()
        path = self._folder / KEY_FILE
        try:
            return path.read_bytes().strip()
        except FileNotFoundError:
            if not make:
                return b""
        except OSError as error:
            raise NoKey(f"the ledger's key {path} can't be read: {error.strerror}") from error
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        return path.read_bytes().strip()

    def hash_address(self, channel: str, address: str) -> str:
        """A keyed hash of an address: who lacks the key can't try out numbers. Raises `OSError`, `NoKey`."""
        words = f"address {channel} {address}".encode()
        return hmac.new(self._key(make=True), words, sha256).hexdigest()


def sign(key: bytes, head: Head, at: str) -> str:
    return hmac.new(key, f"head {head.seq} {head.hash} {at}".encode(), sha256).hexdigest()


def _ends_in_the_middle(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _read_line(number: int, line: bytes, key: bytes) -> SignedHead:
    try:
        said = orjson.loads(line)
        head, at, mac = Head(int(said["seq"]), str(said["hash"])), str(said["at"]), str(said["mac"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return SignedHead(number, Head(0, ""), "", False)
    sound = hmac.compare_digest(mac.encode(), sign(key, head, at).encode()) if key else None
    return SignedHead(number, head, at, sound)
