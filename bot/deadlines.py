"""Deadlines as records: made, met, paused, moved, computed again. Each method works inside its caller's transaction.

Status: running → met in time, or missed (met late, or ended after its due instant); paused in between; cancelled.
A row is never made again: a promise that begins anew under the same key gets a row of its own, and the old one, whose
key then ends in its identifier, stays as the record of what was promised before.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.calendars import Calendars
from bot.clock import Clock
from bot.complaints.deadlines import Deadline, Fixed, Rule, deadline_of, rule_of, warning_at
from bot.complaints.explaining import LANGUAGES
from bot.deadline_rules import DeadlineRules
from bot.ids import IdMaker
from bot.records import Case, Conversation, DeadlineRow
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible

_rows = table_of(DeadlineRow).c
_cases = table_of(Case).c
_conversations = table_of(Conversation).c

OPEN = ("running", "paused")
PAUSABLE = ("resolution", "progress")
"""What stands still while the customer is asked something; people and departments still owe theirs."""
NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""When nothing is left to be watched."""


def case_key(case_id: str, kind: str) -> str:
    """Key of a case's deadline of a kind."""
    return f"case:{case_id}:{kind}"


def next_answer_key(conversation_id: str) -> str:
    return f"conversation:{conversation_id}:next_answer"


class Deadlines:
    """Every method takes an open session and leaves the commit to its owner."""

    def __init__(self, ids: IdMaker, clock: Clock, calendars: Calendars, rules: DeadlineRules) -> None:
        self._ids = ids
        self._clock = clock
        self.calendars = calendars
        self.rules = rules

    # made

    def values(
        self,
        kind: str,
        *,
        key: str,
        desk_id: str,
        at: datetime,
        rule: Rule,
        case_id: str | None = None,
        conversation_id: str | None = None,
    ) -> dict[str, Any]:
        """The columns of a fresh deadline that counts from `at`. Raises `NeverOpen`."""
        deadline = self.compute(rule, at)
        calendar = self.calendars.of(rule.hours_of)
        return {
            "id": self._ids.new(),
            "key": key,
            "kind": kind,
            "case_id": case_id,
            "conversation_id": conversation_id,
            "desk_id": desk_id,
            "rule": rule.as_json(),
            "started_at": at,
            "due_at": deadline.due_at,
            "explanation": dict(deadline.explanation),
            "calendar_version": calendar.version,
            "provisional": deadline.provisional,
            "status": "running",
            "next_at": warning_at(at, deadline.due_at, self.rules.warn_at_left, calendar),
            "warned_at": None,
            "breached_at": None,
            "level": 0,
            "paused_at": None,
            "met_at": None,
            "history": [],
            "version": 1,
        }

    def compute(self, rule: Rule, started_at: datetime) -> Deadline:
        """The due instant of a rule by the calendars in force, explained in every language."""
        calendar = self.calendars.of(rule.hours_of)
        return deadline_of(rule, started_at, calendar, self.rules.country, LANGUAGES)

    def start(
        self,
        session: Session,
        kind: str,
        *,
        key: str,
        desk_id: str,
        at: datetime,
        rule: Rule,
        case_id: str | None = None,
        conversation_id: str | None = None,
    ) -> DeadlineRow:
        """Promise something from `at` on. What was promised under the same key before is over. Raises `NeverOpen`."""
        before = self._row(session, key)
        if before is not None:
            self._end(before, at=at, why="promised anew", met=False)
            before.key = f"{key}:{before.id}"
            session.flush()
        row = DeadlineRow(
            **self.values(
                kind,
                key=key,
                desk_id=desk_id,
                at=at,
                rule=rule,
                case_id=case_id,
                conversation_id=conversation_id,
            )
        )
        session.add(row)
        if kind == "resolution":
            self._tell_case(session, row)
        return row

    # ended

    def meet(self, session: Session, key: str, *, at: datetime) -> bool:
        """It was done at `at`; later than due it is missed all the same. False where nothing was open."""
        row = self._row(session, key)
        if row is None or row.status not in OPEN:
            return False
        self._end(row, at=at, why="", met=True)
        return True

    def answered(self, session: Session, conversation_id: str, *, at: datetime) -> None:
        """A person has answered in a conversation: what its customer was waiting for is kept."""
        contact = select(_conversations.contact_id).where(_conversations.id == conversation_id)
        cases = select(_cases.id).where(_cases.contact_id == contact.scalar_subquery(), ~_cases.closed)
        waiting = (_rows.kind == "first_answer") & _rows.case_id.in_(cases)
        writing = (_rows.kind == "next_answer") & (_rows.conversation_id == conversation_id)
        for row in self._open(session, waiting) + self._open(session, writing):
            self._end(row, at=at, why="", met=True)
            self._free_key(row)

    def given_back(self, session: Session, conversation_id: str, *, at: datetime) -> None:
        """The bot answers again: people owe no next answer any more."""
        for row in self._open(
            session, (_rows.kind == "next_answer") & (_rows.conversation_id == conversation_id)
        ):
            self._end(row, at=at, why="given back to the bot", met=False)
            self._free_key(row)

    def cancel(
        self,
        session: Session,
        case_id: str,
        *,
        at: datetime,
        why: str,
        kinds: Collection[str] | None = None,
    ) -> int:
        """What a case was promised ends without being done; where its instant has passed it was missed."""
        rows = self._open(session, _rows.case_id == case_id)
        ended = [row for row in rows if kinds is None or row.kind in kinds]
        for row in ended:
            self._end(row, at=at, why=why, met=False)
        return len(ended)

    def _end(self, row: DeadlineRow, *, at: datetime, why: str, met: bool) -> None:
        if row.status not in OPEN:
            return
        late = row.breached_at is not None or (row.status == "running" and at > row.due_at)
        if late and row.breached_at is None:
            row.breached_at = row.due_at
        row.status = "missed" if late else "met" if met else "cancelled"
        row.met_at = at if met else None
        row.next_at = NEVER
        row.paused_at = None
        _note(row, at, "met" if met else "ended", why=why)

    def _free_key(self, row: DeadlineRow) -> None:
        """The next one of its kind in this conversation is a promise of its own."""
        if row.kind == "next_answer":
            row.key = f"{row.key}:{row.id}"

    # changed

    def pause(self, session: Session, case_id: str, *, at: datetime, why: str) -> int:
        """Stop a case's clocks while the customer is asked something; how many stand still now.

        None where `complaints.pause_while_waiting` is off, and none whose instant has passed already.
        """
        if not self.rules.pause_while_waiting:
            return 0
        paused = [
            row
            for row in self._open(session, (_rows.case_id == case_id) & _rows.kind.in_(PAUSABLE))
            if row.status == "running" and row.breached_at is None and at < row.due_at
        ]
        for row in paused:
            row.status, row.paused_at = "paused", at
            _note(row, at, "paused", why=why)
        return len(paused)

    def resume(self, session: Session, case_id: str, *, at: datetime, why: str) -> int:
        """Let a case's clocks run on: the time they stood still does not count."""
        rows = [row for row in self._open(session, _rows.case_id == case_id) if row.paused_at is not None]
        for row in rows:
            assert row.paused_at is not None
            rule = rule_of(row.rule)
            rule = replace(rule, pauses=(*rule.pauses, (row.paused_at, max(at, row.paused_at))))
            row.status, row.paused_at = "running", None
            self._reckon(session, row, rule, at=at, what="resumed", why=why)
        return len(rows)

    def move(
        self, session: Session, key: str, due_at: datetime, *, at: datetime, by: str, why: str
    ) -> DeadlineRow:
        """A person sets another due instant. A breach that was is not undone. Raises `NotFound`, `NotPossible`."""
        row = self._row(session, key)
        if row is None:
            raise NotFound(f"there is no deadline {key}")
        if row.status not in OPEN:
            raise NotPossible("this deadline is over")
        if due_at <= at:
            raise NotPossible("the new due date must be in the future")
        if not why.strip():
            raise NotPossible("say why the deadline is moved")
        rule = replace(rule_of(row.rule), fixed=Fixed(due_at=due_at.astimezone(UTC), at=at, by=by, why=why))
        self._reckon(session, row, rule, at=at, what="moved", why=why, by=by)
        return row

    def recompute(self, session: Session, row: DeadlineRow, *, at: datetime) -> bool:
        """Reckon an open deadline by the calendars in force; True when its due instant has moved."""
        return self._reckon(
            session, row, rule_of(row.rule), at=at, what="calendar", why="the calendar changed"
        )

    def _reckon(
        self,
        session: Session,
        row: DeadlineRow,
        rule: Rule,
        *,
        at: datetime,
        what: str,
        why: str,
        by: str = "",
    ) -> bool:
        before = row.due_at
        deadline = self.compute(rule, row.started_at)
        calendar = self.calendars.of(rule.hours_of)
        row.rule = rule.as_json()
        row.due_at = deadline.due_at
        row.explanation = dict(deadline.explanation)
        row.provisional = deadline.provisional
        row.calendar_version = calendar.version
        if row.due_at == before and what == "calendar":
            row.version += 1
            return False
        if row.due_at > at:  # what was warned of or told about is another instant now
            row.warned_at, row.level = None, 0
            warning = warning_at(row.started_at, row.due_at, self.rules.warn_at_left, calendar)
            row.next_at = warning if warning > at else row.due_at
        elif row.breached_at is None:
            row.next_at = row.due_at
        _note(row, at, what, why=why, by=by, before=before)
        if row.kind == "resolution":
            self._tell_case(session, row)
        return row.due_at != before

    def _tell_case(self, session: Session, row: DeadlineRow) -> None:
        """The case shows the same date, and conversations under way see it."""
        case = session.get(Case, row.case_id) if row.case_id else None
        if case is None:
            return
        case.due_at = row.due_at
        case.due_explanation = row.explanation.get(self.rules.language, row.explanation["en"])
        case.version += 1
        session.execute(
            update(table_of(Conversation))
            .where(_conversations.contact_id == case.contact_id)
            .values(version=_conversations.version + 1)
        )

    # looked up

    def _row(self, session: Session, key: str) -> DeadlineRow | None:
        return session.scalar(select(DeadlineRow).where(_rows.key == key).with_for_update())

    def _open(self, session: Session, where: Any) -> list[DeadlineRow]:
        query = select(DeadlineRow).where(where, _rows.status.in_(OPEN)).order_by(_rows.id)
        return list(session.scalars(query.with_for_update()))


def _note(
    row: DeadlineRow,
    at: datetime,
    what: str,
    *,
    why: str = "",
    by: str = "",
    before: datetime | None = None,
) -> None:
    """Keep what happened to a deadline: the list is made anew so that the change is seen and stored."""
    entry: dict[str, Any] = {"at": at.isoformat(), "what": what, "why": why, "by": by}
    if before is not None:
        entry |= {"from": before.isoformat(), "to": row.due_at.isoformat()}
    row.history = [*row.history, entry]
    row.version += 1
