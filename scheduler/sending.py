"""Sending: what came due is checked once more, written, and put in the outbox, in one transaction with its row.

An occurrence leaves the state "planned" exactly when its message enters the outbox under a key made from the
occurrence: killed at any instant, either both happened or neither. What the guards hold back waits, or says why not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.records import Address, Contact, Conversation, Message, Occurrence, OutboxMessage
from bot.records.base import table_of
from bot.store.plan import PRIORITY
from bot.store.port import Store
from bot.store.tables import to_json
from bot.templating import RenderFailed, Templates
from bot.templating.engine import MissingTemplate
from scheduler.facts import Suppressed, load_facts, nobody
from scheduler.gate import MARK, mark
from scheduler.guards import Candidate, Facts, Limits, Verdict, check, promotional
from scheduler.message_facts import variables_for
from scheduler.recurrence import zone_of
from scheduler.rule_book import ActiveRule, active_rules
from scheduler.rules import Rule
from scheduler.still import Standing, standing_of, why_not

_BATCH = 200
_AGENT_WAIT = timedelta(hours=4)
_USUAL = ("telegram", "whatsapp", "email", "sms")  # the free ones first. source: CH-08
_SETTLED_WITHIN = timedelta(days=3)
_KEY = "occurrence:"
_OUTCOMES = {"failed": "failed", "uncertain": "uncertain", "cancelled": "skipped"}

_occurrences = table_of(Occurrence)
_addresses = table_of(Address).c
_conversations = table_of(Conversation).c
_outbox = table_of(OutboxMessage).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Through which account each channel goes, and the templates its provider has approved."""

    accounts: Mapping[str, str]  # channel → account id
    approved: Mapping[str, frozenset[str]] = field(default_factory=dict)  # account id → template names
    unsubscribe_url: Callable[[str, str], str] = lambda contact_id, channel: ""


@dataclass(slots=True, kw_only=True)
class Decided:
    """What becomes of one occurrence."""

    row: Occurrence
    status: str  # sent, planned (later), skipped, stopped
    reason: str = ""
    detail: str = ""
    candidate: Candidate | None = None
    verdict: Verdict | None = None
    body: dict[str, Any] = field(default_factory=dict)
    talk: Conversation | None = None
    until: datetime | None = None


class Sender:
    """Takes what is due in batches, the oldest first; any number of processes may."""

    def __init__(
        self,
        store: Store,
        templates: Templates,
        doors: Doors,
        limits: Limits,
        rules: Callable[[], Mapping[str, Rule]],
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
        news = await self._store.read(partial(news_of, now=self._clock.now()))
        return await self._store.write(partial(feed_back, news=news)) if news else 0

    def send_due(
        self, session: Session, now: datetime, *, limit: int = _BATCH, rule_id: str = ""
    ) -> list[Decided]:
        """One batch, of all rules or of one, decided and written down."""
        rows = session.scalars(
            select(Occurrence)
            .where(
                _occurrences.c.status == "planned",
                _occurrences.c.due_at <= now,
                *([_occurrences.c.rule_id == rule_id] if rule_id else []),
            )
            .order_by(_occurrences.c.due_at, _occurrences.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        decided = self._decide(session, rows, now)
        for one in decided:
            self._write(session, one, now)
        session.flush()
        return decided

    # deciding

    def _decide(self, session: Session, rows: Sequence[Occurrence], now: datetime) -> list[Decided]:
        rules = {active.id: active for active in active_rules(session, self._rules())}
        steps: dict[tuple[str, int], list[Occurrence]] = defaultdict(list)
        decided = []
        for row in rows:
            active = rules.get(row.rule_id)
            if active is None or row.step >= len(active.rule.steps):
                decided.append(Decided(row=row, status="stopped", reason="rule_off"))
            elif now > _latest(row, active):
                decided.append(Decided(row=row, status="skipped", reason="late"))
            else:
                steps[row.rule_id, row.step].append(row)
        passed: dict[str, list[datetime]] = defaultdict(list)
        for (rule_id, number), some in steps.items():
            decided += self._decide_step(session, rules[rule_id], number, some, now, passed)
        return decided

    def _decide_step(
        self,
        session: Session,
        active: ActiveRule,
        number: int,
        rows: Sequence[Occurrence],
        now: datetime,
        passed: dict[str, list[datetime]],
    ) -> list[Decided]:
        standing = standing_of(session, active, number, rows, now)
        reach = _Reach(session, rows, self._doors)
        decided, drafts = [], []
        for row in rows:
            status, reason = why_not(active, row, standing)
            if status:
                decided.append(Decided(row=row, status=status, reason=reason))
                continue
            drafts.append((row, self._drafts(active, row, standing, reach, now)))
        every = [one.candidate for _, some in drafts for one in some if one.candidate is not None]
        known = dict(
            zip(
                map(id, every),
                load_facts(session, every, now=now, suppressed=self._suppressed) if every else (),
                strict=True,
            )
        )
        decided += [self._choose(row, some, known, passed, now) for row, some in drafts]
        return decided

    def _drafts(
        self, active: ActiveRule, row: Occurrence, standing: Standing, reach: _Reach, now: datetime
    ) -> list[Decided]:
        """The message as each door that reaches the contact would send it, the best door first."""
        rule, step = active.rule, active.rule.steps[row.step]
        contact = reach.contacts[row.contact_id]
        found = []
        for channel, address, talk in reach.ways(row.contact_id, rule.channels):
            url = self._doors.unsubscribe_url(contact.id, channel) if rule.purpose != "service" else ""
            account = self._doors.accounts[channel]
            zone = zone_of(contact.timezone, contact.country, "", self._limits.timezone)
            values, missing = variables_for(
                rule,
                step,
                standing.subjects.get(row.subject_id, {}),
                row.detail,
                zone,
                name="" if contact.mode == "discreet" else contact.name,
                unsubscribe=url,
            )
            language = contact.language or (talk.language if talk else "") or self._templates.company.language
            try:
                said = self._templates.render(
                    step.template, language=language, channel=channel, variables=values
                ) if not missing else None  # fmt: skip
            except (RenderFailed, MissingTemplate) as error:
                return [Decided(row=row, status="skipped", reason="template", detail=str(error))]
            approved = step.template in self._doors.approved.get(account, ())
            candidate = Candidate(
                contact_id=contact.id,
                purpose=rule.purpose,
                channel=channel,
                address=address,
                at=now,
                source=f"rule:{rule.name}",
                latest=_latest(row, active),
                language=said.language if said else language,
                subject=said.subject if said else "",
                text=said.text if said else "",
                template=step.template if approved else "",
                unsubscribe_url=url,
                missing=missing,
            )
            body = {
                "text": candidate.text,
                "language": candidate.language,
                "subject": candidate.subject,
                "unsubscribe_url": url,
                MARK: mark(candidate, occurrence=row.id),
            }
            if approved:
                body["template"] = step.template
                body["variables"] = self._templates.in_words(values, candidate.language)
            found.append(Decided(row=row, status="sent", candidate=candidate, body=body, talk=talk))
        return found

    def _choose(
        self,
        row: Occurrence,
        drafts: Sequence[Decided],
        known: Mapping[int, Facts],
        passed: dict[str, list[datetime]],
        now: datetime,
    ) -> Decided:
        """The first door that is free; else the earliest that will be; else why none is."""
        held: list[Decided] = []
        for draft in drafts:
            if draft.candidate is None:
                return draft
            facts = known[id(draft.candidate)]
            if passed[row.contact_id]:
                facts = replace(facts, promotions=(*facts.promotions, *passed[row.contact_id]))
            verdict = draft.verdict = check(draft.candidate, facts, self._limits)
            draft.reason, draft.detail = verdict.code, to_json(dict(verdict.detail)) if verdict.detail else ""
            draft.until = verdict.until
            if verdict.allowed and draft.talk is not None and draft.talk.owner == "agent":
                draft.reason, draft.until = "agent_owns", now + _AGENT_WAIT
            elif verdict.allowed:
                if promotional(draft.candidate):
                    passed[row.contact_id].append(now)
                return draft
            draft.status = "planned" if draft.until is not None else "skipped"
            held.append(draft)
        waiting = [draft for draft in held if draft.until is not None]
        if waiting:
            return min(waiting, key=lambda draft: draft.until or now)
        return held[0] if held else Decided(row=row, status="skipped", reason="no_address")

    # writing

    def _write(self, session: Session, one: Decided, now: datetime) -> None:
        row = one.row
        row.reason = one.reason
        if one.status == "planned":
            row.due_at = one.until or row.due_at
            return
        row.status, row.settled_at = one.status, now
        if one.status != "sent" or one.candidate is None:
            row.detail = one.detail or row.detail
            return
        row.channel = one.candidate.channel
        row.cost = one.verdict.cost if one.verdict else row.cost
        row.outbox_id = self._enqueue(session, one, one.candidate, now)

    def _enqueue(self, session: Session, one: Decided, candidate: Candidate, now: datetime) -> str:
        message_id, talk = self._ids.new(), one.talk
        purpose = "service" if candidate.purpose == "service" else "bulk"
        if talk is not None:
            session.flush()  # else it forgets the number that another message of this batch has taken
            session.refresh(talk, with_for_update=True)
            talk.last_seq += 1
            talk.version += 1  # a decision under way reads the conversation anew
            session.add(_message(message_id, talk, candidate, now))
        session.add(
            OutboxMessage(
                id=message_id,
                key=f"{_KEY}{one.row.id}",
                conversation_id=talk.id if talk else None,
                message_id=message_id if talk else None,
                account_id=talk.account_id if talk else self._doors.accounts[candidate.channel],
                thread=talk.thread if talk else candidate.address,
                to=candidate.address,
                body=one.body,
                purpose=purpose,
                priority=PRIORITY[purpose],
                status="queued",
                next_at=now,
                created_at=now,
            )
        )
        return message_id


def _is_due(session: Session, now: datetime) -> bool:
    """Whether anything waits: an idle program writes nothing."""
    found = select(_occurrences.c.id).where(_occurrences.c.status == "planned", _occurrences.c.due_at <= now)
    return session.scalar(found.limit(1)) is not None


def news_of(session: Session, now: datetime) -> list[tuple[str, str, str]]:
    """Occurrences handed over lately whose message failed or is in doubt: id, status of the message, code."""
    recent = f"{int((now - _SETTLED_WITHIN).timestamp() * 1000):012x}"  # ids begin with their time
    rows = session.execute(
        select(_occurrences.c.id, _outbox.status, _outbox.code)
        .join(table_of(OutboxMessage), func.substr(_outbox.key, len(_KEY) + 1) == _occurrences.c.id)
        .where(
            _outbox.id > recent,
            _outbox.status.in_(list(_OUTCOMES)),
            _outbox.key.startswith(_KEY),
            _occurrences.c.status == "sent",
        )
    )
    return [(row.id, row.status, row.code) for row in rows]


def feed_back(session: Session, news: Sequence[tuple[str, str, str]]) -> int:
    """Write these outcomes on their occurrences; how many were still unknown."""
    changed = 0
    for occurrence_id, status, code in news:
        done = session.execute(
            update(_occurrences)
            .where(_occurrences.c.id == occurrence_id, _occurrences.c.status == "sent")
            .values(status=_OUTCOMES[status], reason=code or status)
        )
        changed += done.rowcount  # type: ignore[attr-defined]
    return changed


def _latest(row: Occurrence, active: ActiveRule) -> datetime:
    """Until when a message of a day still makes sense, whatever held it back."""
    end_of_day = datetime.combine(row.on_date + timedelta(days=1), time(12), tzinfo=UTC)
    return end_of_day + active.rule.late_within


def _message(message_id: str, talk: Conversation, candidate: Candidate, now: datetime) -> Message:
    return Message(
        id=message_id,
        conversation_id=talk.id,
        seq=talk.last_seq,
        direction="out",
        author="bot",
        text=candidate.text,
        subject=candidate.subject,
        language=candidate.language,
        attachments=[],
        buttons=[],
        template=candidate.template,
        decided_by="rule",
        why=candidate.source,
        created_at=now,
    )


class _Reach:
    """Who the contacts of a batch are, and the ways to each of them."""

    def __init__(self, session: Session, rows: Sequence[Occurrence], doors: Doors) -> None:
        people = sorted({row.contact_id for row in rows})
        contacts = table_of(Contact).c
        found = session.scalars(select(Contact).where(contacts.id.in_(people)))
        self.contacts = {contact.id: contact for contact in found}
        self._doors = doors
        self._addresses: dict[str, list[Address]] = defaultdict(list)
        for address in session.scalars(
            select(Address).where(_addresses.contact_id.in_(people)).order_by(_addresses.id)
        ):
            self._addresses[address.contact_id].append(address)
        talks = session.scalars(
            select(Conversation)
            .where(
                _conversations.contact_id.in_(people),
                _conversations.account_id.in_(sorted(set(doors.accounts.values()))),
            )
            .order_by(_conversations.last_inbound_at)
        )
        self._talks = {(talk.contact_id, talk.account_id, talk.address): talk for talk in talks}

    def ways(self, contact_id: str, wanted: Sequence[str]) -> list[tuple[str, str, Conversation | None]]:
        """Channel, address and conversation: the contact's wish, the rule's order, then the usual one."""
        order = list(wanted or _USUAL)
        preferred = self.contacts[contact_id].preferred_channel
        if preferred in self._doors.accounts and (not wanted or preferred in wanted):
            order = [preferred, *(channel for channel in order if channel != preferred)]
        found = []
        for channel in order:
            account = self._doors.accounts.get(channel)
            for address in self._addresses[contact_id]:
                if account is not None and address.channel == channel:
                    talk = self._talks.get((contact_id, account, address.value))
                    if talk is not None or channel not in ("telegram", "webchat"):  # they speak first there
                        found.append((channel, address.value, talk))
        return found
