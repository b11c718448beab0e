"""Builds the path of a message, and with `bot.office` all objects. One process, one TaskGroup, its roles."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
import uvicorn
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

from bot.accounts import account_problems, colleagues_of, settings_of
from bot.appointment_hearing import AppointmentHearing
from bot.asked import asked_before
from bot.budgets import Budgets
from bot.clock import Clock
from bot.company import calendars_of, deadline_rules_of, house_of
from bot.config import Config
from bot.console.building import Console
from bot.contacts_data.desk import CustomerData
from bot.contacts_data.settings import settings_of as data_settings_of
from bot.deadlines import Deadlines
from bot.delivery import Delivery
from bot.demo import keep_time
from bot.department_mail import DepartmentMail
from bot.dialogue import Dialogue
from bot.dialogue.intake_state import expects_more
from bot.dispatcher import Dispatcher
from bot.events import EventBus
from bot.fetching import FileFetcher
from bot.host import BotHost
from bot.ids import IdMaker
from bot.inbox.desk import InboxDesk
from bot.intake import Intake
from bot.learning.desk import LearningDesk
from bot.learning.live import LiveFaq
from bot.limits import gate_of
from bot.measures import Measures
from bot.media import MediaStore
from bot.neighbours import Neighbours
from bot.office import Core, Office
from bot.outbound import DeliverySettings
from bot.people import People
from bot.planner import Planner
from bot.promises import Promises
from bot.receiving import receive
from bot.server import calm_the_collector, http_server, stop_on_signals
from bot.starting import StartError, bound_socket, bring_to_head, content_of, opened, refuse, store_of
from bot.store import changes
from bot.store.port import Entry, OutboxRow, StoreError
from bot.store.postgres import PostgresStore
from bot.templating import Templates
from bot.templating.following import follow
from bot.understanding.reading import Understanding
from bot.web import BuiltLater, Hooks, build_web, once_each
from channels.port import Door
from channels.registry import door_class
from channels.sandbox.door import SandboxDoor
from channels.sandbox.page import sandbox_routes
from scheduler.clock_loop import ClockLoop
from scheduler.due import DueTimers

log = structlog.get_logger()

_DRAIN_S = 10.0
_SWEEP = 2_000
_EVERYTHING = 1_000_000
_ADOPT = 200  # lanes of others taken over at a time
_FENCE_S = 10.0  # without a sign of life for so long, another process may have taken over: send nothing


class LostDatabase(Exception):
    """This process was cut off from the database and must be started anew."""


async def serve(config: Config, *, demo: bool = False, clock: Clock | None = None) -> None:
    """Run until SIGTERM or SIGINT. Raises `StartError`, and `LostDatabase` when a restart is needed."""
    await App(config, demo=demo, clock=clock or Clock()).run()


class App:
    """Everything of one process, built in the order in which it depends on each other."""

    def __init__(self, config: Config, *, demo: bool, clock: Clock) -> None:
        self.config = config
        self.demo = demo
        self.clock = clock
        self.ids = IdMaker(clock)
        self.measures = Measures()
        self.bus = EventBus()
        self.budgets = Budgets(clock)
        self.loop_clock = ClockLoop(clock)
        self.stop = asyncio.Event()
        self._sweeping = asyncio.Lock()
        self.last_beat = clock.monotonic()
        self.started = False
        self.live_faq = LiveFaq(config.faq_paths, clock=clock, measures=self.measures)
        self.neighbours: Neighbours | None = None
        self._server: uvicorn.Server | None = None

    async def run(self) -> None:
        config = self.config
        refuse(account_problems(config, demo=self.demo))
        listening = bound_socket(config) if "web" in config.roles else None
        try:
            self.templates, _, self.dialogue = self._content()
            await bring_to_head(config.database.url)
            self.store = store_of(config, self.ids.new())
            if isinstance(self.store, PostgresStore):
                self.store.works_lanes = "worker" in config.roles
                self.store.on_notify = self._heard
            await opened(self.store)
        except BaseException:
            if listening is not None:
                listening.close()
            raise
        try:
            await self._work(listening)
        finally:
            if listening is not None:
                listening.close()
            await self.store.close()

    def _content(self) -> tuple[Templates, Understanding, Dialogue]:
        return content_of(self.config, self.clock)

    # building

    def _build(self, group: asyncio.TaskGroup) -> None:
        config, store = self.config, self.store
        self.media = MediaStore(config.media.folder, config.media.max_bytes)
        self.host = BotHost(store, self.bus, self.media, self.clock)
        self.doors = self._doors()
        self.inbox = InboxDesk(store, clock=self.clock, ids=self.ids, tell=self._tell)
        delivery = config.delivery
        self.delivery = Delivery(
            store,
            self.doors,
            DeliverySettings(
                retries=delivery.retries,
                backoff_s=tuple(delivery.backoff_s),
                timeout_s=delivery.timeout_s,
                rates=delivery.rates,
                uncertain=delivery.uncertain.model_dump(),
            ),
            clock=self.clock,
            ids=self.ids,
            measures=self.measures,
            group=group,
            budgets=self.budgets,
            may_send=self._may_send,
            admit=gate_of(config, store, self.doors, clock=self.clock, ids=self.ids).admit,
            moved=self.inbox.follower.touch,
        )
        self.neighbours = self._neighbours(group)
        house = house_of(config)
        self.calendars = calendars_of(config)
        self.calendars.on_change(self._new_calendars)
        self._new_calendars()
        self.deadlines = Deadlines(self.ids, self.clock, self.calendars, deadline_rules_of(config))
        promises = Promises(self.deadlines, self.ids)
        planner = Planner(house, self.templates, self.doors, self.ids, promises)
        asked = asked_before(config, store, self.clock, lambda: self.dialogue.understanding.faq)
        self.dispatcher = Dispatcher(
            store,
            self.doors,
            self.dialogue,
            planner,
            self.delivery,
            clock=self.clock,
            ids=self.ids,
            measures=self.measures,
            group=group,
            expects_more=expects_more,
            burst_wait_s=config.dialogue.burst_wait_s,
            announce=self.inbox.announcing(self.host.announce),
            taken_aside=DepartmentMail(store, self.ids).takes,
            moved=self.inbox.follower.touch_thread,
            foresee=AppointmentHearing(store, self.dialogue.company, self.ids, asked),
            keep_file=lambda file: self.media.put(file.data, file.name, file.mime),
        )
        forget = self.inbox.forgetting(self.dispatcher.forget)
        self.intake = Intake(
            store,
            clock=self.clock,
            ids=self.ids,
            hand_on=self.dispatcher.push,
            catch_up=self._catch_up if "worker" in config.roles else None,
            backlog=self.dispatcher.backlog,
            measures=self.measures,
        )
        self.host.intake = self.intake
        self.learning = LearningDesk(
            store, self.live_faq, clock=self.clock, ids=self.ids, keep=config.faq.keep
        )
        self.people = People(
            store,
            self.doors,
            self.delivery,
            clock=self.clock,
            ids=self.ids,
            deadlines=self.deadlines,
            forget=forget,
            tell=self._tell,
            answered=self.learning.answered,
        )
        self.inbox.people_act(self.people)
        self.customers = CustomerData(store, data_settings_of(config), clock=self.clock, group=group)
        self.core = core = Core(
            config=config,
            demo=self.demo,
            store=store,
            clock=self.clock,
            ids=self.ids,
            measures=self.measures,
            templates=self.templates,
            doors=self.doors,
            delivery=self.delivery,
            house=house,
            calendars=self.calendars,
            deadlines=self.deadlines,
            forget=forget,
            tell=self._tell,
        )
        self.office = Office(core)
        self.due = DueTimers(
            store,
            {
                "media.fetch": FileFetcher(store, self.doors).handle,
                **self.inbox.handlers(),
                **self.office.handlers(),
            },
            hand_on=self.dispatcher.push,
            clock=self.clock,
            measures=self.measures,
            group=group,
        )

    def _new_calendars(self) -> None:
        """What is said from now on follows the calendars in force."""
        self.dialogue.use_calendars(self.calendars.company, self.calendars.desks)

    def _doors(self) -> dict[str, Door]:
        doors: dict[str, Door] = {}
        for account_id, account in self.config.active_accounts().items():
            kind, settings = settings_of(account_id, account, self.config, demo=self.demo)
            try:
                doors[account_id] = door_class(kind)(settings, self.host)
            except ValueError as error:
                raise StartError(f"accounts.{account_id}: {error}") from error
        return doors

    def _neighbours(self, group: asyncio.TaskGroup) -> Neighbours | None:
        if not isinstance(self.store, PostgresStore):
            return None
        return Neighbours(
            self.store,
            self.bus,
            group=group,
            sweep=self._sweep,
            fetch=self.delivery.wake,
            taken_over=self.delivery.taken_over,
            new_calendar=lambda: self.office.calendar_watch.refresh(),
            inbox=self.inbox.follower.heard,
        )

    def _tell(self, what: str) -> None:
        if self.neighbours is not None:
            self.neighbours.tell(what)

    def _heard(self, payload: str) -> None:
        """A word of another process; while starting or stopping it changes nothing."""
        if self.started and self.neighbours is not None:
            self.neighbours.heard(payload)

    def _may_send(self) -> bool:
        """Whether this process is surely still the owner of what it holds."""
        return not self.store.shared or self.clock.monotonic() - self.last_beat < _FENCE_S

    # running

    async def _work(self, listening: socket.socket | None) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                self._build(group)
                with stop_on_signals(self.stop):
                    long_lived = await self._start(group, listening)
                    await self.stop.wait()
                    await self._wind_down(long_lived)
        except* (LostDatabase, StoreError) as lost:
            raise LostDatabase(str(lost.exceptions[0])) from None
        log.info("stopped", roles=list(self.config.roles))

    async def _start(
        self, group: asyncio.TaskGroup, listening: socket.socket | None
    ) -> list[asyncio.Task[Any]]:
        roles = self.config.roles
        desks = {desk_id: dict(desk.names) for desk_id, desk in house_of(self.config).desks.items()}
        await self.store.write(lambda session: changes.keep_desks(session, desks))
        await self.live_faq.begin(self.dialogue, self.store)
        tasks: list[asyncio.Task[Any]] = []

        def start(name: str, work: Coroutine[Any, Any, None]) -> None:
            tasks.append(group.create_task(work, name=name))

        await self.office.calendar_watch.begin()
        start("budgets", self.budgets.run())
        start("faq", self.live_faq.run())
        start("templates", follow(self.templates, self.config.content))
        start("calendars", self.office.calendar_watch.run())
        start("inbox", self.inbox.follower.run())
        if isinstance(self.store, PostgresStore):
            if "worker" in roles:
                self.store.heir = self._inherit
            await self._beat()
            if self.neighbours is not None:
                start("bus", self.neighbours.run())
            start("lost", self._watch_session(self.store))
            start("beat", self._beat_forever())
        if "worker" in roles:
            await self.delivery.recover()
            await self._catch_up()
            start("outbox", self.delivery.run())
            start("sweep", self._sweep_forever())
            for door in self.doors.values():
                start(f"door {door.account_id}", receive(self.store, door))
        if "scheduler" in roles:
            self.loop_clock.every(0.5, "timers", self.due.tick)
            self.loop_clock.every(3600, "learning", self.learning.tidy)
            for seconds, name, job in (*self.office.jobs(), *self.inbox.jobs()):
                self.loop_clock.every(seconds, name, job)
            start("deadlines", self.office.deadline_watch.run())
            self.loop_clock.every(60, "customers", self.customers.tick)
            start("clock", self.loop_clock.run())
        if listening is not None:
            await self.customers.resume()
            self._server = self._web_server(group)
            await self.console.begin()
            start("web", self._server.serve(sockets=[listening]))
        calm_the_collector()
        self.started = True
        log.info("started", roles=list(roles), accounts=sorted(self.doors))
        return tasks

    async def _wind_down(self, long_lived: list[asyncio.Task[Any]]) -> None:
        """Take nothing new, finish what is under way, leave the rest to the tables."""
        log.info("stopping")
        self.started = False
        self.customers.stop()
        for task in long_lived:
            if task.get_name() not in ("web", "bus", "beat", "lost", "budgets"):
                task.cancel()
        if self._server is not None:
            await self.console.stop()
            self._server.should_exit = True
            web = [task for task in long_lived if task.get_name() == "web"]
            await asyncio.wait(web, timeout=_DRAIN_S)
        self.intake.closed = True
        if not await self.dispatcher.drain(_DRAIN_S):
            log.warning("lanes_not_drained", entries=self.dispatcher.backlog())
        if not await self.delivery.drain(_DRAIN_S):
            log.warning("sends_not_finished")
        for door in self.doors.values():
            with suppress(Exception):
                async with asyncio.timeout(5):
                    await door.close()
        if "scheduler" in self.config.roles:
            try:
                async with asyncio.timeout(_DRAIN_S):
                    await self.office.sealer.finish()
            except Exception as error:  # what is left is sealed at the next start
                log.error("ledger_not_finished", error=str(error), kind=type(error).__name__)
        for task in long_lived:
            task.cancel()
        self.delivery.abandon()
        self.dispatcher.abandon()

    def _web_server(self, group: asyncio.TaskGroup) -> uvicorn.Server:
        config = self.config.server
        hooks = Hooks(
            self.doors,
            self.intake,
            self.budgets,
            max_body_bytes=config.max_body_bytes,
            public_url=config.public_url or "",
        )
        app = build_web(
            self._routes(group),
            hooks,
            ready=self._ready,
            before_numbers=self._measure,
            measures=self.measures,
        )
        return http_server(app, trusted_proxies=config.trusted_proxies)

    def _routes(self, group: asyncio.TaskGroup) -> list[BaseRoute]:
        routes = once_each(route for door in self.doors.values() for route in door.routes())
        if self.demo:
            sandboxes = [door for door in self.doors.values() if isinstance(door, SandboxDoor)]
            company = self.config.company
            routes += sandbox_routes(
                sandboxes,
                self.host,
                self._advance,
                company=company.name,
                timezone=company.timezone,
                colleagues=colleagues_of(self.config),
            )
        routes += self.office.routes()
        behind = self.office.behind(
            people=self.people,
            inbox=self.inbox,
            customers=self.customers,
            learning=self.learning,
            live_faq=self.live_faq,
            media=self.media,
        )

        def api() -> ASGIApp:
            from bot.api import api_application  # who never calls it, never pays for it

            return api_application(behind, tokens=self.config.api.tokens)

        self.console = Console(self.core, self.office, behind, self.host, ready=self._ready, group=group)
        return [*routes, Mount("/api/v1", app=BuiltLater(api)), *self.console.routes()]

    def _advance(self, by: timedelta) -> datetime:
        """Move the demo's clock, and remember it for the next start."""
        self.clock.advance(by)
        if (database := self.config.database.sqlite_path) is not None:
            keep_time(database.parent, self.clock.shift)
        self.loop_clock.wake_all()
        return self.clock.now()

    async def _ready(self) -> list[str]:
        missing = [] if self.started else ["starting or stopping"]
        try:
            await self.store.read(lambda session: changes.count_open_alerts(session))
        except StoreError:
            missing.append("database")
        if not self._may_send():
            missing.append("sign of life in the database")
        return missing

    def _measure(self) -> None:
        self.measures.lanes.set(self.dispatcher.backlog())
        for account, (waiting, in_flight) in self.delivery.depths().items():
            self.measures.outbox.labels(account).set(waiting)
            self.measures.in_flight.labels(account).set(in_flight)

    # upkeep

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            with suppress(StoreError):
                await self._sweep()

    async def _sweep(self, limit: int = _SWEEP) -> None:
        """The net under the lanes: what is pending and not in memory is brought in."""
        async with self._sweeping:
            while await self.store.adopt(_ADOPT, self.delivery.recover, self.dispatcher.push) == _ADOPT:
                pass
            for entry in await self.store.pending(limit, adopt=False):
                self.dispatcher.push(entry)

    async def _catch_up(self) -> None:
        """Bring in everything that waits, however much."""
        await self._sweep(_EVERYTHING)

    async def _beat(self) -> None:
        workers = await self.store.beat()
        self.last_beat = self.clock.monotonic()
        self.measures.workers.set(workers)
        self.delivery.share_rates(workers)

    def _inherit(self, rows: list[OutboxRow], entries: list[Entry]) -> None:
        """Go on where a dead process stopped: its messages first, then what waits in its lanes."""
        log.warning("taken_over", messages=len(rows), entries=len(entries))
        self.delivery.inherit(rows)
        for entry in entries:
            self.dispatcher.push(entry)

    async def _beat_forever(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            try:
                await self._beat()
            except StoreError as error:
                log.error("no_sign_of_life", error=str(error))

    async def _watch_session(self, store: PostgresStore) -> None:
        await store.lost.wait()
        raise LostDatabase("the database session of this process was lost; it must be started anew")
