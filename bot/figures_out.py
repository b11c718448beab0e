"""Figures as plain data, for other systems: numbers where something can be said, null where not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bot.complaints.indicators import Promises, Spread
from bot.complaints.pareto import ParetoRow
from bot.indicators import Figures, Share, Timing


def number(value: Decimal | float | None, digits: int = 3) -> float | None:
    return None if value is None else round(float(value), digits)


def as_data(figures: Figures) -> dict[str, Any]:
    """Everything, in per cent and seconds."""
    money, satisfaction = figures.money, figures.satisfaction
    return {
        "from": figures.period.first.isoformat(),
        "to": figures.period.last.isoformat(),
        "complaints": figures.complaints,
        "answered": figures.answered,
        "closed": figures.closed,
        "angry": figures.angry,
        "acknowledgement": _promises(figures.acknowledgement)
        | {"clock": _spread(figures.acknowledgement_times)},
        "first_answer": _timing(figures.first_answer),
        "resolution": _timing(figures.resolution),
        "other_promises": {kind: _promises(kept) for kind, kept in figures.other_promises.items()},
        "rightly_routed": _share(figures.routed),
        "self_served": _share(figures.self_served),
        "reopened": _share(figures.reopened),
        "satisfaction": {
            "answers": satisfaction.answers,
            "mean_mark": number(satisfaction.mean),
            "satisfied_per_cent": number(satisfaction.satisfied),
            "marks": {str(mark): satisfaction.marks.get(mark, 0) for mark in range(1, 6)},
            "satisfied_again": _share(satisfaction.again),
        },
        "volume": {
            "channel": dict(figures.by_channel),
            "product": dict(figures.by_product),
            "zone": dict(figures.by_zone),
            "object": dict(figures.by_object),
            "cause": dict(figures.by_cause),
            "customer": [
                {"contact_id": contact_id, "name": name, "complaints": count}
                for contact_id, name, count in figures.by_customer
            ],
        },
        "costs": {
            "currency": money.currency,
            "compensations": money.compensations,
            "compensation_cost": number(money.compensation_cost),
            "handling_cost": number(money.handling_cost),
            "cost": number(money.cost),
            "cost_per_complaint": number(figures.cost_per_complaint),
            "other_currencies": {code: number(amount) for code, amount in money.others.items()},
        },
        "rates": {
            "complaints_per_cent_of": {kind: number(rate) for kind, rate in figures.complaint_rates.items()},
            "loss_per_cent_of": {kind: number(rate) for kind, rate in figures.loss_rates.items()},
            "retention": number(figures.retention),
            "attrition": number(figures.attrition),
        },
        "bases": {
            kind: {"amount": number(base.amount), "estimated": base.estimated}
            for kind, base in figures.bases.items()
        },
        "mystery": {"complaints": figures.mystery, "resolution": _spread(figures.mystery_times)},
    }


def pareto_as_data(rows: list[ParetoRow]) -> list[dict[str, Any]]:
    return [
        {
            "name": row.name,
            "count": row.count,
            "share": number(row.share, 2),
            "cumulated": number(row.cumulated, 2),
            "vital": row.vital,
        }
        for row in rows
    ]


def _spread(found: Spread) -> dict[str, Any]:
    return {"count": found.count, "median_s": number(found.median_s), "p90_s": number(found.p90_s)}


def _promises(found: Promises) -> dict[str, Any]:
    return {"due": found.due, "kept": found.kept, "in_time_per_cent": number(found.share)}


def _timing(found: Timing) -> dict[str, Any]:
    return _promises(found.promises) | {"clock": _spread(found.clock), "working": _spread(found.working)}


def _share(found: Share) -> dict[str, Any]:
    return {"part": found.part, "of": found.whole, "per_cent": number(found.per_cent)}
