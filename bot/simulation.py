"""A simulation put together from the configuration: the program's own parts on a dry copy and a virtual clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.calendars import Calendars
from bot.campaign_desk import CampaignDesk
from bot.clock import ManualClock
from bot.company import deadline_rules_of, house_of
from bot.config import Config
from bot.deadline_notices import DeadlineNotices
from bot.deadlines import Deadlines
from bot.ids import IdMaker
from bot.limits import gate_of
from bot.measures import Measures
from bot.notices import Notices
from bot.records import (
    Alert,
    AuditEntry,
    Campaign,
    Conversation,
    DeadlineRow,
    JobRun,
    Message,
    Occurrence,
    OutboxMessage,
    OutreachRule,
    Recipient,
    SentPromotion,
)
from bot.records.base import table_of
from bot.rule_desk import RuleDesk
from bot.store.changes import NotFound
from bot.store.dry import Copy, DryStore, dry_store, everything
from bot.templating import Templates
from bot.unsubscribe.links import Links
from channels.port import Door
from scheduler.campaigns.book import PAUSED
from scheduler.caps import REACH
from scheduler.deadlines import DeadlineWatch
from scheduler.simulation.campaigns import CampaignActor
from scheduler.simulation.courier import Courier
from scheduler.simulation.lines import (
    HELD,
    LINES,
    Daily,
    Line,
    Scribe,
    Total,
    by_day,
    read_lines,
    samples,
    totals,
)
from scheduler.simulation.rules import RuleActor, watched
from scheduler.simulation.run import Actor, Tell, play

MAX_DAYS = 366
BY = "simulation"

_deadlines = table_of(DeadlineRow).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is simulated: `days` from `since` on, with some rules that are off as if they were switched on now."""

    now: datetime
    days: int
    since: datetime | None = None  # lines before it are lived through and not shown
    rules: tuple[str, ...] = ()  # lines of these alone are shown; () all
    switched_on: tuple[str, ...] = ()

    @property
    def first(self) -> datetime:
        return self.since or self.now

    @property
    def until(self) -> datetime:
        return self.first + timedelta(days=self.days)

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(f"rule:{name}" for name in self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What of the program a simulation works with."""

    config: Config
    templates: Templates
    doors: Mapping[str, Door]
    calendars: Calendars
    way_out: Links | None = None  # the links of what is sent

    @property
    def text_limits(self) -> dict[str, int]:
        """Characters, by channel."""
        return {door.kind: door.capabilities.text_limit for door in self.doors.values()}


class Simulated:
    """A finished simulation; its lines are read while the dry copy stands."""

    def __init__(self, store: DryStore, asked: Asked) -> None:
        self._store = store
        self.asked = asked

    async def totals(self) -> list[Total]:
        return await self._store.read(
            lambda session: totals(session, since=self.asked.first, wanted=self.asked.sources)
        )

    async def samples(self, number: int) -> list[Line]:
        return await self._store.read(
            lambda session: samples(session, number, since=self.asked.first, wanted=self.asked.sources)
        )

    async def by_day(self, edges: Sequence[datetime]) -> list[Daily]:
        """Messages that go out between each two of these instants."""
        return await self._store.read(lambda session: by_day(session, edges))

    async def lines(self) -> AsyncIterator[Line]:
        """All lines, as they came; a thousand at a time are in memory."""
        after = 0
        while True:
            work = partial(read_lines, after=after, since=self.asked.first, wanted=self.asked.sources)
            found = await self._store.read(work)
            for _, line in found:
                yield line
            if not found:
                return
            after = found[-1][0]


@asynccontextmanager
async def simulated(
    house: House, asked: Asked, *, tell: Tell = lambda progress: None
) -> AsyncIterator[Simulated]:
    """Live through the days on a copy. Nothing is sent and nothing changed. Raises `NotFound`, `StoreError`."""
    config = house.config
    clock = ManualClock(asked.now)
    async with dry_store(config.database.url, _copies(asked.now), [LINES, HELD]) as store:
        scribe = Scribe()
        desk = RuleDesk(
            store,
            house.templates,
            config,
            clock=clock,
            ids=IdMaker(clock),
            text_limits=house.text_limits,
            links=house.way_out,
            ahead=asked.until - asked.now,
            sender_of=watched(scribe),
        )
        for name in (*asked.rules, *asked.switched_on):
            await desk.show(name)
        for name in asked.switched_on:
            await desk.switch(name, on=True, by=BY)
        await play(
            store,
            _actors(house, asked, store, desk, clock, scribe),
            clock,
            scribe,
            until=asked.until,
            tell=tell,
        )
        yield Simulated(store, asked)


def _actors(
    house: House, asked: Asked, store: DryStore, desk: RuleDesk, clock: ManualClock, scribe: Scribe
) -> list[Actor]:
    ids = IdMaker(clock)
    deadlines = Deadlines(ids, clock, house.calendars, deadline_rules_of(house.config))
    notices = Notices(house_of(house.config), house.templates, house.doors, ids, clock)
    watch = DeadlineWatch(
        store, deadlines, DeadlineNotices(notices, deadlines, ids), clock=clock, measures=Measures()
    )
    gate = gate_of(house.config, store, house.doors, clock=clock, ids=ids)
    channels = {account: door.kind for account, door in house.doors.items()}
    rules = RuleActor(
        store, desk.planner, desk.sender, desk.ready, scribe, since=asked.now, until=asked.until
    )
    campaigns = CampaignActor(
        store,
        CampaignDesk(
            store,
            house.templates,
            house.config,
            clock=clock,
            ids=ids,
            text_limits=house.text_limits,
            way_out=house.way_out,
        ).tender,
        scribe,
        zone=ZoneInfo(house.config.company.timezone),
        until=asked.until,
    )
    return [rules, campaigns, _DeadlineActor(store, watch), Courier(store, gate, channels, scribe)]


class _DeadlineActor:
    """Warnings, breaches and escalations of promises that run, as they would be told if nobody did anything."""

    def __init__(self, store: DryStore, watch: DeadlineWatch) -> None:
        self._store = store
        self._watch = watch

    async def act(self, now: datetime) -> None:
        await self._watch.tick()

    async def next_at(self, now: datetime) -> datetime | None:
        return await self._store.read(_next_deadline)

    async def end(self) -> None:
        """Its messages are lines of the courier's."""


def _next_deadline(session: Session) -> datetime | None:
    found: datetime | None = session.scalar(
        select(_deadlines.next_at).where(_deadlines.status == "running").order_by(_deadlines.next_at).limit(1)
    )
    return found


def _copies(now: datetime) -> Sequence[Copy]:
    """What the planner, the sender, the gate and the deadlines write to, with the rows they look at."""
    near = now - REACH

    def outbox(columns: Any) -> Any:
        counted = select(table_of(SentPromotion).c.outbox_id).where(table_of(SentPromotion).c.at >= near)
        # What a paused campaign holds would be looked at every minute of every day, and still not go.
        goes = columns.status.in_(("queued", "claimed")) & (columns.code != PAUSED)
        return goes | columns.id.in_(counted)

    return (
        Copy(OutreachRule, everything),
        Copy(Occurrence, everything),
        Copy(SentPromotion, lambda columns: columns.at >= near),
        Copy(OutboxMessage, outbox),
        Copy(Conversation, everything),
        Copy(Message),
        Copy(Alert),
        Copy(AuditEntry),
        Copy(DeadlineRow, lambda columns: columns.status == "running"),
        Copy(Campaign, everything),
        Copy(Recipient, everything),
        Copy(JobRun, everything),
    )


__all__ = ["BY", "MAX_DAYS", "Asked", "House", "NotFound", "Simulated", "simulated"]
