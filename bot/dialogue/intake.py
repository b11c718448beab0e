"""The complaint intake under way: understands the answer to the pending question, then asks what is still
missing.

Anything may come at any time: a photo becomes evidence, a question is answered and the pending one asked
again, "cancel" stops, "a person" registers what there is and hands over. source: domain §4 SC, CO-37,
IN-14
"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.answers import answer_reply, confident
from bot.dialogue.intake_answers import fill, only_small_talk, unanswered
from bot.dialogue.intake_questions import ask
from bot.dialogue.intake_state import Intake, absorb, add_files, add_words, from_state, has_case_facts
from bot.dialogue.intake_timers import stop_watching
from bot.dialogue.memory import without
from bot.dialogue.registration import register
from bot.dialogue.status import decide_status
from bot.dialogue.talk import Talk
from bot.dialogue.turn import Decision, Reply

BY = "intake"
MAX_RESTATEMENTS = 4
"""After so many restatements the complaint is registered as it stands: a person reads it anyway."""
BARE_NO_WORDS = 4
"""A "no" with more words than this already says what is wrong."""
QUESTION_WORDS = 5
"""A question about a product has so many words; fewer name the product."""
URGENT_RESTATEMENTS = 1
"""The angry are asked once whether it is right, then a person has it."""


def decide_intake(talk: Talk) -> Decision | None:
    """Carry on with the complaint under way, if there is one."""
    intake = from_state(talk.turn.state)
    if intake is None or not talk.turn.said:
        return None
    if talk.wants_cancel:
        return _cancelled(talk)
    intake = add_files(intake, talk.files)
    if talk.wants_person:
        kept = absorb(_with_words(talk, intake), talk.reading)
        return register(
            talk, kept, by=BY, why="asked for a person: registered as it is", complete=False, person=True
        )
    unread = _unreadable(talk)
    if unread:
        return _ask_again(talk, intake, (unread,), why="not readable: asked for words")
    return _answer(talk, intake)


def _answer(talk: Talk, intake: Intake) -> Decision:
    """Take the words as the answer to the pending question."""
    if talk.edited and intake.words:
        changed = absorb(add_words(intake, talk.turn.said), talk.reading, correcting=True)
        return _proceed(talk, changed, why="an earlier message was corrected")
    if intake.stage == "confirm":
        return _confirmed(talk, intake)
    if intake.stage == "correct":
        return _corrected(talk, intake)
    if talk.choice.startswith("faq:") or _interrupts(talk, intake):
        return _ask_again(talk, intake, (answer_reply(talk),), why="answered a question in between")
    status = decide_status(talk) if talk.says("case_status") else None
    if status is not None:
        return _ask_again(talk, intake, status.replies, why="said where a case stands in between")
    filled = fill(talk, intake, absorb(intake, talk.reading))
    if unanswered(talk, intake, filled):
        return _once_more(talk, filled)
    upset = filled.angry and not intake.angry
    return _proceed(talk, filled, why=f"heard about {intake.stage}", upset=upset)


def _confirmed(talk: Talk, intake: Intake) -> Decision:
    corrected = has_case_facts(talk.reading.facts)
    bare = not corrected and not talk.choice and talk.reading.intents.word_count <= BARE_NO_WORDS
    if talk.choice == "fix" or (bare and (talk.says_no or talk.says("correct"))):
        return ask(talk, intake, "correct", by=BY, why="asked what to correct")
    if (talk.says_yes or talk.skips) and not corrected:
        return register(talk, intake, by=BY, why="confirmed by the customer")
    if not corrected and _interrupts(talk, intake):
        return _ask_again(talk, intake, (answer_reply(talk),), why="answered a question in between")
    return _corrected(talk, intake)


def _corrected(talk: Talk, intake: Intake) -> Decision:
    """Apply what was said and restate, but not for ever."""
    if talk.says_yes and not has_case_facts(talk.reading.facts) and talk.reading.intents.word_count <= 3:
        return register(talk, intake, by=BY, why="confirmed by the customer")
    changed = absorb(intake, talk.reading, correcting=True)
    told = not (talk.choice or talk.reading.empty or talk.skips or only_small_talk(talk))
    if told and not has_case_facts(talk.reading.facts):
        changed = add_words(changed, talk.turn.said)
    if changed.restated >= (URGENT_RESTATEMENTS if changed.urgent else MAX_RESTATEMENTS):
        return register(talk, changed, by=BY, why="restated often enough: registered as it stands")
    return ask(talk, changed, "confirm", by=BY, why="corrected and restated")


def _proceed(talk: Talk, intake: Intake, *, why: str, upset: bool = False) -> Decision:
    """Ask what is still missing, or for confirmation."""
    if not intake.words and intake.stage == "what" and not talk.skips and intake.restated == 0:
        return _what_again(talk, intake)
    if intake.severity == "critical" and intake.words:
        return register(talk, intake, by=BY, why="critical: registered at once", complete=False)
    return ask(talk, intake, intake.missing(), by=BY, why=why, soothe=upset)


def _once_more(talk: Talk, intake: Intake) -> Decision:
    """More of the story came instead of the answer: kept, and the question put again, lighter, once."""
    again = replace(intake, asked=(*intake.asked, f"{intake.stage}_again"))
    return ask(talk, again, again.stage, by=BY, why=f"more was told: asked {again.stage} again", again=True)


def _what_again(talk: Talk, intake: Intake) -> Decision:
    """The story hasn't come yet: ask once more, then take what there is."""
    if "what_again" in intake.asked:
        return ask(talk, intake, intake.missing(), by=BY, why="no story came: went on")
    again = replace(intake, asked=(*intake.asked, "what_again"))
    return ask(talk, again, "what", by=BY, why="asked again what happened")


def _ask_again(talk: Talk, intake: Intake, before: tuple[Reply, ...], *, why: str) -> Decision:
    return ask(talk, intake, intake.stage, by=BY, why=why, before=before)


def _cancelled(talk: Talk) -> Decision:
    return Decision(
        by=BY,
        why="cancelled by the customer",
        replies=(Reply(template="complaint/cancelled"),),
        state=without(talk.turn.state, "intake", "offered", "files", "misses"),
        timers=stop_watching(talk),
    )


def _with_words(talk: Talk, intake: Intake) -> Intake:
    """Keep the words of a request for a person only where they tell more than the request."""
    told = not talk.choice and (talk.reading.intents.complaint >= 1 or len(talk.reading.tokens) > 8)
    return add_words(intake, talk.turn.said) if told else intake


def _interrupts(talk: Talk, intake: Intake) -> bool:
    """Whether the words are a question of their own and not the answer."""
    if talk.choice or not talk.asks or talk.reading.intents.complaint >= 2:
        return False
    facts = talk.reading.facts
    if facts.order or facts.numbers or facts.since or facts.remedy:
        return False
    return (not facts.products or talk.reading.intents.word_count >= QUESTION_WORDS) and confident(talk)


def _unreadable(talk: Talk) -> Reply | None:
    what = next((said.unsupported for said in talk.turn.said if said.unsupported), "")
    voice = any(file.kind == "audio" for file in talk.files)
    if talk.text or talk.choice or not (what or voice):
        return None
    return Reply(template="reply/words_please", variables={"what": what or "voice"})
