"""Reads the FAQ's YAML files, one a category, and says with file and line what is wrong in them.

::

    category: delivery
    titles: {fr: Livraison, en: Delivery}      # optional
    entries:
      - id: delivery-fee
        questions:
          fr: [Combien coûte la livraison ?, frais de livraison]   # the first is shown as a suggestion
          ar-latn: [bch7al livraison]                              # dialects need no answer of their own
        answer:
          fr: Le transport est chiffré sur le devis.
    phrasings:                                   # optional: more, for entries of other files
      opening-hours: {fr: [vous fermez quand]}

Every scalar is read as text: `no`, `08:00` and `1_000` stay what they look like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from bot.templating.bidi import isolate_runs
from channels.port import Problem

LANGUAGES = ("fr", "ar", "en")
PHRASING_LIMIT = 200  # characters
ANSWER_LIMIT = 2_000  # characters; longer is a document, not an answer

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is ten times faster where it is built
_NOT_WORDS = re.compile(r"[\W_]+")

Tag = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[a-z0-9]{2,8})?$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Phrasing = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=PHRASING_LIMIT)]
Answer = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=ANSWER_LIMIT)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaqEntry:
    """One question of the FAQ, with the ways people ask it and what we answer."""

    id: str
    category: str
    questions: Mapping[str, tuple[str, ...]]  # language or dialect -> phrasings, the title first
    answers: Mapping[str, str]  # language -> answer


class FaqError(ValueError):
    """The FAQ can't be used as it is. `problems` tell where and why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{problem.where}: {problem.what}" for problem in problems))
        self.problems = tuple(problems)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Entry(_Strict):
    id: Slug
    category: Slug | None = None  # default: the file's
    questions: dict[Tag, Annotated[list[Phrasing], Field(min_length=1)]] = Field(min_length=1)
    answer: dict[Tag, Answer] = Field(min_length=1)


class _File(_Strict):
    category: Slug
    titles: dict[Tag, Phrasing] = {}
    entries: list[Any] = []  # checked one by one, so that one bad entry hides no other
    phrasings: dict[
        Slug, Annotated[dict[Tag, Annotated[list[Phrasing], Field(min_length=1)]], Field(min_length=1)]
    ] = {}


Lines = dict[tuple[str | int, ...], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """An entry and where it stands."""

    entry: FaqEntry
    path: Path
    lines: Lines  # place within the entry -> line of the file

    def at(self, *place: str | int) -> str:
        return f"{self.path}:{_line_of(self.lines, place)}"


def load_faq(paths: Iterable[Path]) -> tuple[FaqEntry, ...]:
    """Read the entries of some files and folders (their *.yaml). Raises `FaqError` when anything is wrong.

    Warnings of `check_faq` don't raise.
    """
    placed, more, problems = _read_all(paths)
    problems += _check_across(placed, more)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise FaqError(errors)
    return tuple(_with_more(item.entry, more) for item in placed)


def check_faq(paths: Iterable[Path], *, languages: Sequence[str] = LANGUAGES) -> list[Problem]:
    """Everything wrong with the files, missing languages included (as warnings)."""
    placed, more, problems = _read_all(paths)
    for item in placed:
        problems += _check_languages(item, languages)
    return problems + _check_across(placed, more)


def _with_more(entry: FaqEntry, more: Sequence[_Placed]) -> FaqEntry:
    """The entry with the phrasings that other files give it, those it has already left out."""
    known = {same_words(text) for texts in entry.questions.values() for text in texts}
    questions = dict(entry.questions)
    for item in more:
        for language, texts in item.entry.questions.items() if item.entry.id == entry.id else ():
            fresh = [text for text in texts if same_words(text) not in known]
            known.update(same_words(text) for text in fresh)
            questions[language] = (*questions.get(language, ()), *fresh)
    return replace(entry, questions=MappingProxyType(questions))


def _read_all(paths: Iterable[Path]) -> tuple[list[_Placed], list[_Placed], list[Problem]]:
    """The entries, phrasings for entries of other files, and what is wrong."""
    placed: list[_Placed] = []
    more: list[_Placed] = []
    problems: list[Problem] = []
    for path in paths:
        if not path.exists():
            problems.append(Problem(f"{path}:1", "no such file or folder"))
        for file in sorted(path.glob("*.y*ml")) if path.is_dir() else [path] if path.exists() else []:
            found, others, wrong = _read_file(file)
            placed += found
            more += others
            problems += wrong
    return placed, more, problems


def _read_file(path: Path) -> tuple[list[_Placed], list[_Placed], list[Problem]]:
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return [], [], [Problem(f"{path}:{line}", f"not valid YAML: {error.problem or error}{_hint(error)}")]
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        return [], [], [Problem(f"{path}:1", f"can't be read: {error}")]
    lines: Lines = {}
    problems: list[Problem] = []
    data = _plain(root, (), lines, path, problems) if root is not None else None
    if not isinstance(data, dict):
        what = "expected a mapping with category and entries"
        return [], [], [*problems, Problem(f"{path}:1", what)]
    try:
        file = _File.model_validate(data)
    except ValidationError as error:
        return [], [], problems + _explain(error, _File, path, lines, "file")
    if not file.entries and not file.phrasings:
        return [], [], [*problems, Problem(f"{path}:1", "file: “entries” is missing")]
    more = [
        _Placed(entry=_only_asked(entry_id, asked), path=path, lines=_below(lines, "phrasings", entry_id))
        for entry_id, asked in file.phrasings.items()
    ]
    placed, problems = _read_entries(file, path, lines, problems)
    return placed, more, problems


def _only_asked(entry_id: str, asked: Mapping[str, Sequence[str]]) -> FaqEntry:
    questions = MappingProxyType({language: tuple(texts) for language, texts in asked.items()})
    return FaqEntry(id=entry_id, category="", questions=questions, answers={})


def _below(lines: Lines, section: str, entry_id: str) -> Lines:
    """Lines of one entry's phrasings, as if they stood in an entry."""
    placed = {place: line for place, line in lines.items() if place[:2] == (section, entry_id)}
    return {("questions", *place[2:]): line for place, line in placed.items()}


def _hint(error: yaml.MarkedYAMLError) -> str:
    if "mapping values are not allowed" in (error.problem or ""):
        return "; a text that holds “: ” must stand in quotes"
    return ""


def _read_entries(
    file: _File, path: Path, lines: Lines, problems: list[Problem]
) -> tuple[list[_Placed], list[Problem]]:
    placed = []
    for at, raw in enumerate(file.entries):
        here = {place[2:]: line for place, line in lines.items() if place[:2] == ("entries", at)}
        name = f"entry “{raw.get('id', at + 1)}”" if isinstance(raw, dict) else f"entry {at + 1}"
        try:
            entry = _Entry.model_validate(raw)
        except ValidationError as error:
            problems += _explain(error, _Entry, path, here, name)
        else:
            placed.append(_Placed(entry=_frozen(entry, file.category), path=path, lines=here))
    return placed, problems


def _frozen(entry: _Entry, category: str) -> FaqEntry:
    answers = {
        language: isolate_runs(text) if language == "ar" else text for language, text in entry.answer.items()
    }
    return FaqEntry(
        id=entry.id,
        category=entry.category or category,
        questions=MappingProxyType({tag: tuple(asked) for tag, asked in entry.questions.items()}),
        answers=MappingProxyType(answers),
    )


def _plain(
    node: yaml.Node, place: tuple[str | int, ...], lines: Lines, path: Path, problems: list[Problem]
) -> Any:
    """A YAML node as dicts, lists and texts, noting the line of each; a key standing twice is a problem."""
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*place, at), lines, path, problems) for at, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return node.value
    plain: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in plain:
            where = f"{path}:{key.start_mark.line + 1}"
            problems.append(Problem(where, f"“{name}” stands twice here: the earlier one would be lost"))
        plain[name] = _plain(value, (*place, name), lines, path, problems)
        lines[(*place, name)] = key.start_mark.line + 1
    return plain


def _explain(
    error: ValidationError, model: type[BaseModel], path: Path, lines: Lines, name: str
) -> list[Problem]:
    problems = []
    for found in error.errors(include_url=False, include_context=False):
        place = tuple(part for part in found["loc"] if part != "[key]")
        field = str(place[-1]) if place else ""
        if found["type"] == "extra_forbidden":
            near = get_close_matches(field, model.model_fields, n=1)
            hint = f"did you mean “{near[0]}”?" if near else f"known: {', '.join(model.model_fields)}"
            what = f"{name}: unknown field “{field}”; {hint}"
        elif found["type"] == "missing":
            what = f"{name}: “{field}” is missing"
        else:
            what = f"{name}: {' → '.join(str(part) for part in place)}: {found['msg']}"
        problems.append(Problem(f"{path}:{_line_of(lines, place)}", what))
    return problems


def _line_of(lines: Lines, place: tuple[str | int, ...]) -> int:
    """The line of a place, or of the nearest thing around it that has one."""
    for length in range(len(place), -1, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return 1


def _check_across(placed: Sequence[_Placed], more: Sequence[_Placed]) -> list[Problem]:
    """Two entries with one id, or one phrasing under two entries: nobody could tell which is meant."""
    problems = []
    ids: dict[str, _Placed] = {}
    asked: dict[str, _Placed] = {}
    for item in placed:
        first = ids.setdefault(item.entry.id, item)
        if first is not item:
            what = f"id “{item.entry.id}” is taken already, at {first.at('id')}: choose another"
            problems.append(Problem(item.at("id"), what))
        problems += _check_phrasings(item, asked)
    for item in more:
        problems += _check_phrasings(item, asked)
        if item.entry.id not in ids:
            near = get_close_matches(item.entry.id, ids, n=1)
            hint = f": did you mean “{near[0]}”?" if near else ""
            what = f"phrasings of “{item.entry.id}”, but no file has such an entry{hint}"
            problems.append(Problem(item.at("questions"), what))
    return problems


def _check_phrasings(item: _Placed, asked: dict[str, _Placed]) -> list[Problem]:
    problems = []
    for language, phrasings in item.entry.questions.items():
        for at, phrasing in enumerate(phrasings):
            other = asked.setdefault(same_words(phrasing), item)
            if other.entry.id != item.entry.id:
                what = f"entry “{item.entry.id}”: “{phrasing}” is also asked by “{other.entry.id}”: keep one"
                problems.append(Problem(item.at("questions", language, at), what))
    return problems


def _check_languages(item: _Placed, languages: Sequence[str]) -> list[Problem]:
    problems = []
    for language in languages:
        for field, texts in (("questions", item.entry.questions), ("answer", item.entry.answers)):
            if language not in texts:
                what = f"entry “{item.entry.id}”: no {field} in “{language}”"
                problems.append(Problem(item.at(field), what, "warning"))
    return problems


def same_words(text: str) -> str:
    """A phrasing without case, accents, vowel marks and punctuation, to tell whether two are the same."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return _NOT_WORDS.sub(" ", bare.casefold()).strip()
