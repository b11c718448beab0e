"""Finding conversations by words, names, references, addresses and numbers.

Words are folded by `bot.understanding` before they are kept and before they are looked for: accents, letter
variants, article and elongations make no difference in French, Arabic or English, on both databases.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, func, or_, select, text
from sqlalchemy.orm import Session

from bot.contacts_data.searching import search_contacts
from bot.records import Case, Conversation, DoorNote, Message, SearchText
from bot.records.base import table_of
from bot.store.port import Store
from bot.store.upsert import insert_into, put_note
from bot.understanding.normalise import MAX_CHARACTERS, clean, fold, tokens

_messages = table_of(Message).c
_texts = table_of(SearchText)
_cases = table_of(Case).c
_conversations = table_of(Conversation).c

_NOTE: Final = ("", "search")
_BATCH: Final = 1_000
_AT_ONCE: Final = 5  # batches a look: the rest of an old database follows at the next
_LOOK_BACK: Final = timedelta(minutes=2)  # a commit of another process may show late
_WORDS: Final = 12  # of a question; the rest is left out
_LONGEST: Final = 40  # characters of a word
_REFERENCE: Final = re.compile(r"\b[A-Za-z]{1,4}-?\d{4}-\d{1,6}\b")
_MOST: Final = 400  # conversations a way of finding contributes


def folded(words: str) -> str:
    """The words of a text as they are kept for the search: whole, however long."""
    pieces = (words[at : at + MAX_CHARACTERS] for at in range(0, len(words), MAX_CHARACTERS))
    return " ".join(token[:_LONGEST] for piece in pieces for token in tokens(fold(clean(piece))))


def asked_words(asked: str) -> list[str]:
    """The words somebody looks for, as they are kept."""
    return [token[:_LONGEST] for token in tokens(fold(clean(asked)))][:_WORDS]


async def index_messages(store: Store, now: datetime) -> int:
    """Keep the words of messages that came since the last look; how many."""
    done = 0
    for _ in range(_AT_ONCE):
        fresh, settled = await store.read(lambda session: _not_indexed(session, now - _LOOK_BACK))
        if not fresh and not settled:
            return done
        rows = [
            {
                "message_id": row.id,
                "conversation_id": row.conversation_id,
                "words": folded(f"{row.subject} {row.text}"),
            }
            for row in fresh
        ]

        def keep(session: Session, rows: Any = rows, settled: str = settled) -> None:
            if rows:
                statement = insert_into(session, _texts).values(rows)
                session.execute(statement.on_conflict_do_nothing(index_elements=["message_id"]))
            if settled:
                put_note(session, _NOTE, settled, now)

        await store.write(keep)
        done += len(rows)
        if len(fresh) < _BATCH:
            break
    return done


def _not_indexed(session: Session, before: datetime) -> tuple[list[Any], str]:
    """Messages whose words are not kept yet, and up to which id nothing can be missing after that."""
    note = session.get(DoorNote, _NOTE)
    since = note.value if note is not None else ""
    there = select(_texts.c.id).where(_texts.c.message_id == _messages.id).exists()
    query = (
        select(
            _messages.id,
            _messages.conversation_id,
            _messages.subject,
            _messages.text,
            _messages.created_at,
        )
        .where(_messages.id > since, ~there)
        .order_by(_messages.id)
        .limit(_BATCH)
    )
    fresh = list(session.execute(query))
    old = select(_messages.id).where(_messages.id > since, _messages.created_at < before)
    if len(fresh) == _BATCH:
        old = old.where(_messages.id <= fresh[-1].id)
    settled = session.scalar(old.order_by(_messages.id.desc()).limit(1))
    return fresh, settled or ""


def find_conversations(session: Session, asked: str, *, country: str = "") -> list[str]:
    """Conversations that fit, those found by name, number or reference first, then by words, the newest first."""
    asked = asked.strip()
    if not asked:
        return []
    found = dict.fromkeys(_by_reference(session, asked))
    contacts = search_contacts(session, asked, country=country, limit=200)
    if contacts:
        query = (
            select(_conversations.id)
            .where(_conversations.contact_id.in_(contacts))
            .order_by(_conversations.last_inbound_at.desc())
            .limit(_MOST)
        )
        found |= dict.fromkeys(session.scalars(query))
    found |= dict.fromkeys(_by_words(session, asked_words(asked)))
    return list(found)


def _by_reference(session: Session, asked: str) -> list[str]:
    references = {one.upper() for one in _REFERENCE.findall(asked)}
    wanted = or_(_cases.reference.in_(references), _cases.order_ref == asked)
    return list(session.scalars(select(_cases.conversation_id).where(wanted).limit(_MOST)))


def _by_words(session: Session, words: Sequence[str]) -> list[str]:
    """The newest conversations with a message that has all of these words, the last one perhaps unfinished."""
    if not words:
        return []
    if session.get_bind().dialect.name == "sqlite":
        asked = " ".join(f'"{word}"' for word in words) + "*"
        statement = text(
            "SELECT t.conversation_id FROM search_words w JOIN search_texts t ON t.id = w.rowid"
            " WHERE search_words MATCH :asked ORDER BY w.rowid DESC LIMIT :most"
        )
        rows = session.execute(statement, {"asked": asked, "most": _MOST})
        return list(dict.fromkeys(row.conversation_id for row in rows))
    asked = " & ".join(f"'{word}'" for word in words) + ":*"
    vector = func.to_tsvector(text("'simple'"), _texts.c.words)
    query = (
        select(_texts.c.conversation_id)
        .where(vector.op("@@")(func.to_tsquery(text("'simple'"), bindparam("asked", asked))))
        .order_by(_texts.c.id.desc())
        .limit(_MOST)
    )
    return list(dict.fromkeys(session.scalars(query)))
