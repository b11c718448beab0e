"""Set-up: what is connected, what is wrong, what waits for a decision."""

from __future__ import annotations

from datetime import date, timedelta

from nicegui import ui
from nicegui.element import Element
from sqlalchemy.orm import Session

from bot import calendar_book
from bot.calendars import changes_in_force
from bot.console import NavEntry, Visit, kit, page
from bot.console.roles import ADMINISTRATOR
from bot.console.setup.repairs import Waiting, it_arrived, try_account, try_again, what_waits
from bot.console.setup.users_card import users_card
from bot.store.changes import NotPossible


@page(
    "/setup",
    title="nav.setup",
    roles={ADMINISTRATOR},
    nav=NavEntry(order=90, icon="setup", key="s"),
)
async def setup(visit: Visit) -> None:
    """The most urgent things first."""
    kit.heading(visit.t("nav.setup"), visit.t("setup.lead"))
    await _health_card(visit)
    await _waiting_card(visit)
    _accounts_card(visit)
    await users_card(visit)
    await _feasts_card(visit)
    _desks_card(visit)


async def _health_card(visit: Visit) -> None:
    with kit.section(visit.t("setup.health")):
        rows = ui.element("div").classes("rows")

        async def refresh() -> None:
            missing = await visit.services.ready()
            rows.clear()
            with rows:
                _state(visit.t("setup.program"), not missing, ", ".join(missing) or visit.t("setup.ready"))
                why = visit.services.mails.why_not
                _state(visit.t("setup.mail"), not why, visit.t(why) if why else visit.t("setup.ready"))
                for account, (waiting, sending) in visit.services.core.delivery.depths().items():
                    if waiting or sending:
                        words = visit.t("setup.depth", waiting=waiting, sending=sending)
                        _state(account, waiting < 1_000, words)

        await refresh()
        ui.timer(5.0, refresh, immediate=False)


def _state(name: str, good: bool, words: str) -> None:
    with ui.element("div").classes("row"):
        ui.label(name).classes("row-main row-title")
        kit.tag(words, "good" if good else "bad")


# what waits


async def _waiting_card(visit: Visit) -> None:
    with kit.section(visit.t("setup.waiting"), visit.t("setup.waiting_lead")):
        rows = ui.element("div").classes("rows")
        await _show_waiting(visit, rows)


async def _show_waiting(visit: Visit, rows: Element) -> None:
    found = await what_waits(visit.store)
    rows.clear()
    with rows:
        if not found:
            kit.empty(visit.t("setup.nothing_waits"))
        for each in found:
            _waiting_row(visit, rows, each)


def _waiting_row(visit: Visit, rows: Element, each: Waiting) -> None:
    def act() -> str:
        return visit.user.agent_id

    async def again() -> None:
        if each.kind == "uncertain" and not await kit.confirm(
            visit, visit.t("setup.again"), visit.t("setup.again_uncertain"), visit.t("setup.again")
        ):
            return
        done = await try_again(visit.store, visit.ids, visit.services.users.act(act()), [each])
        visit.services.core.delivery.wake()
        kit.say(visit.count("setup.tried", done), "good" if done else "warn")
        await _show_waiting(visit, rows)

    async def arrived() -> None:
        done = await it_arrived(visit.store, visit.ids, visit.services.users.act(act()), each)
        kit.say(visit.t("shell.saved") if done else visit.t("setup.gone"), "good" if done else "warn")
        await _show_waiting(visit, rows)

    tone: kit.Tone = "bad" if each.kind == "failed" else "warn"
    with ui.element("div").classes("row"):
        with ui.element("div").classes("row-main"):
            ui.label(f"{each.account_id} · {each.about}").classes("row-title").props("dir=auto")
            ui.label(each.reason).classes("hint").props("dir=auto")
        ui.label(visit.when(each.at)).classes("hint")
        kit.tag(visit.t(f"setup.{each.kind}"), tone)
        with ui.element("div").classes("row-acts"):
            if each.kind == "uncertain":
                kit.button(visit.t("setup.arrived"), arrived)
            kit.button(visit.t("setup.again"), again)


# accounts, desks, calendar


def _accounts_card(visit: Visit) -> None:
    with (
        kit.section(visit.t("setup.accounts"), visit.t("setup.accounts_lead")),
        ui.element("div").classes("rows"),
    ):
        for account_id in visit.services.core.doors:
            _account_row(visit, account_id)


def _account_row(visit: Visit, account_id: str) -> None:
    door = visit.services.core.doors[account_id]
    with ui.element("div").classes("row"):
        with ui.element("div").classes("row-main"):
            ui.label(account_id).classes("row-title")
            said = ui.label(door.kind).classes("hint").props("dir=auto")
        state = ui.element("div")

        async def test() -> None:
            trial = await try_account(door)
            said.set_text(trial.said or door.kind)
            state.clear()
            with state:
                kit.tag(
                    visit.t("setup.works" if trial.good else "setup.wrong"), "good" if trial.good else "bad"
                )

        kit.button(visit.t("setup.test"), test)


async def _feasts_card(visit: Visit) -> None:
    card = kit.section(visit.t("setup.calendar"), visit.t("setup.calendar_lead"))
    with card:
        rows = ui.element("div").classes("rows")
        _show_feasts(visit, rows)


def _show_feasts(visit: Visit, rows: Element) -> None:
    calendars = visit.services.behind.calendar_watch.calendars
    today = calendars.company.local_day(visit.clock.now())
    last = today.replace(year=today.year + 1, day=min(today.day, 28))
    rows.clear()
    with rows:
        for feast in calendar_book.feasts_view(calendars, today, last, visit.language):
            with ui.element("div").classes("row"):
                with ui.element("div").classes("row-main"):
                    ui.label(feast["name"]).classes("row-title")
                    ui.label(visit.span(feast["first"], feast["last"])).classes("hint")
                if feast["provisional"]:
                    kit.tag(visit.t("setup.provisional"), "warn")
                    _feast_acts(visit, rows, feast)


def _feast_acts(visit: Visit, rows: Element, feast: dict[str, object]) -> None:
    first = feast["first"]
    assert isinstance(first, date)

    async def keep(by: int) -> None:
        watch = visit.services.behind.calendar_watch
        ids, now = (visit.ids.new(), visit.ids.new()), visit.clock.now()
        day = first

        def write(session: Session) -> None:
            known = changes_in_force(session)
            change = calendar_book.feast_change(watch.calendars, known, day, day + timedelta(days=by))
            calendar_book.keep_change(
                session, watch.calendars, change, ids=ids, actor=visit.user.agent_id, at=now
            )

        try:
            await visit.store.write(write)
        except NotPossible as error:
            kit.say(str(error), "bad")
            return
        await watch.changed()
        kit.say(visit.t("shell.saved"))
        _show_feasts(visit, rows)

    with ui.element("div").classes("row-acts"):
        kit.button(visit.t("setup.day_before"), lambda: keep(-1))
        kit.button(visit.t("setup.confirm"), lambda: keep(0), kind="main")
        kit.button(visit.t("setup.day_after"), lambda: keep(1))


def _desks_card(visit: Visit) -> None:
    with kit.section(visit.t("setup.desks"), visit.t("setup.desks_lead")), ui.element("div").classes("rows"):
        for desk_id, desk in visit.services.core.house.desks.items():
            with ui.element("div").classes("row"):
                with ui.element("div").classes("row-main"):
                    ui.label(desk.names.get(visit.language, desk_id)).classes("row-title")
                    told = ", ".join(address for _, address in desk.notify)
                    ui.label(told or visit.t("setup.nobody_told")).classes("hint")
                if not desk.notify:
                    kit.tag(visit.t("setup.nobody"), "warn")
