"""The second step: the texts, in every language, with what the customer sees while one writes."""

from __future__ import annotations

from typing import Any, Final

from nicegui import ui

from bot.campaign_desk import CampaignDesk
from bot.console import Visit, kit
from bot.console.campaigns import wording
from bot.console.campaigns.bubbles import draw_preview, missing_words
from bot.console.campaigns.controls import Form
from bot.console.campaigns.draft import data_of, keep, next_to
from bot.console.campaigns.forms import (
    LETTERS,
    MEASURES,
    Data,
    definition_of,
    empty_texts,
    places_of,
    shown_value,
    trial_of,
    values_of,
)
from bot.store.changes import NotPossible
from scheduler.campaigns.book import Mailing
from scheduler.campaigns.definition import CampaignError

_TRIAL: Final = {"share": "20", "measure": "clicked", "after_h": "24", "least": "50", "sure": "95"}
_MOST: Final = 3  # variants that the form offers; more of them come from files


def what_step(visit: Visit, desk: CampaignDesk, mailing: Mailing) -> None:
    _What(visit, desk, mailing).build()


class _What:
    """`typed` holds every text under (variant, variable, language), whatever template is chosen at present."""

    def __init__(self, visit: Visit, desk: CampaignDesk, mailing: Mailing) -> None:
        self.visit = visit
        self.desk = desk
        self.mailing = mailing
        self.data = data_of(mailing)
        self.languages = visit.config.company.languages or (visit.config.company.language,)
        self.template = str(self.data["template"])
        variants: Data = self.data.get("variants", {})
        self.letters: list[str] = sorted(variants) if variants else [""]
        self.typed: dict[tuple[str, str, str], str] = {}
        for letter in self.letters:
            values = {**self.data.get("values", {}), **variants.get(letter, {}).get("values", {})}
            for name in values:
                for language in (*self.languages, ""):
                    self.typed[letter, name, language] = shown_value(values, name, language)
        self.trial = {**_TRIAL, **{name: str(value) for name, value in self.data.get("trial", {}).items()}}
        self.tries = bool(self.data.get("trial"))
        self.language = visit.language if visit.language in self.languages else self.languages[0]
        self.letter = self.letters[0]
        self.form = Form(visit)

    def build(self) -> None:
        visit = self.visit
        with ui.element("div").classes("two two-writing"):
            self.place = ui.element("div").classes("stack-wide")
            with kit.section(visit.t("campaigns.seen"), visit.t("campaigns.seen_lead")) as card:
                card.classes("seen-panel")
                self.chips = ui.element("div").classes("chips")
                self.seen = ui.element("div").classes("seen-all").props("aria-live=off")
        self._fields()
        self._redraw()
        with ui.element("div").classes("page-acts"):
            ui.link(visit.t("campaigns.go.back"), f"/campaigns/{self.mailing.name}/whom").classes("button")
            kit.button(visit.t("campaigns.go.when"), self._go, kind="main")

    # the fields

    def _fields(self) -> None:
        visit = self.visit
        self.form = Form(visit, self._preview)
        self.place.clear()
        with self.place:
            with kit.section(visit.t("campaigns.text"), visit.t("campaigns.text_lead")):
                names = {each: wording.template(visit, each) for each in self.desk.templates_for_campaigns()}
                names.setdefault(self.template, wording.template(visit, self.template))
                self.form.choice("template", visit.t("campaigns.template.label"), names, self.template,
                                 then=self._template_chosen)  # fmt: skip
                for letter in self.letters:
                    self._texts(letter)
            self._variants()

    def _texts(self, letter: str) -> None:
        visit = self.visit
        if letter:
            with ui.element("div").classes("variant-head"):
                kit.text(visit.t("campaigns.variant", letter=letter.upper()), "h3")
                if len(self.letters) > 2:
                    kit.button(
                        visit.t("campaigns.variant_remove"), lambda: self._remove(letter), kind="quiet"
                    )
        values = {name: self.typed[of, name, each] for of, name, each in self.typed if of == letter}
        for place in places_of(self.template, values):
            label = wording.place(visit, place.name)
            if place.kind == "text":
                for language in self.languages:
                    spoken = wording.language(visit, language)
                    self._box(letter, place.name, language, f"{label} ({spoken})", place.name)
            else:
                kind = "date" if place.kind == "moment" else "number"
                self._box(letter, place.name, "", label, place.name, kind=kind)

    def _box(self, letter: str, name: str, language: str, label: str, place: str, *, kind: str = "") -> None:
        field = _field(letter, name, language)
        value = self.typed.get((letter, name, language), "")
        if kind:
            self.form.line(field, label, value[:10] if kind == "date" else value, f"type={kind} dir=ltr")
        else:
            direction = "rtl" if language == "ar" else "ltr"
            self.form.text(field, label, value, props=f"dir={direction} lang={language} maxlength=5000")

    def _take(self) -> None:
        """What stands in the fields, into `typed`."""
        for letter in self.letters:
            known = {name: "" for of, name, _ in self.typed if of == letter}
            for place in places_of(self.template, known):
                for language in (*self.languages, ""):
                    field = _field(letter, place.name, language)
                    if field in self.form.values:
                        self.typed[letter, place.name, language] = self.form.values[field]
        for name in _TRIAL:
            if name in self.form.values:
                self.trial[name] = self.form.values[name]

    def _template_chosen(self) -> None:
        self._take()
        self.template = self.form.values["template"]
        self._fields()

    # several texts

    def _variants(self) -> None:
        visit = self.visit
        with kit.section(visit.t("campaigns.variants"), visit.t("campaigns.variants_lead")):
            if len(self.letters) > 1:
                options = [
                    (each, visit.t(f"campaigns.split.{each}"), visit.t(f"campaigns.split.{each}_hint"))
                    for each in ("halves", "trial")
                ]
                self.form.one_of("split", visit.t("campaigns.split.label"), options,
                                 "trial" if self.tries else "halves", then=self._split_chosen)  # fmt: skip
            if len(self.letters) > 1 and self.tries:
                with ui.element("div").classes("pairs"):
                    for name in ("share", "after_h", "least", "sure"):
                        self.form.line(name, visit.t(f"campaigns.trial.{name}"), self.trial[name],
                                       "type=number dir=ltr min=1")  # fmt: skip
                    measures = {each: visit.t(f"campaigns.measure.{each}") for each in MEASURES}
                    self.form.choice(
                        "measure", visit.t("campaigns.trial.measure"), measures, self.trial["measure"]
                    )
                ui.label(visit.t("campaigns.trial.hint")).classes("hint")
            with ui.element("div").classes("row-acts"):
                if len(self.letters) < _MOST:
                    kit.button(visit.t("campaigns.variant_add"), self._add, picture="plus")
                if len(self.letters) > 1:
                    kit.button(visit.t("campaigns.variants_none"), self._one_text, kind="quiet")

    def _split_chosen(self) -> None:
        self._take()
        self.tries = self.form.values["split"] == "trial"
        self._fields()

    def _add(self) -> None:
        self._take()
        if self.letters == [""]:
            self.typed |= {("a", name, language): text for (_, name, language), text in self.typed.items()}
            self.letters, self.letter = ["a"], "a"
        letter = next(each for each in LETTERS if each not in self.letters)
        first = self.letters[0]
        copied = {(letter, name, lang): text for (of, name, lang), text in self.typed.items() if of == first}
        self.typed |= copied
        self.letters.append(letter)
        self._fields()
        self._redraw()

    def _remove(self, letter: str) -> None:
        self._take()
        self.letters.remove(letter)
        self.letter = self.letters[0]
        self._fields()
        self._redraw()

    def _one_text(self) -> None:
        self._take()
        first = self.letters[0]
        self.typed |= {("", name, lang): text for (of, name, lang), text in self.typed.items() if of == first}
        self.letters, self.letter, self.tries = [""], "", False
        self._fields()
        self._redraw()

    # what it makes

    def _made(self) -> tuple[Data, dict[str, str]]:
        """The definition, and what is wrong by field."""
        self._take()
        data, faults = {**self.data, "template": self.template}, dict[str, str]()
        by_letter: dict[str, Data] = {}
        for letter in self.letters:
            typed = {(name, lang): text for (of, name, lang), text in self.typed.items() if of == letter}
            places = places_of(self.template, {name: "" for name, _ in typed})
            values, wrong = values_of(places, typed, self.languages)
            by_letter[letter] = values
            for name, key in wrong.items():
                faults[self._field_of(letter, name)] = key
        data["values"] = by_letter[self.letters[0]]
        data.pop("variants", None)
        data.pop("trial", None)
        if len(self.letters) > 1:
            known: Data = self.data.get("variants", {})
            data["variants"] = {
                letter: _variant(known.get(letter, {}), values if number else {})
                for number, (letter, values) in enumerate(by_letter.items())
            }
            if self.tries:
                data["trial"], wrong = trial_of(self.trial)
                faults |= wrong
        return data, faults

    def _field_of(self, letter: str, name: str) -> str:
        own = _field(letter, name, "")
        return own if own in self.form.values else _field(letter, name, self.languages[0])

    def _preview(self) -> None:
        visit = self.visit
        data, _ = self._made()
        data.pop("trial", None)
        self.seen.clear()
        with self.seen:
            try:
                definition = definition_of(data)
            except CampaignError:
                ui.label(visit.t("campaigns.seen_not_yet")).classes("hint")
                return
            letter = self.letter if self.letter in definition.variants else ""
            for channel in definition.channels or self.desk.channels:
                try:
                    found = self.desk.preview(definition, channel=channel, language=self.language, variant=letter,
                                              name=visit.t(f"campaigns.somebody.{self.language}"))  # fmt: skip
                except (NotPossible, KeyError):
                    ui.label(
                        visit.t("campaigns.seen_broken", channel=wording.channel(visit, channel))
                    ).classes("notice notice-bad")
                    continue
                if found.wrong == "missing_variable":
                    ui.label(missing_words(visit, found)).classes("notice notice-warn")
                    return
                draw_preview(visit, channel, self.language, found)

    def _redraw(self) -> None:
        self._chips()
        self._preview()

    def _chips(self) -> None:
        """Drawn only when others are needed or chosen: one that is drawn anew under the pointer takes no press."""
        self.chips.clear()
        with self.chips:
            for language in self.languages:
                spoken = wording.language(self.visit, language)
                self._chip(spoken, language == self.language, "language", language)
            for letter in self.letters if len(self.letters) > 1 else ():
                words = self.visit.t("campaigns.variant", letter=letter.upper())
                self._chip(words, letter == self.letter, "letter", letter)

    def _chip(self, words: str, chosen: bool, what: str, value: str) -> None:
        button = ui.element("button").classes("choice").props(f"type=button data-{what}={value}")
        button.props(f"aria-pressed={'true' if chosen else 'false'}")
        if chosen:
            button.props("aria-current=true")
        with button:
            ui.label(words)

        def choose() -> None:
            setattr(self, what, value)
            self._redraw()

        button.on("click", choose)

    async def _go(self) -> None:
        data, faults = self._made()
        if faults:
            self.form.show(faults)
            return
        if not await self._sure_of_gaps(data):
            return
        kept = await keep(self.visit, self.desk, data, self.form, version=self.mailing.version)
        if kept is not None:
            next_to(self.visit, kept.name, "when")

    async def _sure_of_gaps(self, data: Data) -> bool:
        """A language without its own words reads those of another one: that may be meant."""
        values: dict[str, Any] = data.get("values", {})
        missing = empty_texts(places_of(self.template, values), values, self.languages)
        if not missing:
            return True
        visit = self.visit
        told = ", ".join(
            f"{wording.place(visit, name)} ({wording.language(visit, lang)})" for name, lang in missing[:6]
        )
        return await kit.confirm(
            visit,
            visit.t("campaigns.gaps"),
            visit.t("campaigns.gaps_lead", what=told),
            visit.t("campaigns.gaps_do"),
        )


def _variant(known: Data, values: Data) -> Data:
    made = {"template": known["template"]} if known.get("template") else {}
    return {**made, **({"values": values} if values else {})}


def _field(letter: str, name: str, language: str) -> str:
    return f"{letter or '_'}.{name}.{language or '_'}"
