"""What outreach asked a contact lately: looked up before a turn is decided, where anything is asked at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.config import Config
from bot.dialogue.turn import Asked, Turn
from bot.model_hearing import Foresight
from bot.records import (
    Campaign,
    Occurrence,
    OutreachAnswer,
    OutreachRule,
    Purchase,
    Recipient,
    SamePerson,
)
from bot.records.base import table_of
from bot.store.port import Store
from bot.understanding.faq import FaqIndex
from scheduler.asking import ASKING, Question, questions_of
from scheduler.rule_book import all_rules
from scheduler.rule_files import ready_rules
from scheduler.rules import Rule

REMEMBERED: Final = timedelta(days=14)
_LOOK_EVERY_S: Final = 20.0
_AT_MOST: Final = 3
_WENT: Final = ("sent", "uncertain")

_occurrences, _recipients = table_of(Occurrence).c, table_of(Recipient).c
_rules, _campaigns = table_of(OutreachRule).c, table_of(Campaign).c
_answers, _purchases, _pairs = table_of(OutreachAnswer).c, table_of(Purchase).c, table_of(SamePerson).c

Asking = Mapping[str, tuple[str, Mapping[int, Question]]]
"""Of rules and campaigns by id: what they are called, and what they ask by step (a campaign has step 0)."""


class AskedBefore:
    """Completes a turn, then has `foresee` prepare for it. Costs nothing while nobody asks anything."""

    def __init__(
        self,
        store: Store,
        ready: Mapping[str, Rule],
        *,
        clock: Clock,
        foresee: Callable[[Turn], Awaitable[Turn]],
    ) -> None:
        self._store = store
        self._ready = ready
        self._clock = clock
        self._foresee = foresee
        self._asking: Asking = {}
        self._look_at = 0.0

    async def __call__(self, turn: Turn) -> Turn:
        """Raises `StoreError`: the turn is tried again."""
        if turn.said:  # the first words of a conversation too: an SMS was sent without one
            turn = await self._with_questions(turn)
        return await self._foresee(turn)

    async def _with_questions(self, turn: Turn) -> Turn:
        asking = await self._who_asks()
        if not asking:
            return turn
        found = await self._store.read(
            lambda session: asked_of(session, asking, turn.contact.id, turn.channel, turn.now)
        )
        return replace(turn, asked=tuple(found)) if found else turn

    async def _who_asks(self) -> Asking:
        """Looked at anew now and then: who is switched on is not answered within seconds."""
        now = self._clock.monotonic()
        if now >= self._look_at:
            self._asking = await self._store.read(lambda session: asking_now(session, self._ready))
            self._look_at = now + _LOOK_EVERY_S
        return self._asking


def asked_before(config: Config, store: Store, clock: Clock, faq: Callable[[], FaqIndex]) -> AskedBefore:
    """From the configuration; `faq` gives the index in use."""
    return AskedBefore(store, ready_rules(config.content), clock=clock, foresee=Foresight(faq))


def asking_now(session: Session, ready: Mapping[str, Rule]) -> Asking:
    """Also of rules that were switched off since: their questions may still be answered."""
    found: dict[str, tuple[str, Mapping[int, Question]]] = {}
    listed = all_rules(session, ready)
    for row in session.execute(select(_rules.id, _rules.name)):
        questions = questions_of(listed[row.name].rule) if row.name in listed else {}
        if questions:
            found[row.id] = (f"rule:{row.name}", questions)
    for each in session.execute(select(_campaigns.id, _campaigns.name, _campaigns.definition)):
        question = ASKING.get(each.definition.get("template", ""))
        if question:
            found[each.id] = (f"campaign:{each.name}", {0: question})
    return found


def asked_of(session: Session, asking: Asking, contact_id: str, channel: str, now: datetime) -> list[Asked]:
    """The newest first, asked on this channel of the contact or of who was joined with them."""
    joined = select(_pairs.other_id).where(_pairs.contact_id == contact_id, _pairs.status == "merged")
    people = [contact_id, *session.scalars(joined)]
    rows: list[Any] = []
    for c, source, about, step in (
        (_occurrences, _occurrences.rule_id, _occurrences.subject_id, _occurrences.step),
        (_recipients, _recipients.campaign_id, None, None),
    ):
        columns = [c.id, source.label("source"), c.settled_at]
        columns += (
            [about.label("about"), step.label("step")] if about is not None and step is not None else []
        )
        rows += session.execute(
            select(*columns)
            .where(
                c.contact_id.in_(people),
                c.status.in_(_WENT),
                c.channel == channel,
                c.settled_at >= now - REMEMBERED,
                source.in_(list(asking)),
            )
            .order_by(c.settled_at.desc())
            .limit(_AT_MOST)
        )
    given = select(_answers.row_id, _answers.question).where(_answers.row_id.in_([row.id for row in rows]))
    answered = {(row.row_id, row.question) for row in session.execute(given)} if rows else set()
    found = []
    for row in sorted(rows, key=lambda row: (row.settled_at, row.id), reverse=True):
        name, questions = asking[row.source]
        question = questions.get(getattr(row, "step", 0))
        if question is not None:
            bought = _purchase(session, getattr(row, "about", ""))
            found.append(
                Asked(
                    row_id=row.id,
                    source=name,
                    question=question,
                    at=row.settled_at,
                    product=bought[0],
                    order=bought[1],
                    answered=(row.id, question) in answered,
                )
            )
    return found


def _purchase(session: Session, subject_id: str) -> tuple[str, str]:
    row = (
        session.execute(
            select(_purchases.product, _purchases.order_ref).where(_purchases.id == subject_id)
        ).one_or_none()
        if subject_id
        else None
    )
    return (row.product, row.order_ref) if row is not None else ("", "")
