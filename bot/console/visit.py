"""What a page is given: who looks, in which language, and the parts of the program it speaks to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta

from bot.console.roles import may_open
from bot.console.words import DIRECTION, Words
from bot.records import AuditEntry

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.behind import Behind
    from bot.clock import Clock
    from bot.config import Config
    from bot.console.mails import Mails
    from bot.console.sessions import Sessions, SignedIn
    from bot.console.sign_in import SignIn
    from bot.console.users import Users
    from bot.host import BotHost
    from bot.ids import IdMaker
    from bot.office import Core, Office
    from bot.store.port import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The program behind the pages. Pages call these; they hold no rules of their own."""

    core: Core  # config, store, clock, ids, templates, doors, delivery, house, calendars, deadlines, measures
    office: Office  # cases, prevention, rules, segments, erasure, report …
    behind: Behind  # people, customers, learning, live_faq, reporting …
    host: BotHost  # stored media, live events
    users: Users
    sessions: Sessions
    sign_in: SignIn
    mails: Mails
    ready: Callable[[], Awaitable[list[str]]]  # what is missing; empty means ready


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One open page of one user. Every check of it was made on the server."""

    user: SignedIn
    words: Words
    services: Services
    path: str
    query: Mapping[str, str] = field(default_factory=dict)

    # short ways to what every page needs

    @property
    def store(self) -> Store:
        return self.services.core.store

    @property
    def clock(self) -> Clock:
        return self.services.core.clock

    @property
    def ids(self) -> IdMaker:
        return self.services.core.ids

    @property
    def config(self) -> Config:
        return self.services.core.config

    @property
    def language(self) -> str:
        return self.words.language

    @property
    def direction(self) -> str:
        """ltr or rtl."""
        return DIRECTION[self.language]

    def may(self, *roles: str) -> bool:
        """Whether the user has one of these roles (an administrator has all)."""
        return may_open(self.user.roles, roles)

    def t(self, key: str, /, **values: object) -> str:
        """The words of a key, in the user's language."""
        return self.words(key, **values)

    def count(self, key: str, number: int, /, **values: object) -> str:
        """The words for a number of things, with the language's own plural."""
        return self.words.count(key, number, **values)

    # times, in the company's zone

    @cached_property
    def locale(self) -> str:
        return {"en": "en_GB", "ar": f"ar_{self.config.company.country}"}.get(self.language, self.language)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.config.company.zone)

    def day(self, moment: datetime) -> str:
        """Such as "12 mars 2026"."""
        return _latin(format_datetime(self.local(moment), "d MMMM y", locale=self.locale))

    def span(self, first: date, last: date) -> str:
        """Days without a time, such as "20 mars 2026" or "20–22 mars 2026"."""
        shown = [_latin(format_date(each, "d MMMM y", locale=self.locale)) for each in (first, last)]
        return shown[0] if first == last else f"{shown[0]} – {shown[1]}"

    def time(self, moment: datetime) -> str:
        """Such as "14:05"."""
        return f"{self.local(moment):%H:%M}"

    def when(self, moment: datetime) -> str:
        """Short: the time for today, else the day and the time."""
        if self.local(moment).date() == self.local(self.clock.now()).date():
            return self.time(moment)
        day = _latin(format_skeleton("MMMd", self.local(moment), locale=self.locale))
        return f"{day} {self.time(moment)}"

    def ago(self, moment: datetime) -> str:
        """Such as "il y a 5 minutes", or "dans 2 jours" for what is to come."""
        delta = moment - self.clock.now()
        return _latin(format_timedelta(delta, add_direction=True, locale=self.locale))

    # what was done

    def noted(self, action: str, kind: str, object_id: str, **detail: Any) -> Callable[[Session], None]:
        """An entry of the audit log by this user, to be called with the session of the change itself."""
        entry = AuditEntry(
            id=self.ids.new(),
            at=self.clock.now(),
            actor=self.user.agent_id,
            action=action,
            object_kind=kind,
            object_id=object_id,
            detail=detail,
        )
        return lambda session: session.add(entry)

    async def saw(self, kind: str, object_id: str) -> None:
        """Note that the user opened something personal. source: IN-13"""
        await self.store.write(self.noted("seen", kind, object_id))


def _latin(text: str) -> str:
    """Arabic with the digits that Algeria, Morocco and Tunisia write."""
    return text.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789"))
