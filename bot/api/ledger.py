"""The ledger for other systems: what became of the messages of a time, and the rows themselves to keep elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from bot.api.access import Limit, PeopleDep, StoreDep, aware
from bot.ledger.verifying import account
from bot.records import LedgerRow
from bot.records.base import table_of

_ledger = table_of(LedgerRow).c
_DAYS = 31

router = APIRouter(prefix="/ledger")


class HeadOut(BaseModel):
    seq: int
    hash: str


class ExceptionOut(BaseModel):
    message: str
    channel: str
    received_at: datetime
    marks: list[str] = Field(
        description="late, never, unexplained, uncertain, moved, alerted, undelivered, erased."
    )
    seconds: float | None


class AccountOut(BaseModel):
    since: datetime
    until: datetime
    received: int
    in_time: int
    late: int
    waiting: int
    worst_s: float
    unexplained: int
    marks: dict[str, int]
    exceptions: list[ExceptionOut]
    exception_count: int
    head: HeadOut


class RowOut(BaseModel):
    seq: int
    at: datetime
    sealed_at: datetime
    kind: str
    key: str
    journal_id: str
    payload: str
    prev: str
    hash: str


@router.get("")
async def show_account(
    store: StoreDep,
    people: PeopleDep,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: Limit = 100,
) -> AccountOut:
    """What became of the messages of a time, by default the last seven days. The chain is checked by
    `relais ledger verify`, not here."""
    now = people.now()
    end = aware(until) if until else now
    begin = aware(since) if since else end - timedelta(days=7)
    if end - begin > timedelta(days=_DAYS):
        raise HTTPException(422, f"ask for {_DAYS} days at most; relais ledger verify looks at everything")
    found = await store.read(lambda session: account(session, now=now, since=begin, until=end))
    return AccountOut(
        since=begin,
        until=end,
        received=found.received,
        in_time=found.in_time,
        late=found.late,
        waiting=found.waiting,
        worst_s=found.worst_s,
        unexplained=found.unexplained,
        marks=dict(found.marks),
        exceptions=[
            ExceptionOut(
                message=each.journal_id,
                channel=each.channel,
                received_at=each.received_at,
                marks=list(each.marks),
                seconds=each.seconds,
            )
            for each in found.exceptions[:limit]
        ],
        exception_count=found.exception_count,
        head=HeadOut(seq=found.head.seq, hash=found.head.hash),
    )


@router.get("/rows")
async def list_rows(
    store: StoreDep, after_seq: Annotated[int, Query(ge=0, le=2**62)] = 0, limit: Limit = 100
) -> list[RowOut]:
    """Rows of the chain in their order, to be kept where this company can't reach them."""
    query = select(table_of(LedgerRow)).where(_ledger.seq > after_seq).order_by(_ledger.seq).limit(limit)
    return [RowOut.model_validate(row, from_attributes=True) for row in await store.fetch_all(query)]
