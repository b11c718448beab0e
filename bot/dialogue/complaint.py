"""A complaint begins: start the intake, register at once when one message says it all, or add to the open
case.

source: CO-01 to CO-05, IN-01, IN-02; E6: the same matter on another channel is the same case.
"""

from __future__ import annotations

from bot.dialogue.answers import confident
from bot.dialogue.intake_questions import ask
from bot.dialogue.intake_state import Intake, absorb, add_files, add_words
from bot.dialogue.memory import files_at, mapping_at, moment_at, without
from bot.dialogue.registration import register
from bot.dialogue.talk import Talk, hand_over
from bot.dialogue.turn import AddToCase, CaseView, Decision, HandOver, Reply
from bot.understanding.faq import VERBATIM
from bot.understanding.intent import PRESENT
from channels.port import Attachment

BY = "complaint"
WISH_WORDS = 3
"""So short a verbatim phrasing ("déposer une plainte") is a wish: better acted on than explained."""
STORY_WORDS = 8
CRITICAL_WORDS = 3
LOOSE_FILES_S = 86_400.0


def decide_complaint(talk: Talk) -> Decision | None:
    if not talk.turn.said or not _complains(talk):
        return None
    same = _same_matter(talk)
    if same is not None:
        return _added(talk, same)
    intake = first_intake(talk)
    if intake.words and (talk.email or _says_it_all(talk, intake)):
        return register(talk, intake, by=BY, why=f"one message says it all: {_words(talk)}", first=True)
    return ask(talk, intake, intake.missing(), by=BY, why=f"complains: {_words(talk)}", receipt=True)


def first_intake(talk: Talk) -> Intake:
    """An intake with everything the first burst says, and photos sent shortly before. source: E10"""
    intake = Intake(received_at=min(said.at for said in talk.turn.said))
    if _tells_what(talk):
        intake = add_words(intake, talk.turn.said)
    return add_files(absorb(intake, talk.reading), (*_loose_files(talk), *talk.files))


def _complains(talk: Talk) -> bool:
    if talk.choice:
        return talk.choice == "complain"
    intents = talk.reading.intents
    strength = intents.complaint + (1.0 if intents.has("angry") and "abuse" not in intents.found else 0.0)
    if intents.severity == "critical" and intents.word_count >= CRITICAL_WORDS and not talk.asks:
        return not _is_faq(talk, 3)
    if strength < PRESENT and not (intents.score("angry") >= PRESENT and "hypothetical" not in intents.found):
        return False
    return not _is_faq(talk, strength)


def _is_faq(talk: Talk, strength: float) -> bool:
    """Whether the FAQ answers these very words, or asks what a weak sign of trouble asks ("what if …")."""
    best = talk.reading.best
    if best is None or talk.reading.intents.angry:
        return False
    if best.confidence >= VERBATIM and talk.reading.intents.word_count > WISH_WORDS:
        return True
    return talk.asks and confident(talk) and (strength < 3 or best.confidence >= VERBATIM)


def _tells_what(talk: Talk) -> bool:
    """Whether the words tell what happened, and not only that there is a complaint."""
    intents = talk.reading.intents
    return intents.score("defect") >= PRESENT or intents.word_count >= STORY_WORDS or talk.email


def _says_it_all(talk: Talk, intake: Intake) -> bool:
    return bool((intake.product or intake.order) and intake.since and talk.says("defect"))


def _same_matter(talk: Talk) -> CaseView | None:
    """The open case this belongs to: recent, and naming no other product, order or kind of trouble."""
    if talk.says("new_matter"):
        return None
    also = talk.says("same_matter")
    company, now = talk.company, talk.turn.now
    recent = (
        case
        for case in talk.turn.cases
        if not case.closed and now - case.opened_at <= company.same_case_within
    )
    return next((case for case in recent if also or not _differs(talk, case)), None)


def _differs(talk: Talk, case: CaseView) -> bool:
    before = talk.understanding.read(case.summary, language=talk.language)
    old, new = before.facts, talk.reading.facts
    if new.order and old.order:
        return new.order != old.order
    if new.products and old.products:
        return not set(new.products) & set(old.products)
    kinds = before.intents.best("object."), talk.reading.intents.best("object.")
    return bool(kinds[0] and kinds[1] and kinds[0] != kinds[1]) or bool(
        new.order and not old.order and new.products
    )


def _added(talk: Talk, case: CaseView) -> Decision:
    return Decision(
        by=BY,
        why=f"belongs to {case.reference}: {_words(talk)}",
        replies=(added_reply(talk, case),),
        state=without(talk.turn.state, "misses", "offered", "files"),
        add_to_case=AddToCase(case_id=case.id, note=talk.text, evidence=(*_loose_files(talk), *talk.files)),
        hand_over=_if_urgent(talk, case),
        receipt_owed=True,
    )


def added_reply(talk: Talk, case: CaseView) -> Reply:
    variables = {"reference": case.reference, "files": len(talk.files)}
    return Reply(template="complaint/added", variables=variables, purpose="receipt")


def _if_urgent(talk: Talk, case: CaseView) -> HandOver | None:
    intents = talk.reading.intents
    if intents.severity != "critical" and not intents.angry:
        return None
    return hand_over(case.desk, f"angry or critical words about {case.reference}", urgent=True)


def _loose_files(talk: Talk) -> tuple[Attachment, ...]:
    """Files that came without words within the last day."""
    kept = mapping_at(talk.turn.state, "files")
    at = moment_at(kept, "at") if kept is not None else None
    if kept is None or at is None or (talk.turn.now - at).total_seconds() > LOOSE_FILES_S:
        return ()
    return files_at(kept, "items")


def _words(talk: Talk) -> str:
    intents = talk.reading.intents
    said = (*intents.words("defect"), *intents.words("complaint"), *intents.words("angry"))
    return ", ".join(said[:4])
