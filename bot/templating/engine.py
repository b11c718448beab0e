"""Loads templates and renders them: no file is read while a message waits, and each is compiled once.

A company's own are compiled when they are loaded, so that a fault in one is told at once. Those that Relais was shipped
with are compiled when they are first needed, which takes milliseconds: a start has no use for most of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2 import TemplateError as JinjaError
from jinja2.environment import Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.templating.checking import Draft, Say, check_coverage, check_draft, faults_of
from bot.templating.cleaning import clean_variables
from bot.templating.contract import CHANNELS, COMMON, variables_of
from bot.templating.fault_words import Fault, fault, nearest
from bot.templating.formats import CompanyFacts, Formats
from bot.templating.header import Header, read_header
from bot.templating.thrift import LONGEST, thrift_faults
from channels.port import Problem

_FILE_NAME = re.compile(r"(?P<language>[a-z]{2,3})(?:\.(?P<channel>[a-z]+))?\.j2")
_FAQ_FOLDER = "faq"

_SMS_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "…": "...", "–": "-", "—": "-", "•": "-"}
    | {"\u202f": " ", "\u00a0": " ", "œ": "oe"}
)


class TemplateError(Exception):
    """Base of what rendering may raise."""


class MissingTemplate(TemplateError):
    """No file of this template exists in any language."""


class RenderFailed(TemplateError):
    """The template and its variables don't go together. The text names the file: for the log alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    text: str
    subject: str
    language: str  # the one really used


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    where: str
    language: str
    header: Header
    say: Say


Key = tuple[str, str, str]  # template, language, channel ("" = every channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A text that is not in service."""

    draft: Draft
    faults: tuple[Fault, ...]
    _compiled: _Compiled | None
    _company: str

    @property
    def refused(self) -> bool:
        """Whether it may not be put into service."""
        return any(not each.warning for each in self.faults)

    @property
    def says(self) -> bool:
        """Whether it can be said at all, for a preview of what is not right yet."""
        return self._compiled is not None

    def say(self, channel: str, variables: Mapping[str, Any]) -> Rendered:
        """As `Templates.render` would. Raises `RenderFailed`."""
        if self._compiled is None:
            raise RenderFailed(f"{self.draft.path}: can't be compiled")
        return _say(self._compiled, self._company, channel, variables)


def file_of(key: Key) -> str:
    """Where a template's text stands below its folder."""
    template, language, channel = key
    return f"{template}/{language}{f'.{channel}' if channel else ''}.j2"


class Templates:
    """All templates of a company, ready to render. Built by `Templates.load`."""

    def __init__(
        self,
        company: CompanyFacts,
        environments: _Environments,
        compiled: Mapping[Key, _Compiled],
        drafts: Sequence[Draft],
        faults: Sequence[Problem],
        folders: Sequence[Path] = (),
        trusted: Path | None = None,
    ) -> None:
        self.company = company
        self._folders = tuple(folders)
        self._trusted = trusted
        self._environments = environments
        self._compiled = compiled
        self._drafts = drafts
        self._faults = tuple(faults)
        self._names = tuple(sorted({key[0] for key in compiled}))
        spoken = [company.language, *company.languages, *sorted({key[1] for key in compiled})]
        self._fallbacks = tuple(dict.fromkeys(spoken))

    @classmethod
    def load(
        cls, folders: Sequence[Path], *, company: CompanyFacts, trusted: Path | None = None
    ) -> Templates:
        """Read and compile the templates of some folders; a file of a later folder replaces its like.

        A file that can't be compiled is reported by `check` and the earlier one of its name stays in service.
        Those of the folder `trusted` are known to compile, and wait until they are needed.
        Raises `FileNotFoundError` for a folder that does not exist.
        """
        environments = _Environments(company)
        compiled: dict[Key, _Compiled] = {}
        drafts: dict[Key, Draft] = {}
        broken: list[Draft] = []
        problems: list[Problem] = []
        for path, relative in _files_of(folders):
            key, misplaced = _key_of(path, relative)
            problems += misplaced
            if key is None:
                continue
            draft = _read(path, key)
            ready = environments.compile(draft, later=trusted is not None and trusted in path.parents)
            if ready is None:
                broken.append(draft)
            else:
                compiled[key], drafts[key] = ready, draft
        return cls(company, environments, compiled, [*drafts.values(), *broken], problems, folders, trusted)

    @property
    def names(self) -> tuple[str, ...]:
        """Every template there is, such as "complaint/registered"."""
        return self._names

    def speaks(self, template: str, language: str) -> str:
        """The language in which a template is really said when this one is asked. Raises `MissingTemplate`."""
        return self._find(template, language, "").language

    def header(self, template: str, *, language: str, channel: str) -> Header:
        """The header of the file that `render` would take. Raises `MissingTemplate`."""
        return self._find(template, language, channel).header

    def render(self, template: str, *, language: str, channel: str, variables: Mapping[str, Any]) -> Rendered:
        """Say a template: the channel's own text first, in the asked language, the company's, then any.

        `company` and `channel` are filled in here; `name` is "" unless given. Texts among them are cleaned
        of controls and placeholders. Raises `MissingTemplate`, `RenderFailed`.
        """
        return _say(self._find(template, language, channel), self.company.name, channel, variables)

    def in_words(self, variables: Mapping[str, Any], language: str) -> dict[str, str]:
        """Variables as a message would say them, for providers that fill in approved templates themselves."""
        formats = self._environments.formats(base_language(language))
        return {name: formats.in_words(value) for name, value in clean_variables(variables).items()}

    def check(self, *, trusted: Path | None = None) -> list[Problem]:
        """All that is wrong with the templates in service and the files that can't be put into service.

        Files in the folder `trusted` that could be compiled are taken as they are: the built-in ones were
        checked before they were shipped, and a start need not wait for it.
        """
        problems = list(self._faults)
        for draft in self._drafts:
            compiled = self._compiled.get((draft.template, draft.language, draft.channel))
            say = compiled.say if compiled is not None and compiled.where == str(draft.path) else None
            if say is None or trusted is None or trusted not in draft.path.parents:
                problems += check_draft(draft, self._environments.of(draft.language), say)
        problems += check_coverage({(key[0], key[1]) for key in self._compiled}, self.company)
        return sorted(problems, key=lambda problem: (problem.severity, problem.where))

    def try_out(self, key: Key, source: str) -> Trial:
        """A text as it would be if it were in service: what is wrong with it, and what it says. Changes nothing.

        What could keep the program busy is refused before it is compiled.
        """
        draft = draft_of(Path(file_of(key)), key, source)
        environment = self._environments.of(draft.language)
        if lavish := _lavish(environment, draft, len(source)):
            return Trial(draft=draft, faults=lavish, _compiled=None, _company=self.company.name)
        ready = self._environments.compile(draft)
        faults = faults_of(draft, environment, ready.say if ready is not None else None)
        return Trial(draft=draft, faults=tuple(faults), _compiled=ready, _company=self.company.name)

    def fresh(self) -> Templates:
        """The same folders as they are now: reads files, and may be called in a thread. Raises as `load` does."""
        return Templates.load(self._folders, company=self.company, trusted=self._trusted)

    def take_over(self, fresh: Templates) -> None:
        """Say what another one says from now on. Who holds this one needs not be told."""
        self._compiled, self._drafts, self._faults = fresh._compiled, fresh._drafts, fresh._faults
        self._names, self._fallbacks = fresh._names, fresh._fallbacks

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where they are read from; a later one goes before an earlier."""
        return self._folders

    def _find(self, template: str, language: str, channel: str) -> _Compiled:
        base = base_language(language)
        for spoken in (base, *self._fallbacks):
            found = self._compiled.get((template, spoken, channel)) or self._compiled.get(
                (template, spoken, "")
            )
            if found is not None:
                return found
        raise MissingTemplate(f"no template “{template}” in any language{nearest(template, self._names)}")


def _lavish(environment: ImmutableSandboxedEnvironment, draft: Draft, length: int) -> tuple[Fault, ...]:
    if length > LONGEST:
        return (fault(1, "too_long", count=length, channel="Relais", allowed=LONGEST),)
    given = {*(variables_of(draft.template) or {}), *COMMON, *draft.header.variables}
    found: list[Fault] = []
    for source, first_line in draft.parts():
        with suppress(JinjaError):  # what can't be read is told by the usual check
            found += thrift_faults(environment.parse(source), given, first_line - 1)
    return tuple(found)


def _say(found: _Compiled, company: str, channel: str, variables: Mapping[str, Any]) -> Rendered:
    try:
        values = {"name": "", **clean_variables(variables), "company": company, "channel": channel}
        text, subject = found.say(values)
    except (JinjaError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise RenderFailed(f"{found.where}: {error}") from error
    text = _tidy(text)
    if channel == "sms" and found.language != "ar":
        text = _plain_for_sms(text)
    return Rendered(text=text, subject=" ".join(subject.split()), language=found.language)


@lru_cache(maxsize=256)
def base_language(tag: str) -> str:
    """ "fr-DZ" → "fr"; the dialects of Arabic that people and recognisers name apart → "ar"."""
    base = tag.replace("_", "-").partition("-")[0].lower()
    return "ar" if base in ("arq", "ary", "aeb", "arb") else base


class _Environments:
    """One sandbox a language, so that filters know their language without work at render time."""

    def __init__(self, company: CompanyFacts) -> None:
        self._company = company
        self._formats: dict[str, Formats] = {}
        self._made: dict[str, ImmutableSandboxedEnvironment] = {}

    def of(self, language: str) -> ImmutableSandboxedEnvironment:
        if language not in self._made:
            made = ImmutableSandboxedEnvironment(
                undefined=StrictUndefined,
                autoescape=False,  # plain text: messages are not HTML
                trim_blocks=True,
                lstrip_blocks=True,
                cache_size=0,
            )
            made.filters.update(self.formats(language).filters())
            del made.filters["random"]  # a message rendered again must read the same
            made.globals.clear()
            self._made[language] = made
        return self._made[language]

    def formats(self, language: str) -> Formats:
        if language not in self._formats:
            self._formats[language] = Formats(language, self._company)
        return self._formats[language]

    def compile(self, draft: Draft, *, later: bool = False) -> _Compiled | None:
        """None when the file can't serve; `check` says why. `later`: at its first use, unasked whether it can."""
        if draft.unusable:
            return None
        environment = self.of(draft.language)
        try:
            say = _at_first_use(environment, draft) if later else _compile(environment, draft)
        except JinjaError:
            return None
        return _Compiled(where=str(draft.path), language=draft.language, header=draft.header, say=say)


def _at_first_use(environment: ImmutableSandboxedEnvironment, draft: Draft) -> Say:
    made: list[Say] = []

    def render(values: dict[str, Any]) -> tuple[str, str]:
        if not made:
            made.append(_compile(environment, draft))
        return made[0](values)

    return render


def _compile(environment: ImmutableSandboxedEnvironment, draft: Draft) -> Say:
    """One function for both texts of a file: they share the context, which is dear to make."""

    def ready(source: str) -> Template:
        return Template.from_code(environment, environment.compile(source, filename=str(draft.path)), {})

    body = ready(draft.body)
    say_subject = ready(draft.header.subject).root_render_func if draft.header.subject else None

    def render(values: dict[str, Any]) -> tuple[str, str]:
        context = body.new_context(values, shared=True)
        text = "".join(body.root_render_func(context))
        return text, "".join(say_subject(context)) if say_subject is not None else ""

    return render


def _files_of(folders: Sequence[Path]) -> Iterable[tuple[Path, Path]]:
    for folder in folders:
        if not folder.is_dir():
            raise FileNotFoundError(f"{folder}: no such folder of templates")
        for path in sorted(folder.rglob("*.j2")):
            relative = path.relative_to(folder)
            if relative.parts[0] != _FAQ_FOLDER:
                yield path, relative


def _key_of(path: Path, relative: Path) -> tuple[Key | None, list[Problem]]:
    match = _FILE_NAME.fullmatch(relative.name)
    if len(relative.parts) != 3 or match is None:
        what = "not read: a template's place is <purpose>/<name>/<language>[.<channel>].j2"
        return None, [Problem(f"{path}:1", what)]
    channel = match["channel"] or ""
    problems = []
    if channel and channel not in CHANNELS:
        what = f"no channel “{channel}” is known{nearest(channel, CHANNELS)}"
        problems.append(Problem(f"{path}:1", what, "warning"))
    return ("/".join(relative.parts[:2]), match["language"], channel), problems


def _read(path: Path, key: Key) -> Draft:
    try:
        source = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError) as error:
        faults = (fault(1, "unreadable", error=error),)
        return Draft(
            path=path, template=key[0], language=key[1], channel=key[2], unusable=True, faults=faults
        )
    return draft_of(path, key, source)


def draft_of(path: Path, key: Key, source: str) -> Draft:
    """A template file from its text."""
    header, body, faults = read_header(source)
    return Draft(
        path=path,
        template=key[0],
        language=key[1],
        channel=key[2],
        header=header,
        body=body,
        faults=tuple(faults),
    )


def _tidy(text: str) -> str:
    """Take away what empty variables leave behind: blank lines in a row, spaces at line ends, outer space."""
    if " \n" in text or "\n\n\n" in text:
        text = _BLANKS.sub("\n\n", _TRAILING.sub("\n", text))
    return text.strip(" \t\n")


def _plain_for_sms(text: str) -> str:
    """Typographic signs as their plain likes: French and English stay in the GSM alphabet, 160 a part."""
    return text.replace("«\u202f", "«").replace("\u202f»", "»").translate(_SMS_PLAIN)


_TRAILING = re.compile(r"[ \t]+\n")
_BLANKS = re.compile(r"\n{3,}")
