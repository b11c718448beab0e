"""Which rules are on: rows of `outreach_rules` over the ready definitions, and what people did to them.

A row's `definition` holds "since", the instant it was switched on (nothing older is ever sent), and "rule": the whole
definition where the company wrote its own, else only what it changed of the ready one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.records import AuditEntry, OutreachRule
from bot.records.base import table_of
from scheduler.rules import Feast, Rule, RuleError, read_rule

log = structlog.get_logger()

_rules = table_of(OutreachRule).c


class NoSuchRule(Exception):
    """There is no rule of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveRule:
    """A rule that is on."""

    id: str
    rule: Rule
    since: datetime  # nothing that was due before is sent
    planned_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRule:
    """A rule as people see it, whether it is on or off."""

    rule: Rule
    active: bool
    changed_by: str = ""
    changed_at: datetime | None = None


def all_rules(session: Session, ready: Mapping[str, Rule]) -> dict[str, ListedRule]:
    """The ready rules and the company's own, by name."""
    rows = {row.name: row for row in session.scalars(select(OutreachRule))}
    found = {}
    for name in sorted({*ready, *rows}):
        row = rows.get(name)
        if row is None:
            found[name] = ListedRule(rule=ready[name], active=False)
            continue
        rule = _rule_of(row, ready)
        if rule is not None:
            found[name] = ListedRule(
                rule=rule, active=row.active, changed_by=row.changed_by, changed_at=row.changed_at
            )
    return found


def active_rules(session: Session, ready: Mapping[str, Rule]) -> list[ActiveRule]:
    """The rules that are on; one that no longer makes sense is logged and left out."""
    rows = session.scalars(select(OutreachRule).where(_rules.active).order_by(_rules.name))
    found = []
    for row in rows:
        rule = _rule_of(row, ready)
        if rule is not None:
            since = datetime.fromisoformat(row.definition["since"])
            found.append(ActiveRule(id=row.id, rule=rule, since=since, planned_until=row.planned_until))
    return found


def switch(
    session: Session,
    ready: Mapping[str, Rule],
    name: str,
    *,
    on: bool,
    by: str,
    new_id: str,
    now: datetime,
) -> ListedRule:
    """Switch a rule on or off; on again starts from now. Raises `NoSuchRule`."""
    row = _row(session, ready, name, new_id=new_id, by=by, now=now)
    if row.active != on:
        _note(session, new_id, "rule_on" if on else "rule_off", name, by, now)
        row.active, row.changed_by, row.changed_at, row.version = on, by, now, row.version + 1
        if on:
            row.definition = {**row.definition, "since": now.isoformat()}
            row.planned_until = None
    session.flush()
    return all_rules(session, ready)[name]


def change(
    session: Session,
    ready: Mapping[str, Rule],
    name: str,
    changes: Mapping[str, Any],
    *,
    by: str,
    new_id: str,
    now: datetime,
    check: Callable[[Rule], None] = lambda rule: None,
) -> ListedRule:
    """Change fields of a rule, or bring in one of the company's own. Raises `RuleError`.

    What is planned already keeps its time; it is checked again when it is sent. `check` raises on what can't be used.
    """
    base = ready[name].model_dump(mode="json", exclude_unset=True) if name in ready else {}
    row = session.scalar(select(OutreachRule).where(_rules.name == name))
    kept = {**(row.definition.get("rule", {}) if row is not None else {}), **changes}
    check(read_rule({**base, **kept, "name": name}, name))
    if row is None:
        row = _add(session, name, new_id=new_id, by=by, now=now)
    row.definition = {**row.definition, "rule": kept}
    row.changed_by, row.changed_at, row.version, row.planned_until = by, now, row.version + 1, None
    _note(session, new_id, "rule_changed", name, by, now, fields=sorted(changes))
    session.flush()
    return all_rules(session, ready)[name]


def confirm(
    session: Session, ready: Mapping[str, Rule], name: str, day: date, *, by: str, new_id: str, now: datetime
) -> ListedRule:
    """Say on which day a feast of the moon really falls. Raises `NoSuchRule`, `RuleError`."""
    listed = all_rules(session, ready).get(name)
    if listed is None or not isinstance(listed.rule.when, Feast):
        raise NoSuchRule(f"there is no rule {name} for a feast of the moon")
    confirmed = {**listed.rule.when.confirmed, day.year: day}
    when = listed.rule.when.model_copy(update={"confirmed": confirmed}).model_dump(mode="json")
    return change(session, ready, name, {"when": when}, by=by, new_id=new_id, now=now)


def planned(session: Session, rule_id: str, until: datetime) -> None:
    session.execute(update(table_of(OutreachRule)).where(_rules.id == rule_id).values(planned_until=until))


def _row(
    session: Session, ready: Mapping[str, Rule], name: str, *, new_id: str, by: str, now: datetime
) -> OutreachRule:
    row = session.scalar(select(OutreachRule).where(_rules.name == name))
    if row is not None:
        return row
    if name not in ready:
        raise NoSuchRule(f"there is no rule {name}")
    return _add(session, name, new_id=new_id, by=by, now=now)


def _add(session: Session, name: str, *, new_id: str, by: str, now: datetime) -> OutreachRule:
    row = OutreachRule(
        id=new_id,
        name=name,
        definition={"since": now.isoformat()},
        active=False,
        changed_by=by,
        changed_at=now,
    )
    session.add(row)
    return row


def _note(
    session: Session, new_id: str, action: str, name: str, by: str, now: datetime, **detail: Any
) -> None:
    """An entry of the audit log, whether it was done in the console, by API or by command."""
    session.add(
        AuditEntry(
            id=new_id, at=now, actor=by, action=action, object_kind="rule", object_id=name, detail=detail
        )
    )


def _rule_of(row: OutreachRule, ready: Mapping[str, Rule]) -> Rule | None:
    own = row.definition.get("rule", {})
    base = ready[row.name].model_dump(mode="json", exclude_unset=True) if row.name in ready else {}
    try:
        return read_rule({**base, **own, "name": row.name}, row.name)
    except RuleError as error:
        log.error("rule_unusable", rule=row.name, error=str(error))
        return None
