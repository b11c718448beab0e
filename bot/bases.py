"""What rates are reckoned against, as an operator says it: 500 transactions in October."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import get_args

from sqlalchemy.orm import Session

from bot.complaints.indicators import BaseKind
from bot.complaints.periods import Period
from bot.ids import IdMaker
from bot.records import AuditEntry, IndicatorBase

KINDS: tuple[BaseKind, ...] = get_args(BaseKind)


def set_bases(
    session: Session,
    ids: IdMaker,
    period: Period,
    amounts: Mapping[BaseKind, Decimal],
    *,
    by: str,
    now: datetime,
) -> None:
    """Keep amounts for a period; what was said before of the same days is replaced, and the log keeps both."""
    for kind, amount in amounts.items():
        key = (kind, period.first, period.last)
        known = session.get(IndicatorBase, key)
        before = None if known is None else str(known.amount)
        if known is None:
            known = IndicatorBase(
                kind=kind, first_day=period.first, last_day=period.last, amount=amount, set_by=by, set_at=now
            )
            session.add(known)
        known.amount, known.set_by, known.set_at = amount, by, now
        session.add(
            AuditEntry(
                id=ids.new(),
                at=now,
                actor=by,
                action="base_set",
                object_kind="indicator_base",
                object_id=f"{kind}:{period.first}:{period.last}",
                detail={"amount": str(amount), "before": before},
            )
        )
