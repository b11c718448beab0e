"""Some days after a purchase: does it suit? Dissatisfaction begins a complaint about that very order.

source: PM, E24, domain §6
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.dialogue.complaint import first_intake
from bot.dialogue.intake_questions import ask
from bot.dialogue.intake_state import from_state
from bot.dialogue.labels import button
from bot.dialogue.memory import mapping_at, moment_at, text_at, with_key, without
from bot.dialogue.survey import is_satisfied, not_satisfied
from bot.dialogue.talk import Talk
from bot.dialogue.turn import Decision, Reply, TimerFired

BY = "purchase"
PURCHASE = "purchase.check"
ANSWER_WITHIN = timedelta(days=14)


def ask_about_purchase(talk: Talk, timer: TimerFired) -> Decision:
    """Ask, unless people hold the conversation or something else is being talked about."""
    if talk.turn.owner != "bot" or from_state(talk.turn.state) is not None:
        return Decision(by=BY, why="busy: not asked about a purchase")
    order, product = text_at(timer.payload, "order"), text_at(timer.payload, "product")
    language = talk.language
    reply = Reply(
        template="complaint/after_purchase",
        variables={"order": order, "product": product},
        purpose="service",
        buttons=talk.buttons(button("yes", language, key="plain_yes"), button("no", language)),
    )
    asked = {"order": order, "product": product, "asked_at": talk.turn.now.isoformat()}
    state = without(with_key(talk.turn.state, "purchase", asked), "offered", "misses")
    return Decision(by=BY, why=f"asked about the purchase {order or product}", replies=(reply,), state=state)


def decide_purchase(talk: Talk) -> Decision | None:
    """A yes is thanked for, a no is listened to; anything else is somebody else's matter."""
    asked = mapping_at(talk.turn.state, "purchase")
    if asked is None or not talk.turn.said or from_state(talk.turn.state) is not None:
        return None
    asked_at = moment_at(asked, "asked_at")
    if asked_at is None or talk.turn.now - asked_at > ANSWER_WITHIN:
        return None
    state = without(talk.turn.state, "purchase", "offered", "misses")
    if is_satisfied(talk):
        thanks = Reply(template="complaint/survey_thanks")
        return Decision(by=BY, why="satisfied with the purchase", replies=(thanks,), state=state)
    if not not_satisfied(talk):
        return None
    intake = first_intake(talk)
    intake = replace(
        intake,
        order=intake.order or text_at(asked, "order"),
        product=intake.product or text_at(asked, "product"),
    )
    after = replace(talk, turn=replace(talk.turn, state=state))
    return ask(after, intake, intake.missing(), by=BY, why="not satisfied with the purchase", receipt=True)
