"""Rules that recur: what there is, what is on, what each would do, and occasions told by other systems."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field

from bot.api.access import Ask, Limit
from bot.rule_desk import RuleDesk
from channels.text import clean_text
from scheduler.rule_book import ListedRule
from scheduler.rule_words import explain, title_of
from scheduler.rules import RuleError

router = APIRouter()

_LANGUAGES = ("fr", "ar", "en")
Id = Annotated[str, Field(min_length=1, max_length=64)]


def _desk(request: Request) -> RuleDesk:
    desk: RuleDesk | None = getattr(request.app.state, "rules", None)
    if desk is None:
        raise HTTPException(503, "this process knows no rules")
    return desk


DeskDep = Annotated[RuleDesk, Depends(_desk)]


class RuleOut(BaseModel):
    name: str
    active: bool
    purpose: str
    titles: dict[str, str]
    words: dict[str, str] = Field(description="The rule in one sentence, by language.")
    definition: dict[str, Any]
    changed_by: str
    changed_at: datetime | None


class Change(Ask):
    changes: dict[str, Any] = Field(
        description="Fields of the definition: when, steps, only, stop, values, …"
    )


class Occasion(BaseModel, extra="forbid"):
    contact_id: Id
    subject_id: Annotated[str, Field(max_length=64)] = Field(
        "", description="What it is about, such as an order's number: told twice a day, it is sent once."
    )
    variables: Annotated[dict[str, Annotated[str, Field(max_length=2000)]], Field(max_length=20)] = Field(
        default_factory=dict
    )


class Occasions(BaseModel, extra="forbid"):
    occasions: Annotated[list[Occasion], Field(min_length=1, max_length=1000)]


class BackInStock(BaseModel):
    product: Annotated[str, Field(min_length=1, max_length=200)]
    quantity: Annotated[Decimal, Field(gt=0)] | None = Field(
        None, description="How much there is; left out, there is enough for everybody who waits."
    )


class ServedOut(BaseModel):
    told: list[str] = Field(description="Contacts, in the order of the list.")
    waiting: int = Field(description="How many go on waiting.")


class LineOut(BaseModel):
    contact_id: str
    name: str
    at: datetime
    status: str
    channel: str
    address: str
    language: str
    subject: str
    text: str
    reason: str
    words: str


class PreviewOut(BaseModel):
    rule: str
    planned: int
    lines: list[LineOut]


@router.get("/rules")
async def list_rules(desk: DeskDep) -> list[RuleOut]:
    """Every rule, on or off."""
    return [out(listed) for listed in (await desk.listed()).values()]


@router.get("/rules/{name}")
async def show_rule(name: str, desk: DeskDep) -> RuleOut:
    return out(await desk.show(name))


@router.post("/rules/{name}/on")
async def switch_on(name: str, ask: Ask, desk: DeskDep) -> RuleOut:
    """From now on: nothing that was due before is sent."""
    return out(await desk.switch(name, on=True, by=clean_text(ask.agent)))


@router.post("/rules/{name}/off")
async def switch_off(name: str, ask: Ask, desk: DeskDep) -> RuleOut:
    """At once: what is planned and not sent is stopped."""
    return out(await desk.switch(name, on=False, by=clean_text(ask.agent)))


@router.patch("/rules/{name}")
async def change_rule(name: str, ask: Change, desk: DeskDep) -> RuleOut:
    """Change a rule, or add one of your own."""
    try:
        return out(await desk.change(name, ask.changes, by=clean_text(ask.agent)))
    except RuleError as error:
        raise HTTPException(422, str(error)) from None


@router.get("/rules/{name}/preview")
async def preview_rule(
    name: str,
    desk: DeskDep,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
    limit: Limit = 50,
    language: Annotated[str, Query(pattern="^(fr|ar|en)$")] = "en",
) -> PreviewOut:
    """Who would get what, when and by which door, or why not. Nothing is kept and nothing is sent."""
    found = await desk.preview(name, days=days, limit=limit, language=language)
    lines = [LineOut(**{key: getattr(line, key) for key in LineOut.model_fields}) for line in found.lines]
    return PreviewOut(rule=found.rule, planned=found.planned, lines=lines)


@router.post("/rules/{name}/occasions")
async def tell(name: str, ask: Occasions, desk: DeskDep) -> dict[str, int]:
    """Tell a rule that waits for it of an occasion: an order moved on, a product is back."""
    told = [(one.contact_id, one.subject_id, one.variables) for one in ask.occasions]
    return {"added": await desk.tell(name, told)}


@router.post("/waiting/available")
async def back_in_stock(ask: BackInStock, desk: DeskDep) -> ServedOut:
    """A product is back: those who wait for it are told in their order, by the rule stock_available."""
    served = await desk.back_in_stock(clean_text(ask.product), ask.quantity)
    return ServedOut(told=list(served.told), waiting=served.waiting)


def out(listed: ListedRule) -> RuleOut:
    rule = listed.rule
    return RuleOut(
        name=rule.name,
        active=listed.active,
        purpose=rule.purpose,
        titles={language: title_of(rule, language) for language in _LANGUAGES},
        words={language: explain(rule, language) for language in _LANGUAGES},
        definition=rule.model_dump(mode="json", exclude_unset=True),
        changed_by=listed.changed_by,
        changed_at=listed.changed_at,
    )
