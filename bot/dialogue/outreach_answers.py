"""Answers to what outreach asked: a mark, a yes or no, a suggestion. source: SU, PM, E24

Whoever is unhappy about a purchase is listened to as with any complaint. Anything that is no answer is somebody else's
matter; said a second time, an answer is corrected and not thanked for again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.complaints.scores import Score, read_score
from bot.dialogue.complaint import first_intake
from bot.dialogue.intake_questions import ask
from bot.dialogue.intake_state import from_state
from bot.dialogue.memory import mapping_at, moment_at, text_at, with_key, without
from bot.dialogue.survey import BARE_NO_WORDS, LONGEST_WORDS, is_satisfied, not_satisfied
from bot.dialogue.talk import Talk
from bot.dialogue.turn import Asked, Decision, OutreachAnswered, Reply

BY: Final = "outreach answer"
IN_WORDS_WITHIN: Final = timedelta(days=3)
"""So long "très bien" alone is taken for an answer; a number is for as long as the question is remembered."""
MORE_WITHIN: Final = timedelta(days=1)
ASK_WHY_UP_TO: Final = 3
_SUGGESTS: Final = re.compile(
    r"\bsugg[eèé]r|\bsuggest|\bpropos(?:e|ition)|\bid[ée]e\b|\bil\s+faudrait|\bce\s+serait\s+(?:bien|mieux|bon)"
    r"|\bvous\s+(?:devriez|pourriez)|\bj['’]aimerais\s+que|\bit\s+would\s+be\s+(?:nice|good|great|better)"
    r"|\byou\s+(?:could|should)\b|\bi\s+wish\s+you|اقترح|أقترح|اقتراح|من\s+الأفضل|حبذا\s+لو|يا\s+ريت|لو\s+كان",
    re.I,
)


def decide_outreach_answer(talk: Talk) -> Decision | None:
    """Record the answer, thank for it once, and ask why where a mark is low and says nothing."""
    turn = talk.turn
    if not turn.said or turn.timer is not None or from_state(turn.state) is not None:
        return None
    asked_why = _asked_why(talk)
    if asked_why is not None:
        return _why(talk, asked_why)
    asked = next((one for one in turn.asked if one.question != "appointment"), None)
    if asked is None or talk.wants_person:
        return None
    return _mark(talk, asked) if asked.question == "mark" else _satisfied(talk, asked)


def heard_in_passing(talk: Talk) -> tuple[OutreachAnswered, ...]:
    """A mark given in a conversation that people hold: written down, and nothing said."""
    asked = next((one for one in talk.turn.asked if one.question == "mark"), None)
    score = _score(talk, asked) if asked is not None and talk.turn.said else None
    return (_answer(talk, asked, score),) if asked is not None and score is not None else ()


# marks


def _mark(talk: Talk, asked: Asked) -> Decision | None:
    score = _score(talk, asked)
    if score is None:
        return None
    state = without(talk.turn.state, "offered", "misses")
    answers: tuple[OutreachAnswered, ...] = (_answer(talk, asked, score),)
    why = f"{asked.source}: {score.mark} of 5"
    if score.words and _SUGGESTS.search(score.words):
        answers += (_suggestion(asked, score.words),)
    low = score.mark <= talk.company.low_mark
    if low and talk.says("defect"):
        return replace(_complaint(talk, asked, why), outreach=answers)
    if asked.answered:
        return Decision(by=BY, why=f"{why}, corrected", state=state, outreach=answers)
    if score.mark <= ASK_WHY_UP_TO and not score.words:
        memory = {"row_id": asked.row_id, "source": asked.source, "asked_at": talk.turn.now.isoformat()}
        return Decision(
            by=BY,
            why=why,
            replies=(Reply(template="complaint/survey_improve"),),
            state=with_key(state, "outreach", memory),
            outreach=answers,
        )
    return Decision(by=BY, why=why, replies=(_thanks(),), state=state, outreach=answers)


def _score(talk: Talk, asked: Asked) -> Score | None:
    if talk.choice.startswith("mark:"):
        return read_score(talk.choice.removeprefix("mark:"))
    if talk.choice or not talk.text:  # a number of another list, or only a photo
        return None
    score = read_score(talk.text)
    if score is None or (not score.figure and (talk.asks or talk.turn.now - asked.at > IN_WORDS_WITHIN)):
        return None
    return score


def _answer(talk: Talk, asked: Asked, score: Score) -> OutreachAnswered:
    words = score.words[:LONGEST_WORDS]
    told = f"{asked.source}: {score.value}{f' ({asked.product})' if asked.product else ''}"
    return OutreachAnswered(
        row_id=asked.row_id,
        source=asked.source,
        question="mark",
        value=score.value[:LONGEST_WORDS],
        score=score.mark,
        words=words,
        alarm=f"{told}: {words}".rstrip(": ") if score.mark <= talk.company.low_mark else "",
    )


# why


def _asked_why(talk: Talk) -> OutreachAnswered | None:
    """The mark whose reason was asked for a moment ago."""
    memory = mapping_at(talk.turn.state, "outreach")
    asked_at = moment_at(memory, "asked_at") if memory is not None else None
    if memory is None or asked_at is None or talk.turn.now - asked_at > MORE_WITHIN:
        return None
    return OutreachAnswered(
        row_id=text_at(memory, "row_id"),
        source=text_at(memory, "source"),
        question="suggestion",
        value="said",
    )


def _why(talk: Talk, answer: OutreachAnswered) -> Decision | None:
    state = without(talk.turn.state, "outreach", "offered", "misses")
    few = talk.reading.intents.word_count <= BARE_NO_WORDS
    if talk.skips or talk.wants_cancel or (talk.says_no and few) or (talk.says("thanks") and few):
        return Decision(by=BY, why="gives no reason", replies=(_thanks(),), state=state)
    other = talk.says("new_matter") or bool(talk.reading.facts.order)
    if other or talk.asks or talk.wants_person or not talk.text or talk.choice:
        return None
    if talk.says("defect"):
        asked = Asked(row_id=answer.row_id, source=answer.source, question="mark", at=talk.turn.now)
        known = next((one for one in talk.turn.asked if one.row_id == answer.row_id), asked)
        decision = _complaint(talk, known, f"{answer.source}: what went wrong")
        return replace(
            decision,
            outreach=(replace(answer, words=talk.text[:LONGEST_WORDS]),),
            state=without(decision.state or {}, "outreach"),
        )
    kept = replace(answer, words=talk.text[:LONGEST_WORDS])
    return Decision(
        by=BY, why=f"{answer.source}: says why", replies=(_thanks(),), state=state, outreach=(kept,)
    )


# does it suit?


def _satisfied(talk: Talk, asked: Asked) -> Decision | None:
    if asked.answered or talk.choice not in ("", "yes", "no"):
        return None
    state = without(talk.turn.state, "offered", "misses")
    answer = OutreachAnswered(
        row_id=asked.row_id,
        source=asked.source,
        question="satisfied",
        value="yes",
        words=talk.text[:LONGEST_WORDS],
    )
    suggests = bool(talk.text and _SUGGESTS.search(talk.text))
    extra = (_suggestion(asked, talk.text),) if suggests else ()
    score = _score(talk, asked)
    glad, sad = is_satisfied(talk), not_satisfied(talk)
    if score is not None:
        glad, sad = score.mark >= 4, score.mark <= talk.company.low_mark
        answer = replace(answer, score=score.mark)
    if sad and not (suggests and not talk.says("defect")):
        decision = _complaint(talk, asked, "not satisfied with the purchase")
        return replace(decision, outreach=(replace(answer, value="no"), *extra))
    if not glad and not suggests:
        return None
    answers = (answer, *extra) if glad else extra
    why = "satisfied with the purchase" if glad else "suggests something"
    return Decision(by=BY, why=f"{asked.source}: {why}", replies=(_thanks(),), state=state, outreach=answers)


def _suggestion(asked: Asked, words: str) -> OutreachAnswered:
    return OutreachAnswered(
        row_id=asked.row_id,
        source=asked.source,
        question="suggestion",
        value="said",
        words=words[:LONGEST_WORDS],
    )


def _complaint(talk: Talk, asked: Asked, why: str) -> Decision:
    """The complaint begins with what is known of the purchase."""
    intake = first_intake(talk)
    intake = replace(intake, order=intake.order or asked.order, product=intake.product or asked.product)
    state = without(talk.turn.state, "outreach", "offered", "misses")
    after = replace(talk, turn=replace(talk.turn, state=state))
    return ask(after, intake, intake.missing(), by=BY, why=why, receipt=True)


def _thanks() -> Reply:
    return Reply(template="complaint/survey_thanks")
