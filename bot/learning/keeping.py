"""What of a turn is kept to learn from, as rows of its commit. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from bot.dialogue.answers import BY as FAQ
from bot.dialogue.memory import text_at
from bot.dialogue.turn import Decision
from bot.ids import IdMaker
from bot.learning.masking import key_of, masked
from bot.plans import Heard, Plan, insert

MISSED: Final = "missed"
"""In the conversation's state: the candidate that was kept of the words which got no answer."""


def keep_what_was_missed(
    plan: Plan, heard: Sequence[Heard], decision: Decision, ids: IdMaker, now: datetime
) -> None:
    """Words without an answer become a candidate; what is picked for them afterwards says what was meant."""
    after = plan.commit.conversation
    assert after is not None
    missed = text_at(after.state, MISSED)
    if decision.picked and missed:
        choice = {"candidate_id": missed, "entry_id": decision.picked, "created_at": now}
        insert(plan, "faq_choices", id=ids.new(), **choice)
    if decision.by == FAQ:
        after.state.pop(MISSED, None)
    if decision.unanswered and (text := masked(_words(heard))):
        after.state[MISSED] = ids.new()
        insert(
            plan,
            "faq_candidates",
            **candidate_values(
                after.state[MISSED],
                conversation_id=after.id,
                message_id=heard[-1].journal_id,
                text=text,
                language=after.language,
                reason="unanswered" if decision.hand_over or not decision.nearest else "suggested",
                nearest=decision.nearest,
                wish=decision.wish,
                now=now,
            ),
        )


def candidate_values(
    candidate_id: str,
    *,
    conversation_id: str,
    message_id: str,
    text: str,
    language: str,
    reason: str,
    nearest: Sequence[tuple[str, float]],
    wish: str,
    now: datetime,
) -> dict[str, Any]:
    """The columns of an open candidate; `text` is masked already."""
    return {
        "id": candidate_id,
        "conversation_id": conversation_id,
        "message_id": message_id,
        "text": text,
        "key": key_of(text),
        "language": language,
        "reason": reason,
        "nearest": [list(each) for each in nearest],
        "wish": wish,
        "answer": "",
        "status": "open",
        "entry_id": "",
        "decided_by": "",
        "decided_at": None,
        "created_at": now,
    }


def _words(heard: Sequence[Heard]) -> str:
    return "\n".join(item.message.text for item in heard if item.message.text)
