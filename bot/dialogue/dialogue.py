"""Tries the deciders in their order; the first that decides wins. source: design §3"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.complaints.calendar import WorkingCalendar
from bot.dialogue.answers import decide_faq
from bot.dialogue.appointment import decide_appointment, decide_appointment_reply
from bot.dialogue.chance import decide_chance
from bot.dialogue.company import Company
from bot.dialogue.complaint import decide_complaint, decide_nothing_more
from bot.dialogue.consent import decide_consent
from bot.dialogue.human import decide_human, email_receipt
from bot.dialogue.intake import decide_intake
from bot.dialogue.memory import count_at
from bot.dialogue.outreach_answers import decide_outreach_answer
from bot.dialogue.person import decide_person
from bot.dialogue.purchase import decide_purchase
from bot.dialogue.smalltalk import decide_small_talk, decide_start, decide_wordless
from bot.dialogue.status import decide_status
from bot.dialogue.survey import decide_survey
from bot.dialogue.talk import Talk, open_talk
from bot.dialogue.timers import decide_timer
from bot.dialogue.turn import Decision, Reply, Turn
from bot.dialogue.unknown import decide_unknown
from bot.understanding.reading import Understanding

Decider = Callable[[Talk], Decision | None]


def decide_edited(talk: Talk) -> Decision | None:
    """An edited message corrects the last one: it isn't answered as new, unless the last wasn't
    understood.
    """
    if not talk.edited or count_at(talk.turn.state, "misses"):
        return None
    return Decision(by="edit", why="an earlier message was edited")


DECIDERS: tuple[Decider, ...] = (
    decide_timer,
    decide_consent,
    decide_human,
    decide_start,
    decide_survey,
    decide_purchase,
    decide_appointment_reply,
    decide_outreach_answer,
    decide_chance,
    decide_intake,
    decide_edited,
    decide_wordless,
    decide_nothing_more,
    decide_appointment,
    decide_status,
    decide_person,
    decide_complaint,
    decide_faq,
    decide_small_talk,
)


class Dialogue:
    """Decides what to do about a turn. Pure: same turn, same decision."""

    def __init__(self, company: Company, understanding: Understanding) -> None:
        self.company = company
        self.understanding = understanding

    def use_calendars(self, company: WorkingCalendar, desks: Mapping[str, WorkingCalendar]) -> None:
        """Reckon by other calendars from the next turn on."""
        self.company = replace(self.company, calendar=company, desk_calendars=desks)

    def decide(self, turn: Turn) -> Decision:
        talk = open_talk(turn, self.company, self.understanding)
        if not turn.said and turn.timer is None:
            return Decision(by="nobody", why="nothing was said")
        decided = next(filter(None, (decider(talk) for decider in DECIDERS)), None) or decide_unknown(talk)
        return _finish(talk, _with_complaint(talk, decided))


def _with_complaint(talk: Talk, decision: Decision) -> Decision:
    """An opt-out that also tells of trouble ("stop your messages, my order never came") loses neither."""
    if decision.consent is None or talk.turn.owner != "bot" or not talk.says("defect"):
        return decision
    follow = decide_intake(talk) or decide_complaint(talk)
    if follow is None:
        return decision
    return replace(follow, replies=(*decision.replies, *follow.replies), consent=decision.consent)


def _finish(talk: Talk, decision: Decision) -> Decision:
    """What holds for every decision: the language, the name they gave, the e-mail's acknowledgement."""
    turn = talk.turn
    if talk.email and turn.said and turn.owner == "bot":
        decision = _acknowledged(talk, decision)
    language = talk.language if talk.language != turn.language else ""
    name = talk.reading.facts.name if not turn.contact.name else ""
    if not language and not name:
        return decision
    return replace(
        decision,
        language=language or decision.language,
        contact_name=name or decision.contact_name,
        replies=tuple(_by_name(reply, name) for reply in decision.replies) if name else decision.replies,
    )


def _by_name(reply: Reply, name: str) -> Reply:
    """The very answer to somebody's name already uses it."""
    return replace(reply, variables={"name": name, **reply.variables})


def _acknowledged(talk: Talk, decision: Decision) -> Decision:
    """Every e-mail is acknowledged; the first answer is the acknowledgement. source: IN-02"""
    replies = decision.replies or (email_receipt(talk),)
    first = replace(replies[0], purpose="receipt")
    return replace(decision, replies=(first, *replies[1:]), receipt_owed=True)
