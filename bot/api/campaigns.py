"""Campaigns: written, planned, tested, started, held, cancelled, and what they did. The same as `relais campaign`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field, StringConstraints

from bot.api.access import Ask
from bot.campaign_desk import MAX_TESTS, CampaignDesk, Shown
from channels.text import clean_text
from scheduler.campaigns.book import Mailing
from scheduler.campaigns.definition import CampaignError, read_definition
from scheduler.campaigns.plan_file import Totals, as_document, as_row
from scheduler.campaigns.ports import PlannedLine
from scheduler.campaigns.reckoning import Reckoning
from scheduler.campaigns.words import reason_in_words

router = APIRouter()

_FIRST = 20  # lines of a plan's answer
Language = Annotated[str, Query(pattern="^(fr|ar|en)$")]


def _desk(request: Request) -> CampaignDesk:
    desk: CampaignDesk | None = getattr(request.app.state, "campaigns", None)
    if desk is None:
        raise HTTPException(503, "this process knows no campaigns")
    return desk


DeskDep = Annotated[CampaignDesk, Depends(_desk)]


class ReckoningOut(BaseModel):
    planned: int
    sent: int
    under_way: int = Field(description="Of those sent: not with their provider yet.")
    waiting: int
    skipped: dict[str, int] = Field(description="By reason, as failed, uncertain and cancelled.")
    failed: dict[str, int]
    uncertain: dict[str, int]
    cancelled: dict[str, int]
    channels: dict[str, int]
    variants: dict[str, dict[str, int]]
    cost: Decimal
    agrees: bool = Field(description="Whether planned = sent + waiting + all those left with a reason.")


class CampaignOut(BaseModel):
    name: str
    status: str
    definition: dict[str, Any]
    series: str | None
    starts_at: datetime | None
    frozen_at: datetime | None = Field(description="When its audience was fixed.")
    finished_at: datetime | None
    winner: str
    decided_at: datetime | None
    decided_why: str
    spent: Decimal
    currency: str
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime | None


class ShownOut(CampaignOut):
    reckoning: ReckoningOut


class New(Ask):
    definition: dict[str, Any] = Field(description="name, purpose, segment or audience, template, …")
    replace: bool = Field(False, description="Whether a draft of that name is replaced.")


class Address(BaseModel, extra="forbid"):
    channel: Literal["email", "sms", "whatsapp"]
    address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]


class Test(Ask):
    to: Annotated[list[Address], Field(min_length=1, max_length=MAX_TESTS)]
    like: Annotated[str, Field(max_length=64)] = Field("", description="A contact whose data fill the text.")
    language: Annotated[str, Field(pattern="^(|fr|ar|en)$")] = ""


class PlanOut(BaseModel):
    campaign: str
    as_of: datetime
    currency: str
    totals: dict[str, Any]
    reasons_in_words: dict[str, str]
    lines: list[dict[str, Any]] = Field(description="The first ones; all of them with full=true.")


@router.get("/campaigns")
async def list_campaigns(desk: DeskDep) -> list[CampaignOut]:
    """The newest first."""
    return [out(mailing, desk.currency) for mailing in await desk.every()]


@router.post("/campaigns", status_code=201)
async def new_campaign(ask: New, desk: DeskDep) -> CampaignOut:
    """Keep a campaign as a draft: nothing is sent."""
    definition = read_definition(ask.definition)
    kept = await desk.new(definition, by=clean_text(ask.agent), replace_draft=ask.replace)
    return out(kept, desk.currency)


@router.get("/campaigns/{name}")
async def show_campaign(name: str, desk: DeskDep) -> ShownOut:
    """Where it stands, and every recipient in one column."""
    return shown_out(await desk.show(name), desk.currency)


@router.get("/campaigns/{name}/plan", response_model=PlanOut)
async def plan_campaign(
    name: str, desk: DeskDep, full: bool = False, language: Language = "en"
) -> PlanOut | StreamingResponse:
    """Who would get what, when, by which door, for how much, or why not. Nothing is kept and nothing is sent."""
    mailing, as_of, lines = await desk.plan(name)
    totals = Totals()
    if full:
        document = as_document(mailing.name, as_of, lines, totals)
        return StreamingResponse(document, media_type="application/json")
    first = [as_row(line) for line in await _first(lines, totals)]
    return PlanOut(
        campaign=mailing.name,
        as_of=as_of,
        currency=desk.currency,
        totals=totals.as_json(),
        reasons_in_words={
            code: reason_in_words(code, language) for code in (*totals.reasons, *totals.delays)
        },
        lines=first,
    )


@router.post("/campaigns/{name}/test", status_code=202)
async def test_campaign(name: str, ask: Test, desk: DeskDep) -> list[dict[str, Any]]:
    """Send every variant to colleagues, at once."""
    to = [(each.channel, each.address) for each in ask.to]
    return [as_row(line) for line in await desk.test(name, to, like=ask.like, language=ask.language)]


@router.post("/campaigns/{name}/start")
async def start_campaign(name: str, ask: Ask, desk: DeskDep) -> CampaignOut:
    """At its hour its audience is fixed, and it goes."""
    return out(await desk.start(name, by=clean_text(ask.agent)), desk.currency)


@router.post("/campaigns/{name}/pause")
async def pause_campaign(name: str, ask: Ask, desk: DeskDep) -> CampaignOut:
    """At once: what is not with a provider yet waits."""
    return out(await desk.pause(name, by=clean_text(ask.agent)), desk.currency)


@router.post("/campaigns/{name}/resume")
async def resume_campaign(name: str, ask: Ask, desk: DeskDep) -> CampaignOut:
    """Go on where it stopped."""
    return out(await desk.resume(name, by=clean_text(ask.agent)), desk.currency)


@router.post("/campaigns/{name}/cancel")
async def cancel_campaign(name: str, ask: Ask, desk: DeskDep) -> CampaignOut:
    """For good: who has not got it will not."""
    return out(await desk.cancel(name, by=clean_text(ask.agent)), desk.currency)


async def refused(request: Request, error: Exception) -> JSONResponse:
    """What a definition does wrong, with its place."""
    assert isinstance(error, CampaignError)
    problems = [{"where": problem.where, "what": problem.what} for problem in error.problems]
    return JSONResponse({"detail": str(error), "problems": problems}, 422)


async def _first(lines: AsyncIterator[PlannedLine], totals: Totals) -> list[PlannedLine]:
    first: list[PlannedLine] = []
    async for line in lines:
        totals.add(line)
        if len(first) < _FIRST:
            first.append(line)
    return first


def out(mailing: Mailing, currency: str) -> CampaignOut:
    return CampaignOut(**_fields(mailing, currency))


def shown_out(shown: Shown, currency: str) -> ShownOut:
    return ShownOut(**_fields(shown.mailing, currency), reckoning=reckoning_out(shown.reckoning))


def _fields(mailing: Mailing, currency: str) -> dict[str, Any]:
    given = {name: getattr(mailing, name) for name in CampaignOut.model_fields if hasattr(mailing, name)}
    definition = mailing.definition.model_dump(mode="json", exclude_unset=True)
    return {**given, "definition": definition, "series": mailing.series_id, "currency": currency}


def reckoning_out(reckoning: Reckoning) -> ReckoningOut:
    return ReckoningOut(**{name: getattr(reckoning, name) for name in ReckoningOut.model_fields})
