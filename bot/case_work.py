"""One act on one case: the case locked, the act checked against the table, its event and audit entry written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.alerts import AlertKind
from bot.case_voice import CaseVoice, Said
from bot.complaints import lifecycle
from bot.complaints.compensation import CompensationRules
from bot.complaints.lifecycle import CaseFacts, Doer
from bot.deadlines import Deadlines, case_key
from bot.ids import IdMaker
from bot.notices import Notices
from bot.plans import House
from bot.records import AuditEntry, Case, CaseEvent, Conversation, DeadlineRow, Timer
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible, raise_alert

_cases = table_of(Case).c
_events = table_of(CaseEvent).c
_conversations = table_of(Conversation).c
_timers = table_of(Timer).c


BY_HAND = "case.by_hand"
"""Timer kind: what the bot would write, where nothing of ours reaches the customer."""
_BY_HAND_WORDS: Mapping[str, tuple[str, str]] = {  # of the follow-up, and of anything else
    "fr": (
        "joindre le client : la réponse lui convient-elle ?",
        "joindre le client : il attend des nouvelles",
    ),
    "ar": ("اتصلوا بالزبون: هل هو راضٍ عن الجواب؟", "اتصلوا بالزبون: إنه ينتظر أخبارا"),
    "en": ("reach the customer: is the answer all right?", "reach the customer, who waits for news"),
}


def by_hand_words(kind: str, language: str) -> str:
    """What a colleague is to do instead of a message of this kind."""
    return _BY_HAND_WORDS.get(language, _BY_HAND_WORDS["en"])[kind != "case.followup"]


def forward_key(forward_id: str) -> str:
    """Key of a department's deadline."""
    return f"forward:{forward_id}"


class Changed(NotPossible):
    """Somebody else changed it meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRules:
    """What the company decided about complaints, as far as acts need it."""

    desk: str  # in charge of complaints
    currency: str
    compensation: CompensationRules  # when it needs somebody else's approval
    followup_days: int  # working days after the answer until the customer is asked
    followup_at: time
    keep_in_touch_days: int  # working days without a word until one is sent
    remind_days: int  # working days between reminders to a department


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTools:
    """What acts work with. Built once."""

    ids: IdMaker
    house: House
    voice: CaseVoice
    notices: Notices
    deadlines: Deadlines
    rules: CaseRules


@dataclass(slots=True, kw_only=True)
class Work:
    """An act under way, inside its transaction."""

    session: Session
    tools: CaseTools
    case: Case
    doer: Doer
    now: datetime
    events: list[CaseEvent] = field(default_factory=list)

    @property
    def rules(self) -> CaseRules:
        return self.tools.rules

    def facts(self) -> CaseFacts:
        return facts_of(self.session, self.case)

    def step(self, action: str, note: str = "", **detail: Any) -> CaseEvent:
        """Check that it may be done now by this doer, and write it down. Raises `NotAllowed`, `NotNow`."""
        case, before = self.case, self.case.phase
        after = lifecycle.check(action, self.facts(), self.doer)
        case.phase = after
        event = CaseEvent(
            id=self.tools.ids.new(),
            case_id=case.id,
            at=self.now,
            actor=self.doer.name,
            action=action,
            from_phase=before,
            to_phase=after,
            note=note,
            detail=plain(detail),
        )
        self.session.add(event)
        self.events.append(event)
        self.audit(f"case_{action}", "case", case.id, {"reference": case.reference, **plain(detail)})
        self.session.flush()  # events are ordered by their ids, and the next check looks at them
        return event

    def audit(self, action: str, kind: str, object_id: str, detail: dict[str, Any]) -> None:
        self.session.add(
            AuditEntry(
                id=self.tools.ids.new(),
                at=self.now,
                actor=self.doer.name,
                action=action,
                object_kind=kind,
                object_id=object_id,
                detail=detail,
            )
        )

    def tell(self, template: str, *, key: str = "", owed: bool = False, **variables: Any) -> bool:
        """Tell the customer; a person's words go out in their name."""
        author = self.doer.name if owed and self.doer.is_person else "bot"
        told = self.tools.voice.tell(
            self.session,
            self.case,
            template,
            variables,
            key=key or f"case:{self.events[-1].id}",
            now=self.now,
            author=author,
            owed=owed,
        )
        if told is None:
            return False
        if self.events:
            event = self.events[-1]
            event.detail = {**event.detail, "channel": told.channel, "because": told.because}
        self.keep_in_touch()
        return True

    def acknowledge(self, **variables: Any) -> Said | None:
        """Give the customer a receipt in writing; None where nothing reaches them."""
        key = f"case:{self.case.id}:receipt"
        said = self.tools.voice.tell(
            self.session,
            self.case,
            "complaint/registered_silent",
            variables,
            key=key,
            now=self.now,
            receipt=True,
        )
        self.keep_in_touch()
        return said

    def keep_in_touch(self) -> None:
        """A word again, if nothing was said for so many working days. source: CO-22"""
        due_at = self.after_days(self.rules.keep_in_touch_days)
        key = f"case:{self.case.reference}:keep_in_touch"
        self.wake(key, "case.keep_in_touch", due_at)

    def after_days(self, days: int) -> datetime:
        """So many working days from now, at the hour when customers are written to."""
        calendar = self.tools.deadlines.calendars.company
        return calendar.add_working_days(self.now, days, at=self.rules.followup_at)

    def wake(self, key: str, kind: str, due_at: datetime, **payload: Any) -> None:
        """Wake the conversation in which the customer is reached at an instant; setting it again moves it."""
        way = self.tools.voice.way_to(self.session, self.case, self.now)
        if way is None:
            self.call(key, BY_HAND, due_at, about=kind)
            return
        conversation = way.conversation
        payload = {"reference": self.case.reference, "case_id": self.case.id, **payload}
        account, thread = conversation.account_id, conversation.thread
        set_timer(self.session, self.tools.ids.new(), key, kind, due_at, payload, self.now, account, thread)

    def call(self, key: str, kind: str, due_at: datetime, **payload: Any) -> None:
        """Call a handler of ours at an instant; setting it again moves it."""
        payload = {"case_id": self.case.id, **payload}
        set_timer(self.session, self.tools.ids.new(), key, kind, due_at, payload, self.now)

    def stop(self, *keys: str) -> None:
        """Timers that are not needed any more."""
        self.session.execute(
            update(table_of(Timer))
            .where(_timers.key.in_(keys), _timers.status == "waiting")
            .values(status="cancelled")
        )

    def alert(self, key: str, kind: AlertKind, reason: str) -> None:
        """Somebody of the case's desk must look at it."""
        raise_alert(
            self.session,
            self.tools.ids.new(),
            key=key,
            kind=kind,
            reason=f"{self.case.reference}: {reason}",
            now=self.now,
            conversation_id=self.case.conversation_id,
            desk_id=self.case.desk_id,
        )
        desk, reference = self.case.desk_id, self.case.reference
        self.tools.notices.tell_desk(self.session, desk, key, reason, None, reference=reference)

    def was_done(self, action: str, key: str) -> bool:
        """Whether the same call has been made before."""
        found = self.session.scalars(
            select(_events.detail).where(_events.case_id == self.case.id, _events.action == action)
        )
        return any(detail.get("key") == key for detail in found)

    # deadlines

    def spoken(self) -> None:
        """A person has spoken to the customer."""
        self.tools.deadlines.answered(self.session, self.case.conversation_id, at=self.now)

    def resolved(self) -> None:
        """The customer has the answer: what was promised is kept, or was missed."""
        self.spoken()
        for kind in ("resolution", "progress"):
            self.tools.deadlines.meet(self.session, case_key(self.case.id, kind), at=self.now)

    def go_on(self, why: str) -> None:
        """The clocks that stood still run again."""
        self.tools.deadlines.resume(self.session, self.case.id, at=self.now, why=why)
        self.keep_in_touch()

    def start_again(self) -> None:
        """A reopened complaint is promised an answer anew."""
        deadlines = self.tools.deadlines
        row = deadlines.start(
            self.session,
            "resolution",
            key=case_key(self.case.id, "resolution"),
            desk_id=self.case.desk_id,
            at=self.now,
            rule=deadlines.rules.reopened,
            case_id=self.case.id,
        )
        self.case.due_at = row.due_at
        self.stop(f"case:{self.case.reference}:followup")
        self.keep_in_touch()

    def start_department(self, forward_id: str, desk_id: str) -> datetime:
        """A department owes its answer; until when."""
        deadlines = self.tools.deadlines
        row = deadlines.start(
            self.session,
            "department",
            key=forward_key(forward_id),
            desk_id=desk_id,
            at=self.now,
            rule=replace(deadlines.rules.department, hours_of=desk_id),
            case_id=self.case.id,
        )
        return row.due_at

    def due_of(self, key: str) -> datetime | None:
        rows = table_of(DeadlineRow).c
        return self.session.scalar(select(rows.due_at).where(rows.key == key))

    def move_due(self, case: Case, due_at: datetime, why: str) -> None:
        """The older promise stands, also for the case that lives on."""
        key = case_key(case.id, "resolution")
        if due_at > self.now and self.due_of(key) is not None:
            self.tools.deadlines.move(self.session, key, due_at, at=self.now, by=self.doer.name, why=why)

    def desk(self, desk_id: str) -> str:
        """A desk that exists. Raises `NotPossible`."""
        if desk_id not in self.tools.house.desks:
            known = ", ".join(self.tools.house.desks)
            raise NotPossible(f"there is no desk {desk_id}; the desks are: {known}")
        return desk_id

    def desk_name(self, desk_id: str) -> str:
        """A desk's name for colleagues."""
        house = self.tools.house
        return house.desks[desk_id].names.get(house.language, desk_id)

    def done(self) -> Case:
        """Other lanes of the customer see it from now on."""
        self.case.version += 1
        self.session.execute(
            update(table_of(Conversation))
            .where(_conversations.contact_id == self.case.contact_id)
            .values(version=_conversations.version + 1)
        )
        return self.case


def facts_of(session: Session, case: Any) -> CaseFacts:
    """What the conditions of acts look at, of a `Case` or a row of its table."""
    return CaseFacts(
        phase=case.phase,
        closed=case.closed,
        archived=case.archived_at is not None,
        answered=case.answered_at is not None,
        outcome=case.outcome,
        owner=case.owner,
        cause=case.cause,
        reviewer=case.reviewer,
        conciliated=_conciliated(session, case.id),
        waiting=case.waiting_at is not None,
    )


def _conciliated(session: Session, case_id: str) -> bool:
    """Whether conciliation was tried since the case was opened, or opened again."""
    found = session.scalars(
        select(_events.action)
        .where(_events.case_id == case_id, _events.action.in_(("conciliate", "reopen")))
        .order_by(_events.id.desc())
    ).first()
    return found == "conciliate"


def set_timer(
    session: Session,
    timer_id: str,
    key: str,
    kind: str,
    due_at: datetime,
    payload: dict[str, Any],
    now: datetime,
    account_id: str = "",
    thread: str = "",
) -> None:
    timer = session.scalar(select(Timer).where(_timers.key == key))
    if timer is None:
        session.add(
            Timer(
                id=timer_id,
                key=key,
                kind=kind,
                account_id=account_id,
                thread=thread,
                due_at=due_at,
                payload=payload,
                status="waiting",
                created_at=now,
            )
        )
        return
    timer.id, timer.kind, timer.due_at, timer.payload = timer_id, kind, due_at, payload
    timer.account_id, timer.thread = account_id, thread
    timer.status, timer.attempts, timer.owner = "waiting", 0, None


def access_case(session: Session, reference: str, *, version: int | None = None) -> Case:
    """The case of a reference, locked. Raises `NotFound`, `Changed`."""
    case = session.scalar(select(Case).where(_cases.reference == reference).with_for_update())
    if case is None:
        raise NotFound(f"there is no case {reference}")
    if version is not None and version != case.version:
        raise Changed(f"{reference} was changed meanwhile (version {case.version}): look at it again")
    return case


def plain(detail: dict[str, Any]) -> dict[str, Any]:
    """As JSON can hold it."""
    return {name: _plain(value) for name, value in detail.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
