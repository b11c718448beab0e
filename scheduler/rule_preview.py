"""What a rule would do in the days to come: the very planner and sender, on a virtual clock, and nothing kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.records import Contact, Occurrence, OutreachRule
from bot.records.base import table_of
from bot.store.port import Records
from scheduler.occurrences import Setting, days_to_plan, plan_day, plan_events
from scheduler.rule_book import ActiveRule
from scheduler.rule_words import reason_in_words
from scheduler.rules import Rule
from scheduler.sending import Decided, Sender

_AT_MOST = 5_000  # messages looked at one by one
_occurrences = table_of(Occurrence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message, or why there is none."""

    contact_id: str
    name: str
    at: datetime
    status: str
    channel: str = ""
    address: str = ""
    language: str = ""
    subject: str = ""
    text: str = ""
    reason: str = ""
    words: str = ""  # the reason, in the asked language


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`planned` is the whole; `lines` the first of them."""

    rule: str
    planned: int
    lines: tuple[Line, ...]


class _Undo(Exception):
    def __init__(self, preview: Preview) -> None:
        super().__init__("a preview keeps nothing")
        self.preview = preview


async def preview(
    store: Records,
    sender: Sender,
    setting: Setting,
    rule: Rule,
    *,
    now: datetime,
    days: int,
    limit: int = 50,
    language: str = "en",
) -> Preview:
    """Plan and send within one transaction that is taken back. Looks at the first `limit` messages in full."""

    def work(session: Session) -> None:
        raise _Undo(
            _look_ahead(session, sender, setting, rule, now=now, days=days, limit=limit, language=language)
        )

    try:
        await store.write(work)
    except _Undo as undone:
        return undone.preview
    raise AssertionError("a preview always takes its transaction back")


def _look_ahead(
    session: Session,
    sender: Sender,
    setting: Setting,
    rule: Rule,
    *,
    now: datetime,
    days: int,
    limit: int,
    language: str,
) -> Preview:
    active = _switched_on(session, rule, now)
    until = now + timedelta(days=days)
    plan_events(session, replace(active, since=now - rule.late_within), members=setting.members, now=now)
    for number, day in days_to_plan(active, until, now=now):
        plan_day(session, active, number, day, setting, until=until, now=now)
    ours = (_occurrences.c.rule_id == active.id, _occurrences.c.status == "planned")
    planned = session.scalar(select(func.count()).select_from(_occurrences).where(*ours)) or 0
    lines: list[Line] = []
    while len(lines) < min(limit, _AT_MOST):
        at = session.scalar(
            select(func.min(_occurrences.c.due_at)).where(*ours, _occurrences.c.due_at <= until)
        )
        if at is None:
            break
        moment = max(at, now)
        decided = sender.send_due(session, moment, limit=limit - len(lines), rule_id=active.id)
        names = _names(session, decided)
        lines += [_line(one, names, moment, language) for one in decided]
    return Preview(rule=rule.name, planned=planned, lines=tuple(lines[:limit]))


def _switched_on(session: Session, rule: Rule, now: datetime) -> ActiveRule:
    """The rule as if it were switched on now."""
    row = session.scalar(select(OutreachRule).where(table_of(OutreachRule).c.name == rule.name))
    if row is not None and row.active:
        return ActiveRule(
            id=row.id, rule=rule, since=datetime.fromisoformat(row.definition["since"]), planned_until=now
        )
    rule_id = row.id if row is not None else f"preview-{rule.name}"
    definition = {"since": now.isoformat(), "rule": rule.model_dump(mode="json", exclude_unset=True)}
    if row is None:
        row = OutreachRule(
            id=rule_id, name=rule.name, definition=definition, changed_by="preview", changed_at=now
        )
        session.add(row)
    row.active, row.definition = True, definition
    session.flush()
    return ActiveRule(id=rule_id, rule=rule, since=now)


def _names(session: Session, decided: list[Decided]) -> Mapping[str, str]:
    contacts = table_of(Contact).c
    ids = [one.row.contact_id for one in decided]
    return {
        row.id: row.name
        for row in session.execute(select(contacts.id, contacts.name).where(contacts.id.in_(ids)))
    }


def _line(one: Decided, names: Mapping[str, str], at: datetime, language: str) -> Line:
    said: Any = one.candidate
    known = one.verdict.words(language) if one.verdict is not None and one.verdict.code == one.reason else ""
    words = known or reason_in_words(one.reason, language)
    return Line(
        contact_id=one.row.contact_id,
        name=names.get(one.row.contact_id, ""),
        at=at,
        status="later" if one.status == "planned" else one.status,
        channel=said.channel if said else "",
        address=said.address if said else "",
        language=said.language if said else "",
        subject=said.subject if said else "",
        text=said.text if said else "",
        reason=one.reason,
        words=words if one.reason else "",
    )
