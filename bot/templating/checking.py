"""Finds what is wrong with template files before a customer does."""

from __future__ import annotations

import re
import traceback
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import TemplateError as JinjaError
from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.environment import Environment

from bot.templating.contract import CONTRACT, FREE_FOLDERS, bare_sample, full_sample, variables_of
from bot.templating.fault_words import Fault, fault, nearest_of
from bot.templating.formats import CompanyFacts
from bot.templating.header import NO_HEADER, Header
from bot.templating.wording import BANNED, INTERNAL, PROMISING, promises_in
from channels.port import Problem

SAMPLE_MOMENT = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)

Say = Callable[[dict[str, Any]], tuple[str, str]]  # variables -> text, subject

_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.S)


class _Anything(dict[str, Callable[..., Any]]):
    """A table of filters in which every name is found."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, str)

    def __contains__(self, key: object) -> bool:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A template file as it was read, before it is put into service."""

    path: Path
    template: str
    language: str
    channel: str
    header: Header = NO_HEADER
    body: str = ""
    faults: tuple[Fault, ...] = ()
    unusable: bool = False

    def parts(self) -> Iterator[tuple[str, int]]:
        """The two texts of the file, each with the line of the file it begins on."""
        yield self.header.subject, self.header.line_of("subject")
        yield self.body, self.header.body_line


def check_draft(draft: Draft, environment: Environment, say: Say | None) -> list[Problem]:
    """Everything wrong in one file, each with its line. `say` is the compiled template, None if it failed."""
    return [
        Problem(f"{draft.path}:{each.line}", each.what, "warning" if each.warning else "error")
        for each in faults_of(draft, environment, say)
    ]


def faults_of(draft: Draft, environment: Environment, say: Say | None) -> list[Fault]:
    """The same, to be told in another language."""
    faults = list(draft.faults)
    if not draft.unusable:
        used: set[str] = set()
        folder = draft.template.partition("/")[0]
        for source, first_line in draft.parts():
            faults += _check_source(draft, environment, source, first_line, used)
            if say is None and not faults:
                faults += _try_compile(environment, source, first_line - 1)
            faults += _check_words(source, first_line)
            if folder not in INTERNAL:
                faults += _check_promises(source, first_line, certain=folder in PROMISING)
        faults += _check_declared(draft, used)
        faults += _check_known(draft)
        if not any(not fault.warning for fault in faults):
            faults += _try_render(draft, environment, say)
    return faults


def check_coverage(present: Collection[tuple[str, str]], company: CompanyFacts) -> list[Problem]:
    """Templates that the contract names and no folder holds, wholly or in one of the company's languages."""
    names = {name for name, _ in present}
    problems = []
    for name in CONTRACT:
        if name not in names:
            problems.append(Problem(f"{name}:1", "no such template in any folder, though the bot needs it"))
            continue
        for language in company.languages:
            if (name, language) not in present:
                what = f"missing in “{language}”: add {name}/{language}.j2 (till then another is spoken)"
                problems.append(Problem(f"{name}/{language}.j2:1", what))
    return problems


def _check_source(
    draft: Draft, environment: Environment, source: str, first_line: int, used: set[str]
) -> list[Fault]:
    offset = first_line - 1
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        return [fault(error.lineno + offset, "syntax", message=error.message)]
    faults = list(_check_calls(tree, environment, offset))
    undeclared = _undeclared_in(environment, source) if faults else meta.find_undeclared_variables(tree)
    used |= undeclared
    faults += _check_names(draft, tree, undeclared, offset)
    return faults


def _undeclared_in(environment: Environment, source: str) -> set[str]:
    """The variables of a template that uses filters or tests that don't exist."""
    lenient = environment.overlay()
    for table in ("filters", "tests"):
        setattr(lenient, table, _Anything(getattr(environment, table)))
    return meta.find_undeclared_variables(lenient.parse(source))


def _check_names(draft: Draft, tree: nodes.Template, undeclared: set[str], offset: int) -> Iterator[Fault]:
    provided = variables_of(draft.template) if draft.template in CONTRACT else None
    common = variables_of("reply/greeting") or {}
    allowed = set(provided) if provided is not None else {*common, *draft.header.variables}
    declared = {*common, *draft.header.variables}
    seen: set[tuple[str, int]] = set()
    for node in tree.find_all(nodes.Name):
        place = (node.name, node.lineno)
        if node.ctx != "load" or node.name not in undeclared or place in seen:
            continue
        seen.add(place)
        if node.name not in allowed:
            near = nearest_of(node.name, allowed)
            line = node.lineno + offset
            yield fault(line, "unknown_variable", template=draft.template, name=node.name, near=near)
        elif node.name not in declared:
            yield fault(node.lineno + offset, "undeclared_variable", name=node.name)


def _check_calls(tree: nodes.Template, environment: Environment, offset: int) -> Iterator[Fault]:
    for wanted in tree.find_all(nodes.Filter):
        if wanted.name not in environment.filters:
            near = nearest_of(wanted.name, environment.filters)
            yield fault(wanted.lineno + offset, "unknown_filter", name=wanted.name, near=near)
    for test in tree.find_all(nodes.Test):
        if test.name not in environment.tests:
            near = nearest_of(test.name, environment.tests)
            yield fault(test.lineno + offset, "unknown_test", name=test.name, near=near)
    for link in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        yield fault(link.lineno + offset, "stands_alone")


def _try_compile(environment: Environment, source: str, offset: int) -> list[Fault]:
    try:
        environment.compile(source)
    except JinjaError as error:
        line = getattr(error, "lineno", None) or 1
        return [fault(line + offset, "cant_compile", message=error.message or "")]
    return []


def _check_words(source: str, first_line: int) -> Iterator[Fault]:
    text = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), unicodedata.normalize("NFC", source))
    for match in BANNED.finditer(text):
        line = first_line + text.count("\n", 0, match.start())
        yield fault(line, "banned", word=match[0])


def _check_promises(source: str, first_line: int, *, certain: bool) -> Iterator[Fault]:
    for breaks, words in promises_in(source):
        yield fault(first_line + breaks, "promise", words=words, warning=not certain)


def _check_declared(draft: Draft, used: set[str]) -> Iterator[Fault]:
    line = draft.header.line_of("variables")
    provided = variables_of(draft.template)
    for name in draft.header.variables:
        if provided is not None and name not in provided:
            near = nearest_of(name, provided)
            yield fault(line, "unknown_variable", template=draft.template, name=name, near=near)
        elif name not in used:
            yield fault(line, "unused_variable", name=name, warning=True)


def _check_known(draft: Draft) -> Iterator[Fault]:
    if draft.template in CONTRACT or draft.template.partition("/")[0] in FREE_FOLDERS:
        return
    near = nearest_of(draft.template, CONTRACT)
    yield fault(1, "never_said", template=draft.template, near=near, warning=True)


def _try_render(draft: Draft, environment: Environment, say: Say | None) -> list[Fault]:
    """Render with full and with poor variables: what only breaks at run time breaks here."""
    if draft.template not in CONTRACT or (say is not None and _says(draft.template, say)):
        return []
    for source, first_line in draft.parts():
        if source:
            fault = _try_samples(draft.template, environment, source, first_line)
            if fault is not None:
                return [fault]
    return []


def _says(template: str, say: Say) -> bool:
    try:
        for sample in (full_sample, bare_sample):
            say(dict(sample(template, SAMPLE_MOMENT)))
    except Exception:  # rendered once more, part by part, to name the line
        return False
    return True


def _try_samples(template: str, environment: Environment, source: str, first_line: int) -> Fault | None:
    ready = environment.from_string(source)
    try:
        for sample in (full_sample, bare_sample):
            ready.render(sample(template, SAMPLE_MOMENT))
    except Exception as error:  # whatever a template may do wrong is a finding here, not a failure
        frames = [
            frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"
        ]
        line = (frames[-1].lineno if frames else None) or 1
        return fault(line + first_line - 1, "fails", error=error)
    return None
