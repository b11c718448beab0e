"""Candidates in the database: what was asked without a good answer, read and settled. Same for both databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.learning.book import Deed, Signature, note
from bot.learning.masking import key_of, masked
from bot.records import FaqCandidate, FaqChoice, Message
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible

MOST: Final = 2_000
"""So many different open texts are looked at: the newest."""
_OLD_AT_ONCE: Final = 500

_candidates = table_of(FaqCandidate).c
_choices = table_of(FaqChoice).c
_messages = table_of(Message).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One text as it was said, once or several times. Its `id` is the first candidate's."""

    id: str
    key: str
    text: str
    count: int
    first_at: datetime
    last_at: datetime
    languages: tuple[str, ...]
    reasons: tuple[str, ...]
    wish: str
    nearest: tuple[tuple[str, float], ...]
    answer: str
    conversation_id: str


def open_signature(session: Session) -> Signature:
    """Changes whenever an open candidate comes, goes, or is told otherwise."""
    filled = (func.count(func.nullif(column, "")) for column in (_candidates.key, _candidates.answer))
    counted = (
        select(_candidates.reason, func.count(), func.max(_candidates.id), *filled)
        .where(_candidates.status == "open")
        .group_by(_candidates.reason)
        .order_by(_candidates.reason)
    )
    return tuple(tuple(row) for row in session.execute(counted))


def open_said(session: Session) -> list[Said]:
    """The open candidates, the same words once; oldest first, the newest `MOST`."""
    newest = (
        select(_candidates.key)
        .where(_candidates.status == "open", _candidates.key != "")
        .group_by(_candidates.key)
        .order_by(func.max(_candidates.id).desc())
        .limit(MOST)
        .subquery()
    )
    rows = session.execute(
        select(table_of(FaqCandidate))
        .where(_candidates.status == "open", _candidates.key.in_(select(newest.c.key)))
        .order_by(_candidates.id)
    )
    by_key: dict[str, list[Any]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    return sorted((_said(rows) for rows in by_key.values()), key=lambda said: said.id)


def _said(rows: Sequence[Any]) -> Said:
    first, last = rows[0], rows[-1]
    return Said(
        id=first.id,
        key=first.key,
        text=first.text,
        count=len(rows),
        first_at=first.created_at,
        last_at=last.created_at,
        languages=tuple(row.language for row in rows),
        reasons=tuple(row.reason for row in rows),
        wish=last.wish,
        nearest=tuple((str(entry), float(confidence)) for entry, confidence in last.nearest),
        answer=next((row.answer for row in reversed(rows) if row.answer), ""),
        conversation_id=last.conversation_id,
    )


def said_of(session: Session, ids: Sequence[str]) -> list[Said]:
    """Each of these candidates alone, whatever became of it; unknown ones are left out."""
    rows = session.execute(select(table_of(FaqCandidate)).where(_candidates.id.in_(ids)))
    return [_said([row]) for row in rows]


def picked(session: Session) -> dict[str, dict[str, int]]:
    """What customers picked from the suggestions: by the key of their words, how often which entry."""
    rows = session.execute(
        select(_candidates.key, _choices.entry_id, func.count())
        .join(table_of(FaqCandidate), _candidates.id == _choices.candidate_id)
        .where(_candidates.status == "open")
        .group_by(_candidates.key, _choices.entry_id)
    )
    found: dict[str, dict[str, int]] = {}
    for key, entry_id, count in rows:
        found.setdefault(key, {})[entry_id] = int(count)
    return found


def decide(
    session: Session, ids: Iterable[str], *, status: str, entry_id: str, deed: Deed
) -> tuple[list[Any], int]:
    """Settle the open candidates of these texts (one id at least): a row of each, and how many rows there were.

    Raises `NotFound` for an unknown id, `NotPossible` for one that is decided already.
    """
    wanted = list(dict.fromkeys(ids))
    rows = list(
        session.scalars(select(FaqCandidate).where(_candidates.id.in_(wanted)).order_by(_candidates.id))
    )
    for missing in set(wanted) - {row.id for row in rows}:
        raise NotFound(f"there is no candidate {missing}")
    for row in rows:
        if row.status != "open":
            raise NotPossible(f"candidate {row.id} is {row.status} already, by {row.decided_by}")
    done: Any = session.execute(
        update(table_of(FaqCandidate))
        .where(_candidates.key.in_({row.key for row in rows}), _candidates.status == "open")
        .values(status=status, entry_id=entry_id, decided_by=deed.agent, decided_at=deed.now)
        .execution_options(synchronize_session=False)
    )
    detail = {"entry": entry_id, "candidates": [row.id for row in rows], "rows": int(done.rowcount)}
    note(session, deed, f"faq_candidates_{status}", "faq_candidate", rows[0].id, detail)
    return rows, int(done.rowcount)


def keep_candidate(session: Session, values: Mapping[str, Any]) -> str:
    """Keep a candidate. One of the same message is not kept twice: it is open again, for the newer reason."""
    message_id = values["message_id"]
    known = of_message(session, message_id) if message_id else None
    if known is not None:
        known.reason, known.status, known.entry_id = values["reason"], "open", ""
        known.answer = values["answer"] or known.answer
        return str(known.id)
    session.add(FaqCandidate(**values))
    return str(values["id"])


def last_heard(session: Session, conversation_id: str) -> Any:
    """The customer's last words in a conversation: the message that an agent's answer answers."""
    return session.execute(
        select(
            _messages.id, _messages.text, _messages.language, _messages.decided_by, _messages.conversation_id
        )
        .where(
            _messages.conversation_id == conversation_id,
            _messages.direction == "in",
            _messages.automatic == "",
            _messages.text != "",
        )
        .order_by(_messages.seq.desc())
        .limit(1)
    ).one_or_none()


def asked_before(session: Session, message_id: str) -> Any:
    """The customer's words of a message; for an answer of ours, the words before it. Raises `NotFound`."""
    message = session.get(Message, message_id)
    if message is not None and message.direction != "in":
        message = session.scalar(
            select(Message)
            .where(
                _messages.conversation_id == message.conversation_id,
                _messages.direction == "in",
                _messages.seq < message.seq,
                _messages.text != "",
            )
            .order_by(_messages.seq.desc())
            .limit(1)
        )
    if message is None or not message.text:
        raise NotFound(f"there are no words of a customer at message {message_id}")
    return message


def of_message(session: Session, message_id: str) -> FaqCandidate | None:
    return session.scalar(select(FaqCandidate).where(_candidates.message_id == message_id))


def last_of(session: Session, conversation_id: str) -> FaqCandidate | None:
    return session.scalar(
        select(FaqCandidate)
        .where(_candidates.conversation_id == conversation_id)
        .order_by(_candidates.id.desc())
        .limit(1)
    )


def forget_old(session: Session, before: datetime) -> int:
    """Drop candidates from before a moment, open or not, with what was picked for them."""
    old = select(_candidates.id).where(_candidates.created_at < before)
    session.execute(
        delete(table_of(FaqChoice))
        .where(_choices.candidate_id.in_(old))
        .execution_options(synchronize_session=False)
    )
    gone: Any = session.execute(
        delete(table_of(FaqCandidate))
        .where(_candidates.created_at < before)
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)


def mask_old(session: Session) -> int:
    """Mask what an earlier release kept as it was written; how many rows, some at a time."""
    rows = list(session.scalars(select(FaqCandidate).where(_candidates.key == "").limit(_OLD_AT_ONCE)))
    for row in rows:
        row.text = masked(row.text)
        row.key = key_of(row.text)
    return len(rows)
