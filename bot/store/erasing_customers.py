"""What a person bought, holds, waits for and was sent, when they are erased: days, amounts and outcomes stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Text, cast, delete, literal, or_, select, type_coerce, update
from sqlalchemy.orm import Session

from bot.records import (
    Address,
    Appointment,
    DataImport,
    Equipment,
    ImportFault,
    Interest,
    LoyaltyAccount,
    Occurrence,
    OutreachAnswer,
    PersonTask,
    Purchase,
    Quote,
    Recipient,
    WaitingPlace,
)
from bot.records.base import table_of
from bot.store.mentions import without

Blanks = Mapping[str, Any]

BLANKED: Final[Mapping[type[Any], Blanks]] = {
    Purchase: {"external_id": None, "order_ref": ""},
    Quote: {"external_id": None, "reference": "", "summary": ""},
    Equipment: {"external_id": None, "serial": "", "next_service_on": None},
    LoyaltyAccount: {
        "number": literal("erased:") + table_of(LoyaltyAccount).c.id,
        "points": 0,
        "rewards": 0,
        "expires_on": None,
    },
    Appointment: {"place": "", "recap": "", "token": ""},
    Occurrence: {"detail": ""},
    Recipient: {"address": "", "detail": ""},
    OutreachAnswer: {"words": ""},
    PersonTask: {"words": "", "note": ""},
}
REMOVED: Final[tuple[type[Any], ...]] = (Address, Interest, WaitingPlace)
ENDED: Final[Mapping[type[Any], tuple[tuple[str, ...], Blanks]]] = {
    Occurrence: (("planned",), {"status": "stopped", "reason": "contact_gone"}),
    Recipient: (("waiting",), {"status": "cancelled", "reason": "contact_gone"}),
    Appointment: (("proposed", "booked", "changed"), {"status": "cancelled"}),
    PersonTask: (("open",), {"status": "dropped"}),
}
"""What is still to come for a contact: states, and what becomes of them."""


def erase_customer(
    session: Session, contacts: Sequence[str], names: Sequence[str], counts: Counter[str]
) -> None:
    """Blank, remove, and call off what was to come. `names` are what people call the contacts."""
    for model, (states, values) in ENDED.items():
        table = table_of(model)
        whose = (table.c.contact_id.in_(contacts), table.c.status.in_(states))
        session.execute(update(table).where(*whose).values(**values))
    for model, blanks in BLANKED.items():
        table = table_of(model)
        done: Any = session.execute(update(table).where(table.c.contact_id.in_(contacts)).values(**blanks))
        counts[str(table.name)] += int(done.rowcount)
    for model in REMOVED:
        table = table_of(model)
        gone: Any = session.execute(delete(table).where(table.c.contact_id.in_(contacts)))
        counts[str(table.name)] += int(gone.rowcount)
    counts["import_faults"] += _faults(session, names)


def _faults(session: Session, names: Sequence[str]) -> int:
    """Reports of imports quote the cells of rows that were not taken."""
    if not names:
        return 0
    detail = table_of(ImportFault).c.detail
    postgres = session.get_bind().dialect.name == "postgresql"
    text: Any = cast(detail, Text) if postgres else type_coerce(detail, Text)
    quoted = select(ImportFault).where(or_(*(text.contains(name, autoescape=True) for name in names)))
    rows = list(session.scalars(quoted))
    for row in rows:
        row.detail = without(row.detail, names)
    session.flush()
    return len(rows)


def rows_of_customer(session: Session, contacts: Sequence[str]) -> list[str]:
    """Ids of what the contacts have: entries of the audit log are about them, too."""
    found: list[str] = []
    for model in (*BLANKED, *REMOVED):
        table = table_of(model)
        found += session.scalars(select(table.c.id).where(table.c.contact_id.in_(contacts)))
    return found


def uploads(session: Session) -> tuple[list[str], int]:
    """Hashes of the uploaded files of imports that have ended, and how many imports are under way."""
    imports = table_of(DataImport).c
    rows = session.execute(select(imports.file_hash, imports.status)).all()
    running = {row.file_hash for row in rows if row.status == "running"}
    return sorted({row.file_hash for row in rows} - running), len(running)
