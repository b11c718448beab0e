"""Passwords of users: Argon2id, never on the event loop, never more than a few at a time."""

from __future__ import annotations

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST: Final = 10
MOST: Final = 200
_AT_ONCE: Final = 2  # each takes 64 MiB and a core for a twentieth of a second
_MOST_WAITING: Final = 40
_WORDS: Final = """
password passwort motdepasse azertyuiop qwertyuiop 1234567890 0123456789 12345678910
123456789a azerty1234 azerty12345 azerty123456 qwerty1234 qwerty12345 qwerty123456
password1 password12 password123 password1234 motdepasse1 motdepasse12 motdepasse123
administrator administrateur admin12345 admin123456 bonjour123 bonjour1234 algerie2024
algerie2025 algerie2026 maroc12345 tunisie123 france1234 iloveyou12 welcome123 welcome1234
letmein1234 changeme12 changeme123 changeme1234 relais1234 abcdefghij abcd123456
aaaaaaaaaa 1111111111 0000000000 1q2w3e4r5t qazwsxedcr
"""  # the most used ones of ten letters or more; NIST SP 800-63B §3.1.1.2
_WELL_KNOWN: Final = frozenset(_WORDS.split())


class TooBusy(Exception):
    """Too many passwords wait to be checked."""


class WeakPassword(ValueError):
    """The reason is a key of the console's words, below `password`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Passwords:
    """Hashes and checks. `verify` takes as long for somebody unknown as for a user."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """The usual settings are the second recommended option of RFC 9106."""
        self._hasher = hasher or PasswordHasher()
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """Raises `TooBusy`, before any work."""
        if self._waiting >= _MOST_WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._verify, stored, password[: MOST + 1])
        finally:
            self._waiting -= 1

    def _verify(self, stored: str | None, password: str) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody")
        try:
            self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def is_old(self, stored: str) -> bool:
        """Whether it was hashed with weaker settings than today's."""
        return self._hasher.check_needs_rehash(stored)


def check_password(password: str, *, email: str, name: str = "") -> None:
    """Raises `WeakPassword`. Length and what everybody guesses, no puzzles. source: NIST SP 800-63B §3.1.1"""
    if len(password) < LEAST:
        raise WeakPassword("short")
    if len(password) > MOST:
        raise WeakPassword("long")
    folded = password.casefold()
    own = {part for part in (email.casefold(), email.casefold().partition("@")[0], name.casefold()) if part}
    if folded in _WELL_KNOWN or folded in own or len(set(folded)) < 4:
        raise WeakPassword("guessable")
    if any(len(part) >= 4 and folded.replace(part, "").strip("0123456789.!-_") == "" for part in own):
        raise WeakPassword("guessable")
