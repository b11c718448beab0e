"""Separates what a person wrote now from what they quoted and from their signature; every line is kept.

Lines are told apart one by one, so that answers typed between quoted lines stay the person's words wherever they
stand. When nothing of theirs would be left, the whole is theirs: a forwarded mail is what they wanted to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.email.attribution import attribution_length, is_forward, is_header_block, is_separator, plain
from channels.email.signature import signature_begins
from channels.email.zones import CUT, OWN, QUOTE, SIGNATURE, Line
from channels.frozen import frozen

MAX_LINES = 20_000  # beyond, lines are kept without being looked at
MAX_TRIES = 1_500  # lines that look like the beginning of an earlier mail; hostile mails have more
_QUOTED = re.compile(r" {0,2}(?:>|&gt;|\|> )")
_RULE = re.compile(r"[_\-=—*]{5,}")
_MAYBE = re.compile(r"[\w\W]*(?:@|\d|:|wrote|crit|كتب)")
_PGP = re.compile(r"-----(?:BEGIN|END) PGP [A-Z ]{3,30}-----")


@frozen
class Split:
    text: str  # what was written now
    quoted: str  # quotations and signature, in the order of the mail


def split_text(text: str, *, writer: str = "") -> Split:
    """Separate a plain text. `writer` is the name in From, if known."""
    return split_lines([Line(line) for line in text.replace("\r\n", "\n").split("\n")], writer=writer)


def split_lines(lines: Sequence[Line], *, writer: str = "") -> Split:
    """Separate lines whose zones the HTML has told as far as it could."""
    zones = [line.zone for line in lines[:MAX_LINES]] + [OWN] * max(0, len(lines) - MAX_LINES)
    texts = [line.text for line in lines]
    _mark_prefixed(texts, zones)
    _mark_cut(texts, zones)
    _mark_introductions(texts, zones)
    _mark_signatures(texts, zones, writer)
    own = [text for text, zone in zip(texts, zones, strict=True) if zone == OWN]
    rest = [text for text, zone in zip(texts, zones, strict=True) if zone != OWN]
    if not any(_says_something(line) for line in own):
        return Split(text=_joined(texts), quoted="")
    return Split(text=_joined(own), quoted=_joined(rest))


def _joined(lines: Sequence[str]) -> str:
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")


def _says_something(line: str) -> bool:
    return any(char.isalnum() for char in line) or bool(plain(line).strip("-_=*>|. "))


def _mark_prefixed(texts: list[str], zones: list[str]) -> None:
    """Lines that begin with > are quoted, and so is the short rest of one that some server wrapped."""
    for number in range(min(len(texts), MAX_LINES)):
        if zones[number] == OWN and _QUOTED.match(texts[number]):
            zones[number] = QUOTE
    for number in range(1, min(len(texts), MAX_LINES) - 1):
        text, before = texts[number], texts[number - 1]
        if (
            zones[number] == OWN and zones[number - 1] == zones[number + 1] == QUOTE and len(before) >= 66
            and 0 < len(text) <= 24 and text[:1].islower() and _QUOTED.match(before)
        ):  # fmt: skip
            zones[number] = QUOTE


def _mark_cut(texts: list[str], zones: list[str]) -> None:
    """From the header block of an earlier mail on, all is that mail."""
    tries = 0
    for number in range(min(len(texts), MAX_LINES)):
        if zones[number] == QUOTE and not _opens_forward(texts, zones, number):
            continue
        tries += ":" in texts[number][:32]
        if tries > MAX_TRIES:
            return
        if zones[number] == CUT or _opens_earlier_mail(texts, number):
            begin = number
            while (
                begin
                and zones[begin - 1] == OWN
                and (not texts[begin - 1].strip() or _RULE.fullmatch(plain(texts[begin - 1])))
            ):
                begin -= 1
            _cut_from(texts, zones, begin)
            return


def _opens_forward(texts: list[str], zones: list[str], number: int) -> bool:
    """Gmail marks only the first lines of what it forwards, the rest looks like one's own."""
    return (number == 0 or zones[number - 1] != QUOTE) and is_forward(texts[number])


def _cut_from(texts: list[str], zones: list[str], begin: int) -> None:
    """All below is the earlier mail, but for the answers below its quoted lines, where it is quoted line by line."""
    prefixed = any(_QUOTED.match(text) for text in texts[begin : begin + 14])
    for later in range(begin, len(zones)):
        if (
            not prefixed
            or zones[later] != OWN
            or (later <= begin + 8 and not any(_QUOTED.match(text) for text in texts[begin:later]))
        ):
            zones[later] = QUOTE


def _opens_earlier_mail(texts: list[str], number: int) -> bool:
    line = texts[number]
    if not line or line.isspace():
        return False
    if is_separator(line) or is_forward(line):
        return True
    return ":" in line[:32] and is_header_block(texts[number : number + 12])


def _mark_introductions(texts: list[str], zones: list[str]) -> None:
    """ "Le … a écrit :" goes with what it introduces, up to three lines of it."""
    number = tries = 0
    while number < min(len(texts), MAX_LINES) and tries < MAX_TRIES:
        if zones[number] != OWN or not texts[number].strip() or not _MAYBE.match(texts[number][:400]):
            number += 1
            continue
        tries += 1
        window = []
        for later in range(number, min(number + 4, len(texts))):
            if zones[later] != OWN:
                break
            window.append(texts[later])
        count = _introduction(texts, zones, number, window)
        for each in range(number, number + count):
            zones[each] = QUOTE
        number += max(count, 1)


def _introduction(texts: list[str], zones: list[str], number: int, window: list[str]) -> int:
    for size in range(1, len(window) + 1):
        following = next(
            (n for n in range(number + size, min(number + size + 3, len(texts))) if texts[n].strip()), -1
        )
        before_quote = following >= 0 and zones[following] == QUOTE
        if before_quote and (count := attribution_length(window[:size], before_quote=True)) == size:
            return count
    count = attribution_length(window, before_quote=False)
    if count:
        quoted_later = any(zone == QUOTE for zone in zones[number + count : number + count + 6])
        if not quoted_later:
            zones[number:] = [QUOTE] * (len(zones) - number)
    return count


def _mark_signatures(texts: list[str], zones: list[str], writer: str) -> None:
    """Look for a signature at the end of each run of own lines that a quotation or the end follows."""
    begin = 0
    limit = len(zones)
    runs = 0
    while begin < limit and runs < 100:
        if zones[begin] != OWN:
            begin += 1
            continue
        end = begin
        while end < limit and zones[end] == OWN:
            end += 1
        if end == limit or runs == 0 or limit - end < 400:
            cut = begin + signature_begins(texts[begin:end], writer=writer)
            zones[cut:end] = [SIGNATURE] * (end - cut)
        begin, runs = end, runs + 1
    _mark_armour(texts, zones)


def _mark_armour(texts: list[str], zones: list[str]) -> None:
    """The armour of an inline PGP signature is no text of anybody. source: RFC 9580 §6.2, §7"""
    if not any(text.startswith("-----BEGIN PGP SIGN") for text in texts):
        return
    inside = False
    for number, text in enumerate(texts):
        opens = text.startswith("-----BEGIN PGP SIGN")
        heading = (
            number > 0 and texts[number - 1].startswith("-----BEGIN PGP SIGNED") and text.startswith("Hash:")
        )
        inside = (inside or text.startswith("-----BEGIN PGP SIGNATURE")) and bool(zones)
        if opens or heading or inside:
            zones[number] = SIGNATURE
        if _PGP.match(text) and text.startswith("-----END"):
            inside = False
