"""Signing in: password, second factor, reset. What a stranger is told never says whether an address is known."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pyotp
import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.console import attempts
from bot.console.mails import Mails
from bot.console.passwords import Passwords, check_password
from bot.console.seal import Seal
from bot.console.sessions import Sessions, hash_of, open_session
from bot.console.users import Act, User, Users, normal_email, note
from bot.ids import IdMaker
from bot.records import ConsoleLink, Credential
from bot.records.base import table_of
from bot.store.changes import NotFound
from bot.store.port import Store

log = structlog.get_logger()

RESET_WITHIN: Final = timedelta(minutes=30)
_STEP_WITHIN: Final = timedelta(minutes=5)
_TOTP_S: Final = 30
_RECOVERY_CODES: Final = 10
_links = table_of(ConsoleLink).c
_credentials = table_of(Credential).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Where an attempt comes from."""

    address: str
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Signed in: `token` goes into the cookie."""

    token: str
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfWay:
    """The password was right; `ticket` goes into a cookie until the code has come."""

    ticket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """`wait` is set where nothing is tried for a while."""

    wait: timedelta | None = None


class SignIn:
    """One place for every way in, so that the counting and the audit can't be gone around."""

    def __init__(
        self,
        store: Store,
        users: Users,
        sessions: Sessions,
        passwords: Passwords,
        mails: Mails,
        seal: Seal,
        *,
        clock: Clock,
        ids: IdMaker,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._users = users
        self._sessions = sessions
        self._passwords = passwords
        self._mails = mails
        self._seal = seal
        self._clock = clock
        self._ids = ids
        self._wake = wake

    # with a password

    async def attempt(self, email: str, password: str, client: Client) -> Entered | HalfWay | Refused:
        """Raises `TooBusy`, `StoreError`."""
        now = self._clock.now()
        mine = attempts.key_of("account", email)
        theirs = attempts.key_of("client", client.address)

        def begin(session: Session) -> tuple[attempts.Count, attempts.Count, User | None, str | None]:
            counts = (
                attempts.count_attempt(session, mine, attempts.ACCOUNT, now),
                attempts.count_attempt(session, theirs, attempts.CLIENT, now),
            )
            user = self._known(session, email)
            found = self._users.credential(session, user.id) if user else None
            return *counts, user, found.password_hash if found else None

        account, by_client, user, stored = await self._store.write(begin)
        if until := account.locked_until or by_client.locked_until:
            return Refused(wait=until - now)
        right = await self._passwords.verify(stored, password)
        if not right or user is None or not user.active:
            return await self._failed(account, user, client)
        if stored is not None and self._passwords.is_old(stored):
            await self._hash_anew(user, password)
        if user.has_second_factor:
            value = {"agent": user.id, "email": normal_email(email), "method": "password"}
            return HalfWay(ticket=self._seal.close("second step", value))
        return await self._enter(user, client, "password", forgive=(mine,), take_back=theirs)

    async def _failed(self, count: attempts.Count, user: User | None, client: Client) -> Refused:
        now = self._clock.now()
        if count.number < attempts.ACCOUNT.most:
            return Refused()

        def close(session: Session) -> bool:
            until = attempts.lock(session, count.key, attempts.ACCOUNT, now)
            if until is not None and user is not None and user.active:
                act = Act(by="stranger", now=now)
                note(session, self._ids.new(), act, "locked_out", user.id, address=client.address)
                self._mails.locked(session, user, until=until, address=client.address)
            return until is not None

        if await self._store.write(close):
            log.warning("sign_in_locked", known=user is not None, client=client.address)
            self._wake()
        return Refused(wait=attempts.ACCOUNT.lock)

    async def _hash_anew(self, user: User, password: str) -> None:
        hashed = await self._passwords.hash(password)

        def keep(session: Session) -> None:
            session.execute(
                update(table_of(Credential))
                .where(_credentials.agent_id == user.id)
                .values(password_hash=hashed)
            )

        await self._store.write(keep)

    # with a code

    def half_way(self, ticket: str) -> dict[str, Any] | None:
        """What a ticket says, while it is fresh."""
        return self._seal.open("second step", ticket, within=_STEP_WITHIN)

    async def second_step(self, ticket: str, code: str, client: Client) -> Entered | Refused | None:
        """None where the ticket is not ours or too old. A code or a recovery code, each works once."""
        half = self.half_way(ticket)
        if half is None:
            return None
        now = self._clock.now()
        key = attempts.key_of("code", half["agent"])

        def look(session: Session) -> tuple[attempts.Count, User | None, bool]:
            count = attempts.count_attempt(session, key, attempts.CODE, now)
            try:
                user = self._users.get(session, half["agent"])
            except NotFound:
                return count, None, False
            if count.locked_until is not None or not user.active:
                return count, user, False
            return count, user, self._use_code(session, user.id, code, now)

        count, user, right = await self._store.write(look)
        if count.locked_until is not None:
            return Refused(wait=count.locked_until - now)
        if not right or user is None:
            return Refused()
        forgiven = (key, attempts.key_of("account", half["email"]))
        return await self._enter(
            user,
            client,
            half["method"],
            forgive=forgiven,
            take_back=attempts.key_of("client", client.address),
        )

    def _use_code(self, session: Session, agent_id: str, code: str, now: datetime) -> bool:
        row = session.execute(
            select(_credentials.totp_secret, _credentials.totp_step, _credentials.recovery_hashes)
            .where(_credentials.agent_id == agent_id)
            .with_for_update()
        ).one()
        given = code.replace(" ", "").replace("-", "").strip()
        if row.totp_secret is None:
            return False
        opened = self._seal.open("totp", row.totp_secret)
        step = step_of(opened["secret"], given, now) if opened else None
        if step is not None and step > row.totp_step:
            session.execute(
                update(table_of(Credential)).where(_credentials.agent_id == agent_id).values(totp_step=step)
            )
            return True
        hashed = hash_of(given.casefold())
        if hashed not in row.recovery_hashes:
            return False
        left = [each for each in row.recovery_hashes if each != hashed]
        session.execute(
            update(table_of(Credential)).where(_credentials.agent_id == agent_id).values(recovery_hashes=left)
        )
        act = Act(by=agent_id, now=now)
        note(session, self._ids.new(), act, "recovery_code_used", agent_id, left=len(left))
        return True

    def new_second_factor(self) -> tuple[str, list[str]]:
        """A secret to show once, and recovery codes."""
        codes = [f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(_RECOVERY_CODES)]
        return pyotp.random_base32(), codes

    def keep_second_factor(
        self, session: Session, act: Act, agent_id: str, secret: str, codes: list[str]
    ) -> None:
        """Switch the second factor on, in the caller's transaction."""
        hashes = [hash_of(code.replace("-", "")) for code in codes]
        self._users.set_second_factor(
            session, act, agent_id, self._seal.close("totp", {"secret": secret}), hashes
        )

    async def end_second_factor(self, agent_id: str, code: str) -> bool:
        """Switch it off, with a code that works. False for a wrong one, or after too many."""
        now = self._clock.now()
        key = attempts.key_of("code", agent_id)

        def end(session: Session) -> bool:
            if attempts.count_attempt(session, key, attempts.CODE, now).locked_until is not None:
                return False
            if not self._use_code(session, agent_id, code, now):
                return False
            self._users.set_second_factor(session, Act(by=agent_id, now=now), agent_id, None, ())
            attempts.forgive(session, key)
            return True

        return await self._store.write(end)

    # through the company's provider

    async def enter_oidc(self, subject: str, email: str, client: Client) -> Entered | Refused:
        """A user whom the provider vouches for: by its subject, the first time by their verified address."""
        now = self._clock.now()

        def find(session: Session) -> User | None:
            agent_id = session.scalar(
                select(_credentials.agent_id).where(_credentials.oidc_subject == subject)
            )
            if agent_id is not None:
                return self._users.get(session, agent_id)
            user = self._known(session, email) if email else None
            if user is None or not user.active:
                return None
            own = self._users.credential(session, user.id)
            if own is not None and own.oidc_subject is not None:
                return None  # bound to another subject: the address has changed hands
            self._users.bind_oidc(session, Act(by=user.id, now=now), user.id, subject)
            return user

        user = await self._store.write(find)
        if user is None or not user.active:
            log.warning("oidc_refused", client=client.address)
            return Refused()
        return await self._enter(user, client, "oidc", forgive=())

    async def _enter(
        self, user: User, client: Client, method: str, *, forgive: tuple[str, ...], take_back: str = ""
    ) -> Entered:
        now = self._clock.now()
        session_id, audit_id = self._ids.new(), self._ids.new()

        def enter(session: Session) -> str:
            for key in forgive:
                attempts.forgive(session, key)
            if take_back:
                attempts.take_back(session, take_back)
            act = Act(by=user.id, now=now)
            note(session, audit_id, act, "signed_in", user.id, method=method, address=client.address)
            return open_session(
                session,
                user.id,
                new_id=session_id,
                method=method,
                address=client.address,
                device=client.device,
                now=now,
            )

        return Entered(token=await self._store.write(enter), user=user)

    # a password that was forgotten

    async def ask_reset(self, email: str, client: Client) -> bool:
        """Send a link where the address is a user's. False where too many were asked for."""
        now = self._clock.now()
        keys = (attempts.key_of("reset", email), attempts.key_of("reset-client", client.address))
        token = self._seal.new_link_token("reset")

        def ask(session: Session) -> bool:
            mine = attempts.count_attempt(session, keys[0], attempts.RESET, now)
            theirs = attempts.count_attempt(session, keys[1], attempts.CLIENT, now)
            if mine.locked_until or theirs.locked_until:
                return False
            user = self._known(session, email)
            if user is not None and user.active:
                self._send_link(session, user, token, now, client.address)
            return True

        asked = await self._store.write(ask)
        self._wake()
        return asked

    async def invite(self, user: User) -> None:
        """Send a fresh user the link to set their password."""
        now, token = self._clock.now(), self._seal.new_link_token("reset")
        await self._store.write(lambda session: self._send_link(session, user, token, now, ""))
        self._wake()

    def _send_link(self, session: Session, user: User, token: str, now: datetime, address: str) -> None:
        session.add(
            ConsoleLink(
                token_hash=hash_of(token),
                agent_id=user.id,
                purpose="reset",
                created_at=now,
                expires_at=now + RESET_WITHIN,
            )
        )
        note(session, self._ids.new(), Act(by="stranger", now=now), "reset_asked", user.id, address=address)
        self._mails.reset(session, user, token, until=now + RESET_WITHIN)

    async def link_owner(self, token: str) -> User | None:
        """Whose link it is, while it works. Looking uses nothing up."""
        if not self._seal.signed("reset", token):
            return None
        now = self._clock.now()
        return await self._store.read(lambda session: self._owner(session, token, now))

    def _owner(self, session: Session, token: str, now: datetime) -> User | None:
        agent_id = session.scalar(
            select(_links.agent_id).where(
                _links.token_hash == hash_of(token), _links.used_at.is_(None), _links.expires_at > now
            )
        )
        if agent_id is None:
            return None
        user = self._users.get(session, agent_id)
        return user if user.active else None

    async def reset(self, token: str, password: str, client: Client) -> User | None:
        """Set a new password; None where the link is used, too old or not ours. Raises `WeakPassword`."""
        user = await self.link_owner(token)
        if user is None:
            return None
        check_password(password, email=user.email, name=user.name)
        hashed = await self._passwords.hash(password)
        now = self._clock.now()

        def change(session: Session) -> list[str] | None:
            used = session.execute(
                update(table_of(ConsoleLink))
                .where(_links.token_hash == hash_of(token), _links.used_at.is_(None), _links.expires_at > now)
                .values(used_at=now)
                .returning(_links.agent_id)
            )
            if used.first() is None:
                return None
            attempts.forgive(session, attempts.key_of("account", user.email))
            self._mails.changed(session, user, address=client.address)
            return self._users.set_password(session, Act(by=user.id, now=now), user.id, hashed)

        ended = await self._store.write(change)
        if ended is None:
            return None
        self._sessions.ended(ended)
        self._wake()
        return user

    async def change_password(
        self, user_id: str, email: str, old: str, new: str, *, name: str, session_id: str
    ) -> bool:
        """By the user: False where the old one is wrong. Raises `WeakPassword`, `TooBusy`."""
        now = self._clock.now()
        key = attempts.key_of("change", user_id)

        def begin(session: Session) -> tuple[attempts.Count, str | None]:
            found = self._users.credential(session, user_id)
            count = attempts.count_attempt(session, key, attempts.ACCOUNT, now)
            return count, found.password_hash if found else None

        count, stored = await self._store.write(begin)
        if count.locked_until is not None:
            return False
        if not await self._passwords.verify(stored, old):
            return False
        check_password(new, email=email, name=name)
        hashed = await self._passwords.hash(new)

        def change(session: Session) -> list[str]:
            attempts.forgive(session, key)
            act = Act(by=user_id, now=now)
            return self._users.set_password(session, act, user_id, hashed, but=session_id)

        self._sessions.ended(await self._store.write(change))
        return True

    def _known(self, session: Session, email: str) -> User | None:
        try:
            return self._users.by_email(session, email)
        except NotFound:
            return None


def provisioning_uri(secret: str, email: str, company: str) -> str:
    """What an authenticator app opens."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=company)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step a code belongs to: this one, or one before or after for a clock that is off. source: RFC 6238"""
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    totp, this = pyotp.TOTP(secret), int(now.timestamp()) // _TOTP_S
    for step in (this, this - 1, this + 1):
        if secrets.compare_digest(totp.generate_otp(step), code):
            return step
    return None
