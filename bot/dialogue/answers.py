"""Answers from the FAQ. source: IN-03, IN-04"""

from __future__ import annotations

from bot.dialogue.memory import without
from bot.dialogue.talk import Talk
from bot.dialogue.turn import Decision, Reply
from bot.understanding.faq import SUGGEST_CONFIDENCE, Match

BY = "faq"


def confident(talk: Talk) -> bool:
    """Whether the nearest entry may be given as the answer."""
    best = talk.reading.best
    return best is not None and best.confidence >= talk.company.answer_confidence


def decide_faq(talk: Talk) -> Decision | None:
    chosen = chosen_entry(talk)
    if not chosen and (
        talk.choice or not talk.text or _only_greets(talk) or talk.refuses or not confident(talk)
    ):
        return None
    best = talk.reading.best
    why = "picked from the suggestions" if chosen or best is None else _why(best)
    return Decision(
        by=BY,
        why=why,
        replies=(answer_reply(talk),),
        state=without(talk.turn.state, "misses", "offered"),
        picked=chosen,
    )


def _only_greets(talk: Talk) -> bool:
    """Whether nothing but a greeting or a bare "cancel" was said, whatever entry is spelt like it."""
    intents = talk.reading.intents
    if intents.word_count == 1 and talk.wants_cancel:
        return True
    greeted = sum(len(words.split()) for words in intents.words("greeting"))
    return 0 < intents.word_count <= greeted


def answer_reply(talk: Talk) -> Reply:
    """The answer of the chosen entry, else of the nearest one."""
    best = talk.reading.best
    entry = chosen_entry(talk) or (best.entry_id if best else "")
    answer = talk.understanding.faq.answer(entry, talk.language)
    return Reply(template="reply/faq", variables={"answer": answer})


def chosen_entry(talk: Talk) -> str:
    """The entry whose button was pressed, "" for none or one that no longer exists."""
    kind, _, entry = talk.choice.partition(":")
    return entry if kind == "faq" and entry in talk.understanding.faq else ""


def suggestions(talk: Talk, at_most: int) -> list[Match]:
    """Entries worth offering, each with a phrasing in the customer's language; a bare "no" is like none."""
    if talk.refuses:
        return []
    return [match for match in talk.reading.matches if match.confidence >= SUGGEST_CONFIDENCE][:at_most]


def _why(match: Match) -> str:
    return f"FAQ {match.entry_id} at {match.confidence:.2f}, like: {match.question}"
