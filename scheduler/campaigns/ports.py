"""What campaigns give to others, and what they take: planned lines, and links that can be followed.

async for line in plan_campaign(…): …      # `scheduler.campaigns.planning`
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

LineStatus = Literal["waiting", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """What becomes of one contact of a campaign: one message, or the reason why there is none.

    A plan gives one line for each contact of the audience, in the order of their ids. The start of the campaign
    writes these very lines down as rows of `recipients`.
    """

    recipient_id: str  # of the row; in a plan that is kept nowhere, an id made for the occasion
    contact_id: str
    name: str  # "" in discreet mode
    status: LineStatus  # waiting: it will go at `due_at`; skipped: it won't, see `reason`
    due_at: datetime  # aware UTC; of a skipped line, when it would have gone
    variant: str = ""  # "a", "b", …; "" where there is one text, or the winner is still to be found
    channel: str = ""
    address: str = ""
    language: str = ""
    subject: str = ""
    text: str = ""  # as it would be said now; what is sent is written anew when it goes
    cost: Decimal = Decimal(0)  # in the company's currency; 0 for a skipped line
    reason: str = ""  # code of `scheduler.guards`, or "budget", "template"; of a waiting line, what delays it
    detail: str = ""  # JSON of what the reason speaks of; "" where nothing


class LinkMaker(Protocol):
    """Makes links of a campaign's messages tell who followed them.

    Both must be pure and quick: they are called within the transaction that sends. Plans call `wrap` as well, for
    the length of a text decides what an SMS costs; a plan that is kept nowhere gives ids that are no recipient's.
    """

    def wrap(self, url: str, recipient_id: str) -> str:
        """The address to write instead of `url`; `url` itself where it must not be changed."""
        ...

    def pixel(self, recipient_id: str) -> str | None:
        """The address of an invisible image that tells of an opened mail; None: no image. Asked for e-mail alone."""
        ...


@dataclass(frozen=True, slots=True)
class PlainLinks:
    """Links as they are written, and no image: where nothing is followed."""

    def wrap(self, url: str, recipient_id: str) -> str:
        return url

    def pixel(self, recipient_id: str) -> str | None:
        return None
