"""How Maghrebi Arabic builds its words: what may be taken off until a known word remains.

«ماتقبلتش» is «ما … ش» around «تقبلت», «كنستنى» is «ك» before «نستنى», «تسرقتلي» is «سرقت» with «ت» and «لي».
Nothing is decided here: a form counts only where it names a concept.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final


def _listed(parts: str) -> tuple[str, ...]:
    return tuple(parts.split())


_BEFORE: Final = _listed(
    "كان كات كاي غان غات غاي كن كت كي غن غت غي تن سن ست سي سا عال مال هال ك ب ف و ن ت ي ا ل ع م"
)
"""Tense and person (Moroccan «كن», «غن»; «سـ» of the standard), «على الـ», «من الـ», prepositions, persons."""
_BEHIND: Final = _listed(
    "تهالي هالي تولي اتني اتلي تلي ولي اهم تها توا وها ني لي لك لو ها هم كم نا تي وا تو ات ين ون ه ي ك و ت ا"
)
"""Persons, what is done to whom («لي», «ها»), plurals."""
_FEWEST: Final = 3  # letters that must remain


def denied(word: str) -> bool:
    """Whether a folded word is one around which «ما … ش» stands."""
    return len(word) >= _FEWEST + 2 and word[0] == "م" and word[-1] == "ش"


@lru_cache(maxsize=20_000)
def bases_of(word: str) -> tuple[str, ...]:
    """What remains of a folded Arabic word without its outer parts, the least taken off first."""
    found = []
    if denied(word):
        word = word[2:-1] if word[1] == "ا" else word[1:-1]
        found.append(word)
    bare = [word, *(word[len(part) :] for part in _BEFORE if word.startswith(part))]
    for form in bare:
        found += [form, *(form[: -len(part)] for part in _BEHIND if form.endswith(part))]
    return tuple(dict.fromkeys(form for form in found if len(form) >= _FEWEST))
