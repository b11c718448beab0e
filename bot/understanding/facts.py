"""Facts of a case named in a text: order, product, zone, since when, amounts, addresses, a name, the
remedy wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.understanding.normalise import word_set, words_of
from bot.understanding.phrases import Phrase, PhraseIndex

MIN_ORDER_DIGITS = 3
"""A bare number is taken for an order only from this many digits."""

_ORDER_NAMED = re.compile(
    r"""(?:comm?andes?|\bcmd|\border|factures?|invoice|bon\s+de\s+(?:commande|livraison)|\bbl|\br[ée]f(?:[ée]rence)?
    |\breference|l?comm?ande|l?factoura|\btalabiya|\bra9m|\braqm|طلبي?[ةه]?|طلب|فاتور[ةه]|كوموند|الكوموند|رقم)
    [\s:.°\#ºn-]*(?:num[ée]ro|number|no|nr|رقم|ra9m|raqm)?[\s:.°\#º-]*
    ([A-Za-z]{0,5}[-_/]?\d[\w/-]{2,23})""",
    re.IGNORECASE | re.VERBOSE,
)
_ORDER_CODE = re.compile(r"(?<![\w@.-])(?:#\s?(\d{3,12})|([A-Za-z]{2,5}[-_/]?\d{3,}(?:[-_/]\d+)*))(?![\w@])")
_NUMBER = re.compile(r"(?<![\w+.,/-])\d{3,12}(?![\w.,/-]\d)(?!\w)")
_GLUED = re.compile(r"\d(?:da|dzd|dhs?|mad|tnd|eur|دج)\b", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_PHONE = re.compile(r"(?<![\w-])(?:\+|00)?\d(?:[ .-]?\d){8,13}(?!\w)")
_AMOUNT = re.compile(
    r"(\d{1,3}(?:[ .]\d{3})+|\d+(?:[.,]\d{1,2})?)\s?(da|dzd|dinars?|dhs?|mad|tnd|eur|euros?|€|\$|usd"
    r"|دج|دينار|درهم)(?!\w)",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?i:je\s+m'?\s?appelle|je\s+me\s+nomme|mon\s+nom\s+est|my\s+name\s+is|\bismi|\bsmiti|اسمي|سميتي|أنا\s+اسمي)\s*:?\s+"
    r"([^\W\d_][\w'’-]{1,29}(?:\s+[A-ZÀ-ÝØ-Þ][\w'’-]{1,29}){0,2})"
)

_UNIT = (
    r"(?:jours?|semaines?|mois|heures?|ans?|ann[ée]es?|days?|weeks?|months?|hours?|years?|"
    r"أيام|ايام|يوم(?:ين)?|أسبوع(?:ين)?|اسبوع(?:ين)?|أسابيع|اسابيع|سيمان(?:ة|ه|ات)|شهر(?:ين)?|أشهر|شهور|شهورا|ساعات?|ساعة|"
    r"yam|youm|youmin|nhar|nharat|simana|simanat|simantin|chhar|chher|chhour|sa3at)"
)
_COUNT = (
    r"(?:\d{1,3}|une?|deux|trois|quatre|cinq|six|sept|huit|dix|quinze|plusieurs|quelques|one|two|three|four|five|six|"
    r"seven|ten|a|an|several|zouj|jouj|tlata|tlat|reb3a|khamsa|زوج|جوج|ثلاثة|ثلاث|أربعة|خمسة|عشرة)"
)
_DAY = (
    r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"(?:يوم\s+)?(?:الإثنين|الاثنين|الثلاثاء|الأربعاء|الاربعاء|الخميس|الجمعة|السبت|الأحد|الاحد)|"
    r"(?:nhar\s+)?(?:tnin|tlata|larb3a|lkhmis|khmis|jem3a|ljoum3a|sebt|had))"
)
_MONTH = (
    r"(?:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre|january|february|"
    r"march|april|may|june|july|august|september|october|november|december|جانفي|فيفري|مارس|أفريل|افريل|ماي|جوان|جويلية|"
    r"أوت|اوت|سبتمبر|أكتوبر|اكتوبر|نوفمبر|ديسمبر|يناير|فبراير|أبريل|ابريل|يونيو|يوليوز|غشت|شتنبر|نونبر|دجنبر)"
)
_DATE = (
    rf"(?:\d{{1,2}}[/.-]\d{{1,2}}(?:[/.-]\d{{2,4}})?|\d{{1,2}}(?:er|st|nd|rd|th)?\s+{_MONTH}(?:\s+\d{{4}})?)"
)
_PAST = (
    r"(?:avant[- ]hier|hier(?:\s+(?:matin|soir))?|ce\s+matin|cet\s+apr[èe]s-midi|aujourd'hui|"
    r"la\s+semaine\s+(?:derni[èe]re|pass[ée]e)|"
    r"le\s+mois\s+(?:dernier|pass[ée])|yesterday|this\s+morning|today|last\s+(?:week|month|night|year)|"
    r"the\s+day\s+before\s+yesterday|أمس|امس|البارحة|البارح|أول\s+أمس|اليوم|هذا\s+الصباح|الأسبوع\s+الماضي|الاسبوع\s+الماضي|"
    r"الشهر\s+الماضي|l?bare[h7]|elbare[h7]|lyoum|elyoum|ssba[h7])"
)
_SINCE = re.compile(
    rf"(?<!\w)(?:"
    rf"(?:depuis|à\s+partir\s+d[eu]|since|for|from|منذ|من|mn|men|ml|mel|hadi|هادي|هذي|عندها|عندي|3andha|3ndha|3andi|3ndi)\s+"
    rf"(?:le\s+|la\s+|l'|the\s+|el\s+|environ\s+|about\s+|plus\s+d[e']\s*|more\s+than\s+|over\s+|حوالي\s+|أكثر\s+من\s+)?"
    rf"(?:{_PAST}|{_COUNT}\s+{_UNIT}|{_UNIT}(?!\s*\d)|{_DATE}|{_DAY}(?:\s+(?:dernier|pass[ée]|الماضي))?)"
    rf"|[çc]a\s+fait\s+(?:environ\s+|plus\s+d[e']\s*)?{_COUNT}\s+{_UNIT}"
    rf"|il\s+y\s+a\s+(?:environ\s+|plus\s+d[e']\s*)?{_COUNT}\s+{_UNIT}"
    rf"|{_COUNT}\s+{_UNIT}\s+ago|a\s+{_UNIT}\s+ago"
    rf"|قبل\s+(?:{_COUNT}\s+)?{_UNIT}"
    rf"|{_PAST}|{_DAY}\s+(?:dernier|pass[ée]|الماضي|li\s+fat)|last\s+{_DAY}|(?:le|on|يوم)\s+{_DATE}|on\s+{_DAY}"
    rf")(?!\w)",
    re.IGNORECASE,
)
_SINCE_WORDS = word_set(
    """
    depuis partir since for from منذ من mn men ml mel hadi هادي هذي عندها عندي 3andha 3ndha 3andi 3ndi
    ago y قبل hier avant matin midi aujourd derniere dernier passe passee yesterday morning today last
    امس بارحه بارح يوم صباح ماضي bareh bare7 lbareh lbare7 elbareh elbare7 lyoum elyoum youm ssbah ssba7
    fat le on fait
    """
)
_CURRENCY_WORDS = word_set("da dzd dinar dinars dh dhs mad tnd eur euro euros usd دج دينار درهم")
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
    digits = sum(map(str.isdigit, cleaned))
    if digits >= MIN_ORDER_DIGITS:
        changes = _numbers(cleaned, tokens, products, digits)
    if not _SINCE_WORDS.isdisjoint(tokens) and (since := _SINCE.search(cleaned)):
        changes["since"] = since.group(0).strip()
    if not _NAME_WORDS.isdisjoint(tokens) and (name := _NAME.search(cleaned)):
        changes["name"] = _as_name(name.group(1).strip())
    if "@" in cleaned:
        changes["emails"] = tuple(_EMAIL.findall(cleaned))
    return Facts(products=products, zone=zone, remedy=remedy, **changes)


def _as_name(said: str) -> str:
    return said.title() if said.islower() or (said.isupper() and len(said) > 3) else said


def _numbers(cleaned: str, tokens: Sequence[str], products: tuple[str, ...], digits: int) -> dict[str, Any]:
    phones = tuple(_PHONE.findall(cleaned)) if digits >= 9 else ()
    money = (
        not _CURRENCY_WORDS.isdisjoint(tokens) or "€" in cleaned or "$" in cleaned or _GLUED.search(cleaned)
    )
    amounts = tuple(match.group(0) for match in _AMOUNT.finditer(cleaned)) if money else ()
    rest = cleaned
    for taken in (*phones, *amounts):
        rest = rest.replace(taken, " ")
    known = {"".join(words_of(product)) for product in products}
    return {
        "phones": phones,
        "amounts": amounts,
        "order": _order_in(rest, known),
        "numbers": tuple(_NUMBER.findall(rest)),
    }


def _order_in(text: str, products: set[str]) -> str:
    candidates = [match.group(1) for match in _ORDER_NAMED.finditer(text)]
    candidates += [first or second for first, second in _ORDER_CODE.findall(text)]
    for candidate in candidates:
        digits = sum(char.isdigit() for char in candidate)
        if digits >= MIN_ORDER_DIGITS and "".join(words_of(candidate)) not in products:
            return candidate.strip("-_/")
    return ""
