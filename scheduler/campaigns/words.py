"""Why a recipient is left out or waits, in the words of a marketer, in French, Arabic and English."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from scheduler.guard_words import REASONS, in_words
from scheduler.rule_words import reason_in_words as of_rules

_OWN: Final[Mapping[str, Mapping[str, str]]] = {
    "budget": {
        "fr": "Le budget de la campagne est épuisé.",
        "ar": "استُنفدت ميزانية الحملة.",
        "en": "The campaign’s budget is used up.",
    },
    "campaign_paused": {
        "fr": "La campagne est en pause.",
        "ar": "الحملة متوقفة مؤقتًا.",
        "en": "The campaign is paused.",
    },
    "campaign_cancelled": {
        "fr": "La campagne a été annulée.",
        "ar": "أُلغيت الحملة.",
        "en": "The campaign was cancelled.",
    },
}


def reason_in_words(code: str, language: str, detail: str = "") -> str:
    """`detail` is the JSON of what the reason speaks of; without it the reason is said in general."""
    if code in _OWN:
        return _OWN[code][language]
    if code not in REASONS:
        return of_rules(code, language)
    known = json.loads(detail) if detail.startswith("{") else {}
    return in_words(code, known, language).replace(" (–)", "")
