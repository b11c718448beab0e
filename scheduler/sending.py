"""Sending: what came due is checked once more, written, and put in the outbox, in one transaction with its row.

An occurrence leaves the state "planned" exactly when its message enters the outbox under a key made from the
occurrence: killed at any instant, either both happened or neither. What the guards hold back waits, or says why not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.appointments.words import when_words
from bot.clock import Clock
from bot.ids import IdMaker
from bot.records import Occurrence
from bot.records.base import table_of
from bot.store.port import Records
from bot.store.tables import to_json
from bot.templating import RenderFailed, Templates
from bot.templating.engine import MissingTemplate
from scheduler.calls import ask_for_calls
from scheduler.drafts import Draft, Filled, Saying, best_held, compose, counts, hand_over, weigh
from scheduler.facts import Suppressed, load_facts, nobody
from scheduler.guards import Candidate, Facts, Limits, Verdict
from scheduler.message_facts import variables_for
from scheduler.outcomes import feed_back, news_of
from scheduler.reach import Doors, Reach
from scheduler.rule_book import ActiveRule, active_rules
from scheduler.rules import Rule
from scheduler.segments import Members
from scheduler.still import Standing, standing_of, why_not

_BATCH = 200
_KEY = "occurrence:"

_occurrences = table_of(Occurrence)


@dataclass(slots=True, kw_only=True)
class Decided:
    """What becomes of one occurrence."""

    row: Occurrence
    status: str  # sent, planned (later), skipped, stopped
    reason: str = ""
    detail: str = ""
    draft: Draft | None = None
    until: datetime | None = None

    @property
    def candidate(self) -> Candidate | None:
        return self.draft.candidate if self.draft else None

    @property
    def verdict(self) -> Verdict | None:
        return self.draft.verdict if self.draft else None


class Sender:
    """Takes what is due in batches, the oldest first; any number of processes may."""

    def __init__(
        self,
        store: Records,
        templates: Templates,
        doors: Doors,
        limits: Limits,
        rules: Callable[[], Mapping[str, Rule]],
        members: Members,
        *,
        clock: Clock,
        ids: IdMaker,
        wake: Callable[[], None] = lambda: None,
        suppressed: Suppressed = nobody,
    ) -> None:
        self._store = store
        self._templates = templates
        self._doors = doors
        self._limits = limits
        self._rules = rules
        self._members = members
        self._clock = clock
        self._ids = ids
        self._wake = wake
        self._suppressed = suppressed

    async def tick(self) -> int:
        """Send what is due; how many rows were settled."""
        settled = 0
        while await self._store.read(partial(_is_due, now=self._clock.now())):
            now = self._clock.now()
            decided = await self._store.write(partial(self.send_due, now=now))
            settled += len(decided)
            if any(one.status == "sent" for one in decided):
                self._wake()
            if len(decided) < _BATCH:
                break
        return settled

    async def learn(self) -> int:
        """Write down what became of messages handed over lately; how many were not delivered, or in doubt."""
        look = partial(news_of, planned=_occurrences, prefix=_KEY, now=self._clock.now())
        news = await self._store.read(look)
        return await self._store.write(partial(feed_back, planned=_occurrences, news=news)) if news else 0

    def send_due(
        self, session: Session, now: datetime, *, limit: int = _BATCH, rule_id: str = ""
    ) -> list[Decided]:
        """One batch, of all rules or of one, decided and written down.

        All that is due to a contact is decided together, in a fixed order: which of two promotions takes the last
        place under the caps is no matter of chance, and a simulation can tell it.
        """
        rules = {active.id: active for active in active_rules(session, self._rules())}
        due = [_occurrences.c.status == "planned", _occurrences.c.due_at <= now]
        due += [_occurrences.c.rule_id == rule_id] if rule_id else []
        first = session.scalars(
            select(_occurrences.c.contact_id).where(*due).order_by(_occurrences.c.due_at).limit(limit)
        )
        taken = (
            select(Occurrence)
            .where(_occurrences.c.contact_id.in_(sorted(set(first))), *due)
            .with_for_update(skip_locked=True)
        )
        rows = sorted(session.scalars(taken), key=partial(_turn, rules=rules))
        decided = self._decide(session, rows, rules, now)
        self._write(session, decided, now)
        session.flush()
        self._ask_for_calls(session, decided, rules, now)
        return decided

    # deciding

    def _decide(
        self, session: Session, rows: Sequence[Occurrence], rules: Mapping[str, ActiveRule], now: datetime
    ) -> list[Decided]:
        steps: dict[tuple[str, int], list[Occurrence]] = defaultdict(list)
        decided: list[Decided] = []
        for row in rows:
            active = rules.get(row.rule_id)
            if active is None or row.step >= len(active.rule.steps):
                decided.append(Decided(row=row, status="stopped", reason="rule_off"))
            elif now > _latest(row, active):
                decided.append(Decided(row=row, status="skipped", reason="late"))
            else:
                steps[row.rule_id, row.step].append(row)
        drafts: dict[str, list[Draft]] = {}
        reach = Reach(session, (row.contact_id for some in steps.values() for row in some), self._doors)
        for (rule_id, number), some in steps.items():
            standing = standing_of(session, rules[rule_id], number, some, members=self._members, now=now)
            for row in some:
                status, reason = why_not(rules[rule_id], row, standing)
                if status:
                    decided.append(Decided(row=row, status=status, reason=reason))
                    continue
                try:
                    drafts[row.id] = self._drafts(rules[rule_id], row, standing, reach, now)
                except (RenderFailed, MissingTemplate) as error:
                    decided.append(Decided(row=row, status="skipped", reason="template", detail=str(error)))
        return decided + self._choose_all(session, [row for row in rows if row.id in drafts], drafts, now)

    def _choose_all(
        self,
        session: Session,
        rows: Sequence[Occurrence],
        drafts: Mapping[str, Sequence[Draft]],
        now: datetime,
    ) -> list[Decided]:
        """One after the other, so that two messages to one contact in one batch see each other."""
        every = [draft.candidate for row in rows for draft in drafts[row.id]]
        facts = load_facts(session, every, now=now, suppressed=self._suppressed) if every else []
        known = dict(zip(map(id, every), facts, strict=True))
        passed: dict[str, list[datetime]] = defaultdict(list)
        return [self._choose(row, drafts[row.id], known, passed[row.contact_id], now) for row in rows]

    def _when(self, subject: Mapping[str, Any], language: str, zone: ZoneInfo) -> str:
        """An appointment's time in words, by the contact's own clock."""
        if not isinstance(subject.get("starts_at"), datetime):
            return ""
        return when_words(
            subject["starts_at"],
            language,
            zone,
            company_zone=ZoneInfo(self._limits.timezone),
            country=self._templates.company.country,
        )

    def _drafts(
        self, active: ActiveRule, row: Occurrence, standing: Standing, reach: Reach, now: datetime
    ) -> list[Draft]:
        """The message as each door that reaches the contact would send it, the best door first."""
        rule, step = active.rule, active.rule.steps[row.step]
        contact = reach.contacts[row.contact_id]

        def fill(language: str, zone: ZoneInfo, name: str, url: str) -> Filled:
            about = standing.subjects.get(row.subject_id, {})
            when = self._when(about, language, zone)
            return variables_for(rule, step, about, row.detail, zone, name=name, unsubscribe=url, when=when)

        saying = Saying(
            template=step.template,
            purpose=rule.purpose,
            source=f"rule:{rule.name}",
            fill=fill,
            at=now,
            latest=_latest(row, active),
            occurrence=row.id,
        )
        return [
            compose(
                saying,
                way,
                contact,
                templates=self._templates,
                doors=self._doors,
                timezone=self._limits.timezone,
            )
            for way in reach.ways(row.contact_id, rule.channels)
        ]

    def _choose(
        self,
        row: Occurrence,
        drafts: Sequence[Draft],
        known: Mapping[int, Facts],
        passed: list[datetime],
        now: datetime,
    ) -> Decided:
        """The first door that is free; else the earliest that will be; else why none is."""
        held: list[Draft] = []
        for draft in drafts:
            weigh(draft, known[id(draft.candidate)], self._limits, passed)
            if draft.free:
                if counts(draft):
                    passed.append(now)
                return Decided(row=row, status="sent", draft=draft)
            held.append(draft)
        best = best_held(held)
        if best is None:
            return Decided(row=row, status="skipped", reason="no_address")
        return Decided(
            row=row,
            status="planned" if best.until is not None else "skipped",
            reason=best.reason,
            detail=to_json(dict(best.verdict.detail)) if best.verdict.detail else "",
            draft=best,
            until=best.until,
        )

    # writing

    def _write(self, session: Session, decided: Sequence[Decided], now: datetime) -> None:
        sent = {f"{_KEY}{one.row.id}": one.draft for one in decided if one.status == "sent" and one.draft}
        outbox = hand_over(
            session,
            sent,
            doors=self._doors,
            decided_by="rule",
            new_id=self._ids.new,
            now=now,
        )
        for one in decided:
            row = one.row
            row.reason = one.reason
            if one.status == "planned":
                row.due_at = one.until or row.due_at
                continue
            row.status, row.settled_at = one.status, now
            if one.status != "sent" or one.draft is None:
                row.detail = one.detail or row.detail
                continue
            row.channel = one.draft.candidate.channel
            row.cost = one.draft.verdict.cost
            row.outbox_id = outbox[f"{_KEY}{row.id}"]

    def _ask_for_calls(
        self, session: Session, decided: Sequence[Decided], rules: Mapping[str, ActiveRule], now: datetime
    ) -> None:
        """Where a message went, or nothing but an address was missing, its rule may ask a person to call."""
        told = [one for one in decided if one.status == "sent" or one.reason == "no_address"]
        wanted = []
        for one in told:
            row, rule = one.row, rules[one.row.rule_id].rule
            if (call := rule.steps[row.step].call) is not None:
                wanted.append((f"{_KEY}{row.id}", row.contact_id, f"rule:{rule.name}", call))
        language = self._templates.company.language
        ask_for_calls(session, wanted, language=language, new_id=self._ids.new, now=now)


def _turn(row: Occurrence, rules: Mapping[str, ActiveRule]) -> tuple[Any, ...]:
    """The order of what is due: by its hour, then by the rule's name, whoever planned it when."""
    active = rules.get(row.rule_id)
    name = active.rule.name if active else ""
    return row.due_at, name, row.step, row.contact_id, row.subject_id, row.on_date


def _is_due(session: Session, now: datetime) -> bool:
    """Whether anything waits: an idle program writes nothing."""
    found = select(_occurrences.c.id).where(_occurrences.c.status == "planned", _occurrences.c.due_at <= now)
    return session.scalar(found.limit(1)) is not None


def _latest(row: Occurrence, active: ActiveRule) -> datetime:
    """Until when a message of a day still makes sense, whatever held it back."""
    end_of_day = datetime.combine(row.on_date + timedelta(days=1), time(12), tzinfo=UTC)
    return end_of_day + active.rule.late_within
