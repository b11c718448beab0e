"""What would go out in the days to come, and why not the rest: nothing is sent and nothing changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, Field

from bot.api.access import aware
from bot.simulation import Asked
from bot.simulation_desk import SimulationDesk
from bot.simulation_out import line_as_data, total_as_data

router = APIRouter()

_AHEAD = 92  # days in all
Name = Annotated[str, Field(min_length=1, max_length=60)]


def _desk(request: Request) -> SimulationDesk:
    desk: SimulationDesk = request.app.state.simulations
    return desk


class SimulationIn(BaseModel, extra="forbid"):
    days: Annotated[int, Field(ge=1, le=_AHEAD)] = 30
    since: datetime | None = Field(None, description="Lines from then on. Empty: from now.")
    rules: Annotated[list[Name], Field(max_length=50)] = Field(
        default_factory=list, description="Lines of these rules alone. Empty: of everything."
    )
    switched_on: Annotated[list[Name], Field(max_length=50)] = Field(
        default_factory=list, description="Rules that are off, as if they were switched on now."
    )
    samples: Annotated[int, Field(ge=0, le=200)] = Field(
        10, description="How many lines of each source and end."
    )
    language: Annotated[str, Field(pattern="^(fr|ar|en)$")] = Field("en", description="Of the reasons.")


class LineOut(BaseModel):
    key: str
    at: datetime
    status: str = Field(description="sent, waiting, skipped, stopped, due (a timer).")
    source: str
    contact_id: str
    name: str
    channel: str
    account: str
    address: str
    language: str
    subject: str
    text: str
    cost: float
    reason: str
    words: str
    waited: str


class TotalOut(BaseModel):
    source: str
    status: str
    channel: str
    reason: str
    words: str
    number: int
    cost: float


class SimulationOut(BaseModel):
    made_at: datetime
    since: datetime
    until: datetime
    currency: str
    totals: list[TotalOut]
    lines: list[LineOut]


@router.post("/simulations")
async def simulate(ask: SimulationIn, desk: Annotated[SimulationDesk, Depends(_desk)]) -> SimulationOut:
    """Live through the days to come on a copy. One at a time, for a minute at the most (409)."""
    now = desk.now()
    since = aware(ask.since) if ask.since is not None else None
    asked = Asked(
        now=now,
        days=ask.days,
        since=since if since is not None and since > now else None,
        rules=tuple(ask.rules),
        switched_on=tuple(ask.switched_on),
    )
    if (asked.until - now).days > _AHEAD:
        raise HTTPException(422, f"a simulation looks {_AHEAD} days ahead at the most")
    told = await desk.run(asked, ask.samples)
    totals: list[dict[str, Any]] = [total_as_data(each, ask.language) for each in told.totals]
    return SimulationOut(
        made_at=now,
        since=asked.first,
        until=asked.until,
        currency=desk.currency,
        totals=[TotalOut(**each) for each in totals],
        lines=[LineOut(**line_as_data(line, ask.language)) for line in told.lines],
    )
