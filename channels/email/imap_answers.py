"""What an IMAP server says, read; pure. source: RFC 3501 §7, §9"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

_LITERAL = b"\0"  # stands for the next literal: no line of IMAP may hold a zero byte
_TOKEN = re.compile(
    rb'\s*(?:(?P<open>\()|(?P<close>\))|"(?P<text>(?:[^"\\]|\\.)*)"|(?P<held>\x00)|(?P<atom>[^\s()"\x00]+))'
)
_CODE = re.compile(rb"\[([A-Za-z0-9-]+)(?: ([^\]]*))?\]\s*")
_STATES = frozenset({"OK", "NO", "BAD", "BYE", "PREAUTH"})
_DEPTH = 30


class ImapGone(Exception):
    """The line is of no use any more: cut, ended by the server, or full of rubbish. Begin a new one."""


class ImapRefused(Exception):
    """The server answered NO or BAD. `code` is its machine-readable reason, "" where it gives none."""

    def __init__(self, words: str, *, code: str = "") -> None:
        super().__init__(words)
        self.code = code


Item = bytes | None | tuple["Item", ...]
"""An atom, string or literal; NIL; or a list of such."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer. `* 5 EXISTS` has the name EXISTS and the number 5."""

    name: str
    tag: str = ""  # of the command that ends with it, "" when untagged
    number: int = 0
    code: str = ""  # UIDVALIDITY, AUTHENTICATIONFAILED, …
    value: str = ""  # what stands behind the code
    words: str = ""
    items: tuple[Item, ...] = ()
    literal_bytes: int = 0


def read_answer(pieces: Sequence[bytes], literals: Sequence[bytes]) -> Answer:
    """Read one answer from its lines and the literals between them. Raises `ImapGone` when it is none."""
    line = _LITERAL.join(piece.replace(_LITERAL, b"") for piece in pieces)
    first, _, rest = line.partition(b" ")
    if first == b"+":
        return Answer(name="+", words=_words(rest))
    tag = "" if first == b"*" else first.decode("ascii", "replace")
    name, _, tail = rest.partition(b" ")
    if name.isdigit():
        return _numbered(int(name[:19]), tail, literals)
    word = name.decode("ascii", "replace").upper()
    if word in _STATES:
        return _state(word, tag, tail)
    if tag or not word.isascii() or not word:
        raise ImapGone("the server sends what is no IMAP")
    return Answer(name=word, items=_items(tail, literals), literal_bytes=sum(map(len, literals)))


def _numbered(number: int, tail: bytes, literals: Sequence[bytes]) -> Answer:
    name, _, rest = tail.partition(b" ")
    return Answer(
        name=name.decode("ascii", "replace").upper(),
        number=number,
        items=_items(rest, literals),
        literal_bytes=sum(map(len, literals)),
    )


def _state(word: str, tag: str, tail: bytes) -> Answer:
    found = _CODE.match(tail)
    if found is None:
        return Answer(name=word, tag=tag, words=_words(tail))
    return Answer(
        name=word,
        tag=tag,
        code=found[1].decode("ascii").upper(),
        value=(found[2] or b"").decode("ascii", "replace"),
        words=_words(tail[found.end() :]),
    )


def _words(text: bytes) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text.decode("utf-8", "replace")).split())[
        :200
    ]


def _items(text: bytes, literals: Sequence[bytes]) -> tuple[Item, ...]:
    if b"(" not in text and b'"' not in text and _LITERAL not in text:
        return tuple(text.split())  # the numbers of a search: there may be very many
    held = iter(literals)
    stack: list[list[Item]] = [[]]
    for found in _tokens(text):
        if found["open"]:
            stack.append([])
            if len(stack) > _DEPTH:
                raise ImapGone("the server's answer is nested too deeply")
        elif found["close"]:
            if len(stack) == 1:
                raise ImapGone("the server's answer closes what it never opened")
            inner = tuple(stack.pop())
            stack[-1].append(inner)
        else:
            stack[-1].append(_single(found, held))
    if len(stack) != 1:
        raise ImapGone("the server's answer is not finished")
    return tuple(stack[0])


def _tokens(text: bytes) -> Iterator[re.Match[bytes]]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise ImapGone("the server sends what is no IMAP")
        at = found.end()
        yield found


def _single(found: re.Match[bytes], held: Iterator[bytes]) -> Item:
    if found["held"]:
        return next(held, b"")
    if found["text"] is not None:
        return re.sub(rb"\\(.)", rb"\1", found["text"])
    atom = found["atom"]
    return None if atom.upper() == b"NIL" else atom


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a FETCH answer tells of one mail."""

    uid: int
    size: int | None
    content: bytes | None  # the section asked for


def read_fetched(answers: Sequence[Answer]) -> list[Fetched]:
    """The mails in the answers to UID FETCH, in the order of their numbers; what can't be read is left out."""
    found: dict[int, Fetched] = {}
    for answer in answers:
        if answer.name != "FETCH" or len(answer.items) != 1 or not isinstance(answer.items[0], tuple):
            continue
        pairs = _pairs(answer.items[0])
        uid, size = _number(pairs.get("UID")), _number(pairs.get("RFC822.SIZE"))
        content = next((value for key, value in pairs.items() if key.startswith("BODY[")), None)
        if uid:
            found[uid] = Fetched(uid, size, content if isinstance(content, bytes) else None)
    return [found[uid] for uid in sorted(found)]


def _pairs(items: tuple[Item, ...]) -> Mapping[str, Item]:
    keys = (key.decode("ascii", "replace").upper() if isinstance(key, bytes) else "" for key in items[::2])
    return MappingProxyType(dict(zip(keys, items[1::2], strict=False)))


def _number(item: Item) -> int | None:
    return int(item) if isinstance(item, bytes) and item.isdigit() and len(item) < 19 else None
