"""The job of campaigns: begin them, fix their audience, find winners, send, and end them. Any process may run it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.job_slots import take_slot
from bot.store.port import Records
from scheduler.campaigns import book, reckoning
from scheduler.campaigns.book import Mailing
from scheduler.campaigns.definition import Definition
from scheduler.campaigns.planning import Freezer, begin
from scheduler.campaigns.sending import CampaignSender
from scheduler.campaigns.winner import find_winner
from scheduler.campaigns.writing import decided_from
from scheduler.outcomes import SETTLED_WITHIN
from scheduler.recurrence import instant

log = structlog.get_logger()

Resolve = Callable[[Session, Definition], str]
"""The segment's rule of a definition, as it is saved now."""

_TURNS = 20  # pages or batches of one campaign in a row: the others come then


class Tender:
    """`tick` every second, `learn` every minute."""

    def __init__(
        self,
        store: Records,
        freezer: Freezer,
        sender: CampaignSender,
        resolve: Resolve,
        *,
        timezone: str,
        clock: Clock,
        ids: IdMaker,
    ) -> None:
        self._store = store
        self._freezer = freezer
        self._sender = sender
        self._resolve = resolve
        self._zone = ZoneInfo(timezone)
        self._clock = clock
        self._ids = ids

    async def tick(self) -> int:
        """Do what is due; how many recipients were planned, sent to or left out."""
        done = 0
        for mailing in await self._store.read(
            partial(book.with_status, statuses=("planned", "running", "cancelled"))
        ):
            done += await self._tend(mailing)
        return done

    async def learn(self) -> int:
        """Write down what became of messages handed over; how many rows changed."""
        changed = 0
        since = self._clock.now() - SETTLED_WITHIN
        for campaign_id in await self._store.read(partial(reckoning.unsettled, since=since)):
            news = await self._store.write(partial(reckoning.bring_back, campaign_id=campaign_id))
            if news:
                await self._store.write(partial(reckoning.settle_money, campaign_id=campaign_id))
            changed += news
        return changed

    async def _tend(self, mailing: Mailing) -> int:
        now = self._clock.now()
        if mailing.status == "cancelled":
            return await self._sweep(mailing, now)
        if mailing.is_series:
            await self._run_series(mailing, now)
            return 0
        if mailing.status == "planned":
            asked = mailing.starts_at or mailing.created_at
            if mailing.definition.begins_at(self._zone, asked) > now:
                return 0
            begun = await self._store.write(partial(begin, campaign_id=mailing.id, now=now))
            if begun is None:
                return 0
            log.info("campaign_began", campaign=begun.name)
            mailing = begun
        if mailing.frozen_at is None:
            return await self._freeze(mailing)
        if self._to_decide(mailing, now):
            await self._decide(mailing, now)
        done = await self._send(mailing)
        if not done and await self._store.read(partial(_may_be_over, campaign_id=mailing.id)):
            over = await self._store.write(
                partial(reckoning.finish, campaign_id=mailing.id, now=self._clock.now())
            )
            if over:
                log.info("campaign_done", campaign=mailing.name)
        return done

    async def _freeze(self, mailing: Mailing) -> int:
        done = 0
        for _ in range(_TURNS):
            further = await self._freezer.freeze(mailing, self._clock.now())
            if further is None:
                break
            done += 1
            mailing = further
            if further.frozen_at is not None:
                log.info("campaign_frozen", campaign=mailing.name, recipients=mailing.planned_count)
                break
        return done

    async def _send(self, mailing: Mailing) -> int:
        done = 0
        for _ in range(_TURNS):
            sent = await self._sender.send(mailing.id, self._clock.now())
            done += sent.looked_at
            if not sent.looked_at:
                break
        return done

    async def _sweep(self, mailing: Mailing, now: datetime) -> int:
        """Looked at for a day: what the outbox still held is told by the gate."""
        if mailing.changed_at is None or now - mailing.changed_at > timedelta(days=1):
            return 0
        if not await self._store.read(partial(reckoning.has_waiting, campaign_id=mailing.id)):
            return 0
        return await self._store.write(partial(reckoning.sweep_cancelled, campaign_id=mailing.id, now=now))

    # trials

    def _to_decide(self, mailing: Mailing, now: datetime) -> bool:
        if mailing.definition.trial is None or mailing.winner:
            return False
        return now >= decided_from(mailing, self._zone, mailing.frozen_as_of or now)

    async def _decide(self, mailing: Mailing, now: datetime) -> None:
        """Once its time has come, and everybody who tries a variant has it; not much later in any case."""
        trial = mailing.definition.trial
        assert trial is not None
        overdue = decided_from(mailing, self._zone, mailing.frozen_as_of or now) + timedelta(
            hours=trial.after_h
        )
        if now < overdue and await self._store.read(partial(reckoning.trial_goes_on, campaign_id=mailing.id)):
            return
        counts = await self._store.read(partial(reckoning.measured, mailing=mailing, measure=trial.measure))
        outcome = find_winner(counts, least=trial.least, sure=trial.sure)
        await self._store.write(
            partial(reckoning.decide, campaign_id=mailing.id, outcome=outcome, counts=counts, now=now)
        )
        log.info("campaign_decided", campaign=mailing.name, winner=outcome.winner, how=outcome.how)

    # series

    async def _run_series(self, mailing: Mailing, now: datetime) -> None:
        run = self._due_run(mailing, now)
        if run is not None:
            day_at, definition = run
            await self._store.write(
                partial(self._start_run, series=mailing, definition=definition, slot=day_at, now=now)
            )
        end = mailing.definition.latest(self._zone)
        if end is not None and now > end:
            await self._store.write(partial(_end_series, campaign_id=mailing.id, now=now))

    def _due_run(self, mailing: Mailing, now: datetime) -> tuple[datetime, Definition] | None:
        """The latest run whose time has come, if it is not too late for it."""
        repeat = mailing.definition.repeat
        assert repeat is not None
        first = (now - timedelta(hours=repeat.late_h)).astimezone(self._zone).date()
        last = (now + timedelta(days=1)).astimezone(self._zone).date()
        end = mailing.definition.end
        found = None
        for day in repeat.series().days(first, last):
            definition = mailing.definition.run_of(day)
            begins = definition.begins_at(self._zone, datetime.min.replace(tzinfo=now.tzinfo))
            started = mailing.starts_at or mailing.created_at
            in_time = begins <= now <= begins + timedelta(hours=repeat.late_h)
            if in_time and begins >= started and (end is None or day <= end):
                found = instant(day, repeat.at, self._zone), definition
        return found

    def _start_run(
        self, session: Session, series: Mailing, definition: Definition, slot: datetime, now: datetime
    ) -> None:
        if not take_slot(session, f"campaign:{series.id}", slot, owner=self._store.worker_id):
            return
        row = book.locked(session, series.id)
        if row is None or row.status != "running":
            return
        run = book.write_down(
            session, definition, campaign_id=self._ids.new(), by=f"series {series.name}", now=now
        )
        audience = self._resolve(session, definition)
        book.move(session, run.name, "start", by=f"series {series.name}", now=now, audience=audience)
        book.belong(session, run.id, series.id)
        log.info("campaign_run", series=series.name, campaign=run.name)


def _end_series(session: Session, campaign_id: str, now: datetime) -> None:
    row = book.locked(session, campaign_id)
    if row is not None and row.status == "running":
        row.status, row.finished_at = "done", now


def _may_be_over(session: Session, campaign_id: str) -> bool:
    """A look that writes nothing: an idle campaign costs no transaction."""
    return not reckoning.has_waiting(session, campaign_id) and not reckoning.under_way(session, campaign_id)
