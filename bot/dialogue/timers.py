"""The conversation's own alarms: a silent intake, the follow-up of a case."""

from __future__ import annotations

from bot.complaints.survey import FIRST
from bot.dialogue.intake_questions import question
from bot.dialogue.intake_state import Intake, from_state
from bot.dialogue.intake_timers import REGISTER, REMINDER, watch_reminder
from bot.dialogue.keeping_touch import KEEP_IN_TOUCH, keep_in_touch
from bot.dialogue.memory import count_at, text_at
from bot.dialogue.purchase import PURCHASE, ask_about_purchase
from bot.dialogue.registration import FOLLOWUP, after_registration, followup_again, register
from bot.dialogue.survey import ask_first, asking
from bot.dialogue.talk import Talk, hand_over
from bot.dialogue.turn import AddToCase, CaseView, Decision, Reply, TimerFired

BY = "timer"
ANSWERED = ("cloture", "suivi", "exploitation")
NOT_ASKED = ("withdrawn", "merged")
FOLLOWUP_TRIES = 5


def decide_timer(talk: Talk) -> Decision | None:
    timer = talk.turn.timer
    if timer is None:
        return None
    if timer.kind in (REMINDER, REGISTER):
        return _silence(talk, timer)
    if timer.kind == FOLLOWUP:
        return _followup(talk, timer)
    if timer.kind == PURCHASE:
        return ask_about_purchase(talk, timer)
    if timer.kind == KEEP_IN_TOUCH:
        return keep_in_touch(talk, timer)
    return Decision(by=BY, why=f"nothing to do for {timer.kind}")


def _silence(talk: Talk, timer: TimerFired) -> Decision:
    intake = from_state(talk.turn.state)
    if intake is None:
        return Decision(by=BY, why="the complaint was finished meanwhile")
    if timer.kind == REGISTER:
        return _registered(talk, intake)
    if talk.turn.owner != "bot":
        return Decision(by=BY, why="people own the conversation: no reminder", timers=watch_reminder(talk))
    pending = question(talk, intake, intake.stage)
    reminder = Reply(template="complaint/reminder", buttons=pending.buttons)
    return Decision(
        by=BY, why="silence during the intake: reminded", replies=(reminder,), timers=watch_reminder(talk)
    )


def _registered(talk: Talk, intake: Intake) -> Decision:
    """Register what there is. Said nothing worth a case: forget it, nothing was complained about."""
    if not (intake.words or intake.files or intake.product or intake.order):
        return Decision(by=BY, why="silence, and nothing was told", state=after_registration(talk))
    decision = register(talk, intake, by=BY, why="silence: registered as it is", complete=False, silent=True)
    if talk.turn.owner == "bot":
        return decision
    return without_words(decision)


def without_words(decision: Decision) -> Decision:
    """The same decision, said by nobody: people own the conversation and tell the customer themselves."""
    return Decision(
        by=decision.by,
        why=decision.why,
        state=decision.state,
        open_case=decision.open_case,
        timers=decision.timers,
    )


def _followup(talk: Talk, timer: TimerFired) -> Decision:
    reference = text_at(timer.payload, "reference")
    case = next((case for case in talk.turn.cases if case.reference == reference), None)
    if case is None:
        return Decision(by=BY, why=f"no case {reference} to follow up")
    if case.closed and (case.outcome in NOT_ASKED or case.archived):
        return Decision(by=BY, why=f"{reference} is {case.outcome}: nothing to ask")
    answered = case.closed or case.phase in ANSWERED or timer.payload.get("answered") is True
    if not answered:
        return _forgotten(talk, case)
    busy = talk.turn.owner != "bot" or from_state(talk.turn.state) is not None
    return _later(talk, timer, case) if busy else _asked(talk, case)


def _asked(talk: Talk, case: CaseView) -> Decision:
    return Decision(
        by=BY,
        why=f"asked whether {case.reference} is settled",
        replies=(ask_first(talk, case),),
        state=asking(talk, case, FIRST),
        add_to_case=AddToCase(case_id=case.id, told=True),
    )


def _later(talk: Talk, timer: TimerFired, case: CaseView) -> Decision:
    """Don't ask into a conversation that people hold; try again, but not for ever."""
    tries = count_at(timer.payload, "tries") + 1
    if tries > FOLLOWUP_TRIES:
        return Decision(by=BY, why=f"{case.reference}: people are in touch, no follow-up sent")
    payload = {**timer.payload, "tries": tries}
    return Decision(
        by=BY,
        why=f"{case.reference}: follow-up put off",
        timers=(followup_again(talk, timer.key, payload),),
    )


def _forgotten(talk: Talk, case: CaseView) -> Decision:
    """Days after its due date the case still has no answer: people are called, the customer isn't asked.
    source: CO-12
    """
    late = talk.company.followup_days
    reason = f"{case.reference} is still without an answer {late} working days after its due date"
    return Decision(
        by=BY,
        why=reason,
        timers=(followup_again(talk, f"case:{case.reference}:followup", {"reference": case.reference}),),
        hand_over=hand_over(case.desk, reason, urgent=True),
    )
