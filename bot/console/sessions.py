"""Who is signed in. A session is a random token in a cookie; the database keeps its hash, its age and its end.

An end is felt at once in this process, and within `_CACHE_S` in the others.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.records import Agent, ConsoleSession, Credential
from bot.records.base import table_of
from bot.store.port import Store

MAX_AGE: Final = timedelta(days=7)
IDLE: Final = timedelta(hours=12)
_KEPT: Final = timedelta(days=90)  # of ended ones, for who asks what happened
_TOUCH: Final = timedelta(minutes=5)
_CACHE_S: Final = 2.0
_MOST_CACHED: Final = 10_000
_TEXT: Final = 300

_sessions = table_of(ConsoleSession).c
_agents = table_of(Agent).c
_credentials = table_of(Credential).c


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A user, as their session says."""

    session_id: str
    agent_id: str
    name: str
    email: str
    roles: frozenset[str]
    desk_id: str | None
    language: str  # empty: the company's


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """One of a user's sessions, to look at."""

    id: str
    method: str
    address: str
    device: str
    created_at: datetime
    seen_at: datetime


def hash_of(token: str) -> str:
    """What is stored of a token. It is 256 random bits: a plain hash can't be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_session(
    session: Session, agent_id: str, *, new_id: str, method: str, address: str, device: str, now: datetime
) -> str:
    """Sign somebody in, in the caller's transaction. Returns the token: always a fresh one."""
    token = secrets.token_urlsafe(32)
    session.add(
        ConsoleSession(
            id=new_id,
            token_hash=hash_of(token),
            agent_id=agent_id,
            method=method,
            address=address[:_TEXT],
            device=device[:_TEXT],
            created_at=now,
            seen_at=now,
            expires_at=now + MAX_AGE,
        )
    )
    return token


def end_sessions(
    session: Session, agent_id: str, *, because: str, now: datetime, but: str = "", only: str = ""
) -> list[str]:
    """End a user's sessions, except one or only one. Returns those that were open."""
    which = [_sessions.agent_id == agent_id, _sessions.ended_at.is_(None)]
    if but:
        which.append(_sessions.id != but)
    if only:
        which.append(_sessions.id == only)
    ended = session.execute(
        update(table_of(ConsoleSession))
        .where(*which)
        .values(ended_at=now, ended_because=because)
        .returning(_sessions.id)
    )
    return [str(row.id) for row in ended]


class Sessions:
    """Looks sessions up, and tells who must be cut off when one ends."""

    def __init__(self, store: Store, *, clock: Clock, ids: IdMaker) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._known: dict[str, tuple[float, SignedIn | None]] = {}
        self._on_end: list[Callable[[str], None]] = []

    def on_end(self, tell: Callable[[str], None]) -> None:
        """`tell` is given the id of each session that ends in this process."""
        self._on_end.append(tell)

    async def look(self, token: str) -> SignedIn | None:
        """Who a token belongs to; None where it is unknown, ended, too old, or its user is switched off."""
        if not 20 <= len(token) <= 100:
            return None
        key = hash_of(token)
        known = self._known.get(key)
        steady = self._clock.monotonic()
        if known is not None and steady - known[0] < _CACHE_S:
            return known[1]
        found = await self._find(_sessions.token_hash == key)
        if len(self._known) >= _MOST_CACHED:
            self._known.clear()
        self._known[key] = (steady, found)
        return found

    async def look_by_id(self, session_id: str) -> SignedIn | None:
        """The same for a page that is already open."""
        return await self._find(_sessions.id == session_id)

    async def _find(self, which: Any) -> SignedIn | None:
        now = self._clock.now()
        rows = await self._store.fetch_all(
            select(
                _sessions.id,
                _sessions.agent_id,
                _sessions.seen_at,
                _agents.name,
                _agents.email,
                _agents.roles,
                _agents.desk_id,
                _credentials.language,
            )
            .join(table_of(Agent), _agents.id == _sessions.agent_id)
            .outerjoin(table_of(Credential), _credentials.agent_id == _sessions.agent_id)
            .where(
                which,
                _sessions.ended_at.is_(None),
                _sessions.expires_at > now,
                _sessions.seen_at > now - IDLE,
                _agents.active.is_(True),
            )
        )
        if not rows:
            return None
        row = rows[0]
        if now - row.seen_at > _TOUCH:
            await self._touch(row.id, now)
        return SignedIn(
            session_id=row.id,
            agent_id=row.agent_id,
            name=row.name,
            email=row.email,
            roles=frozenset(row.roles),
            desk_id=row.desk_id,
            language=row.language or "",
        )

    async def _touch(self, session_id: str, now: datetime) -> None:
        def touch(session: Session) -> None:
            session.execute(
                update(table_of(ConsoleSession)).where(_sessions.id == session_id).values(seen_at=now)
            )

        await self._store.write(touch)

    async def open_ones(self, agent_id: str) -> list[OpenSession]:
        """A user's sessions, the latest seen first."""
        now = self._clock.now()
        rows = await self._store.fetch_all(
            select(table_of(ConsoleSession))
            .where(
                _sessions.agent_id == agent_id,
                _sessions.ended_at.is_(None),
                _sessions.expires_at > now,
                _sessions.seen_at > now - IDLE,
            )
            .order_by(_sessions.seen_at.desc())
        )
        return [
            OpenSession(**{name: getattr(row, name) for name in OpenSession.__dataclass_fields__})
            for row in rows
        ]

    async def still_open(self, session_ids: set[str]) -> set[str]:
        """Those of these sessions that have neither ended nor grown too old, whoever ended them."""
        now = self._clock.now()
        rows = await self._store.fetch_all(
            select(_sessions.id)
            .join(table_of(Agent), _agents.id == _sessions.agent_id)
            .where(
                _sessions.id.in_(session_ids),
                _sessions.ended_at.is_(None),
                _sessions.expires_at > now,
                _sessions.seen_at > now - IDLE,
                _agents.active.is_(True),
            )
        )
        return {row.id for row in rows}

    def ended(self, session_ids: list[str]) -> None:
        """Tell everybody here, after the end is committed."""
        if session_ids:
            self._known.clear()
        for each in session_ids:
            for tell in self._on_end:
                tell(each)

    def forget(self) -> None:
        """Read everybody anew: a name, a language or a role has changed."""
        self._known.clear()

    async def end(self, user: SignedIn, *, because: str) -> None:
        """Sign out."""
        now = self._clock.now()
        self.ended(
            await self._store.write(
                lambda session: end_sessions(
                    session, user.agent_id, because=because, now=now, only=user.session_id
                )
            )
        )

    async def tidy(self) -> None:
        """Remove what ended long ago."""
        before = self._clock.now() - _KEPT

        def remove(session: Session) -> None:
            session.execute(delete(table_of(ConsoleSession)).where(_sessions.expires_at < before))

        await self._store.write(remove)
