"""What an administrator does about accounts, entries set aside and sends that did not go through."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select

from bot.console.users import Act
from bot.ids import IdMaker
from bot.records import AuditEntry, OutboxMessage
from bot.records.base import table_of
from bot.store.port import SendOutcome, Store
from channels.port import Door

LIMIT: Final = 100
_CHECK_S: Final = 20.0
_WORDS: Final = 300
_outbox = table_of(OutboxMessage).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How the test of an account went; `said` is the provider's or the library's word."""

    good: bool
    said: str


async def try_account(door: Door) -> Trial:
    """Log in as the program does. Never raises for what the other side does."""
    try:
        async with asyncio.timeout(_CHECK_S):
            return Trial(good=True, said=(await door.check())[:_WORDS])
    except TimeoutError:
        return Trial(good=False, said=f"no answer within {_CHECK_S:.0f} s")
    except Exception as error:  # whatever a provider's library raises: the user is told
        return Trial(good=False, said=(str(error) or type(error).__name__)[:_WORDS])


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing that waits for a person's word, without what anybody wrote."""

    id: str
    account_id: str
    kind: Literal["quarantine", "failed", "uncertain"]
    about: str
    reason: str
    at: datetime


async def what_waits(store: Store) -> list[Waiting]:
    """Quarantine first, then messages whose fate is unknown, then those that failed."""
    aside = [
        Waiting(
            id=row.id,
            account_id=row.account_id,
            kind="quarantine",
            about=row.kind,
            reason=row.reason[:_WORDS],
            at=row.received_at,
        )
        for row in await store.quarantined(LIMIT)
    ]
    dead = [
        Waiting(
            id=row.id,
            account_id=row.account_id,
            kind="uncertain" if row.status == "uncertain" else "failed",
            about=row.to,
            reason=f"{row.code} {row.error}".strip()[:_WORDS],
            at=row.created_at,
        )
        for row in await store.dead_letters(LIMIT)
    ]
    return [*aside, *sorted(dead, key=lambda each: each.kind, reverse=True)]


async def try_again(store: Store, ids: IdMaker, act: Act, waiting: Sequence[Waiting]) -> int:
    """Back into the lanes, or into the outbox; how many."""
    aside = [each.id for each in waiting if each.kind == "quarantine"]
    dead = [each.id for each in waiting if each.kind != "quarantine"]
    done = (await store.requeue(aside) if aside else 0) + (await store.resend(dead) if dead else 0)
    if done:
        await _note(store, ids, act, "tried_again", waiting)
    return done


async def it_arrived(store: Store, ids: IdMaker, act: Act, waiting: Waiting) -> bool:
    """A send of unknown fate did arrive, somebody has seen it: it is not sent again, and settles a receipt owed."""
    rows = await store.fetch_all(
        select(_outbox.attempts, _outbox.purpose).where(
            _outbox.id == waiting.id, _outbox.status == "uncertain"
        )
    )
    if not rows:
        return False
    done = await store.record(
        SendOutcome(
            row_id=waiting.id,
            attempt=rows[0].attempts,
            outcome="confirmed",
            status="accepted",
            at=act.now,
            detail=f"confirmed by {act.by}",
            acknowledges=rows[0].purpose == "receipt",
        )
    )
    if done:
        await _note(store, ids, act, "confirmed_arrived", [waiting])
    return done


async def _note(store: Store, ids: IdMaker, act: Act, action: str, waiting: Sequence[Waiting]) -> None:
    entries = [
        AuditEntry(
            id=ids.new(),
            at=act.now,
            actor=act.by,
            action=action,
            object_kind="journal" if each.kind == "quarantine" else "outbox",
            object_id=each.id,
            detail={"account": each.account_id},
        )
        for each in waiting
    ]
    await store.write(lambda session: session.add_all(entries))
