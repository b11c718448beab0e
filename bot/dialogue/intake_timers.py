"""The intake's own alarms: a reminder in silence, then registration of what there is."""

from __future__ import annotations

from bot.dialogue.talk import Talk
from bot.dialogue.turn import CancelTimer, SetTimer

REMINDER = "intake.reminder"
REGISTER = "intake.register"


def reminder_key(conversation_id: str) -> str:
    return f"{conversation_id}:{REMINDER}"


def register_key(conversation_id: str) -> str:
    return f"{conversation_id}:{REGISTER}"


def watch_silence(talk: Talk, *, urgent: bool = False) -> tuple[SetTimer | CancelTimer, ...]:
    """Something was asked: remind after a while, and forget an older alarm. Who is angry or in danger is
    not reminded: a person has the complaint as soon as the reminder would be due.
    """
    turn = talk.turn
    if urgent:
        due_at = turn.now + talk.company.reminder_after
        return (
            SetTimer(kind=REGISTER, key=register_key(turn.conversation_id), due_at=due_at),
            CancelTimer(key=reminder_key(turn.conversation_id)),
        )
    return (
        SetTimer(
            kind=REMINDER,
            key=reminder_key(turn.conversation_id),
            due_at=turn.now + talk.company.reminder_after,
        ),
        CancelTimer(key=register_key(turn.conversation_id)),
    )


def watch_reminder(talk: Talk) -> tuple[SetTimer | CancelTimer, ...]:
    """The reminder was sent: register what there is if silence goes on."""
    turn = talk.turn
    due_at = turn.now + talk.company.register_after
    return (SetTimer(kind=REGISTER, key=register_key(turn.conversation_id), due_at=due_at),)


def stop_watching(talk: Talk) -> tuple[SetTimer | CancelTimer, ...]:
    conversation = talk.turn.conversation_id
    return (CancelTimer(key=reminder_key(conversation)), CancelTimer(key=register_key(conversation)))
