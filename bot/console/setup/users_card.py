"""Users: add, roles, on and off."""

from __future__ import annotations

from nicegui import ui
from nicegui.element import Element

from bot.console import Visit, kit
from bot.console.roles import ROLES
from bot.console.users import User
from bot.store.changes import NotFound, NotPossible


async def users_card(visit: Visit) -> None:
    """Everybody who may open the console."""
    with kit.section(visit.t("setup.users"), visit.t("setup.users_lead")):
        rows = ui.element("div").classes("rows")
        await _show(visit, rows)
        with ui.element("div").classes("page-acts"):
            kit.button(visit.t("setup.add_user"), lambda: _edit(visit, rows, None), picture="plus")


async def _show(visit: Visit, rows: Element) -> None:
    found = await visit.store.read(visit.services.users.everybody)
    rows.clear()
    with rows:
        for user in found:
            _row(visit, rows, user)


def _row(visit: Visit, rows: Element, user: User) -> None:
    async def switch() -> None:
        act = visit.services.users.act(visit.user.agent_id)
        try:
            ended = await visit.store.write(
                lambda session: visit.services.users.set_active(session, act, user.id, not user.active)
            )
        except (NotPossible, NotFound):
            kit.say(visit.t("setup.not_possible"), "bad")
            return
        visit.services.sessions.ended(ended)
        await _show(visit, rows)

    with ui.element("div").classes("row"):
        with ui.element("div").classes("row-main"):
            ui.label(user.name).classes("row-title")
            seen = visit.ago(user.last_seen_at) if user.last_seen_at else visit.t("shell.never")
            ui.label(f"{user.email} · {seen}").classes("hint").props("dir=auto")
        for role in user.roles:
            kit.tag(visit.t(f"roles.{role}"), "info")
        if user.has_second_factor:
            kit.tag(visit.t("setup.second_factor"), "good")
        if not user.active:
            kit.tag(visit.t("setup.off"), "bad")
        with ui.element("div").classes("row-acts"):
            kit.button(visit.t("setup.edit"), lambda: _edit(visit, rows, user))
            words = visit.t("setup.disable" if user.active else "setup.enable")
            kit.button(words, switch, kind="danger" if user.active else "plain")


async def _edit(visit: Visit, rows: Element, user: User | None) -> None:
    """A dialog; what is wrong is said in it, and nothing is lost."""
    desks = {"": "—"} | {
        desk_id: desk.names.get(visit.language, desk_id)
        for desk_id, desk in visit.services.core.house.desks.items()
    }
    with ui.dialog() as dialog, ui.element("div").classes("dialog"):
        kit.text(visit.t("setup.edit" if user else "setup.add_user"), "h2")
        name = ui.input(visit.t("setup.name"), value=user.name if user else "").props("outlined dense")
        email = ui.input(visit.t("sign_in.email"), value=user.email if user else "").props(
            "outlined dense type=email dir=ltr"
        )
        if user:
            name.disable()
            email.disable()
        boxes = {
            role: ui.checkbox(visit.t(f"roles.{role}"), value=role in (user.roles if user else ("agent",)))
            for role in ROLES
        }
        desk = ui.select(desks, label=visit.t("setup.desk"), value=(user.desk_id if user else "") or "")
        desk.props("outlined dense")
        wrong = ui.label().classes("notice notice-bad")
        wrong.set_visibility(False)

        async def keep() -> None:
            chosen: list[str] = [role for role, box in boxes.items() if box.value]
            why = await _kept(visit, user, name.value or "", email.value or "", chosen, desk.value or None)
            if why:
                wrong.set_text(why)
                wrong.set_visibility(True)
                return
            dialog.close()
            await _show(visit, rows)

        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("shell.cancel"), dialog.close)
            kit.button(visit.t("shell.save"), keep, kind="main")
    dialog.on("hide", dialog.delete)
    dialog.open()


async def _kept(
    visit: Visit, user: User | None, name: str, email: str, roles: list[str], desk_id: str | None
) -> str:
    """Empty when it is done, else why not, in words."""
    users, act = visit.services.users, visit.services.users.act(visit.user.agent_id)
    if not roles:
        return visit.t("setup.needs_role")
    if user is None and ("@" not in email or not name.strip()):
        return visit.t("setup.needs_name")
    try:
        if user is None:
            made = await visit.store.write(
                lambda session: users.add(session, act, email=email, name=name, roles=roles, desk_id=desk_id)
            )
            if not visit.services.mails.why_not:
                await visit.services.sign_in.invite(made)
                kit.say(visit.t("setup.invited", email=made.email))
            return ""
        ended = await visit.store.write(
            lambda session: users.set_roles(session, act, user.id, roles, desk_id)
        )
        visit.services.sessions.ended(ended)
        return ""
    except (NotPossible, NotFound):
        return visit.t("setup.not_possible")
