"""What was learned, in the database: phrasings, entries and intents set right. Same for both databases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.learning.masking import key_of
from bot.learning.overlay import Learned, MadeEntry, Phrasing
from bot.records import (
    AuditEntry,
    FaqCandidate,
    FaqChoice,
    IntentCorrection,
    LearnedEntry,
    LearnedPhrasing,
    Message,
)
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from bot.understanding.corrections import Correction

MOST: Final = 2_000
"""So many different open texts are looked at: the newest."""
_OLD_AT_ONCE: Final = 500

_candidates = table_of(FaqCandidate).c
_choices = table_of(FaqChoice).c
_phrasings = table_of(LearnedPhrasing).c
_entries = table_of(LearnedEntry).c
_corrections = table_of(IntentCorrection).c
_messages = table_of(Message).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Who does something, when, and under which identifier it stands in the audit log."""

    audit_id: str
    agent: str
    now: datetime


Signature = tuple[Any, ...]
"""Changes whenever something of the kind was learned or taken back."""


def signature(session: Session) -> tuple[Signature, Signature]:
    """Of phrasings with entries, and of corrections."""

    def of(columns: Any, *more: Any) -> Signature:
        counted = select(func.count(), func.count(columns.withdrawn_at), func.max(columns.id), *more)
        return tuple(session.execute(counted).one())

    entries = of(_entries, func.max(_entries.changed_at))
    return (*of(_phrasings), *entries), of(_corrections)


def learned(session: Session) -> Learned:
    phrasings = session.execute(
        select(_phrasings.entry_id, _phrasings.language, _phrasings.text)
        .where(_phrasings.withdrawn_at.is_(None))
        .order_by(_phrasings.id)
    )
    entries = session.execute(
        select(_entries.id, _entries.category, _entries.answers)
        .where(_entries.withdrawn_at.is_(None))
        .order_by(_entries.id)
    )
    return Learned(
        phrasings=tuple(Phrasing(entry_id=row[0], language=row[1], text=row[2]) for row in phrasings),
        entries=tuple(MadeEntry(id=row[0], category=row[1], answers=row[2]) for row in entries),
    )


def corrections(session: Session) -> list[Correction]:
    rows = session.execute(
        select(_corrections.text, _corrections.wishes)
        .where(_corrections.withdrawn_at.is_(None))
        .order_by(_corrections.id)
    )
    return [Correction(text=row.text, wishes=tuple(row.wishes)) for row in rows]


# phrasings and entries


def add_phrasing(session: Session, new_id: str, phrasing: Phrasing, *, candidate_id: str, deed: Deed) -> bool:
    """Learn a phrasing; False where the entry has it already. Raises `NotPossible` where another has it."""
    key = key_of(phrasing.text)
    standing = session.scalar(
        select(LearnedPhrasing).where(_phrasings.key == key, _phrasings.withdrawn_at.is_(None))
    )
    if standing is not None:
        if standing.entry_id == phrasing.entry_id:
            return False
        raise NotPossible(
            f"“{phrasing.text}” was learned for the entry {standing.entry_id} already: withdraw it there first"
        )
    session.add(
        LearnedPhrasing(
            id=new_id,
            entry_id=phrasing.entry_id,
            language=phrasing.language,
            text=phrasing.text,
            key=key,
            candidate_id=candidate_id,
            created_by=deed.agent,
            created_at=deed.now,
        )
    )
    session.flush()
    detail = {"phrasing": new_id}
    note(session, deed, "faq_phrasing_learned", "faq_entry", phrasing.entry_id, detail, id_=new_id)
    return True


def withdraw_phrasing(session: Session, phrasing_id: str, *, deed: Deed) -> None:
    """Raises `NotFound`, and `NotPossible` for one that is withdrawn already."""
    row = _taken_back(session, LearnedPhrasing, phrasing_id, "learned phrasing", deed)
    note(session, deed, "faq_phrasing_withdrawn", "faq_entry", row.entry_id, {"phrasing": phrasing_id})


def keep_entry(session: Session, made: MadeEntry, *, deed: Deed) -> None:
    """Make an entry, or change the answers of a made one."""
    row = session.get(LearnedEntry, made.id)
    if row is None:
        row = LearnedEntry(
            id=made.id,
            category=made.category,
            answers=dict(made.answers),
            created_by=deed.agent,
            created_at=deed.now,
            changed_at=deed.now,
        )
        session.add(row)
    else:
        row.category, row.answers, row.changed_at = made.category, dict(made.answers), deed.now
        row.withdrawn_by, row.withdrawn_at = "", None
    note(session, deed, "faq_entry_made", "faq_entry", made.id, {"languages": sorted(made.answers)})


def withdraw_entry(session: Session, entry_id: str, *, deed: Deed) -> None:
    """A made entry and the phrasings learned for it. Raises `NotFound`, `NotPossible`."""
    _taken_back(session, LearnedEntry, entry_id, "learned entry", deed)
    session.execute(
        update(table_of(LearnedPhrasing))
        .where(_phrasings.entry_id == entry_id, _phrasings.withdrawn_at.is_(None))
        .values(withdrawn_by=deed.agent, withdrawn_at=deed.now)
    )
    note(session, deed, "faq_entry_withdrawn", "faq_entry", entry_id, {})


def withdraw_all(session: Session, learned: Learned, *, deed: Deed) -> None:
    """Take back these phrasings and entries together."""
    values = {"withdrawn_by": deed.agent, "withdrawn_at": deed.now}
    keys = {key_of(phrasing.text) for phrasing in learned.phrasings}
    for key in keys:
        session.execute(
            update(table_of(LearnedPhrasing))
            .where(_phrasings.key == key, _phrasings.withdrawn_at.is_(None))
            .values(values)
        )
    for made in learned.entries:
        session.execute(update(table_of(LearnedEntry)).where(_entries.id == made.id).values(values))
    detail = {"phrasings": len(keys), "entries": len(learned.entries)}
    note(session, deed, "faq_learned_moved_to_files", "faq", "learned", detail)


# intents


def correct_intent(session: Session, new_id: str, correction: Correction, *, deed: Deed) -> str:
    """Keep what a text really wants; the newest word about it replaces the one before."""
    key = key_of(correction.text)
    session.execute(
        update(table_of(IntentCorrection))
        .where(_corrections.key == key, _corrections.withdrawn_at.is_(None))
        .values(withdrawn_by=deed.agent, withdrawn_at=deed.now)
    )
    session.add(
        IntentCorrection(
            id=new_id,
            text=correction.text,
            key=key,
            wishes=list(correction.wishes),
            created_by=deed.agent,
            created_at=deed.now,
        )
    )
    session.flush()
    detail = {"wishes": list(correction.wishes)}
    note(session, deed, "intent_corrected", "intent_correction", new_id, detail, id_=new_id)
    return new_id


def withdraw_correction(session: Session, correction_id: str, *, deed: Deed) -> None:
    """Raises `NotFound`, `NotPossible`."""
    _taken_back(session, IntentCorrection, correction_id, "correction", deed)
    note(session, deed, "intent_correction_withdrawn", "intent_correction", correction_id, {})


def note(
    session: Session,
    deed: Deed,
    action: str,
    kind: str,
    object_id: str,
    detail: dict[str, Any],
    *,
    id_: str = "",
) -> None:
    """Write down who did what; what is made is noted under its own identifier."""
    session.add(
        AuditEntry(
            id=id_ or deed.audit_id,
            at=deed.now,
            actor=deed.agent,
            action=action,
            object_kind=kind,
            object_id=object_id,
            detail=detail,
        )
    )


def _taken_back(session: Session, model: type[Any], row_id: str, what: str, deed: Deed) -> Any:
    row = session.get(model, row_id, with_for_update=True)
    if row is None:
        raise NotFound(f"there is no {what} {row_id}")
    if row.withdrawn_at is not None:
        raise NotPossible(f"this {what} was withdrawn already, by {row.withdrawn_by}")
    row.withdrawn_by, row.withdrawn_at = deed.agent, deed.now
    return row
