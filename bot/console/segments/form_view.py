"""The form of a rule: lines and groups of lines, drawn from a draft and written back into it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from nicegui import ui

from bot.console import Visit, kit
from bot.console.pick import line as typed
from bot.console.pick import pick
from bot.console.segments.drafts import (
    CALENDAR,
    GROUPS,
    LENGTHS,
    OPS,
    OWN,
    OWN_TESTS,
    PERIODS,
    TESTS,
    UNITS,
    Group,
    Line,
    PeriodDraft,
)
from bot.contacts_data.company_fields import CompanyField
from scheduler.segments import from_form
from scheduler.segments.choices import choices_of
from scheduler.segments.tree import Calendar, Condition
from scheduler.segments.vocabulary import FIELDS
from scheduler.segments.words import sentence
from scheduler.segments.writer import period_text

Changed = Callable[[], Awaitable[None]]
_DEEPEST: Final = 3  # groups within groups that a form offers
_PRODUCT_PARTS: Final = ("products", "ranges")
_NOT: Final = "!"
_LEFT_OPEN: Final = ("status", "channel", "period")


class FormView:
    """Draws a draft; tells when somebody changed it."""

    def __init__(self, visit: Visit, changed: Changed) -> None:
        self.visit = visit
        self.changed = changed
        self.root = Group()
        self.place = ui.element("div").classes("sg-form")
        self.faults: dict[int, ui.label] = {}
        self.own: dict[str, CompanyField] = {
            field.name: field for field in visit.services.behind.customers.settings.fields
        }
        self.currency = visit.services.behind.segments.setting.terms.currency

    def show(self, root: Group) -> None:
        self.root = root
        self.draw()

    def draw(self) -> None:
        self.faults = {}
        self.place.clear()
        with self.place:
            self._group(self.root, None, 1)

    def tell(self, line: int | None, words: str) -> None:
        """What is wrong with a line; None takes it away everywhere."""
        for number, label in self.faults.items():
            label.set_text(words if number == line else "")
            label.set_visibility(number == line)

    async def _redrawn(self) -> None:
        self.draw()
        await self.changed()

    # groups

    def _group(self, group: Group, above: Group | None, depth: int) -> None:
        visit = self.visit
        box = ui.element("fieldset").classes("sg-group")
        with box:
            kit.text(visit.t("segments.group"), "legend", "sg-hidden")
            with ui.element("div").classes("sg-group-head"):
                joins = {
                    "all": visit.t("segments.joins.all"),
                    "any": visit.t("segments.joins.any"),
                    "none": visit.t("segments.joins.none"),
                    "not_all": visit.t("segments.joins.not_all"),
                }
                now = {"all": "not_all", "any": "none"}[group.join] if group.negated else group.join
                pick(visit.t("segments.join"), joins, now, lambda value: self._join(group, value), bare=True)
                if above is not None:
                    kit.button(
                        visit.t("segments.remove_group"), lambda: self._drop(above, group), kind="quiet"
                    )
            if not group.items:
                ui.label(visit.t("segments.everybody")).classes("hint")
            for each in group.items:
                if isinstance(each, Group):
                    self._group(each, group, depth + 1)
                else:
                    self._line(each, group)
            with ui.element("div").classes("row-acts"):
                kit.button(visit.t("segments.add_line"), lambda: self._add(group), picture="plus").props(
                    f"data-add={depth}"
                )
                if depth < _DEEPEST:
                    kit.button(visit.t("segments.add_group"), lambda: self._add_group(group), kind="quiet")

    async def _join(self, group: Group, value: str) -> None:
        group.negated = value in ("none", "not_all")
        group.join = "any" if value in ("any", "none") else "all"
        await self.changed()

    async def _drop(self, above: Group, item: Line | Group) -> None:
        above.items = [each for each in above.items if each is not item]
        await self._redrawn()

    async def _add(self, group: Group) -> None:
        group.items.append(Line(measure="language"))
        await self._redrawn()

    async def _add_group(self, group: Group) -> None:
        group.items.append(Group(join="any", items=[Line(measure="language")]))
        await self._redrawn()

    # lines

    def _line(self, line: Line, group: Group) -> None:
        visit = self.visit
        row = ui.element("div").classes("sg-line").props(f"data-line={line.id}")
        with row:
            if line.fixed is not None:
                self._fixed(line)
            else:
                self._controls(line)
            wrong = ui.label("").classes("ct-wrong sg-wrong").props("role=alert")
            wrong.set_visibility(False)
            self.faults[line.id] = wrong
            gone = kit.button(visit.t("segments.remove_line"), lambda: self._drop(group, line), kind="quiet")
            gone.classes("sg-remove")

    def _fixed(self, line: Line) -> None:
        """As a sentence, for a form can't show it."""
        visit = self.visit
        rule = from_form(line.fixed, visit.services.behind.segments.setting.terms)
        assert isinstance(rule, Condition)
        kit.text(sentence(rule, visit.language, negated=line.negated), "span").props("dir=auto")
        ui.label(visit.t("segments.only_text")).classes("hint")

    def _controls(self, line: Line) -> None:
        visit = self.visit
        measure = f"{OWN}{line.name}" if line.measure == "own" else line.measure
        pick(
            visit.t("segments.field"),
            self._fields(),
            measure,
            lambda value: self._choose(line, value),
            bare=True,
        )
        for part in ("status", "purpose", "name", *_PRODUCT_PARTS, "channel", "period"):
            if part in line.meant.parts and not (part == "name" and line.measure == "own"):
                self._part(line, part)
        named = {
            f"{test}{mark}": visit.t(f"segments.tests.{self._verb(line, test)}{key}")
            for test in self._tests(line)
            for mark, key in (("", ""), (_NOT, "_not"))
        }
        pick(
            visit.t("segments.test"),
            named,
            f"{line.test}{_NOT if line.negated else ''}",
            lambda value: self._set(line, test=value.removesuffix(_NOT), negated=value.endswith(_NOT)),
            bare=True,
        ).props("data-test")
        self._test(line)

    def _fields(self) -> dict[str, str | Mapping[str, str]]:
        visit, found = self.visit, dict[str, str | Mapping[str, str]]()
        for group, measures in GROUPS:
            found[visit.t(f"segments.groups.{group}")] = {each: self._named(each) for each in measures}
        if self.own:
            found[visit.t("segments.groups.own")] = {
                OWN + name: field.labels.get(visit.language) or field.labels.get("") or name
                for name, field in self.own.items()
            }
        return found

    def _named(self, measure: str) -> str:
        word = FIELDS[measure][self.visit.language][0]
        return word[:1].upper() + word[1:]

    def _verb(self, line: Line, test: str) -> str:
        if test == "holds" and line.measure == "consent":
            return "agreed"
        return "has" if test == "one_of" and line.meant.many else test

    def _tests(self, line: Line) -> tuple[str, ...]:
        if line.measure == "own" and line.name in self.own:
            known = OWN_TESTS[self.own[line.name].type]
            return known if line.test in known else (line.test, *known)
        return TESTS[line.meant.kind]

    async def _choose(self, line: Line, value: str) -> None:
        kept = Line(measure="own" if value.startswith(OWN) else value, name=value.removeprefix(OWN))
        if value.startswith(OWN):
            tests = OWN_TESTS[self.own[kept.name].type] if kept.name in self.own else TESTS["own"]
        else:
            tests = TESTS[kept.meant.kind]
        line.choose(value, self.currency, tests)
        await self._redrawn()

    async def _set(self, line: Line, **values: Any) -> None:
        drawn = values.get("test", line.test) != line.test
        for name, value in values.items():
            setattr(line, name, value)
        if drawn:
            await self._redrawn()
        else:
            await self.changed()

    def _part(self, line: Line, part: str) -> None:
        visit = self.visit
        label = visit.t(f"segments.parts.{part}")
        every = {"": visit.t(f"segments.any.{part}")} if part in _LEFT_OPEN else {}
        if part == "status":
            self._one(label, every | self._words(line.meant.choices), line, "status")
        elif part == "purpose":
            self._one(label, self._words("purpose"), line, "purpose")
        elif part == "channel":
            self._one(label, every | self._words("channel"), line, "channel")
        elif part == "period":
            self._period(label, line, line.within, every)
        else:
            hint = visit.t(f"segments.hints.{part}")
            typed(
                label,
                getattr(line, part),
                lambda value: self._set(line, **{part: value}),
                bare=True,
                placeholder=hint,
            )

    def _one(self, label: str, options: dict[str, str], line: Line, name: str) -> None:
        value = str(getattr(line, name))
        if value not in options:  # one of the company's own, which no list has
            options = options | {value: value}
        pick(label, options, value, lambda chosen: self._set(line, **{name: chosen}), bare=True)

    def _words(self, table: str) -> dict[str, str]:
        """Of a fixed list; a language by its name instead of its code."""
        language, at = self.visit.language, 1 if table == "language" else 0
        found = {}
        for value, names in choices_of(table).items():
            word = names[language][min(at, len(names[language]) - 1)]
            found[value] = word[:1].upper() + word[1:]
        return found

    # what is compared

    def _test(self, line: Line) -> None:
        visit = self.visit
        if line.test == "one_of" and line.meant.kind == "choice":
            self._boxes(line)
        elif line.test in ("one_of", "contains", "starts_with"):
            hint = visit.t("segments.hints.values") if line.test == "one_of" else ""
            typed(
                visit.t("segments.value"),
                line.text,
                lambda value: self._set(line, text=value),
                bare=True,
                placeholder=hint,
                maxlength=2_000,
            )
        elif line.test == "compare":
            ops = {each: visit.t(f"segments.ops.{name}") for each, name in zip(OPS, _OP_NAMES, strict=True)}
            pick(visit.t("segments.test"), ops, line.op, lambda value: self._set(line, op=value), bare=True)
            typed(
                visit.t("segments.number"),
                line.number,
                lambda value: self._set(line, number=value),
                bare=True,
                inputmode="decimal",
                size=8,
            ).classes("sg-number")
            if line.meant.kind == "money":
                typed(
                    visit.t("segments.currency"),
                    line.currency,
                    lambda value: self._set(line, currency=value.strip().upper()),
                    bare=True,
                    maxlength=3,
                    size=4,
                ).classes("sg-number")
        elif line.test == "during":
            self._period(visit.t("segments.parts.period"), line, line.period, {})

    def _boxes(self, line: Line) -> None:
        """Each value to tick; those of the company's own that were written as text stay."""
        visit = self.visit
        known = self._words(line.meant.choices)
        known |= {each: each for each in line.values if each not in known}
        if len(known) > 8:
            known = {value: word for value, word in known.items() if value in line.values} | known

        async def tick(value: str, *, on: bool) -> None:
            values = [each for each in line.values if each != value]
            await self._set(line, text="; ".join([*values, value] if on else values))

        with ui.element("div").classes("sg-boxes").props("role=group") as boxes:
            boxes.props["aria-label"] = visit.t("segments.value")
            for value, word in known.items():
                with ui.element("label").classes("sg-box"):
                    box = ui.element("input").props("type=checkbox")
                    box.props["data-value"] = value
                    if value in line.values:
                        box.props["checked"] = True
                    box.on("change", _ticker(tick, value), js_handler="(event) => emit(event.target.checked)")
                    kit.text(word)

    def _period(self, label: str, line: Line, draft: PeriodDraft, every: dict[str, str]) -> None:
        visit = self.visit
        kinds: tuple[str, ...] = PERIODS
        if line.meant.kind == "yearday":
            kinds = tuple(each for each in PERIODS if each != "older")
        named = every | {each: visit.t(f"segments.periods.{each}") for each in kinds}

        async def kind(value: str) -> None:
            draft.kind = value
            await self._redrawn()

        def keep(name: str) -> Callable[[str], Awaitable[None]]:
            async def change(value: str) -> None:
                setattr(draft, name, value)
                await self.changed()

            return change

        pick(label, named, draft.kind, kind, bare=True)
        if draft.kind in LENGTHS:
            typed(
                visit.t("segments.length"), draft.count, keep("count"), bare=True, inputmode="numeric", size=5
            ).classes("sg-number")
            units = {each: visit.t(f"segments.units.{each}") for each in UNITS}
            pick(visit.t("segments.unit"), units, draft.unit, keep("unit"), bare=True)
        elif draft.kind == "calendar":
            pick(
                label,
                {each: _calendar(each, visit.language) for each in CALENDAR},
                draft.calendar,
                keep("calendar"),
                bare=True,
            )
        elif draft.kind == "between":
            typed(visit.t("segments.from_day"), draft.start, keep("start"), kind="date", bare=True)
            typed(visit.t("segments.to_day"), draft.end, keep("end"), kind="date", bare=True)


_OP_NAMES: Final = ("least", "most", "equal", "other", "over", "under")


def _calendar(value: str, language: str) -> str:
    unit, _, offset = value.partition(":")
    words = period_text(Calendar(unit=unit, offset=int(offset)), language)  # type: ignore[arg-type]
    return words[:1].upper() + words[1:]


def _ticker(tick: Callable[..., Awaitable[None]], value: str) -> Callable[[Any], Awaitable[None]]:
    async def change(event: Any) -> None:
        await tick(value, on=bool(event.args))

    return change
