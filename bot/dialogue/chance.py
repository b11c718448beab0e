"""After a serious complaint: will they give us another chance? No is met with regret, yes with thanks.

Asked once, in a conversation, and never of somebody angry or in danger. Good faith is taken for granted:
whether the complaint is justified is for a person to say. source: domain §4 SC, CO-24, E2
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.dialogue.intake_state import Intake
from bot.dialogue.labels import button, label
from bot.dialogue.memory import mapping_at, moment_at, text_at, with_key, without
from bot.dialogue.talk import Talk
from bot.dialogue.turn import REFERENCE, AddToCase, Decision, Reply

BY = "another chance"
ANSWER_WITHIN = timedelta(hours=1)
_TALKS = frozenset({"webchat", "telegram", "whatsapp", "sandbox"})
"""Where one more question costs nobody anything: not by SMS, not by e-mail."""


def asks_for_a_chance(talk: Talk, intake: Intake) -> bool:
    calm = intake.severity == "serious" and not intake.angry
    return calm and talk.turn.channel in _TALKS and talk.turn.owner == "bot"


def chance_question(talk: Talk) -> Reply:
    language = talk.language
    buttons = talk.buttons(button("yes", language, key="plain_yes"), button("no", language))
    return Reply(template="complaint/another_chance", buttons=buttons)


def with_chance(talk: Talk, state: Mapping[str, Any]) -> dict[str, Any]:
    """The memory that the question was asked; the commit puts the reference in."""
    return with_key(state, "chance", {"reference": REFERENCE, "asked_at": talk.turn.now.isoformat()})


def decide_chance(talk: Talk) -> Decision | None:
    """A yes or a no to the question; anything else is somebody else's matter."""
    asked = mapping_at(talk.turn.state, "chance")
    if asked is None or not talk.turn.said:
        return None
    asked_at, reference = moment_at(asked, "asked_at"), text_at(asked, "reference")
    case = next((case for case in talk.turn.cases if case.reference == reference), None)
    given = talk.says_yes or (talk.says("thanks") and not talk.says_no)
    if case is None or asked_at is None or talk.turn.now - asked_at > ANSWER_WITHIN:
        return None
    if talk.asks or talk.reading.intents.complaint >= 1 or not (given or talk.says_no):
        return None
    template = "complaint/chance_given" if given else "complaint/chance_refused"
    said = talk.text or label("plain_yes" if given else "no", talk.language)
    return Decision(
        by=BY,
        why=f"{reference}: another chance {'given' if given else 'refused'}",
        replies=(Reply(template=template, variables={"reference": reference}),),
        state=without(talk.turn.state, "chance", "offered", "misses"),
        add_to_case=AddToCase(case_id=case.id, note=said, evidence=talk.files),
    )
