"""The contact's word about our messages. An opt-out is obeyed before anything else. source: PR, domain §7

A carrier's keyword alone ("STOP") is obeyed at once on SMS and WhatsApp, since the carrier obeys it too.
Elsewhere, while a complaint is being taken down, it may as well mean "stop asking": we ask which. So do
we when words could mean either ("laissez-moi tranquille"). Only an explicit wish opts in again, never an
ordinary message.
"""

from __future__ import annotations

from typing import Literal

from bot.dialogue.intake_questions import question
from bot.dialogue.intake_state import from_state
from bot.dialogue.labels import button
from bot.dialogue.memory import mapping_at, text_at, with_key, without
from bot.dialogue.talk import Talk
from bot.dialogue.turn import ConsentChange, Decision, Reply
from bot.understanding.route import opts_out

BY = "consent"
EXPLICIT = 4.0
UNSURE_WORDS = 4
KEPT_WORDING = 500
_CARRIERS = ("sms", "whatsapp")

Wish = Literal["all", "offers"]


def decide_consent(talk: Talk) -> Decision | None:
    if not talk.turn.said:
        return None
    pending = mapping_at(talk.turn.state, "consent")
    if pending is not None:
        answered = _answered(talk, text_at(pending, "wording"))
        if answered is not None:
            return answered
    if talk.choice:
        return None
    return _stopped(talk) or _started(talk)


def _stopped(talk: Talk) -> Decision | None:
    intents = talk.reading.intents
    if intents.carrier_stop and talk.turn.channel in _CARRIERS:
        return _opted_out(talk, "all", "the carrier's keyword")
    taking = mapping_at(talk.turn.state, "intake") is not None
    if intents.stop_word and not taking:
        return _opted_out(talk, "all", "the keyword alone")
    if intents.score("opt_out_offers") >= EXPLICIT and intents.score("opt_out") < EXPLICIT:
        return _opted_out(talk, "offers", "wants no offers")
    if intents.score("opt_out") >= EXPLICIT and not talk.asks:
        return _opted_out(talk, "all", "said so")
    unsure = intents.has("opt_out_maybe") and intents.word_count <= UNSURE_WORDS and intents.complaint < 2
    asked = intents.score("opt_out") >= EXPLICIT and talk.asks
    likely = opts_out(intents) and intents.complaint < 2
    return (
        _confirm(talk)
        if ((unsure or likely) and talk.turn.owner == "bot") or (intents.stop_word and taking) or asked
        else None
    )


def _started(talk: Talk) -> Decision | None:
    intents = talk.reading.intents
    if not (intents.start_word or intents.score("opt_in") >= EXPLICIT):
        return None
    purpose: Literal["all", "offers"] = "all" if intents.start_word else "offers"
    return Decision(
        by=BY,
        why=f"opted in: {purpose}",
        replies=(Reply(template="consent/opt_in_done"),),
        state=without(talk.turn.state, "consent"),
        consent=ConsentChange(purpose=purpose, granted=True, wording=talk.text[:KEPT_WORDING]),
    )


def _opted_out(talk: Talk, purpose: Wish, why: str, wording: str = "") -> Decision:
    return Decision(
        by=BY,
        why=f"opted out of {purpose}: {why}",
        replies=(Reply(template="consent/opt_out_done"),),
        state=without(talk.turn.state, "consent"),
        consent=ConsentChange(purpose=purpose, granted=False, wording=(wording or talk.text)[:KEPT_WORDING]),
    )


def _confirm(talk: Talk) -> Decision:
    language = talk.language
    buttons = talk.buttons(button("yes", language, key="plain_yes"), button("no", language))
    state = with_key(talk.turn.state, "consent", {"wording": talk.text[:KEPT_WORDING]})
    return Decision(
        by=BY,
        why="unsure whether it is an opt-out: asked",
        replies=(Reply(template="consent/opt_out_confirm", buttons=buttons),),
        state=without(state, "offered"),
    )


def _answered(talk: Talk, wording: str) -> Decision | None:
    """The answer to "did you mean to stop our messages?"; None when they speak of something else."""
    if talk.says_yes or talk.reading.intents.stop_word:
        return _opted_out(talk, "all", "confirmed", wording)
    if not talk.says_no and not talk.wants_cancel:
        return None
    intake = from_state(talk.turn.state)
    kept = Reply(template="consent/opt_out_kept")
    pending = (question(talk, intake, intake.stage),) if intake is not None else ()
    return Decision(
        by=BY,
        why="no opt-out meant",
        replies=(kept, *pending),
        state=without(talk.turn.state, "consent", "offered"),
    )
