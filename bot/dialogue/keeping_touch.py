"""A word to the customer when nothing was said about their case for some working days. source: CO-22"""

from __future__ import annotations

from datetime import timedelta

from bot.complaints.lifecycle import UNANSWERED
from bot.dialogue.memory import text_at
from bot.dialogue.talk import Talk
from bot.dialogue.turn import AddToCase, CaseView, Decision, Reply, SetTimer, TimerFired

BY = "timer"
KEEP_IN_TOUCH = "case.keep_in_touch"


def keep_in_touch_key(reference: str) -> str:
    """Key of a case's timer: setting it again moves it."""
    return f"case:{reference}:keep_in_touch"


def watch_touch(talk: Talk, reference: str) -> SetTimer:
    """Look again when nothing will have been said for so many working days."""
    company, now = talk.company, talk.turn.now
    due_at = company.calendar.add_working_days(now, company.keep_in_touch_days, at=company.followup_at)
    return SetTimer(
        kind=KEEP_IN_TOUCH,
        key=keep_in_touch_key(reference),
        due_at=max(due_at, now + timedelta(hours=1)),
        payload={"reference": reference},
    )


def keep_in_touch(talk: Talk, timer: TimerFired) -> Decision:
    """Say that it is being worked on, who does it and until when; to the people who hold the conversation instead
    of to the customer while they do.
    """
    reference = text_at(timer.payload, "reference")
    case = next((case for case in talk.turn.cases if case.reference == reference), None)
    if case is None or case.closed or case.phase not in UNANSWERED or case.waiting:
        return Decision(by=BY, why=f"{reference}: no need to keep in touch")
    again = watch_touch(talk, reference)
    reply = Reply(template="complaint/keep_in_touch", variables=_facts(talk, case), purpose="service")
    why = f"{reference}: nothing was said for {talk.company.keep_in_touch_days} working days"
    if talk.turn.owner != "bot":
        return Decision(by=BY, why=why, suggest=(reply,), timers=(again,))
    return Decision(
        by=BY, why=why, replies=(reply,), timers=(again,), add_to_case=AddToCase(case_id=case.id, told=True)
    )


def _facts(talk: Talk, case: CaseView) -> dict[str, object]:
    late = talk.turn.now > case.due_at
    return {
        "reference": case.reference,
        "desk": talk.desk_name(case.desk),
        "owner": case.owner,
        "due_at": None if late else case.due_at,
    }
