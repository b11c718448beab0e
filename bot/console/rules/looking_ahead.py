"""Before a rule is switched on: who would get what in the next 30 days, who not and why, at what cost."""

from __future__ import annotations

from typing import Final

from nicegui import ui
from nicegui.element import Element

from bot.console import Visit, kit
from bot.console.rules.reading import Foreseen, Standing, foreseen, standings
from bot.console.rules.wording import reason
from bot.console.templates.showing import channel_in_words, draw, money
from bot.simulation import Asked
from bot.store.changes import NotFound, NotPossible
from bot.template_desk import Shown
from channels.segments import count_segments, fold_typography
from scheduler.rule_book import ListedRule
from scheduler.rule_words import title_of
from scheduler.simulation.lines import Line

ROLES: Final = ("marketer", "manager")
DAYS: Final = 30
_SAMPLES: Final = 40


async def ask(visit: Visit, name: str) -> Foreseen | None:
    """The days to come on a copy of the database; None where that can't be told now (the user is told)."""
    asked = Asked(now=visit.clock.now(), days=DAYS, rules=(name,), switched_on=(name,))
    try:
        told = await visit.services.behind.simulations.run(asked, _SAMPLES)
    except (NotPossible, NotFound):
        kit.say(visit.t("rules.cant_look"), "warn")
        return None
    found = foreseen(told.totals, told.lines)
    if found.samples or found.skipped:
        await visit.saw("rule", name)
    return found


async def look_ahead(visit: Visit, listed: ListedRule, shown: Element) -> None:
    """Fill a place of the page with what is foreseen."""
    if not visit.may(*ROLES):
        kit.say(visit.t("shell.not_allowed"), "bad")
        return
    shown.clear()
    with shown:
        ui.label(visit.t("rules.looking")).classes("hint")
    found = await ask(visit, listed.rule.name)
    shown.clear()
    with shown:
        if found is None:
            ui.label(visit.t("rules.cant_look")).classes("notice notice-warn")
            return
        summary(visit, listed, found)
        _samples(visit, found)


def summary(visit: Visit, listed: ListedRule, found: Foreseen) -> None:
    """Counts, cost and reasons."""
    if listed.rule.when.kind == "told":
        ui.label(visit.t("rules.told_lead")).classes("notice")
        return
    doors = ", ".join(f"{channel_in_words(visit, channel)} {number}" for channel, number in found.by_channel)
    told = visit.count("rules.would_send", found.sent)
    kit.text(f"{told} ({doors})" if doors else told, "strong").props("data-would-send")
    if found.waiting:
        ui.label(visit.count("rules.would_wait", found.waiting))
    if found.sent:
        priced = visit.config.outreach.prices
        cost = visit.t("rules.cost", cost=money(visit, found.cost)) if priced else visit.t("rules.no_prices")
        ui.label(cost).classes("" if priced else "hint")
    if found.left_out:
        ui.label(visit.count("rules.would_leave", found.left_out))
        with ui.element("ul").classes("rules-reasons"):
            for code, number in found.reasons[:8]:
                kit.text(f"{number} × {reason(visit, code)}", "li").props("dir=auto")


def _samples(visit: Visit, found: Foreseen) -> None:
    if found.samples:
        kit.text(visit.t("rules.samples"), "h3")
        with ui.element("div").classes("rules-samples"):
            for line in found.samples:
                _sample(visit, line)
    if found.skipped:
        kit.text(visit.t("rules.left_out_samples"), "h3")
        with ui.element("div").classes("rows rules-wide"):
            for line in found.skipped:
                with ui.element("div").classes("row"):
                    with ui.element("div").classes("row-main"):
                        ui.label(line.name or visit.t("rules.nameless")).classes("row-title").props(
                            "dir=auto"
                        )
                        ui.label(reason(visit, line.reason)).classes("hint").props("dir=auto")
                    ui.label(visit.when(line.at)).classes("hint")


def _sample(visit: Visit, line: Line) -> None:
    sms = count_segments(fold_typography(line.text)) if line.channel == "sms" else None
    cost = line.cost if visit.config.outreach.prices else None
    with ui.element("div"):
        ui.label(f"{line.name or visit.t('rules.nameless')} · {visit.when(line.at)}").classes("hint").props(
            "dir=auto"
        )
        shown = Shown(channel=line.channel, text=line.text, subject=line.subject, sms=sms, cost=cost)
        draw(visit, shown, line.language)


async def switching(visit: Visit, listed: ListedRule) -> bool:
    """Show what follows, ask, and do it; whether it was done."""
    if not visit.may(*ROLES):
        kit.say(visit.t("shell.not_allowed"), "bad")
        return False
    sure = await (_sure_off(visit, listed) if listed.active else _sure_on(visit, listed))
    if not sure:
        return False
    desk = visit.services.behind.rules
    assert desk is not None
    now_on = not listed.active
    try:
        await desk.switch(listed.rule.name, on=now_on, by=visit.user.agent_id)
    except NotFound:
        kit.say(visit.t("rules.no_such"), "bad")
        return False
    kit.say(visit.t("rules.is_on" if now_on else "rules.is_off", title=title_of(listed.rule, visit.language)))
    return True


async def _sure_on(visit: Visit, listed: ListedRule) -> bool:
    kit.say(visit.t("rules.looking"), "info")
    found = await ask(visit, listed.rule.name)
    title = title_of(listed.rule, visit.language)
    with ui.dialog() as dialog, ui.element("div").classes("dialog").props("role=alertdialog aria-modal=true"):
        kit.text(visit.t("rules.sure_on", title=title), "h2")
        with ui.element("div").classes("stack rules-ahead"):
            if found is None:
                ui.label(visit.t("rules.cant_look")).classes("notice notice-warn")
            else:
                summary(visit, listed, found)
        ui.label(visit.t("rules.from_now")).classes("hint")
        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("shell.cancel"), lambda: dialog.submit(False))
            kit.button(visit.t("rules.do_on"), lambda: dialog.submit(True), kind="main")
    try:
        return bool(await dialog)
    finally:
        dialog.delete()


async def _sure_off(visit: Visit, listed: ListedRule) -> bool:
    name, now = listed.rule.name, visit.clock.now()
    known = await visit.store.read(lambda session: standings(session, now, [name]))
    waiting = known.get(name, Standing()).waiting
    title = visit.t("rules.sure_off", title=title_of(listed.rule, visit.language))
    return await kit.confirm(
        visit, title, visit.count("rules.stops_waiting", waiting), visit.t("rules.do_off"), kind="danger"
    )
