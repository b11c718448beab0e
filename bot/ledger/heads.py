"""Heads of the chain kept outside of the database, signed: what was cut off or computed anew no longer fits them."""

from __future__ import annotations

import fcntl
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import orjson

from bot.config import Config
from bot.ledger.chain import Head, instant

HEADS_FILE, KEY_FILE = "ledger.heads", "ledger.key"
_TAIL = 4_096  # bytes; a line takes some 230


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

    def append(self, head: Head, at: datetime, *, though_lower: bool = False) -> bool:
        """Write a head down; False, and nothing written, where a higher one stands last, unless `though_lower`.

        Another process may have looked later and written sooner. Raises `OSError`, `NoKey`.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        line = {"at": instant(at), "hash": head.hash, "seq": head.seq}
        line["mac"] = sign(self._key(make=True), head, instant(at))
        data = orjson.dumps(line) + b"\n"
        fd = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)  # ends with the descriptor
            end = os.fstat(fd).st_size
            tail = os.pread(fd, _TAIL, max(0, end - _TAIL))
            if not though_lower and _last_seq(tail) > head.seq:
                return False
            # A line cut short by a full disk or a kill must not swallow this one.
            os.write(fd, data if tail.endswith(b"\n") or not tail else b"\n" + data)
            os.fsync(fd)
        finally:
            os.close(fd)
        return True

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
        made = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        fd = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(fd, "w") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):  # another process was first: its key is the one
                os.link(made, path)  # whole, or not there
        finally:
            made.unlink()
        return path.read_bytes().strip()

    def hash_address(self, channel: str, address: str) -> str:
        """A keyed hash of an address: who lacks the key can't try out numbers. Raises `OSError`, `NoKey`."""
        words = f"address {channel} {address}".encode()
        return hmac.new(self._key(make=True), words, sha256).hexdigest()


def sign(key: bytes, head: Head, at: str) -> str:
    return hmac.new(key, f"head {head.seq} {head.hash} {at}".encode(), sha256).hexdigest()


def _last_seq(tail: bytes) -> int:
    """Of the last whole line that is a head; 0 where there is none."""
    for line in reversed(tail.split(b"\n")):
        found = _read_line(0, line, b"").head.seq
        if found:
            return found
    return 0


def _read_line(number: int, line: bytes, key: bytes) -> SignedHead:
    try:
        said = orjson.loads(line)
        head, at, mac = Head(int(said["seq"]), str(said["hash"])), str(said["at"]), str(said["mac"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return SignedHead(number, Head(0, ""), "", False)
    sound = hmac.compare_digest(mac.encode(), sign(key, head, at).encode()) if key else None
    return SignedHead(number, head, at, sound)
