"""Mail addresses from header values, however they are written. source: RFC 5322 §3.4, RFC 6532"""

from __future__ import annotations

import re

from channels.email.words import text_of

MAX_ADDRESSES = 200
MAX_LIST = 65_536  # bytes of an address list that are looked at
_SIMPLE = re.compile(rb'\s*"?([^"<>,;:@()\\]*)"?\s*<([^<>\s,;:"()\\]+@[^<>\s,;:"()\\@]+)>\s*')
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\@\x00-\x1f\x7f]{1,64}@[^\s<>,;:\"()\\@/?#&=%\x00-\x1f\x7f]{1,253}")
_QUOTED_LOCAL = re.compile(r"\"[^\"\\\x00-\x1f]{1,62}\"@[^\s<>,;:\"()\\@\x00-\x1f]{1,253}")


def normal(address: str) -> str:
    """An address with its domain in lower case; "" when it is none. The part before the @ stays as written."""
    address = address.strip(" \t\r\n<>'\u200e\u200f\u202a-\u202e").removeprefix("mailto:")
    if not (_ADDRESS.fullmatch(address) or _QUOTED_LOCAL.fullmatch(address)):
        return ""
    local, _, domain = address.rpartition("@")
    domain = domain.rstrip(".").lower()
    return f"{local}@{domain}" if domain and ".." not in domain else ""


def addresses_of(value: bytes) -> tuple[tuple[str, str], ...]:
    """(name, address) of each mailbox in a list, groups opened, each address once, unreadable ones left out."""
    simple = _SIMPLE.fullmatch(value) if len(value) < 1000 else None
    if simple is not None:
        address = normal(simple[2].decode("utf-8", "replace"))
        return ((text_of(simple[1]).strip("'\" "), address),) if address else ()
    found: dict[str, str] = {}
    for entry in _entries(value[:MAX_LIST]):
        name, address = _mailbox(entry)
        if address:
            found.setdefault(address, name)
        if len(found) >= MAX_ADDRESSES:
            break
    return tuple((name, address) for address, name in found.items())


def _entries(value: bytes) -> list[bytes]:
    """Cut a list at commas and semicolons that stand outside of quotes, brackets and comments."""
    entries, begin, quoted, comment, angle, skip = [], 0, False, 0, False, False
    for position, byte in enumerate(value):
        if skip:
            skip = False
        elif byte == 0x5C:  # backslash
            skip = quoted or comment > 0
        elif byte == 0x22 and not comment:  # "
            quoted = not quoted
        elif quoted:
            continue
        elif byte == 0x28:  # (
            comment += 1
        elif byte == 0x29 and comment:
            comment -= 1
        elif byte in (0x3C, 0x3E) and not comment:
            angle = byte == 0x3C
        elif not comment and (byte == 0x3B or (byte == 0x2C and not angle)):
            entries.append(value[begin:position])
            begin = position + 1
        elif byte == 0x3A and not comment and not angle and b"@" not in value[begin:position]:
            begin = position + 1  # the name of a group
    return [*entries, value[begin:]]


def _mailbox(entry: bytes) -> tuple[str, str]:
    bracket = entry.rfind(b"<")
    if bracket >= 0:
        inner = entry[bracket + 1 :].partition(b">")[0]
        address = normal(re.sub(rb"\s+", b"", inner.rpartition(b":")[2]).decode("utf-8", "replace"))
        if address:
            return _name(entry[:bracket]), address
    bare = re.sub(rb"\([^()]*\)", b" ", entry)
    comment = re.search(rb"\(([^()]{1,200})\)", entry)
    text = bare.decode("utf-8", "replace")
    found = _ADDRESS.search(text) if "@" in text[:2000] else None
    if found is None or text[found.end() : found.end() + 1] in ("@", "\0"):
        # two addresses in one: neither is meant
        return "", ""
    return _name(comment[1] if comment else b""), normal(found[0])


def _name(phrase: bytes) -> str:
    phrase = re.sub(rb"\\(.)", rb"\1", phrase.strip()).replace(b'"', b"")
    return text_of(phrase).strip("'\"< ")[:200]
