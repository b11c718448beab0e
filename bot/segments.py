"""Segments on a store: saved, counted, previewed, walked through, and why a contact belongs to one or does not.

`members_where` is what campaigns and rules use: the condition on `contacts` for a statement of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.config import Config
from bot.ids import IdMaker
from bot.records import Contact, Segment
from bot.records.base import table_of
from bot.segment_uses import InUse, Reach, Use, reach_of, uses_of
from bot.store.changes import NotFound, NotPossible
from bot.store.port import Store
from scheduler.consent import Purpose
from scheduler.segments import (
    Condition,
    Moment,
    Rule,
    Terms,
    conditions,
    lines_of,
    value,
    where,
    write,
)
from scheduler.segments.measures import MEASURES
from scheduler.segments.members import Members, Setting, members_where, with_bounds
from scheduler.segments.writer import number_text

SAMPLE: Final = 10
MAX_NAME: Final = 100
_WEEKDAYS: Final = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}

_contacts = table_of(Contact).c
_segments = table_of(Segment).c


def setting_of(config: Config) -> Setting:
    """A week begins with the company's first working day."""
    company = config.company
    return Setting(
        terms=Terms(currency=company.currency_code, own_fields=tuple(config.contacts.fields)),
        zone=company.zone,
        week_starts=_WEEKDAYS[company.working_days[0]],
        language=company.language,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A segment as it is kept."""

    id: str
    name: str
    rule: str
    created_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    count: int
    contacts: int  # in all

    @property
    def share(self) -> float | None:
        """None where there are no contacts at all."""
        return self.count / self.contacts if self.contacts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A sentence of the rule, whether it is so for the contact, and what the contact has."""

    text: str
    depth: int
    holds: bool
    found: str  # "" where a single value does not say it


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    id: str
    name: str
    belongs: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Ids in order. The next page begins after `next`; None: this was the last."""

    ids: tuple[str, ...]
    next: str | None


class NameTaken(NotPossible):
    """Another segment has this name."""


class Crossed(NotPossible):
    """Somebody else changed the segment since it was read."""


class Segments:
    """Each call is one transaction. Rules come as text (`RuleError`) or as trees."""

    def __init__(self, store: Store, setting: Setting, *, clock: Clock, ids: IdMaker) -> None:
        self._store = store
        self.setting = setting
        self._members = Members(setting)
        self._clock = clock
        self._ids = ids

    def read(self, text: str) -> Rule:
        """The rule of a text. Raises `RuleError`."""
        return self._members.read(text)

    # saved ones

    async def every(self, *, after: str = "", limit: int = 200) -> list[Saved]:
        """By name."""
        query = select(table_of(Segment)).where(_segments.name > after).order_by(_segments.name).limit(limit)
        return [_saved(row) for row in await self._store.fetch_all(query)]

    async def one(self, name: str) -> Saved:
        """By name or id. Raises `NotFound`."""
        rows = await self._store.fetch_all(
            select(table_of(Segment)).where((_segments.name == name) | (_segments.id == name)).limit(2)
        )
        if not rows:
            raise NotFound(f"there is no segment {name}")
        return _saved(next((row for row in rows if row.name == name), rows[0]))

    async def save(self, name: str, text: str, *, by: str, must_be_new: bool = False) -> Saved:
        """Keep a rule under a name; one that is there is replaced. Raises `RuleError`, `NotPossible`."""
        self.read(text)
        _check_name(name)
        now, fresh = self._clock.now(), self._ids.new()

        def work(session: Session) -> None:
            table = table_of(Segment)
            known = session.execute(select(_segments.id).where(_segments.name == name)).first()
            if known is not None and must_be_new:
                raise NameTaken(f"there is a segment {name} already")
            if known is not None:
                session.execute(update(table).where(_segments.name == name).values(rule=text, updated_at=now))
                return
            session.execute(
                insert(table).values(
                    id=fresh, name=name, rule=text, created_by=by, created_at=now, updated_at=now
                )
            )

        await self._store.write(work)
        return await self.one(name)

    async def change(self, segment_id: str, *, name: str, text: str, seen: datetime) -> Saved:
        """Another rule or name for a segment as it was `seen` (its `updated_at`).

        Raises `RuleError`, `NotFound`; `NotPossible` where somebody changed it meanwhile or the name is taken,
        `InUse` where a campaign knows it by the old name.
        """
        self.read(text)
        _check_name(name)
        known = await self.one(segment_id)
        now = max(self._clock.now(), seen + timedelta(microseconds=1))

        def work(session: Session) -> None:
            row = session.get(Segment, known.id, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no segment {segment_id}")
            if row.updated_at != seen:
                raise Crossed("somebody has changed this segment meanwhile: read it again")
            if name != row.name:
                if uses := uses_of(session, row.name):
                    raise InUse(uses)
                if session.execute(select(_segments.id).where(_segments.name == name)).first():
                    raise NameTaken(f"there is a segment {name} already")
            row.name, row.rule, row.updated_at = name, text, now
            session.add(row)

        await self._store.write(work)
        return await self.one(known.id)

    async def uses(self, name: str) -> list[Use]:
        """What names this segment and has not ended."""
        return await self._store.read(lambda session: uses_of(session, name))

    async def remove(self, name: str) -> None:
        """Forget a segment; its contacts stay. Raises `NotFound`, `InUse` while a campaign needs it."""
        known = await self.one(name)

        def work(session: Session) -> None:
            if uses := uses_of(session, known.name):
                raise InUse(uses)
            session.execute(delete(table_of(Segment)).where(_segments.id == known.id))

        await self._store.write(work)

    # who belongs

    async def count(self, rule: Rule) -> Count:
        now = self._clock.now()
        return await self._store.read(
            lambda session: _count(session, rule, self._members.moment(session, rule, now))
        )

    async def members(self, rule: Rule, *, after: str = "", limit: int = 100) -> Page:
        """Ids of members in order, `limit` at a time."""
        now = self._clock.now()

        def work(session: Session) -> list[str]:
            condition = where(rule, self._members.moment(session, rule, now), _dialect(session), whole=False)
            query = select(_contacts.id).where(_contacts.id > after, condition)
            return list(session.execute(query.order_by(_contacts.id).limit(limit + 1)).scalars())

        ids = await self._store.read(work)
        return Page(ids=tuple(ids[:limit]), next=ids[limit - 1] if len(ids) > limit else None)

    async def preview(
        self, rule: Rule, *, sample: int = SAMPLE, language: str = ""
    ) -> tuple[Count, list[Member]]:
        """How many belong, and the newest of them with the reasons."""
        now, language = self._clock.now(), language or self.setting.language

        def work(session: Session) -> tuple[Count, list[Member]]:
            moment = self._members.moment(session, rule, now)
            counted = _count(session, rule, moment)
            # Many members: the newest are soon met one by one. Few: they are found as a set.
            whole = counted.count < counted.contacts * 0.02
            found = select(_contacts.id).where(where(rule, moment, _dialect(session), whole=whole))
            ids = [row.id for row in session.execute(_newest(found, sample, whole=whole))]
            return counted, self._reasons(session, rule, moment, ids, language)

        return await self._store.read(work)

    async def reach(self, rule: Rule, purpose: Purpose = "offers") -> Reach:
        """By which channels its members can be reached, and what they said about a purpose there."""
        now = self._clock.now()

        def work(session: Session) -> Reach:
            _without_compiling(session)
            condition = where(rule, self._members.moment(session, rule, now), _dialect(session), whole=True)
            return reach_of(session, condition, purpose, now)

        return await self._store.read(work)

    def condition(self, session: Session, rule: Rule, *, whole: bool = False) -> ColumnElement[bool]:
        """The condition on `contacts`: for a page of them, one after the other, or for the `whole` of them."""
        moment = self._members.moment(session, rule, self._clock.now())
        return where(rule, moment, _dialect(session), whole=whole)

    async def why(self, rule: Rule, contact_id: str, *, language: str = "") -> Member:
        """Whether a contact belongs, and which sentences of the rule are so for it. Raises `NotFound`."""
        now, language = self._clock.now(), language or self.setting.language

        def work(session: Session) -> list[Member]:
            moment = self._members.moment(session, rule, now)
            return self._reasons(session, rule, moment, [contact_id], language)

        found = await self._store.read(work)
        if not found:
            raise NotFound(f"there is no contact {contact_id}")
        return found[0]

    def _reasons(
        self, session: Session, rule: Rule, moment: Moment, ids: Sequence[str], language: str
    ) -> list[Member]:
        asked = list(dict.fromkeys(conditions(rule)))
        dialect = _dialect(session)
        columns: list[ColumnElement[Any]] = []
        for number, each in enumerate(asked):
            columns.append(where(each, moment, dialect, whole=False).label(f"holds_{number}"))
            found = value(each, moment, dialect)
            columns.append((literal(None) if found is None else found).label(f"found_{number}"))
        rows = session.execute(select(_contacts.id, _contacts.name, *columns).where(_contacts.id.in_(ids)))
        by_id = {row.id: row for row in rows}
        return [self._member(by_id[each], rule, asked, moment, language) for each in ids if each in by_id]

    def _member(
        self, row: Any, rule: Rule, asked: Sequence[Condition], moment: Moment, language: str
    ) -> Member:
        truths = {each: bool(row[2 + 2 * number]) for number, each in enumerate(asked)}
        found = {each: _said(each, row[3 + 2 * number], moment) for number, each in enumerate(asked)}
        reasons = tuple(
            Reason(
                text=line.text,
                depth=line.depth,
                holds=line.holds(truths),
                found=found[line.rule] if isinstance(line.rule, Condition) else "",
            )
            for line in lines_of(rule, language)
        )
        return Member(id=row.id, name=row.name, belongs=reasons[0].holds, reasons=reasons)


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise NotPossible(f"a segment needs a name of 1 to {MAX_NAME} ordinary characters")


def _saved(row: Any) -> Saved:
    return Saved(**{name: getattr(row, name) for name in Saved.__dataclass_fields__})


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _newest(found: Select[tuple[str]], sample: int, *, whole: bool) -> Select[tuple[str]]:
    """The newest members. Of a set, PostgreSQL must find all first: for a few of them only it would compare contact
    after contact with every group of purchases.
    """
    if not whole:
        return found.order_by(_contacts.id.desc()).limit(sample)
    members = found.cte("members").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(members.c.id).order_by(members.c.id.desc()).limit(sample)


def _without_compiling(session: Session) -> None:
    """PostgreSQL would spend a second on compiling a statement that runs for two."""
    if _dialect(session) == "postgresql":
        session.execute(text("SET LOCAL jit = off"))


def _count(session: Session, rule: Rule, moment: Moment) -> Count:
    _without_compiling(session)
    condition = where(rule, moment, _dialect(session), whole=True)
    counted = session.execute(
        select(func.count()).select_from(table_of(Contact)).where(condition)
    ).scalar_one()
    every = session.execute(select(func.count()).select_from(table_of(Contact))).scalar_one()
    return Count(count=counted, contacts=every)


def _said(condition: Condition, found: Any, moment: Moment) -> str:
    """What the contact has, in short."""
    if found is None or found == "":
        return ""
    if isinstance(found, datetime):
        return found.astimezone(moment.zone).date().isoformat()
    if isinstance(found, date):
        return found.isoformat()
    if MEASURES[condition.measure].kind in ("number", "money"):
        currency = getattr(condition.test, "currency", "")
        return f"{number_text((Decimal(int(found)) / 1000).normalize() + 0)} {currency}".rstrip()
    return str(found)


__all__ = [
    "Count", "Member", "Page", "Reason", "Saved", "Segments", "Setting", "members_where", "setting_of", "with_bounds",
    "write",
]  # fmt: skip
