"""Tries a question on the running bot, without a conversation: what it would do, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.dialogue.turn import ContactView, Decision, Said, Turn
from bot.understanding.faq import ANSWER_CONFIDENCE, SUGGEST_CONFIDENCE, Match
from bot.understanding.reading import Understanding
from bot.understanding.route import Route, route_of

SHOWN = 5
BUTTONS = 4


class Decides(Protocol):
    """The bot's dialogue."""

    understanding: Understanding

    def decide(self, turn: Turn) -> Decision: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One question tried."""

    language: str
    matches: Sequence[Match]  # nearest first
    route: Route
    corrected: str  # the corrected text that it resembles, "" for none
    decided_by: str
    why: str
    template: str
    answer: str  # what it would answer from the FAQ, "" where it would not
    words: str


def try_text(dialogue: Decides, text: str, *, language: str, channel: str, now: datetime) -> Trial:
    """As the first message of somebody new."""
    understanding = dialogue.understanding
    reading = understanding.read(text, language=language)
    decision = dialogue.decide(
        Turn(
            now=now,
            conversation_id="trial",
            account_id="trial",
            channel=channel,
            buttons=BUTTONS if channel in ("webchat", "telegram", "whatsapp") else 0,
            owner="bot",
            language=language,
            contact=ContactView(id="trial"),
            state={},
            said=(Said(id="trial", text=text, at=now),),
            first_contact=True,
        )
    )
    matches = understanding.faq.search_tokens(reading.tokens, reading.language, SHOWN)
    replies = decision.replies
    answered = next((str(reply.variables.get("answer", "")) for reply in replies), "")
    return Trial(
        language=reading.language,
        matches=matches,
        route=route_of(reading.intents),
        corrected=reading.correction.text if reading.correction else "",
        decided_by=decision.by,
        why=decision.why,
        template=replies[0].template if replies else "",
        answer=answered,
        words=_words(matches[0] if matches else None, decision),
    )


def _words(best: Match | None, decision: Decision) -> str:
    """In one sentence, for whoever keeps the FAQ."""
    if best is None:
        return f"No entry resembles it; decided by: {decision.by}."
    sure = f"{best.entry_id} is nearest at {best.confidence:.0%}"
    if decision.by == "faq":
        return f"It answers: {sure}, like “{best.question}”."
    if best.confidence >= ANSWER_CONFIDENCE:
        return f"{sure}, but something else comes first: {decision.by} ({decision.why})."
    if best.confidence >= SUGGEST_CONFIDENCE:
        return f"Too unsure to answer ({sure}; {ANSWER_CONFIDENCE:.0%} is needed). Decided by: {decision.by}."
    return f"Nothing is near enough to be suggested ({sure}). Decided by: {decision.by}."
