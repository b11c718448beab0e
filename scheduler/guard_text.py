"""What a text must be before it goes to many: nothing banned, short enough, honest links, a way out. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from bot.templating.wording import BANNED
from channels.segments import count_segments, fold_typography

SHORTENERS: Final = frozenset(
    (
        "bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly", "cutt.ly",
        "rb.gy", "shorturl.at", "t.ly", "s.id", "tiny.cc", "lnkd.in",
    )
)  # fmt: skip
"""Hosts that hide where a link leads: customers and filters distrust them, and carriers stop their messages."""

_LINK = re.compile(
    r"(?<![\w@/.-])(?:[a-z][a-z0-9+.-]*://|www\.|(?=(?:"
    + "|".join(re.escape(host) for host in sorted(SHORTENERS))  # phones make links of these without a scheme
    + r")/))[^\s<>\"'«»]+",
    re.I,
)
_END = ".,;:!?)]}’”…،؛؟"
_STOP = re.compile(r"\bSTOP\b|إيقاف|توقف")
_MARKS = re.compile(r"[\u064b-\u0652\u0670\u0640]")  # Arabic vowel signs and the stretching line


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What the company allows in a text."""

    banned: tuple[str, ...] = ()  # besides those no text of the company may hold
    link_hosts: tuple[str, ...] = ()  # and what is below them; empty: every host that hides nothing
    own_url: str = ""  # of this server: its links are always right
    sms_segments: int = 1
    limits: Mapping[str, int] = field(default_factory=dict)  # characters by channel, of its door


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Of one message by channel; of an SMS by segment."""

    by_channel: Mapping[str, Decimal] = field(default_factory=dict)


Wrong = tuple[str, Mapping[str, str]] | None


def wrong_text(
    whole: str, text: str, *, channel: str, must_unsubscribe: bool, unsubscribe_url: str, texts: Texts
) -> Wrong:
    """What is wrong with a text, subject included in `whole`; None when nothing is."""
    word = banned_word(whole, texts.banned)
    if word:
        return "banned_word", {"word": word}
    link = bad_link(whole, texts)
    if link:
        return "bad_link", {"link": link}
    shown = (unsubscribe_url and unsubscribe_url in text) or _STOP.search(text)
    if must_unsubscribe and not shown:
        return "no_way_out", {}
    return _too_long(text, channel, texts)


def _too_long(text: str, channel: str, texts: Texts) -> Wrong:
    if channel == "sms":
        count = count_segments(fold_typography(text)).count
        return ("too_long", _sizes(count, texts.sms_segments)) if count > texts.sms_segments else None
    limit = texts.limits.get(channel)
    return ("too_long", _sizes(len(text), limit)) if limit is not None and len(text) > limit else None


def _sizes(size: int, limit: int) -> Mapping[str, str]:
    return {"size": str(size), "limit": str(limit)}


def banned_word(text: str, banned: tuple[str, ...]) -> str:
    """The first word or phrase that must not be said, whatever its case, accents and vowel signs; "" for none."""
    found = BANNED.search(text)
    if found:
        return found[0]
    plain = _plain(text) if banned else ""
    return next((word for word in banned if re.search(rf"(?<!\w){re.escape(_plain(word))}(?!\w)", plain)), "")


@lru_cache(maxsize=1024)  # many contacts read the same words, and each text is looked at again before it goes
def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", _MARKS.sub("", text)).casefold()
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(kept.replace("’", "'").split())


def bad_link(text: str, texts: Texts) -> str:
    """The first link that must not be sent; "" when all are right. Nothing is fetched."""
    allowed = _host_allowed(texts)
    return next((link for link in _links(text) if not _is_right(link, texts.own_url, allowed)), "")


def _links(text: str) -> list[str]:
    return [found.rstrip(_END) for found in _LINK.findall(text)]


def _is_right(link: str, own_url: str, allowed: Callable[[str], bool]) -> bool:
    if own_url and (link == own_url or link.startswith(f"{own_url}/")):
        return True
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").rstrip(".").lower()
        odd = parts.username is not None or parts.port not in (None, 443)
    except ValueError:
        return False
    return parts.scheme.lower() == "https" and "." in host and not odd and allowed(host)


def _host_allowed(texts: Texts) -> Callable[[str], bool]:
    def allowed(host: str) -> bool:
        if _within(host, SHORTENERS) or host.replace(".", "").isdigit():
            return False
        return not texts.link_hosts or _within(host, frozenset(texts.link_hosts))

    return allowed


def _within(host: str, hosts: frozenset[str]) -> bool:
    parts = host.split(".")
    return any(".".join(parts[start:]) in hosts for start in range(len(parts)))


def cost_of(channel: str, text: str, prices: Prices) -> Decimal:
    """What sending it costs, by the company's price list; an SMS by its segments."""
    price = prices.by_channel.get(channel, Decimal(0))
    if channel != "sms":
        return price
    return price * max(1, count_segments(fold_typography(text)).count)
