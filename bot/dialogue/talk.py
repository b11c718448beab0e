"""The turn with its words understood: what every decider is given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.dialogue.company import Company
from bot.dialogue.memory import texts_at
from bot.dialogue.turn import CaseView, HandOver, Reply, Said, Turn
from bot.understanding.normalise import word_set
from bot.understanding.reading import Reading, Understanding
from channels.port import Attachment, Button

MAX_BURST_CHARACTERS = 20_000
PERSON_SCORE = 3.0
BARE_WORDS = 3
"""A yes or a no with more words than this says something of its own."""
OPENING_COMMANDS = frozenset({"start", "help"})
"""Sent by a chat client when a person opens the conversation: no words of theirs."""
_COMMAND = re.compile(r"/([a-z_]{2,32})(?:@\w+)?(?=\s|$)", re.IGNORECASE)
QUESTION_WORDS = word_set(
    """comment quand combien quel quelle quels quelles pourquoi how when where what which who why
    اين متي كيف هل كم ماذا لماذا وين وقتاش كيفاش شحال علاش win wa9tach kifach kifah chhal ch7al 3lach"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One turn: the burst joined and read once."""

    turn: Turn
    company: Company
    understanding: Understanding
    text: str  # the burst's words, joined by line breaks
    reading: Reading
    choice: str  # of the last pressed button, or of its number typed
    files: tuple[Attachment, ...]
    command: str = ""  # "start" of "/start promo": a chat client's own word, not the customer's

    @property
    def language(self) -> str:
        return self.reading.language

    @property
    def email(self) -> bool:
        return self.turn.channel == "email"

    @property
    def edited(self) -> bool:
        """Whether the whole burst only changes what was said before."""
        return bool(self.turn.said) and all(said.edited for said in self.turn.said)

    def says(self, name: str) -> bool:
        return self.reading.intents.has(name)

    @property
    def wants_cancel(self) -> bool:
        """ "Cancel" said to us, not of an order ("annuler ma commande" asks for the money back)."""
        if self.choice:
            return self.choice == "cancel"
        intents = self.reading.intents
        return intents.has("cancel") and intents.word_count <= 5 and not intents.has("remedy.refund")

    @property
    def wants_person(self) -> bool:
        if self.choice:
            return self.choice == "person"
        intents = self.reading.intents
        score = intents.score("wants_person")
        if intents.word_count <= 2:
            return score >= 1
        return score >= PERSON_SCORE and (intents.complaint < 2 or intents.word_count <= 12)

    @property
    def says_yes(self) -> bool:
        if self.choice:
            return self.choice == "yes"
        return self.says("yes") and not self.says("no") and not self.says("correct")

    @property
    def says_no(self) -> bool:
        return self.choice == "no" if self.choice else self.says("no")

    @property
    def refuses(self) -> bool:
        """A "no" and hardly anything else: "non merci", "لا شكرا", "no thanks"."""
        if self.choice or self.asks or not self.says_no:
            return False
        facts = self.reading.facts
        told = facts.products or facts.order or facts.numbers or facts.since or facts.remedy
        return self.reading.intents.word_count <= BARE_WORDS and not told

    @property
    def skips(self) -> bool:
        return self.choice == "skip" if self.choice else self.says("skip")

    @property
    def asks(self) -> bool:
        """Whether the words have the form of a question."""
        first = self.reading.tokens[0] if self.reading.tokens else ""
        marked = "?" in self.text or "؟" in self.text
        return marked or first in QUESTION_WORDS or self.says("hypothetical")

    def desk_name(self, desk: str) -> str:
        return self.company.desk_name(desk, self.language)

    def opening(self, desk: str) -> dict[str, Any]:
        """Whether a desk works now, and when it will."""
        calendar = self.company.calendar_of(desk)
        open_now = calendar.is_open(self.turn.now)
        return {
            "open_now": open_now,
            "reopens_at": None if open_now else calendar.next_opening(self.turn.now),
        }

    def topic_desk(self) -> str:
        """The competent desk for what was said, else the mailbox's, else the default one. source: IN-03,
        IN-12
        """
        topic = self.reading.intents.best("topic.")
        mailbox = self.company.mailbox_desk(self.turn.account_id, self.turn.recipient)
        return topic if topic in self.company.desks else self.company.desk_or_default(mailbox)

    def buttons(self, *offered: Button) -> tuple[Button, ...]:
        """As many as the channel shows. Where it shows none, the template's own words say how to answer."""
        return offered[: self.turn.buttons]

    def newest_open_case(self) -> CaseView | None:
        return next((case for case in self.turn.cases if not case.closed), None)


def joined(said: tuple[Said, ...]) -> str:
    """The words of a burst; pressed buttons don't count as words."""
    return "\n".join(one.text for one in said if one.text.strip() and not one.choice)[:MAX_BURST_CHARACTERS]


def choice_of(said: tuple[Said, ...], words: list[str], offered: tuple[str, ...]) -> str:
    """The last pressed button, or the offered value whose number was typed alone."""
    pressed = next((one.choice for one in reversed(said) if one.choice), "")
    if pressed or len(words) != 1 or not words[0].isdecimal() or len(words[0]) > 2:
        return pressed
    number = int(words[0])
    return offered[number - 1] if 1 <= number <= len(offered) else ""


def command_in(text: str) -> str:
    """ "start" of "/start promo", "" for ordinary words."""
    found = _COMMAND.match(text) if text.startswith("/") else None
    return found.group(1).lower() if found else ""


def open_talk(turn: Turn, company: Company, understanding: Understanding) -> Talk:
    """Read a turn's words once, in the conversation's language."""
    text = joined(turn.said)
    command = command_in(text)
    if command in OPENING_COMMANDS:
        text = ""
    hint = turn.language_hint or turn.contact.language
    reading = understanding.read(text, language=turn.language, hint=hint)
    return Talk(
        turn=turn,
        company=company,
        understanding=understanding,
        text=text,
        reading=reading,
        choice=choice_of(turn.said, list(reading.tokens), texts_at(turn.state, "offered")),
        files=tuple(file for said in turn.said for file in said.attachments),
        command=command,
    )


def handover_reply(talk: Talk, desk: str) -> Reply:
    return Reply(template="reply/handover", variables={"desk": talk.desk_name(desk), **talk.opening(desk)})


def hand_over(desk: str, reason: str, *, urgent: bool = False) -> HandOver:
    return HandOver(desk=desk, reason=reason, urgent=urgent)
