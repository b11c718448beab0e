"""Asks for a person: one step away, always. source: IN-14, CH-30"""

from __future__ import annotations

from bot.dialogue.memory import without
from bot.dialogue.talk import Talk, hand_over, handover_reply
from bot.dialogue.turn import Decision

BY = "person"


def decide_person(talk: Talk) -> Decision | None:
    if not talk.wants_person or talk.reading.intents.complaint >= 2:
        return None
    desk = talk.topic_desk()
    return Decision(
        by=BY,
        why="asked for a person",
        replies=(handover_reply(talk, desk),),
        state=without(talk.turn.state, "misses", "offered"),
        hand_over=hand_over(desk, "asked for a person", urgent=talk.reading.intents.angry),
    )
