"""A base of contacts full of edges, and rules at random, for what is said of every rule and every base."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any as Anything
from zoneinfo import ZoneInfo

from scheduler.segments.checks import Terms, check_condition, check_size, normalised
from scheduler.segments.choices import CHOICES
from scheduler.segments.errors import RuleError
from scheduler.segments.measures import MEASURES, Measure
from scheduler.segments.periods import Moment
from scheduler.segments.tree import (
    Between,
    Calendar,
    Compare,
    Condition,
    Contains,
    During,
    Holds,
    Known,
    Last,
    Next,
    Older,
    OneOf,
    Period,
    Rule,
    Scope,
    StartsWith,
    Test,
    conjoin,
    disjoin,
    negate,
)
from tests.fakes import NOON

TERMS = Terms(currency="DZD")
ALGIERS = ZoneInfo("Africa/Algiers")
MOMENT = Moment(now=NOON, zone=ALGIERS, week_starts=6, currency="DZD")

HOSTILE = (
    "O'Brien",
    "'; DROP TABLE contacts; --",
    '" OR 1=1',
    "100%",
    "a_b",
    "\\",
    "بجاية",
    "Béjaïa",
    "",
    "$.x",
    "😀",
)
TEXTS = ("Alger", "alger", "Sétif", "B12", "B8", *HOSTILE)
NAMES = ("taille", "vip", "fin", "a.b", "x'y")
PRODUCTS = ("B12", "B8", "hourdis", "O'Brien")
CHANNELS = ("email", "sms", "whatsapp")
ZONES = ("", "Africa/Algiers", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Paris", "Nowhere/At all")
CAMPAIGNS = ("Rentrée", "'; --")

Row = dict[str, Anything]


@dataclass
class World:
    """Rows by table, the contact's own last: what a database holds, and what the plain evaluation looks at."""

    rows: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, **values: Anything) -> Row:
        rows = self.rows.setdefault(table, [])
        row = {"id": f"{table}-{len(rows):05d}", **values}
        rows.append(row)
        return row

    def of(self, table: str, contact: Row) -> list[Row]:
        return self._by_contact(table).get(contact["id"], [])

    def _by_contact(self, table: str) -> Mapping[str, list[Row]]:
        cached: dict[str, dict[str, list[Row]]] = self.__dict__.setdefault("_cache", {})
        if table not in cached:
            cached[table] = {}
            for row in self.rows.get(table, []):
                cached[table].setdefault(row["contact_id"], []).append(row)
        return cached[table]


def make_world(seed: int, contacts: int = 120) -> World:
    random, world = Random(seed), World()
    for name in TEXTS[:4]:
        world.add("organisations", name=name, country="DZ", owner_agent_id=None, created_at=NOON)
    for name in ("Lina", "O'Brien"):
        world.add(
            "agents",
            name=name,
            email=f"{len(name)}@example.org",
            roles=[],
            desk_id=None,
            active=True,
            created_at=NOON,
        )
    for name in CAMPAIGNS:
        world.add(
            "campaigns", name=name, definition={}, status="done", starts_at=None, ends_at=None, frozen_at=None,
            created_by="t", created_at=NOON, version=1,
        )  # fmt: skip
    for number in range(contacts):
        _add_contact(world, random, number)
    return world


def _moment(random: Random) -> datetime:
    """Often at the very edge of a day at the company, or of now."""
    day = NOON.date() + timedelta(days=random.choice((-800, -366, -365, -181, -31, -30, -7, -1, 0, 1, 7, 31)))
    edge = datetime(day.year, day.month, day.day, tzinfo=ALGIERS).astimezone(UTC)
    off = random.choice((timedelta(), timedelta(microseconds=-1), timedelta(hours=random.randrange(24))))
    return random.choice((edge + off, edge + off, NOON, NOON + timedelta(microseconds=1)))


def _day(random: Random) -> date:
    return NOON.date() + timedelta(days=random.choice((-400, -31, -1, 0, 1, 2, 7, 30, 31, 60, 61, 400)))


def _amount(random: Random) -> Decimal:
    return random.choice((Decimal("0.1"), Decimal("0.2"), Decimal("-5"), Decimal("1000"), Decimal("49999.7")))


def _maybe(random: Random, value: Anything) -> Anything:
    return value if random.random() < 0.6 else None


def _add_contact(world: World, random: Random, number: int) -> None:
    birthday = random.choice(("", "03-05", "03-04", "03-06", "02-29", "02-28", "12-31", "01-01"))
    born = date(random.randrange(1920, 2030), 3, random.choice((4, 5, 6)))
    contact = world.add(
        "contacts", name=random.choice(TEXTS), language=random.choice(("fr", "ar", "en", "")),
        timezone=random.choice(ZONES), country=random.choice(("DZ", "TN", "")), zone=random.choice(TEXTS),
        organisation_id=_maybe(random, random.choice(world.rows["organisations"])["id"]),
        organisation_role=random.choice(("", "buyer", "decider")),
        owner_agent_id=_maybe(random, random.choice(world.rows["agents"])["id"]),
        source_channel=random.choice(CHANNELS), preferred_channel=random.choice(("", *CHANNELS)),
        external_id=_maybe(random, f"C{number}"), born_on=_maybe(random, born), birthday=birthday,
        stage=random.choice(tuple(CHOICES["stage"])), tier=random.choice(tuple(CHOICES["tier"])),
        mode=random.choice(("", "low_contact", "discreet")), tags=random.sample(TEXTS, random.randrange(3)),
        fields=_own_fields(random), created_at=_moment(random), updated_at=NOON, version=1,
    )  # fmt: skip
    for _ in range(random.choice((0, 0, 1, 2, 4))):
        _add_purchase(world, random, contact["id"])
    _add_things(world, random, contact["id"], number)
    _add_words(world, random, contact["id"])


def _own_fields(random: Random) -> Row:
    values = (
        12,
        12.5,
        0,
        True,
        False,
        None,
        "",
        "12",
        "Alger",
        "2026-03-05",
        "2026-04-01",
        "O'Brien",
        [1],
        {"a": 1},
    )
    return {name: random.choice(values) for name in NAMES if random.random() < 0.7}


def _add_purchase(world: World, random: Random, contact_id: str) -> None:
    world.add(
        "purchases", external_id=None, contact_id=contact_id, organisation_id=None,
        order_ref=random.choice(("", "", "A1", "A2")), at=_moment(random), product=random.choice(PRODUCTS),
        product_range=random.choice(("", "briques")), quantity=abs(_amount(random)), amount=_amount(random),
        currency=random.choice(("DZD", "DZD", "EUR")), channel=random.choice(("", *CHANNELS)),
        status=random.choice(("ordered", "delivered", "cancelled", "returned")), delivered_at=None,
        created_at=NOON,
    )  # fmt: skip


def _add_things(world: World, random: Random, contact_id: str, number: int) -> None:
    some = {"contact_id": contact_id, "created_at": NOON}
    if random.random() < 0.4:
        world.add(
            "quotes", **some, external_id=None, reference="D", issued_at=_moment(random),
            valid_until=_maybe(random, _day(random)), amount=_amount(random), currency="DZD", summary="",
            status=random.choice(tuple(CHOICES["quote"])),
        )  # fmt: skip
    for _ in range(random.choice((0, 0, 1, 2))):
        world.add(
            "equipment", **some, external_id=None, product=random.choice(PRODUCTS), serial="", installed_on=None,
            service_every_months=None, last_service_on=None, next_service_on=_maybe(random, _day(random)),
        )  # fmt: skip
        world.add(
            "loyalty_accounts", **some, number=f"{number}-{random.random()}", points=random.choice((0, 50, 1000)),
            rewards=random.choice((0, 1)), opened_on=_day(random), expires_on=_maybe(random, _day(random)),
            renewed_on=None,
        )  # fmt: skip
        start = _moment(random)
        world.add(
            "appointments", **some, conversation_id=None, kind="visit", resource=f"r{random.random()}",
            starts_at=start, ends_at=start, place="", status=random.choice(("changed", *CHOICES["appointment"])),
            outcome="", recap="", sequence=0, updated_at=NOON,
        )  # fmt: skip
    for topic in random.sample(PRODUCTS, random.choice((0, 1, 2))):
        world.add("interests", contact_id=contact_id, topic=topic, source="form", at=NOON)
        state = random.choice(("waiting", "told", "left"))
        world.add(
            "waiting_places", contact_id=contact_id, product=topic, quantity=Decimal(1), at=NOON, status=state
        )
    for channel in random.sample(CHANNELS, random.randrange(3)):
        state = random.choice(("ok", "ok", "hard_bounce"))
        world.add("addresses", **some, channel=channel, value=f"{number}@example.org", state=state,
                  state_reason="", verified_at=None)  # fmt: skip


def _add_words(world: World, random: Random, contact_id: str) -> None:
    for _ in range(random.choice((0, 1, 1, 3, 5))):
        world.add(
            "consents", contact_id=contact_id, channel=random.choice(("", "sms", "email")),
            purpose=random.choice(("all", "offers", "information")), granted=random.random() < 0.6,
            at=NOON + timedelta(days=random.choice((0, 0, -9, -2, 3))), wording="", message_id=None,
            source=random.choice(("form", "import", "import_dated", "message")),
        )  # fmt: skip
    for _ in range(random.choice((0, 1, 2))):
        world.add(
            "conversations", account_id="lab", thread=f"t{random.random()}", channel=random.choice(CHANNELS),
            address="", contact_id=contact_id, owner="bot", agent_id=None, desk_id=None, hand_over_reason="",
            urgent=False, epoch=0, version=1, language="", state={},
            subject="", last_heard="", last_seq=0, created_at=NOON,
            last_inbound_at=_moment(random),
        )  # fmt: skip
    if random.random() < 0.4:
        closed = random.random() < 0.5
        world.add("cases", **_case(random, contact_id, closed=closed))
    for campaign in world.rows["campaigns"]:
        if random.random() < 0.3:
            world.add("recipients", **_recipient(random, contact_id, campaign["id"]))
    for _ in range(random.choice((0, 0, 2))):
        world.add(
            "sent_promotions", contact_id=contact_id, at=_moment(random), source="rule:x", outbox_id=None
        )


def _case(random: Random, contact_id: str, *, closed: bool) -> Row:
    texts = ("order_ref", "since", "remedy", "zone", "code", "consequences", "anomaly", "faith_evidence", "cause",
             "owner", "plan", "reviewer", "due_explanation")  # fmt: skip
    moments = ("archived_at", "told_at", "answered_at", "closed_at")
    return {
        **dict.fromkeys(texts, ""), **dict.fromkeys(moments), "contact_id": contact_id,
        "reference": f"RC-{random.random()}", "conversation_id": "x", "channel": "sms", "phase": "suivi",
        "closed": closed, "desk_id": "complaints", "summary": "", "object": "quality",
        "product": random.choice(PRODUCTS), "severity": "normal", "angry": False, "faith": "good",
        "fault": "undetermined", "outcome": random.choice(("", "settled", "merged")), "mystery": False, "reopened": 0,
        "evidence": [], "notes": [], "complete": True, "satisfied": random.choice((None, True, False)),
        "received_at": _moment(random), "opened_at": NOON, "due_at": NOON, "version": 1,
    }  # fmt: skip


def _recipient(random: Random, contact_id: str, campaign_id: str) -> Row:
    happened = ("opened_at", "clicked_at", "replied_at", "converted_at", "opted_out_at")
    return {
        "campaign_id": campaign_id, "contact_id": contact_id, "variant": "", "channel": "", "address": "",
        "due_at": _moment(random), "status": random.choice(("waiting", "sent", "skipped", "failed")), "reason": "",
        "detail": "", "cost": Decimal(0), "outbox_id": None, "settled_at": _maybe(random, _moment(random)),
        **{name: _maybe(random, _moment(random)) for name in happened},
    }  # fmt: skip


# rules


def make_rule(random: Random, depth: int = 3, only: Sequence[str] = tuple(MEASURES)) -> Rule:
    """Any rule the language can say."""
    shape = random.choice(("one", "one", "not", "all", "any")) if depth else "one"
    if shape == "one":
        return make_condition(random, random.choice(only))
    if shape == "not":
        return negate(make_rule(random, depth - 1, only))
    parts = [make_rule(random, depth - 1, only) for _ in range(random.choice((2, 3)))]
    rule = conjoin(parts) if shape == "all" else disjoin(parts)
    check_size(rule)
    return rule


def make_condition(random: Random, key: str) -> Condition:
    measure = MEASURES[key]
    while True:
        condition = Condition(measure=key, scope=_scope(random, measure), test=_test(random, measure))
        try:
            check_condition(condition, TERMS)
        except RuleError:
            continue  # a period that a birthday can't have
        return normalised(condition)


def _scope(random: Random, measure: Measure) -> Scope:
    values: Row = {
        "products": tuple(random.sample(PRODUCTS, random.choice((1, 2)))),
        "ranges": ("briques",),
        "status": random.choice(tuple(CHOICES[measure.choices])) if measure.choices else "",
        "channel": random.choice(CHANNELS),
        "purpose": random.choice(tuple(CHOICES["purpose"])),
        "name": random.choice(NAMES if measure.key == "own" else CAMPAIGNS),
        "period": _period(random),
    }
    return Scope(**{
        part: values[part] for part in measure.parts if part == measure.needs or random.random() < 0.4
    })  # fmt: skip


def _period(random: Random) -> Period:
    unit = random.choice(("day", "week", "month", "year"))
    if random.random() < 0.2:
        return Calendar(unit=unit, offset=random.choice((-1, 0, 1)))  # type: ignore[arg-type]
    if random.random() < 0.2:
        start, end = sorted((_day(random), _day(random)))
        return Between(start=_maybe(random, start) if random.random() < 0.5 else start, end=end)
    kind = random.choice((Last, Next, Older))
    return kind(count=random.choice((1, 2, 6, 7, 30, 31)), unit=unit)  # type: ignore[arg-type]


def _test(random: Random, measure: Measure) -> Test:
    if measure.kind in ("number", "class", "money"):
        return _compare(random, measure)
    if measure.kind in ("moment", "day", "yearday"):
        return During(period=_period(random)) if random.random() < 0.8 else Known()
    if measure.kind == "flag":
        return Holds()
    if measure.kind == "choice":
        values = tuple(CHOICES[measure.choices])
        chosen = tuple(random.sample(values, random.choice((1, 2))))
        return OneOf(values=chosen) if random.random() < 0.8 else Known()
    texts = tuple(random.sample((*TEXTS, *PRODUCTS[2:]), random.choice((1, 1, 3))))
    tests: list[Test] = [
        OneOf(values=texts), OneOf(values=texts), Contains(text=texts[0]), StartsWith(text=texts[0]), Known(),
    ]  # fmt: skip
    if measure.kind == "own":
        tests += [_compare(random, measure), During(period=_period(random)), Holds()]
    return random.choice(tests)


def _compare(random: Random, measure: Measure) -> Compare:
    op = random.choice(("=", "!=", "<", "<=", ">", ">="))
    if measure.kind == "class":
        return Compare(op=op, value=Decimal(random.randrange(1, 6)))  # type: ignore[arg-type]
    value = random.choice((0, 1, 2, 3, 12, 40, 1000, "0.3", "2.5", "12.5", "-5", 50000))
    currency = random.choice(("DZD", "EUR")) if measure.kind == "money" else ""
    return Compare(op=op, value=Decimal(value), currency=currency)  # type: ignore[arg-type]
