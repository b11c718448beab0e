"""Which message an answer, a purchase or a no is credited to: one only, the last before it. Pure.

- An answer belongs to the last message on its own channel; a no to the last one on the channel it speaks of.
- A purchase belongs to the last message that promotes, on whatever channel; where there was none, to the last reminder
  or other message of service.
- Nothing is credited after the window, and nothing to two messages: sums over campaigns and rules count no order twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message of outreach to one contact."""

    row_id: str
    channel: str
    at: datetime
    promotes: bool = True


@dataclass(frozen=True, slots=True)
class Said:
    """Something the contact said. `channel` "" is every channel (of a no)."""

    at: datetime
    channel: str


@dataclass(frozen=True, slots=True)
class Order:
    """`amount` is None in another currency than the company's: it is a purchase, and no income that can be summed."""

    at: datetime
    amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    reply: timedelta = timedelta(days=7)
    purchase: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What one message brought."""

    replied_at: datetime | None = None
    converted_at: datetime | None = None
    income: Decimal | None = None
    opted_out_at: datetime | None = None


NOTHING = Brought()


def credit(
    sent: Sequence[Sent],
    replies: Iterable[Said],
    orders: Iterable[Order],
    noes: Iterable[Said],
    windows: Windows,
) -> dict[str, Brought]:
    """What each message to one contact brought, by row; those that brought nothing are left out."""
    line = sorted(sent, key=lambda one: (one.at, one.row_id))
    by_channel = {channel: _Line([one for one in line if one.channel == channel])
                  for channel in {one.channel for one in line}}  # fmt: skip
    every = _Line(line)
    promoting, others = (
        _Line([one for one in line if one.promotes]),
        _Line([one for one in line if not one.promotes]),
    )
    found: dict[str, Brought] = defaultdict(Brought)
    for reply in sorted(replies, key=lambda said: said.at):
        of = by_channel.get(reply.channel, _NONE).before(reply.at, windows.reply)
        if of is not None and found[of.row_id].replied_at is None:
            found[of.row_id] = replace(found[of.row_id], replied_at=reply.at)
    for no in sorted(noes, key=lambda said: said.at):
        of = (by_channel.get(no.channel, _NONE) if no.channel else every).before(no.at, windows.reply)
        if of is not None and found[of.row_id].opted_out_at is None:
            found[of.row_id] = replace(found[of.row_id], opted_out_at=no.at)
    for order in sorted(orders, key=lambda one: one.at):
        of = promoting.before(order.at, windows.purchase) or others.before(order.at, windows.purchase)
        if of is not None:
            found[of.row_id] = _with_order(found[of.row_id], order)
    return {row_id: brought for row_id, brought in found.items() if brought != NOTHING}


def _with_order(brought: Brought, order: Order) -> Brought:
    income = brought.income
    if order.amount is not None:
        income = (income or Decimal(0)) + order.amount
    return replace(brought, converted_at=brought.converted_at or order.at, income=income)


class _Line:
    """Messages in the order of their times."""

    def __init__(self, sent: Sequence[Sent]) -> None:
        self._sent = sent
        self._times = [one.at for one in sent]

    def before(self, at: datetime, within: timedelta) -> Sent | None:
        """The last one at or before an instant, unless its window is over."""
        number = bisect_right(self._times, at)
        if number == 0:
            return None
        last = self._sent[number - 1]
        return last if at - last.at <= within else None


_NONE = _Line(())
