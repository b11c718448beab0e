"""What a customer, or anybody of the same organisation, was given before. source: CO-26, E20"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.complaints.compensation import CompensationRules, Given
from bot.config import Config
from bot.records import Compensation, Contact
from bot.records.base import table_of

_compensations = table_of(Compensation).c
_contacts = table_of(Contact).c


def rules_of(config: Config) -> CompensationRules:
    settings = config.complaints.compensation
    return CompensationRules(
        repeat_count=settings.repeat_count,
        repeat_within=timedelta(days=settings.repeat_days),
        approval_above=settings.approval_above,
        always_approve=settings.always_approve,
    )


def earlier_compensations(session: Session, contact_id: str, since: datetime) -> list[Given]:
    """Compensations proposed since then to this contact or to colleagues in the same organisation."""
    organisation = session.scalar(select(_contacts.organisation_id).where(_contacts.id == contact_id))
    people = [contact_id]
    if organisation is not None:
        people += session.scalars(select(_contacts.id).where(_contacts.organisation_id == organisation))
    rows = session.execute(
        select(
            _compensations.case_id,
            _compensations.contact_id,
            _compensations.status,
            _compensations.proposed_at,
            _compensations.cost,
        ).where(_compensations.contact_id.in_(set(people)), _compensations.proposed_at >= since)
    )
    return [
        Given(
            case_id=row.case_id,
            contact_id=row.contact_id,
            status=row.status,
            at=row.proposed_at,
            cost=row.cost,
        )
        for row in rows
    ]
