""" "Are you satisfied again?": the answer to the follow-up of a case. source: CO-07"""

from __future__ import annotations

from datetime import timedelta

from bot.dialogue.memory import mapping_at, moment_at, text_at, without
from bot.dialogue.talk import Talk, hand_over
from bot.dialogue.turn import AddToCase, CaseView, Decision, Reply

BY = "survey"
ANSWER_WITHIN = timedelta(days=14)
SHORT_ANSWER_WORDS = 12


def decide_survey(talk: Talk) -> Decision | None:
    """Record a yes or a no to the question that was asked; anything else is somebody else's matter."""
    survey = mapping_at(talk.turn.state, "survey")
    if survey is None or not talk.turn.said:
        return None
    asked_at = moment_at(survey, "asked_at")
    case = next((case for case in talk.turn.cases if case.id == text_at(survey, "case_id")), None)
    if case is None or asked_at is None or talk.turn.now - asked_at > ANSWER_WITHIN:
        return None
    if _not_satisfied(talk):
        return _reopened(talk, case)
    return _satisfied(talk, case) if _is_satisfied(talk) else None


def _not_satisfied(talk: Talk) -> bool:
    if talk.choice:
        return talk.choice == "no"
    return talk.says_no or talk.reading.intents.complaint >= 2 or talk.reading.intents.angry


def _is_satisfied(talk: Talk) -> bool:
    if talk.choice:
        return talk.choice == "yes"
    intents = talk.reading.intents
    said = talk.says_yes or intents.has("satisfied") or intents.has("thanks")
    return said and intents.word_count <= SHORT_ANSWER_WORDS and not talk.asks


def _satisfied(talk: Talk, case: CaseView) -> Decision:
    return Decision(
        by=BY,
        why=f"{case.reference}: satisfied again",
        replies=(Reply(template="complaint/satisfied", variables={"reference": case.reference}),),
        state=without(talk.turn.state, "survey", "offered", "misses"),
        add_to_case=AddToCase(case_id=case.id, note=talk.text, evidence=talk.files, satisfied=True),
    )


def _reopened(talk: Talk, case: CaseView) -> Decision:
    variables = {"reference": case.reference, "desk": talk.desk_name(case.desk)}
    return Decision(
        by=BY,
        why=f"{case.reference}: not satisfied, reopened",
        replies=(Reply(template="complaint/not_satisfied", variables=variables),),
        state=without(talk.turn.state, "survey", "offered", "misses"),
        add_to_case=AddToCase(
            case_id=case.id, note=talk.text, evidence=talk.files, reopen=True, satisfied=False
        ),
        hand_over=hand_over(case.desk, f"not satisfied with the answer to {case.reference}", urgent=True),
    )
