"""Stage and tier of every contact from what they bought and who looks after them. source: SE, domain §7

prospect: bought nothing; new: bought for the first time not long ago; lost: bought nothing for long; regular: the
others. A tier of "none" was set by hand and stays. Set-based, a page of contacts at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, case, func, literal, or_, select, update
from sqlalchemy.orm import Session

from bot.records import Contact, Organisation, Purchase
from bot.records.base import table_of
from bot.store.port import Store

PAGE: Final = 2_000
_contacts = table_of(Contact).c
_purchases = table_of(Purchase).c
_organisations = table_of(Organisation).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    new_for_days: int = 90
    lost_after_days: int = 365


async def classify(store: Store, thresholds: Thresholds, now: datetime) -> int:
    """Bring stage and tier of all contacts up to date; how many changed."""
    after, changed = "", 0
    while True:
        page = await store.read(lambda session, after=after: _last_of_page(session, after))  # type: ignore[misc]
        if page is None:
            return changed
        changed += await store.write(
            lambda session, after=after, upto=page: _classify_page(session, after, upto, thresholds, now)  # type: ignore[misc]
        )
        after = page


def _last_of_page(session: Session, after: str) -> str | None:
    page = select(_contacts.id).where(_contacts.id > after).order_by(_contacts.id).limit(PAGE).subquery()
    last: str | None = session.scalar(select(func.max(page.c.id)))
    return last


def _classify_page(session: Session, after: str, upto: str, thresholds: Thresholds, now: datetime) -> int:
    bought = (
        select(
            _purchases.contact_id,
            func.min(_purchases.at).label("first"),
            func.max(_purchases.at).label("last"),
        )
        .where(_purchases.contact_id > after, _purchases.contact_id <= upto)
        .where(_purchases.status.in_(("ordered", "delivered")))
        .group_by(_purchases.contact_id)
        .subquery()
    )
    stage = case(
        (bought.c.last.is_(None), "prospect"),
        (bought.c.last < now - timedelta(days=thresholds.lost_after_days), "lost"),
        (bought.c.first >= now - timedelta(days=thresholds.new_for_days), "new"),
        else_="regular",
    )
    cared_for = or_(_contacts.owner_agent_id.is_not(None), _organisations.owner_agent_id.is_not(None))
    tier = case(
        (_contacts.tier == "none", "none"),
        (cared_for, "dedicated"),
        (stage == literal("regular"), "periodic"),
        (stage == literal("new"), "post_purchase"),
        else_="reply_only",
    )
    found = session.execute(
        select(_contacts.id, stage.label("stage"), tier.label("tier"))
        .outerjoin(bought, bought.c.contact_id == _contacts.id)
        .outerjoin(table_of(Organisation), _organisations.id == _contacts.organisation_id)
        .where(_contacts.id > after, _contacts.id <= upto)
        .where(or_(stage != _contacts.stage, tier != _contacts.tier))
    ).all()
    groups: dict[tuple[str, str], list[str]] = {}
    for row in found:
        groups.setdefault((row.stage, row.tier), []).append(row.id)
    for (new_stage, new_tier), ids in groups.items():
        done: Any = update(table_of(Contact)).where(and_(_contacts.id.in_(ids)))
        session.execute(done.values(stage=new_stage, tier=new_tier))
    return len(found)
