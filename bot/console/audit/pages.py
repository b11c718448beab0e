"""The audit page: who saw and did what, for those who answer for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from bot.console import NavEntry, Visit, kit, page
from bot.console.audit.reading import (
    CHANGES,
    MOST_EXPORTED,
    Asked,
    Choices,
    Entry,
    Found,
    WrongChoice,
    asked_of,
    export_rows,
    read_choices,
    read_page,
)
from bot.console.audit.wording import (
    action_in_words,
    detail_in_words,
    kind_in_words,
    link_of,
    object_in_words,
    who_in_words,
)
from bot.paper.sheet import csv_lines

_ROLES = ("manager",)


@page("/audit", title="audit.title", roles=_ROLES, nav=NavEntry(order=92, icon="eye", key="u"))
async def audit(visit: Visit) -> None:
    """The address holds the choice, so that it can be kept and sent."""
    try:
        asked = asked_of(visit.query)
    except WrongChoice:
        asked = Asked()
        kit.say(visit.t("audit.wrong_days"), "warn")
    zone = visit.config.company.zone

    def read(session: Any) -> tuple[Found, Choices]:
        return read_page(session, asked, zone), read_choices(session)

    found, choices = await visit.store.read(read)
    with kit.heading(visit.t("audit.title"), visit.t("audit.lead")):
        kit.button(visit.t("audit.export"), lambda: _export(visit, asked), picture="file")
    _filters(visit, asked, choices)
    with ui.element("section").classes("panel").props(f'aria-label="{visit.t("audit.title")}"'):
        if not found.entries:
            kit.empty(visit.t("audit.nothing_fits" if asked.limited or asked.before else "audit.nothing"))
        _days(visit, found)
        _pager(visit, asked, found)


def _filters(visit: Visit, asked: Asked, choices: Choices) -> None:
    chosen = _query(asked)
    users = {**choices.users, **{who: who_in_words(visit, who) for who in choices.others}}
    actions = {CHANGES: visit.t("audit.changes"), **_sorted(visit, choices.actions, action_in_words)}
    kinds = _sorted(visit, choices.kinds, kind_in_words)

    def show() -> None:
        ui.navigate.to(_address({name: value for name, value in chosen.items() if name != "before"}))

    with ui.element("div").classes("audit-filters panel").props("data-search"):
        for name, options in (("who", users), ("what", actions), ("kind", kinds)):
            _choice(visit, name, options, chosen)
        for name, kind in (("from", "date"), ("to", "date"), ("id", "search")):
            box = kit.field(visit.t(f"audit.{name}"), f"type={kind} dir=ltr maxlength=64")
            box.set_value(chosen.get(name, ""))
            box.on_value_change(lambda event, name=name: chosen.__setitem__(name, str(event.value or "")))
            box.on("keydown.enter", show)
        with ui.element("div").classes("page-acts"):
            kit.button(visit.t("audit.show"), show, kind="main")
            if asked.limited:
                ui.link(visit.t("audit.everything"), "/audit").classes("button button-quiet")


def _choice(visit: Visit, name: str, options: Mapping[str, str], chosen: dict[str, str]) -> None:
    known = {"": visit.t("audit.any"), **options}
    value = chosen.get(name, "")
    if value not in known:
        known[value] = value
    with ui.element("label").classes("field"):
        kit.text(visit.t(f"audit.{name}"))
        box = ui.select(known, value=value).props("outlined dense options-dense behavior=menu")
        box.props["aria-label"] = visit.t(f"audit.{name}")
        box.on_value_change(lambda event: chosen.__setitem__(name, str(event.value or "")))


def _sorted(visit: Visit, names: tuple[str, ...], words: Any) -> dict[str, str]:
    return dict(sorted(((name, words(visit, name)) for name in names), key=lambda each: each[1].casefold()))


def _days(visit: Visit, found: Found) -> None:
    day, rows = "", None
    for entry in found.entries:
        if rows is None or visit.day(entry.at) != day:
            day = visit.day(entry.at)
            kit.text(day, "h2", "audit-day")
            rows = ui.element("div").classes("rows")
        with rows:
            _row(visit, entry)


def _row(visit: Visit, entry: Entry) -> None:
    with ui.element("div").classes("row audit-row") as row:
        row.props["data-action"] = entry.action
        kit.text(visit.time(entry.at), "time", "hint audit-time").props("dir=ltr")
        with ui.element("div").classes("row-main"):
            with ui.element("div").classes("audit-said"):
                kit.text(who_in_words(visit, entry.who), "strong").props("dir=auto")
                ui.label(action_in_words(visit, entry.action))
            if detail := detail_in_words(visit, entry):
                ui.label(detail).classes("hint").props("dir=auto")
        with ui.element("div").classes("audit-object"):
            ui.label(kind_in_words(visit, entry.kind)).classes("hint")
            name, link = object_in_words(visit, entry), link_of(visit, entry)
            if link:
                shown = ui.link(name, link).props("dir=auto")
                if name != entry.object_id:
                    shown.props["title"] = entry.object_id


def _pager(visit: Visit, asked: Asked, found: Found) -> None:
    with ui.element("nav").classes("page-acts turns").props(f'aria-label="{visit.t("audit.pages")}"'):
        if asked.before:
            newest = {name: value for name, value in _query(asked).items() if name != "before"}
            ui.link(visit.t("audit.newest"), _address(newest)).classes("button")
        if found.older:
            ui.link(visit.t("audit.older"), _address({**_query(asked), "before": found.older})).classes(
                "button"
            )


def _query(asked: Asked) -> dict[str, str]:
    named = {"who": asked.who, "what": asked.what, "kind": asked.kind, "id": asked.object_id}
    days = {"from": asked.first, "to": asked.last}
    found = {**named, **{name: day.isoformat() for name, day in days.items() if day}, "before": asked.before}
    return {name: value for name, value in found.items() if value}


def _address(query: Mapping[str, str]) -> str:
    kept = {name: value for name, value in query.items() if value}
    return f"/audit?{urlencode(kept)}" if kept else "/audit"


async def _export(visit: Visit, asked: Asked) -> None:
    if not visit.may(*_ROLES):
        kit.say(visit.t("shell.not_allowed"), "bad")
        return
    entries = await visit.store.read(lambda session: export_rows(session, asked, visit.config.company.zone))
    heads = [visit.t(f"audit.columns.{name}") for name in ("at", "who", "what", "kind", "object", "detail")]
    lines = [heads]
    for each in entries:
        lines.append(
            [
                f"{visit.local(each.at):%Y-%m-%d %H:%M:%S}",
                who_in_words(visit, each.who),
                action_in_words(visit, each.action),
                kind_in_words(visit, each.kind),
                each.about or each.object_id,
                detail_in_words(visit, each),
            ]
        )
    data = b"".join(csv_lines(lines, language=visit.language))
    await visit.store.write(visit.noted("exported", "audit", "", entries=len(entries)))
    ui.download.content(
        data, f"audit-{visit.local(visit.clock.now()):%Y-%m-%d}.csv", "text/csv; charset=utf-8"
    )
    if len(entries) == MOST_EXPORTED:
        kit.say(visit.t("audit.cut", number=MOST_EXPORTED), "warn")
    else:
        kit.say(visit.count("audit.exported", len(entries)))
