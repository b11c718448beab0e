"""The intake's questions: one at a time, each with its buttons, each can be skipped. source: domain §4 SC"""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.intake_state import Intake, Stage, to_json
from bot.dialogue.intake_timers import watch_silence
from bot.dialogue.labels import button, remedy_words
from bot.dialogue.memory import with_key, without
from bot.dialogue.talk import Talk
from bot.dialogue.turn import Decision, Purpose, Reply
from channels.port import Button

SHOWN_PRODUCTS = 6
BUTTON_VALUE_BYTES = 64
_REMEDIES = ("refund", "exchange", "redelivery", "explanation")


def ask(
    talk: Talk,
    intake: Intake,
    stage: Stage,
    *,
    by: str,
    why: str,
    before: tuple[Reply, ...] = (),
    receipt: bool = False,
    again: bool = False,
    soothe: bool = False,
) -> Decision:
    """Ask one question and remember it. `before` is said first; `receipt` makes the first reply the
    acknowledgement; `again` words it lighter; `soothe` says a first answer's empathy to who became angry on
    the way.
    """
    first = receipt and not before
    reply = question(
        talk, intake, stage, purpose="receipt" if first else "reply", first=receipt or soothe, again=again
    )
    asked = (*intake.asked, stage) if stage not in intake.asked else intake.asked
    after = replace(intake, stage=stage, asked=asked, restated=intake.restated + (stage == "confirm"))
    state = with_key(without(talk.turn.state, "files", "misses", "offered"), "intake", to_json(after))
    return Decision(
        by=by,
        why=why,
        replies=(*before, reply),
        state=state,
        timers=watch_silence(talk, urgent=after.urgent and bool(after.words)),
        receipt_owed=receipt,
    )


def question(
    talk: Talk,
    intake: Intake,
    stage: Stage,
    *,
    purpose: Purpose = "reply",
    first: bool = False,
    again: bool = False,
) -> Reply:
    """The reply that asks a stage. `first` lets its template show empathy before the question."""
    tone: dict[str, object] = {"angry": intake.angry, "first": first, "again": again}
    name = {
        "what": "complaint/what",
        "product": "complaint/ask_product",
        "since": "complaint/ask_since",
        "evidence": "complaint/ask_evidence",
        "remedy": "complaint/ask_remedy",
        "confirm": "complaint/restate",
        "correct": "complaint/what_to_correct",
    }[stage]
    if stage == "product":
        tone["products"] = list(talk.company.products[:SHOWN_PRODUCTS])
    if stage == "confirm":
        tone |= _restatement(talk, intake)
    return Reply(
        template=name,
        variables=tone,
        purpose=purpose,
        buttons=talk.buttons(*_buttons(talk, stage)),
    )


def _restatement(talk: Talk, intake: Intake) -> dict[str, object]:
    return {
        "summary": intake.shown_summary,
        "product": intake.product,
        "order": intake.order,
        "since": intake.since,
        "remedy": remedy_words(intake.remedy, talk.language),
        "files": len(intake.files),
    }


def _buttons(talk: Talk, stage: Stage) -> tuple[Button, ...]:
    language = talk.language
    skip, person = button("skip", language), button("person", language)
    if stage == "product":
        return (*_product_buttons(talk), skip)
    if stage == "remedy":
        remedies = (button(f"remedy:{kind}", language) for kind in _REMEDIES)
        return (*(remedies if talk.turn.buttons != 3 else list(remedies)[:2]), skip)
    if stage == "confirm":
        return (button("yes", language), button("fix", language), button("cancel", language))
    if stage in ("since", "evidence"):
        return (skip, button("cancel", language))
    return (button("cancel", language), person) if stage == "what" else ()


def _product_buttons(talk: Talk) -> tuple[Button, ...]:
    """Products that fit beside "skip"; one whose name is too long for a button's value is typed instead."""
    room = talk.turn.buttons - 1 if talk.turn.buttons else SHOWN_PRODUCTS
    offered = [Button(name, f"product:{name}") for name in talk.company.products]
    return tuple(one for one in offered if len(one.value.encode()) <= BUTTON_VALUE_BYTES)[: max(room, 0)]
