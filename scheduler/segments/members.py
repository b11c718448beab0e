"""Who belongs to a segment, for statements of others: what its rule is read with, and the fifths of buyers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from scheduler.segments.checks import Terms
from scheduler.segments.measures import CLASSES
from scheduler.segments.parser import parse
from scheduler.segments.periods import Bounds, Moment
from scheduler.segments.sql import bounds_query, where
from scheduler.segments.tree import Rule, conditions

_BOUNDS_KEPT: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What rules of this company are read and looked up with."""

    terms: Terms
    zone: ZoneInfo
    week_starts: int = 0
    language: str = "en"  # of explanations, where none is asked for

    def moment(self, now: datetime) -> Moment:
        return Moment(now=now, zone=self.zone, week_starts=self.week_starts, currency=self.terms.currency)


class Members:
    """Conditions on `contacts`. The fifths of buyers are looked up again every few minutes."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._bounds: dict[frozenset[str], tuple[datetime, Bounds]] = {}

    def read(self, text: str) -> Rule:
        """The rule of a text. Raises `RuleError`."""
        return parse(text, self.setting.terms)

    def where(self, session: Session, rule: Rule, now: datetime, *, whole: bool) -> ColumnElement[bool]:
        """The condition. `whole`: for all contacts at once, or for one after the other."""
        return where(rule, self.moment(session, rule, now), session.get_bind().dialect.name, whole=whole)

    def moment(self, session: Session, rule: Rule, now: datetime) -> Moment:
        """Page after page of one listing is looked up among the same fifths of buyers."""
        moment = self.setting.moment(now)
        wanted = frozenset(each.measure for each in conditions(rule)) & frozenset(CLASSES)
        if not wanted:
            return moment
        kept = self._bounds.get(wanted)
        if kept is None or not timedelta() <= now - kept[0] < _BOUNDS_KEPT:
            kept = now, with_bounds(session, rule, moment).bounds
            self._bounds[wanted] = kept
        return _bounded(moment, kept[1])


def members_where(session: Session, rule: Rule, moment: Moment, *, whole: bool) -> ColumnElement[bool]:
    """The condition on `contacts`; the fifths of buyers are looked up first where the rule speaks of them."""
    return where(rule, with_bounds(session, rule, moment), session.get_bind().dialect.name, whole=whole)


def with_bounds(session: Session, rule: Rule, moment: Moment) -> Moment:
    """The moment with what the rule needs to know of all buyers."""
    found: dict[str, Any] = {}
    for measure in sorted({each.measure for each in conditions(rule)} & set(CLASSES)):
        rows = session.execute(bounds_query(measure, moment.currency)).all()
        found[measure] = {int(class_): least for class_, least in rows}
    return _bounded(moment, Bounds(**found)) if found else moment


def _bounded(moment: Moment, bounds: Bounds) -> Moment:
    return Moment(
        now=moment.now,
        zone=moment.zone,
        week_starts=moment.week_starts,
        currency=moment.currency,
        bounds=bounds,
    )
