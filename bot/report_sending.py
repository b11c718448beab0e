"""The weekly report goes out once a week, whatever the number of processes and restarts. source: CO-08"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.complaints.periods import Period, week_around
from bot.config import Config
from bot.config.section import WEEKDAYS
from bot.ids import IdMaker
from bot.indicators import Books
from bot.job_slots import has_run, latest_slot, take_slot
from bot.ledger.heads import HeadKeeper, NoKey, SignedHead
from bot.media import MediaStore
from bot.paper import NoFont, find_fonts, to_pdf
from bot.records import OutboxMessage
from bot.records.base import table_of
from bot.report import Report, ReportWriter, WeekFacts, read_week
from bot.store.plan import PRIORITY
from bot.store.port import Store
from bot.store.reading import look_at
from bot.templating import Templates
from channels.port import Malformed

log = structlog.get_logger()

JOB = "weekly_report"
_FILE: Mapping[str, str] = {"fr": "reclamations", "ar": "شكاوى", "en": "complaints"}
_outbox = table_of(OutboxMessage).c


class WeeklyReport:
    """Makes the report of a week, and sends it at its hour."""

    def __init__(
        self, store: Store, config: Config, templates: Templates, *, clock: Clock, ids: IdMaker
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._settings = config.complaints.report
        self._zone = config.company.zone
        self._url = config.database.url
        self._books = Books.of(config)
        self._config = config
        self._keeper = HeadKeeper.of(config)
        self._templates = templates
        self._media = MediaStore(config.media.folder, config.media.max_bytes)
        self._last: datetime | None = None

    async def tick(self) -> None:
        """Send, where this week's hour has come and nobody has sent yet.

        The first time ever the slot is only marked: a new installation has no week to report.
        """
        if not self._settings.to:
            return
        weekday = WEEKDAYS.index(self._settings.day)
        slot = latest_slot(self._clock.now(), self._settings.at, self._zone, weekday)
        if slot == self._last:
            return
        done, begun = await self._store.read(
            lambda session: (has_run(session, JOB, slot), has_run(session, JOB))
        )
        if not begun:
            await self._store.write(lambda session: take_slot(session, JOB, slot, owner="scheduler"))
        elif not done:
            report = await self.make(self.week_before(slot))
            files = await self._files(report)
            count = await self._store.write(lambda session: self._queue_once(session, slot, report, files))
            if count:
                log.info("weekly_report_queued", week=report.week, people=count)
        self._last = slot

    @property
    def week_starts(self) -> int:
        """The first weekday of a reported week (Monday is 0)."""
        return WEEKDAYS.index(self._settings.week_starts)

    def week_of(self, iso_week: Period) -> Period:
        """The company's week that bears the number of an ISO week."""
        return week_around(iso_week.first + timedelta(days=3), self.week_starts)

    def week_before(self, moment: datetime) -> Period:
        """The last week that is over at an instant."""
        today = moment.astimezone(self._zone).date()
        return week_around(today - timedelta(days=7), self.week_starts)

    async def make(self, week: Period, language: str = "") -> Report:
        """The report of a week, read on a snapshot of its own and off the loop: it may take seconds."""
        now = self._clock.now()

        def read(session: Session) -> WeekFacts:
            return read_week(session, self._books, week, now, heads=self._heads())

        facts = await asyncio.to_thread(lambda: asyncio.run(look_at(self._url, read)))
        spoken = language or self._settings.language or self._config.company.language
        return ReportWriter(self._config, self._templates, spoken).write(facts)

    def _heads(self) -> list[SignedHead]:
        """The signed heads; a report without them is better than none."""
        try:
            return list(self._keeper.read())
        except (OSError, NoKey) as error:
            log.error("ledger_heads_not_read", error=str(error))
            return []

    async def send(self, report: Report, *, by: str) -> int:
        """Queue a report now, because somebody asked; how many people get it."""
        key, files = f"report:{report.week}:{by}:{self._ids.new()}", await self._files(report)
        return await self._store.write(lambda session: self._queue(session, key, report, files))

    async def _files(self, report: Report) -> list[dict[str, Any]]:
        """The report on paper, kept where the mail finds it; a mail without it is better than none."""
        if not self._settings.attach_pdf:
            return []
        fonts = self._config.documents
        name = f"{_FILE.get(report.language, _FILE['en'])}-{report.week}.pdf"
        try:
            data = await asyncio.to_thread(
                lambda: to_pdf(report.document, find_fonts(fonts.font, fonts.bold_font))
            )
            return [asdict(await self._media.put(data, name, "application/pdf"))]
        except (NoFont, Malformed, OSError) as error:
            log.error("report_not_printed", week=report.week, error=str(error))
            return []

    def _queue_once(
        self, session: Session, slot: datetime, report: Report, files: Sequence[Mapping[str, Any]]
    ) -> int:
        if not take_slot(session, JOB, slot, owner="scheduler"):
            return 0
        return self._queue(session, f"report:{report.week}", report, files)

    def _queue(self, session: Session, key: str, report: Report, files: Sequence[Mapping[str, Any]]) -> int:
        now = self._clock.now()
        queued = 0
        for address in self._settings.to:
            own_key = f"{key}:{address}"
            if session.scalar(select(_outbox.id).where(_outbox.key == own_key)) is not None:
                continue
            queued += 1
            session.add(
                OutboxMessage(
                    id=self._ids.new(),
                    key=own_key,
                    account_id=self._settings.account or "",
                    thread=address,
                    to=address,
                    body={
                        "text": report.text,
                        "html": report.html,
                        "subject": report.subject,
                        "language": report.language,
                        "attachments": list(files),
                    },
                    purpose="service",
                    priority=PRIORITY["service"],
                    status="queued",
                    next_at=now,
                    created_at=now,
                )
            )
        return queued
