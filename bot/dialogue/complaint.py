"""A complaint begins: start the intake, register at once when one message says it all, or add to the open
case.

source: CO-01 to CO-05, IN-01, IN-02; E6: the same matter on another channel is the same case.
"""

from __future__ import annotations

from datetime import timedelta

from bot.dialogue.answers import confident
from bot.dialogue.intake_questions import ask
from bot.dialogue.intake_state import Intake, absorb, add_files, add_words
from bot.dialogue.labels import remedy_words
from bot.dialogue.memory import files_at, mapping_at, moment_at, without
from bot.dialogue.registration import register
from bot.dialogue.talk import Talk, hand_over
from bot.dialogue.turn import AddToCase, CaseView, Decision, HandOver, Reply
from bot.understanding.faq import VERBATIM
from bot.understanding.intent import PRESENT
from bot.understanding.normalise import word_set
from channels.port import Attachment

BY = "complaint"
STORY_WORDS = 10
AFTERTHOUGHT = timedelta(hours=1)
_NOUNS = ("reclamation", "une plainte", "complain", "شكوي", "شكاوي", "reklama")
CRITICAL_WORDS = 3
NOTHING_MORE = word_set(
    """non c est tout rien d autre de plus a ajouter merci bon no that s all nothing else more to add thanks thank
    you هذا كل شيء ما في لا شي غيره اخر شكرا هاذا ماكان والو ghir hada makan walou"""
)
LOOSE_FILES_S = 86_400.0


def decide_complaint(talk: Talk) -> Decision | None:
    if not talk.turn.said:
        return None
    if not _complains(talk):
        return _afterthought(talk)
    same = _same_matter(talk)
    if same is not None:
        return _added(talk, same)
    intake = first_intake(talk)
    if intake.words and (talk.email or _says_it_all(talk, intake)):
        return register(talk, intake, by=BY, why=f"one message says it all: {_words(talk)}", first=True)
    if intake.words and intake.severity == "critical":
        why = f"critical: {', '.join(talk.reading.intents.words('critical')[:4])}"
        return register(talk, intake, by=BY, why=why, complete=False, first=True)
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
    if _about_complaints(talk):
        return False
    strength = intents.complaint + (1.0 if intents.has("angry") and "abuse" not in intents.found else 0.0)
    if intents.severity == "critical" and intents.word_count >= CRITICAL_WORDS and not talk.asks:
        return not _is_faq(talk, 3)
    if strength < PRESENT and not (intents.score("angry") >= PRESENT and "hypothetical" not in intents.found):
        return False
    return not _is_faq(talk, strength)


def _about_complaints(talk: Talk) -> bool:
    """A question about complaints in general ("combien de temps pour traiter une réclamation ?")."""
    intents = talk.reading.intents
    if not talk.asks or intents.angry or talk.says("defect") or talk.says("complain_wish"):
        return False
    words = intents.words("complaint")
    return bool(words) and all(word.startswith(_NOUNS) for word in words)


def _afterthought(talk: Talk) -> Decision | None:
    """What is wished for, or a number corrected, right after a complaint was registered belongs to it."""
    case = talk.newest_open_case()
    if case is None or talk.choice or talk.turn.now - case.opened_at > AFTERTHOUGHT:
        return None
    facts = talk.reading.facts
    told = facts.remedy or ((facts.order or facts.numbers) and not talk.says("order_status"))
    if not told or talk.asks or talk.wants_cancel or talk.wants_person:
        return None
    return _added(talk, case)


def _is_faq(talk: Talk, strength: float) -> bool:
    """Whether the FAQ answers these very words, or asks what a weak sign of trouble asks ("what if …").

    A wish to complain ("déposer une plainte") is acted on, even where the FAQ would explain it.
    """
    best = talk.reading.best
    if best is None or talk.reading.intents.angry:
        return False
    if best.confidence >= VERBATIM:
        return talk.asks or not talk.says("complain_wish")
    return talk.asks and confident(talk) and (strength < 3 or best.confidence >= VERBATIM)


def _tells_what(talk: Talk) -> bool:
    """Whether the words tell what happened, and not only that there is a complaint."""
    intents = talk.reading.intents
    if intents.severity == "critical" and intents.word_count >= CRITICAL_WORDS:
        return True
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
    """Whether another order, product or kind of trouble is named than the case has."""
    new = talk.reading.facts
    if new.order and case.order_ref:
        return not _same_order(new.order, case.order_ref)
    known = set(case.product.split(", ")) if case.product else set()
    if new.products and known:
        return known.isdisjoint(new.products)
    kind = talk.reading.intents.best("object.")
    if kind and case.object not in ("", "other", kind):
        return True
    return bool(new.order and not case.order_ref and new.products)


def _same_order(one: str, other: str) -> bool:
    """ "CMD-4521" and "4521" are one order."""
    digits = ["".join(filter(str.isdigit, order)) for order in (one, other)]
    return one == other or digits[0] == digits[1]


def _added(talk: Talk, case: CaseView) -> Decision:
    remedy = "" if case.remedy else talk.reading.facts.remedy
    return Decision(
        by=BY,
        why=f"belongs to {case.reference}: {_words(talk)}",
        replies=(added_reply(talk, case, remedy=remedy),),
        state=without(talk.turn.state, "misses", "offered", "files"),
        add_to_case=AddToCase(
            case_id=case.id, note=talk.text, evidence=(*_loose_files(talk), *talk.files), remedy=remedy
        ),
        hand_over=_if_urgent(talk, case),
        receipt_owed=True,
    )


def decide_nothing_more(talk: Talk) -> Decision | None:
    """A bare "no" or "that's all" right after a complaint was registered: there is nothing to add."""
    case = talk.newest_open_case()
    if case is None or talk.choice or talk.turn.now - case.opened_at > AFTERTHOUGHT:
        return None
    enough = len(talk.reading.tokens) > 1 and NOTHING_MORE.issuperset(talk.reading.tokens)
    if not (talk.refuses or enough) or talk.files:
        return None
    return Decision(
        by=BY,
        why=f"nothing to add to {case.reference}",
        replies=(Reply(template="complaint/nothing_more", variables={"reference": case.reference}),),
        state=without(talk.turn.state, "misses", "offered"),
    )


def added_reply(talk: Talk, case: CaseView, *, remedy: str = "") -> Reply:
    """What was added, and the wished-for solution where it is now the case's own."""
    angry = bool(talk.text) and talk.reading.intents.angry and _if_urgent(talk, case) is not None
    variables = {
        "reference": case.reference,
        "files": len(talk.files),
        "angry": angry,
        "remedy": remedy_words(remedy, talk.language),
    }
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
