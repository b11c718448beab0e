"""Who gets what by which door, or why not: one answer, for the plan, for the start and for the sending.

Doors are tried in the contact's order, round by round: most contacts take the first, so the second is written only
for those it did not fit. Some statements for some hundred contacts, whatever their number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records import Address, Recipient
from bot.records.base import table_of
from bot.store.tables import to_json
from bot.templating import RenderFailed, Templates
from bot.templating.engine import MissingTemplate
from scheduler.campaigns.book import Mailing
from scheduler.campaigns.definition import Definition
from scheduler.campaigns.hold import narrowed
from scheduler.campaigns.ports import LinkMaker, PlannedLine
from scheduler.drafts import Draft, Fill, Filled, Saying, best_held, compose, weigh
from scheduler.facts import Suppressed, load_facts, nobody
from scheduler.guards import Facts, Limits, address_key, shown_name
from scheduler.message_facts import fill_template
from scheduler.reach import Doors, Reach, Way
from scheduler.recurrence import zone_of

OVER_BUDGET: Final = "budget"
_addresses = table_of(Address).c
_recipients = table_of(Recipient).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One contact that is to be written to."""

    recipient_id: str
    contact_id: str
    variant: str = ""
    at: datetime | None = None  # none: by the campaign's start
    trial: bool = True  # False: waits for the winner


@dataclass(slots=True, kw_only=True)
class Purse:
    """What may still be spent, how many go, and who gets it at a number that several contacts share."""

    left: Decimal | None = None  # None: no budget
    spent: Decimal = Decimal(0)
    count: int = 0
    taken: dict[str, str] = field(default_factory=dict)

    def affords(self, cost: Decimal) -> bool:
        return self.left is None or cost <= self.left

    def pay(self, cost: Decimal) -> None:
        self.count += 1
        self.spent += cost
        if self.left is not None:
            self.left -= cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A line, and the message it stands for; None: there is none."""

    line: PlannedLine
    draft: Draft | None = None
    free: bool = False  # it may go at once


class Writer:
    """`lines` writes for some hundred contacts in one session; it changes nothing in it."""

    def __init__(
        self,
        templates: Templates,
        doors: Doors,
        limits: Limits,
        *,
        suppressed: Suppressed = nobody,
        links: LinkMaker | None = None,
    ) -> None:
        self.templates = templates
        self.doors = doors if links is None else replace(doors, links=links)
        self.limits = limits
        self._suppressed = suppressed

    def lines(
        self,
        session: Session,
        mailing: Mailing,
        wanted: Sequence[Wanted],
        purse: Purse,
        *,
        now: datetime,
        spread: bool = False,
        kept: bool = True,
    ) -> list[Written]:
        """One for each of `wanted`, in their order.

        `spread` puts the messages as far apart as the rate says; `kept`: there are rows of earlier contacts.
        """
        batch = _Batch(self, session, mailing, wanted, purse, now=now, spread=spread)
        if batch.shared:
            purse.taken |= taken_numbers(session, mailing.id, batch.shared) if kept else {}
        batch.run(self._suppressed)
        return [batch.done[each.recipient_id] for each in wanted]


def taken_numbers(session: Session, campaign_id: str, shared: Mapping[str, set[str]]) -> dict[str, str]:
    """Of numbers that several contacts have: who of them gets this campaign there."""
    others = sorted(set().union(*shared.values()))
    rows = session.execute(
        select(_recipients.contact_id, _recipients.address).where(
            _recipients.campaign_id == campaign_id,
            _recipients.contact_id.in_(others),
            _recipients.status.in_(("waiting", "sent", "uncertain")),
            _recipients.channel.in_(("sms", "whatsapp")),
        )
    )
    return {address_key("sms", row.address): row.contact_id for row in rows}


class _Batch:
    def __init__(
        self,
        writer: Writer,
        session: Session,
        mailing: Mailing,
        wanted: Sequence[Wanted],
        purse: Purse,
        *,
        now: datetime,
        spread: bool,
    ) -> None:
        self.writer = writer
        self.session = session
        self.mailing = mailing
        self.definition = mailing.definition
        self.purse = purse
        self.now = now
        self.limits = narrowed(writer.limits, mailing.definition)
        self.interval = mailing.definition.interval if spread else None
        self.company = ZoneInfo(self.limits.timezone)
        self.reach = Reach(session, (each.contact_id for each in wanted), writer.doors)
        self.wanted = wanted
        self.done: dict[str, Written] = {}
        self.held: dict[str, list[Draft]] = {}
        self.at: dict[str, datetime] = {}
        self.ways: dict[str, list[Way]] = {}
        for each in wanted:
            if each.contact_id in self.reach.contacts:
                self.at[each.recipient_id] = self._moment(each)
                self.ways[each.recipient_id] = self.reach.ways(each.contact_id, self.definition.channels)
        self.shared = self._shared_numbers()

    def run(self, suppressed: Suppressed) -> None:
        left = []
        for each in self.wanted:
            if each.contact_id in self.reach.contacts:
                left.append(each)
            else:
                self._leave_out(each, "contact_gone", at=each.at or self.now)
        turn = 0
        while left:
            left = self._round(left, turn, suppressed)
            turn += 1

    def _round(self, wanted: Sequence[Wanted], turn: int, suppressed: Suppressed) -> list[Wanted]:
        """Try each contact's next door; those it did not fit come again."""
        drafts: list[tuple[Wanted, Draft]] = []
        for each in wanted:
            ways = self.ways[each.recipient_id]
            if turn >= len(ways):
                self._settle_held(each)
                continue
            try:
                drafts.append((each, self._compose(each, ways[turn])))
            except (RenderFailed, MissingTemplate) as error:
                self._leave_out(each, "template", detail=to_json({"error": str(error)}))
        candidates = [draft.candidate for _, draft in drafts]
        facts = load_facts(self.session, candidates, now=self.now, suppressed=suppressed)
        again = []
        for (each, draft), known in zip(drafts, facts, strict=True):
            if not self._fits(each, draft, self._with_holder(draft, known)):
                self.held.setdefault(each.recipient_id, []).append(draft)
                again.append(each)
        return again

    def _fits(self, each: Wanted, draft: Draft, known: Facts) -> bool:
        weigh(draft, known, self.limits)
        if draft.free and self.interval and self.purse.count:
            at = draft.candidate.at + self.interval * self.purse.count
            draft.candidate = replace(draft.candidate, at=at)
            weigh(draft, known, self.limits)
        if (draft.free or draft.until is not None) and not self.purse.affords(draft.verdict.cost):
            draft.reason, draft.until = OVER_BUDGET, None
        if not draft.free:
            return False
        self._take(each, draft)
        return True

    def _settle_held(self, each: Wanted) -> None:
        best = best_held(self.held.get(each.recipient_id, ()))
        if best is None:
            self._leave_out(each, "no_address")
        elif best.until is not None and self.purse.affords(best.verdict.cost):
            self._take(each, best)
        else:
            self._leave_out(each, best.reason, detail=_detail(best), draft=best)

    def _take(self, each: Wanted, draft: Draft) -> None:
        candidate, cost = draft.candidate, draft.verdict.cost
        self.purse.pay(cost)
        key = address_key(candidate.channel, candidate.address)
        if key in self.shared:
            self.purse.taken[key] = each.contact_id
        line = self._line(each, draft, due_at=draft.until or candidate.at, cost=cost)
        self.done[each.recipient_id] = Written(line=line, draft=draft, free=draft.free)

    def _leave_out(
        self,
        each: Wanted,
        reason: str,
        *,
        detail: str = "",
        draft: Draft | None = None,
        at: datetime | None = None,
    ) -> None:
        line = PlannedLine(
            recipient_id=each.recipient_id,
            contact_id=each.contact_id,
            name=self._name(each),
            status="skipped",
            due_at=at or self.at[each.recipient_id],
            variant=each.variant,
            channel=draft.candidate.channel if draft else "",
            address=draft.candidate.address if draft else "",
            language=draft.candidate.language if draft else "",
            reason=reason,
            detail=detail,
        )
        self.done[each.recipient_id] = Written(line=line, draft=draft)

    def _line(self, each: Wanted, draft: Draft, *, due_at: datetime, cost: Decimal) -> PlannedLine:
        said = draft.candidate
        return PlannedLine(
            recipient_id=each.recipient_id,
            contact_id=each.contact_id,
            name=self._name(each),
            status="waiting",
            due_at=due_at,
            variant=each.variant,
            channel=said.channel,
            address=said.address,
            language=said.language,
            subject=said.subject,
            text=said.text,
            cost=cost,
            reason=draft.reason,
            detail=_detail(draft),
        )

    def _name(self, each: Wanted) -> str:
        contact = self.reach.contacts.get(each.contact_id)
        return shown_name(contact.name, contact.mode) if contact is not None else ""

    # one message

    def _compose(self, each: Wanted, way: Way) -> Draft:
        contact = self.reach.contacts[each.contact_id]
        variant = self.mailing.settled_variant(each.variant)
        saying = Saying(
            template=self.definition.template_of(variant),
            purpose=self.definition.purpose,
            source=self.mailing.source,
            fill=fill_of(self.definition, variant),
            at=self.at[each.recipient_id],
            latest=self.definition.latest(self._zone(each)),
            recipient=each.recipient_id,
        )
        writer = self.writer
        return compose(
            saying,
            way,
            contact,
            templates=writer.templates,
            doors=writer.doors,
            timezone=self.limits.timezone,
        )

    def _moment(self, each: Wanted) -> datetime:
        if each.at is not None:
            return each.at
        asked = self.mailing.frozen_as_of or self.now
        start = self.definition.starts_at(self._zone(each), asked)
        if not each.trial:
            return max(start, decided_from(self.mailing, self.company, asked))
        return start

    def _zone(self, each: Wanted) -> ZoneInfo:
        if self.definition.zone == "company":
            return self.company
        contact = self.reach.contacts[each.contact_id]
        return zone_of(contact.timezone, contact.country, "", self.limits.timezone)

    # numbers that several contacts have

    def _shared_numbers(self) -> dict[str, set[str]]:
        """Key of a number → everybody who has it, where these are several."""
        phones = {
            way.address for ways in self.ways.values() for way in ways if way.channel in ("sms", "whatsapp")
        }
        if not phones:
            return {}
        owners: dict[str, set[str]] = {}
        for row in self.session.execute(
            select(_addresses.value, _addresses.contact_id).where(
                _addresses.channel.in_(("sms", "whatsapp")), _addresses.value.in_(sorted(phones))
            )
        ):
            owners.setdefault(address_key("sms", row.value), set()).add(row.contact_id)
        return {key: found for key, found in owners.items() if len(found) > 1}

    def _with_holder(self, draft: Draft, known: Facts) -> Facts:
        """Only who really gets it at a number keeps others from it."""
        holder = self.purse.taken.get(address_key(draft.candidate.channel, draft.candidate.address), "")
        taken_by = "" if holder == draft.candidate.contact_id else holder
        return known if taken_by == known.taken_by else replace(known, taken_by=taken_by)


def fill_of(definition: Definition, variant: str) -> Fill:
    """What fills in the template of a variant."""
    template = definition.template_of(variant)

    def fill(language: str, zone: ZoneInfo, name: str, url: str) -> Filled:
        given = definition.values_in(variant, language[:2])
        return fill_template(template, given, zone, name=name, unsubscribe=url)

    return fill


def decided_from(mailing: Mailing, company: ZoneInfo, asked: datetime) -> datetime:
    """When the winner of the trial is looked for."""
    trial = mailing.definition.trial
    after = timedelta(hours=trial.after_h) if trial else timedelta(0)
    return mailing.definition.starts_at(company, asked) + after


def _detail(draft: Draft) -> str:
    return to_json(dict(draft.verdict.detail)) if draft.verdict.detail else ""
