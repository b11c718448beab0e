"""What people do with campaigns: write one, plan it, test it, start, pause, resume and cancel it, see what it did."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.config import Config
from bot.ids import IdMaker
from bot.limits import limits_of, suppressed_by
from bot.records import Contact, Segment
from bot.records.base import table_of
from bot.rule_desk import outreach_doors
from bot.segments import Setting, setting_of, with_bounds
from bot.store.changes import NotFound, NotPossible
from bot.store.port import Records
from bot.templating import RenderFailed, Templates
from bot.templating.engine import MissingTemplate
from bot.unsubscribe.links import Links
from channels.port import Problem
from channels.segments import Segments, count_segments, fold_typography
from scheduler.campaigns import book
from scheduler.campaigns.book import Action, ChangedSince, Mailing, NoSuchCampaign, NotInThatState, Status
from scheduler.campaigns.definition import CampaignError, Definition
from scheduler.campaigns.planning import Freezer, plan_campaign
from scheduler.campaigns.ports import LinkMaker, PlannedLine
from scheduler.campaigns.reckoning import Reckoning, reckon
from scheduler.campaigns.sending import CampaignSender
from scheduler.campaigns.tending import Tender
from scheduler.campaigns.writing import Writer, fill_of
from scheduler.drafts import Draft, Saying, compose, hand_over
from scheduler.gate import MARK
from scheduler.guard_text import cost_of
from scheduler.guards import wrong_in
from scheduler.reach import USUAL, Way
from scheduler.segments import Moment, Rule, parse, where

MAX_TESTS: Final = 10  # addresses a call
_ADDRESS: Final[Mapping[str, re.Pattern[str]]] = {
    "email": re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+"),
    "sms": re.compile(r"\+\d{6,15}"),
    "whatsapp": re.compile(r"\+\d{6,15}"),
}
_SHOWN_ADDRESS: Final[Mapping[str, str]] = {"email": "name@example.org", "sms": "+0", "whatsapp": "+0"}
_FOR_MANY: Final = frozenset(
    f"outreach/{name}"
    for name in (
        "limited_offer", "offer_reminder", "promotion_alert", "coupon_expiry", "newsletter", "survey", "win_back",
        "stock_available", "referral_invitation", "year_end_wishes", "eid_al_fitr_wishes", "eid_al_adha_wishes",
        "congratulations", "nurture", "rebate_threshold",
    )
)  # fmt: skip
"""Ready templates whose words are the same for everybody: the others speak of one purchase, card or meeting."""

_segments = table_of(Segment).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A campaign and where it stands."""

    mailing: Mailing
    reckoning: Reckoning


class DraftChanged(NotPossible):
    """Somebody else changed the draft meanwhile: it is not overwritten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A message as one door would say it, and what is wrong with the text by itself ("" where nothing is)."""

    subject: str
    text: str
    language: str  # spoken: another one than asked for where the template has no such text
    cost: Decimal
    segments: Segments | None  # of an SMS
    wrong: str = ""  # code of `scheduler.guards`
    detail: Mapping[str, str] = field(default_factory=dict)


class CampaignDesk:
    """Each call is one transaction, but for plans. `tender` is the job of the clock."""

    def __init__(
        self,
        store: Records,
        templates: Templates,
        config: Config,
        *,
        clock: Clock,
        ids: IdMaker,
        wake: Callable[[], None] = lambda: None,
        text_limits: Mapping[str, int] | None = None,
        links: LinkMaker | None = None,
        way_out: Links | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._wake = wake
        self._templates = templates
        self._timezone = config.company.timezone
        self.currency = config.company.currency_code
        self._audiences = Audiences(setting_of(config))
        self.writer = Writer(
            templates,
            outreach_doors(config, way_out),
            limits_of(config, text_limits),
            suppressed=suppressed_by(config),
            links=links,
        )
        self.tender = Tender(
            store,
            Freezer(store, self.writer, self._audiences.condition, ids=ids),
            CampaignSender(store, self.writer, ids=ids, wake=wake),
            self._audiences.resolve,
            timezone=self._timezone,
            clock=clock,
            ids=ids,
        )

    # looking

    async def every(self) -> list[Mailing]:
        """The newest first."""
        return await self._store.read(book.every)

    async def some(
        self, statuses: Sequence[Status] = (), *, series: str = "", after: str = "", limit: int = 50
    ) -> list[Mailing]:
        """The newest first, a page at a time; see `book.some`."""
        work = partial(book.some, statuses=statuses, series=series, after=after, limit=limit)
        return await self._store.read(work)

    async def show(self, name: str) -> Shown:
        """Raises `NotFound`."""

        def look(session: Session) -> Shown:
            mailing = _one(session, name)
            return Shown(mailing=mailing, reckoning=reckon(session, mailing.id))

        return await self._store.read(look)

    async def plan(self, name: str) -> tuple[Mailing, datetime, AsyncIterator[PlannedLine]]:
        """Every contact, what they would get if it were started now, or why nothing; nothing is kept.

        Raises `NotFound`, and `NotPossible` once the audience is fixed.
        """
        mailing = await self._store.read(lambda session: _one(session, name))
        if mailing.frozen_as_of is not None:
            raise NotPossible(f"the campaign {name} has started: its recipients are fixed, see its results")
        return await self.plan_of(mailing.definition, mailing=mailing)

    async def plan_of(
        self, definition: Definition, *, mailing: Mailing | None = None
    ) -> tuple[Mailing, datetime, AsyncIterator[PlannedLine]]:
        """The same of a campaign that is not written down. Raises `CampaignError`, `RuleError`."""
        now = self._clock.now()
        if definition.repeat is not None:
            definition = definition.run_of(now.astimezone(ZoneInfo(self._timezone)).date())
            definition = definition.model_copy(update={"start": None})
            mailing = None
        audience = await self._store.read(lambda session: self._checked(session, definition))
        known = mailing or book.draft_of(definition, campaign_id=self._ids.new(), now=now)
        drawn = replace(known, audience=audience)
        lines = plan_campaign(
            self._store, self.writer, drawn, self._audiences.condition, ids=self._ids, now=now
        )
        return drawn, now, lines

    # changing

    async def new(
        self, definition: Definition, *, by: str, replace_draft: bool = False, version: int | None = None
    ) -> Mailing:
        """Keep a campaign as a draft. Raises `CampaignError`, `RuleError`, `NotPossible`.

        `version` is that of the draft that was looked at. Raises `DraftChanged` where it is another one now.
        """
        given: dict[str, Any] = {"campaign_id": self._ids.new(), "by": by, "now": self._clock.now()}

        def work(session: Session) -> Mailing:
            self._checked(session, definition)
            try:
                return book.write_down(session, definition, replace=replace_draft, version=version, **given)
            except ChangedSince as error:
                raise DraftChanged(str(error)) from None
            except NotInThatState as error:
                raise NotPossible(str(error)) from None

        return await self._store.write(work)

    async def start(self, name: str, *, by: str) -> Mailing:
        """From now on, or from its own hour on. Raises `NotFound`, `NotPossible`, `CampaignError`, `RuleError`."""
        return await self._move(name, "start", by)

    async def pause(self, name: str, *, by: str) -> Mailing:
        """Nothing more is handed over; what waits with us is held. Raises `NotFound`, `NotPossible`."""
        return await self._move(name, "pause", by)

    async def resume(self, name: str, *, by: str) -> Mailing:
        """Go on where it stopped. Raises `NotFound`, `NotPossible`."""
        resumed = await self._move(name, "resume", by)
        self._wake()
        return resumed

    async def cancel(self, name: str, *, by: str) -> Mailing:
        """For good: who has not got it will not. Raises `NotFound`, `NotPossible`."""
        return await self._move(name, "cancel", by)

    async def _move(self, name: str, action: Action, by: str) -> Mailing:
        now = self._clock.now()

        def work(session: Session) -> Mailing:
            try:
                known = _one(session, name)
                starts = action == "start" and known.status == "draft"
                audience = self._checked(session, known.definition) if starts else ""
                return book.move(session, name, action, by=by, now=now, audience=audience)
            except NotInThatState as error:
                raise NotPossible(str(error)) from None

        return await self._store.write(work)

    # a test

    async def test(
        self, name: str, to: Sequence[tuple[str, str]], *, like: str = "", language: str = ""
    ) -> list[PlannedLine]:
        """Send it to colleagues, every variant, as the contact `like` would get it; it counts nowhere.

        `to` are channels and addresses. Raises `NotFound`, `NotPossible`.
        """
        self._check_addresses(to)
        now = self._clock.now()
        return await self._store.write(
            partial(self._test, name=name, to=to, like=like, language=language, now=now)
        )

    def _check_addresses(self, to: Sequence[tuple[str, str]]) -> None:
        if not 1 <= len(to) <= MAX_TESTS:
            raise NotPossible(f"a test goes to 1 to {MAX_TESTS} addresses")
        for channel, address in to:
            if channel not in _ADDRESS or channel not in self.writer.doors.accounts:
                raise NotPossible(f"no account sends tests by {channel}")
            if not _ADDRESS[channel].fullmatch(address):
                raise NotPossible(f"{address} is not an address for {channel}")

    def _test(
        self,
        session: Session,
        name: str,
        to: Sequence[tuple[str, str]],
        like: str,
        language: str,
        now: datetime,
    ) -> list[PlannedLine]:
        mailing = _one(session, name)
        contact = _like(session, like, language, now)
        drafts: dict[str, Draft] = {}
        lines: list[PlannedLine] = []
        for variant in mailing.definition.letters or ("",):
            for channel, address in to:
                draft = self._trial_draft(mailing, variant, Way(channel, address, None), contact, now)
                key = f"campaign-test:{self._ids.new()}"
                drafts[key] = draft
                lines.append(_as_line(key, contact, variant, draft, now))
        doors = self.writer.doors
        hand_over(session, drafts, doors=doors, decided_by="campaign", new_id=self._ids.new, now=now)
        self._wake()
        return lines

    def _trial_draft(
        self, mailing: Mailing, variant: str, way: Way, contact: Contact, now: datetime
    ) -> Draft:
        definition = mailing.definition
        saying = Saying(
            template=definition.template_of(variant),
            purpose="service",  # colleagues asked for it: no consent is looked for, no cap counts it
            source=mailing.source,
            fill=fill_of(definition, variant),
            at=now,
            latest=None,
        )
        draft = self._written(saying, way, contact)
        if draft.candidate.missing:
            raise NotPossible(f"the template asks for values: {', '.join(draft.candidate.missing)}")
        draft.body.pop(MARK)
        if draft.candidate.subject:
            draft.body["subject"] = f"[test] {draft.candidate.subject}"
        return draft

    # a look at the text

    @property
    def channels(self) -> tuple[str, ...]:
        """Those that an account sends by, the free ones first."""
        return tuple(channel for channel in USUAL if channel in self.writer.doors.accounts)

    def templates_for_campaigns(self) -> tuple[str, ...]:
        """Ready ones that need nothing of a single contact but the name, and the company's own."""
        return tuple(
            name for name in self._templates.names if name in _FOR_MANY or name.startswith("campaign/")
        )

    def preview(
        self, definition: Definition, *, channel: str, language: str, variant: str = "", name: str = ""
    ) -> Preview:
        """What somebody called `name` would read. Raises `NotPossible` where the text can't be written."""
        now = self._clock.now()
        saying = Saying(
            template=definition.template_of(variant),
            purpose=definition.purpose,
            source=f"campaign:{definition.name}",
            fill=fill_of(definition, variant),
            at=now,
            latest=None,
        )
        contact = _nobody(language, now, name)
        candidate = self._written(
            saying, Way(channel, _SHOWN_ADDRESS.get(channel, ""), None), contact
        ).candidate
        wrong = wrong_in(candidate, self.writer.limits)
        sms = count_segments(fold_typography(candidate.text)) if channel == "sms" else None
        return Preview(
            subject=candidate.subject,
            text=candidate.text,
            language=candidate.language,
            cost=cost_of(channel, candidate.text, self.writer.limits.prices),
            segments=sms,
            wrong=wrong[0] if wrong else "",
            detail=wrong[1] if wrong else {},
        )

    def _written(self, saying: Saying, way: Way, contact: Contact) -> Draft:
        try:
            return compose(
                saying,
                way,
                contact,
                templates=self._templates,
                doors=self.writer.doors,
                timezone=self._timezone,
            )
        except (RenderFailed, MissingTemplate) as error:
            raise NotPossible(f"the text can't be written: {error}") from None

    # checks

    def _checked(self, session: Session, definition: Definition) -> str:
        """The audience's rule; everything the definition names is there."""
        problems = [
            Problem(f"{definition.name}: template", f"there is no template {template}")
            for template in definition.templates()
            if template not in self._templates.names
        ]
        if problems:
            raise CampaignError(problems)
        audience = self._audiences.resolve(session, definition)
        self._audiences.parsed(audience)
        return audience


class Audiences:
    """Segments of campaigns as conditions; the fifths of buyers are looked up once for a whole audience."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._kept: dict[tuple[str, datetime], Moment] = {}

    def resolve(self, session: Session, definition: Definition) -> str:
        """The segment's rule. Raises `CampaignError` where there is no such segment."""
        if not definition.segment:
            return definition.audience
        rule = session.scalar(select(_segments.rule).where(_segments.name == definition.segment))
        if rule is None:
            problem = Problem(f"{definition.name}: segment", f"there is no segment {definition.segment}")
            raise CampaignError([problem])
        return str(rule)

    def parsed(self, audience: str) -> Rule:
        """Raises `RuleError`."""
        return parse(audience, self._setting.terms)

    def condition(self, session: Session, mailing: Mailing, as_of: datetime) -> ColumnElement[bool]:
        rule = self.parsed(mailing.audience)
        key = (mailing.audience, as_of)
        moment = self._kept.get(key)
        if moment is None:
            moment = with_bounds(session, rule, self._setting.moment(as_of))
            if len(self._kept) > 20:
                self._kept.clear()
            self._kept[key] = moment
        return where(rule, moment, session.get_bind().dialect.name, whole=False)


def _one(session: Session, name: str) -> Mailing:
    try:
        return book.one(session, name)
    except NoSuchCampaign as error:
        raise NotFound(str(error)) from None


def _like(session: Session, contact_id: str, language: str, now: datetime) -> Contact:
    """A contact as a test sees it: a real one, or nobody in particular. Never one of the session's own."""
    if not contact_id:
        return _nobody(language, now)
    known: Any = session.get(Contact, contact_id)
    if known is None:
        raise NotFound(f"there is no contact {contact_id}")
    return Contact(
        id=contact_id,
        name=known.name,
        language=language or known.language,
        timezone=known.timezone,
        country=known.country,
        mode=known.mode,
        source_channel="",
        tags=[],
        fields={},
        created_at=now,
        updated_at=now,
    )


def _nobody(language: str, now: datetime, name: str = "Test") -> Contact:
    return Contact(
        id="test", name=name, language=language, source_channel="", tags=[], fields={}, created_at=now,
        updated_at=now,
    )  # fmt: skip


def _as_line(key: str, contact: Contact, variant: str, draft: Draft, now: datetime) -> PlannedLine:
    said = draft.candidate
    return PlannedLine(
        recipient_id=key,
        contact_id=contact.id,
        name=contact.name,
        status="waiting",
        due_at=now,
        variant=variant,
        channel=said.channel,
        address=said.address,
        language=said.language,
        subject=draft.body["subject"],
        text=said.text,
    )
