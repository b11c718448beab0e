"""What a message says to the intake's pending question: the answer, more of the story, or nothing.

A free answer is stored only where it may be one: "the pallets are broken" is no date, "I told you" no
product. Such words stay with the story, and the question is put once more.
"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.intake_state import Intake, add_words, has_case_facts
from bot.dialogue.intake_words import NOTHING, SPEAKERS, WHEN
from bot.dialogue.talk import Talk
from bot.understanding.intent import PRESENT

SHORT_ANSWER_WORDS = 12
SHORT_ANSWER_CHARACTERS = 120
PRODUCT_WORDS = 6
FACT_ALONE_WORDS = 5
"""So short a message with a date or a product in it says nothing else."""
BARE_WORDS = 3
REPEATED = frozenset({"product", "since", "evidence", "remedy"})
"""Stages whose question is put again, once."""


def fill(talk: Talk, before: Intake, intake: Intake) -> Intake:
    """The intake with the pending stage answered, skipped or left. `intake` is `before` with the facts of
    the message taken over.
    """
    if talk.choice:
        return _chosen(talk, intake)
    if talk.skips or talk.reading.empty or _bare(talk):
        return intake
    match intake.stage:
        case "what":
            return intake if only_small_talk(talk) else add_words(intake, talk.turn.said)
        case "product" if not (before.product or before.order):
            return _product_said(talk, before, intake)
        case "since" if not before.since:
            return _since_said(talk, before, intake)
        case "remedy":
            return _remedy_said(talk, before, intake)
    return _kept(talk, before, intake)


def unanswered(talk: Talk, before: Intake, after: Intake) -> bool:
    """Whether the pending question should be put once more: something else was said instead."""
    stage = after.stage
    if stage not in REPEATED or f"{stage}_again" in after.asked or after.urgent:
        return False
    if talk.choice or talk.skips or talk.reading.empty or talk.says("already_told"):
        return False
    if stage == "evidence":
        return (talk.says_yes or _fact_alone(talk)) and not after.files
    known = {"product": after.product or after.order, "since": after.since, "remedy": after.remedy}
    return not known[stage] and (len(after.words) > len(before.words) or _fact_alone(talk))


def only_small_talk(talk: Talk) -> bool:
    intents = talk.reading.intents
    small = any(intents.has(name) for name in ("greeting", "thanks", "yes", "no"))
    return small and intents.word_count <= 3 and intents.complaint < 1


def _chosen(talk: Talk, intake: Intake) -> Intake:
    kind, _, value = talk.choice.partition(":")
    if kind == "product" and value:
        return replace(intake, product=value)
    return replace(intake, remedy=value) if kind == "remedy" and value else intake


def _product_said(talk: Talk, before: Intake, intake: Intake) -> Intake:
    numbers = talk.reading.facts.numbers
    if not intake.order and numbers:
        intake = replace(intake, order=numbers[0])
    if intake.product or intake.order:
        return _keep_story(talk, intake)
    if _tells_when(talk):
        return intake if intake.since else replace(intake, since=_one_line(talk))
    fact = _fact_alone(talk)
    if not fact and _fits(talk, PRODUCT_WORDS) and SPEAKERS.isdisjoint(talk.reading.tokens):
        return replace(intake, product=_one_line(talk))
    return _kept(talk, before, intake)


def _since_said(talk: Talk, before: Intake, intake: Intake) -> Intake:
    if intake.since:
        return _keep_story(talk, intake)
    numbered = any(token.isdecimal() for token in talk.reading.tokens)
    if _tells_when(talk) or (numbered and _fits(talk, SHORT_ANSWER_WORDS)):
        return replace(intake, since=_one_line(talk))
    return _kept(talk, before, intake)


def _remedy_said(talk: Talk, before: Intake, intake: Intake) -> Intake:
    if intake.remedy:
        return _keep_story(talk, intake)
    if not _fact_alone(talk) and _fits(talk, SHORT_ANSWER_WORDS):
        return replace(intake, remedy=_one_line(talk))
    return _kept(talk, before, intake)


def _tells_when(talk: Talk) -> bool:
    if talk.reading.facts.remedy:  # "une nouvelle livraison" is what they wish for, not a day
        return False
    return not WHEN.isdisjoint(talk.reading.tokens) and _fits(talk, SHORT_ANSWER_WORDS)


def _bare(talk: Talk) -> bool:
    """A yes, a no or a "nothing", and nothing to keep."""
    return NOTHING.issuperset(talk.reading.tokens) or (
        (talk.says_yes or talk.says_no) and talk.reading.intents.word_count <= BARE_WORDS
    )


def _kept(talk: Talk, before: Intake, intake: Intake) -> Intake:
    """The words as a part of the story, unless they only gave a fact that is taken over already, or
    present a file ("voilà la photo").
    """
    only_fact = _fact_alone(talk) and intake != before
    caption = (bool(talk.files) or talk.says_yes) and len(talk.reading.tokens) <= FACT_ALONE_WORDS
    return intake if only_fact or caption else add_words(intake, talk.turn.said)


def _fits(talk: Talk, at_most_words: int) -> bool:
    """Whether the words may be an answer of their own, short and not about what went wrong."""
    intents = talk.reading.intents
    story = intents.complaint >= PRESENT or intents.angry or talk.says("already_told")
    return (
        not story and len(talk.reading.tokens) <= at_most_words and len(talk.text) <= SHORT_ANSWER_CHARACTERS
    )


def _fact_alone(talk: Talk) -> bool:
    facts = talk.reading.facts
    return has_case_facts(facts) and len(talk.reading.tokens) <= FACT_ALONE_WORDS


def _keep_story(talk: Talk, intake: Intake) -> Intake:
    """Keep what was told beside the answer."""
    intents = talk.reading.intents
    told = len(talk.reading.tokens) > SHORT_ANSWER_WORDS or (
        len(talk.reading.tokens) > FACT_ALONE_WORDS
        and (intents.score("defect") >= PRESENT or len(talk.reading.facts.products) > 1)
    )
    return add_words(intake, talk.turn.said) if told else intake


def _one_line(talk: Talk) -> str:
    return " ".join(talk.text.split())
