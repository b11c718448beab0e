"""What an act would do, told before it is done: the act is done, looked at and taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from bot import case_asks as asks
from bot.case_work import Work
from bot.records import Alert, Compensation, Conversation, OutboxMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message that would go out."""

    channel: str
    to: str
    language: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What would follow from an act."""

    phase: str
    due_at: datetime
    customer: tuple[Letter, ...]  # leaves at once
    by_hand: str  # what colleagues get to say instead, where people hold the conversation or nothing arrives
    desks: tuple[Letter, ...]  # notices to colleagues
    later: tuple[Letter, ...]  # what the customer would get once a proposal is given
    approval: str  # why somebody else must say yes to a compensation; "" where nobody must


def rehearse(work: Work, name: str, ask: Any, do: Callable[[Work, Any], None]) -> Rehearsal:
    """Do it and tell what came of it; for `in_a_savepoint`. Raises what the act raises."""
    session = work.session
    made: list[Any] = []

    def note(flushed: Session, *_: object) -> None:
        made.extend(flushed.new)

    event.listen(session, "before_flush", note)
    do(work, ask)
    session.flush()
    customer, desks = _letters(session, made)
    alerts = [each for each in made if isinstance(each, Alert) and each.kind == "suggestion"]
    given = [each for each in made if isinstance(each, Compensation)]
    before = len(made)
    if name in _LATER:
        _LATER[name](work, ask)
        session.flush()
    return Rehearsal(
        phase=work.case.phase,
        due_at=work.case.due_at,
        customer=customer,
        by_hand=alerts[-1].reason.partition(": ")[2] if alerts else "",
        desks=desks,
        later=_letters(session, made[before:])[0],
        approval=given[-1].reason if given and given[-1].needs_approval else "",
    )


def in_a_savepoint(session: Session, look: Callable[[Session], Rehearsal]) -> Rehearsal:
    """Look at what would be, in a session of its own that is taken back: what `session` holds stays as it is."""
    with Session(session.connection(), join_transaction_mode="create_savepoint") as inner:
        return look(inner)


def _letters(session: Session, made: list[Any]) -> tuple[tuple[Letter, ...], tuple[Letter, ...]]:
    """To the customer, and to colleagues; messages that a channel splits are one again."""
    customer: dict[tuple[str, str], Letter] = {}
    desks: list[Letter] = []
    for one in made:
        if not isinstance(one, OutboxMessage):
            continue
        subject, text = str(one.body.get("subject", "")), str(one.body["text"])
        language = str(one.body.get("language", ""))
        talk = session.get(Conversation, one.conversation_id) if one.conversation_id else None
        if talk is None:
            desks.append(Letter(channel="", to=one.to, language=language, subject=subject, text=text))
            continue
        key = (talk.id, one.key.rpartition(":")[0])
        known = customer.get(key)
        whole = f"{known.text}\n{text}" if known else text
        customer[key] = Letter(
            channel=talk.channel, to=one.to, language=language, subject=subject, text=whole
        )
    return tuple(customer.values()), tuple(desks)


def _once_given(work: Work, ask: asks.Propose) -> None:
    work.tell("complaint/compensation", owed=True, kind=ask.kind, description=ask.description)


_LATER: Mapping[str, Callable[[Work, Any], None]] = {"propose": _once_given}
