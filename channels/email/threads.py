"""Which conversation a mail belongs to, told without a database and without trusting the sender.

A conversation is with one person at one of our accounts: its key is a hash of the sender's address. So strangers are
never merged, and the subject never matters. A mail joins *another* conversation only when it answers a message of
ours that bears our signature (in its Message-ID, or in the tag of the address it was sent to) **and** comes from the
very person that message went to: the signature holds a mark of the addressee. Anybody else who answers it, because it
was forwarded or seen, gets a conversation of their own that points at the message answered.

A token is 47 letters and digits: 19 of the conversation's key, 12 of the outbox id, 8 that prove that we made it and
8 that name the addressee. 40 bits are little for a key and plenty here: a guess costs the guesser a mail.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from channels.email.settings import TAG_ROOM, EmailSettings

_THREAD, _OUT, _PROOF = 19, 12, 8
_TOKEN = re.compile(rf"[a-z2-7]{{{TAG_ROOM}}}")
_KEY = re.compile(rf"m[a-z2-7]{{{_THREAD}}}")
_ALPHABET = b"abcdefghijklmnopqrstuvwxyz234567" * 8
_MARK = ".relais"  # ends the left half of our Message-IDs


def normalise(address: str) -> str:
    """The address as conversations are keyed: without blanks and in lower case."""
    return address.strip().casefold()


def mailbox_of(address: str) -> str:
    """The address without a "+tag": who gets mail at shop+amel@… may answer from shop@…, and the other way round."""
    local, at, domain = normalise(address).rpartition("@")
    return f"{local.partition('+')[0] or local}{at}{domain}"


@dataclass(frozen=True, slots=True)
class Token:
    """A message of ours, as its Message-ID or tag names it."""

    thread: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a mail belongs, and which message of ours it answers ("" for none)."""

    thread: str
    reply_to: str = ""


class Threads:
    """The conversations of one account: a pure function of its address and key."""

    def __init__(self, settings: EmailSettings) -> None:
        self._account = settings.address.lower().encode()
        self._key = settings.signing_key
        self._domain = settings.domain
        self._local, _, _ = settings.address.rpartition("@")
        self._delimiter = settings.tag_delimiter
        self._bases = {
            normalise(address).rpartition("@")[::2] for address in (settings.address, *settings.aliases)
        }

    def thread_of(self, address: str) -> str:
        """The conversation of this person. The same for ever: no secret goes into it."""
        digest = hashlib.blake2b(normalise(address).encode(), key=self._account[:64], digest_size=20).digest()
        return f"m{_letters(digest, _THREAD)}"

    def token(self, thread: str, outbox_id: str, to: str) -> Token:
        """The name of a message: the same at each try. A foreign thread stands for the addressee's own."""
        ours = thread if _KEY.fullmatch(thread) else self.thread_of(to)
        out = _letters(hashlib.sha256(outbox_id.encode()).digest(), _OUT)
        named = ours[1:] + out
        return Token(ours, named + self._proof("made", named) + self._proof("to", named, mailbox_of(to)))

    def message_id(self, token: Token) -> str:
        """The Message-ID, without <>."""
        return f"{token.text}{_MARK}@{self._domain}"

    def tagged(self, token: Token) -> str:
        """Our address with the token in it: where answers and bounces of this message come back to."""
        return f"{self._local}{self._delimiter}{token.text}@{self._domain}"

    def read_message_id(self, message_id: str) -> Token | None:
        """The message of ours that is named, if we really made that name."""
        local, _, domain = message_id.strip().lower().rpartition("@")
        if domain != self._domain or not local.endswith(_MARK):
            return None
        return self._proven(local.removesuffix(_MARK))

    def read_tagged(self, address: str) -> Token | None:
        """The same of an address that a mail was sent to."""
        local, _, domain = normalise(address).rpartition("@")
        base, delimiter, tag = local.rpartition(self._delimiter)
        return self._proven(tag) if delimiter and (base, domain) in self._bases else None

    def untagged(self, address: str) -> str:
        """Which address of ours this is, without a tag; "" when it isn't one of this account's."""
        local, at, domain = normalise(address).rpartition("@")
        base = local.rpartition(self._delimiter)[0]
        for each in (local, base):
            if each and (each, domain) in self._bases:
                return f"{each}{at}{domain}"
        return ""

    def admits(self, token: Token, sender: str) -> bool:
        """Whether the message went to this person."""
        expected = self._proof("to", token.text[: -2 * _PROOF], mailbox_of(sender))
        return hmac.compare_digest(expected, token.text[-_PROOF:])

    def place(self, sender: str, *, sent_to: Iterable[str], answers: Iterable[str]) -> Place:
        """Tell the conversation of a mail from `sender`. `answers` are Message-IDs, the nearest one first."""
        own = self.thread_of(sender)
        tagged = (self.read_tagged(address) for address in sent_to)
        named = (self.read_message_id(message_id) for message_id in answers)
        found = [token for token in (*tagged, *named) if token is not None]
        for token in found:
            if token.thread == own or self.admits(token, sender):
                return Place(thread=token.thread, reply_to=self.message_id(token))
        return Place(thread=own, reply_to=self.message_id(found[0]) if found else "")

    def _proven(self, text: str) -> Token | None:
        if not _TOKEN.fullmatch(text):
            return None
        named, proof = text[: -2 * _PROOF], text[-2 * _PROOF : -_PROOF]
        if not hmac.compare_digest(self._proof("made", named), proof):
            return None
        return Token(f"m{named[:_THREAD]}", text)

    def _proof(self, *of: str) -> str:
        return _letters(hmac.digest(self._key, "\0".join(of).encode(), hashlib.sha256), _PROOF)


def _letters(digest: bytes, count: int) -> str:
    """Five bits of each byte, as letters that survive any change of case."""
    return digest[:count].translate(_ALPHABET).decode()
