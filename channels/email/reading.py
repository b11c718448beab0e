"""Reads one mail, whatever it is: `outline` before it is journaled, `read_mail` when its turn has come."""

from __future__ import annotations

import re
from collections.abc import Collection

from channels.email.addresses import addresses_of, normal
from channels.email.automatic import why_automatic
from channels.email.bounces import read_bounce
from channels.email.content import content_of
from channels.email.headers import Headers
from channels.email.identity import provider_id
from channels.email.mail import Mail, Outline
from channels.email.parts import Tree, settle, split_parts
from channels.email.quotation import Split, split_lines
from channels.email.words import date_of, ids_of, text_of
from channels.email.zones import Line
from channels.text import clean_text

MAX_SUBJECT = 1_000
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2})\s*(?:[,;]|$)")


def outline(raw: bytes, *, own: Collection[str] = ()) -> Outline:
    """The cheap part: ids, sender, why no person wrote it. `own` are our addresses. Raises `Malformed` when empty.

    For the mail as it came: of one that `slim` cut, `read_mail` knows the id it had.
    """
    raw = settle(raw)
    return _outline(raw, split_parts(raw), own, trusted=False)


def read_mail(raw: bytes, *, own: Collection[str] = ()) -> Mail:
    """All of a mail, also of one that `slim` cut. `own` are our addresses. Raises `Malformed` when empty."""
    raw = settle(raw)
    tree = split_parts(raw)
    known = _outline(raw, tree, own, trusted=True)
    content = content_of(raw, tree.root)
    lines = content.lines or _forwarded(raw, tree)
    split = _clean(split_lines(lines, writer=known.sender_name))
    return Mail(
        message_id=known.message_id, provider_id=known.provider_id, sender=known.sender,
        sender_name=known.sender_name, answer_to=known.answer_to, to=known.to, cc=known.cc,
        delivered_to=known.delivered_to, subject=known.subject, sent_at=known.sent_at,
        in_reply_to=known.in_reply_to, references=known.references, automatic=known.automatic,
        bounce=known.bounce, text=split.text, quoted=split.quoted, files=content.files,
        language_hint=_language(tree.root.headers), left_out=tree.left_out + content.left_out,
    )  # fmt: skip


def _outline(raw: bytes, tree: Tree, own: Collection[str], *, trusted: bool) -> Outline:
    headers = tree.root.headers
    name, sender = _sender(headers)
    subject = clean_text(text_of(headers.get(b"subject")))[:MAX_SUBJECT]
    to = _addresses(headers, b"to")
    delivered = _addresses(headers, b"delivered-to", b"x-original-to", b"envelope-to", b"x-envelope-to")
    known = {address.lower() for address in own}
    bounce = read_bounce(raw, tree.root, sender=sender, subject=subject, to=delivered + to)
    automatic = why_automatic(headers, tree.root, sender=sender, subject=subject, own=known)
    ids = ids_of(headers.get(b"message-id"))
    return Outline(
        message_id=ids[0] if ids else "",
        provider_id=provider_id(raw, tree, trusted=trusted),
        sender=sender, sender_name=name, answer_to=_answer_to(headers, sender, known),
        to=to, cc=_addresses(headers, b"cc"), delivered_to=delivered, subject=subject,
        sent_at=date_of(headers.get(b"date")),
        in_reply_to=ids_of(headers.get(b"in-reply-to")), references=ids_of(headers.get(b"references")),
        automatic="bounce" if bounce and automatic != "own" else automatic, bounce=bounce,
    )  # fmt: skip


def _sender(headers: Headers) -> tuple[str, str]:
    """(name, address) of the first readable From, else of Sender."""
    for field in (b"from", b"sender", b"resent-from"):
        for value in headers.all(field)[:5]:
            for name, address in addresses_of(value):
                return clean_text(name)[:200], address
    return "", ""


def _answer_to(headers: Headers, sender: str, own: Collection[str]) -> str:
    """Reply-To where it names one address that isn't ours; ours would have us answer ourselves for ever."""
    named = addresses_of(headers.get(b"reply-to"))
    return named[0][1] if len(named) == 1 and named[0][1].lower() not in own else sender


def _addresses(headers: Headers, *fields: bytes) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for field in fields:
        for value in headers.all(field)[:20]:
            single = normal(value.decode("utf-8", "replace"))
            for address in [single] if single else [each for _, each in addresses_of(value)]:
                found[address] = None
    return tuple(found)


def _forwarded(raw: bytes, tree: Tree) -> list[Line]:
    """The words of a mail that was forwarded as a file, without a word of the sender's own."""
    for part in tree.root.walk():
        if part.mime == "message/rfc822" and b"x-relais-media" not in part.headers:
            inner = part.body(raw)
            within = split_parts(inner)
            title = text_of(within.root.headers.get(b"subject"))[:MAX_SUBJECT]
            return [Line(line) for line in (title, "") if title] + content_of(
                inner, within.root, trusted=False
            ).lines
    return []


def _clean(split: Split) -> Split:
    text, quoted = clean_text(split.text), clean_text(split.quoted)
    return Split(text=text, quoted=quoted) if text else Split(text=quoted, quoted="")


def _language(headers: Headers) -> str:
    for name in (b"content-language", b"accept-language"):
        found = _LANGUAGE.match(headers.get(name)[:100].decode("ascii", "replace"))
        if found is not None:
            return found[1]
    return ""
