"""Not understood: once, ask again with suggestions; twice, hand over. Never loop. source: FI-16, IN-05"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.answers import suggestions
from bot.dialogue.human import email_receipt
from bot.dialogue.labels import button
from bot.dialogue.memory import count_at, with_key, without
from bot.dialogue.talk import Talk, hand_over, handover_reply
from bot.dialogue.turn import Decision, Reply
from bot.understanding.route import route_of
from channels.port import Button

BY = "not understood"
SUGGESTED = 3
MISSES_BEFORE_PERSON = 2
LABEL_CHARACTERS = 60
LONG_STORY_WORDS = 25
"""Who wrote so much is not asked to say it again in one sentence."""
BUTTON_VALUE_BYTES = 64


def decide_unknown(talk: Talk) -> Decision:
    return replace(
        _decided(talk),
        unanswered=bool(talk.text.strip()),
        nearest=tuple((match.entry_id, round(match.confidence, 3)) for match in talk.reading.matches),
        wish=route_of(talk.reading.intents).name,
    )


def _decided(talk: Talk) -> Decision:
    if talk.email:
        return _to_desk(talk)
    if talk.reading.intents.word_count >= LONG_STORY_WORDS:
        return _handed_over(talk, "a long message not understood: a person reads it")
    misses = count_at(talk.turn.state, "misses") + 1
    return _handed_over(talk) if misses >= MISSES_BEFORE_PERSON else _suggested(talk, misses)


def _suggested(talk: Talk, misses: int) -> Decision:
    offered = [match for match in suggestions(talk, SUGGESTED) if _fits(match.entry_id)]
    if talk.turn.buttons:
        offered = offered[: max(talk.turn.buttons - 1, 0)]
    questions = [match.question for match in offered]
    values = [f"faq:{match.entry_id}" for match in offered]
    shown = tuple(Button(_short(match.question), f"faq:{match.entry_id}") for match in offered)
    buttons = (*shown, button("person", talk.language)) if talk.turn.buttons else ()
    variables = {"questions": questions, "numbered": not talk.turn.buttons}
    state = with_key(talk.turn.state, "misses", misses)
    return Decision(
        by=BY,
        why="not understood: asked again",
        replies=(Reply(template="reply/suggestions", variables=variables, buttons=talk.buttons(*buttons)),),
        state=with_key(state, "offered", None if talk.turn.buttons else [*values, "person"]),
    )


def _handed_over(talk: Talk, why: str = "not understood twice: handed over") -> Decision:
    desk = talk.topic_desk()
    return Decision(
        by=BY,
        why=why,
        replies=(handover_reply(talk, desk),),
        state=without(talk.turn.state, "misses", "offered"),
        hand_over=hand_over(desk, f"not understood{_probable(talk)}"),
    )


def _to_desk(talk: Talk) -> Decision:
    """An e-mail isn't interrogated: acknowledged, and given to the competent desk with a probable reply."""
    desk = talk.topic_desk()
    return Decision(
        by=BY,
        why="an e-mail for a person",
        replies=(email_receipt(talk),),
        state=without(talk.turn.state, "misses", "offered"),
        hand_over=hand_over(desk, f"e-mail to answer{_probable(talk)}"),
        receipt_owed=True,
    )


def _probable(talk: Talk) -> str:
    best = next(iter(suggestions(talk, 1)), None)
    return f"; probable reply: FAQ {best.entry_id} ({best.confidence:.0%})" if best else ""


def _fits(entry_id: str) -> bool:
    return len(f"faq:{entry_id}".encode()) <= BUTTON_VALUE_BYTES


def _short(question: str) -> str:
    return question if len(question) <= LABEL_CHARACTERS else question[: LABEL_CHARACTERS - 1] + "…"
