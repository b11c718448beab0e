"""A dry run kept for a while, so that its lines can be looked at, searched, and compared with the next one.

It stands in a file of the system's temporary folder that only this process reads and that goes with it: a plan of
100 000 lines takes room on disk and not in memory.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final
from weakref import WeakKeyDictionary, finalize

from bot.campaign_desk import CampaignDesk
from scheduler.campaigns.definition import Definition
from scheduler.campaigns.plan_file import COLUMNS, Change, Comparison, Totals, as_row
from scheduler.campaigns.ports import PlannedLine

PAGE: Final = 50  # lines shown at once
MOST_CHANGES: Final = 50
_AT_ONCE: Final = 500
_KEPT: Final = 12  # campaigns whose plans are kept; the oldest go first

Row = Mapping[str, Any]
"""A line as `as_row` makes it."""


class PlanFile:
    """The lines of one plan. Its calls take milliseconds; the pages make them in a thread."""

    def __init__(self, as_of: datetime) -> None:
        folder = mkdtemp(prefix="relais-plan-")  # for this user alone
        self._remove = finalize(self, rmtree, folder, ignore_errors=True)
        self._db = sqlite3.connect(Path(folder) / "plan.db", check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = OFF")
        self._db.execute("PRAGMA synchronous = OFF")
        columns = ", ".join(f"{name} TEXT NOT NULL" for name in COLUMNS)
        self._db.execute(f"CREATE TABLE lines ({columns}, PRIMARY KEY (contact_id)) WITHOUT ROWID")
        self._as_of = as_of

    @property
    def as_of(self) -> datetime:
        return self._as_of

    def add(self, lines: Sequence[PlannedLine]) -> None:
        places = ", ".join("?" for _ in COLUMNS)
        rows = [tuple(as_row(line)[name] for name in COLUMNS) for line in lines]
        with self._db:
            self._db.executemany(f"INSERT OR REPLACE INTO lines VALUES ({places})", rows)

    def finish(self) -> None:
        self._db.execute("CREATE INDEX by_reason ON lines (status, reason, contact_id)")

    def close(self) -> None:
        self._db.close()
        self._remove()

    def lines(self) -> Iterator[dict[str, Any]]:
        """In the order of contacts."""
        for row in self._db.execute("SELECT * FROM lines ORDER BY contact_id"):
            yield dict(row)

    def doors(self) -> list[tuple[str, str, int, int]]:
        """Door, language, messages, and money in ten-thousandths, the most first."""
        found = self._db.execute(
            "SELECT channel, language, COUNT(*) AS n, CAST(ROUND(SUM(CAST(cost AS REAL)) * 10000) AS INTEGER) AS c"
            " FROM lines WHERE status = 'waiting' GROUP BY channel, language ORDER BY n DESC, channel, language"
        )
        return [(row["channel"], row["language"], row["n"], row["c"]) for row in found]

    def page(self, status: str, reason: str | None = None, *, after: str = "") -> list[Row]:
        """The next lines of those that go or are left out, of one reason or of any."""
        query = "SELECT * FROM lines WHERE status = ? AND contact_id > ?"
        given: list[str] = [status, after]
        if reason is not None:
            query += " AND reason = ?"
            given.append(reason)
        found = self._db.execute(f"{query} ORDER BY contact_id LIMIT {PAGE}", given)
        return [dict(row) for row in found]

    def of(self, contact_id: str) -> Row | None:
        row = self._db.execute("SELECT * FROM lines WHERE contact_id = ?", [contact_id]).fetchone()
        return dict(row) if row is not None else None


@dataclass(slots=True, kw_only=True)
class Plan:
    """A finished dry run."""

    definition: Definition
    file: PlanFile
    totals: Totals
    doors: list[tuple[str, str, int, int]] = field(default_factory=list)
    differences: Mapping[str, int] | None = None  # against the one before; None: there was none
    changes: Sequence[Change] = ()

    @property
    def as_of(self) -> datetime:
        return self.file.as_of


class Plans:
    """The last finished plan of each campaign, in this process."""

    def __init__(self) -> None:
        self._kept: dict[str, Plan] = {}

    def of(self, name: str) -> Plan | None:
        return self._kept.get(name)

    def keep(self, name: str, plan: Plan) -> None:
        """It replaces the former one, whose file goes."""
        former = self._kept.pop(name, None)
        self._kept[name] = plan
        gone = [former] if former is not None else []
        while len(self._kept) > _KEPT:
            gone.append(self._kept.pop(next(iter(self._kept))))
        for each in gone:
            each.file.close()

    async def make(
        self,
        name: str,
        definition: Definition,
        as_of: datetime,
        lines: AsyncIterator[PlannedLine],
        *,
        tell: Callable[[Totals], bool],
    ) -> Plan | None:
        """Go through all lines; `tell` is told now and then, and answers whether to go on. None: it was broken off."""
        totals, file, batch = Totals(), PlanFile(as_of), list[PlannedLine]()
        done = False
        try:
            async for line in lines:
                totals.add(line)
                batch.append(line)
                if len(batch) >= _AT_ONCE:
                    await asyncio.to_thread(file.add, batch)
                    batch = []
                    if not tell(totals):
                        return None
            plan = await asyncio.to_thread(self._finish, name, definition, file, batch, totals)
            done = True
        finally:
            if not done:
                file.close()
        self.keep(name, plan)
        return plan

    def _finish(
        self,
        name: str,
        definition: Definition,
        file: PlanFile,
        rest: Sequence[PlannedLine],
        totals: Totals,
    ) -> Plan:
        file.add(rest)
        file.finish()
        plan = Plan(definition=definition, file=file, totals=totals, doors=file.doors())
        former = self._kept.get(name)
        if former is not None:
            comparison = Comparison(former.file, file.as_of)
            changes: list[Change] = []
            for row in file.lines():
                changes += list(comparison.take_row(row))[: MOST_CHANGES - len(changes)]
            changes += list(comparison.rest())[: MOST_CHANGES - len(changes)]
            plan.differences, plan.changes = dict(comparison.counts), tuple(changes)
        return plan


_PLANS: WeakKeyDictionary[CampaignDesk, Plans] = WeakKeyDictionary()


def plans_of(desk: CampaignDesk) -> Plans:
    """Those of a running program."""
    return _PLANS.setdefault(desk, Plans())
