"""Which few causes make most of the complaints. source: domain §5"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

VITAL = Decimal(80)
"""Per cent: the causes that reach it together are the vital few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoRow:
    name: str  # "" for those without
    count: int
    share: Decimal  # per cent
    cumulated: Decimal  # per cent, with all those before
    vital: bool  # needed to reach the 80 % line


def pareto(counts: Mapping[str, int]) -> list[ParetoRow]:
    """The causes by size, each with its share and the sum so far; equal ones by name.

    Complaints without a cause stand last, whatever their number: they are work to do, not a cause.
    """
    total = sum(counts.values())
    if total <= 0:
        return []
    rows: list[ParetoRow] = []
    sum_so_far = 0
    for name, count in sorted(counts.items(), key=lambda item: (item[0] == "", -item[1], item[0])):
        if count <= 0:
            continue
        vital = Decimal(sum_so_far * 100) / total < VITAL
        sum_so_far += count
        rows.append(
            ParetoRow(
                name=name,
                count=count,
                share=Decimal(count * 100) / total,
                cumulated=Decimal(sum_so_far * 100) / total,
                vital=vital and name != "",
            )
        )
    return rows


def shortened(rows: list[ParetoRow], most: int) -> list[ParetoRow]:
    """At most so many rows, what is left put together under "…"."""
    if len(rows) <= most:
        return rows
    kept, rest = rows[: most - 1], rows[most - 1 :]
    return [
        *kept,
        ParetoRow(
            name="…",
            count=sum(row.count for row in rest),
            share=sum((row.share for row in rest), Decimal(0)),
            cumulated=rest[-1].cumulated,
            vital=any(row.vital for row in rest),
        ),
    ]
