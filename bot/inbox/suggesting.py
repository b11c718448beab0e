"""Words for an answer: what the FAQ would say and how sure it is, ready-made answers, what an SMS will cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from bot.inbox.acts import Who
from bot.inbox.timeline import Line
from bot.records import ReadyAnswer
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from bot.store.upsert import put
from bot.understanding.reading import Understanding
from channels.segments import Segments, count_segments

_ready = table_of(ReadyAnswer)

LEAST: Final = 0.3
"""Confidence under which nothing is suggested: it would only be in the way."""
_MOST: Final = 3
_FIELD: Final = re.compile(r"\{(\w+)\}")
FIELDS: Final = ("name", "company", "agent", "reference", "due")
NAME_LIMIT: Final = 80
TEXT_LIMIT: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An answer of the FAQ to what the customer asked. source: IN-05"""

    entry_id: str
    question: str  # the phrasing that came nearest
    text: str
    confidence: float  # 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A ready-made answer in the customer's language, its fields still open."""

    id: str
    name: str
    text: str
    languages: Sequence[str]


def asked_last(lines: Sequence[Line], conversation_id: str) -> str:
    """What the customer said since anybody answered, or last."""
    here = [line for line in lines if line.conversation_id == conversation_id and line.direction != "note"]
    said: list[str] = []
    for line in reversed(here):
        if line.direction == "in" and not line.automatic:
            said.append(line.text)
        elif said:
            break
    return "\n".join(reversed(said[:5]))


def suggest(understanding: Understanding, text: str, language: str) -> list[Suggestion]:
    """The FAQ's answers that come nearest, best first."""
    if not text.strip():
        return []
    reading = understanding.read(text, language=language)
    faq = understanding.faq
    return [
        Suggestion(
            entry_id=match.entry_id,
            question=match.question,
            text=faq.answer(match.entry_id, language or reading.language),
            confidence=match.confidence,
        )
        for match in reading.matches[:_MOST]
        if match.confidence >= LEAST
    ]


def fill_in(text: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """The text with its fields filled in, and the fields that nobody could fill: they stay as they are."""
    open_fields: list[str] = []

    def put_in(match: re.Match[str]) -> str:
        value = values.get(match[1], "")
        if not value:
            open_fields.append(match[1])
        return value or match[0]

    return _FIELD.sub(put_in, text), open_fields


def ready_answers(session: Session, *, language: str, fallback: str, desk_id: str | None) -> list[Ready]:
    """Those of every desk and of this one, by name, in the customer's language where they have it."""
    query = (
        select(_ready)
        .where(or_(_ready.c.desk_id.is_(None), _ready.c.desk_id == (desk_id or "")))
        .order_by(_ready.c.name)
    )
    return [
        Ready(
            id=row.id,
            name=row.name,
            text=row.texts.get(language) or row.texts.get(fallback) or next(iter(row.texts.values()), ""),
            languages=sorted(row.texts),
        )
        for row in session.execute(query)
    ]


def keep_ready(
    session: Session,
    new_id: str,
    name: str,
    texts: Mapping[str, str],
    *,
    desk_id: str | None,
    who: Who,
    now: datetime,
) -> str:
    """Make or change a ready-made answer, by its name. Raises `NotPossible`. Its identifier."""
    name = " ".join(name.split())
    texts = {language: text.strip() for language, text in texts.items() if text.strip()}
    if (
        not name
        or len(name) > NAME_LIMIT
        or not texts
        or any(len(text) > TEXT_LIMIT for text in texts.values())
    ):
        raise NotPossible(
            f"a ready answer has a name of up to {NAME_LIMIT} characters and a text of up to {TEXT_LIMIT}"
        )
    unknown = {one for text in texts.values() for one in _FIELD.findall(text)} - set(FIELDS)
    if unknown:
        raise NotPossible(f"unknown fields: {', '.join(sorted(unknown))}; known are {', '.join(FIELDS)}")
    known = session.scalar(select(_ready.c.id).where(_ready.c.name == name))
    row: dict[str, Any] = {
        "id": known or new_id,
        "name": name,
        "texts": dict(texts),
        "desk_id": desk_id,
        "created_by": who.name,
        "updated_at": now,
    }
    put(session, ReadyAnswer, [row])
    return str(row["id"])


def drop_ready(session: Session, ready_id: str) -> None:
    """Raises `NotFound`."""
    done: Any = session.execute(delete(_ready).where(_ready.c.id == ready_id))
    if not done.rowcount:
        raise NotFound(f"there is no ready answer {ready_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsCost:
    """How many parts a text is, and what they cost where a price is known."""

    segments: Segments
    cost: Decimal | None


def sms_cost(text: str, price: Decimal | None, lean: Callable[[str], str] = lambda text: text) -> SmsCost:
    """`lean` is what the channel does to a text before it counts."""
    segments = count_segments(lean(text))
    return SmsCost(segments=segments, cost=segments.cost(price) if price is not None else None)
