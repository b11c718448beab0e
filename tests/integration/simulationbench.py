"""A small company with customers of every kind, and the real program run over it by a clock that is moved."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import ManualClock
from bot.company import calendars_of, facts_of
from bot.config import Config, load
from bot.ids import IdMaker
from bot.limits import gate_of
from bot.records import Consent, LoyaltyAccount, Occurrence, OutreachRule
from bot.records.base import Record, table_of
from bot.rule_desk import RuleDesk
from bot.simulation import House
from bot.store.port import OutboxRow, SendOutcome, Store
from bot.templating import Templates
from channels.port import Door
from templates import BUILT_IN
from tests.conftest import Database
from tests.integration.lab import LabDoor
from tests.integration.rulebench import add, complaint, person, purchase, talk, turn_on
from tests.integration.storebench import new_id, rows_of

CONFIG = """
company: {{name: Briqueterie Atlas, language: fr, languages: [fr, ar, en], timezone: Africa/Algiers, country: DZ,
  working_days: [sun, mon, tue, wed, thu]}}
database: {{url: "{url}"}}
server: {{public_url: "https://bot.example.org"}}
media: {{folder: "{folder}/media"}}
accounts: {{lab: {{kind: sandbox, via: sms}}, desk: {{kind: sandbox, via: email}}}}
desks: {{complaints: {{name: Réclamations, notify: [{{account: desk, to: reclamations@example.org}}]}}}}
outreach: {{prices: {{sms: 4.5}}, caps: {{per_day: 1, per_week: 2}}, weekdays: [sun, mon, tue, wed, thu, sat]}}
logging: {{level: error}}
"""
ON = ("birthday", "year_end_wishes", "card_expiry", "nurture", "welcome", "win_back")
_ZONES = ("", "", "Africa/Algiers", "Europe/Paris", "America/Montreal", "Pacific/Kiritimati", "Pacific/Niue")


def doors() -> dict[str, Door]:
    return {"lab": LabDoor("lab", "sms"), "desk": LabDoor("desk", "email")}


_templates: list[Templates] = []


def templates_of(config: Config) -> Templates:
    """Read once for all tests."""
    if not _templates:
        _templates.append(Templates.load([BUILT_IN], company=facts_of(config)))
    return _templates[0]


def house_on(database: Database, folder: Path) -> House:
    path = folder / "company.yaml"
    path.write_text(CONFIG.format(url=database.url, folder=folder))
    config: Config = load(path, {})
    return House(config=config, templates=templates_of(config), doors=doors(), calendars=calendars_of(config))


async def settle_down(store: Store, start: datetime, seed: int, people: int = 24) -> None:
    """Customers with birthdays, cards, purchases, words on record and complaints, near `start`."""
    drawn = random.Random(seed)
    for number in range(people):
        born = start + timedelta(days=drawn.randrange(-2, 8))
        phone = f"+21355{number:07d}" if drawn.random() < 0.8 else ""
        email = f"k{number}@example.org" if drawn.random() < 0.5 else ""
        contact = await person(
            store,
            phone,
            email,
            name=f"Client {number}",
            birthday=f"{born:%m-%d}" if drawn.random() < 0.7 else "",
            timezone=drawn.choice(_ZONES),
            language=drawn.choice(("", "fr", "ar", "en")),
            mode=drawn.choice(("", "", "", "low_contact", "discreet")),
            created_at=start - timedelta(minutes=drawn.randrange(1, 60 * 24 * 200)),
        )
        await _history(store, contact, phone, start, drawn)


async def _history(store: Store, contact: str, phone: str, start: datetime, drawn: random.Random) -> None:
    def ago(days: int) -> datetime:
        return start - timedelta(minutes=drawn.randrange(1, days * 24 * 60))

    if drawn.random() < 0.6:
        await talk(store, contact, phone or contact, ago(120), owner=drawn.choice(("bot", "bot", "agent")))
    if drawn.random() < 0.5:
        await purchase(store, contact, ago(200), status="delivered")
    if drawn.random() < 0.3:
        ends = (start + timedelta(days=drawn.randrange(0, 70))).date()
        card = {"contact_id": contact, "number": f"C{contact}", "opened_on": ago(300).date()}
        await add(store, LoyaltyAccount, card | {"expires_on": ends, "points": 120})
    if drawn.random() < 0.15:
        await complaint(store, contact, ago(10))
    for _ in range(drawn.randrange(3)):
        word: dict[str, Any] = {
            "id": new_id(),
            "contact_id": contact,
            "channel": drawn.choice(("", "sms", "email")),
            "purpose": drawn.choice(("all", "offers", "information")),
            "granted": drawn.random() < 0.6,
            "at": ago(100),
            "source": "form",
            "wording": "essai",
        }
        await store.write(partial(_insert, word=word))


def _insert(session: Session, word: dict[str, Any]) -> None:
    session.execute(table_of(Consent).insert(), [word])


async def switch_on(store: Store, now: datetime, names: tuple[str, ...] = ON) -> None:
    for name in names:
        await turn_on(store, name, now)


class Real:
    """The program's own planner, sender, outbox and gate on the real database; a provider that takes everything."""

    def __init__(self, store: Store, house: House, now: datetime) -> None:
        self._store = store
        self.clock = ManualClock(now)
        ids = IdMaker(self.clock)
        limits = {door.kind: door.capabilities.text_limit for door in house.doors.values()}
        self._desk = RuleDesk(
            store, house.templates, house.config, clock=self.clock, ids=ids, text_limits=limits
        )
        self._gate = gate_of(house.config, store, house.doors, clock=self.clock, ids=ids)
        self.sent: list[tuple[str, datetime, str, str, str]] = []

    async def live(self, until: datetime, every: timedelta) -> None:
        """The planner looks twice a day at what it plans for the next 26 hours, at all else at each step."""
        steps = 0
        while True:
            if steps % (timedelta(hours=12) // every) == 0:
                await self._desk.planner.tick()
            else:
                await self._desk.planner.follow_events()
            await self._desk.sender.tick()
            await self._send()
            if self.clock.now() >= until:
                return
            self.clock.advance(min(every, until - self.clock.now()))
            steps += 1

    async def _send(self) -> None:
        now = self.clock.now()
        while rows := await self._store.queued(now, 100):
            claimed = await self._store.claim([row.id for row in rows])
            bulk = [row for row in rows if row.purpose == "bulk" and row.id in claimed]
            admitted = await self._gate.admit(bulk) if bulk else set()
            for row in rows:
                if row.id in claimed and (row.purpose != "bulk" or row.id in admitted):
                    await self._deliver(row, now)

    async def _deliver(self, row: OutboxRow, now: datetime) -> None:
        self.sent.append((row.key, now, row.account_id, row.to, row.body["text"]))
        outcome = SendOutcome(row_id=row.id, attempt=1, outcome="accepted", status="accepted", at=now)
        assert await self._store.record(outcome)

    async def told(self) -> set[tuple[str, ...]]:
        """Every message and every reason, as lines of a simulation are compared."""
        rules = {row.id: row.name for row in await rows_of(self._store, OutreachRule)}
        rows = {row.id: row for row in await rows_of(self._store, Occurrence)}

        def key(row: Any) -> str:
            return f"rule:{rules[row.rule_id]}:{row.contact_id}:{row.subject_id}:{row.on_date}:{row.step}"

        found = set[tuple[str, ...]]()
        for outbox_key, at, account, to, words in self.sent:
            row = rows[outbox_key.removeprefix("occurrence:")]
            found.add((key(row), "sent", at.isoformat(), account, to, words, f"{row.cost:.4f}"))
        for row in rows.values():
            if row.status in ("skipped", "stopped"):
                settled = (row.settled_at or row.due_at).isoformat()
                found.add((key(row), row.status, settled, row.reason))
        return found


async def content_of(store: Store) -> str:
    """A hash over every row of every table; processes come and go, so they are left out."""
    digest = hashlib.sha256()
    for name, table in sorted(Record.metadata.tables.items()):
        if name != "workers":
            rows: list[Mapping[Any, Any]] = [row._asdict() for row in await store.fetch_all(select(table))]
            digest.update(f"{name}{sorted(map(repr, rows))}".encode())
    return digest.hexdigest()
