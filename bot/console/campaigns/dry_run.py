"""The dry run: planned lines by the very code that sends, then a test to oneself, then the start."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

from nicegui import ui
from nicegui.element import Element

from bot.campaign_desk import CampaignDesk
from bot.console import Visit, kit, page
from bot.console.campaigns import bubbles, wording
from bot.console.campaigns.controls import Form
from bot.console.campaigns.draft import head, opened
from bot.console.campaigns.kept_plan import PAGE, Plan, Row, plans_of
from bot.console.campaigns.people import known
from bot.console.campaigns.tables import figure, list_dialog, reasons, table
from bot.segments import Member
from bot.store.changes import NotFound, NotPossible
from channels.segments import count_segments, fold_typography
from scheduler.campaigns.book import Mailing
from scheduler.campaigns.definition import CampaignError
from scheduler.campaigns.plan_file import Change, Totals
from scheduler.campaigns.ports import PlannedLine
from scheduler.segments import RuleError

_TESTED: Final = ("email", "sms", "whatsapp")
_ADDRESS: Final = {"email": re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+"), "phone": re.compile(r"\+\d{6,15}")}


@page("/campaigns/{name}/plan", title="campaigns.title", roles=wording.DECIDERS)
async def plan(visit: Visit, name: str) -> None:
    """Who gets what, when, by which door, for how much, and who is left out and why."""
    found = await opened(visit, name)
    if found is None:
        return
    desk, mailing = found
    if mailing.status == "draft":
        head(visit, "plan", mailing)
    else:
        kit.heading(wording.title_of(mailing), visit.t("campaigns.lead_plan"))
        ui.link(visit.t("campaigns.back_to", name=wording.title_of(mailing)), f"/campaigns/{name}").props(
            "dir=auto"
        )
    if mailing.frozen_as_of is not None:
        kit.empty(visit.t("campaigns.fixed_already"), "lock")
        return
    _Plan(visit, desk, mailing).build()


class _Plan:
    def __init__(self, visit: Visit, desk: CampaignDesk, mailing: Mailing) -> None:
        self.visit = visit
        self.desk = desk
        self.mailing = mailing
        self.plans = plans_of(desk)
        self.broken_off = False
        self.running = False

    def build(self) -> None:
        self.place = ui.element("div").classes("stack-wide")
        kept = self.plans.of(self.mailing.name)
        if kept is not None and kept.definition == self.mailing.definition:
            self._show(kept)
        else:
            ui.timer(0.05, self.run, once=True)

    async def run(self) -> None:
        """Go through the whole audience; the page stays alive meanwhile and can be left or broken off."""
        if self.running:
            return
        self.running, self.broken_off = True, False
        visit = self.visit
        self.place.clear()
        with (
            self.place,
            kit.section(visit.t("campaigns.planning"), visit.t("campaigns.planning_lead")) as card,
        ):
            card.props("aria-live=polite data-planning")
            bar = ui.element("progress").classes("wide-progress")
            bar.props["aria-label"] = visit.t("campaigns.planning")
            told = ui.label(visit.count("campaigns.looked_at", 0))
            with ui.element("div").classes("row-acts"):
                kit.button(visit.t("campaigns.break_off"), self._break_off)

        def tell(totals: Totals) -> bool:
            if told.is_deleted:
                return False
            told.set_text(visit.count("campaigns.looked_at", totals.lines))
            return not self.broken_off

        try:
            mailing, as_of, lines = await self.desk.plan(self.mailing.name)
            made = await self.plans.make(mailing.name, mailing.definition, as_of, lines, tell=tell)
        except (CampaignError, RuleError, NotPossible, NotFound) as error:
            self._failed(error)
            return
        finally:
            self.running = False
        if self.place.is_deleted:
            return
        if made is None:
            self._stopped()
            return
        self.mailing = mailing
        self._show(made)

    def _break_off(self) -> None:
        self.broken_off = True

    def _stopped(self) -> None:
        visit = self.visit
        self.place.clear()
        with self.place, kit.section(visit.t("campaigns.broken_off"), visit.t("campaigns.broken_off_lead")):
            kit.button(visit.t("campaigns.plan_again"), self.run, kind="main", picture="refresh").classes(
                "at-start"
            )

    def _failed(self, error: Exception) -> None:
        visit = self.visit
        if self.place.is_deleted:
            return
        words = (
            error.words(visit.language) if isinstance(error, RuleError) else visit.t("campaigns.plan_refused")
        )
        self.place.clear()
        with self.place, kit.section(visit.t("campaigns.plan_failed")):
            ui.label(words).classes("notice notice-bad").props("role=alert")
            ui.link(visit.t("campaigns.go.whom"), f"/campaigns/{self.mailing.name}/whom")

    # what was found

    def _show(self, plan: Plan) -> None:
        self.place.clear()
        with self.place:
            self._sums(plan)
            with ui.element("div").classes("two"):
                self._left_out(plan)
                self._late(plan)
            self._samples(plan.totals.samples)
            self._search(plan)
            self._differences(plan)
            self._acts(plan)

    def _sums(self, plan: Plan) -> None:
        visit, totals = self.visit, plan.totals
        with kit.section(
            visit.t("campaigns.planned"), visit.t("campaigns.as_of", when=wording.moment(visit, plan.as_of))
        ):
            with ui.element("div").classes("figures"):
                figure(wording.number(visit, totals.waiting), visit.t("campaigns.will_get"), key="waiting")
                left = totals.lines - totals.waiting
                figure(
                    wording.number(visit, left), visit.t("campaigns.left_out"), "bad" if left else "", "left"
                )
                figure(wording.money(visit, totals.cost), visit.t("campaigns.sending_cost"), key="cost")
                for key, at in (("first_at", totals.first_at), ("last_at", totals.last_at)):
                    figure(wording.moment(visit, at) if at else "—", visit.t(f"campaigns.{key}")).classes(
                        "moment"
                    )
            if plan.doors:
                heads = [
                    visit.t(f"campaigns.head.{each}") for each in ("door", "language", "messages", "cost")
                ]
                rows = [
                    (wording.channel(visit, door), wording.language(visit, spoken), wording.number(visit, count),
                     wording.money(visit, Decimal(cost) / 10_000))
                    for door, spoken, count, cost in plan.doors
                ]  # fmt: skip
                table(visit.t("campaigns.planned"), heads, rows)
            if totals.variants:
                told = [
                    visit.t("campaigns.variant_count", letter=letter.upper(), n=wording.number(visit, count))
                    for letter, count in sorted(totals.variants.items())
                ]
                ui.label(" · ".join(told))
            with ui.element("div").classes("row-acts"):
                if totals.waiting:
                    kit.button(visit.t("campaigns.who_gets"), partial(self._people, plan, "waiting", None))
                kit.button(visit.t("campaigns.plan_again"), self.run, picture="refresh")

    def _left_out(self, plan: Plan) -> None:
        visit = self.visit
        with kit.section(visit.t("campaigns.left_out_why"), visit.t("campaigns.left_out_lead")) as card:
            card.props("data-left-out")
            if not plan.totals.reasons:
                kit.empty(visit.t("campaigns.nobody_left_out"))
                return
            reasons(visit, plan.totals.reasons, lambda code: self._people(plan, "skipped", code), "skipped")

    def _late(self, plan: Plan) -> None:
        visit = self.visit
        with kit.section(visit.t("campaigns.later"), visit.t("campaigns.later_lead")):
            if not plan.totals.delays:
                kit.empty(visit.t("campaigns.nobody_later"), "clock")
                return
            reasons(visit, plan.totals.delays, lambda code: self._people(plan, "waiting", code), "later")

    async def _people(self, plan: Plan, status: str, code: str | None) -> None:
        visit = self.visit
        await visit.saw("campaign_plan", self.mailing.name)

        async def page_(after: str) -> tuple[Sequence[tuple[str, str, str]], str]:
            rows = await asyncio.to_thread(plan.file.page, status, code, after=after)
            return [_line(visit, row) for row in rows], rows[-1]["contact_id"] if len(rows) == PAGE else ""

        title = visit.t("campaigns.will_get") if code is None else wording.reason(visit, code)
        await list_dialog(visit, title, page_)

    def _samples(self, samples: Sequence[PlannedLine]) -> None:
        if not samples:
            return
        visit = self.visit
        card = kit.section(visit.t("campaigns.samples"), visit.t("campaigns.samples_lead"))
        with card, ui.element("div").classes("seen-row"):
            for line in samples:
                text = line.text
                sms = count_segments(fold_typography(text)) if line.channel == "sms" else None
                variant = visit.t("campaigns.variant", letter=line.variant.upper()) if line.variant else ""
                told = (
                    wording.channel(visit, line.channel),
                    wording.language(visit, line.language),
                    variant,
                )
                bubbles.draw(
                    visit,
                    line.channel,
                    language=line.language,
                    subject=line.subject,
                    text=text,
                    cost=line.cost,
                    segments=sms,
                    head=" · ".join(filter(None, told)),
                )

    # one contact

    def _search(self, plan: Plan) -> None:
        visit = self.visit
        with kit.section(visit.t("campaigns.why_not"), visit.t("campaigns.why_not_lead")):
            with ui.element("div").classes("ask").props("data-search"):
                words = kit.field(visit.t("campaigns.contact"), "type=search dir=auto maxlength=100 data-why")

            async def look() -> None:
                shown.clear()
                text = str(words.value or "").strip()
                if text:
                    await self._tell(plan, text, shown)

            with ui.element("div").classes("row-acts"):
                kit.button(visit.t("campaigns.look_up"), look, picture="search")
            shown = ui.element("div").classes("rows").props("aria-live=polite data-found")
            words.on("keydown.enter", look)

    async def _tell(self, plan: Plan, text: str, shown: Element) -> None:
        visit = self.visit
        found = await visit.store.read(lambda session: known(session, text, visit.config.company.country))
        await visit.saw("campaign_plan", self.mailing.name)
        lines = [(each, await asyncio.to_thread(plan.file.of, each.id)) for each in found]
        outside = {each.id: await self._outside(each.id) for each, line in lines if line is None}
        with shown:
            if not found:
                kit.empty(visit.t("campaigns.no_contact"), "search")
            for each, line in lines:
                with ui.element("div").classes("row"), ui.element("div").classes("row-main"):
                    kit.text(each.name or visit.t("campaigns.nameless"), "span", "row-title").props(
                        "dir=auto"
                    )
                    if line is not None:
                        kit.text(_line(visit, line)[1], "span")
                        continue
                    self._not_in(outside[each.id])

    async def _outside(self, contact_id: str) -> Member | None:
        segments = self.visit.services.behind.segments
        try:
            definition = self.mailing.definition
            text = (
                (await segments.one(definition.segment)).rule if definition.segment else definition.audience
            )
            return await segments.why(segments.read(text), contact_id, language=self.visit.language)
        except (NotFound, RuleError):
            return None

    def _not_in(self, member: Member | None) -> None:
        visit = self.visit
        kit.text(visit.t("campaigns.not_in_audience"), "span")
        for reason in member.reasons if member is not None else ():
            if not reason.holds:
                told = f" ({reason.found})" if reason.found else ""
                kit.text(f"✕ {reason.text}{told}", "span", "hint").props("dir=auto")

    # against the former plan

    def _differences(self, plan: Plan) -> None:
        if plan.differences is None:
            return
        visit, counts = self.visit, plan.differences
        with kit.section(visit.t("campaigns.differences"), visit.t("campaigns.differences_lead")):
            with ui.element("div").classes("figures"):
                for kind in ("new", "gone", "changed", "same"):
                    figure(
                        wording.number(visit, counts.get(kind, 0)), visit.t(f"campaigns.difference.{kind}")
                    )
            if plan.changes:
                with ui.element("details"):
                    kit.text(visit.t("campaigns.differences_who"), "summary")
                    with ui.element("div").classes("rows"):
                        for change in plan.changes:
                            with ui.element("div").classes("row"), ui.element("div").classes("row-main"):
                                name = change.name or visit.t("campaigns.nameless")
                                kit.text(name, "span", "row-title").props("dir=auto")
                                kit.text(_change(visit, change), "span", "hint").props("dir=auto")

    # what follows

    def _acts(self, plan: Plan) -> None:
        visit, name = self.visit, self.mailing.name
        with ui.element("div").classes("page-acts acts-last"):
            if self.mailing.status == "draft" and visit.may(*wording.MAKERS):
                ui.link(visit.t("campaigns.go.back"), f"/campaigns/{name}/when").classes("button")
                kit.button(
                    visit.t("campaigns.test.do"),
                    partial(test_dialog, visit, self.desk, self.mailing),
                    picture="send",
                )
            if self.mailing.status == "draft" and visit.may(*wording.DECIDERS):
                kit.button(visit.t("campaigns.start_do"), partial(self._start, plan), kind="main")

    async def _start(self, plan: Plan) -> None:
        visit, totals, name = self.visit, plan.totals, self.mailing.name
        if not visit.may(*wording.DECIDERS):
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        now_there = (await self.desk.show(name)).mailing
        if now_there.definition != plan.definition:
            kit.say(visit.t("campaigns.plan_is_old"), "warn")
            await self.run()
            return
        if not totals.waiting and not now_there.is_series:
            kit.say(visit.t("campaigns.nobody_gets"), "warn")
            return
        first = wording.moment(visit, totals.first_at) if totals.first_at else "—"
        begins = (
            wording.begins(visit, now_there)
            if now_there.is_series
            else visit.t("campaigns.first_goes", when=first)
        )
        lead = visit.count(
            "campaigns.start_sure", totals.waiting, people=wording.number(visit, totals.waiting),
            cost=wording.money(visit, totals.cost), begins=begins,
        )  # fmt: skip
        if not await kit.confirm(
            visit, visit.t("campaigns.start_title"), lead, visit.t("campaigns.start_now")
        ):
            return
        try:
            await self.desk.start(name, by=visit.user.name)
        except (NotPossible, CampaignError, RuleError):
            kit.say(visit.t("campaigns.refused_state"), "bad")
            return
        await visit.store.write(
            visit.noted("campaign_started", "campaign", name, people=totals.waiting, cost=str(totals.cost))
        )
        ui.navigate.to(f"/campaigns/{name}")


def _line(visit: Visit, row: Row) -> tuple[str, str, str]:
    """Who, what becomes of it, and where it goes."""
    due = wording.moment(visit, datetime.fromisoformat(row["due_at"]))
    where = " · ".join(
        filter(None, (row["channel"] and wording.channel(visit, row["channel"]), row["address"]))
    )
    if row["status"] == "skipped":
        return row["name"], wording.reason(visit, row["reason"], row["detail"]), where
    told = visit.t("campaigns.gets", door=wording.channel(visit, row["channel"]), when=due)
    if row["reason"]:
        told = f"{told} — {wording.reason(visit, row['reason'], row['detail'])}"
    return row["name"], told, row["address"]


def _change(visit: Visit, change: Change) -> str:
    if change.kind != "changed":
        return visit.t(f"campaigns.difference.{change.kind}")
    parts = []
    for name, (before, now) in change.fields.items():
        label = visit.t(f"campaigns.column.{name}")
        if name in ("text", "subject"):
            parts.append(label)
        else:
            parts.append(f"{label}: {_said(visit, name, before)} → {_said(visit, name, now)}")
    return " · ".join(parts)


def _said(visit: Visit, name: str, value: str) -> str:
    if not value:
        return "—"
    if name == "reason":
        return wording.reason(visit, value)
    if name == "channel":
        return wording.channel(visit, value)
    if name == "status":
        return visit.t(f"campaigns.person.{value}")
    if name == "due_at":
        return wording.moment(visit, datetime.fromisoformat(value))
    return wording.money(visit, Decimal(value)) if name == "cost" else value


# a test to oneself


def test_dialog(visit: Visit, desk: CampaignDesk, mailing: Mailing) -> None:
    doors = [each for each in desk.channels if each in _TESTED]
    languages = visit.config.company.languages or (visit.config.company.language,)
    with (
        ui.dialog() as dialog,
        ui.element("div").classes("dialog").props("role=dialog aria-modal=true") as box,
    ):
        box.props["aria-label"] = visit.t("campaigns.test.do")
        kit.text(visit.t("campaigns.test.do"), "h2")
        ui.label(visit.t("campaigns.test.lead")).classes("hint")
        form = Form(visit)
        form.choice("door", visit.t("campaigns.head.door"), {each: wording.channel(visit, each) for each in doors},
                    "email" if "email" in doors else "")  # fmt: skip
        form.line("address", visit.t("campaigns.test.address"), visit.user.email if "email" in doors else "",
                  "dir=ltr maxlength=254", hint=visit.t("campaigns.test.address_hint"))  # fmt: skip
        form.choice("language", visit.t("campaigns.head.language"),
                    {each: wording.language(visit, each) for each in languages}, visit.language)  # fmt: skip

        async def send() -> None:
            if not visit.may(*wording.MAKERS):
                kit.say(visit.t("shell.not_allowed"), "bad")
                return
            door, address = form.values["door"], form.values["address"].strip()
            shape = _ADDRESS["email" if door == "email" else "phone"]
            if not shape.fullmatch(address):
                form.wrong("address", visit.t(f"campaigns.fault.{'email' if door == 'email' else 'phone'}"))
                return
            try:
                lines = await desk.test(mailing.name, [(door, address)], language=form.values["language"])
            except NotPossible:
                form.wrong("address", visit.t("campaigns.test.refused"))
                return
            await visit.store.write(visit.noted("campaign_tested", "campaign", mailing.name, channel=door))
            dialog.close()
            kit.say(visit.count("campaigns.test.sent", len(lines)))

        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("shell.cancel"), dialog.close)
            kit.button(visit.t("campaigns.test.send"), send, kind="main")
    dialog.on("hide", dialog.delete)
    dialog.open()
