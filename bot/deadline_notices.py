"""Tells people of deadlines: an alert each, and one message a person for all that came together.

The alerts are facts and stand at once; what is not urgent waits with its message until people work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.alerts import AlertKind
from bot.complaints.watching import MORE_WORDS, people_told_at, what_words
from bot.deadlines import Deadlines
from bot.ids import IdMaker
from bot.notices import Notices
from bot.records import Alert, Case, Conversation
from bot.records.base import table_of

_cases = table_of(Case).c
_conversations = table_of(Conversation).c

_SHOWN = 5
"""Deadlines named in one message; the others are counted."""

Person = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Told:
    row: Any
    reference: str
    words: str
    key: str


class Context:
    """What a batch of deadlines belongs to, and what is to be told of it."""

    def __init__(self, session: Session, rows: Sequence[Any], now: datetime) -> None:
        self.session = session
        self.now = now
        self.alerts: list[dict[str, Any]] = []
        self.told: dict[tuple[str, str, tuple[Person, ...], bool], list[_Told]] = defaultdict(list)
        case_ids = {row.case_id for row in rows if row.case_id}
        talks = {row.conversation_id for row in rows if row.conversation_id}
        self._cases = {
            case.id: case
            for case in session.execute(
                select(_cases.id, _cases.reference, _cases.severity, _cases.angry).where(
                    _cases.id.in_(case_ids)
                )
            )
        }
        self._urgent = set(
            session.scalars(
                select(_conversations.id).where(_conversations.id.in_(talks), _conversations.urgent)
            )
        )

    def reference(self, row: Any) -> str:
        case = self._cases.get(row.case_id)
        return case.reference if case else ""

    def urgent(self, row: Any) -> bool:
        case = self._cases.get(row.case_id)
        return row.conversation_id in self._urgent or (
            case is not None and (case.severity == "critical" or case.angry)
        )


class DeadlineNotices:
    """Collects what a batch tells, then writes it into the batch's transaction."""

    def __init__(self, notices: Notices, deadlines: Deadlines, ids: IdMaker) -> None:
        self._notices = notices
        self._deadlines = deadlines
        self._rules = deadlines.rules
        self._ids = ids

    def warn(self, context: Context, row: Any) -> None:
        """The desk in charge hears that the time is nearly over."""
        self._tell(context, row, "due_soon", row.desk_id, (), urgent=context.urgent(row))

    def overdue(self, context: Context, row: Any, level: int) -> None:
        """The desk in charge (level 1), or the next step of the chain, hears that it is missed."""
        if level == 1:
            self._tell(context, row, "overdue", row.desk_id, (), urgent=context.urgent(row), level=1)
            return
        step = self._rules.escalation[level - 2]
        self._tell(
            context, row, "overdue", step.desk_id, step.notify, urgent=context.urgent(row), level=level
        )

    def moved(self, context: Context, row: Any) -> None:
        """The desk in charge hears of another due instant."""
        self._tell(context, row, "moved", row.desk_id, (), urgent=False)

    def _tell(
        self,
        context: Context,
        row: Any,
        kind: AlertKind,
        desk_id: str,
        others: tuple[Person, ...],
        *,
        urgent: bool,
        level: int = 0,
    ) -> None:
        reference = context.reference(row)
        words = what_words(row.kind, row.explanation, self._rules.language)
        key = f"{kind}:{row.id}:{row.version}:{level}"
        context.alerts.append(
            {
                "id": self._ids.new(),
                "key": key,
                "kind": kind,
                "desk_id": desk_id,
                "conversation_id": row.conversation_id,
                "reason": f"{reference} {words}".strip(),
                "urgent": urgent or level > 1,
                "due_at": row.due_at,
                "created_at": context.now,
                "seen_at": None,
            }
        )
        people = tuple(dict.fromkeys((*self._notices.people_of(desk_id), *others)))
        context.told[kind, desk_id, people, urgent].append(_Told(row, reference, words, key))

    def flush(self, context: Context) -> None:
        """Write the alerts and the messages."""
        if context.alerts:
            context.session.execute(insert(table_of(Alert)), context.alerts)
        known: set[tuple[Person, str, str]] = (
            set()
        )  # whom two steps of one deadline reach at once hears of it once
        for (kind, desk_id, people, urgent), told in context.told.items():
            at_any_hour = urgent or self._rules.people_at_any_hour
            not_before = people_told_at(
                context.now, self._deadlines.calendars.of(desk_id), at_any_hour=at_any_hour
            )
            for number, person in enumerate(people):
                fresh = [one for one in told if (person, kind, one.row.id) not in known]
                known |= {(person, kind, one.row.id) for one in fresh}
                if fresh:
                    self._tell_person(context, person, f"{fresh[0].key}:person{number}", fresh, not_before)

    def _tell_person(
        self,
        context: Context,
        person: Person,
        key: str,
        told: Sequence[_Told],
        not_before: datetime,
    ) -> None:
        alone = told[0] if len(told) == 1 else None
        self._notices.tell(
            context.session,
            person,
            key,
            self._reason(told),
            alone.row.due_at if alone else None,
            reference=alone.reference if alone else "",
            not_before=not_before,
        )

    def _reason(self, told: Sequence[_Told]) -> str:
        if len(told) == 1:
            return told[0].words
        lines = [f"{one.reference} {one.words}".strip() for one in told[:_SHOWN]]
        more = len(told) - _SHOWN
        if more > 0:
            lines.append(MORE_WORDS.get(self._rules.language, MORE_WORDS["en"]).format(n=more))
        return "\n".join(lines)
