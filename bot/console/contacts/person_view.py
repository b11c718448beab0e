"""The page of one contact."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from bot.console import Visit, kit
from bot.console.contacts.consent_card import draw_consent
from bot.console.contacts.facts_form import Facts, draw_addresses
from bot.console.contacts.person import Kept, Person, read_person
from bot.console.contacts.taking_out import erase_dialog, export_dialog
from bot.console.contacts.wording import (
    TAKE_OUT,
    amount_named,
    channel_icon,
    channel_named,
    day_named,
    named,
    number_named,
)
from bot.contact_calendar import Line
from bot.store.changes import NotFound
from scheduler.guard_words import REASONS, in_words

_LINES = 12


class PersonView:
    """State of one open page."""

    def __init__(self, visit: Visit, contact_id: str) -> None:
        self.visit = visit
        self.contact_id = contact_id

    async def build(self) -> None:
        visit = self.visit
        now = visit.clock.now()
        try:
            person = await visit.store.read(lambda session: read_person(session, self.contact_id, now))
        except NotFound:
            kit.heading(visit.t("contacts.title"))
            kit.empty(visit.t("contacts.gone"), "person")
            ui.link(visit.t("contacts.back"), "/contacts").classes("ct-back")
            return
        await visit.saw("contact", person.contact.id)
        ui.link(visit.t("contacts.back"), "/contacts").classes("ct-back")
        self.body = ui.element("div").classes("ct-person")
        await self._draw(person)

    async def again(self) -> None:
        """After a change: everything anew, at the same place."""
        now = self.visit.clock.now()
        try:
            person = await self.visit.store.read(lambda session: read_person(session, self.contact_id, now))
        except NotFound:
            ui.navigate.to("/contacts")
            return
        await self._draw(person)

    async def _draw(self, person: Person) -> None:
        visit = self.visit
        self.body.clear()
        with self.body:
            self._head(person)
            if person.contact.mode:
                key = f"contacts.mode_lead.{person.contact.mode}"
                if visit.words.has(key):
                    ui.label(visit.t(key)).classes("notice notice-warn")
            with ui.element("div").classes("ct-columns"):
                with ui.element("div").classes("ct-column"):
                    card = ui.element("section").classes("panel")
                    Facts(visit, person, card, self.again).show()
                    draw_addresses(visit, person, self.again)
                    self._talks(person)
                    self._cases(person)
                with ui.element("div").classes("ct-column"):
                    draw_consent(visit, person, self.again)
                    self._to_come(person)
                    self._history(person)

    def _head(self, person: Person) -> None:
        visit, contact = self.visit, person.contact
        lead = visit.t("contacts.since", day=visit.day(contact.created_at))
        with kit.heading(person.title or visit.t("contacts.nameless"), lead):
            if visit.may(*TAKE_OUT):
                kit.button(
                    visit.t("contacts.export.open"), lambda: export_dialog(visit, contact.id), picture="file"
                )
                kit.button(
                    visit.t("contacts.erase.open"),
                    lambda: erase_dialog(visit, contact.id, person.title),
                    kind="danger",
                )

    # what was said

    def _talks(self, person: Person) -> None:
        visit = self.visit
        with self._kept("conversations", person.conversations):
            for talk in person.conversations.rows:
                with ui.element("div").classes("row"):
                    kit.icon(channel_icon(talk.channel))
                    with ui.element("div").classes("row-main"):
                        name = talk.subject or channel_named(visit, talk.channel)
                        if visit.may("agent", "complaint_manager"):
                            ui.link(name, f"/inbox/{talk.id}").classes("row-title").props("dir=auto")
                        else:
                            kit.text(name, "span", "row-title").props("dir=auto")
                        ui.label(visit.ago(talk.last_inbound_at)).classes("hint")
                    kit.tag(named(visit, "owners", talk.owner))

    def _cases(self, person: Person) -> None:
        visit = self.visit
        with self._kept("cases", person.cases):
            for case in person.cases.rows:
                with ui.element("div").classes("row"), ui.element("div").classes("row-main"):
                    with ui.element("div").classes("ct-tags"):
                        kit.text(case.reference, "strong", "mono")
                        late = not case.closed and case.due_at < visit.clock.now()
                        state = "closed" if case.closed else "late" if late else "open"
                        kit.tag(
                            visit.t(f"contacts.case.{state}"),
                            "bad" if late else "" if case.closed else "warn",
                        )
                    kit.text(case.summary[:300], "span").props("dir=auto")
                    ui.label(visit.day(case.opened_at)).classes("hint")

    # what comes, and what did not

    def _to_come(self, person: Person) -> None:
        visit = self.visit
        with kit.section(visit.t("contacts.ahead.title")):
            if not person.ahead:
                ui.label(visit.t("contacts.ahead.none")).classes("hint")
            with ui.element("div").classes("rows"):
                for line in person.ahead[:_LINES]:
                    self._line(line)
            if len(person.ahead) > _LINES:
                ui.label(visit.count("contacts.more", len(person.ahead) - _LINES)).classes("hint")
            if person.left_out:
                with ui.element("details").classes("ct-history"):
                    kit.text(visit.count("contacts.ahead.left_out", len(person.left_out)), "summary")
                    with ui.element("div").classes("rows"):
                        for line in person.left_out[:_LINES]:
                            self._line(line)

    def _line(self, line: Line) -> None:
        visit = self.visit
        kind, _, name = line.source.partition(":")
        who = visit.t(f"contacts.ahead.{kind}", name=name) if name else visit.t("contacts.ahead.answer")
        with ui.element("div").classes("row"):
            kit.icon(channel_icon(line.channel))
            with ui.element("div").classes("row-main"):
                kit.text(who, "span", "row-title").props("dir=auto")
                ui.label(f"{visit.day(line.at)} {visit.time(line.at)} · {visit.ago(line.at)}").classes("hint")
                if line.reason in REASONS:
                    ui.label(in_words(line.reason, {}, visit.language)).classes("ct-reason")
            if line.ahead:
                kit.tag(visit.t("contacts.ahead.planned"), "info")
            else:
                kit.tag(named(visit, "line_states", line.status), "warn")

    # what they bought and have

    def _history(self, person: Person) -> None:
        visit = self.visit
        for kind, draw in (
            ("purchases", self._purchase),
            ("quotes", self._quote),
            ("appointments", self._appointment),
            ("cards", self._card),
            ("equipment", self._equipment),
            ("waiting", self._waiting),
        ):
            kept: Kept = getattr(person, kind)
            if kept.rows or kind == "purchases":
                with self._kept(kind, kept):
                    for row in kept.rows:
                        draw(row)
        if person.interests.rows:
            with kit.section(visit.t("contacts.kept.interests")), ui.element("div").classes("ct-tags"):
                for row in person.interests.rows:
                    kit.tag(row.topic).props("dir=auto")

    def _kept(self, kind: str, kept: Kept) -> Any:
        visit = self.visit
        with kit.section(visit.t(f"contacts.kept.{kind}")) as card:
            if not kept.rows:
                ui.label(visit.t(f"contacts.none.{kind}")).classes("hint")
            elif kept.count > len(kept.rows):
                ui.label(visit.t("contacts.newest_of", n=len(kept.rows), all=kept.count)).classes("hint")
            rows = ui.element("div").classes("rows")
        assert card is not None
        return rows

    def _two(self, title: str, hint: str, end: str = "", state: str = "") -> None:
        with ui.element("div").classes("row"):
            with ui.element("div").classes("row-main"):
                kit.text(title, "span", "row-title").props("dir=auto")
                if hint:
                    kit.text(hint, "span", "hint").props("dir=auto")
            if state:
                kit.tag(state)
            if end:
                kit.text(end, "bdi", "ct-amount").props("dir=ltr")

    def _purchase(self, row: Any) -> None:
        visit = self.visit
        hint = " · ".join(filter(None, (visit.day(row.at), row.order_ref)))
        state = "" if row.status == "ordered" else named(visit, "purchase_states", row.status)
        title = f"{row.product} × {number_named(row.quantity)}"
        self._two(title, hint, amount_named(row.amount, row.currency), state)

    def _quote(self, row: Any) -> None:
        visit = self.visit
        until = row.valid_until and visit.t("contacts.until", day=day_named(visit, row.valid_until))
        hint = " · ".join(filter(None, (visit.day(row.issued_at), row.summary[:120], until)))
        self._two(
            row.reference,
            hint,
            amount_named(row.amount, row.currency),
            named(visit, "quote_states", row.status),
        )

    def _appointment(self, row: Any) -> None:
        visit = self.visit
        hint = f"{visit.day(row.starts_at)} {visit.time(row.starts_at)} · {row.resource}"
        self._two(row.kind, hint, "", named(visit, "appointment_states", row.status))

    def _card(self, row: Any) -> None:
        visit = self.visit
        until = row.expires_on and visit.t("contacts.until", day=day_named(visit, row.expires_on))
        points = visit.count("contacts.points", row.points)
        rewards = visit.count("contacts.rewards", row.rewards) if row.rewards else ""
        self._two(row.number, " · ".join(filter(None, (points, rewards, until))))

    def _equipment(self, row: Any) -> None:
        visit = self.visit
        due = row.next_service_on and visit.t(
            "contacts.service_on", day=day_named(visit, row.next_service_on)
        )
        self._two(row.product, " · ".join(filter(None, (row.serial, due))))

    def _waiting(self, row: Any) -> None:
        visit = self.visit
        title = f"{row.product} × {number_named(row.quantity)}"
        self._two(title, visit.day(row.at), "", named(visit, "waiting_states", row.status))
