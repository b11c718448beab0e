"""The virtual clock: it stands still while everything due is done, then moves to the next instant known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.records import Conversation, Timer
from bot.records.base import table_of
from bot.store.port import Records
from scheduler.simulation.lines import Line, Scribe
from scheduler.simulation.rules import names_of

_SECOND: Final = timedelta(seconds=1)
_AT_ONCE: Final = 1_000

_timers = table_of(Timer).c
_conversations = table_of(Conversation).c


class Actor(Protocol):
    """A part of the program that does something when its time has come."""

    async def act(self, now: datetime) -> None: ...

    async def next_at(self, now: datetime) -> datetime | None:
        """When it will have something to do; None: never again as things stand."""
        ...

    async def end(self) -> None:
        """The time is over: write lines for what is left."""
        ...


class TookTooLong(Exception):
    """The simulation was stopped because its time was up; nothing of it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a simulation is."""

    at: datetime
    lines: int


Tell = Callable[[Progress], None]
"""Called at every instant; it may raise `TookTooLong`."""


async def play(
    store: Records,
    actors: Sequence[Actor],
    clock: Clock,
    scribe: Scribe,
    *,
    until: datetime,
    tell: Tell = lambda progress: None,
) -> None:
    """Let time pass until the last instant, which is looked at as well."""
    since = clock.now()
    while True:
        now = clock.now()
        for actor in actors:
            await actor.act(now)
        tell(Progress(at=now, lines=scribe.written))
        following = [at for actor in actors if (at := await actor.next_at(now)) is not None]
        at = max(min(following, default=until + _SECOND), now + _SECOND)
        if at > until:
            break
        clock.advance(at - now)
    clock.advance(until - clock.now())
    for actor in actors:
        await actor.end()
    await _tell_timers(store, scribe, since=since, until=until)


async def _tell_timers(store: Records, scribe: Scribe, *, since: datetime, until: datetime) -> None:
    """Timers wake a conversation: what is said then is a matter of its dialogue, so only the hour is told."""
    after: tuple[datetime, str] = (since, "")
    while True:
        work = partial(_timers_after, scribe=scribe, after=after, since=since, until=until)
        last = await store.write(work)
        if last is None:
            return
        after = last


def _timers_after(
    session: Session, scribe: Scribe, after: tuple[datetime, str], since: datetime, until: datetime
) -> tuple[datetime, str] | None:
    at, timer_id = after
    beyond = (_timers.due_at > at) | ((_timers.due_at == at) & (_timers.id > timer_id))
    rows = session.execute(
        select(
            _timers.id,
            _timers.key,
            _timers.kind,
            _timers.due_at,
            _timers.account_id,
            _conversations.contact_id,
            _conversations.channel,
            _conversations.address,
            _conversations.language,
        )
        .join(
            _conversations.id.table,
            (_conversations.account_id == _timers.account_id) & (_conversations.thread == _timers.thread),
        )
        .where(_timers.status == "waiting", _timers.due_at <= until, beyond, _timers.thread != "")
        .order_by(_timers.due_at, _timers.id)
        .limit(_AT_ONCE)
    ).all()
    people = names_of(session, [row.contact_id for row in rows])
    scribe.write(
        session,
        [
            Line(
                key=f"timer:{row.key}",
                at=row.due_at,
                status="due",
                source=f"timer:{row.kind}",
                contact_id=row.contact_id,
                name=people.get(row.contact_id, ""),
                channel=row.channel,
                account=row.account_id,
                address=row.address,
                language=row.language,
            )
            for row in rows
        ],
    )
    return (rows[-1].due_at, rows[-1].id) if len(rows) == _AT_ONCE else None
