"""What people do with rules: look at them, switch them, change them, preview them, tell them of an occasion."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.config import Config
from bot.ids import IdMaker
from bot.limits import limits_of, suppressed_by
from bot.records import Contact, Occurrence, OutreachRule, WaitingPlace
from bot.records.base import table_of
from bot.segments import setting_of as segments_of
from bot.store.changes import NotFound
from bot.store.port import Records
from bot.templating import Templates
from bot.tracking.building import followed_links
from bot.unsubscribe.building import links_of
from bot.unsubscribe.links import Links
from scheduler.campaigns.ports import PlainLinks
from scheduler.occurrences import AHEAD, Planner, Setting
from scheduler.reach import Doors, no_link
from scheduler.rule_book import ListedRule, NoSuchRule, all_rules, change, confirm, switch
from scheduler.rule_files import check_segment, ready_rules
from scheduler.rule_preview import Preview, preview
from scheduler.rules import Rule
from scheduler.segments import Members
from scheduler.sending import Sender

STOCK: Final = "stock_available"
"""The rule whose messages say that a product is back."""

_occurrences, _places = table_of(Occurrence).c, table_of(WaitingPlace).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Contacts of a waiting list that are told, in their order, and how many go on waiting."""

    told: tuple[str, ...]
    waiting: int


class RuleDesk:
    """Each call is one transaction. `planner` and `sender` are the jobs of the clock.

    A dry run plans further `ahead` and looks over the sender's shoulder (`sender_of`).
    """

    def __init__(
        self,
        store: Records,
        templates: Templates,
        config: Config,
        *,
        clock: Clock,
        ids: IdMaker,
        wake: Any = lambda: None,
        text_limits: Mapping[str, int] | None = None,
        ahead: timedelta = AHEAD,
        sender_of: Callable[..., Sender] = Sender,
        links: Links | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._members = Members(segments_of(config))
        self._ready = ready_rules(config.content, self._members)
        self._setting = Setting(
            timezone=config.company.timezone, country=config.company.country, members=self._members
        )
        self.planner = Planner(store, self._setting, self.ready, clock=clock, ahead=ahead)
        self.sender = sender_of(
            store,
            templates,
            outreach_doors(config, links),
            limits_of(config, text_limits),
            self.ready,
            self._members,
            clock=clock,
            ids=ids,
            wake=wake,
            suppressed=suppressed_by(config),
        )

    def ready(self) -> Mapping[str, Rule]:
        """The shipped rules and those of the operator's folder, on or off."""
        return self._ready

    async def listed(self) -> dict[str, ListedRule]:
        """Every rule by name, on or off."""
        return await self._store.read(lambda session: all_rules(session, self._ready))

    async def show(self, name: str) -> ListedRule:
        """Raises `NotFound`."""
        found = (await self.listed()).get(name)
        if found is None:
            raise NotFound(f"there is no rule {name}")
        return found

    async def switch(self, name: str, *, on: bool, by: str) -> ListedRule:
        """Switch a rule on, from now on, or off. Raises `NotFound`."""
        given = self._given(by)
        await self.show(name)
        return await self._store.write(lambda session: switch(session, self._ready, name, on=on, **given))

    async def change(self, name: str, changes: Mapping[str, Any], *, by: str) -> ListedRule:
        """Change some fields of a rule, or add one of the company's own. Raises `RuleError`."""
        given = self._given(by)
        checked = partial(check_segment, self._members)
        return await self._store.write(
            lambda session: change(session, self._ready, name, changes, check=checked, **given)
        )

    async def confirm(self, name: str, day: date, *, by: str) -> ListedRule:
        """Say on which day a feast falls. Raises `NotFound`."""
        given = self._given(by)
        try:
            return await self._store.write(lambda session: confirm(session, self._ready, name, day, **given))
        except NoSuchRule as error:
            raise NotFound(str(error)) from None

    async def preview(self, name: str, *, days: int, limit: int = 50, language: str = "en") -> Preview:
        """Who would get what in the days to come, or why not. Raises `NotFound`."""
        rule = (await self.show(name)).rule
        return await preview(
            self._store,
            self.sender,
            self._setting,
            rule,
            now=self._clock.now(),
            days=days,
            limit=limit,
            language=language,
        )

    async def tell(self, name: str, occasions: Sequence[tuple[str, str, Mapping[str, str]]]) -> int:
        """Occasions (contact, subject, variables) of a rule that waits to be told; how many were new.

        The same contact and subject on the same day is the same occasion. Raises `NotFound`.
        """
        if (await self.show(name)).rule.when.kind != "told":
            raise NotFound(f"the rule {name} is not one that is told; it goes by its own dates")
        now = self._clock.now()
        return await self._store.write(lambda session: self._write_down(session, name, occasions, now))

    async def back_in_stock(self, product: str, quantity: Decimal | None = None) -> Served:
        """Tell those who wait for a product that it is back, first come first served. source: E9

        `quantity` is how much there is: whoever wants more than what is left of it, and all behind, go on waiting.
        None: there is enough for everybody. Raises `NotFound` while the rule stock_available is off.
        """
        now = self._clock.now()
        return await self._store.write(
            lambda session: self._serve(session, product=product, quantity=quantity, now=now)
        )

    def _serve(self, session: Session, product: str, quantity: Decimal | None, now: datetime) -> Served:
        places = session.scalars(
            select(WaitingPlace)
            .where(_places.product == product, _places.status == "waiting")
            .order_by(_places.at, _places.id)
            .with_for_update()
        ).all()
        left, served = quantity, list[WaitingPlace]()
        for place in places:
            if left is not None and place.quantity > left:
                break
            left = left - place.quantity if left is not None else None
            place.status = "told"
            served.append(place)
        occasions = [(place.contact_id, place.id, {"product": product}) for place in served]
        self._write_down(session, STOCK, occasions, now)
        return Served(told=tuple(place.contact_id for place in served), waiting=len(places) - len(served))

    def _write_down(
        self,
        session: Session,
        name: str,
        occasions: Sequence[tuple[str, str, Mapping[str, str]]],
        now: datetime,
    ) -> int:
        rule = session.scalar(
            select(OutreachRule).where(table_of(OutreachRule).c.name == name).with_for_update()
        )
        if rule is None or not rule.active:
            raise NotFound(f"the rule {name} is off")
        people = sorted({contact for contact, _, _ in occasions})
        contacts = table_of(Contact).c
        known = set(session.scalars(select(contacts.id).where(contacts.id.in_(people))))
        strangers = [contact for contact in people if contact not in known]
        if strangers:
            raise NotFound(f"there is no contact {strangers[0]}")
        told = session.execute(
            select(_occurrences.contact_id, _occurrences.subject_id).where(
                _occurrences.rule_id == rule.id,
                _occurrences.contact_id.in_(people),
                _occurrences.on_date == now.date(),
            )
        )
        seen = {(contact, subject) for contact, subject in told}
        added = 0
        for contact, subject, variables in occasions:
            if (contact, subject) in seen:
                continue
            seen.add((contact, subject))
            added += 1
            session.add(
                Occurrence(
                    id=self._ids.new(),
                    rule_id=rule.id,
                    contact_id=contact,
                    subject_id=subject,
                    on_date=now.date(),
                    due_at=now,
                    status="planned",
                    detail=orjson.dumps(dict(variables)).decode(),
                )
            )
        return added

    def _given(self, by: str) -> dict[str, Any]:
        return {"by": by, "new_id": self._ids.new(), "now": self._clock.now()}


def outreach_doors(config: Config, links: Links | None = None) -> Doors:
    """The first account of each channel, the templates approved for it, and the links of what is sent by it."""
    accounts: dict[str, str] = {}
    approved: dict[str, frozenset[str]] = {}
    for account_id, account in config.active_accounts().items():
        accounts.setdefault(getattr(account, "via", account.kind), account_id)
        names = getattr(account, "templates", None)
        if names:
            approved[account_id] = frozenset(name.partition(".")[0] for name in names)
    links = links or links_of(config)
    return Doors(
        accounts=accounts,
        approved=approved,
        unsubscribe_url=links.stop if links is not None else no_link,
        links=followed_links(config) or PlainLinks(),
    )
