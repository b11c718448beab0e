"""The clock: APScheduler with its memory store wakes a handful of static jobs; the tables are the memory.

Jobs run once at a time, late ones run at once, and a jump of the machine's clock does not silence them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import Clock

log = structlog.get_logger()

Job = Callable[[], Awaitable[object]]

_JUMP_S = 2.0


class ClockLoop:
    """Runs jobs every so many seconds until cancelled. A job that fails is logged and runs again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def every(self, seconds: float, name: str, job: Job) -> None:
        self._scheduler.add_job(_guarded(name, job), "interval", seconds=seconds, id=name)

    async def run(self) -> None:
        self._scheduler.start()
        try:
            await self._watch_for_jumps()
        finally:
            self._scheduler.shutdown(wait=False)

    async def _watch_for_jumps(self) -> None:
        """APScheduler plans by the wall clock: set back by an hour, it would sleep for an hour."""
        offset = self._offset()
        while True:
            await asyncio.sleep(0.5)
            if abs(self._offset() - offset) > _JUMP_S:
                log.warning("clock_jumped", by_s=round(self._offset() - offset, 1))
                offset = self._offset()
                self.wake_all()

    def wake_all(self) -> None:
        """Run every job now."""
        now = self._scheduler_now()
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=now)

    def _offset(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    def _scheduler_now(self) -> datetime:
        # The scheduler's own time is the machine's, whatever the program's clock was moved to.
        return self._clock.now() - self._clock.shift - timedelta(milliseconds=1)


def _guarded(name: str, job: Job) -> Job:
    async def run() -> None:
        try:
            await job()
        except Exception as error:
            log.error("job_failed", job=name, error=str(error), kind=type(error).__name__)

    run.__name__ = name
    return run
