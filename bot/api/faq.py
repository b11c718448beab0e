"""The FAQ: its entries, a try-it box, what was not understood, and what people taught the bot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import select

from bot.api.access import Ask, Limit, PeopleDep, StoreDep
from bot.faq_files import Answer, Phrasing, Slug, Tag
from bot.learning.candidates import Said
from bot.learning.desk import Accepted, LearningDesk
from bot.learning.groups import Group
from bot.learning.live import LiveFaq
from bot.learning.overlay import MadeEntry
from bot.learning.trial import try_text
from bot.records import IntentCorrection, LearnedPhrasing
from bot.records.base import table_of
from bot.store.changes import NotFound
from bot.understanding.faq import Entry
from bot.understanding.intent_model import WISHES
from channels.text import clean_text

_phrasings = table_of(LearnedPhrasing)
_corrections = table_of(IntentCorrection)

router = APIRouter(prefix="/faq")

Words = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
CandidateId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Candidates = Annotated[list[CandidateId], Field(min_length=1, max_length=200)]


def _desk(request: Request) -> LearningDesk:
    desk: LearningDesk = request.app.state.learning
    return desk


def _live(request: Request) -> LiveFaq:
    live: LiveFaq = request.app.state.live_faq
    return live


DeskDep = Annotated[LearningDesk, Depends(_desk)]
LiveDep = Annotated[LiveFaq, Depends(_live)]


class StatusOut(BaseModel):
    entries: int
    learned_phrasings: int
    learned_entries: int
    orphans: int = Field(description="Learned phrasings whose entry is no more; they wait for it.")
    corrections: int
    loaded_at: datetime | None
    problems: list[str] = Field(
        description="What is wrong with the files; the bot goes on with the old ones."
    )


class EntryOut(BaseModel):
    id: str
    category: str
    questions: Mapping[str, tuple[str, ...]]
    answers: Mapping[str, str]


class Try(BaseModel, extra="forbid"):
    text: Words
    language: Literal["", "fr", "ar", "en"] = ""
    channel: Literal["webchat", "telegram", "whatsapp", "sms", "email"] = "webchat"


class MatchOut(BaseModel):
    entry: str
    question: str
    confidence: float


class TrialOut(BaseModel):
    language: str
    matches: list[MatchOut]
    wish: str
    wish_confidence: float
    corrected: str = Field(description="The corrected text it resembles, empty for none.")
    decided_by: str
    why: str
    template: str
    answer: str
    words: str


class SaidOut(BaseModel):
    id: str
    text: str
    count: int
    language: str
    wish: str


class NearOut(BaseModel):
    entry: str
    confidence: float


class GroupOut(BaseModel):
    id: str
    size: int = Field(description="How often it was asked, repeats counted.")
    said: list[SaidOut]
    first_at: datetime
    last_at: datetime
    languages: Mapping[str, int]
    reasons: Mapping[str, int]
    nearest: list[NearOut]
    picked: Mapping[str, int] = Field(description="Entries that customers chose from the suggestions.")
    answers: list[str] = Field(description="What agents answered.")


class Accept(Ask, extra="forbid"):
    candidates: Candidates
    entry: Slug
    texts: Annotated[list[Phrasing], Field(min_length=1, max_length=50)] | None = Field(
        None, description="The phrasings to learn instead of the customers' words."
    )


class Dismiss(Ask, extra="forbid"):
    candidates: Candidates


class Wrong(Ask, extra="forbid"):
    message: CandidateId = Field(description="The answer of the bot, or the customer's message before it.")
    reason: Literal["corrected", "disliked"] = "corrected"
    entry: Slug | None = Field(None, description="The entry that is right: learned at once.")


class NewEntry(Ask, extra="forbid"):
    id: Slug
    category: Slug = "learned"
    answer: Annotated[dict[Literal["fr", "ar", "en"], Answer], Field(min_length=1)]
    candidates: Annotated[list[CandidateId], Field(default_factory=list, max_length=200)]
    phrasings: Annotated[list[Phrasing], Field(default_factory=list, max_length=50)]


class NewPhrasing(Ask, extra="forbid"):
    text: Phrasing
    language: Tag | None = None


class Correct(Ask, extra="forbid"):
    text: Words
    wishes: Annotated[list[str], Field(min_length=1, max_length=len(WISHES))] = Field(
        description=f"What it really wants, of: {', '.join(WISHES)}."
    )


class AcceptedOut(BaseModel):
    entry: str
    phrasings: list[str]
    settled: int = Field(description="Candidates that are settled by it, repeats counted.")
    live: bool = Field(description="Answered already by this process; others follow within seconds.")


class LiveOut(BaseModel):
    live: bool


class PhrasingOut(BaseModel):
    id: str
    entry: str
    language: str
    text: str
    created_by: str
    created_at: datetime
    withdrawn_by: str
    withdrawn_at: datetime | None


class CorrectionOut(BaseModel):
    id: str
    text: str
    wishes: list[str]
    created_by: str
    created_at: datetime
    withdrawn_by: str
    withdrawn_at: datetime | None


@router.get("/status")
async def status(live: LiveDep) -> StatusOut:
    """What the bot answers with now, and what is wrong with its files."""
    known = {entry.id for entry in live.entries}
    return StatusOut(
        orphans=sum(phrasing.entry_id not in known for phrasing in live.learned.phrasings),
        entries=len(live.understanding.faq),
        learned_phrasings=len(live.learned.phrasings),
        learned_entries=len(live.learned.entries),
        corrections=len(live.understanding.corrections),
        loaded_at=live.loaded_at,
        problems=[f"{problem.where}: {problem.what}" for problem in live.problems],
    )


@router.get("/entries")
async def list_entries(
    live: LiveDep,
    category: Annotated[str | None, Query(max_length=64)] = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Limit = 50,
) -> list[EntryOut]:
    """The entries in the order of the files, learned phrasings among theirs."""
    found = [entry for entry in live.entries if category in (None, entry.category)]
    return [_entry(entry) for entry in found[offset : offset + limit]]


@router.get("/entries/{entry_id}")
async def show_entry(entry_id: str, live: LiveDep) -> EntryOut:
    for entry in live.entries:
        if entry.id == entry_id:
            return _entry(entry)
    raise NotFound(f"there is no entry {entry_id} in the FAQ")


@router.post("/entries", status_code=201)
async def make_entry(ask: NewEntry, desk: DeskDep) -> AcceptedOut:
    """A new entry from what was asked, or other answers for one made here. Those of the files stay theirs."""
    made = MadeEntry(
        id=ask.id,
        category=ask.category,
        answers={language: clean_text(answer) for language, answer in ask.answer.items()},
    )
    texts = [clean_text(text) for text in ask.phrasings]
    return _accepted(
        await desk.make_entry(made, agent=clean_text(ask.agent), ids=ask.candidates, texts=texts)
    )


@router.post("/entries/{entry_id}/withdraw")
async def withdraw_entry(entry_id: str, ask: Ask, desk: DeskDep) -> LiveOut:
    """Take an entry made here back, with its phrasings."""
    return LiveOut(live=await desk.withdraw_entry(entry_id, agent=clean_text(ask.agent)))


@router.post("/entries/{entry_id}/phrasings", status_code=201)
async def add_phrasing(entry_id: str, ask: NewPhrasing, desk: DeskDep) -> AcceptedOut:
    """Teach another way of asking."""
    return _accepted(
        await desk.add_phrasing(
            entry_id, clean_text(ask.text), agent=clean_text(ask.agent), language=ask.language or ""
        )
    )


@router.post("/try")
async def try_it(ask: Try, live: LiveDep, people: PeopleDep) -> TrialOut:
    """What the bot would do with a first message of these words, and why. Nothing is kept."""
    trial = try_text(
        live.dialogue, clean_text(ask.text), language=ask.language, channel=ask.channel, now=people.now()
    )
    return TrialOut(
        language=trial.language,
        matches=[
            MatchOut(entry=match.entry_id, question=match.question, confidence=round(match.confidence, 3))
            for match in trial.matches
        ],
        wish=trial.route.name,
        wish_confidence=round(trial.route.confidence, 3),
        corrected=trial.corrected,
        decided_by=trial.decided_by,
        why=trial.why,
        template=trial.template,
        answer=trial.answer,
        words=trial.words,
    )


@router.get("/candidates")
async def list_candidates(desk: DeskDep, limit: Limit = 50) -> list[GroupOut]:
    """Questions that got no answer or a wrong one, grouped by likeness: the largest first."""
    return [_group(group) for group in await desk.groups.largest(limit)]


@router.post("/candidates/accept")
async def accept(ask: Accept, desk: DeskDep) -> AcceptedOut:
    """Make them phrasings of an entry: the next one who asks so is answered."""
    texts = None if ask.texts is None else [clean_text(text) for text in ask.texts]
    return _accepted(await desk.accept(ask.candidates, ask.entry, agent=clean_text(ask.agent), texts=texts))


@router.post("/candidates/dismiss")
async def dismiss(ask: Dismiss, desk: DeskDep) -> dict[str, int]:
    """They are no questions for the FAQ."""
    return {"settled": await desk.dismiss(ask.candidates, agent=clean_text(ask.agent))}


@router.post("/wrong-answers", status_code=201)
async def report_wrong(ask: Wrong, desk: DeskDep) -> dict[str, Any]:
    """Say that an answer was wrong: the question becomes a candidate, or a phrasing of the right entry."""
    candidate, accepted = await desk.report(
        ask.message, reason=ask.reason, agent=clean_text(ask.agent), entry_id=ask.entry or ""
    )
    return {"candidate": candidate, "accepted": _accepted(accepted) if accepted else None}


@router.get("/phrasings")
async def list_phrasings(store: StoreDep, withdrawn: bool = False, limit: Limit = 50) -> list[PhrasingOut]:
    """What was learned beside the files, the newest first."""
    taken_back = _phrasings.c.withdrawn_at
    rows = await store.fetch_all(
        select(_phrasings)
        .where(taken_back.is_not(None) if withdrawn else taken_back.is_(None))
        .order_by(_phrasings.c.id.desc())
        .limit(limit)
    )
    return [
        PhrasingOut(
            entry=row.entry_id,
            **{name: getattr(row, name) for name in PhrasingOut.model_fields if name != "entry"},
        )
        for row in rows
    ]


@router.post("/phrasings/{phrasing_id}/withdraw")
async def withdraw_phrasing(phrasing_id: str, ask: Ask, desk: DeskDep) -> LiveOut:
    """Take a learned phrasing back."""
    return LiveOut(live=await desk.withdraw_phrasing(phrasing_id, agent=clean_text(ask.agent)))


@router.get("/corrections")
async def list_corrections(
    store: StoreDep, withdrawn: bool = False, limit: Limit = 50
) -> list[CorrectionOut]:
    """Messages whose intent a person set right, the newest first."""
    taken_back = _corrections.c.withdrawn_at
    rows = await store.fetch_all(
        select(_corrections)
        .where(taken_back.is_not(None) if withdrawn else taken_back.is_(None))
        .order_by(_corrections.c.id.desc())
        .limit(limit)
    )
    return [
        CorrectionOut(**{name: getattr(row, name) for name in CorrectionOut.model_fields}) for row in rows
    ]


@router.post("/corrections", status_code=201)
async def correct(ask: Correct, desk: DeskDep) -> dict[str, Any]:
    """Say what a message really wants: the same words, and nearly the same, are read so from now on."""
    made, live = await desk.correct_intent(clean_text(ask.text), ask.wishes, agent=clean_text(ask.agent))
    return {"id": made, "live": live}


@router.post("/corrections/{correction_id}/withdraw")
async def withdraw_correction(correction_id: str, ask: Ask, desk: DeskDep) -> LiveOut:
    """Take a correction back."""
    return LiveOut(live=await desk.withdraw_correction(correction_id, agent=clean_text(ask.agent)))


def _entry(entry: Entry) -> EntryOut:
    return EntryOut(
        id=entry.id, category=entry.category, questions=dict(entry.questions), answers=dict(entry.answers)
    )


def _accepted(accepted: Accepted) -> AcceptedOut:
    return AcceptedOut(
        entry=accepted.entry_id,
        phrasings=list(accepted.phrasings),
        settled=accepted.settled,
        live=accepted.live,
    )


def _group(group: Group) -> GroupOut:
    return GroupOut(
        id=group.id,
        size=group.size,
        said=[_said(said) for said in group.said],
        first_at=group.first_at,
        last_at=group.last_at,
        languages=dict(group.languages),
        reasons=dict(group.reasons),
        nearest=[NearOut(entry=entry, confidence=confidence) for entry, confidence in group.nearest],
        picked=dict(group.picked),
        answers=list(group.answers),
    )


def _said(said: Said) -> SaidOut:
    return SaidOut(id=said.id, text=said.text, count=said.count, language=said.languages[-1], wish=said.wish)
