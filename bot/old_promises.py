"""Gives the open complaints of an older release the deadlines that this one keeps. Looked at once, at the start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.complaints.calendar import NeverOpen
from bot.complaints.deadlines import Fixed, Rule
from bot.complaints.watching import UNCOUNTED_WORDS, kind_words
from bot.deadlines import Deadlines, case_key
from bot.ids import IdMaker
from bot.records import Case, Conversation, DeadlineRow, Message
from bot.records.base import table_of
from bot.store.changes import raise_alert

log = structlog.get_logger()

_rows = table_of(DeadlineRow).c
_cases = table_of(Case).c
_messages = table_of(Message).c
_conversations = table_of(Conversation).c

BATCH = 200


class OldPromises:
    """Each method takes a session and leaves the commit to its owner."""

    def __init__(self, deadlines: Deadlines, ids: IdMaker) -> None:
        self._deadlines = deadlines
        self._ids = ids

    def treat(self, session: Session, after: str, now: datetime) -> str:
        """Cases that nobody has answered are due when their customer was told; the last case looked at."""
        return self._each(session, "resolution", after, _cases.answered_at.is_(None), self._treatment, now)

    def answer(self, session: Session, after: str, now: datetime) -> str:
        """Cases whose customer no person has written to since are owed that; the last case looked at."""
        written = (
            select(_messages.id)
            .join(table_of(Conversation), _conversations.id == _messages.conversation_id)
            .where(
                _conversations.contact_id == _cases.contact_id,
                _messages.direction == "out",
                _messages.author != "bot",
                _messages.created_at >= _cases.received_at,
            )
            .correlate(table_of(Case))
        )
        silent = _cases.answered_at.is_(None) & ~written.exists()
        return self._each(session, "first_answer", after, silent, self._first_answer, now)

    def _each(
        self,
        session: Session,
        kind: str,
        after: str,
        wanting: ColumnElement[bool],
        values_of: Callable[[Case, datetime], dict[str, Any]],
        now: datetime,
    ) -> str:
        """One batch, by id: what can't be reckoned is passed over, and never looked at twice."""
        known = select(_rows.id).where(_rows.case_id == _cases.id, _rows.kind == kind)
        cases = session.scalars(
            select(Case)
            .where(_cases.id > after, ~_cases.closed, wanting, ~known.correlate(table_of(Case)).exists())
            .order_by(_cases.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for case in cases:
            try:
                session.add(DeadlineRow(**values_of(case, now)))
            except NeverOpen as error:
                self._tell(session, case, kind, error, now)
        return cases[-1].id if cases else ""

    def _first_answer(self, case: Case, now: datetime) -> dict[str, Any]:
        rule = replace(self._deadlines.rules.first_answer, hours_of=case.desk_id)
        return self._values(case, "first_answer", rule)

    def _treatment(self, case: Case, now: datetime) -> dict[str, Any]:
        """By the date that the customer was told, also where no calendar can say it any more."""
        try:
            values = self._values(case, "resolution", self._deadlines.rules.resolution)
        except NeverOpen as error:
            log.error("old_deadline_not_reckoned", case=case.reference, kind="resolution", error=str(error))
            told = Fixed(due_at=case.due_at, at=now, by="system", why=str(error))
            values = self._values(case, "resolution", replace(self._deadlines.rules.resolution, fixed=told))
        if values["due_at"] != case.due_at:
            values["due_at"] = case.due_at
            values["next_at"] = min(values["next_at"], case.due_at)
            values["explanation"] = dict.fromkeys(values["explanation"], case.due_explanation)
        return values

    def _values(self, case: Case, kind: str, rule: Rule) -> dict[str, Any]:
        return self._deadlines.values(
            kind,
            key=case_key(case.id, kind),
            desk_id=case.desk_id,
            at=case.received_at,
            rule=rule,
            case_id=case.id,
            conversation_id=case.conversation_id,
        )

    def _tell(self, session: Session, case: Case, kind: str, error: NeverOpen, now: datetime) -> None:
        log.error("old_deadline_not_reckoned", case=case.reference, kind=kind, error=str(error))
        language = self._deadlines.rules.language
        words = UNCOUNTED_WORDS.get(language, UNCOUNTED_WORDS["en"])
        raise_alert(
            session,
            self._ids.new(),
            key=f"uncounted:{kind}:{case.id}",
            kind="stuck",
            reason=f"{case.reference} {kind_words(kind, language)} : {words}",
            now=now,
            conversation_id=case.conversation_id,
            desk_id=case.desk_id,
        )
