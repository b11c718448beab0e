"""One complaint, open before somebody: it follows what others do, and keeps what is being typed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from nicegui import ui

from bot.case_asks import Attach
from bot.complaints.lifecycle import NotAllowed, NotNow
from bot.console import Visit, kit
from bot.console.complaints import parts
from bot.console.complaints.acting import ActForm
from bot.console.complaints.deciding import action_of, first_acts, grouped_acts, offered
from bot.console.complaints.history import draw_history
from bot.console.complaints.ledger import Proof, first_receipt, proofs_of
from bot.console.complaints.preventing import ask_prevention
from bot.console.complaints.reading import Whole, read_case, version_of
from bot.console.complaints.seeing import viewer_of
from bot.console.complaints.wording import actor, did, refusal, state_words, why_not
from bot.store.changes import NotFound, NotPossible
from bot.store.port import StoreError
from channels.port import Malformed

_LOOK_S: Final = 4.0  # how often another's change is looked for


class CasePage:
    """State of one open page."""

    def __init__(self, visit: Visit, reference: str) -> None:
        self.visit = visit
        self.viewer = viewer_of(visit.user)
        self.reference = reference
        self.whole: Whole | None = None
        self.receipt: Proof | None = None

    async def build(self) -> None:
        """Draw it, then follow it."""
        with ui.element("div").classes("case-page").props("data-case"):
            self.notice = ui.element("div").props("role=status aria-live=polite")
            self.body = ui.element("div").classes("case-body")
            self.layer = ui.element("div")  # forms outlive what is drawn anew
        if not await self._read():
            with self.body:
                kit.empty(self.visit.t("complaints.not_found"), "search")
                ui.link(self.visit.t("complaints.back"), "/complaints").classes("button")
            return
        assert self.whole is not None
        await self.visit.saw("case", self.whole.case.id)
        self._draw()
        ui.timer(_LOOK_S, self._look, immediate=False)

    async def _read(self) -> bool:
        viewer, wanted, now = self.viewer, self.reference, self.visit.clock.now()

        def read(session: Any) -> tuple[Whole, Proof | None]:
            whole = read_case(session, wanted, viewer)
            owed = proofs_of(session, whole.case.conversation_id, now) if viewer.all else ()
            return whole, first_receipt(owed, whole.case.received_at)

        try:
            self.whole, self.receipt = await self.visit.store.read(read)
        except (NotFound, NotPossible):
            return False
        return True

    async def again(self) -> None:
        """Read and draw anew, quietly."""
        if await self._read():
            self.notice.clear()
            self._draw()

    async def _look(self) -> None:
        """Show what somebody else did meanwhile."""
        if self.whole is None:
            return
        case_id, known, last = self.whole.case.id, self.whole.case.version, self._last_event()
        with suppress(StoreError):
            version = await self.visit.store.read(lambda session: version_of(session, case_id))
            if version in (known, None):
                return
            await self.again()
            self._tell(last)

    def _last_event(self) -> str:
        events = self.whole.events if self.whole else ()
        return str(events[-1].id) if events else ""

    def _tell(self, last: str) -> None:
        assert self.whole is not None
        fresh = [each for each in self.whole.events if each.id > last and each.actor != self.visit.user.name]
        if not fresh:
            return
        with self.notice, ui.element("div").classes("notice notice-warn fresh").props("data-fresh"):
            for event in fresh[-3:]:
                words = f"{actor(self.visit, event.actor)} · {did(self.visit, event)}"
                kit.text(words, "div").props("dir=auto")
            kit.button(self.visit.t("shell.close"), self._hush, kind="quiet")

    def _hush(self) -> None:
        self.notice.clear()

    # drawing

    def _draw(self) -> None:
        visit, whole = self.visit, self.whole
        assert whole is not None
        self.body.clear()
        with self.body:
            self._head(whole)
            parts.draw_next(visit, whole)
            with ui.element("div").classes("case-grid"):
                with ui.element("div").classes("case-main"):
                    parts.draw_matter(visit, whole)
                    parts.draw_departments(visit, whole, self.ask)
                    parts.draw_compensation(visit, whole, self.ask)
                with (
                    ui.element("div").classes("case-story"),
                    kit.section(visit.t("complaints.history")).props("data-history"),
                ):
                    draw_history(visit, whole)
                with ui.element("aside").classes("case-side"):
                    if self.viewer.all:
                        parts.draw_checklist(visit, whole, self.ask)
                    parts.draw_clocks(visit, whole, self.receipt)
                    if self.viewer.all:
                        parts.draw_customer(visit, whole)
                    parts.draw_facts(visit, whole, self.ask)
                    parts.draw_papers(visit, whole, self._attach)
                    self._prevention(whole)
                    parts.draw_links(visit, whole)
                    parts.draw_survey(visit, whole)

    def _head(self, whole: Whole) -> None:
        visit, case = self.visit, whole.case
        with ui.element("div").classes("case-back turns"):
            kit.icon("back")
            ui.link(visit.t("complaints.back"), "/complaints")
        who = whole.customer or visit.t("inbox.nameless") if self.viewer.all else ""
        with ui.element("header").classes("page-head"):
            with ui.element("div").classes("page-title"):
                with ui.element("h1").classes("case-title"):
                    kit.text(case.reference, "bdi", "mono")
                    if who:
                        kit.text(who, "span", "case-who").props("dir=auto")
                ui.label(state_words(visit, case)).classes("hint").props("data-state")
                parts.tags_of(visit, whole)
            with ui.element("div").classes("page-acts"):
                for number, each in enumerate(first_acts(whole, self.viewer.desk)):
                    kit.button(
                        visit.t(f"complaints.act.{each.act}"),
                        parts.asker(self.ask, each.act),
                        kind="plain" if number else "main",
                    ).props(f"data-act={each.act}")
                kit.button(visit.t("complaints.more"), self._all_acts, picture="more").props("data-more")

    def _all_acts(self) -> None:
        """Every act, with why it is not possible now."""
        visit, whole = self.visit, self.whole
        assert whole is not None
        with self.layer:
            dialog = ui.dialog()
        with dialog:
            box = ui.element("div").classes("dialog all-acts").props("role=dialog data-acts")
            box.props["aria-label"] = visit.t("complaints.more")
        with box:
            kit.text(visit.t("complaints.more"), "h2")
            for group, acts in grouped_acts(whole, self.viewer.desk).items():
                kit.text(visit.t(f"complaints.group.{group}"), "h3")
                with ui.element("div").classes("act-list"):
                    for each in acts:
                        self._act_line(dialog, whole, each.act, each.against)
            with ui.element("div").classes("dialog-acts"):
                kit.button(visit.t("shell.close"), dialog.close)
        dialog.open()

    def _act_line(self, dialog: ui.dialog, whole: Whole, act: str, against: tuple[str, ...]) -> None:
        visit = self.visit
        words = visit.t(f"complaints.act.{act}")
        with ui.element("div").classes("act-line"):
            if not against:

                async def run() -> None:
                    dialog.close()
                    await self.ask(act)

                kit.button(words, run, kind="quiet").props(f"data-pick={act}")
                return
            kit.text(words, "span", "act-off")
            ui.label(why_not(visit, action_of(act), against, whole)).classes("hint").props(f"data-why={act}")

    # doing

    async def ask(self, act: str, *, fixed: Mapping[str, Any] | None = None, about: str = "") -> None:
        """Open the form of an act, or say why it is not possible any more."""
        whole = self.whole
        if whole is None:
            return
        against = () if fixed else offered(whole, act).against
        if against:
            kit.say(why_not(self.visit, action_of(act), against, whole), "warn")
            return
        if act == "mystery":
            fixed = {"mystery": not whole.case.mystery}
        with self.layer:
            await ActForm(self.visit, whole, act, self.again, fixed=fixed, about=about).open()

    async def _attach(self, event: Any) -> None:
        visit, whole = self.visit, self.whole
        assert whole is not None
        file = event.file
        try:
            stored = await visit.services.host.store_media(
                await file.read(), name=file.name, claimed_mime=file.content_type or ""
            )
            ask = Attach(agent=visit.user.email, version=None)
            await visit.services.behind.cases.attach(whole.case.reference, ask, stored)
        except Malformed as error:
            kit.say(visit.t("complaints.bad_paper", why=str(error)), "bad")
            return
        except (NotAllowed, NotNow, NotPossible, NotFound) as error:
            kit.say(refusal(visit, error, "attach", whole), "warn")
            return
        kit.say(visit.t("complaints.paper_added"))
        await self.again()

    def _prevention(self, whole: Whole) -> None:
        visit = self.visit
        able = not offered(whole, "prevent").against
        if not whole.prevention and not able:
            return
        with kit.section(visit.t("complaints.prevention.title")).props("data-preventions"):

            async def ask(what: str, one: Any) -> None:
                with self.layer:
                    await ask_prevention(visit, what, one, self.again)

            parts.draw_prevention(visit, whole.prevention, ask)
            if able:
                with ui.element("div").classes("row-acts"):
                    kit.button(
                        visit.t("complaints.act.prevent"), parts.asker(self.ask, "prevent"), picture="plus"
                    ).props("data-prevent")
