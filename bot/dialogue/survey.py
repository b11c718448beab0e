""" "Are you satisfied again?", and the few questions after it, asked one by one. source: CO-07, SU

An answer may be a button, a number or words. Anything else is somebody else's matter, and a new complaint ends
the survey.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.complaints.survey import FIRST, MARKS, QUESTIONS, Question, read_mark
from bot.dialogue.intake_state import from_state
from bot.dialogue.labels import button
from bot.dialogue.memory import mapping_at, moment_at, text_at, with_key, without
from bot.dialogue.registration import due_again
from bot.dialogue.talk import Talk, hand_over
from bot.dialogue.turn import AddToCase, CaseView, Decision, Reply, SurveyAnswered
from channels.port import Button

BY = "survey"
ANSWER_WITHIN = timedelta(days=14)
SHORT_ANSWER_WORDS = 12
LONGEST_WORDS = 2_000
BARE_NO_WORDS = 3


def decide_survey(talk: Talk) -> Decision | None:
    """Record the answer to the question that was asked, and ask the next one."""
    asked = mapping_at(talk.turn.state, "survey")
    if asked is None or not talk.turn.said or from_state(talk.turn.state) is not None:
        return None
    asked_at = moment_at(asked, "asked_at")
    case = next((case for case in talk.turn.cases if case.id == text_at(asked, "case_id")), None)
    question = QUESTIONS.get(text_at(asked, "question", FIRST))
    if case is None or question is None or asked_at is None or talk.turn.now - asked_at > ANSWER_WITHIN:
        return None
    return _first(talk, case) if question.name == FIRST else _later(talk, case, question)


def ask_first(talk: Talk, case: CaseView) -> Reply:
    return _ask(talk, QUESTIONS[FIRST], case)


def asking(talk: Talk, case: CaseView, question: str) -> dict[str, Any]:
    """The memory that a question was asked."""
    survey = {
        "case_id": case.id,
        "reference": case.reference,
        "question": question,
        "asked_at": talk.turn.now.isoformat(),
    }
    return without(with_key(talk.turn.state, "survey", survey), "offered", "misses")


def _ask(talk: Talk, question: Question, case: CaseView) -> Reply:
    return Reply(
        template=question.template,
        variables={"reference": case.reference} if question.name == FIRST else {},
        purpose="service" if question.name == FIRST else "reply",
        buttons=talk.buttons(*_buttons(talk, question)),
    )


def _buttons(talk: Talk, question: Question) -> tuple[Button, ...]:
    """All of them or none: a scale that ends at three would mislead."""
    language = talk.language
    if question.kind == "yes_no":
        return (button("yes", language, key="plain_yes"), button("no", language))
    if question.kind == "mark" and talk.turn.buttons >= len(MARKS):
        return tuple(button(f"mark:{mark}", language) for mark in MARKS)
    return ()


# the first question


def _first(talk: Talk, case: CaseView) -> Decision | None:
    if not_satisfied(talk):
        return None if case.archived else _reopened(talk, case)
    return _satisfied(talk, case) if is_satisfied(talk) else None


def not_satisfied(talk: Talk) -> bool:
    if talk.choice:
        return talk.choice == "no"
    return talk.says_no or talk.reading.intents.complaint >= 2 or talk.reading.intents.angry


def is_satisfied(talk: Talk) -> bool:
    if talk.choice:
        return talk.choice == "yes"
    intents = talk.reading.intents
    said = talk.says_yes or intents.has("satisfied") or intents.has("thanks")
    return said and intents.word_count <= SHORT_ANSWER_WORDS and not talk.asks


def _satisfied(talk: Talk, case: CaseView) -> Decision:
    thanks = Reply(template="complaint/satisfied", variables={"reference": case.reference})
    replies, state = _next(talk, case, QUESTIONS[FIRST], "yes")
    return Decision(
        by=BY,
        why=f"{case.reference}: satisfied again",
        replies=(thanks, *replies),
        state=state,
        add_to_case=AddToCase(case_id=case.id, note=talk.text, evidence=talk.files, satisfied=True),
        survey=_answered(talk, case, FIRST, "yes"),
    )


def _reopened(talk: Talk, case: CaseView) -> Decision:
    variables = {
        "reference": case.reference,
        "desk": talk.desk_name(case.desk),
        "due_at": due_again(talk),
    }
    return Decision(
        by=BY,
        why=f"{case.reference}: not satisfied, reopened",
        replies=(Reply(template="complaint/not_satisfied", variables=variables),),
        state=without(talk.turn.state, "survey", "offered", "misses"),
        add_to_case=AddToCase(
            case_id=case.id, note=talk.text, evidence=talk.files, reopen=True, satisfied=False, told=True
        ),
        survey=_answered(talk, case, FIRST, "no"),
        hand_over=hand_over(case.desk, f"not satisfied with the answer to {case.reference}", urgent=True),
    )


# the questions after it


def _later(talk: Talk, case: CaseView, question: Question) -> Decision | None:
    if talk.skips or talk.wants_cancel:
        return _ended(talk, case, question)
    if question.kind == "words" and talk.says_no and talk.reading.intents.word_count <= BARE_NO_WORDS:
        return _ended(talk, case, question)
    if not talk.choice and _is_something_else(talk, question):
        return None
    value, score = _read(talk, question)
    if not value:
        return None
    replies, state = _next(talk, case, question, value)
    return Decision(
        by=BY,
        why=f"{case.reference}: {question.name} = {value[:60]}",
        replies=replies,
        state=state,
        survey=_answered(talk, case, question.name, value, score),
    )


def _is_something_else(talk: Talk, question: Question) -> bool:
    """A question, a wish for a person, a new complaint. What could be better may well sound like a complaint."""
    if talk.asks or talk.wants_person:
        return True
    if question.kind != "words":
        return talk.reading.intents.complaint >= 2
    new = talk.says("new_matter") or talk.says("complain_wish") or bool(talk.reading.facts.order)
    return new or talk.reading.intents.severity == "critical"


def _read(talk: Talk, question: Question) -> tuple[str, int | None]:
    """The answer, and its mark where it has one; "" where it is none."""
    if question.kind == "yes_no":
        return ("yes" if talk.says_yes else "no" if talk.says_no else ""), None
    if question.kind == "mark":
        pressed = talk.choice.partition("mark:")[2]
        mark = read_mark(pressed or talk.text)
        return (str(mark) if mark else ""), mark
    return ("" if talk.choice else "said"), None


def _next(
    talk: Talk, case: CaseView, question: Question, value: str
) -> tuple[tuple[Reply, ...], Mapping[str, Any]]:
    following = QUESTIONS.get(question.next(value)) if talk.company.survey else None
    if following is None:
        thanks = () if question.name == FIRST else (Reply(template="complaint/survey_thanks"),)
        return thanks, without(talk.turn.state, "survey", "offered", "misses")
    return (_ask(talk, following, case),), asking(talk, case, following.name)


def _ended(talk: Talk, case: CaseView, question: Question) -> Decision:
    return Decision(
        by=BY,
        why=f"{case.reference}: left out {question.name}",
        replies=(Reply(template="complaint/survey_thanks"),),
        state=without(talk.turn.state, "survey", "offered", "misses"),
    )


def _answered(
    talk: Talk, case: CaseView, question: str, value: str, score: int | None = None
) -> SurveyAnswered:
    # An answer that reopens the case belongs to the round that it ends.
    return SurveyAnswered(
        case_id=case.id,
        round=case.reopened + 1,
        question=question,
        value=value,
        score=score,
        words=talk.text[:LONGEST_WORDS],
    )
