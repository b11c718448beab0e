"""A simulation as plain data: for a file, another system, and the comparison with an earlier one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.simulation import Asked
from scheduler.guard_words import REASONS, in_words
from scheduler.rule_words import reason_in_words
from scheduler.simulation.difference import Change
from scheduler.simulation.lines import Line, Total, detail_of

COLUMNS = (
    "at", "status", "source", "contact_id", "name", "channel", "account", "address", "language", "subject", "text",
    "cost", "reason", "words", "waited", "key",
)  # fmt: skip


def why(reason: str, detail: Mapping[str, str], language: str) -> str:
    """A reason in words, whoever gave it: a guard or a rule's own end."""
    if not reason:
        return ""
    return in_words(reason, detail, language) if reason in REASONS else reason_in_words(reason, language)


def line_as_data(line: Line, language: str) -> dict[str, Any]:
    return {
        "at": line.at.isoformat(),
        "status": line.status,
        "source": line.source,
        "contact_id": line.contact_id,
        "name": line.name,
        "channel": line.channel,
        "account": line.account,
        "address": line.address,
        "language": line.language,
        "subject": line.subject,
        "text": line.text,
        "cost": float(line.cost),
        "reason": line.reason,
        "words": why(line.reason, detail_of(line.detail), language),
        "waited": line.waited,
        "key": line.key,
    }


def total_as_data(total: Total, language: str) -> dict[str, Any]:
    return {
        "source": total.source,
        "status": total.status,
        "channel": total.channel,
        "reason": total.reason,
        "words": why(total.reason, {}, language),
        "number": total.number,
        "cost": float(total.cost),
    }


def change_as_data(change: Change) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "key": change.key,
        "source": change.source,
        "name": change.name,
        "at": change.at.isoformat(),
        "before": change.before,
        "after": change.after,
    }


def asked_as_data(asked: Asked, currency: str) -> dict[str, Any]:
    return {
        "made_at": asked.now.isoformat(),
        "from": asked.first.isoformat(),
        "until": asked.until.isoformat(),
        "days": asked.days,
        "rules": list(asked.rules),
        "switched_on": list(asked.switched_on),
        "currency": currency,
    }
