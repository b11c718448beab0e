"""The list of campaigns; the pages of one are in the modules beside this one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from nicegui import ui

from bot.campaign_desk import CampaignDesk
from bot.console import NavEntry, Visit, kit, page
from bot.console.campaigns import dry_run, results, running, steps, wording
from bot.console.campaigns.listing import Listed, count_by_status, listed
from scheduler.campaigns.book import Status

__all__ = ["dry_run", "results", "running", "steps"]

ROLES: Final = ("marketer", "manager")
_VIEWS: Final[dict[str, tuple[Status, ...]]] = {
    "all": (),
    "drafts": ("draft",),
    "ahead": ("planned",),
    "now": ("running", "paused"),
    "over": ("done", "cancelled"),
}
_PAGE: Final = 30


@page(
    "/campaigns",
    title="campaigns.title",
    roles=ROLES,
    nav=NavEntry(order=40, icon="marketing", key="k"),
)
async def campaigns(visit: Visit) -> None:
    """All of them, the newest first, by where they stand."""
    desk = visit.services.behind.campaigns
    with kit.heading(visit.t("campaigns.title"), visit.t("campaigns.lead")):
        ui.link(visit.t("planned.title"), "/planned").classes("button")
        if desk is not None and visit.may(*wording.MAKERS):
            ui.link(visit.t("campaigns.new"), "/campaigns/new").classes("button button-main")
    if desk is None:
        kit.empty(visit.t("shell.unavailable"), "warning")
        return
    view = visit.query.get("show", "all")
    view = view if view in _VIEWS else "all"
    counts = await visit.store.read(count_by_status)
    if not counts:
        _nothing_yet(visit)
        return
    _views(visit, view, counts)
    await _rows(visit, desk, view)


def _views(visit: Visit, view: str, counts: dict[str, int]) -> None:
    with ui.element("nav").classes("chips").props(f'aria-label="{visit.t("campaigns.title")}"'):
        for name, statuses in _VIEWS.items():
            number = sum(counts.get(each, 0) for each in statuses or counts)
            link = ui.link(
                visit.t("campaigns.view_count", view=visit.t(f"campaigns.views.{name}"), n=number),
                "/campaigns" if name == "all" else f"/campaigns?show={name}",
            ).classes("choice")
            if name == view:
                link.props("aria-current=true")


def _nothing_yet(visit: Visit) -> None:
    with ui.element("section").classes("panel"):
        kit.empty(visit.t("campaigns.none_yet"), "marketing")
        with ui.element("ol").classes("how"):
            for step in ("whom", "what", "when", "plan"):
                with ui.element("li"):
                    kit.text(visit.t(f"campaigns.step.{step}"), "strong")
                    ui.label(visit.t(f"campaigns.how.{step}")).classes("hint")
        if visit.may(*wording.MAKERS):
            with ui.element("div").classes("page-acts how-acts"):
                ui.link(visit.t("campaigns.first"), "/campaigns/new").classes("button button-main")


async def _rows(visit: Visit, desk: CampaignDesk, view: str) -> None:
    with ui.element("section").classes("panel"):
        rows = ui.element("div").classes("rows")
        tail = ui.element("div").classes("list-tail")

    async def more(after: str = "") -> None:
        found = await listed(visit.store, desk, _VIEWS[view], after=after, limit=_PAGE)
        tail.clear()
        with rows:
            if not found and not after:
                kit.empty(visit.t("campaigns.none_here"), "marketing")
            for each in found:
                _row(visit, each)
        if len(found) == _PAGE:
            with tail:
                kit.button(visit.t("campaigns.more"), _after(more, found))

    await more()


def _after(more: Callable[[str], Awaitable[None]], found: Sequence[Listed]) -> Callable[[], Awaitable[None]]:
    async def go() -> None:
        await more(found[-1].mailing.id)

    return go


def _row(visit: Visit, each: Listed) -> None:
    mailing = each.mailing
    with ui.element("div").classes("row campaign-row").props(f"data-campaign={mailing.name}"):
        with ui.element("div").classes("row-main"):
            ui.link(wording.title_of(mailing), f"/campaigns/{mailing.name}").classes("row-title").props(
                "dir=auto"
            )
            told = [wording.begins(visit, mailing), visit.t("campaigns.by", name=mailing.created_by or "—")]
            ui.label(" · ".join(told)).classes("hint")
            if each.share is not None and mailing.status in ("running", "paused"):
                _bar(visit, each)
        with ui.element("div").classes("campaign-figures"):
            if mailing.frozen_as_of is not None:
                ui.label(visit.count("campaigns.people", mailing.planned_count))
            if mailing.spent:
                ui.label(wording.money(visit, mailing.spent)).classes("hint")
        if mailing.is_series:
            kit.tag(visit.t("campaigns.series"))
        tag = kit.tag(visit.t(f"campaigns.status.{mailing.status}"), wording.TONES[mailing.status])  # type: ignore[arg-type]
        tag.props(f"data-status={mailing.status}")


def _bar(visit: Visit, each: Listed) -> None:
    assert each.share is not None
    words = visit.t("campaigns.progress", share=wording.percent(visit, each.share))
    with ui.element("div").classes("list-progress"):
        bar = ui.element("progress").props(f"max=100 value={each.share * 100:.0f}")
        bar.props["aria-label"] = words
        ui.label(words).classes("hint")
