"""Rules to begin with, as forms: the same in every language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

EXAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "birthday": {"measure": "birthday", "test": {"during": {"calendar": "month", "offset": 0}}},
    "silent": {
        "all": [
            {"measure": "last_activity", "test": {"during": {"older": 6, "unit": "month"}}},
            {"not": {"measure": "complaints", "of": {"status": "open"}, "test": {"op": ">=", "value": "1"}}},
        ]
    },
    "best": {
        "all": [
            {"measure": "recency", "test": {"op": ">=", "value": "4"}},
            {"measure": "frequency", "test": {"op": ">=", "value": "4"}},
            {"measure": "spending", "test": {"op": ">=", "value": "4"}},
        ]
    },
    "first": {"measure": "first_purchase", "test": {"during": {"calendar": "month", "offset": 0}}},
    "card": {"measure": "card_expiry", "test": {"during": {"next": 60, "unit": "day"}}},
    "quotes": {
        "all": [
            {"measure": "quotes", "of": {"status": "open"}, "test": {"op": ">=", "value": "1"}},
            {"measure": "quote_expiry", "test": {"during": {"next": 10, "unit": "day"}}},
        ]
    },
    "offers_sms": {
        "all": [
            {"measure": "consent", "of": {"purpose": "offers", "channel": "sms"}, "test": {"holds": True}},
            {"measure": "reachable", "test": {"one_of": ["sms"]}},
        ]
    },
}
