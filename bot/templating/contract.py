"""Which templates exist and what each is given: the contract of those who decide and those who write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from bot.templating.appointments import APPOINTMENTS
from bot.templating.outreach import OUTREACH
from bot.templating.report_contract import FIGURES, ROWS

Kind = Literal["text", "texts", "flag", "count", "moment", "maybe_moment", "figures", "rows"]
"""`moment` is an aware datetime, `maybe_moment` one or None, `texts` a list of str.

`figures` and `rows` are the weekly report's (`report_contract.py`).
"""

COMMON: Mapping[str, Kind] = {"company": "text", "name": "text", "channel": "text"}
"""Given to every template: the company's name, the contact's first name (or ""), the channel."""

_REGISTERED: Mapping[str, Kind] = {"reference": "text", "desk": "text", "due_at": "moment", "summary": "text"}

_TONE: Mapping[str, Kind] = {"angry": "flag", "first": "flag"}
"""`first`: this answers the complaint's first words, and carries the empathy. source: CO-23"""

CONTRACT: Mapping[str, Mapping[str, Kind]] = {
    "reply/greeting": {},
    "reply/thanks": {},
    "reply/goodbye": {},
    "reply/faq": {"answer": "text"},
    "reply/suggestions": {"questions": "texts", "numbered": "flag"},
    "reply/handover": {"desk": "text", "open_now": "flag", "reopens_at": "maybe_moment"},
    "reply/words_please": {"what": "text"},
    "reply/calm": {},
    "reply/order_status": {"order": "text"},
    "reply/cancelled": {},
    "complaint/what": _TONE,
    "complaint/ask_product": {"products": "texts", **_TONE, "again": "flag"},
    "complaint/ask_since": {**_TONE, "again": "flag"},
    "complaint/ask_evidence": {**_TONE, "again": "flag"},
    "complaint/ask_remedy": {**_TONE, "again": "flag"},
    "complaint/restate": {
        **_TONE,
        "summary": "text",
        "product": "text",
        "order": "text",
        "since": "text",
        "remedy": "text",
        "files": "count",
    },
    "complaint/what_to_correct": {},
    "complaint/registered": {**_REGISTERED, **_TONE, "complete": "flag", "urgent": "flag"},
    "complaint/registered_silent": _REGISTERED,
    "complaint/another_chance": {},
    "complaint/chance_given": {"reference": "text"},
    "complaint/chance_refused": {"reference": "text"},
    "complaint/reminder": {},
    "complaint/cancelled": {},
    "complaint/added": {"reference": "text", "files": "count", "angry": "flag", "remedy": "text"},
    "complaint/nothing_more": {"reference": "text"},
    "complaint/status": {
        "reference": "text",
        "phase": "text",
        "opened_at": "moment",
        "due_at": "moment",
        "desk": "text",
        "owner": "text",
        "answered": "flag",
        "waiting": "flag",
        "late": "flag",
        "closed": "flag",
    },
    "complaint/status_none": {},
    "complaint/followup": {"reference": "text"},
    "complaint/forwarded": {"reference": "text", "desk": "text", "due_at": "moment"},
    "complaint/progress": {"reference": "text", "text": "text", "agent": "text", "due_at": "moment"},
    "complaint/plan": {"reference": "text", "owner": "text", "plan": "text", "due_at": "moment"},
    "complaint/keep_in_touch": {
        "reference": "text",
        "desk": "text",
        "owner": "text",
        "due_at": "maybe_moment",
    },
    "complaint/waiting": {"reference": "text", "question": "text"},
    "complaint/resumed": {"reference": "text", "due_at": "moment"},
    "complaint/answer": {"reference": "text", "answer": "text", "agent": "text"},
    "complaint/compensation": {"reference": "text", "kind": "text", "description": "text"},
    "complaint/refused": {"reference": "text", "reason": "text"},
    "complaint/closed": {"reference": "text"},
    "complaint/reopened": {"reference": "text", "due_at": "moment"},
    "complaint/after_purchase": {"order": "text", "product": "text"},
    "complaint/survey_mark": {},
    "complaint/survey_improve": {},
    "complaint/survey_recommend": {},
    "complaint/survey_thanks": {},
    "complaint/satisfied": {"reference": "text"},
    "complaint/not_satisfied": {"reference": "text", "desk": "text", "due_at": "moment"},
    "consent/opt_out_done": {},
    "consent/opt_out_confirm": {},
    "consent/opt_out_kept": {},
    "consent/opt_in_done": {},
    "consent/confirm": {"link": "text", "what": "text"},
    "receipt/message": {"open_now": "flag", "reopens_at": "maybe_moment", "reference": "text"},
    "alert/agent": {
        "kind": "text",
        "contact": "text",
        "channel_name": "text",
        "reason": "text",
        "reference": "text",
        "due_at": "maybe_moment",
    },
    "console/reset": {"link": "text", "until": "moment"},
    "console/locked": {"until": "moment", "address": "text", "link": "text"},
    "console/changed": {"address": "text", "link": "text"},
    "report/weekly": {
        "week": "count",
        "first_day": "moment",
        "last_day": "moment",
        "now": "figures",
        "before": "figures",
        "mean": "figures",
        "trend": "rows",
        "causes": "rows",
        "uncaused": "count",
        "currency": "text",
        "channels": "rows",
        "products": "rows",
        "zones": "rows",
        "late": "rows",
        "late_count": "count",
        "recurrences": "rows",
        "actions": "rows",
        "actions_done": "count",
        "ledger": "text",
        "mystery": "count",
    },
    **APPOINTMENTS,
    **OUTREACH,
}

FREE_FOLDERS = frozenset({"campaign"})
"""Folders of templates that operators invent: there the header's `variables` are the contract."""

PURPOSES = ("receipt", "reply", "service", "bulk", "alert")
CHANNELS = ("webchat", "telegram", "email", "sms", "whatsapp", "sandbox")


def variables_of(template: str) -> Mapping[str, Kind] | None:
    """What a template is given, the common ones included; None when it is not in the contract."""
    own = CONTRACT.get(template)
    return None if own is None else {**COMMON, **own}


_FULL: Mapping[Kind, Any] = {
    "texts": ("B8", "B12", "Hourdis"),
    "flag": True,
    "count": 2,
    "figures": dict.fromkeys(FIGURES, "12"),
}
_BARE: Mapping[Kind, Any] = {
    "text": "",
    "texts": (),
    "flag": False,
    "count": 0,
    "maybe_moment": None,
    "figures": dict.fromkeys(FIGURES, "n/a"),
    "rows": (),
}
_TEXTS: Mapping[str, str] = {
    "company": "Briqueterie Atlas",
    "name": "Karim",
    "channel": "webchat",
    "reference": "RC-2026-000042",
    "desk": "complaints",
    "order": "CMD-1042",
    "product": "B12",
    "contact": "Karim B.",
    "channel_name": "WhatsApp",
    "kind": "handover",
    "currency": "DZD",
    "occasion": "vos dix ans d’activité",
    "friend": "Amina",
    "state": "en production",
    "topic": "hourdis",
    "offer": "moins 10 % sur le hourdis",
    "title": "Les nouvelles de mars",
    "code": "B10-2026",
    "missing": "45 000 DA",
    "when": "mercredi 30 septembre à 18:00",
    "until": "mercredi 30 septembre à 18:00",
    "link": "https://bot.example.org/a/Zm9vYmFyYmF6.ics",
    "unsubscribe": "https://example.org/u/abc",
}


def full_sample(template: str, moment: datetime) -> dict[str, Any]:
    """Plausible variables with everything filled in, for previews and trial renders."""
    kinds = variables_of(template) or COMMON
    return {name: _full_value(name, kind, moment) for name, kind in kinds.items()}


def bare_sample(template: str, moment: datetime) -> dict[str, Any]:
    """The poorest variables the contract allows: empty texts, no name, nothing known but a reference."""
    kinds = variables_of(template) or COMMON
    bare = {name: moment if kind == "moment" else _BARE[kind] for name, kind in kinds.items()}
    if template.startswith("complaint/") and "reference" in bare:
        bare["reference"] = _TEXTS["reference"]
    return bare


def _full_value(name: str, kind: Kind, moment: datetime) -> Any:
    if kind in ("moment", "maybe_moment"):
        return moment
    if kind == "rows":
        return [dict(ROWS[name])]
    return _TEXTS.get(name, f"({name})") if kind == "text" else _FULL[kind]
