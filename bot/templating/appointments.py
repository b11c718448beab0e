"""The variables of what is said about appointments, by template. Times come as words, by the contact's own clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

APPOINTMENTS: Mapping[str, Mapping[str, Literal["text", "texts", "flag"]]] = {
    "appointment/which_kind": {"kinds": "texts"},
    "appointment/slots": {
        "kind": "text",
        "slots": "texts",
        "exact": "flag",
        "moving": "flag",
        "taken": "flag",
    },
    "appointment/booked": {
        "kind": "text",
        "when": "text",
        "place": "text",
        "resource": "text",
        "link": "text",
        "moved": "flag",
    },
    "appointment/none": {"kind": "text"},
    "appointment/no_place_kept": {"kind": "text", "when": "text"},
    "appointment/waiting": {"kind": "text"},
    "appointment/no_longer_waiting": {},
    "appointment/offer": {"kind": "text", "when": "text", "place": "text", "until": "text"},
    "appointment/offer_over": {"kind": "text"},
    "appointment/offer_declined": {},
    "appointment/dropped": {},
    "appointment/list": {"appointments": "texts"},
    "appointment/full": {"appointments": "texts"},
    "appointment/which": {"appointments": "texts"},
    "appointment/nothing": {},
    "appointment/cancel_confirm": {"kind": "text", "when": "text"},
    "appointment/cancelled": {"kind": "text", "when": "text"},
    "appointment/kept": {"kind": "text", "when": "text"},
    "appointment/unable": {"kind": "text", "when": "text"},
    "appointment/withdrawn": {"kind": "text", "when": "text", "reason": "text"},
    "appointment/displaced": {"kind": "text", "when": "text", "why": "text", "slots": "texts"},
    "appointment/recap": {"kind": "text", "when": "text", "recap": "text"},
}
