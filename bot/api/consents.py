"""What a contact allowed, now and at any past instant, and everything that was and will be sent to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from bot.api.access import Limit, PeopleDep, StoreDep, aware
from bot.consents import DATED_IMPORT, channels_of, known_contact, ledger_of, standings_at, write_word
from bot.contact_calendar import calendar_of_contact
from bot.unsubscribe.confirmations import Confirmations
from channels.text import clean_text
from scheduler.consent import Word

router = APIRouter()

Purpose = Literal["service", "information", "offers", "all"]
Channel = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{0,40}$")]


class WordOut(BaseModel):
    id: str
    channel: str = Field(description="Empty: every channel.")
    purpose: Purpose
    granted: bool
    at: datetime
    source: str
    wording: str


class StandingOut(BaseModel):
    channel: str = Field(description="Empty: any channel they come by later.")
    purpose: Purpose
    state: Literal["granted", "refused", "unknown"]
    word: str | None = Field(description="The id of the word that says so.")


class ConsentsOut(BaseModel):
    contact_id: str
    at: datetime
    standings: list[StandingOut]
    history: list[WordOut]


class WordIn(BaseModel, extra="forbid"):
    key: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,60}$")] = Field(
        description="Made by the caller, once for each word: a repeated call with it writes nothing more."
    )
    channel: Channel = Field(description="Empty: every channel.")
    purpose: Purpose
    granted: bool
    source: Literal["form", "agent", "import", "import_dated"] = Field(
        description="import_dated: from a file that names the day, given as `at`; it may undo an older refusal."
    )
    wording: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] = Field(
        description="What the contact was shown or said: the proof."
    )
    at: datetime | None = Field(None, description="When it was said. Default: now.")
    confirm: bool = Field(False, description="Ask the contact first, at their own address (double opt-in).")


class WrittenOut(BaseModel):
    written: bool = Field(description="False where it stood there already, or the contact is asked first.")
    asked: bool


class LineOut(BaseModel):
    id: str
    at: datetime
    ahead: bool
    channel: str
    purpose: str
    source: str
    desk: str
    status: str
    reason: str


@router.get("/contacts/{contact_id}/consents")
async def show_consents(
    contact_id: str, store: StoreDep, people: PeopleDep, at: datetime | None = None
) -> ConsentsOut:
    """Every word, and how the contact stands on each channel and purpose, now or `at` a past instant."""
    moment = aware(at) if at else people.now()

    def look(session: Session) -> ConsentsOut:
        contact = known_contact(session, contact_id)
        words = ledger_of(session, contact.id)
        standings = standings_at(words, channels_of(session, contact.id), moment)
        return ConsentsOut(
            contact_id=contact.id,
            at=moment,
            standings=[
                StandingOut(
                    channel=channel,
                    purpose=purpose,
                    state=standing.state,
                    word=standing.word.id if standing.word else None,
                )
                for (channel, purpose), standing in standings.items()
            ],
            history=[_word_out(word) for word in words],
        )

    return await store.read(look)


@router.post("/contacts/{contact_id}/consents", status_code=202)
async def record_word(
    contact_id: str, ask: WordIn, store: StoreDep, people: PeopleDep, request: Request
) -> WrittenOut:
    """Write down what a contact said elsewhere: on a form, to an agent, in another system."""
    now = people.now()
    at = aware(ask.at) if ask.at else now
    if at > now + timedelta(minutes=5):
        raise HTTPException(422, "at lies in the future: a word counts from when it was said")
    if ask.source == DATED_IMPORT and ask.at is None:
        raise HTTPException(422, "import_dated needs the day it was said, as at")
    if ask.confirm:
        return await _ask_first(contact_id, ask, store, request, now)
    written = await store.write(
        lambda session: write_word(
            session,
            f"api:{ask.key}",
            contact_id,
            channel=ask.channel,
            purpose=ask.purpose,
            granted=ask.granted,
            at=at,
            source=ask.source,
            wording=clean_text(ask.wording),
        )
    )
    return WrittenOut(written=written, asked=False)


async def _ask_first(
    contact_id: str, ask: WordIn, store: StoreDep, request: Request, now: datetime
) -> WrittenOut:
    confirmations: Confirmations | None = request.app.state.confirmations
    if confirmations is None:
        raise HTTPException(
            409, "without outreach.secret and server.public_url there are no links to confirm by"
        )
    if not ask.granted or ask.purpose == "all" or not ask.channel:
        raise HTTPException(422, "only a yes to one purpose on one channel can be confirmed")
    asked = await store.write(
        lambda session: confirmations.ask(
            session, known_contact(session, contact_id), ask.channel, [ask.purpose], now
        )
    )
    if not asked:
        raise HTTPException(
            409, "the contact can't be asked there: it takes an e-mail address or a number for SMS"
        )
    return WrittenOut(written=False, asked=True)


@router.get("/contacts/{contact_id}/calendar")
async def contact_calendar(
    contact_id: str, store: StoreDep, people: PeopleDep, before: datetime | None = None, limit: Limit = 100
) -> list[LineOut]:
    """What was and will be sent, by every desk, rule and campaign, the latest first."""
    until = aware(before) if before else people.now() + timedelta(days=3_660)
    lines = await store.read(
        lambda session: calendar_of_contact(session, contact_id, before=until, limit=limit)
    )
    return [LineOut(**{name: getattr(line, name) for name in LineOut.model_fields}) for line in lines]


def _word_out(word: Word) -> WordOut:
    return WordOut(**{name: getattr(word, name) for name in WordOut.model_fields})
