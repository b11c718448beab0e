"""The rules' pages: what there is and whether it is on; one rule, what it would do, what it did."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Final

from nicegui import ui
from nicegui.element import Element

from bot.console import NavEntry, Visit, kit, page
from bot.console.rules.looking_ahead import look_ahead, switching
from bot.console.rules.reading import (
    Standing,
    grouped,
    name_of,
    origin_of,
    past_of,
    standings,
    unusable,
)
from bot.console.rules.wording import days_to_confirm, link_to_contact, reason, troubles_of
from bot.console.templates.showing import channel_in_words, draw, language_in_words
from bot.rule_desk import RuleDesk
from bot.rule_problems import rule_problems, rules_changed
from bot.store.changes import NotFound
from bot.template_desk import Shown, sample_of
from bot.templating import TemplateError
from scheduler.rule_book import ListedRule
from scheduler.rule_words import explain, parts_of, title_of
from scheduler.rules import Rule, RuleError

ROLES: Final = ("marketer", "manager")
_STATES: Final = ("all", "on", "off")


@page("/rules", title="rules.title", roles=ROLES, nav=NavEntry(order=42, icon="repeat", key="r"))
async def rules(visit: Visit) -> None:
    """Every rule in its group, with what it waits to send."""
    desk = visit.services.behind.rules
    assert desk is not None
    listed = await desk.listed()
    now = visit.clock.now()
    known = await visit.store.read(lambda session: standings(session, now))
    lost = await visit.store.read(lambda session: unusable(session, listed))
    on = sum(each.active for each in listed.values())
    kit.heading(visit.t("rules.title"), visit.count("rules.lead", on, all=len(listed)))
    await _file_problems(visit, desk, lost)
    state = visit.query.get("show", "all")
    with ui.element("nav").classes("pills").props(f'aria-label="{visit.t("rules.title")}"'):
        for each in _STATES:
            link = ui.link(visit.t(f"rules.show.{each}"), f"/rules?show={each}").classes("pill")
            if each == state:
                link.props("aria-current=true")
    shown = [one for one in listed.values() if state not in ("on", "off") or one.active == (state == "on")]
    if not shown:
        kit.empty(visit.t(f"rules.none_{state}" if state in ("on", "off") else "rules.none_on"), "repeat")
    for group, some in grouped(shown).items():
        with kit.section(visit.t(f"rules.group.{group}")), ui.element("div").classes("rows"):
            for one in some:
                _row(visit, one, known.get(one.rule.name, Standing()))


async def _file_problems(visit: Visit, desk: RuleDesk, lost: list[str]) -> None:
    """What is wrong with the operator's own file and with rules nobody can read any more."""
    found = await asyncio.to_thread(rule_problems, visit.config, visit.services.core.templates)
    if await asyncio.to_thread(rules_changed, visit.config, desk.ready()):
        ui.label(visit.t("rules.file_changed")).classes("notice notice-warn")
    if not found and not lost:
        return
    with ui.element("div").classes("notice notice-bad rules-notice").props("role=alert"):
        if found:
            ui.label(visit.t("rules.file_problems"))
            for problem in found[:8]:
                ui.label(f"{problem.where}: {problem.what}").classes("mono").props("dir=ltr")
        for name in lost:
            ui.label(visit.t("rules.unreadable", name=name))


def _row(visit: Visit, listed: ListedRule, standing: Standing) -> None:
    rule = listed.rule
    with ui.element("div").classes("row").props(f"data-rule={rule.name}"):
        with ui.element("div").classes("row-main"):
            with ui.element("div").classes("rules-name"):
                ui.link(title_of(rule, visit.language), f"/rules/{rule.name}").classes("row-title").props(
                    "dir=auto"
                )
                _tags(visit, listed)
            said = explain(rule, visit.language)
            ui.label(said[:1].upper() + said[1:]).classes("hint")
            if told := _told(visit, standing):
                ui.label(told).classes("hint")
        _switch(visit, listed)


def _tags(visit: Visit, listed: ListedRule) -> None:
    kit.tag(visit.t("rules.on" if listed.active else "rules.off"), "good" if listed.active else "")
    origin = origin_of(listed.rule)
    if origin != "shipped":
        kit.tag(visit.t(f"rules.origin.{origin}"), "info")


def _told(visit: Visit, standing: Standing) -> str:
    parts = []
    if standing.waiting and standing.next_at is not None:
        parts.append(visit.count("rules.waiting", standing.waiting, when=visit.when(standing.next_at)))
    if standing.last_sent is not None:
        parts.append(visit.count("rules.sent", standing.sent, when=visit.when(standing.last_sent)))
    if standing.left_out:
        parts.append(visit.count("rules.left_out", standing.left_out))
    return " · ".join(parts)


def _switch(visit: Visit, listed: ListedRule) -> None:
    async def press() -> None:
        if await switching(visit, listed):
            await kit.again()

    kind: kit.Kind = "main" if visit.path != "/rules" and not listed.active else "plain"
    kit.button(visit.t("rules.switch_off" if listed.active else "rules.switch_on"), press, kind=kind)


# one rule


@page("/rules/{name}", title="rules.title", roles=ROLES)
async def one_rule(visit: Visit, name: str) -> None:
    """What it does in words, the days to come, its texts, and what became of its messages."""
    desk = visit.services.behind.rules
    assert desk is not None
    try:
        listed = await desk.show(name)
    except NotFound:
        ui.link(visit.t("rules.back"), "/rules")
        kit.empty(visit.t("rules.no_such"), "question")
        return
    rule, now = listed.rule, visit.clock.now()
    known = await visit.store.read(lambda session: standings(session, now, [name]))
    by = await visit.store.read(lambda session: name_of(session, listed.changed_by))
    ui.link(visit.t("rules.back"), "/rules")
    with kit.heading(title_of(rule, visit.language), _told(visit, known.get(name, Standing()))):
        _tags(visit, listed)
        _switch(visit, listed)
    for trouble in troubles_of(visit, rule):
        ui.label(trouble.words).classes(f"notice {'notice-bad' if trouble.bad else 'notice-warn'}")
    _what_it_does(visit, listed, by)
    _feast(visit, rule)
    _ahead(visit, listed)
    _texts(visit, rule)
    await _lately(visit, name)


def _what_it_does(visit: Visit, listed: ListedRule, by: str) -> None:
    rule = listed.rule
    told = parts_of(rule, visit.language)
    with kit.section(visit.t("rules.what")), ui.element("dl").classes("rules-facts"):
        _fact(visit, "when", told.occasion)
        _fact(visit, "steps", *told.steps)
        _fact(visit, "only", *told.only)
        _fact(visit, "segment", rule.segment)
        _fact(visit, "stops", *told.stops)
        _fact(visit, "purpose", visit.t(f"rules.purposes.{rule.purpose}"))
        doors = [channel_in_words(visit, channel) for channel in rule.channels]
        _fact(visit, "channels", ", ".join(doors) or visit.t("rules.usual_channels"))
        _fact(visit, "late", visit.count("rules.days", rule.late_days))
        for step in rule.steps:
            if step.call is not None:
                words = {str(language): said for language, said in step.call.words.items()}
                _fact(visit, "call", words.get(visit.language) or next(iter(words.values())))
        if by and listed.changed_at is not None:
            _fact(visit, "changed", f"{by} · {visit.when(listed.changed_at)}")


def _fact(visit: Visit, key: str, *values: str) -> None:
    shown = [value for value in values if value]
    if not shown:
        return
    kit.text(visit.t(f"rules.fact.{key}"), "dt")
    with ui.element("dd"):
        for value in shown:
            ui.label(value).props("dir=auto")


def _feast(visit: Visit, rule: Rule) -> None:
    """Say on which day it falls; until then its wishes wait."""
    for day in days_to_confirm(visit, rule):
        lead = visit.t("rules.feast_lead", day=visit.span(day, day))
        with kit.section(visit.t("rules.feast"), lead), ui.element("div").classes("rules-line"):
            box = kit.field(visit.t("rules.feast_day"), "type=date dir=ltr")
            box.set_value(day.isoformat())
            kit.button(visit.t("rules.feast_confirm"), _confirmer(visit, rule.name, box), kind="main")


def _confirmer(visit: Visit, name: str, box: ui.input) -> Callable[[], Awaitable[None]]:
    async def confirm() -> None:
        desk = visit.services.behind.rules
        if not visit.may(*ROLES) or desk is None:
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        try:
            day = date.fromisoformat(str(box.value or ""))
            await desk.confirm(name, day, by=visit.user.agent_id)
        except (ValueError, RuleError, NotFound):
            kit.say(visit.t("rules.feast_wrong"), "warn")
            return
        kit.say(visit.t("shell.saved"))
        await kit.again()

    return confirm


def _ahead(visit: Visit, listed: ListedRule) -> None:
    lead = visit.t("rules.ahead_lead_on" if listed.active else "rules.ahead_lead_off")
    with kit.section(visit.t("rules.ahead"), lead) as card:
        card.props("data-ahead")
        shown = ui.element("div").classes("stack rules-ahead").props("aria-live=polite")

        async def look() -> None:
            await look_ahead(visit, listed, shown)

        with ui.element("div").classes("page-acts"):
            kit.button(visit.t("rules.look"), look, picture="eye")
        shown.move(target_index=-1)


def _texts(visit: Visit, rule: Rule) -> None:
    """Each step's text in every language of the company."""
    templates = visit.services.core.templates
    channel = rule.channels[0] if rule.channels else "whatsapp"
    for name in dict.fromkeys(step.template for step in rule.steps):
        if name not in templates.names:
            continue
        values = sample_of(name, (), visit.clock.now()) | dict(rule.values)
        with kit.section(visit.t("rules.text"), visit.t("rules.text_lead")):
            ui.link(visit.t("rules.edit_text"), f"/templates/{name.replace('/', '.')}")
            with ui.element("div").classes("rules-samples"):
                for language in visit.config.company.languages:
                    with ui.element("div"):
                        kit.text(language_in_words(visit, language), "h3")
                        draw(visit, _said(visit, name, language, channel, values), language)


def _said(visit: Visit, name: str, language: str, channel: str, values: Mapping[str, object]) -> Shown:
    try:
        said = visit.services.core.templates.render(
            name, language=language, channel=channel, variables=values
        )
    except TemplateError as error:
        return Shown(channel=channel, text="", error=str(error))
    return Shown(channel=channel, text=said.text, subject=said.subject)


async def _lately(visit: Visit, name: str) -> None:
    with kit.section(visit.t("rules.lately")):
        rows = ui.element("div").classes("rows rules-wide")
        more = ui.element("div").classes("page-acts")
        await _more(visit, name, rows, more, "")


async def _more(visit: Visit, name: str, rows: Element, more: Element, before: str) -> None:
    found = await visit.store.read(lambda session: past_of(session, name, before))
    if found.rows:
        await visit.saw("rule", name)
    more.clear()
    with rows:
        if not found.rows and not before:
            kit.empty(visit.t("rules.nothing_yet"), "clock")
        for each in found.rows:
            with ui.element("div").classes("row"):
                with ui.element("div").classes("row-main"):
                    link = link_to_contact(visit, each.contact_id)
                    called = each.name or visit.t("rules.nameless")
                    (ui.link(called, link) if link else ui.label(called)).classes("row-title").props(
                        "dir=auto"
                    )
                    if each.reason:
                        ui.label(reason(visit, each.reason, each.detail)).classes("hint").props("dir=auto")
                ui.label(visit.when(each.at)).classes("hint")
                if each.channel:
                    kit.tag(channel_in_words(visit, each.channel))
                tones: dict[str, kit.Tone] = {"sent": "good", "failed": "bad", "uncertain": "warn"}
                kit.tag(visit.t(f"rules.status.{each.status}"), tones.get(each.status, ""))
    if found.older:
        with more:
            kit.button(visit.t("rules.older"), lambda: _more(visit, name, rows, more, found.older))
