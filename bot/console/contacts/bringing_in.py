"""The pages of files: handing one in, those of before, and one under way with what was wrong with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

from nicegui import events, ui

from bot.console import Visit, kit
from bot.console.contacts import uploads
from bot.console.contacts.mapper import Mapper, draw_faults
from bot.console.contacts.wording import CHANGE
from bot.console.pick import pick
from bot.contacts_data.kinds import KINDS
from bot.contacts_data.receiving import NothingInIt, TooLarge, kept_file, receive
from bot.records import DataImport
from bot.store.changes import NotFound, NotPossible
from channels.text import clean_text

_LIVE_S = 1.0
_MOST_NAME = 200
_TONES: dict[str, kit.Tone] = {"running": "info", "done": "good", "stopped": "warn", "failed": "bad"}


async def start_page(visit: Visit) -> None:
    """A file that was handed in stands in the address: leaving and coming back loses nothing."""
    ui.link(visit.t("contacts.back"), "/contacts").classes("ct-back")
    kit.heading(visit.t("contacts.import.title"), visit.t("contacts.import.lead"))
    digest = visit.query.get("file", "")
    path = kept_file(digest, visit.services.behind.customers.settings)
    if digest and path is None:
        ui.label(visit.t("contacts.import.file_gone")).classes("notice notice-warn")
    if path is not None:
        name = clean_text(visit.query.get("name", ""))[:_MOST_NAME] or visit.t("contacts.import.a_file")
        await Mapper(visit, uploads.kind_of(visit.query.get("kind", "")), path, name).build()
        return
    _upload(visit)
    await _former(visit)


def _upload(visit: Visit) -> None:
    customers = visit.services.behind.customers
    limit = customers.settings.max_file_bytes
    chosen = {"kind": uploads.kind_of(visit.query.get("kind", ""))}
    with kit.section(visit.t("contacts.import.hand_in"), visit.t("contacts.import.hand_in_lead")):
        kinds: dict[str, str] = {kind: visit.t(f"contacts.import.kinds.{kind}") for kind in KINDS}
        pick(
            visit.t("contacts.import.kind"),
            kinds,
            chosen["kind"],
            lambda value: chosen.update(kind=uploads.kind_of(value)),
        )
        wrong = ui.label("").classes("notice notice-bad").props("role=alert")
        wrong.set_visibility(False)

        def refuse(words: str) -> None:
            wrong.set_text(words)
            wrong.set_visibility(True)
            upload.reset()

        async def arrived(event: events.UploadEventArguments) -> None:
            if not visit.may(*CHANGE):
                refuse(visit.t("shell.not_allowed"))
                return
            try:
                digest = await receive(event.file.iterate(), customers.settings)
            except TooLarge as error:
                refuse(visit.t("contacts.import.too_large", mb=error.limit // 1_000_000))
                return
            except NothingInIt:
                refuse(visit.t("contacts.import.file_errors.no_rows"))
                return
            asked = {"kind": chosen["kind"], "file": digest, "name": clean_text(event.file.name)[:_MOST_NAME]}
            ui.navigate.to(f"/contacts/import?{urlencode(asked)}")

        with ui.element("div").classes("ct-drop").props("data-drop"):
            upload = ui.upload(
                on_upload=arrived,
                on_rejected=lambda: refuse(visit.t("contacts.import.too_large", mb=limit // 1_000_000)),
                auto_upload=True,
                max_files=1,
                max_file_size=limit,
            )
            upload.classes("hidden-upload").props('accept=".csv,.txt,.tsv,.xlsx"')
            kit.icon("file")
            ui.label(visit.t("contacts.import.drop"))
            kit.button(
                visit.t("contacts.import.choose"), lambda: upload.run_method("pickFiles"), kind="main"
            ).props("data-choose")
            ui.label(visit.t("contacts.import.formats", mb=limit // 1_000_000)).classes("hint")


async def _former(visit: Visit) -> None:
    found = await visit.store.read(uploads.former_imports)
    with kit.section(visit.t("contacts.import.former")):
        if not found:
            ui.label(visit.t("contacts.import.no_former")).classes("hint")
        with ui.element("div").classes("rows"):
            for each in found:
                _former_line(visit, each)


def _former_line(visit: Visit, each: DataImport) -> None:
    with ui.link(target=f"/contacts/import/{each.id}").classes("row ct-row"):
        with ui.element("div").classes("row-main"):
            kit.text(each.file_name, "span", "row-title ct-clip").props("dir=auto")
            kind = visit.t(f"contacts.import.kinds.{each.kind}")
            who = "" if ":" in each.started_by or each.started_by == "operator" else each.started_by
            kit.text(
                " · ".join(filter(None, (kind, visit.when(each.started_at), who))), "span", "hint"
            ).props("dir=auto")
        kit.text(visit.count("contacts.import.rows", each.rows), "span", "hint")
        if each.refused:
            kit.tag(visit.count("contacts.import.n_refused", each.refused), "warn")
        kit.tag(visit.t(f"contacts.import.states.{each.status}"), _TONES.get(each.status, ""))


async def show_import(visit: Visit, import_id: str) -> None:
    """Live while it runs; nothing of it is lost when the page is left."""
    await _Progress(visit, import_id).build()


class _Progress:
    """State of one open page of an import."""

    def __init__(self, visit: Visit, import_id: str) -> None:
        self.visit = visit
        self.import_id = import_id
        self.total: int | None = None
        self.kept = True  # the file is still here
        self.shown: tuple[str, int, int] | None = None
        self.after: list[tuple[int, str]] = [(0, "")]

    async def build(self) -> None:
        visit = self.visit
        customers = visit.services.behind.customers
        ui.link(visit.t("contacts.import.back"), "/contacts/import").classes("ct-back")
        try:
            data_import = await customers.one(self.import_id)
        except NotFound:
            kit.heading(visit.t("contacts.import.title"))
            kit.empty(visit.t("contacts.import.unknown"), "file")
            return
        path = customers.path_of(data_import.file_hash)
        self.kept = path.is_file()
        kind = visit.t(f"contacts.import.kinds.{data_import.kind}")
        started = visit.t("contacts.import.started", when=visit.when(data_import.started_at))
        kit.heading(data_import.file_name, f"{kind} · {started}")
        self.state = ui.element("section").classes("panel").props("aria-live=polite")
        self.faults = ui.element("section").classes("panel")
        self.used = ui.element("details").classes("panel ct-history")
        self._draw_used(data_import)
        await self._draw(data_import)
        self.timer = ui.timer(_LIVE_S, self._look, active=data_import.status == "running", immediate=False)
        self.total = await uploads.rows_in(path, data_import) if self.kept else None
        self.shown = None
        await self._look()

    async def _look(self) -> None:
        try:
            data_import = await self.visit.services.behind.customers.one(self.import_id)
        except NotFound:
            self.timer.deactivate()
            return
        if data_import.status != "running":
            self.timer.deactivate()
        await self._draw(data_import)

    async def _draw(self, data_import: DataImport) -> None:
        now = (data_import.status, data_import.rows, data_import.refused)
        if now == self.shown:
            return
        self.shown = now
        self.state.clear()
        with self.state:
            self._draw_state(data_import)
        await self._draw_faults(data_import)

    def _draw_state(self, data_import: DataImport) -> None:
        visit, running = self.visit, data_import.status == "running"
        with ui.element("div").classes("ct-card-head"):
            kit.tag(
                visit.t(f"contacts.import.states.{data_import.status}"), _TONES.get(data_import.status, "")
            ).props(f"data-status={data_import.status}")
            with ui.element("div").classes("row-acts"):
                if running:
                    kit.button(visit.t("contacts.import.stop"), self._stop)
                elif data_import.status in ("stopped", "failed") and self.kept:
                    kit.button(visit.t("contacts.import.go_on"), self._go_on, kind="main")
        if running or data_import.status == "stopped":
            bar = ui.element("progress").classes("ct-bar")
            bar.props["aria-label"] = visit.t("contacts.import.progress")
            if self.total:
                bar.props["max"] = self.total
                bar.props["value"] = min(data_import.rows, self.total)
        if data_import.status in ("stopped", "failed") and not self.kept:
            ui.label(visit.t("contacts.import.file_gone")).classes("notice notice-warn")
        if self.total and data_import.status != "done":
            ui.label(visit.t("contacts.import.of", n=data_import.rows, all=self.total)).classes("hint")
        ui.label(visit.t(f"contacts.import.state_lead.{data_import.status}")).classes("hint")
        with ui.element("div").classes("ct-counts"):
            for name in ("added", "changed", "unchanged", "refused"):
                with ui.element("div"):
                    kit.text(str(getattr(data_import, name)), "strong")
                    ui.label(visit.t(f"contacts.import.fates.{name}")).classes("hint")

    async def _draw_faults(self, data_import: DataImport) -> None:
        visit = self.visit
        found = await visit.store.read(
            lambda session: uploads.faults_of(session, data_import.id, self.after[-1], visit.words)
        )
        self.faults.clear()
        with self.faults:
            with ui.element("div").classes("ct-card-head"):
                kit.text(visit.t("contacts.import.to_mend"), "h2")
                if found:
                    kit.button(visit.t("contacts.import.download"), self._download, picture="file").props(
                        "data-download"
                    )
            if not found and len(self.after) == 1:
                ui.label(visit.t("contacts.import.no_fault")).classes("hint")
                return
            ui.label(visit.t("contacts.import.to_mend_lead")).classes("hint")
            draw_faults(visit, found[: uploads.FAULTS])
            with ui.element("div").classes("row-acts"):
                if len(self.after) > 1:
                    kit.button(visit.t("contacts.page_before"), lambda: self._turn(None))
                if len(found) > uploads.FAULTS:
                    kit.button(
                        visit.t("contacts.page_after"),
                        lambda: self._turn(found[uploads.FAULTS - 1].cursor),
                    )

    async def _turn(self, after: tuple[int, str] | None) -> None:
        if after is None:
            self.after.pop()
        else:
            self.after.append(after)
        await self._draw_faults(await self.visit.services.behind.customers.one(self.import_id))

    def _draw_used(self, data_import: DataImport) -> None:
        visit = self.visit
        with self.used:
            kit.text(visit.t("contacts.import.used"), "summary")
            with ui.element("dl").classes("ct-facts"):
                for heading, target in data_import.mapping.items():
                    with ui.element("div"):
                        kit.text(heading or visit.t("contacts.import.no_heading"), "dt", "hint").props(
                            "dir=auto"
                        )
                        out = visit.t("contacts.import.leave_out")
                        kit.text(out if target == "-" else uploads.target_named(target, visit.words), "dd")

    async def _stop(self) -> None:
        await self._act(act=self.visit.services.behind.customers.halt, noted="import_stopped")

    async def _go_on(self) -> None:
        await self._act(act=self.visit.services.behind.customers.go_on, noted="import_resumed")
        self.timer.activate()

    async def _act(self, *, act: Callable[[str], Awaitable[None]], noted: str) -> None:
        visit = self.visit
        if not visit.may(*CHANGE):
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        try:
            await act(self.import_id)
        except NotPossible:
            kit.say(visit.t("contacts.import.not_now"), "warn")
        else:
            await visit.store.write(visit.noted(noted, "import", self.import_id))
        await self._look()

    async def _download(self) -> None:
        visit = self.visit
        if not visit.may(*CHANGE):
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        customers = visit.services.behind.customers
        data_import = await customers.one(self.import_id)
        lines = await customers.report(data_import, visit.language)
        data = "".join(lines).encode()
        await visit.store.write(visit.noted("exported", "import_faults", self.import_id))
        ui.download.content(data, f"import-{self.import_id}.csv", "text/csv; charset=utf-8")
