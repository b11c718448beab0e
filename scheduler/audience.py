"""Whom a step of a rule concerns on a local day: one SELECT for all of them, in either database's SQL.

Its columns: `contact_id`, `subject_id`, `place` (what the contact's zone hangs on) and `happened_at`, the instant of
the occasion where the day it falls on is a matter of the contact's zone, else NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    String,
    case,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from bot.records import Address, Conversation, Purchase
from bot.records.base import UtcDateTime, table_of
from scheduler.feasts import feast_days
from scheduler.recurrence import (
    EARLIEST,
    LATEST,
    Offset,
    anchors_of,
    birthdays_on,
    hijri_days_on,
)
from scheduler.rules import DateOf, Feast, Fixed, Happened, Inactive, Rhythm, Rule, Serial, Step, Yearly
from scheduler.segments import Members
from scheduler.subjects import BOUGHT, SUBJECTS, column_of, conditions, contacts

PLACE_BREAK = "|"
_addresses = table_of(Address)
_conversations = table_of(Conversation)
_purchases = SUBJECTS["purchase"].table


def falls_on_days(rule: Rule, by: Offset, day: date, *, country: str) -> tuple[date, ...]:
    """The occasions of a rule for everybody (a fixed day, a feast, a series) that a step brings to `day`."""
    anchors = anchors_of(day, by)
    when = rule.when
    if isinstance(when, Fixed):
        return tuple(anchor for anchor in anchors if when.falls_on(anchor))
    if isinstance(when, Serial):
        return tuple(anchor for anchor in anchors if when.series().falls_on(anchor))
    if isinstance(when, Feast):
        days = {
            feast.day
            for anchor in anchors
            for feast in feast_days(when.feast, anchor.year, country=country, confirmed=when.confirmed)
            if when.unconfirmed == "send" or not feast.provisional
        }
        return tuple(anchor for anchor in anchors if anchor in days)
    return ()


def audience(
    session: Session, rule: Rule, step: Step, day: date, *, now: datetime, country: str, members: Members
) -> Select[Any] | None:
    """Everybody a step concerns on a day; None where it is nobody's day."""
    when, by, dialect = rule.when, step.after, session.get_bind().dialect
    if isinstance(by, timedelta):
        return None
    if isinstance(when, Yearly):
        found = _yearly(when, by, day)
    elif isinstance(when, DateOf | Happened):
        found = _dated(when.of, anchors_of(day, by))
    elif isinstance(when, Inactive):
        found = _inactive(when, anchors_of(day, by))
    elif isinstance(when, Rhythm):
        found = _rhythm(when, anchors_of(day, by), dialect)
    elif falls_on_days(rule, by, day, country=country):
        found = _select(contacts.c.id)
    else:
        return None
    return found.where(*conditions(session, rule, step, now, members))


def happened(
    session: Session,
    rule: Rule,
    step: Step,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    members: Members,
) -> Select[Any]:
    """Everybody to whom an event happened after `since` and no later than `until`."""
    assert isinstance(rule.when, Happened | DateOf)
    column = column_of(rule.when.of)
    found = _about(rule.when.of, column).where(column > since, column <= until)
    return found.where(*conditions(session, rule, step, now, members))


def _select(subject_id: ColumnElement[str], happened_at: ColumnElement[Any] | None = None) -> Select[Any]:
    about = literal("", String()) if subject_id is contacts.c.id else subject_id
    at = cast(null(), UtcDateTime()) if happened_at is None else type_coerce(happened_at, UtcDateTime())
    return select(
        contacts.c.id.label("contact_id"),
        about.label("subject_id"),
        place().label("place"),
        at.label("happened_at"),
    ).select_from(contacts)


def place() -> ColumnElement[str]:
    """Time zone, country and, where neither is known, the beginning of a phone number: few different ones."""
    phone = (
        select(func.min(func.substr(_addresses.c.value, 1, 5)))
        .where(_addresses.c.contact_id == contacts.c.id, _addresses.c.channel.in_(("sms", "whatsapp")))
        .scalar_subquery()
    )
    nowhere = (contacts.c.timezone == "") & (contacts.c.country == "")
    number = case((nowhere, func.coalesce(phone, "")), else_="")
    return (
        contacts.c.timezone.concat(PLACE_BREAK).concat(contacts.c.country).concat(PLACE_BREAK).concat(number)
    )


def _yearly(when: Yearly, by: Offset, day: date) -> Select[Any]:
    hijri = when.calendar == "hijri"
    kept = {
        text
        for anchor in anchors_of(day, by)
        for text in (hijri_days_on(anchor) if hijri else birthdays_on(anchor, when.leap))
    }
    found = _select(contacts.c.id)
    if when.of == "birthday":
        # The index holds contacts with a birthday alone: it is used only where that is said.
        return found.where(contacts.c.birthday != "", contacts.c.birthday.in_(sorted(kept)))
    value = contacts.c.fields[when.of.removeprefix("fields.")].as_string()
    return found.where(func.substr(value, func.length(value) - 4).in_(sorted(kept)))  # with a year or without


def _about(of: str, column: ColumnElement[Any]) -> Select[Any]:
    subject = SUBJECTS[of.partition(".")[0]]
    at = column if isinstance(column.type, UtcDateTime) else None
    found = _select(subject.id, at)
    if subject.table is not contacts:
        found = found.join(subject.table, subject.contact_id == contacts.c.id)
    return found


def _dated(of: str, anchors: Sequence[date]) -> Select[Any]:
    column = column_of(of)
    found = _about(of, column)
    if not isinstance(column.type, UtcDateTime):
        return found.where(column.in_(anchors))
    return found.where(*_around(column, anchors))


def _around(column: ColumnElement[Any], anchors: Sequence[date]) -> list[ColumnElement[bool]]:
    """The instants that lie on one of the days in some zone; whose day it really is, the zones say later."""
    first, last = whole_day(min(anchors))[0], whole_day(max(anchors))[1]
    return [column >= first, column < last]


def whole_day(day: date) -> tuple[datetime, datetime]:
    """When a day begins and ends anywhere on earth."""
    midnight = datetime.combine(day, time(0), tzinfo=UTC)
    return midnight - EARLIEST, midnight + timedelta(days=1) - LATEST


def _inactive(when: Inactive, anchors: Sequence[date]) -> Select[Any]:
    days = [anchor - timedelta(days=when.days) for anchor in anchors]
    if when.of == "message":
        return _silent(days)
    later = table_of(Purchase).alias("later")
    bought_again = (
        select(later.c.id)
        .where(
            later.c.contact_id == contacts.c.id,
            later.c.status.in_(("ordered", "delivered")),
            (later.c.at > _purchases.c.at)
            | ((later.c.at == _purchases.c.at) & (later.c.id > _purchases.c.id)),
        )
        .exists()
    )
    return _about("purchase.at", _purchases.c.at).where(
        *_around(_purchases.c.at, days), BOUGHT, ~bought_again
    )


def _silent(days: Sequence[date]) -> Select[Any]:
    first, last = whole_day(min(days))[0], whole_day(max(days))[1]
    latest = (
        select(_conversations.c.contact_id, func.max(_conversations.c.last_inbound_at).label("at"))
        .group_by(_conversations.c.contact_id)
        .having(func.max(_conversations.c.last_inbound_at).between(first, last))
        .subquery("latest")
    )
    return _select(contacts.c.id, type_coerce(latest.c.at, UtcDateTime())).join(
        latest, latest.c.contact_id == contacts.c.id
    )


def _rhythm(when: Rhythm, anchors: Sequence[date], dialect: Dialect) -> Select[Any]:
    """The last order, where the median gap between the contact's order days has passed since."""
    ordered_on = _day_number(_purchases.c.at, dialect)
    days = (
        select(
            _purchases.c.contact_id,
            ordered_on.label("on_day"),
            func.max(_purchases.c.id).label("purchase_id"),
        )
        .where(BOUGHT)
        .group_by(_purchases.c.contact_id, ordered_on)
        .subquery("days")
    )
    before = func.lag(days.c.on_day).over(partition_by=days.c.contact_id, order_by=days.c.on_day)
    gaps = select(
        days.c.contact_id,
        days.c.on_day,
        days.c.purchase_id,
        (days.c.on_day - before).label("gap"),
        func.count().over(partition_by=days.c.contact_id).label("orders"),
        func.max(days.c.on_day).over(partition_by=days.c.contact_id).label("last_day"),
    ).subquery("gaps")
    ranked = (
        select(
            gaps.c.contact_id,
            gaps.c.gap,
            gaps.c.orders,
            gaps.c.last_day,
            func.row_number().over(partition_by=gaps.c.contact_id, order_by=gaps.c.gap).label("rank"),
        )
        .where(gaps.c.gap.is_not(None), gaps.c.orders >= when.orders)
        .subquery("ranked")
    )
    # n order days have n - 1 gaps, ranked from 1: the median, or the lower one of two, is number n / 2.
    due = (
        select(ranked.c.contact_id, ranked.c.last_day)
        .where(
            ranked.c.rank == ranked.c.orders // 2,
            (ranked.c.last_day + ranked.c.gap).in_([anchor.toordinal() for anchor in anchors]),
        )
        .subquery("due")
    )
    last = days.alias("last_order")
    return (
        _select(_purchases.c.id)
        .join(due, due.c.contact_id == contacts.c.id)
        .join(last, (last.c.contact_id == due.c.contact_id) & (last.c.on_day == due.c.last_day))
        .join(_purchases, _purchases.c.id == last.c.purchase_id)
    )


def day_of(column: ColumnElement[Any], dialect: Dialect) -> ColumnElement[Any]:
    """The UTC day of an instant."""
    if dialect.name == "sqlite":
        return func.date(column)
    return cast(func.timezone("UTC", column), Date())


def _day_number(column: ColumnElement[Any], dialect: Dialect) -> ColumnElement[int]:
    """The UTC day of an instant, counted as Python counts days."""
    if dialect.name == "sqlite":
        return cast(func.julianday(func.date(column)) - literal(1_721_424.5), Integer())
    epoch = date(1970, 1, 1)  # the driver takes the year 1 for minus infinity
    days = cast(func.timezone("UTC", column), Date()) - literal(epoch, Date())
    return type_coerce(days, Integer()) + epoch.toordinal()
