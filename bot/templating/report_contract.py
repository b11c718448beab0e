"""What the weekly report's template is given: figures as words, ready to be set, and lists of them."""

from __future__ import annotations

from collections.abc import Mapping

FIGURES: tuple[str, ...] = (
    "complaints",
    "answered",
    "closed",
    "angry",
    "ack_share",
    "ack_median",
    "first_answer_share",
    "first_answer_working",
    "resolution_share",
    "resolution_working",
    "resolution_p90",
    "resolution_clock",
    "reopened",
    "satisfied_again",
    "mark",
    "routed",
    "self_served",
    "compensations",
    "cost",
    "cost_per_complaint",
    "rate_customers",
    "rate_transactions",
    "rate_units",
    "loss_revenue",
    "loss_cost_of_sales",
    "retention",
    "attrition",
)
"""Keys of a `figures` variable, each a text such as "92 %", "4 h 12" or "n/a"."""

ROWS: Mapping[str, Mapping[str, str | bool]] = {
    "trend": {"name": "16/11", "count": "42"},
    "causes": {"name": "transport", "count": "9"},
    "channels": {"name": "WhatsApp", "count": "12"},
    "products": {"name": "B12", "count": "7"},
    "zones": {"name": "Béjaïa", "count": "5"},
    "late": {
        "reference": "RC-2026-000042",
        "customer": "Karim B.",
        "owner": "Samira K.",
        "due": "5 mars 17:00",
        "late": "2 j",
    },
    "recurrences": {"what": "B12, Béjaïa", "cases": "6", "usual": "0,4"},
    "actions": {"title": "B12, Béjaïa", "owner": "Samira K.", "due": "5 mars", "late": True},
}
"""Keys of each row of a `rows` variable."""
