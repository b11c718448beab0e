"""Who belongs to a segment, found by looking at plain rows: slow, and too simple to be wrong the same way as SQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any as Anything
from zoneinfo import ZoneInfo, available_timezones

from scheduler.consent import Word, in_force
from scheduler.segments.periods import Bounds, Moment, days, span, yeardays
from scheduler.segments.tree import (
    All,
    Any,
    Compare,
    Condition,
    Contains,
    During,
    Holds,
    Known,
    Not,
    OneOf,
    Period,
    Rule,
    Scope,
    StartsWith,
    Test,
)
from tests.segment_world import Row, World

_ZONES = available_timezones()
_COLUMNS = {"role": "organisation_role", "source": "source_channel"}
_OPS: dict[str, Callable[[Anything, Anything], bool]] = {
    "=": lambda a, b: bool(a == b), "!=": lambda a, b: bool(a != b), "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b), ">": lambda a, b: bool(a > b), ">=": lambda a, b: bool(a >= b),
}  # fmt: skip


def members(rule: Rule, world: World, moment: Moment) -> list[str]:
    return [row["id"] for row in world.rows["contacts"] if Oracle(world, row, moment).is_so(rule)]


def classes(world: World, measure: str, currency: str) -> dict[str, int]:
    """The class of every buyer: 1 + 5 × (buyers below them) / (all buyers), rounded down."""
    values: dict[str, Anything] = {}
    for contact in world.rows["contacts"]:
        bought = _counted(world.of("purchases", contact))
        if measure == "spending":
            bought = [row for row in bought if row["currency"] == currency]
        if bought:
            values[contact["id"]] = {
                "recency": max(row["at"] for row in bought),
                "frequency": _orders(bought),
                "spending": sum(row["amount"] for row in bought),
            }[measure]
    return {
        key: 1 + 5 * sum(other < value for other in values.values()) // len(values)
        for key, value in values.items()
    }


def _counted(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["status"] not in ("cancelled", "returned")]


def _orders(rows: Sequence[Row]) -> int:
    return len({row["order_ref"] or row["id"] for row in rows})


class Oracle:
    def __init__(self, world: World, contact: Row, moment: Moment) -> None:
        self.world, self.contact, self.moment = world, contact, moment

    def is_so(self, rule: Rule) -> bool:
        if isinstance(rule, Condition):
            return bool(self._condition(rule))
        if isinstance(rule, Not):
            return not self.is_so(rule.rule)
        join = all if isinstance(rule, All) else any
        assert isinstance(rule, All | Any)
        return join(self.is_so(each) for each in rule.rules)

    def _rows(self, table: str) -> list[Row]:
        return self.world.of(table, self.contact)

    def _in(self, at: Anything, period: Period | None) -> bool:
        return at is not None and (period is None or span(period, self.moment).holds(at))

    def _condition(self, condition: Condition) -> bool:
        key, test = condition.measure, condition.test
        special: Callable[[Scope, Anything], bool] | None = getattr(self, f"_{key}", None)
        if special is not None:
            return special(condition.scope, test)
        found = self._figures(key, condition.scope, getattr(test, "currency", ""))
        if found is not None:
            assert isinstance(test, Compare)
            return _OPS[test.op](found, test.value)
        dated = self._dated(key, condition.scope)
        if dated is not None:
            return self._one_is_during(dated, test)
        return _text(self.contact[_COLUMNS.get(key, key)], test)

    def _figures(self, key: str, scope: Scope, currency: str) -> Decimal | int | None:
        if key in ("purchases", "quantity", "amount"):
            rows = self._purchases_of(scope)
            if key == "purchases":
                return _orders(rows)
            if key == "quantity":
                return sum((row["quantity"] for row in rows), Decimal(0))
            return sum((row["amount"] for row in rows if row["currency"] == currency), Decimal(0))
        if key in ("quotes", "quote_amount"):
            rows = [
                row
                for row in self._rows("quotes")
                if self._in(row["issued_at"], scope.period) and scope.status in ("", row["status"])
            ]
            return (
                len(rows)
                if key == "quotes"
                else sum((row["amount"] for row in rows if row["currency"] == currency), Decimal(0))
            )
        if key in ("points", "rewards"):
            return sum((int(row[key]) for row in self._rows("loyalty_accounts")), 0)
        if key in (
            "cards",
            "equipment",
            "appointments",
            "complaints",
            "conversations",
            "campaigns",
            "promotions",
        ):
            return len(getattr(self, f"_counted_{key}")(scope))
        return None

    def _purchases_of(self, scope: Scope) -> list[Row]:
        return [
            row
            for row in _counted(self._rows("purchases"))
            if self._in(row["at"], scope.period)
            and (not scope.products or row["product"] in scope.products)
            and (not scope.ranges or row["product_range"] in scope.ranges)
            and scope.channel in ("", row["channel"])
        ]

    def _counted_cards(self, scope: Scope) -> list[Row]:
        return self._rows("loyalty_accounts")

    def _counted_equipment(self, scope: Scope) -> list[Row]:
        return [
            row for row in self._rows("equipment") if not scope.products or row["product"] in scope.products
        ]

    def _counted_appointments(self, scope: Scope) -> list[Row]:
        states = ("booked", "changed") if scope.status == "booked" else (scope.status,)
        return [
            row
            for row in self._rows("appointments")
            if self._in(row["starts_at"], scope.period) and (not scope.status or row["status"] in states)
        ]

    def _counted_complaints(self, scope: Scope) -> list[Row]:
        def fits(row: Row) -> bool:
            states: dict[str, bool] = {
                "": True, "open": not row["closed"], "closed": row["closed"],
                "satisfied": row["satisfied"] is True, "dissatisfied": row["satisfied"] is False,
            }  # fmt: skip
            return states[scope.status]

        return [
            row
            for row in self._rows("cases")
            if row["outcome"] != "merged"
            and fits(row)
            and self._in(row["received_at"], scope.period)
            and (not scope.products or row["product"] in scope.products)
        ]

    def _counted_conversations(self, scope: Scope) -> list[Row]:
        return [
            row
            for row in self._rows("conversations")
            if self._in(row["last_inbound_at"], scope.period) and scope.channel in ("", row["channel"])
        ]

    def _counted_campaigns(self, scope: Scope) -> list[Row]:
        names = {row["id"]: row["name"] for row in self.world.rows["campaigns"]}
        found = []
        for row in self._rows("recipients"):
            if scope.status in ("sent", "skipped", "failed"):
                fits, at = row["status"] == scope.status, row["settled_at"]
            elif scope.status:
                at = row[f"{scope.status}_at"]
                fits = at is not None
            else:
                fits, at = True, row["due_at"]
            in_time = scope.period is None or self._in(at, scope.period)
            if fits and in_time and scope.name in ("", names[row["campaign_id"]]):
                found.append(row)
        return found

    def _counted_promotions(self, scope: Scope) -> list[Row]:
        return [row for row in self._rows("sent_promotions") if self._in(row["at"], scope.period)]

    def _dated(self, key: str, scope: Scope) -> list[Anything] | None:
        """The instant or the days that a date is taken from."""
        if key in ("last_purchase", "first_purchase"):
            times = [row["at"] for row in self._purchases_of(scope)]
            return [max(times) if key == "last_purchase" else min(times)] if times else []
        if key == "last_message":
            times = [row["last_inbound_at"] for row in self._counted_conversations(scope)]
            return [max(times)] if times else []
        if key == "last_activity":
            bought = [row["at"] for row in self._purchases_of(Scope())]
            wrote = [row["last_inbound_at"] for row in self._rows("conversations")]
            return [max([self.contact["created_at"], *bought, *wrote])]
        if key == "created":
            return [self.contact["created_at"]]
        if key in ("next_appointment", "last_appointment"):
            coming, now = key == "next_appointment", self.moment.now
            states = ("booked", "changed") if coming else ("booked", "changed", "held")
            times = [
                row["starts_at"]
                for row in self._rows("appointments")
                if row["status"] in states and (row["starts_at"] > now) == coming
            ]
            return [min(times) if coming else max(times)] if times else []
        tables = {
            "quote_expiry": ("quotes", "valid_until"),
            "service_due": ("equipment", "next_service_on"),
            "card_expiry": ("loyalty_accounts", "expires_on"),
        }
        if key not in tables:
            return None
        table, column = tables[key]
        rows = [row for row in self._rows(table) if key != "quote_expiry" or row["status"] == "open"]
        return [
            row[column]
            for row in rows
            if row[column] is not None and (not scope.products or row["product"] in scope.products)
        ]

    def _one_is_during(self, found: list[Anything], test: Test) -> bool:
        if not isinstance(test, During):
            return bool(found)
        covered = days(test.period, self.moment.today, self.moment.week_starts)
        return any(
            span(test.period, self.moment).holds(each) if hasattr(each, "hour") else covered.holds(each)
            for each in found
        )

    def _organisation(self, scope: Scope, test: Test) -> bool:
        names = {row["id"]: row["name"] for row in self.world.rows["organisations"]}
        known = self.contact["organisation_id"]
        return known is not None and (isinstance(test, Known) or _text(names[known], test))

    def _owner(self, scope: Scope, test: Test) -> bool:
        known = self.contact["owner_agent_id"]
        agent = next((row for row in self.world.rows["agents"] if row["id"] == known), None)
        return agent is not None and any(_text(agent[name], test) for name in ("name", "email", "id"))

    def _external_id(self, scope: Scope, test: Test) -> bool:
        known = self.contact["external_id"]
        return known is not None and _text(known, test)

    def _tag(self, scope: Scope, test: Test) -> bool:
        return any(_text(tag, test) for tag in self.contact["tags"])

    def _reachable(self, scope: Scope, test: Test) -> bool:
        return any(_text(row["channel"], test) for row in self._rows("addresses") if row["state"] == "ok")

    def _interest(self, scope: Scope, test: Test) -> bool:
        return any(_text(row["topic"], test) for row in self._rows("interests"))

    def _waiting(self, scope: Scope, test: Test) -> bool:
        rows = self._rows("waiting_places")
        return any(_text(row["product"], test) for row in rows if row["status"] == "waiting")

    def _consent(self, scope: Scope, test: Test) -> bool:
        names = ("id", "channel", "purpose", "granted", "at", "source")
        words = [Word(**{name: row[name] for name in names}) for row in self._rows("consents")]
        channels = [scope.channel] if scope.channel else sorted({word.channel for word in words})
        return any(
            in_force(words, channel, scope.purpose, self.moment.now).state == "granted"
            for channel in channels
        )

    def _birthday(self, scope: Scope, test: Test) -> bool:
        birthday = self.contact["birthday"]
        if not birthday or not isinstance(test, During):
            return bool(birthday)
        zone = self.contact["timezone"] if self.contact["timezone"] in _ZONES else self.moment.zone.key
        today = self.moment.now.astimezone(ZoneInfo(zone)).date()
        wanted = yeardays(test.period, today, self.moment.week_starts)
        return wanted is None or birthday in wanted

    def _birthday_month(self, scope: Scope, test: Compare) -> bool:
        birthday = self.contact["birthday"]
        return bool(birthday) and _OPS[test.op](int(birthday[:2]), test.value)

    def _age(self, scope: Scope, test: Compare) -> bool:
        born: date | None = self.contact["born_on"]
        if born is None:
            return False
        today = self.moment.today
        had = (today.month, today.day) >= (born.month, born.day)
        return _OPS[test.op](max(0, today.year - born.year - (not had)), test.value)

    def _class(self, key: str, test: Compare) -> bool:
        found = _cached(self.world, key, self.moment.currency).get(self.contact["id"])
        return found is not None and _OPS[test.op](found, test.value)

    def _recency(self, scope: Scope, test: Compare) -> bool:
        return self._class("recency", test)

    def _frequency(self, scope: Scope, test: Compare) -> bool:
        return self._class("frequency", test)

    def _spending(self, scope: Scope, test: Compare) -> bool:
        return self._class("spending", test)

    def _own(self, scope: Scope, test: Test) -> bool:
        value = self.contact["fields"].get(scope.name)
        if isinstance(test, Holds):
            return value is True
        if isinstance(test, Known):
            return value is not None and value != ""
        if isinstance(test, Compare):
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and _OPS[test.op](Decimal(str(value)), test.value)
        if not isinstance(value, str):
            return False
        if isinstance(test, During):
            covered = days(test.period, self.moment.today, self.moment.week_starts)
            return value[4:5] == value[7:8] == "-" and covered.holds(date.fromisoformat(value))
        return _text(value, test)


def _text(value: str, test: Test) -> bool:
    if isinstance(test, OneOf):
        return value in test.values
    if isinstance(test, Contains):
        return test.text in value
    if isinstance(test, StartsWith):
        return value.startswith(test.text)
    return value != ""


def _cached(world: World, measure: str, currency: str) -> dict[str, int]:
    kept: dict[tuple[str, str], dict[str, int]] = world.__dict__.setdefault("_classes", {})
    if (measure, currency) not in kept:
        kept[measure, currency] = classes(world, measure, currency)
    return kept[measure, currency]


__all__ = ["Bounds", "Oracle", "classes", "members"]
