"""Results of campaigns and rules. source: domain §5, §7"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from bot.api.access import StoreDep, aware
from bot.behind import Reporting
from scheduler.results.read import Counts, Results, campaign_results, rule_results
from scheduler.results.shares import Share

router = APIRouter(tags=["results"])


class ShareOut(BaseModel):
    count: int
    of: int
    rate: float | None = Field(description="A part of 1; null of nothing.")
    low: float | None = Field(description="The true rate is above this 19 times of 20 (with `high`).")
    high: float | None


class CountsOut(BaseModel):
    sent: int = Field(description="Went out, those in doubt included.")
    delivered: int = Field(description="As providers say; not all of them do.")
    read: int
    opened: ShareOut = Field(description="Of mails: at least so many, as far as can be told.")
    clicked: ShareOut = Field(description="Of messages whose links are followed.")
    replied: ShareOut
    converted: ShareOut
    opted_out: ShareOut
    income: Decimal
    cost: Decimal


class TargetOut(BaseModel):
    of: str
    count: int
    reached: int
    met: bool


class MarksOut(BaseModel):
    given: dict[int, int]
    count: int
    mean: float | None
    suggestions: int


class ResultsOut(BaseModel):
    source: str
    planned: int
    sent: int
    uncertain: int
    waiting: int
    stopped: dict[str, int]
    skipped: dict[str, int]
    failed: dict[str, int]
    balanced: bool
    counts: CountsOut
    by_channel: dict[str, CountsOut]
    by_variant: dict[str, CountsOut]
    counts_opens: bool = Field(description="Whether opened mails are counted at present.")
    counts_clicks: bool
    maybe_opened: int = Field(description="Seen by machines alone, or by people who hide as one.")
    maybe_clicked: int
    fixed_cost: Decimal
    cost: Decimal
    income: Decimal
    profit: Decimal = Field(description="Income less cost.")
    profitable: bool
    currency: str
    target: TargetOut | None
    ends_on: date | None
    marks: MarksOut


@router.get("/campaigns/{name}/results")
async def results_of_campaign(name: str, request: Request, store: StoreDep) -> ResultsOut:
    """What became of every recipient, what they did, what it cost and brought."""
    reporting = _reporting(request)
    currency = reporting.config.company.currency_code
    return out(
        await store.read(lambda session: campaign_results(session, name, currency=currency)), reporting
    )


@router.get("/rules/{name}/results")
async def results_of_rule(
    name: str,
    request: Request,
    store: StoreDep,
    since: Annotated[datetime | None, Query(description="Messages due from then on.")] = None,
    until: Annotated[datetime | None, Query(description="Messages due before then.")] = None,
) -> ResultsOut:
    """The same of a rule that recurs, in all its time or in a period."""
    reporting = _reporting(request)
    first, last = aware(since) if since else None, aware(until) if until else None
    currency = reporting.config.company.currency_code
    found = await store.read(
        lambda session: rule_results(session, name, currency=currency, since=first, until=last)
    )
    return out(found, reporting)


def _reporting(request: Request) -> Reporting:
    reporting: Reporting = request.app.state.reporting
    return reporting


def out(results: Results, reporting: Reporting) -> ResultsOut:
    tracking = reporting.config.outreach.tracking
    same = ("source", "planned", "sent", "uncertain", "waiting", "stopped", "skipped", "failed", "balanced",
            "maybe_opened", "maybe_clicked", "fixed_cost", "cost", "profit", "profitable", "currency",
            "ends_on")  # fmt: skip
    target, marks = results.target, results.marks
    return ResultsOut(
        **{name: getattr(results, name) for name in same},
        counts=_counts(results.counts),
        by_channel={name: _counts(counts) for name, counts in results.by_channel.items()},
        by_variant={name: _counts(counts) for name, counts in results.by_variant.items()},
        counts_opens=tracking.opens,
        counts_clicks=tracking.clicks,
        income=results.counts.income,
        target=TargetOut(**{name: getattr(target, name) for name in TargetOut.model_fields})
        if target
        else None,
        marks=MarksOut(
            given=dict(marks.given), count=marks.count, mean=marks.mean, suggestions=marks.suggestions
        ),
    )


def _counts(counts: Counts) -> CountsOut:
    shares = ("opened", "clicked", "replied", "converted", "opted_out")
    return CountsOut(
        **{name: _share(getattr(counts, name)) for name in shares},
        **{name: getattr(counts, name) for name in ("sent", "delivered", "read", "income", "cost")},
    )


def _share(share: Share) -> ShareOut:
    return ShareOut(**{name: getattr(share, name) for name in ShareOut.model_fields})
