"""A file before it goes in: how it was read, which column is which, what would become of the rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from nicegui import ui
from nicegui.element import Element

from bot.console import Visit, kit
from bot.console.contacts import uploads
from bot.console.contacts.uploads import Shown, Told, Understood
from bot.console.contacts.wording import CHANGE, named
from bot.console.pick import line, pick
from bot.contacts_data.importing import ImportConflict, Options, Preview
from bot.contacts_data.kinds import KINDS, ImportKind
from bot.contacts_data.mapping import IGNORE, Mapped, MappingError
from bot.contacts_data.sheets import SheetError
from bot.contacts_data.tables import TableError
from bot.records import DataImport
from channels.text import clean_text

_SMALL: Final = 300_000  # bytes; such a file is looked through at once
_ENCODINGS: Final = ("utf-8", "cp1252", "cp1256", "utf-16")
_DELIMITERS: Final = (";", ",", "\t", "|")
_MARKS: Final = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}
_FATES: Final[dict[str, kit.Tone]] = {
    "added": "good", "changed": "info", "unchanged": "", "double": "warn", "refused": "bad"
}  # fmt: skip


class Mapper:
    """State of one open page."""

    def __init__(self, visit: Visit, kind: ImportKind, path: Path, name: str) -> None:
        self.visit = visit
        self.kind = kind
        self.path = path
        self.name = name
        self.given: dict[str, str] = {}
        self.options = Options()
        self.understood: Understood | None = None
        self.preview: Preview | None = None
        self.before: DataImport | None = None
        self.turn = 0
        self.customers = visit.services.behind.customers

    async def build(self) -> None:
        self.reading = ui.element("section").classes("panel")
        self.columns = ui.element("section").classes("panel")
        self.rows = ui.element("section").classes("panel").props("aria-live=polite")
        self.end = ui.element("div").classes("ct-start panel")
        self.before = await self.visit.store.read(
            lambda session: uploads.import_of(session, self.kind, self.path.name)
        )
        await self._anew()

    async def _anew(self) -> None:
        """The file is read anew, by what was chosen so far."""
        self.turn += 1
        turn = self.turn
        fields = self.customers.settings.fields
        wrong = ""
        try:
            understood = await uploads.understand(self.kind, self.path, fields, self.given, self.options)
        except TableError as error:
            wrong = self._unreadable(error.code)
        except MappingError:  # the columns are others than before: all choices are taken back
            self.given = {}
            understood = await uploads.understand(self.kind, self.path, fields, {}, self.options)
        if turn != self.turn:
            return
        self.understood = None if wrong else understood
        self._draw_reading(wrong)
        self._draw_columns()
        if wrong:
            self.rows.set_visibility(False)
            self.end.set_visibility(False)
            return
        self.rows.set_visibility(True)
        self.end.set_visibility(True)
        small = self.path.stat().st_size < _SMALL
        await self._look(None if small else uploads.QUICK)

    async def _look(self, most: int | None) -> None:
        """What would become of the rows: of all, or of the first ones."""
        visit = self.visit
        self.turn += 1
        turn = self.turn
        self.preview = None
        self.rows.clear()
        with self.rows:
            kit.text(visit.t("contacts.import.first_rows"), "h2")
            ui.label(visit.t("contacts.import.looking")).classes("hint")
        self._draw_end()
        try:
            found = await self.customers.importer.preview(
                self.kind, self.path, self.given, self.options, most=most
            )
        except (TableError, SheetError) as error:  # damaged further down than its first rows
            self.rows.clear()
            with self.rows:
                ui.label(self._unreadable(error.code)).classes("notice notice-bad").props("role=alert")
            self.end.set_visibility(False)
            return
        if turn != self.turn:
            return
        self.preview = found
        self._draw_rows(found)
        self._draw_end()

    def _unreadable(self, code: str) -> str:
        key = f"contacts.import.file_errors.{code}"
        return self.visit.t(key if self.visit.words.has(key) else "contacts.import.file_errors.unreadable")

    # how it was read

    def _draw_reading(self, wrong: str) -> None:
        visit, understood = self.visit, self.understood
        self.reading.clear()
        with self.reading:
            with ui.element("div").classes("ct-card-head"):
                kit.text(self.name, "h2", "ct-clip").props("dir=auto")
                ui.link(visit.t("contacts.import.other_file"), "/contacts/import").classes(
                    "button button-quiet"
                )
            if wrong:
                ui.label(wrong).classes("notice notice-bad").props("role=alert")
            if understood is not None:
                ui.label(self._read_as(understood)).classes("hint").props("data-read-as")
                encoding = understood.table.encoding
                if encoding is not None and not encoding.sure and not self.options.encoding:
                    ui.label(visit.t("contacts.import.not_sure")).classes("notice notice-warn")
            self._former()
            with ui.element("details").classes("ct-history"):
                kit.text(visit.t("contacts.import.settings"), "summary")
                with ui.element("div").classes("ct-form"):
                    self._settings()

    def _read_as(self, understood: Understood) -> str:
        visit, encoding = self.visit, understood.table.encoding
        kind = visit.t(f"contacts.import.kinds.{self.kind}")
        if encoding is None:
            return f"{kind} · {visit.t('contacts.import.excel')}"
        mark = visit.t(f"contacts.import.marks.{_MARKS.get(understood.table.delimiter, 'other')}")
        return f"{kind} · {visit.t('contacts.import.read_as', encoding=_encoding_named(encoding.name), mark=mark)}"

    def _former(self) -> None:
        """This very file was brought in, or stopped half way."""
        visit, before = self.visit, self.before
        if before is None:
            return
        with ui.element("div").classes("notice notice-warn"):
            ui.label(visit.t(f"contacts.import.before.{before.status}", day=visit.day(before.started_at)))
            ui.link(visit.t("contacts.import.before.see"), f"/contacts/import/{before.id}")

    def _settings(self) -> None:
        visit, t, options = self.visit, self.visit.t, self.options
        kinds: dict[str, str] = {kind: t(f"contacts.import.kinds.{kind}") for kind in KINDS}
        pick(t("contacts.import.kind"), kinds, self.kind, self._other_kind)
        found_out = {"": t("contacts.import.found_out")}
        if self.understood is None or self.understood.table.encoding is not None:
            self._choice("encoding", found_out | {each: _encoding_named(each) for each in _ENCODINGS})
            marks = {each: t(f"contacts.import.marks.{_MARKS[each]}") for each in _DELIMITERS}
            self._choice("delimiter", found_out | marks)
        self._choice("order", {each: t(f"contacts.import.orders.{each}") for each in ("dmy", "mdy")})
        self._choice(
            "decimal", {",": t("contacts.import.decimals.comma"), ".": t("contacts.import.decimals.point")}
        )
        self._choice(
            "policy", {each: t(f"contacts.import.policies.{each}") for each in ("update", "skip", "add")}
        )
        if self.kind == "contacts":
            with ui.element("div").classes("ct-entry"):
                line(
                    t("contacts.import.options.consent_source"),
                    options.consent_source,
                    lambda value: self._set(consent_source=clean_text(value)[:200]),
                    maxlength=200,
                )
                ui.label(t("contacts.import.consent_hint")).classes("hint")
            today = visit.local(visit.clock.now()).date().isoformat()
            line(
                t("contacts.import.options.consent_at"),
                options.consent_at,
                self._consent_day,
                kind="date",
                max=today,
            )

    def _choice(self, name: str, choices: dict[str, str]) -> None:
        pick(
            self.visit.t(f"contacts.import.options.{name}"),
            choices,
            str(getattr(self.options, name)),
            lambda value: self._set(**{name: value}) if value in choices else None,
        ).props["data-option"] = name

    async def _set(self, **values: Any) -> None:
        self.options = replace(self.options, **values)
        await self._anew()

    async def _consent_day(self, value: str) -> None:
        try:
            day = date.fromisoformat(value).isoformat() if value else ""
        except ValueError:
            return
        await self._set(consent_at=day)

    def _other_kind(self, value: str) -> None:
        asked = {"kind": uploads.kind_of(value), "file": self.path.name, "name": self.name}
        ui.navigate.to(f"/contacts/import?{urlencode(asked)}")

    # which column is which

    def _draw_columns(self) -> None:
        visit, understood = self.visit, self.understood
        self.columns.clear()
        self.columns.set_visibility(understood is not None)
        if understood is None:
            return
        targets = uploads.targets_named(self.kind, self.customers.settings.fields, visit.words)
        again: set[str] = set()
        with self.columns:
            kit.text(visit.t("contacts.import.columns"), "h2")
            ui.label(visit.t("contacts.import.columns_lead")).classes("hint")
            with ui.element("div").classes("rows"):
                for mapped, samples in zip(understood.mapping.columns, understood.samples, strict=False):
                    self._column(mapped, samples, targets, second=mapped.heading in again)
                    again.add(mapped.heading)

    def _column(
        self, mapped: Mapped, samples: tuple[str, ...], targets: dict[str, str], *, second: bool
    ) -> None:
        visit, heading = self.visit, mapped.heading
        shown = heading or visit.t("contacts.import.no_heading")
        with ui.element("div").classes("row ct-column-row"):
            with ui.element("div").classes("row-main"):
                kit.text(shown, "span", "row-title").props("dir=auto")
                with ui.element("span").classes("ct-samples hint"):
                    for sample in samples:
                        kit.text(sample, "bdi", "ct-sample")
                    if not samples:
                        ui.label(visit.t("contacts.import.column_empty")).classes("inline")
            box = pick(
                visit.t("contacts.import.taken_as", heading=shown),
                targets,
                mapped.target or IGNORE,
                lambda value: self._map(heading, value),
                bare=True,
            )
            box.props["data-column"] = heading
            if second:
                box.props["disabled"] = True
            why = "none" if not mapped.target else mapped.why
            kit.tag(visit.t(f"contacts.import.why.{why}"), "" if why == "none" else "info")

    async def _map(self, heading: str, target: str) -> None:
        given = {**self.given, heading: target}
        fields = self.customers.settings.fields
        try:
            await uploads.understand(self.kind, self.path, fields, given, self.options)
        except (MappingError, TableError):
            kit.say(self.visit.t("contacts.import.not_so"), "warn")
            return
        self.given = given
        await self._anew()

    # what would become of the rows

    def _draw_rows(self, found: Preview) -> None:
        visit = self.visit
        self.rows.clear()
        with self.rows:
            kit.text(visit.t("contacts.import.first_rows"), "h2")
            with ui.element("div").classes("ct-counts").props("data-outcome"):
                for name in ("added", "changed", "unchanged", "refused"):
                    with ui.element("div"):
                        kit.text(str(getattr(found.outcome, name)), "strong")
                        ui.label(visit.t(f"contacts.import.fates.{name}")).classes("hint")
            if found.doubles:
                ui.label(visit.count("contacts.import.doubles", found.doubles)).classes("hint")
            if not found.whole:
                ui.label(visit.count("contacts.import.only_first", found.outcome.rows)).classes("notice")
                kit.button(visit.t("contacts.import.check_all"), lambda: self._look(None)).props("data-check")
            with ui.element("div").classes("ct-previews"):
                for shown in uploads.shown_rows(found, visit.words):
                    self._row(shown)
            if found.faults:
                kit.text(visit.count("contacts.import.n_faults", sum(found.codes.values())), "h3")
                for code, count in sorted(found.codes.items(), key=lambda each: -each[1]):
                    self._faults(code, count, found)

    def _faults(self, code: str, count: int, found: Preview) -> None:
        """All remarks of a kind: what to do once, and where."""
        visit = self.visit
        told = [uploads.tell(at, fault, visit.words) for at, fault in found.faults if fault.code == code]
        if not told:  # all of them further down than what is kept of a preview
            return
        with ui.element("details").classes("ct-history ct-kind"):
            with ui.element("summary"):
                kit.tag(f"{count} ×", "bad" if any(each.refused for each in told) else "warn")
                _said(told[0])
            if told[0].mend:
                ui.label(told[0].mend).classes("hint")
            draw_faults(visit, [replace(each, mend="") for each in told[: uploads.FAULTS]])
            if count > len(told[: uploads.FAULTS]):
                ui.label(visit.count("contacts.more", count - len(told[: uploads.FAULTS]))).classes("hint")

    def _row(self, shown: Shown) -> None:
        visit = self.visit
        with ui.element("div").classes("ct-preview"):
            with ui.element("div").classes("ct-card-head"):
                kit.text(visit.t("contacts.import.line", n=shown.line), "strong")
                kit.tag(visit.t(f"contacts.import.fate.{shown.fate}"), _FATES[shown.fate])
            with ui.element("dl").classes("ct-facts"):
                for name, value in shown.values:
                    with ui.element("div"):
                        kit.text(name, "dt", "hint")
                        kit.text(value, "dd").props("dir=auto")
            for told in shown.told:
                with ui.element("div").classes("ct-wrong"):
                    _said(told)

    # start

    def _draw_end(self) -> None:
        visit, found = self.visit, self.preview
        self.end.clear()
        with self.end:
            if found is None:
                ui.label(visit.t("contacts.import.looking")).classes("hint")
                return
            will = found.outcome.added + found.outcome.changed + found.outcome.unchanged
            if found.whole and not will:
                ui.label(visit.t("contacts.import.nothing_to_take")).classes("notice notice-warn")
                return
            ui.label(visit.t("contacts.import.start_lead")).classes("hint")
            kit.button(visit.t("contacts.import.start"), self._start, kind="main").props("data-start")

    async def _start(self) -> None:
        visit, found, before = self.visit, self.preview, self.before
        if found is None:
            return
        if not visit.may(*CHANGE):
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        outcome = found.outcome
        key = "sure_all" if found.whole else "sure_first"
        lead = visit.t(
            f"contacts.import.{key}",
            rows=outcome.rows,
            added=outcome.added,
            changed=outcome.changed,
            refused=outcome.refused,
        )
        if before is not None and before.status == "done":
            lead = f"{lead} {visit.t('contacts.import.sure_again')}"
        if not await kit.confirm(
            visit, visit.t("contacts.import.sure_title"), lead, visit.t("contacts.import.start")
        ):
            return
        try:
            begun = await self.customers.begin(
                self.kind,
                self.path,
                self.given,
                self.options,
                file_name=self.name,
                started_by=visit.user.name,
                again=before is not None,
                anew=True,
            )
        except (TableError, MappingError, ImportConflict):
            kit.say(visit.t("contacts.import.not_now"), "bad")
            return
        await visit.store.write(visit.noted("import_started", "import", begun.id, rows_of=self.kind))
        ui.navigate.to(f"/contacts/import/{begun.id}")


def _encoding_named(name: str) -> str:
    return {"cp1252": "Windows-1252", "cp1256": "Windows-1256", "utf-8-sig": "UTF-8"}.get(name, name.upper())


def draw_faults(visit: Visit, found: list[Told]) -> Element:
    """Line by line: what is wrong, and what to do."""
    made = ui.element("div").classes("rows")
    with made:
        for told in found:
            with ui.element("div").classes("row ct-fault"):
                kit.text(visit.t("contacts.import.line", n=told.line), "span", "ct-line")
                with ui.element("div").classes("row-main"):
                    with ui.element("div"):
                        _said(told)
                    if told.mend:
                        ui.label(told.mend).classes("hint")
                kind = "not_taken" if told.refused else "taken_without"
                kit.tag(named(visit, "import", kind), "bad" if told.refused else "warn")
    return made


def _said(told: Told) -> None:
    """The column keeps its own direction within the sentence."""
    if told.column:
        kit.text(told.column, "bdi", "ct-of")
        kit.text(" : ", "span")
    kit.text(told.words, "span")
