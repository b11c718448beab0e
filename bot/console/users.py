"""The users of the console: who they are, what they may do, how they prove it. Every change is audited."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.console.roles import ADMINISTRATOR, checked_roles
from bot.console.sessions import end_sessions
from bot.ids import IdMaker
from bot.records import Agent, AuditEntry, ConsoleLink, ConsoleSession, Credential, Desk
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from bot.store.upsert import insert_into

_agents = table_of(Agent).c
_credentials = table_of(Credential).c
_sessions = table_of(ConsoleSession).c
_desks = table_of(Desk).c
_links = table_of(ConsoleLink).c
_NAME: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user, to look at."""

    id: str
    name: str
    email: str
    roles: tuple[str, ...]
    desk_id: str | None
    active: bool
    has_password: bool
    has_second_factor: bool
    language: str
    last_seen_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who changes something, and when."""

    by: str
    now: datetime


def normal_email(email: str) -> str:
    """As it is kept and compared."""
    return email.strip().casefold()


class Users:
    """Each call works inside the caller's transaction."""

    def __init__(self, *, clock: Clock, ids: IdMaker) -> None:
        self._clock = clock
        self._ids = ids

    def act(self, by: str) -> Act:
        return Act(by=by, now=self._clock.now())

    # looking

    def everybody(self, session: Session) -> list[User]:
        """Everybody, by name."""
        return [_user(row) for row in session.execute(_looking().order_by(_agents.name, _agents.id))]

    def get(self, session: Session, agent_id: str) -> User:
        """Raises `NotFound`."""
        row = session.execute(_looking().where(_agents.id == agent_id)).first()
        if row is None:
            raise NotFound(f"there is no user {agent_id}")
        return _user(row)

    def by_email(self, session: Session, email: str) -> User:
        """Raises `NotFound`."""
        row = session.execute(_looking().where(func.lower(_agents.email) == normal_email(email))).first()
        if row is None:
            raise NotFound(f"there is no user {normal_email(email)}")
        return _user(row)

    def credential(self, session: Session, agent_id: str) -> Credential | None:
        return session.get(Credential, agent_id)

    # changing

    def add(
        self,
        session: Session,
        act: Act,
        *,
        email: str,
        name: str,
        roles: Collection[str],
        desk_id: str | None = None,
    ) -> User:
        """Raises `NotPossible` for an address that is taken, a desk that is not there, ValueError for a role."""
        kept = checked_roles(roles)
        address = normal_email(email)
        if not name.strip():
            raise ValueError("a user needs a name")
        self._check_desk(session, desk_id)
        agent_id = self._ids.new()
        added = session.execute(
            insert_into(session, table_of(Agent))
            .values(
                id=agent_id,
                name=name.strip()[:_NAME],
                email=address,
                roles=list(kept),
                desk_id=desk_id,
                active=True,
                created_at=act.now,
            )
            .on_conflict_do_nothing()
            .returning(_agents.id)
        )
        if added.first() is None:
            raise NotPossible(f"{address} is a user already")
        self._credential(session, agent_id)
        self._note(session, act, "user_added", agent_id, email=address, roles=list(kept))
        return self.get(session, agent_id)

    def set_roles(
        self, session: Session, act: Act, agent_id: str, roles: Collection[str], desk_id: str | None = None
    ) -> list[str]:
        """Returns the sessions that end with it. Raises `NotFound`, `NotPossible`, ValueError."""
        kept = checked_roles(roles)
        user = self.get(session, agent_id)
        self._check_desk(session, desk_id)
        if ADMINISTRATOR in user.roles and ADMINISTRATOR not in kept:
            self._keep_one_administrator(session, agent_id)
        if tuple(kept) == user.roles and desk_id == user.desk_id:
            return []
        session.execute(
            update(table_of(Agent)).where(_agents.id == agent_id).values(roles=list(kept), desk_id=desk_id)
        )
        self._note(
            session,
            act,
            "user_roles",
            agent_id,
            before=list(user.roles),
            after=list(kept),
            desk=desk_id or "",
        )
        return end_sessions(session, agent_id, because="roles", now=act.now)

    def set_active(self, session: Session, act: Act, agent_id: str, active: bool) -> list[str]:
        """Returns the sessions that end with it. Raises `NotFound`, `NotPossible` for the last administrator."""
        user = self.get(session, agent_id)
        if user.active == active:
            return []
        if not active and ADMINISTRATOR in user.roles:
            self._keep_one_administrator(session, agent_id)
        session.execute(update(table_of(Agent)).where(_agents.id == agent_id).values(active=active))
        self._note(session, act, "user_enabled" if active else "user_disabled", agent_id)
        if active:
            return []
        session.execute(delete(table_of(ConsoleLink)).where(_links.agent_id == agent_id))
        return end_sessions(session, agent_id, because="disabled", now=act.now)

    def set_password(
        self, session: Session, act: Act, agent_id: str, password_hash: str, *, but: str = ""
    ) -> list[str]:
        """Keep a new hash; every session but one ends, every link sent before is void. Raises `NotFound`."""
        self.get(session, agent_id)
        self._credential(session, agent_id)
        session.execute(
            update(table_of(Credential))
            .where(_credentials.agent_id == agent_id)
            .values(password_hash=password_hash, password_at=act.now)
        )
        session.execute(
            update(table_of(ConsoleLink))
            .where(_links.agent_id == agent_id, _links.used_at.is_(None))
            .values(used_at=act.now)
        )
        self._note(session, act, "password_changed", agent_id)
        return end_sessions(session, agent_id, because="password", now=act.now, but=but)

    def set_second_factor(
        self, session: Session, act: Act, agent_id: str, sealed: str | None, recovery_hashes: Sequence[str]
    ) -> None:
        """Switch it on with a sealed secret, or off with None. Raises `NotFound`."""
        self.get(session, agent_id)
        self._credential(session, agent_id)
        session.execute(
            update(table_of(Credential))
            .where(_credentials.agent_id == agent_id)
            .values(totp_secret=sealed, totp_step=0, recovery_hashes=list(recovery_hashes))
        )
        self._note(session, act, "second_factor_on" if sealed else "second_factor_off", agent_id)

    def set_language(self, session: Session, agent_id: str, language: str) -> None:
        self._credential(session, agent_id)
        session.execute(
            update(table_of(Credential)).where(_credentials.agent_id == agent_id).values(language=language)
        )

    def bind_oidc(self, session: Session, act: Act, agent_id: str, subject: str) -> None:
        """From now on the provider's subject says who it is, whatever its e-mail address becomes."""
        self._credential(session, agent_id)
        session.execute(
            update(table_of(Credential)).where(_credentials.agent_id == agent_id).values(oidc_subject=subject)
        )
        self._note(session, act, "oidc_bound", agent_id)

    def ensure_first(self, session: Session, email: str) -> User | None:
        """Make the first administrator, where there is none at all; whoever starts at the same time does it once."""
        rows = session.execute(select(_agents.roles).where(_agents.active.is_(True)))
        if any(ADMINISTRATOR in row.roles for row in rows):
            return None
        act = self.act("operator")
        try:
            known = self.by_email(session, email)
        except NotFound:
            name = email.partition("@")[0]
            try:
                return self.add(session, act, email=email, name=name, roles=[ADMINISTRATOR])
            except NotPossible:
                return None
        session.execute(
            update(table_of(Agent))
            .where(_agents.id == known.id)
            .values(roles=[*known.roles, ADMINISTRATOR], active=True)
        )
        self._note(session, act, "user_roles", known.id, after=[*known.roles, ADMINISTRATOR])
        return self.get(session, known.id)

    # inside

    def _credential(self, session: Session, agent_id: str) -> None:
        session.execute(
            insert_into(session, table_of(Credential))
            .values(agent_id=agent_id, totp_step=0, recovery_hashes=[], language="", preferences={})
            .on_conflict_do_nothing()
        )

    def _check_desk(self, session: Session, desk_id: str | None) -> None:
        if desk_id is not None and session.get(Desk, desk_id) is None:
            known = session.scalars(select(_desks.id).order_by(_desks.id)).all()
            raise NotPossible(f"there is no desk {desk_id}: choose of {', '.join(known) or 'none yet'}")

    def _keep_one_administrator(self, session: Session, agent_id: str) -> None:
        rows = session.execute(
            select(_agents.id, _agents.roles).where(_agents.active.is_(True)).with_for_update()
        )
        if not any(ADMINISTRATOR in row.roles and row.id != agent_id for row in rows):
            raise NotPossible("the last administrator can't be taken away")

    def _note(self, session: Session, act: Act, action: str, agent_id: str, **detail: Any) -> None:
        note(session, self._ids.new(), act, action, agent_id, **detail)


def note(session: Session, new_id: str, act: Act, action: str, agent_id: str, **detail: Any) -> None:
    """An entry of the audit log about a user."""
    session.add(
        AuditEntry(
            id=new_id,
            at=act.now,
            actor=act.by,
            action=action,
            object_kind="user",
            object_id=agent_id,
            detail=detail,
        )
    )


def _looking() -> Any:
    seen = select(func.max(_sessions.seen_at)).where(_sessions.agent_id == _agents.id).scalar_subquery()
    return select(
        table_of(Agent),
        _credentials.password_hash,
        _credentials.totp_secret,
        _credentials.language,
        seen.label("last_seen_at"),
    ).outerjoin(table_of(Credential), _credentials.agent_id == _agents.id)


def _user(row: Any) -> User:
    return User(
        id=row.id,
        name=row.name,
        email=row.email,
        roles=tuple(row.roles),
        desk_id=row.desk_id,
        active=row.active,
        has_password=row.password_hash is not None,
        has_second_factor=row.totp_secret is not None,
        language=row.language or "",
        last_seen_at=row.last_seen_at,
        created_at=row.created_at,
    )
