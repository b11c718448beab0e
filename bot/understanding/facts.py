"""Facts of a case named in a text: order, product, zone, since when, amounts, addresses, a name, the
remedy wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.understanding.dates import read_dates
from bot.understanding.goods import goods_in
from bot.understanding.normalise import word_set, words_of
from bot.understanding.numbers import numbers_in
from bot.understanding.phrases import Phrase, PhraseIndex

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_NAME = re.compile(
    r"(?i:je\s+m'?\s?appelle|je\s+me\s+nomme|mon\s+nom\s+est|my\s+name\s+is|\bismi|\bsmiti|اسمي|سميتي|أنا\s+اسمي)\s*:?\s+"
    r"([^\W\d_][\w'’-]{1,29}(?:\s+[A-ZÀ-ÝØ-Þ][\w'’-]{1,29}){0,2})"
)

_DIGIT = re.compile(r"\d")
_NAME_WORDS = word_set("appelle nomme nom name ismi smiti اسمي سميتي")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a text says about a case, each "" or empty when it says nothing; words as the customer wrote
    them.
    """

    products: tuple[str, ...] = ()
    order: str = ""
    numbers: tuple[str, ...] = ()  # bare numbers long enough to be an order when one was asked for
    since: str = ""
    dates: tuple[str, ...] = ()  # every date, day and duration
    zone: str = ""
    remedy: str = ""  # refund, exchange, redelivery, repair, explanation, discount
    amounts: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    name: str = ""

    @property
    def product(self) -> str:
        return ", ".join(self.products)


NO_FACTS = Facts()


Products = Iterable[str] | Mapping[str, Sequence[str]]
"""Names of products, or each with the other names customers use for it."""


class Catalogue:
    """The company's products and places, to be found in a text however they are spaced ("B 12", "b-12",
    «B12») and by whichever of their names.
    """

    def __init__(self, products: Products, zones: Iterable[str] = ()) -> None:
        others = products if isinstance(products, Mapping) else dict.fromkeys(products, ())
        named = [("product", name, said) for name in others for said in (name, *others[name])]
        named += [("zone", name, name) for name in zones]
        self._names = {f"{kind}:{name}": name for kind, name, _ in named}
        self._index = PhraseIndex(
            Phrase(f"{kind}:{name}", 1.0, words) for kind, name, said in named for words in _spellings(said)
        )

    @property
    def empty(self) -> bool:
        """Whether the company listed no product: then any everyday thing may be one."""
        return not any(key.startswith("product:") for key in self._names)

    def find(self, tokens: Sequence[str]) -> tuple[tuple[str, ...], str]:
        """Products in the order of the text, and the first zone."""
        hits = self._index.find(tokens)
        if not hits:
            return (), ""
        labels = dict.fromkeys(hit.label for hit in sorted(hits, key=lambda hit: hit.start))
        products = tuple(self._names[label] for label in labels if label.startswith("product:"))
        zones = [self._names[label] for label in labels if label.startswith("zone:")]
        return products, zones[0] if zones else ""


def _spellings(name: str) -> set[tuple[str, ...]]:
    words = tuple(words_of(name))
    found = {words, ("".join(words),)} if words else set()
    for word in words:
        code = re.fullmatch(r"([a-z]{1,3})(\d{1,3})", word)
        if code:
            found |= {(word,), code.groups(), (f"{word}s",)}
    for place in {0, len(words) - 1} if words else ():
        if words[place].isascii() and words[place].isalpha() and not words[place].endswith("s"):
            found.add((*words[:place], f"{words[place]}s", *words[place + 1 :]))
    return found


def read_facts(cleaned: str, tokens: Sequence[str], catalogue: Catalogue, remedy: str = "") -> Facts:
    """Facts of one cleaned text; `remedy` comes from the intents, which know its words.

    Each pattern runs only where one of its words is there: most messages pay for none.
    """
    products, zone = catalogue.find(tokens)
    changes: dict[str, Any] = {}
    dates = read_dates(cleaned)
    if _DIGIT.search(cleaned):
        known = frozenset("".join(words_of(product)) for product in products)
        numbers = numbers_in(cleaned, tokens, known=known, dates=dates.all)
        changes = {
            "order": numbers.order,
            "amounts": numbers.amounts,
            "phones": numbers.phones,
            "numbers": numbers.others,
        }
    if dates.all:
        changes["dates"] = dates.all
        changes["since"] = dates.since
    if name := name_in(cleaned, tokens):
        changes["name"] = _as_name(name)
    if "@" in cleaned:
        changes["emails"] = tuple(_EMAIL.findall(cleaned))
    if catalogue.empty:
        products = goods_in(tokens)
    if not (products or zone or remedy or changes):
        return NO_FACTS
    return Facts(products=products, zone=zone, remedy=remedy, **changes)


def name_in(cleaned: str, tokens: Sequence[str]) -> str:
    """The name somebody says is theirs, as it was written; "" for none."""
    found = None if _NAME_WORDS.isdisjoint(tokens) else _NAME.search(cleaned)
    return found.group(1).strip() if found else ""


def _as_name(said: str) -> str:
    return said.title() if said.islower() or (said.isupper() and len(said) > 3) else said
