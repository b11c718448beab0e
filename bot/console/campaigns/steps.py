"""The steps of the form: whom, what, when and how. Each is kept as a draft when it is left by its button."""

from __future__ import annotations

import asyncio
from typing import Final

from nicegui import ui
from nicegui.element import Element

from bot.campaign_desk import CampaignDesk
from bot.console import Visit, kit, page
from bot.console.campaigns import wording
from bot.console.campaigns.controls import Form
from bot.console.campaigns.draft import data_of, head, keep, next_to, opened_draft
from bot.console.campaigns.forms import KINDS, MEASURES, PURPOSES, slug_of, whom_of
from bot.console.campaigns.listing import taken_names
from bot.console.campaigns.timing import when_step
from bot.console.campaigns.writing import what_step
from bot.segments import Saved
from bot.store.changes import NotFound
from scheduler.campaigns.book import Mailing
from scheduler.segments import RuleError, lines_of

__all__ = ["MEASURES"]
_SEGMENTS: Final = 500
_WORDS_DEEP: Final = 12  # sentences of a rule shown


@page("/campaigns/new", title="campaigns.new", roles=wording.MAKERS)
async def new(visit: Visit) -> None:
    """The first step of a campaign that is not there yet."""
    desk = visit.services.behind.campaigns
    if desk is None:
        kit.empty(visit.t("shell.unavailable"), "warning")
        return
    head(visit, "whom", None)
    await _whom(visit, desk, None)


@page("/campaigns/{name}/whom", title="campaigns.title", roles=wording.MAKERS)
async def whom(visit: Visit, name: str) -> None:
    """Title, purpose and audience."""
    if found := await opened_draft(visit, name):
        desk, mailing = found
        head(visit, "whom", mailing)
        await _whom(visit, desk, mailing)


@page("/campaigns/{name}/what", title="campaigns.title", roles=wording.MAKERS)
async def what(visit: Visit, name: str) -> None:
    """The texts, with what the customer sees beside them."""
    if found := await opened_draft(visit, name):
        desk, mailing = found
        head(visit, "what", mailing)
        what_step(visit, desk, mailing)


@page("/campaigns/{name}/when", title="campaigns.title", roles=wording.MAKERS)
async def when(visit: Visit, name: str) -> None:
    """Start, window, rate, doors, money, and whether it is sent again."""
    if found := await opened_draft(visit, name):
        desk, mailing = found
        head(visit, "when", mailing)
        when_step(visit, desk, mailing)


async def _whom(visit: Visit, desk: CampaignDesk, mailing: Mailing | None) -> None:
    saved = await visit.services.behind.segments.every(limit=_SEGMENTS)
    data = data_of(mailing) if mailing is not None else {}
    own = bool(data.get("audience")) or not saved
    counting = _Counting(visit, {each.name: each for each in saved})
    form = Form(visit, lambda: counting.look(form))
    with ui.element("div").classes("two"):
        with kit.section(visit.t("campaigns.step.whom")):
            form.line("title", visit.t("campaigns.name"), str(data.get("title", "")), "dir=auto maxlength=200",
                      hint=visit.t("campaigns.name_hint"))  # fmt: skip
            form.one_of(
                "purpose",
                visit.t("campaigns.purpose.label"),
                [
                    (each, visit.t(f"campaigns.purpose.{each}"), visit.t(f"campaigns.purpose.{each}_hint"))
                    for each in PURPOSES
                ],
                str(data.get("purpose", "offers")),
            )
            kinds = {each: visit.t(f"campaigns.kind.{each or 'none'}") for each in KINDS}
            form.choice("kind", visit.t("campaigns.kind.label"), kinds, str(data.get("kind", "")))
        with kit.section(visit.t("campaigns.audience"), visit.t("campaigns.audience_lead")):
            form.one_of(
                "whom",
                visit.t("campaigns.whom.label"),
                [
                    (
                        "saved",
                        visit.t("campaigns.whom.saved"),
                        "" if saved else visit.t("campaigns.whom.none"),
                    ),
                    ("own", visit.t("campaigns.whom.own"), visit.t("campaigns.whom.own_hint")),
                ],
                "own" if own else "saved",
                then=lambda: _toggle(form, boxes),
            )
            chosen = str(data.get("segment", ""))
            names = {each.name: each.name for each in saved}
            boxes = {
                "saved": form.choice("segment", visit.t("campaigns.whom.segment"), names, chosen),
                "own": form.text(
                    "audience",
                    visit.t("campaigns.whom.rule"),
                    str(data.get("audience", "" if saved else visit.t("campaigns.whom.everybody"))),
                    hint=visit.t("campaigns.whom.example"),
                ),
            }
            _toggle(form, boxes)
            counting.place = ui.element("div").classes("counted").props("aria-live=polite")

    async def go() -> None:
        values, faults = whom_of(form.values, data)
        if faults:
            form.show(faults)
            return
        if mailing is None:
            today = visit.local(visit.clock.now()).date()
            slug = slug_of(values["title"], (), today)
            values["name"] = slug_of(values["title"], await taken_names(visit.store, slug[:40]), today)
        version = mailing.version if mailing is not None else None
        kept = await keep(visit, desk, values, form, version=version, replace=mailing is not None)
        if kept is not None:
            next_to(visit, kept.name, "what")

    with ui.element("div").classes("page-acts"):
        kit.button(visit.t("campaigns.go.what"), go, kind="main")
    counting.look(form)


def _toggle(form: Form, boxes: dict[str, Element]) -> None:
    for name, box in boxes.items():
        box.set_visibility(form.values["whom"] == name)


class _Counting:
    """How many the audience holds at present, and the rule in sentences: counted one after the other."""

    def __init__(self, visit: Visit, saved: dict[str, Saved]) -> None:
        self._visit = visit
        self._saved = saved
        self._shown = ""
        self._asked = ""
        self._busy = False
        self.place: Element | None = None

    def look(self, form: Form) -> None:
        text = self._text(form)
        if text == self._asked:
            return
        self._asked = text
        if not self._busy:
            ui.timer(0.05, lambda: self._count(form), once=True)

    def _text(self, form: Form) -> str:
        if form.values["whom"] == "own":
            return form.values["audience"].strip()
        known = self._saved.get(form.values["segment"])
        return known.rule if known is not None else ""

    async def _count(self, form: Form) -> None:
        self._busy = True
        try:
            while self._shown != self._asked and self.place is not None and not self.place.is_deleted:
                self._shown = self._asked
                await self._show(form, self._shown)
                await asyncio.sleep(0)
        finally:
            self._busy = False

    async def _show(self, form: Form, text: str) -> None:
        visit, segments, place = self._visit, self._visit.services.behind.segments, self.place
        if place is None:
            return
        place.clear()
        if not text:
            return
        with place:
            waits = ui.label(visit.t("campaigns.counting")).classes("hint")
        try:
            rule = segments.read(text)
            counted = await segments.count(rule)
        except RuleError as error:
            place.clear()
            form.wrong("audience", error.words(visit.language))
            return
        except NotFound:
            return
        if place.is_deleted:
            return
        form.wrong("audience", "")
        waits.delete()
        with place:
            with ui.element("div").classes("figure"):
                ui.label(wording.number(visit, counted.count)).classes("figure-value").props("data-count")
                ui.label(visit.t("campaigns.counted", all=wording.number(visit, counted.contacts))).classes(
                    "hint"
                )
            with ui.element("ul").classes("sentences"):
                for line in lines_of(rule, visit.language)[:_WORDS_DEEP]:
                    with ui.element("li").style(f"margin-inline-start: {line.depth * 18}px"):
                        ui.label(line.text).classes("inline")
            ui.label(visit.t("campaigns.counted_hint")).classes("hint")
