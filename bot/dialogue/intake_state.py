"""The complaint being taken down: what is known, what was asked. Travels as JSON in the conversation's
state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from bot.dialogue.memory import (
    count_at,
    file_json,
    files_at,
    flag_at,
    mapping_at,
    moment_at,
    text_at,
    texts_at,
)
from bot.dialogue.story import matter_of
from bot.dialogue.turn import Said
from bot.understanding.facts import Facts
from bot.understanding.intent import Severity
from bot.understanding.reading import Reading
from channels.port import Attachment

Stage = Literal["what", "product", "since", "evidence", "remedy", "confirm", "correct"]
STAGES: tuple[Stage, ...] = get_args(Stage)
NEEDS_EVIDENCE = frozenset({"quality", "packaging", "other"})
"""Objects for which a photo tells more than words; a delay has nothing to show."""
MAX_WORDS_CHARACTERS = 20_000
SHOWN_SUMMARY = 400
_SEVERITIES: tuple[Severity, ...] = ("normal", "serious", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A complaint under way."""

    received_at: datetime  # of its first message: every clock counts from here
    stage: Stage = "what"
    words: tuple[tuple[str, str], ...] = ()  # (message id, text) in order
    object: str = "other"
    product: str = ""
    order: str = ""
    since: str = ""
    remedy: str = ""
    zone: str = ""
    severity: Severity = "normal"
    angry: bool = False
    files: tuple[Attachment, ...] = ()
    asked: tuple[str, ...] = ()
    restated: int = 0

    @property
    def summary(self) -> str:
        """The customer's own words, joined; greetings and closings stay in the messages."""
        return "\n".join(matter_of(text) for _, text in self.words)

    @property
    def shown_summary(self) -> str:
        """The words as restated: short enough for any channel."""
        told = [matter_of(text) for _, text in self.words]
        text = " ".join(_sentence(text) for text in told[:-1])
        text = f"{text} {' '.join(told[-1].split())}".strip() if told else ""
        return text if len(text) <= SHOWN_SUMMARY else text[: SHOWN_SUMMARY - 1].rstrip() + "…"

    @property
    def urgent(self) -> bool:
        return self.angry or self.severity == "critical"

    def missing(self) -> Stage:
        """The next thing to ask: never what was said or asked before; the angry go straight to the end."""
        if not self.words and "what" not in self.asked:
            return "what"
        if self.urgent:
            return "confirm"
        if not (self.product or self.order) and "product" not in self.asked:
            return "product"
        if not self.since and "since" not in self.asked:
            return "since"
        if not self.files and self.object in NEEDS_EVIDENCE and "evidence" not in self.asked:
            return "evidence"
        if not self.remedy and "remedy" not in self.asked:
            return "remedy"
        return "confirm"


def _sentence(text: str) -> str:
    """A message as one sentence, so that several can stand in a row."""
    line = " ".join(text.split())
    return line if line[-1:] in ".!?…؟،:;" else f"{line}."


def add_words(intake: Intake, said: tuple[Said, ...]) -> Intake:
    """Append what was said; an edited message replaces its own earlier text, or the last one."""
    words = list(intake.words)
    for one in said:
        if not one.text.strip() or one.choice:
            continue
        entry = (one.id, one.text.strip()[:MAX_WORDS_CHARACTERS])
        known = next((i for i, (key, _) in enumerate(words) if key == one.id), None)
        if one.edited and words:
            words[known if known is not None else -1] = entry
        elif known is None and entry[1] not in (text for _, text in words):
            words.append(entry)
    room = MAX_WORDS_CHARACTERS
    kept: list[tuple[str, str]] = []
    for key, text in words:
        if room > 0:
            kept.append((key, text[:room]))
            room -= len(text)
    return replace(intake, words=tuple(kept))


def add_files(intake: Intake, files: tuple[Attachment, ...]) -> Intake:
    known = {file.ref for file in intake.files}
    fresh = tuple(file for file in files if file.ref not in known)
    return replace(intake, files=intake.files + fresh) if fresh else intake


def absorb(intake: Intake, reading: Reading, *, correcting: bool = False) -> Intake:
    """Take over the facts of a text: those that were missing, or all of them when the customer corrects."""
    facts = reading.facts
    order = facts.order or (facts.numbers[0] if correcting and len(facts.numbers) == 1 else "")

    def take(known: str, said: str) -> str:
        return said if said and (correcting or not known) else known

    severity = max(intake.severity, reading.intents.severity, key=_SEVERITIES.index)
    return replace(
        intake,
        product=take(intake.product, facts.product),
        order=take(intake.order, order),
        since=take(intake.since, facts.since),
        remedy=take(intake.remedy, facts.remedy),
        zone=intake.zone or facts.zone,
        object=_object(intake, reading),
        severity=severity,
        angry=intake.angry or reading.intents.angry,
    )


def _object(intake: Intake, reading: Reading) -> str:
    """What the complaint is about: the story tells, whatever "a problem with my delivery" said before it."""
    if intake.object != "other" and (intake.words or intake.stage != "what"):
        return intake.object
    return reading.intents.best("object.") or intake.object


def has_case_facts(facts: Facts) -> bool:
    return bool(facts.products or facts.order or facts.since or facts.remedy or facts.numbers)


def to_json(intake: Intake) -> dict[str, Any]:
    return {
        "received_at": intake.received_at.isoformat(),
        "stage": intake.stage,
        "words": [[key, text] for key, text in intake.words],
        "object": intake.object,
        "product": intake.product,
        "order": intake.order,
        "since": intake.since,
        "remedy": intake.remedy,
        "zone": intake.zone,
        "severity": intake.severity,
        "angry": intake.angry,
        "files": [file_json(file) for file in intake.files],
        "asked": list(intake.asked),
        "restated": intake.restated,
    }


def from_state(state: Mapping[str, Any]) -> Intake | None:
    """The intake under way, None when there is none or its record can't be read."""
    data = mapping_at(state, "intake")
    received_at = moment_at(data, "received_at") if data is not None else None
    if data is None or received_at is None:
        return None
    stage, severity = text_at(data, "stage"), text_at(data, "severity")
    return Intake(
        received_at=received_at,
        stage=next((known for known in STAGES if known == stage), "what"),
        words=_words_of(data),
        object=text_at(data, "object", "other"),
        product=text_at(data, "product"),
        order=text_at(data, "order"),
        since=text_at(data, "since"),
        remedy=text_at(data, "remedy"),
        zone=text_at(data, "zone"),
        severity=next((known for known in _SEVERITIES if known == severity), "normal"),
        angry=flag_at(data, "angry"),
        files=files_at(data, "files"),
        asked=texts_at(data, "asked"),
        restated=count_at(data, "restated"),
    )


def _words_of(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    value = data.get("words")
    pairs = value if isinstance(value, list) else []
    return tuple(
        (pair[0], pair[1])
        for pair in pairs
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)
    )


def expects_more(state: Mapping[str, Any]) -> bool:
    """Whether the customer is likely to go on in further messages: asked what happened, people tell a
    story.
    """
    intake = state.get("intake")
    return isinstance(intake, Mapping) and intake.get("stage") == "what"
