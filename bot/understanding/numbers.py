"""Numbers in a text and what each is: an order or case, an amount of money, a telephone, or only a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.understanding.goods import goods_in
from bot.understanding.normalise import word_set, words_of

MIN_ORDER_DIGITS: Final = 3
"""A bare number is taken for an order only from this many digits."""
PHONE_DIGITS: Final = 9

_STRONG = (
    r"(?:comm?andes?|\bcmd|\bcde|\border|\bpurchase|\bachat|\bfactures?|\binvoice|\bbon\s+de\s+(?:commande|livraison)|\bbl|\br[ée]f(?:[ée]rence)?"
    r"|\breference|\bdossier|\bticket|\bcolis|\bsuivi|\btracking|\bparcel|\bpackage|\bshipment|\bbooking|\br[ée]servation|\breservation"
    r"|\br[ée]clamation|\bcomplaint|\bclaim|\bcase|\bcontrat|\bcontract|\btransaction|\bdevis|\bquote|\bpolicy|\bid"
    r"|l?comm?ande|l?commanda|\bkomand[ae]?|l?factoura|\bfaktoura|\btalabiya|\btalab|\bchekwa|\breclam\w*"
    r"|طلبي?[ةه]?|طلبيت[يك]|طلبي|فاتور[ةه]|فاتورتي|كوموند|فاكتورة|كولي|الكولي|طرد|الطرد|شحن[ةه]|ملف|الملف|شكوى|شكواي|تذكر[ةه]|تتبع|حجز|مرجع)"
)
_WEAK = r"(?:\bnum[ée]ro|\bnumber|\bra9m|\braqm|\bnumero|\bn°|\bno\.|\bnr\.?|رقم|الرقم)"
_FILL = (
    r"(?:[\s:.,°\#º()-]|\b(?:est|is|was|de|du|of|le|la|ma|mon|my|the|avec|with|sous|porte|svp|please|pls|code|id|dyali|ta3i|ديالي|تاعي|نتاعي|هو|هي)\b"
    r"|\bn\b|\bnum[ée]ro|\bnumber|\bno\b|\bnum\b|\bnr\b|رقمها|رقمه|رقم|\bra9m|\braqm|\bnumero){0,10}"
)
_CODE = (
    r"([A-Za-z]{1,6}[-_/]?\d[A-Za-z0-9/_-]{1,23}|\d{1,4}(?:[ ]\d{2,4}){1,3}(?!\d)"
    r"|\d{2,}(?:[-_/][A-Za-z0-9]+)+|\d[A-Za-z0-9]{2,23})"
)
_NAMED = re.compile(rf"{_STRONG}{_FILL}{_CODE}", re.IGNORECASE)
_NUMBERED = re.compile(rf"{_WEAK}[\s:.°\#º-]*{_CODE}", re.IGNORECASE)
_SHAPED = re.compile(
    r"(?<![\w@.-])(?:\#\s?([A-Za-z]{0,4}-?\d{3,12})|([A-Za-z]{2,5}[-_/]?\d{3,}(?:[-_/]\d+)*[A-Za-z]{0,3}"
    r"|[A-Za-z][-_/]\d{3,}|\d{3,}-[A-Za-z]{1,4}))(?![\w@])"
)
_NUMBER = re.compile(r"(?<![\w+.,/-])\d{3,12}(?![\w.,/-]\d)(?!\w)")
_PHONE = re.compile(r"(?<![\w-])(?:\+|00)?\d(?:[ .-]?\d){8,13}(?!\w)")
_PHONE_LIKE = re.compile(r"\+\d|0[5-79]\d{8}$")
_NEXT_WORD = re.compile(r"\s+([^\W\d]\w*)")
_FIGURE = r"(?:\d{1,3}(?:[ .,]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?)"
_MANY = (
    r"(?:\s?(?:mille|millions?|milliards?|thousand|k(?=\s?[a-z€$]{2,})"
    r"|ألف|الف|آلاف|الاف|مليون|ملاين|ملايين|alf|alef|melyoun|milyoun|mlayen)\b)"
)
_MONEY = (
    r"(?:da|dzd|dinars?|dnr|dhs?|mad|dirhams?|drahem|dt|tnd|eur|euros?|€|\$|usd|dollars?|bucks|£|gbp|pounds?|quid|cents?|centimes?"
    r"|دج|د\.ج|دينار(?:ا|ات)?|دنانير|درهما?|دراهم|أورو|اورو|يورو|دولار)"
)
_AMOUNT = re.compile(
    rf"(?<![\w.,/-])(?:{_FIGURE}{_MANY}?\s?{_MONEY}(?!\w)|(?:€|\$|£|usd|eur)\s?{_FIGURE}{_MANY}?(?!\w)|{_FIGURE}\s?(?:millions?|melyoun|milyoun|مليون)(?!\w))",
    re.IGNORECASE,
)
_PAID = re.compile(
    r"(?:pay[ée]e?s?|pay[ée]|factur[ée]e?s?|d[ée]bit[ée]e?s?|pr[ée]lev[ée]e?s?|co[ûu]t[ée]e?|rembours\w*|charged|paid|billed|cost|refund(?:ed)?|khlast|khellast|خلصت|دفعت)"
    r"(?:\s+[^\W\d]+(?:['’]\w+)?){0,3}\s+(\d{3,6}|\d{1,3}[ .]\d{3})(?!\s?(?:fois|times|[%/-]|\d))(?!\w)",
    re.IGNORECASE,
)
_MONEY_WORDS = word_set(
    """
    da dzd dinar dinars dnr dh dhs mad dirham dirhams drahem dt tnd eur euro euros usd dollar dollars
    bucks gbp pound pounds quid cent cents centime centimes دج دينار دينارا دنانير درهم درهما دراهم اورو
    يورو دولار million millions مليون melyoun milyoun paye payee payes payer facture facturee debite
    preleve coute coutee rembourser rembourse charged paid billed cost khlast khellast خلصت دفعت refund
    refunded
    """
)
_GLUED = re.compile(r"\d(?:da|dzd|dhs?|mad|dt|tnd|eur|دج)\b", re.IGNORECASE)
_UNIT_AFTER = re.compile(
    r"\s?(?:%|kg|g\b|ml|cl|cm|mm|m2|m²|litres?|go\b|gb\b|mo\b|fois\b|times\b|jours?\b|days?\b|h\b|km\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What the numbers of a text are, as they were written."""

    order: str = ""
    amounts: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


NO_NUMBERS = Numbers()


def numbers_in(
    cleaned: str, tokens: Sequence[str], *, known: frozenset[str], dates: Sequence[str]
) -> Numbers:
    """Tell the numbers apart. `known` are product names written together, `dates` what was read as one."""
    digits = sum(map(str.isdigit, cleaned))
    money = not _MONEY_WORDS.isdisjoint(tokens) or any(s in cleaned for s in "€$£") or _GLUED.search(cleaned)
    if digits < MIN_ORDER_DIGITS and not money:
        return NO_NUMBERS
    amounts = [match.group(0).strip() for match in _AMOUNT.finditer(cleaned)] if money else []
    rest = _without(cleaned, amounts)
    named = _order_in(_NAMED, _without(rest, dates), known)
    shaped = _order_in(_SHAPED, rest, known)
    order = shaped if named in shaped else named
    rest = _without(rest, [order, *dates])
    phones = _PHONE.findall(rest) if digits >= PHONE_DIGITS else []
    rest = _without(rest, phones)
    order = order or _order_in(_NUMBERED, rest, known)
    if money and not amounts:
        amounts = [match.group(1) for match in _PAID.finditer(_without(rest, [order]))]
    return Numbers(
        order=order,
        amounts=tuple(amounts),
        phones=tuple(phones),
        others=tuple(_NUMBER.findall(_without(cleaned, [*amounts, *phones]))),
    )


def _without(text: str, taken: Sequence[str]) -> str:
    for part in taken:
        if part:
            text = text.replace(part, " ; ")
    return text


def _order_in(pattern: re.Pattern[str], text: str, known: frozenset[str]) -> str:
    for match in pattern.finditer(text):
        candidate = next(group for group in match.groups() if group).strip("-_/ ")
        digits = "".join(filter(str.isdigit, candidate))
        together = "".join(words_of(candidate))
        if (
            len(digits) < MIN_ORDER_DIGITS
            or together in known
            or _PHONE_LIKE.match(candidate.replace(" ", ""))
        ):
            continue
        if not _counts(text, match.end(), candidate, known):
            return candidate
    return ""


def _counts(text: str, end: int, candidate: str, known: frozenset[str]) -> bool:
    """Whether a number says how much or how many: "500 kg", "order of 500 bricks"."""
    if _UNIT_AFTER.match(text, end):
        return True
    following = _NEXT_WORD.match(text, end) if candidate.isdecimal() else None
    words = words_of(following[1]) if following else []
    return bool(words) and ("".join(words) in known or bool(goods_in(words)))
