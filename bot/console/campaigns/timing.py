"""The third step: when it goes, by which doors, how fast, and for how much."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from bot.campaign_desk import CampaignDesk
from bot.console import Visit, kit
from bot.console.campaigns import wording
from bot.console.campaigns.controls import Form
from bot.console.campaigns.draft import data_of, keep, next_to
from bot.console.campaigns.forms import MEASURES, Data, when_of
from scheduler.campaigns.book import Mailing
from scheduler.campaigns.definition import WEEKDAYS


def when_step(visit: Visit, desk: CampaignDesk, mailing: Mailing) -> None:
    data = data_of(mailing)
    form = Form(visit)
    window: Data = data.get("window") or {}
    weekdays = set(window.get("weekdays") or WEEKDAYS)
    doors = _Doors(visit, desk, list(data.get("channels") or []))
    with ui.element("div").classes("two"):
        with kit.section(visit.t("campaigns.when")):
            _start(visit, form, data, mailing)
        with kit.section(visit.t("campaigns.window"), visit.t("campaigns.window_lead")):
            with ui.element("div").classes("pairs"):
                form.line(
                    "opens", visit.t("campaigns.opens"), str(window.get("opens", ""))[:5], "type=time dir=ltr"
                )
                form.line(
                    "closes",
                    visit.t("campaigns.closes"),
                    str(window.get("closes", ""))[:5],
                    "type=time dir=ltr",
                )
            names: dict[str, str] = {day: visit.t(f"campaigns.weekday.{day}") for day in WEEKDAYS}
            form.boxes("weekdays", visit.t("campaigns.weekdays"), names, weekdays)
            form.line("rate_per_min", visit.t("campaigns.rate"), _text(data, "rate_per_min"),
                      "type=number dir=ltr min=1",
                      hint=visit.t("campaigns.rate_hint"))  # fmt: skip
        with kit.section(visit.t("campaigns.doors"), visit.t("campaigns.doors_lead")):
            doors.build()
        with kit.section(visit.t("campaigns.money"), visit.t("campaigns.money_lead")):
            currency = visit.config.company.currency_code
            with ui.element("div").classes("pairs"):
                form.line("budget", visit.t("campaigns.budget", currency=currency), _text(data, "budget"),
                          "inputmode=decimal dir=ltr", hint=visit.t("campaigns.budget_hint"))  # fmt: skip
                form.line("fixed_cost", visit.t("campaigns.fixed_cost", currency=currency), _text(data, "fixed_cost"),
                          "inputmode=decimal dir=ltr", hint=visit.t("campaigns.fixed_cost_hint"))  # fmt: skip
                target: Data = data.get("target") or {}
                form.line(
                    "target", visit.t("campaigns.target"), _text(target, "count"), "type=number dir=ltr min=1"
                )
                measures = {each: visit.t(f"campaigns.measure.{each}") for each in MEASURES}
                form.choice(
                    "target_of", visit.t("campaigns.target_of"), measures, str(target.get("of", "converted"))
                )

    async def go() -> None:
        found, faults = when_of(
            form.values, doors.chosen, weekdays, data, usual=desk.channels, currency=currency
        )
        if faults:
            form.show(faults)
            return
        kept = await keep(visit, desk, found, form, version=mailing.version)
        if kept is not None:
            next_to(visit, kept.name, "plan")

    with ui.element("div").classes("page-acts"):
        ui.link(visit.t("campaigns.go.back"), f"/campaigns/{mailing.name}/what").classes("button")
        kit.button(visit.t("campaigns.go.plan"), go, kind="main")


def _start(visit: Visit, form: Form, data: Data, mailing: Mailing) -> None:
    repeat: Data = data.get("repeat") or {}
    mode = "series" if repeat else "later" if data.get("start") else "now"
    boxes: dict[str, Any] = {}

    def toggle() -> None:
        for name, box in boxes.items():
            box.set_visibility(form.values["mode"] == name)

    def toggle_every() -> None:
        week.set_visibility(form.values["every"] == "week")
        month.set_visibility(form.values["every"] == "month")

    options = [
        (each, visit.t(f"campaigns.mode.{each}"), visit.t(f"campaigns.mode.{each}_hint"))
        for each in ("now", "later", "series")
    ]
    form.one_of("mode", visit.t("campaigns.mode.label"), options, mode, then=toggle)
    boxes["later"] = form.line("start", visit.t("campaigns.start"), str(data.get("start", ""))[:16],
                               "type=datetime-local dir=ltr")  # fmt: skip
    with ui.element("div").classes("pairs") as series:
        by_day = str(repeat.get("day", "")).isdecimal()
        usual = not repeat or by_day or repeat.get("weekday") in WEEKDAYS
        every = {each: visit.t(f"campaigns.every.{each}") for each in ("week", "month")}
        if not usual:
            every["kept"] = wording.repeats(visit, mailing.definition.repeat)
        form.choice("every", visit.t("campaigns.every.label"), every,
                    "month" if by_day else "week" if usual else "kept", then=toggle_every)  # fmt: skip
        days: dict[str, str] = {day: visit.t(f"campaigns.weekday.{day}") for day in WEEKDAYS}
        week = form.choice(
            "repeat_weekday", visit.t("campaigns.every.weekday"), days, str(repeat.get("weekday", "sun"))
        )
        month = form.line("repeat_day", visit.t("campaigns.every.day"), str(repeat.get("day", "1")) if by_day else "1",
                          "type=number dir=ltr min=1 max=28")  # fmt: skip
        form.line(
            "repeat_at",
            visit.t("campaigns.every.at"),
            str(repeat.get("at", "10:00"))[:5],
            "type=time dir=ltr",
        )
    boxes["series"] = series
    toggle()
    toggle_every()
    zone = visit.config.company.timezone
    form.one_of(
        "zone",
        visit.t("campaigns.zone.label"),
        [
            ("company", visit.t("campaigns.zone.company"), zone),
            ("contact", visit.t("campaigns.zone.contact"), visit.t("campaigns.zone.contact_hint")),
        ],
        str(data.get("zone", "company")),
    )
    form.line("end", visit.t("campaigns.end"), str(data.get("end", "")), "type=date dir=ltr",
              hint=visit.t("campaigns.end_hint"))  # fmt: skip


def _text(data: Data, name: str) -> str:
    value = data.get(name)
    return "" if value in (None, "") else str(value)


class _Doors:
    """The doors in the order in which they are tried; none chosen: the usual order."""

    def __init__(self, visit: Visit, desk: CampaignDesk, chosen: list[str]) -> None:
        self._visit = visit
        self._order = [*chosen, *(each for each in desk.channels if each not in chosen)]
        self._on = set(chosen) or set(self._order)

    @property
    def chosen(self) -> list[str]:
        return [each for each in self._order if each in self._on]

    def build(self) -> None:
        self._place = ui.element("ol").classes("doors")
        self._draw()

    def _draw(self) -> None:
        visit = self._visit
        self._place.clear()
        with self._place:
            for at, each in enumerate(self._order):
                with ui.element("li").classes("door"):
                    with ui.element("label").classes("option"):
                        box = ui.element("input").props(f"type=checkbox data-door={each}")
                        if each in self._on:
                            box.props("checked")
                        box.on(
                            "change", self._switcher(each), js_handler="(event) => emit(event.target.checked)"
                        )
                        kit.text(wording.channel(visit, each))
                    up = kit.button("↑", self._mover(at), kind="quiet")
                    up.props["aria-label"] = visit.t("campaigns.door_up", door=wording.channel(visit, each))
                    if at == 0:
                        up.props("disabled")

    def _switcher(self, each: str) -> Any:
        def switch(event: Any) -> None:
            (self._on.add if event.args else self._on.discard)(each)

        return switch

    def _mover(self, at: int) -> Any:
        def move() -> None:
            if at > 0:
                self._order[at - 1], self._order[at] = self._order[at], self._order[at - 1]
                self._draw()

        return move
