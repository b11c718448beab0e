"""My account: the password, the second factor, and where one is signed in."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element

from bot.console import Visit, kit, page
from bot.console.account.drawing import qr_svg
from bot.console.passwords import LEAST, TooBusy, WeakPassword
from bot.console.sessions import OpenSession, end_sessions
from bot.console.sign_in import provisioning_uri, step_of


@page("/account", title="nav.account")
async def account(visit: Visit) -> None:
    """Each card does one thing."""
    roles = ", ".join(visit.t(f"roles.{role}") for role in sorted(visit.user.roles))
    kit.heading(visit.user.name, f"{visit.user.email} · {roles}")
    _password_card(visit)
    await _second_factor_card(visit)
    await _sessions_card(visit)


def field(label: str, *, kind: str = "text", complete: str = "off", more: str = "") -> ui.input:
    """A labelled field."""
    with ui.element("label").classes("field"):
        kit.text(label)
        made = ui.input().props(f"outlined dense type={kind} autocomplete={complete} dir=ltr {more}")
        made.props["aria-label"] = label
        return made


def _password_card(visit: Visit) -> None:
    with kit.section(visit.t("account.password"), visit.t("reset.hint", least=LEAST)):
        old = field(visit.t("account.old"), kind="password", complete="current-password")
        new = field(visit.t("reset.password"), kind="password", complete="new-password")
        again = field(visit.t("reset.again"), kind="password", complete="new-password")

        async def change() -> None:
            if new.value != again.value:
                kit.say(visit.t("password.different"), "bad")
                return
            try:
                done = await visit.services.sign_in.change_password(
                    visit.user.agent_id,
                    visit.user.email,
                    old.value or "",
                    new.value or "",
                    name=visit.user.name,
                    session_id=visit.user.session_id,
                )
            except WeakPassword as weak:
                kit.say(visit.t(f"password.{weak.reason}"), "bad")
                return
            except TooBusy:
                kit.say(visit.t("sign_in.busy"), "bad")
                return
            if not done:
                kit.say(visit.t("password.wrong_old"), "bad")
                return
            for each in (old, new, again):
                each.set_value("")
            kit.say(visit.t("account.password_changed"))

        with ui.element("div").classes("page-acts"):
            kit.button(visit.t("account.change"), change, kind="main")


async def _second_factor_card(visit: Visit) -> None:
    user = await visit.store.read(lambda s: visit.services.users.get(s, visit.user.agent_id))
    card = kit.section(visit.t("account.second_factor"), visit.t("account.second_factor_lead"))
    with card:
        body = ui.element("div").classes("stack")
        with body:
            if user.has_second_factor:
                kit.tag(visit.t("account.on"), "good")
                kit.button(visit.t("account.turn_off"), lambda: _turn_off(visit, body), kind="danger")
            else:
                kit.button(visit.t("account.turn_on"), lambda: _enrol(visit, body))


def _enrol(visit: Visit, body: Element) -> None:
    """Show the key; it counts once a code made with it has been typed."""
    secret, codes = visit.services.sign_in.new_second_factor()
    address = provisioning_uri(secret, visit.user.email, visit.config.company.name)
    body.clear()
    with body:
        ui.label(visit.t("account.enrol_lead"))
        with ui.element("div").classes("enrol"):
            ui.html(qr_svg(address, visit.t("account.qr")), sanitize=False)
            with ui.element("div").classes("stack"):
                ui.label(visit.t("account.by_hand")).classes("hint")
                grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
                kit.text(grouped, "code", "mono key").props("dir=ltr")
                ui.link(visit.t("account.open_app"), address).classes("button")
        code = field(visit.t("second_step.code"), complete="one-time-code", more="inputmode=numeric")

        async def keep() -> None:
            now = visit.clock.now()
            if step_of(secret, (code.value or "").replace(" ", ""), now) is None:
                kit.say(visit.t("second_step.wrong"), "bad")
                return
            act = visit.services.users.act(visit.user.agent_id)
            await visit.store.write(
                lambda session: visit.services.sign_in.keep_second_factor(
                    session, act, visit.user.agent_id, secret, codes
                )
            )
            _show_codes(visit, body, codes)

        kit.button(visit.t("account.turn_on"), keep, kind="main")


def _show_codes(visit: Visit, body: Element, codes: list[str]) -> None:
    body.clear()
    with body:
        kit.tag(visit.t("account.on"), "good")
        ui.label(visit.t("account.codes_lead"))
        with ui.element("div").classes("codes").props("dir=ltr"):
            for each in codes:
                kit.text(each, "code", "mono")


async def _turn_off(visit: Visit, body: Element) -> None:
    """Only with a code: an open page that somebody found is not enough."""
    body.clear()
    with body:
        code = field(visit.t("second_step.code"), complete="one-time-code", more="inputmode=numeric")

        async def off() -> None:
            done = await visit.services.sign_in.end_second_factor(visit.user.agent_id, code.value or "")
            if not done:
                kit.say(visit.t("second_step.wrong"), "bad")
                return
            body.clear()
            with body:
                kit.button(visit.t("account.turn_on"), lambda: _enrol(visit, body))

        kit.button(visit.t("account.turn_off"), off, kind="danger")


async def _sessions_card(visit: Visit) -> None:
    card = kit.section(visit.t("account.sessions"))
    with card:
        rows = ui.element("div").classes("rows")
        await _show_sessions(visit, rows)


async def _show_sessions(visit: Visit, rows: Element) -> None:
    found = await visit.services.sessions.open_ones(visit.user.agent_id)
    rows.clear()
    with rows:
        for each in found:
            _session_row(visit, rows, each)


def _session_row(visit: Visit, rows: Element, each: OpenSession) -> None:
    async def end() -> None:
        now = visit.clock.now()
        ended = await visit.store.write(
            lambda session: end_sessions(
                session, visit.user.agent_id, because="by its user", now=now, only=each.id
            )
        )
        visit.services.sessions.ended(ended)
        await _show_sessions(visit, rows)

    with ui.element("div").classes("row"):
        with ui.element("div").classes("row-main"):
            ui.label(device_of(each.device)).classes("row-title")
            where = f"{each.address} · {visit.ago(each.seen_at)}"
            ui.label(where).classes("hint")
        if each.id == visit.user.session_id:
            kit.tag(visit.t("account.this_one"), "info")
        else:
            kit.button(visit.t("account.end"), end)


def device_of(agent: str) -> str:
    """A browser and its system, from how it calls itself."""
    browsers = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"))
    systems = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux")
    browser = next((name for mark, name in browsers if mark in agent), "Safari" if "Safari" in agent else "")
    system = next((name for name in systems if name in agent), "")
    return " · ".join(part for part in (browser, system) if part) or agent[:60] or "?"
