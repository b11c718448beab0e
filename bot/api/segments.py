"""Segments: groups of contacts as rules in words, saved, previewed, explained, and walked through."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, StringConstraints

from bot.api.access import Limit, caller
from bot.segments import Count, Member, Saved, Segments
from bot.store.changes import NotPossible
from scheduler.segments import Rule, RuleError, explain, from_form, to_form, write
from scheduler.segments.lexer import MAX_TEXT

router = APIRouter()

Language = Literal["fr", "ar", "en"]
RuleText = Annotated[str, StringConstraints(max_length=2 * MAX_TEXT)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Key = Annotated[str, StringConstraints(max_length=64)]


class RuleIn(BaseModel, extra="forbid"):
    """A rule, as text or as a form; one of the two."""

    rule: RuleText | None = Field(None, description="As text, such as: language = fr and purchases >= 3")
    form: dict[str, Any] | None = Field(None, description="As the form of an earlier answer.")


class SegmentIn(RuleIn, extra="forbid"):
    name: Name


class SegmentOut(BaseModel):
    id: str
    name: str
    rule: str
    form: dict[str, Any]
    created_by: str
    created_at: datetime
    updated_at: datetime


class ExplainedOut(BaseModel):
    rule: str = Field(description="As it is usually written, in the language asked for.")
    form: dict[str, Any]
    sentences: list[str]


class ReasonOut(BaseModel):
    text: str
    depth: int
    holds: bool
    found: str


class MemberOut(BaseModel):
    id: str
    name: str
    belongs: bool
    reasons: list[ReasonOut]


class PreviewOut(BaseModel):
    count: int
    contacts: int
    share: float | None
    sample: list[MemberOut]


class PageOut(BaseModel):
    ids: list[str]
    next: str | None = Field(description="`after` of the next page; null: this was the last.")


def _segments(request: Request) -> Segments:
    segments: Segments = request.app.state.segments
    return segments


SegmentsDep = Annotated[Segments, Depends(_segments)]


async def rule_refused(request: Request, error: Exception) -> JSONResponse:
    """What is wrong with a rule, with its place, in the language of the call."""
    assert isinstance(error, RuleError)
    asked = request.query_params.get("language", "") or _segments(request).setting.language
    return JSONResponse(
        {
            "detail": error.words(asked),
            "code": error.code,
            "at": error.at,
            "length": error.length,
            "nearest": list(error.nearest),
        },
        422,
    )


@router.get("/segments")
async def list_segments(segments: SegmentsDep, after: Key = "", limit: Limit = 50) -> list[SegmentOut]:
    """By name; the next page begins `after` the last one's name."""
    return [_out(segments, each) for each in await segments.every(after=after, limit=limit)]


@router.post("/segments", status_code=201)
async def make_segment(
    ask: SegmentIn, segments: SegmentsDep, by: Annotated[str, Depends(caller)]
) -> SegmentOut:
    """Keep a rule under a new name."""
    return _out(segments, await segments.save(ask.name, _text(ask, segments), by=by, must_be_new=True))


@router.post("/segments/preview")
async def preview_rule(
    ask: RuleIn,
    segments: SegmentsDep,
    sample: Annotated[int, Query(ge=0, le=100)] = 10,
    language: Language | None = None,
) -> PreviewOut:
    """How many belong to a rule that need not be saved, and the newest of them with the reasons."""
    return _preview(*await segments.preview(_rule(ask, segments), sample=sample, language=language or ""))


@router.post("/segments/explain")
async def explain_rule(ask: RuleIn, segments: SegmentsDep, language: Language | None = None) -> ExplainedOut:
    """A rule in sentences, and as a form."""
    return _explained(_rule(ask, segments), language or segments.setting.language)


@router.get("/segments/{name}")
async def show_segment(name: Name, segments: SegmentsDep) -> SegmentOut:
    """By name or id."""
    return _out(segments, await segments.one(name))


@router.put("/segments/{name}")
async def change_segment(
    name: Name, ask: RuleIn, segments: SegmentsDep, by: Annotated[str, Depends(caller)]
) -> SegmentOut:
    """Give a segment another rule."""
    known = await segments.one(name)
    return _out(segments, await segments.save(known.name, _text(ask, segments), by=by))


@router.delete("/segments/{name}", status_code=204)
async def remove_segment(name: Name, segments: SegmentsDep) -> None:
    """Forget a segment; its contacts stay."""
    await segments.remove(name)


@router.get("/segments/{name}/preview")
async def preview_segment(
    name: Name,
    segments: SegmentsDep,
    sample: Annotated[int, Query(ge=0, le=100)] = 10,
    language: Language | None = None,
) -> PreviewOut:
    """How many belong, and the newest of them with the reasons."""
    rule = segments.read((await segments.one(name)).rule)
    return _preview(*await segments.preview(rule, sample=sample, language=language or ""))


@router.get("/segments/{name}/explain")
async def explain_segment(
    name: Name, segments: SegmentsDep, language: Language | None = None
) -> ExplainedOut:
    """The rule in sentences."""
    rule = segments.read((await segments.one(name)).rule)
    return _explained(rule, language or segments.setting.language)


@router.get("/segments/{name}/members")
async def list_members(name: Name, segments: SegmentsDep, after: Key = "", limit: Limit = 100) -> PageOut:
    """The contacts' ids in order, page by page."""
    page = await segments.members(segments.read((await segments.one(name)).rule), after=after, limit=limit)
    return PageOut(ids=list(page.ids), next=page.next)


@router.get("/segments/{name}/members/{contact_id}")
async def why_member(
    name: Name, contact_id: Key, segments: SegmentsDep, language: Language | None = None
) -> MemberOut:
    """Whether a contact belongs, and which sentences of the rule are so for it."""
    rule = segments.read((await segments.one(name)).rule)
    return _member(await segments.why(rule, contact_id, language=language or ""))


def _rule(ask: RuleIn, segments: Segments) -> Rule:
    if ask.rule is not None and ask.form is None:
        return segments.read(ask.rule)
    if ask.form is not None and ask.rule is None:
        return from_form(ask.form, segments.setting.terms)
    raise NotPossible("give the rule as text or as a form, one of the two")


def _text(ask: RuleIn, segments: Segments) -> str:
    """What is kept: the text as it was typed, or the form written down."""
    rule = _rule(ask, segments)
    return ask.rule if ask.rule is not None else write(rule, segments.setting.language)


def _out(segments: Segments, saved: Saved) -> SegmentOut:
    values = {name: getattr(saved, name) for name in SegmentOut.model_fields if name != "form"}
    return SegmentOut(form=to_form(segments.read(saved.rule)), **values)


def _explained(rule: Rule, language: str) -> ExplainedOut:
    return ExplainedOut(rule=write(rule, language), form=to_form(rule), sentences=explain(rule, language))


def _preview(counted: Count, sample: list[Member]) -> PreviewOut:
    return PreviewOut(
        count=counted.count,
        contacts=counted.contacts,
        share=counted.share,
        sample=[_member(member) for member in sample],
    )


def _member(member: Member) -> MemberOut:
    reasons = [
        ReasonOut(text=each.text, depth=each.depth, holds=each.holds, found=each.found)
        for each in member.reasons
    ]
    return MemberOut(id=member.id, name=member.name, belongs=member.belongs, reasons=reasons)
