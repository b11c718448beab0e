"""Decisions the core makes itself, where the dialogue must not or can't be asked."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.turn import ConsentChange, Decision, HandOver
from bot.plans import Heard
from channels.port import InboundMessage

PROVIDER = "provider"


def without_dialogue(message: InboundMessage) -> Decision | None:
    """What is decided about a message that the dialogue must not see; None for what a person says to us."""
    if message.automatic:
        return recorded(message.automatic)
    if message.consent:
        return answered_by_provider(message.consent, message.text)
    return None


def recorded(automatic: str) -> Decision:
    """What a machine wrote is kept for agents to see and never answered. source: RFC 3834 §2"""
    return Decision(by="automatic", why=f"no person wrote this: {automatic}")


def answered_by_provider(word: str, wording: str) -> Decision:
    """The provider has understood the word and answered it: it is written down, and nothing more is said."""
    why = f"the provider answered “{word}” itself"
    if word == "help":
        return Decision(by=PROVIDER, why=why)
    consent = ConsentChange(purpose="all", granted=word == "start", wording=wording[:500])
    return Decision(by=PROVIDER, why=why, consent=consent)


def braked(decided: Decision) -> Decision:
    """The bot has answered here too often: it falls silent, and a person looks."""
    reason = "the bot answered many messages here in a short time: a machine may be writing"
    return replace(
        decided,
        by="brake",
        why=f"{reason} ({decided.by})",
        replies=(),
        hand_over=decided.hand_over or HandOver(desk="", reason=reason),
    )


def failed(error: Exception) -> Decision:
    """The customer must not be left alone with our fault: the words are kept, and a person takes over."""
    name = type(error).__name__
    return Decision(
        by="fault",
        why=f"the bot failed on this message ({name})",
        hand_over=HandOver(desk="", reason=f"the bot failed on a message: {name}", urgent=True),
        receipt_owed=True,
    )


def wordless(heard: Heard) -> Heard:
    """The same message without what its customer typed, which stays in the journal."""
    bare = replace(
        heard.message,
        text="",
        subject="",
        quoted="",
        sender_name="",
        attachments=(),
        choice="",
        reply_to="",
        language_hint="",
    )
    return replace(heard, message=bare)
