"""The cards of a complaint: who is next, clocks, checklist, facts, departments, compensation, papers, links."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.element import Element

from bot.console import Visit, kit
from bot.console.complaints.acting import reason_words
from bot.console.complaints.deciding import checklist, decision_on, next_of, offered
from bot.console.complaints.ledger import Proof
from bot.console.complaints.reading import Whole
from bot.console.complaints.wording import (
    actor,
    channel,
    choice,
    clock_tone,
    desk_name,
    left,
    money,
    plain_day,
    severity_tone,
    why_not,
)
from bot.console.inbox.timeline import draw_file

Ask = Callable[..., Awaitable[None]]
"""Opens the form of an act."""


def asker(ask: Ask, act: str, **more: Any) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await ask(act, **more)

    return run


def draw_next(visit: Visit, whole: Whole) -> None:
    """Who is to act, in one sentence."""
    found = next_of(whole)
    name = desk_name(visit, found.name) if found.key == "department" else actor(visit, found.name)
    own = bool(found.name) and found.name == visit.user.name
    key = f"complaints.next.{found.key}"
    form = key + ("_you" if own else "" if found.name else "_nameless")
    words = visit.t(form if visit.words.has(form) else key, name=name)
    mine = own and found.key in ("owner", "closer", "cause")
    late, tone = left(visit, found.until)
    with ui.element("div").classes(f"next next-{'mine' if mine else 'plain'}").props("data-next"):
        kit.icon("hand" if mine else "clock")
        kit.text(words, "strong").props("dir=auto")
        if late:
            kit.tag(late, tone)


# clocks


def draw_clocks(visit: Visit, whole: Whole, receipt: Proof | None) -> None:
    with kit.section(visit.t("complaints.clocks")).props("data-clocks"), ui.element("div").classes("rows"):
        if receipt is not None:
            _receipt(visit, receipt)
        order = {"running": 0, "paused": 1}
        for clock in sorted(whole.clocks, key=lambda each: (order.get(each.status, 2), each.due_at)):
            _clock(visit, clock)
        if receipt is None and not whole.clocks:
            ui.label(visit.t("complaints.no_clock")).classes("hint")


def _receipt(visit: Visit, receipt: Proof) -> None:
    status = "running" if receipt.waiting else "met" if receipt.in_time else "missed"
    with ui.element("div").classes("row clock").props("data-clock=receipt"):
        with ui.element("div").classes("row-main"):
            kit.text(visit.t("complaints.clock.receipt"), "span", "row-title")
            if receipt.acknowledged_at is not None:
                seconds = max(0, round((receipt.acknowledged_at - receipt.received_at).total_seconds()))
                ui.label(visit.count("complaints.acknowledged_after", seconds)).classes("hint")
            else:
                ui.label(visit.t("complaints.due", when=visit.when(receipt.due_at))).classes("hint")
        kit.tag(visit.t(f"complaints.clock_state.{status}"), clock_tone(status))


def _clock(visit: Visit, clock: Any) -> None:
    with ui.element("div").classes("row clock").props(f'data-clock="{clock.kind}"'):
        with ui.element("div").classes("row-main"):
            words = visit.t(f"complaints.clock.{clock.kind}")
            if clock.kind == "department":
                words = f"{words} · {desk_name(visit, clock.desk_id)}"
            kit.text(words, "span", "row-title")
            ui.label(visit.t("complaints.due", when=visit.when(clock.due_at)))
            if clock.met_at is not None:
                ui.label(visit.t("complaints.met_at", when=visit.when(clock.met_at))).classes("hint")
            why = clock.explanation.get(visit.language, "")
            if why:
                with ui.element("details").classes("why"):
                    kit.text(visit.t("complaints.why"), "summary")
                    kit.text(why, "div", "hint").props("dir=auto")
                    for move in clock.history[-5:]:
                        kit.text(_moved(visit, move), "div", "hint").props("dir=auto")
        with ui.element("div").classes("clock-state"):
            late, tone = left(visit, clock.due_at) if clock.status == "running" else ("", "")
            kit.tag(
                late or visit.t(f"complaints.clock_state.{clock.status}"), tone or clock_tone(clock.status)
            )
            if clock.provisional:
                kit.tag(visit.t("complaints.provisional"), "warn")
            if clock.level and clock.status == "running":
                kit.tag(visit.t("complaints.level", n=clock.level), "bad")


def _moved(visit: Visit, move: Mapping[str, Any]) -> str:
    return " · ".join(str(move[name]) for name in ("by", "why") if move.get(name))


# checklist


def draw_checklist(visit: Visit, whole: Whole, ask: Ask) -> None:
    lines = checklist(whole)
    if not lines:
        return
    phase = visit.t(f"complaints.phase.{whole.case.phase}")
    card = kit.section(visit.t("complaints.checklist", phase=phase)).props("data-checklist")
    with card, ui.element("ul").classes("checks"):
        for line in lines:
            state = "done" if line.done else "needed" if line.needed else "open"
            with ui.element("li").classes(f"check check-{state}").props(f'data-check="{line.key}"'):
                kit.icon("check" if line.done else "more")
                with ui.element("span").classes("check-words"):
                    kit.text(visit.t(f"complaints.check.{line.key}"))
                    if not line.done and line.needed:
                        ui.label(visit.t("complaints.needed")).classes("check-needed")
                kit.text(
                    visit.t("complaints.is_done" if line.done else "complaints.is_open"), "span", "unseen"
                )
                if not line.done and line.act and not offered(whole, line.act).against:
                    kit.button(visit.t(f"complaints.act.{line.act}"), asker(ask, line.act), kind="quiet")


# what it is about


def draw_matter(visit: Visit, whole: Whole) -> None:
    """The customer's account, whole."""
    case = whole.case
    with kit.section(visit.t("complaints.matter")).props("data-matter"):
        kit.text(case.summary, "div", "quote").props("dir=auto")
        facts = (
            ("since", case.since),
            ("remedy", choice(visit, "kind", case.remedy)),
            ("consequences", case.consequences),
            ("anomaly", case.anomaly),
            ("plan", case.plan),
        )
        with ui.element("dl").classes("facts"):
            for name, value in facts:
                _fact(visit, name, value)
        if not case.complete:
            ui.label(visit.t("complaints.incomplete")).classes("notice notice-warn")


def draw_facts(visit: Visit, whole: Whole, ask: Ask) -> None:
    case = whole.case
    with kit.section(visit.t("complaints.facts")).props("data-facts"):
        with ui.element("dl").classes("facts facts-short"):
            _fact(visit, "object", choice(visit, "object", case.object))
            _fact(visit, "severity", choice(visit, "severity", case.severity))
            for name in ("product", "order_ref", "zone", "code"):
                _fact(visit, name, getattr(case, name))
            _fact(visit, "desk", desk_name(visit, case.desk_id))
            _fact(visit, "owner", case.owner or visit.t("complaints.nobody"))
            if whole.everything:
                _fact(visit, "fault", choice(visit, "fault", case.fault))
                _fact(visit, "faith", choice(visit, "faith", case.faith))
                _fact(visit, "evidence", case.faith_evidence)
                _fact(visit, "cause", case.cause)
                _fact(visit, "reviewer", case.reviewer)
            _fact(visit, "channel", channel(visit, case.channel))
            _fact(visit, "received_at", visit.when(case.received_at))
        with ui.element("div").classes("row-acts"):
            for act in ("qualify", "fault", "faith", "cause"):
                if not offered(whole, act).against:
                    kit.button(visit.t(f"complaints.act.{act}"), asker(ask, act), kind="quiet").props(
                        f"data-quick={act}"
                    )


def _fact(visit: Visit, name: str, value: str) -> None:
    if value:
        with ui.element("div").classes("fact-line"):
            kit.text(visit.t(f"complaints.field.{name}"), "dt", "hint")
            kit.text(value, "dd").props("dir=auto")


def draw_customer(visit: Visit, whole: Whole) -> None:
    case = whole.case
    with kit.section(visit.t("complaints.customer")).props("data-customer"):
        kit.text(whole.customer or visit.t("inbox.nameless"), "strong").props("dir=auto")
        if whole.organisation:
            kit.text(whole.organisation, "div", "hint").props("dir=auto")
        if whole.earlier:
            ui.label(visit.count("complaints.earlier", whole.earlier)).classes("hint")
        with ui.element("div").classes("row-acts"):
            ui.link(visit.t("complaints.conversation"), f"/inbox/{case.conversation_id}").classes("button")
            ui.link(visit.t("complaints.proof"), f"/complaints/{case.reference}/ledger").classes(
                "button button-quiet"
            )


# departments


def draw_departments(visit: Visit, whole: Whole, ask: Ask) -> None:
    if not whole.forwards:
        return
    with kit.section(visit.t("complaints.departments")).props("data-departments"):
        for one in whole.forwards:
            with ui.element("div").classes("forward").props(f'data-forward="{one.desk_id}"'):
                with ui.element("div").classes("step-head"):
                    kit.text(desk_name(visit, one.desk_id), "strong")
                    _forward_tag(visit, one)
                    ui.label(visit.when(one.asked_at)).classes("line-when")
                kit.text(one.question, "div", "step-note").props("dir=auto")
                if one.reminders:
                    ui.label(visit.count("complaints.reminded", one.reminders)).classes("hint")
                if one.answer:
                    who = visit.t("complaints.answered_by", name=actor(visit, one.answered_by))
                    ui.label(who).classes("hint").props("dir=auto")
                    kit.text(one.answer, "div", "quote").props("dir=auto")
                elif (
                    one.answered_at is None
                    and not one.copied
                    and not offered(whole, "department-answer").against
                ):
                    with ui.element("div").classes("row-acts"):
                        kit.button(
                            visit.t("complaints.act.department-answer"), asker(ask, "department-answer")
                        ).props("data-reply")


def _forward_tag(visit: Visit, one: Any) -> None:
    if one.copied:
        kit.tag(visit.t("complaints.copied"))
    elif one.answered_at is None:
        kit.tag(visit.t("complaints.unanswered"), "warn")
    else:
        kit.tag(visit.t("complaints.answered" if one.answer else "complaints.settled_without"), "good")


# compensation


def draw_compensation(visit: Visit, whole: Whole, ask: Ask) -> None:
    able = not offered(whole, "propose").against
    if not whole.compensations and not able:
        return
    with kit.section(visit.t("complaints.compensation"), visit.t("complaints.compensation_lead")).props(
        "data-compensation"
    ):
        for one in whole.compensations:
            _compensation(visit, whole, one, ask)
        granted = [one for one in whole.compensations if one.status == "granted"]
        if len(granted) > 1:
            total = money(visit, sum(one.cost for one in granted))
            kit.text(visit.t("complaints.total", amount=total), "strong")
        if able:
            with ui.element("div").classes("row-acts"):
                kit.button(visit.t("complaints.act.propose"), asker(ask, "propose"), picture="plus").props(
                    "data-propose"
                )


def _compensation(visit: Visit, whole: Whole, one: Any, ask: Ask) -> None:
    tones: Mapping[str, Any] = {"granted": "good", "approved": "info", "refused": "bad", "proposed": "warn"}
    with ui.element("div").classes("forward").props(f'data-given="{one.status}"'):
        with ui.element("div").classes("step-head"):
            kit.text(f"{choice(visit, 'kind', one.kind)} · {money(visit, one.cost)}", "strong")
            kit.tag(visit.t(f"complaints.given.{one.status}"), tones.get(one.status, ""))
        kit.text(one.description, "div", "step-note").props("dir=auto")
        proposed = visit.t(
            "complaints.proposed_by", name=actor(visit, one.proposed_by), when=visit.when(one.proposed_at)
        )
        kit.text(proposed, "div", "hint").props("dir=auto")
        if one.decided_by:
            decided = visit.t(
                "complaints.decided_by", name=actor(visit, one.decided_by), when=visit.when(one.decided_at)
            )
            kit.text(decided, "div", "hint").props("dir=auto")
        for reason in filter(None, one.reason.split("; ")):
            kit.text(reason_words(visit, reason), "div", "hint").props("dir=auto")
        _decide(visit, whole, one, ask)


def _decide(visit: Visit, whole: Whole, one: Any, ask: Ask) -> None:
    may = decision_on(whole, one)
    about = f"{choice(visit, 'kind', one.kind)} · {money(visit, one.cost)}\n{one.description}"
    fixed = {"compensation": one.id}
    open_ones = one.status in ("proposed", "approved")
    with ui.element("div").classes("row-acts"):
        if one.status == "proposed" and one.needs_approval and not may.decide:
            kit.button(
                visit.t("complaints.act.approve"),
                asker(ask, "approve", fixed=fixed, about=about),
                kind="main",
            ).props("data-approve")
        if one.status == "proposed" and not may.decide:
            kit.button(
                visit.t("complaints.act.decline"), asker(ask, "decline", fixed=fixed, about=about)
            ).props("data-decline")
        if open_ones and not may.grant:
            kit.button(
                visit.t("complaints.act.grant"), asker(ask, "grant", fixed=fixed, about=about), kind="main"
            ).props("data-grant")
    if one.status == "proposed" and one.needs_approval and may.decide:
        ui.label(why_not(visit, "approve", may.decide, whole)).classes("hint").props("data-why")


# papers, links, prevention


def draw_papers(visit: Visit, whole: Whole, attach: Callable[[Any], Awaitable[None]]) -> None:
    limit = visit.services.behind.media.max_bytes
    with kit.section(visit.t("complaints.papers")).props("data-papers"):
        for file in whole.case.evidence:
            draw_file(visit, file)
        if not whole.case.evidence:
            ui.label(visit.t("complaints.no_paper")).classes("hint")
        if not offered(whole, "attach").against:
            upload = ui.upload(on_upload=attach, auto_upload=True, max_file_size=limit).classes(
                "hidden-upload"
            )
            upload.on(
                "rejected", lambda: kit.say(visit.t("complaints.too_big", mb=limit // 1_000_000), "bad")
            )
            with ui.element("div").classes("row-acts"):
                kit.button(
                    visit.t("complaints.add_paper"), lambda: upload.run_method("pickFiles"), picture="attach"
                )


def draw_links(visit: Visit, whole: Whole) -> None:
    if not whole.links:
        return
    with kit.section(visit.t("complaints.links")):
        for reference, kind, note in whole.links:
            with ui.element("div").classes("row-main"):
                ui.link(reference, f"/complaints/{reference}").classes("mono")
                ui.label(choice(visit, "link", kind)).classes("hint")
                if note:
                    kit.text(note, "div", "hint").props("dir=auto")


def draw_survey(visit: Visit, whole: Whole) -> None:
    if not whole.survey and whole.case.satisfied is None:
        return
    with kit.section(visit.t("complaints.survey")):
        if whole.case.satisfied is not None:
            good = bool(whole.case.satisfied)
            kit.tag(
                visit.t("complaints.satisfied" if good else "complaints.not_satisfied"),
                "good" if good else "bad",
            )
        for one in whole.survey:
            with ui.element("div").classes("row-main"):
                question = f"complaints.question.{one.question}"
                ui.label(visit.t(question) if visit.words.has(question) else one.question).classes("hint")
                value = f"{one.score}/5" if one.score is not None else choice(visit, "yes_no", one.value)
                kit.text(one.words or value, "div").props("dir=auto")


def draw_prevention(
    visit: Visit, rows: Sequence[Any], ask: Callable[[str, Any], Awaitable[None]] | None
) -> None:
    """Preventive actions; `ask` opens what one does with one of them."""
    for one in rows:
        with ui.element("div").classes("forward").props(f'data-prevention="{one.status}"'):
            with ui.element("div").classes("step-head"):
                kit.text(one.title, "strong").props("dir=auto")
                tone: Any = {"done": "good", "dropped": "", "open": "info"}.get(one.status, "")
                kit.tag(visit.t(f"complaints.prevention_state.{one.status}"), tone)
                if one.status == "open" and one.due_on is not None:
                    late = one.due_on < visit.local(visit.clock.now()).date()
                    kit.tag(plain_day(visit, one.due_on), "bad" if late else "")
            words = one.owner or visit.t("complaints.nobody")
            kit.text(visit.t("complaints.in_charge", name=words), "div", "hint").props("dir=auto")
            where = " · ".join(filter(None, (one.cause, one.product, one.zone)))
            if where:
                kit.text(where, "div", "hint").props("dir=auto")
            if one.result:
                kit.text(one.result, "div", "quote").props("dir=auto")
            if one.status == "open" and ask is not None:
                with ui.element("div").classes("row-acts"):
                    if one.owner != visit.user.name:
                        kit.button(visit.t("complaints.prevention.take"), _with(ask, "take", one)).props(
                            "data-take"
                        )
                    kit.button(
                        visit.t("complaints.prevention.close"), _with(ask, "close", one), kind="quiet"
                    ).props("data-close")


def _with(ask: Callable[[str, Any], Awaitable[None]], what: str, one: Any) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await ask(what, one)

    return run


def tags_of(visit: Visit, whole: Whole) -> Element:
    """What one must know at a glance."""
    case = whole.case
    with ui.element("div").classes("case-tags") as box:
        kit.tag(visit.t(f"complaints.phase.{case.phase}"), "info").props("data-phase")
        if case.severity != "normal":
            kit.tag(choice(visit, "severity", case.severity), severity_tone(case.severity))
        if case.angry:
            kit.tag(visit.t("complaints.angry"), "bad")
        if case.reopened:
            kit.tag(visit.count("complaints.reopened", case.reopened), "warn")
        if case.mystery:
            kit.tag(visit.t("complaints.mystery"))
        if case.faith == "bad":
            kit.tag(choice(visit, "faith", "bad"), "warn")
    return box
