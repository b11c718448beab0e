"""One campaign: what it says, how far it is, and pause, resume, cancel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from nicegui import ui
from sqlalchemy.orm import Session

from bot.campaign_desk import CampaignDesk, Shown
from bot.console import Visit, kit, page
from bot.console.campaigns import wording
from bot.console.campaigns.draft import opened
from bot.console.campaigns.people import PAGE, Person, people
from bot.console.campaigns.tables import figure, list_dialog, reasons
from bot.store.changes import NotFound, NotPossible
from bot.store.port import StoreError
from scheduler.campaigns.book import Mailing
from scheduler.campaigns.reckoning import handed_over, last_due

_LIVE_S: Final = 3.0
_RUNS: Final = 30
_MOVING: Final = ("planned", "running", "paused", "cancelled")
_LEFT: Final = ("skipped", "failed", "uncertain", "cancelled")


@page("/campaigns/{name}", title="campaigns.title", roles=wording.DECIDERS)
async def campaign(visit: Visit, name: str) -> None:
    """Live while it runs."""
    found = await opened(visit, name)
    if found is None:
        return
    desk, mailing = found
    await _Campaign(visit, desk, mailing).build()


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """Where a campaign stands at this instant."""

    shown: Shown
    outbox: Mapping[str, int]
    last_due: datetime | None

    @property
    def delivered(self) -> int:
        return self.outbox.get("delivered", 0) + self.outbox.get("read", 0)

    @property
    def in_flight(self) -> int:
        """With the provider at this moment: nobody can call them back."""
        return self.outbox.get("claimed", 0)

    def ends_at(self, now: datetime) -> datetime | None:
        """When the last one goes, by the times of the plan and by the rate."""
        if self.last_due is None:
            return None
        rate = self.shown.mailing.definition.rate_per_min
        by_rate = now + timedelta(minutes=self.shown.reckoning.waiting / rate) if rate else now
        return max(self.last_due, by_rate)


async def look(visit: Visit, desk: CampaignDesk, name: str) -> Now:
    """Raises `NotFound`."""
    shown = await desk.show(name)

    def read(session: Session) -> tuple[dict[str, int], datetime | None]:
        return handed_over(session, shown.mailing.id), last_due(session, shown.mailing.id)

    outbox, due = await visit.store.read(read)
    return Now(shown=shown, outbox=outbox, last_due=due)


class _Campaign:
    def __init__(self, visit: Visit, desk: CampaignDesk, mailing: Mailing) -> None:
        self.visit = visit
        self.desk = desk
        self.name = mailing.name
        self.mailing = mailing
        self._drawn: object = None

    async def build(self) -> None:
        visit, mailing = self.visit, self.mailing
        ui.link(visit.t("campaigns.back"), "/campaigns")
        with kit.heading(
            wording.title_of(mailing), visit.t("campaigns.by", name=mailing.created_by or "—")
        ) as acts:
            self.acts = acts
        self.state = ui.element("div").classes("stack-wide").props("aria-live=polite")
        self.told = kit.section(visit.t("campaigns.says"))
        await self.refresh()
        with self.told:
            _definition(visit, mailing)
        if mailing.is_series:
            await self._runs()
        if mailing.status in _MOVING:
            ui.timer(_LIVE_S, self.refresh, immediate=False)

    async def refresh(self) -> None:
        """Drawn anew only where something changed."""
        try:
            now = await look(self.visit, self.desk, self.name)
        except (NotFound, StoreError):
            return
        if self.state.is_deleted:
            return
        self.mailing = now.shown.mailing
        key = (
            now.shown.mailing.version,
            now.shown.mailing.frozen_upto,
            now.shown.reckoning,
            dict(now.outbox),
        )
        if key == self._drawn:
            return
        self._drawn = key
        self._draw_acts()
        self.state.clear()
        with self.state:
            self._draw(now)

    # acts

    def _draw_acts(self) -> None:
        visit, name, status = self.visit, self.name, self.mailing.status
        self.acts.clear()
        with self.acts:
            tag = kit.tag(visit.t(f"campaigns.status.{status}"), wording.TONES[status])  # type: ignore[arg-type]
            tag.props(f"data-status={status}")
            if status == "draft":
                if visit.may(*wording.MAKERS):
                    ui.link(visit.t("campaigns.go_on"), f"/campaigns/{name}/whom").classes("button")
                ui.link(visit.t("campaigns.see_plan"), f"/campaigns/{name}/plan").classes(
                    "button button-main"
                )
            if self.mailing.frozen_as_of is not None or self.mailing.is_series:
                ui.link(visit.t("campaigns.results"), f"/campaigns/{name}/results").classes("button")
            elif status == "planned":
                ui.link(visit.t("campaigns.see_plan"), f"/campaigns/{name}/plan").classes("button")
            if not visit.may(*wording.DECIDERS):
                return
            if status in ("planned", "running"):
                kit.button(visit.t("campaigns.pause"), self._pause).props("data-act=pause")
            if status == "paused":
                kit.button(visit.t("campaigns.resume"), self._resume, kind="main").props("data-act=resume")
            if status in ("draft", "planned", "running", "paused"):
                words = "campaigns.cancel_draft" if status == "draft" else "campaigns.cancel"
                kit.button(visit.t(words), self._cancel, kind="danger").props("data-act=cancel")

    async def _pause(self) -> None:
        await self._move("pause", self.desk.pause)
        now = await look(self.visit, self.desk, self.name)
        if now.shown.mailing.status != "paused":
            return
        flying = self.visit.count("campaigns.paused_said", now.in_flight) if now.in_flight else ""
        kit.say(flying or self.visit.t("campaigns.paused_all"), "info")

    async def _resume(self) -> None:
        await self._move("resume", self.desk.resume)

    async def _cancel(self) -> None:
        visit, now = self.visit, await look(self.visit, self.desk, self.name)
        reckoning = now.shown.reckoning
        waiting = reckoning.waiting + reckoning.under_way - now.in_flight
        lead = visit.count("campaigns.cancel_sure", waiting, sent=wording.number(visit, reckoning.sent))
        if now.shown.mailing.status == "draft":
            lead = visit.t("campaigns.cancel_draft_sure")
        if await kit.confirm(
            visit, visit.t("campaigns.cancel_title"), lead, visit.t("campaigns.cancel_do"), kind="danger"
        ):
            await self._move("cancel", self.desk.cancel)

    async def _move(self, action: str, act: Callable[..., Awaitable[Mailing]]) -> None:
        visit = self.visit
        if not visit.may(*wording.DECIDERS):
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        try:
            await act(self.name, by=visit.user.name)
        except (NotPossible, NotFound):
            kit.say(visit.t("campaigns.refused_state"), "warn")
        else:
            await visit.store.write(visit.noted(f"campaign_{action}", "campaign", self.name))
        await self.refresh()

    # where it stands

    def _draw(self, now: Now) -> None:
        visit, mailing, reckoning = self.visit, now.shown.mailing, now.shown.reckoning
        if mailing.frozen_as_of is None:
            if not mailing.is_series:
                ui.label(
                    visit.t(f"campaigns.before.{mailing.status}", begins=wording.begins(visit, mailing))
                ).classes("notice")
            else:
                ui.label(wording.begins(visit, mailing)).classes("notice")
            return
        if mailing.frozen_at is None and mailing.status == "running":
            ui.label(visit.count("campaigns.fixing", reckoning.planned)).classes("notice")
        with kit.section(visit.t("campaigns.now")) as card:
            card.props("data-now")
            self._progress(now)
            with ui.element("div").classes("figures"):
                self._figures(now)
            self._ends(now)
            agreed = "agrees" if reckoning.agrees else "agrees_not"
            ui.label(visit.t(f"campaigns.{agreed}")).classes(
                "hint" if reckoning.agrees else "notice notice-bad"
            ).props(f"data-agrees={'yes' if reckoning.agrees else 'no'}")
        for kind in _LEFT:
            found: Mapping[str, int] = getattr(reckoning, kind)
            if found:
                with kit.section(
                    visit.t(f"campaigns.column_of.{kind}"), visit.t(f"campaigns.column_of.{kind}_lead")
                ):
                    reasons(visit, found, partial(self._people, kind), kind)

    def _progress(self, now: Now) -> None:
        visit, reckoning = self.visit, now.shown.reckoning
        going = reckoning.planned - sum(reckoning.skipped.values())
        done = going - reckoning.waiting - reckoning.under_way
        share = done / going if going > 0 else 1.0
        words = visit.t("campaigns.progress", share=wording.percent(visit, max(0.0, share)))
        bar = (
            ui.element("progress")
            .classes("wide-progress")
            .props(f"max=1000 value={max(0.0, share) * 1000:.0f}")
        )
        bar.props["aria-label"] = words
        ui.label(words)

    def _figures(self, now: Now) -> None:
        visit, reckoning = self.visit, now.shown.reckoning
        failed, uncertain = sum(reckoning.failed.values()), sum(reckoning.uncertain.values())
        rows: list[tuple[str, int, str]] = [
            ("planned", reckoning.planned, ""),
            ("sent", reckoning.sent - reckoning.under_way, ""),
            ("delivered", now.delivered, ""),
            ("under_way", reckoning.under_way, ""),
            ("waiting", reckoning.waiting, ""),
            ("skipped", sum(reckoning.skipped.values()), ""),
            ("failed", failed, "bad" if failed else ""),
            ("uncertain", uncertain, "bad" if uncertain else ""),
        ]
        for key, value, tone in rows:
            figure(wording.number(visit, value), visit.t(f"campaigns.figure.{key}"), tone, key)
        figure(wording.money(visit, reckoning.cost), visit.t("campaigns.figure.cost"), key="cost")

    def _ends(self, now: Now) -> None:
        visit, mailing, reckoning = self.visit, now.shown.mailing, now.shown.reckoning
        if mailing.status == "paused":
            held = reckoning.waiting + reckoning.under_way - now.in_flight
            ui.label(visit.count("campaigns.held", held)).classes("notice notice-warn")
            if now.in_flight:
                ui.label(visit.count("campaigns.in_flight", now.in_flight)).classes("notice")
        elif mailing.status == "running":
            told = []
            if mailing.definition.rate_per_min:
                told.append(visit.count("campaigns.at_rate", mailing.definition.rate_per_min))
            ends = now.ends_at(visit.clock.now())
            if ends is not None:
                told.append(visit.t("campaigns.ends", when=wording.moment(visit, ends)))
            if told:
                ui.label(" · ".join(told))
        elif mailing.status == "cancelled" and now.in_flight:
            ui.label(visit.count("campaigns.in_flight", now.in_flight)).classes("notice")
        elif mailing.finished_at is not None:
            ui.label(visit.t("campaigns.finished", when=wording.moment(visit, mailing.finished_at)))

    async def _people(self, status: str, reason: str) -> None:
        await people_dialog(self.visit, [self.mailing.id], self.name, status, reason)

    async def _runs(self) -> None:
        visit = self.visit
        runs = await self.desk.some(series=self.mailing.id, limit=_RUNS)
        with kit.section(visit.t("campaigns.runs")):
            if not runs:
                kit.empty(visit.t("campaigns.no_run"), "calendar")
            with ui.element("div").classes("rows"):
                for run in runs:
                    with ui.element("div").classes("row"):
                        with ui.element("div").classes("row-main"):
                            ui.link(wording.begins(visit, run), f"/campaigns/{run.name}")
                            ui.label(visit.count("campaigns.people", run.planned_count)).classes("hint")
                        kit.tag(visit.t(f"campaigns.status.{run.status}"), wording.TONES[run.status])  # type: ignore[arg-type]


async def people_dialog(
    visit: Visit, campaign_ids: Sequence[str], name: str, status: str, reason: str | None
) -> None:
    """Who is in a column for a reason."""
    await visit.saw("campaign_people", name)

    async def page_(after: str) -> tuple[Sequence[tuple[str, str, str]], str]:
        rows = await visit.store.read(
            lambda session: people(session, campaign_ids, status=status, reason=reason, after=after)
        )
        return [told(visit, each) for each in rows], rows[-1].id if len(rows) == PAGE else ""

    title = wording.reason(visit, reason) if reason else visit.t(f"campaigns.person.{status}")
    await list_dialog(visit, title, page_)


def told(visit: Visit, each: Person) -> tuple[str, str, str]:
    """Who, what became of it, and where it went."""
    state = visit.t(f"campaigns.person.{each.status}")
    if each.reason:
        state = f"{state} — {wording.reason(visit, each.reason, each.detail)}"
    at = each.settled_at or each.due_at
    where = (each.channel and wording.channel(visit, each.channel), each.address, wording.moment(visit, at))
    return each.name, state, " · ".join(filter(None, where))


def _definition(visit: Visit, mailing: Mailing) -> None:
    """What it says, line by line."""
    definition = mailing.definition
    weekdays = definition.window.weekdays if definition.window else ()
    rows = [
        ("whom", definition.segment or definition.audience),
        ("purpose", visit.t(f"campaigns.purpose.{definition.purpose}")),
        ("template", wording.template(visit, definition.template)),
        ("when", wording.begins(visit, mailing)),
        ("end", f"{definition.end:%d/%m/%Y}" if definition.end else ""),
        (
            "window",
            f"{definition.window.opens:%H:%M}–{definition.window.closes:%H:%M}" if definition.window else "",
        ),
        (
            "weekdays",
            ", ".join(visit.t(f"campaigns.weekday.{day}") for day in weekdays) if len(weekdays) < 7 else "",
        ),
        ("rate", wording.number(visit, definition.rate_per_min) if definition.rate_per_min else ""),
        ("doors", " → ".join(wording.channel(visit, each) for each in definition.channels)),
        ("budget", wording.money(visit, definition.budget) if definition.budget is not None else ""),
        ("fixed", wording.money(visit, definition.fixed_cost) if definition.fixed_cost else ""),
        ("variants", ", ".join(letter.upper() for letter in definition.letters)),
    ]
    with ui.element("dl").classes("facts"):
        for key, value in rows:
            if value:
                kit.text(visit.t(f"campaigns.fact.{key}"), "dt")
                with ui.element("dd"):
                    kit.text(value, "bdi")


__all__ = ["Now", "look", "people_dialog", "told"]
