"""The FAQ's pages: try a question, teach what was not understood, see the entries and what they lack."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from nicegui import ui
from nicegui.element import Element
from sqlalchemy import select

from bot.console import NavEntry, Visit, kit, page
from bot.console.faq.teaching import NotTaught, holding, made_of, phrasing_of, title_of
from bot.faq_advice import advice_for
from bot.learning.desk import Accepted, LearningDesk
from bot.learning.groups import Group
from bot.learning.live import LiveFaq
from bot.learning.trial import try_text
from bot.records import LearnedPhrasing
from bot.records.base import table_of
from bot.store.changes import NotPossible
from bot.understanding.faq import Entry
from channels.text import clean_text

_ROLES: Final = ("agent", "complaint_manager", "marketer", "manager")
_TEACHERS: Final = ("complaint_manager", "marketer", "manager")
_TABS: Final = (("groups", "/faq"), ("entries", "/faq/entries"), ("quality", "/faq/quality"))
_SHOWN: Final = 60
_GROUPS: Final = 30
_MOST_TEXT: Final = 2_000
_phrasings = table_of(LearnedPhrasing)


@page("/faq", title="faq.title", roles=_ROLES, nav=NavEntry(order=50, icon="question", key="f"))
async def not_understood(visit: Visit) -> None:
    """The try-it box, and the groups of questions without an answer."""
    live = _head(visit, "groups")
    _try_box(visit, live)
    desk = visit.services.behind.learning
    assert desk is not None
    groups = await desk.groups.largest(_GROUPS)
    with kit.section(visit.t("faq.tabs.groups"), visit.t("faq.groups_lead")):
        if not groups:
            kit.empty(visit.t("faq.no_group"))
    for group in groups:
        _group(visit, live, desk, group)


def _head(visit: Visit, tab: str) -> LiveFaq:
    live = visit.services.behind.live_faq
    assert live is not None
    counted = visit.count("faq.lead", len(live.entries))
    if live.learned.phrasings:
        counted = f"{counted} · {visit.count('faq.learned', len(live.learned.phrasings))}"
    kit.heading(visit.t("faq.title"), counted)
    with ui.element("nav").classes("tabs").props(f'aria-label="{visit.t("faq.title")}"'):
        for name, path in _TABS:
            link = ui.link(visit.t(f"faq.tabs.{name}"), path).classes("choice")
            if name == tab:
                link.props("aria-current=true")
    if live.problems:
        with ui.element("div").classes("notice notice-bad").props("role=alert"):
            ui.label(visit.t("faq.problems"))
            for problem in live.problems[:5]:
                ui.label(f"{problem.where}: {problem.what}")
    return live


# try a question


def _try_box(visit: Visit, live: LiveFaq) -> None:
    with kit.section(visit.t("faq.try"), visit.t("faq.try_lead")):
        with ui.element("div").classes("ask"):
            text = kit.field(visit.t("faq.try_text"), f"maxlength={_MOST_TEXT} dir=auto")
        found = ui.element("div").classes("stack").props("aria-live=polite")

        def look() -> None:
            words = clean_text(text.value or "")[:_MOST_TEXT].strip()
            found.clear()
            if words:
                with found:
                    _trial(visit, live, words)

        with ui.element("div").classes("page-acts"):
            kit.button(visit.t("faq.try_do"), look, kind="main")
        text.on("keydown.enter", look)
        found.move(target_index=-1)


def _trial(visit: Visit, live: LiveFaq, words: str) -> None:
    trial = try_text(live.dialogue, words, language="", channel="webchat", now=visit.clock.now())
    if trial.answer:
        kit.tag(visit.t("faq.try_answers"), "good")
        ui.label(trial.answer).classes("answer").props("dir=auto")
    else:
        ui.label(visit.t("faq.try_other", why=f"{trial.decided_by}: {trial.why}")).classes(
            "notice notice-warn"
        )
    _nearest(visit, live, [(match.entry_id, match.confidence) for match in trial.matches])


def _nearest(visit: Visit, live: LiveFaq, near: Sequence[tuple[str, float]]) -> None:
    known = {entry.id: entry for entry in live.entries}
    shown = [(known[entry_id], confidence) for entry_id, confidence in near if entry_id in known]
    if not shown:
        ui.label(visit.t("faq.none_near")).classes("hint")
        return
    kit.text(visit.t("faq.nearest"), "h3")
    with ui.element("div").classes("near"):
        for entry, confidence in shown:
            ui.link(title_of(entry, visit.language), f"/faq/entries/{entry.id}").props("dir=auto")
            kit.tag(f"{confidence:.0%}", "good" if confidence >= 0.5 else "")


# what was not understood


def _group(visit: Visit, live: LiveFaq, desk: LearningDesk, group: Group) -> None:
    """One card; what is chosen in it goes to an entry, to a new one, or aside."""
    card = kit.section(
        visit.count("faq.asked", group.size), visit.t("faq.last", time=visit.ago(group.last_at))
    )
    chosen = {said.id for said in group.said}
    texts = {said.id: said.text for said in group.said}
    with card:
        for said in group.said[:_SHOWN]:
            with ui.element("label").classes("said"):
                box = ui.element("input").props("type=checkbox checked")
                box.on(
                    "change", _chooser(chosen, said.id), js_handler="(event) => emit(event.target.checked)"
                )
                kit.text(said.text + (f" ×{said.count}" if said.count > 1 else "")).props("dir=auto")
        if group.picked:
            names = ", ".join(group.picked)
            ui.label(visit.t("faq.picked", entries=names)).classes("hint")
        for answer in group.answers[:3]:
            ui.label(visit.t("faq.agent_answered", text=answer)).classes("answer").props("dir=auto")
        _nearest(visit, live, group.nearest)
        if visit.may(*_TEACHERS):
            _decide(visit, live, desk, card, group, chosen, texts)


def _chooser(chosen: set[str], said_id: str) -> Callable[[Any], None]:
    def choose(event: Any) -> None:
        (chosen.add if event.args else chosen.discard)(said_id)

    return choose


def _decide(
    visit: Visit,
    live: LiveFaq,
    desk: LearningDesk,
    card: Element,
    group: Group,
    chosen: set[str],
    texts: dict[str, str],
) -> None:
    options = {entry.id: title_of(entry, visit.language) for entry in live.entries}
    near = next((entry_id for entry_id, _ in group.nearest if entry_id in options), None)

    async def settle(work: Callable[[list[str]], Awaitable[str]]) -> None:
        ids = [said_id for said_id in texts if said_id in chosen]
        if not ids:
            kit.say(visit.t("faq.choose_text"), "warn")
            return
        said = await _done(visit, lambda: work(ids))
        if said:
            kit.say(said)
            card.delete()

    async def assign(ids: list[str]) -> str:
        if not select_box.value:
            raise NotTaught("choose_entry")
        return _learned(visit, await desk.accept(ids, str(select_box.value), agent=visit.user.name))

    async def dismiss(ids: list[str]) -> str:
        return visit.count("faq.dismissed", await desk.dismiss(ids, agent=visit.user.name))

    with ui.element("div").classes("faq-acts"):
        with ui.element("label").classes("field"):
            kit.text(visit.t("faq.assign_to"))
            select_box = ui.select(options, value=near, with_input=True).props("outlined dense dir=auto")
            select_box.props["aria-label"] = visit.t("faq.assign_to")
        kit.button(visit.t("faq.assign_do"), lambda: settle(assign), kind="main")
        kit.button(visit.t("faq.new"), lambda: _make(visit, desk, card, chosen, texts), picture="plus")
        kit.button(visit.t("faq.dismiss"), lambda: settle(dismiss), kind="quiet")


async def _make(
    visit: Visit, desk: LearningDesk, card: Element, chosen: set[str], texts: dict[str, str]
) -> None:
    """A form for an entry from the chosen questions."""
    ids = [said_id for said_id in texts if said_id in chosen]
    if not ids:
        kit.say(visit.t("faq.choose_text"), "warn")
        return
    with ui.dialog() as dialog, ui.element("div").classes("dialog").props("role=dialog aria-modal=true"):
        kit.text(visit.t("faq.make_title"), "h2")
        for said_id in ids[:5]:
            ui.label(texts[said_id]).classes("hint").props("dir=auto")
        name = kit.field(visit.t("faq.make_id"), "dir=ltr maxlength=64")
        category = kit.field(visit.t("faq.make_category"), "dir=ltr maxlength=64")
        category.set_value("learned")
        answers = {}
        for language in visit.config.company.languages:
            with ui.element("label").classes("field"):
                spoken = visit.t(f"faq.languages.{language}")
                kit.text(visit.t("faq.make_answer", language=spoken))
                answers[language] = ui.textarea().props("outlined dense autogrow dir=auto")

        async def keep() -> None:
            async def work() -> str:
                made = made_of(
                    name.value or "",
                    category.value or "",
                    {language: box.value or "" for language, box in answers.items()},
                )
                await desk.make_entry(made, agent=visit.user.name, ids=ids, texts=())
                return visit.t("faq.made")

            said = await _done(visit, work)
            if said:
                dialog.close()
                kit.say(said)
                card.delete()

        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("shell.cancel"), dialog.close)
            kit.button(visit.t("faq.make_do"), keep, kind="main")
    dialog.open()


async def _done(visit: Visit, work: Callable[[], Awaitable[str]]) -> str:
    """What was done in words; an empty text where it was refused, which the user has been told then."""
    if not visit.may(*_TEACHERS):
        kit.say(visit.t("shell.not_allowed"), "bad")
        return ""
    try:
        return await work()
    except NotTaught as why:
        kit.say(visit.t(f"faq.{why.key}"), "warn")
    except NotPossible as why:
        kit.say(visit.t("faq.refused", why=str(why)), "bad")
    return ""


def _learned(visit: Visit, accepted: Accepted) -> str:
    return visit.count("faq.accepted", len(accepted.phrasings))


# entries


@page("/faq/entries", title="faq.title", roles=_ROLES)
async def entries(visit: Visit) -> None:
    """All entries, found by any of their words."""
    live = _head(visit, "entries")
    with kit.section(visit.t("faq.tabs.entries")):
        with ui.element("div").props("data-search"):
            words = kit.field(visit.t("faq.search"), "type=search dir=auto")
        shown = ui.element("div").classes("rows")

    def show() -> None:
        shown.clear()
        found = holding(live.entries, words.value or "")
        with shown:
            if not found:
                kit.empty(visit.t("faq.no_entry"), "search")
            for entry in found[:_SHOWN]:
                _line(visit, entry)

    words.on_value_change(show)
    show()


def _line(visit: Visit, entry: Entry) -> None:
    with ui.element("div").classes("row"):
        with ui.element("div").classes("row-main"):
            ui.link(title_of(entry, visit.language), f"/faq/entries/{entry.id}").classes("row-title").props(
                "dir=auto"
            )
            ui.label(f"{entry.id} · {entry.category}").classes("hint")
        kit.tag(visit.count("faq.phrasings", sum(map(len, entry.questions.values()))))


@page("/faq/entries/{entry_id}", title="faq.title", roles=_ROLES)
async def one_entry(visit: Visit, entry_id: str) -> None:
    """An entry with its answers and phrasings; those learned from people can be taken back."""
    live = _head(visit, "entries")
    entry = next((each for each in live.entries if each.id == entry_id), None)
    ui.link(visit.t("faq.back"), "/faq/entries")
    if entry is None:
        kit.empty(visit.t("shell.not_found"), "question")
        return
    with kit.section(title_of(entry, visit.language), f"{entry.id} · {entry.category}"):
        for language, answer in entry.answers.items():
            kit.text(visit.t("faq.make_answer", language=visit.t(f"faq.languages.{language}")), "h3")
            ui.label(answer).classes("answer").props("dir=auto")
        if not any(made.id == entry_id for made in live.learned.entries):
            ui.label(visit.t("faq.from_files")).classes("hint")
    with kit.section(visit.t("faq.questions")):
        for language, texts in entry.questions.items():
            kit.text(_language(visit, language), "h3")
            for text in texts:
                ui.label(text).props("dir=auto")
        if visit.may(*_TEACHERS):
            _add(visit, entry)
    await _taught(visit, entry)


def _language(visit: Visit, tag: str) -> str:
    key = f"faq.languages.{tag}"
    return visit.t(key) if visit.words.has(key) else tag


def _add(visit: Visit, entry: Entry) -> None:
    desk = visit.services.behind.learning
    assert desk is not None
    with ui.element("div").classes("faq-acts"):
        text = kit.field(visit.t("faq.add"), "dir=auto")

        async def add() -> None:
            async def work() -> str:
                phrasing = phrasing_of(text.value or "")
                return _learned(visit, await desk.add_phrasing(entry.id, phrasing, agent=visit.user.name))

            if said := await _done(visit, work):
                kit.say(said)
                await kit.again()

        kit.button(visit.t("faq.add_do"), add, kind="main")


async def _taught(visit: Visit, entry: Entry) -> None:
    desk = visit.services.behind.learning
    assert desk is not None
    rows = await visit.store.fetch_all(
        select(_phrasings)
        .where(_phrasings.c.entry_id == entry.id, _phrasings.c.withdrawn_at.is_(None))
        .order_by(_phrasings.c.id.desc())
        .limit(_SHOWN)
    )
    if not rows:
        return
    with kit.section(visit.t("faq.from_people")), ui.element("div").classes("rows"):
        for row in rows:
            line = ui.element("div").classes("row")
            with line:
                with ui.element("div").classes("row-main"):
                    ui.label(row.text).props("dir=auto")
                    ui.label(f"{row.created_by} · {visit.when(row.created_at)}").classes("hint")
                if visit.may(*_TEACHERS):
                    kit.button(visit.t("faq.withdraw"), _withdrawer(visit, desk, row.id, line), kind="quiet")


def _withdrawer(
    visit: Visit, desk: LearningDesk, phrasing_id: str, line: Element
) -> Callable[[], Awaitable[None]]:
    async def withdraw() -> None:
        async def work() -> str:
            await desk.withdraw_phrasing(phrasing_id, agent=visit.user.name)
            return visit.t("faq.withdrawn")

        sure = await kit.confirm(
            visit,
            visit.t("faq.withdraw"),
            visit.t("faq.withdraw_sure"),
            visit.t("faq.withdraw"),
            kind="danger",
        )
        if sure and (said := await _done(visit, work)):
            kit.say(said)
            line.delete()

    return withdraw


# quality


@page("/faq/quality", title="faq.title", roles=_ROLES)
async def quality(visit: Visit) -> None:
    """What the entries lack."""
    live = _head(visit, "quality")
    found = await asyncio.to_thread(advice_for, live.entries, live.understanding.faq)
    ui.label(visit.t("faq.quality_lead")).classes("hint")
    if not any(found.values()):
        kit.empty(visit.t("faq.all_well"))
        return
    titles = {entry.id: title_of(entry, visit.language) for entry in live.entries}
    if found["too_alike"]:
        with (
            kit.section(visit.t("faq.too_alike"), visit.t("faq.too_alike_lead")),
            ui.element("div").classes("rows"),
        ):
            for pair in found["too_alike"][:_SHOWN]:
                with ui.element("div").classes("row"):
                    with ui.element("div").classes("row-main"):
                        for entry_id, text in zip(pair["entries"], pair["phrasings"], strict=True):
                            ui.link(titles.get(entry_id, entry_id), f"/faq/entries/{entry_id}").props(
                                "dir=auto"
                            )
                            ui.label(text).classes("hint").props("dir=auto")
                    kit.tag(f"{pair['likeness']:.0%}", "warn")
    if found["few_phrasings"]:
        with kit.section(visit.t("faq.few_title"), visit.t("faq.few_lead")):
            _few(visit, titles, found["few_phrasings"])
    if found["no_dialect"]:
        missing = ", ".join(_language(visit, tag) for tag in ("ar-dz", "ar-latn"))
        with kit.section(visit.t("faq.no_dialect"), visit.t("faq.no_dialect_lead", missing=missing)):
            for line in found["no_dialect"][:_SHOWN]:
                ui.link(titles[line["entry"]], f"/faq/entries/{line['entry']}").props("dir=auto")


def _few(visit: Visit, titles: dict[str, str], lines: Sequence[dict[str, Any]]) -> None:
    with ui.element("div").classes("rows"):
        for line in sorted(lines, key=lambda each: int(each["phrasings"]))[:_SHOWN]:
            with ui.element("div").classes("row"):
                link = ui.link(titles[line["entry"]], f"/faq/entries/{line['entry']}").classes("row-main")
                link.props("dir=auto")
                spoken = _language(visit, line["language"])
                kit.tag(visit.count("faq.few_line", line["phrasings"], language=spoken), "warn")
