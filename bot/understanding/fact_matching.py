"""Whether a fact that was found is the one a test file names: spelling and length forgiven, meaning not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.understanding.facts import Facts
from bot.understanding.goods import goods_in
from bot.understanding.normalise import clean, word_set, words_of
from bot.understanding.reading import Reading
from bot.understanding.route import complains

_FIGURE = re.compile(r"\d[\d .,]*")
_FRAME = word_set(
    """
    le la les l un une du de des d the a an on in at since for from depuis dps il y a ago ca fait by to this
    منذ من يوم نهار قبل hadi mn men هادي
    """
)


def named(value: Any) -> list[str]:
    """The facts of a field: none, one, or a list."""
    if value is None or value == "":
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def found(reading: Reading, field: str) -> list[str]:
    """What was found for a field. A product is what a complaint is about; elsewhere it is only a word."""
    facts: Facts = reading.facts
    match field:
        case "order_id":
            return [facts.order] if facts.order else []
        case "product":
            things = facts.products or goods_in(reading.tokens)
            return list(things[:1]) if complains(reading.intents) else []
        case "date":
            return list(facts.dates)
        case _:
            return list(facts.amounts)


def agree(field: str, right: str, said: str) -> bool:
    match field:
        case "order_id":
            return "".join(words_of(right)) == "".join(words_of(said))
        case "amount":
            return _figure(right) == _figure(said) is not None
        case "date":
            return _same_date(_core(right), _core(said))
        case _:
            return _within(_stems(right), _stems(said))


def _figure(text: str) -> float | None:
    match = _FIGURE.search(clean(text))
    if match is None:
        return None
    digits = match[0].strip(" .,").replace(" ", "")
    if re.search(r"[.,]\d{1,2}$", digits):
        whole, cents = re.split(r"[.,](?=\d{1,2}$)", digits)
        return float(f"{re.sub('[.,]', '', whole)}.{cents}")
    return float(re.sub("[.,]", "", digits))


def _core(text: str) -> list[str]:
    return [word.lstrip("0") or "0" for word in words_of(text) if word not in _FRAME] or words_of(text)


def _same_date(right: Sequence[str], said: Sequence[str]) -> bool:
    iso = right[::-1] if len(right) == 3 and len(right[0]) == 4 and right[0].isdecimal() else right
    return (
        _within(right, said) or (list(iso) == list(said)) or (len(iso) == 3 and list(iso[:2]) == list(said))
    )


def _stems(text: str) -> list[str]:
    return [word.removeprefix("l")[:5] if len(word) > 5 else word for word in words_of(text)]


def _within(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the shorter stands within the longer."""
    short, long = sorted((list(one), list(other)), key=len)
    return bool(short) and set(short) <= set(long)
