"""Where is my case, where is my order: only ever the contact's own. source: IN-19, IN-20"""

from __future__ import annotations

import re

from bot.dialogue.answers import confident
from bot.dialogue.labels import phase_words
from bot.dialogue.memory import without
from bot.dialogue.talk import Talk, hand_over
from bot.dialogue.turn import CaseView, Decision, Reply
from bot.understanding.faq import VERBATIM

BY = "status"
SALES = "sales"
_REFERENCE = re.compile(r"\b[A-Z]{2,5}-\d{4}-\d{2,8}\b", re.IGNORECASE)
REFERENCE_ALONE_WORDS = 8


def decide_status(talk: Talk) -> Decision | None:
    if talk.choice or not talk.text:
        return None
    intents = talk.reading.intents
    named = _named(talk) if talk.turn.cases else None
    reference = _REFERENCE.search(talk.text)
    alone = (
        reference
        and not talk.says("defect")
        and intents.word_count <= REFERENCE_ALONE_WORDS
        and intents.complaint < 2
    )
    if talk.says("case_status") or alone:
        if not talk.turn.cases and _in_faq(talk):
            return None
        return _case_status(talk, named, reference is not None)
    if talk.says("order_status") and intents.complaint < 2:
        facts = talk.reading.facts
        if facts.order or facts.numbers or talk.turn.cases or not confident(talk):
            return _order_status(talk)
    return None


def _in_faq(talk: Talk) -> bool:
    """Whether somebody without a case asks a general question in the FAQ's very words."""
    best = talk.reading.best
    return best is not None and best.confidence >= VERBATIM


def _named(talk: Talk) -> CaseView | None:
    upper = talk.text.upper()
    return next(
        (case for case in talk.turn.cases if case.reference and case.reference.upper() in upper), None
    )


def _case_status(talk: Talk, named: CaseView | None, other_named: bool) -> Decision:
    """The named case, else the newest open one, else the newest; a foreign reference reveals nothing."""
    newest = talk.newest_open_case() or next(iter(talk.turn.cases), None)
    case = named or (None if other_named else newest)
    state = without(talk.turn.state, "misses", "offered")
    if case is None:
        none = Reply(template="complaint/status_none")
        return Decision(by=BY, why="asked for a case; has none", replies=(none,), state=state)
    reply = status_reply(talk, case)
    return Decision(by=BY, why=f"asked for {case.reference}", replies=(reply,), state=state)


def status_reply(talk: Talk, case: CaseView) -> Reply:
    return Reply(
        template="complaint/status",
        variables={
            "reference": case.reference,
            "phase": phase_words(case.phase, talk.language),
            "opened_at": case.opened_at,
            "due_at": case.due_at,
            "desk": talk.desk_name(case.desk),
            "owner": case.owner,
            "answered": case.answered,
            "waiting": case.waiting,
            "late": talk.turn.now > case.due_at,
            "closed": case.closed,
        },
    )


def _order_status(talk: Talk) -> Decision:
    """No order data here yet: a person of the sales desk looks it up."""
    facts = talk.reading.facts
    order = facts.order or next(iter(facts.numbers), "")
    desk = talk.company.desk_or_default(SALES)
    return Decision(
        by=BY,
        why="asked for an order",
        replies=(Reply(template="reply/order_status", variables={"order": order}),),
        state=without(talk.turn.state, "misses", "offered"),
        hand_over=hand_over(desk, f"asks for the status of order {order or '(no number given)'}"),
    )
