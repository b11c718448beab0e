"""Which column of a file is which of ours: guessed from headings and content, said why, and overruled by people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal

import yaml

from bot.contacts_data.cells import Cell, folded, text_of
from bot.contacts_data.company_fields import CompanyField
from bot.contacts_data.kinds import COLUMNS, ImportKind, Target
from bot.contacts_data.tables import Table

FIELD: Final = "field:"
IGNORE: Final = "-"
_ENOUGH: Final = 0.6  # share of cells that look like it
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.I)
_PHONE = re.compile(r"(?:\+|00)?[\d\s().-]{9,20}")


class MappingError(Exception):
    """This mapping can't be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column of the file. `target` is "" where it is left out; `why`: given, heading, content, none."""

    heading: str
    target: str
    why: Literal["given", "heading", "content", "none"]


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """All columns, in the file's order."""

    columns: tuple[Mapped, ...]

    def targets(self) -> list[str]:
        return [column.target for column in self.columns]

    def as_json(self) -> dict[str, str]:
        """By heading; what is left out is said."""
        return {column.heading: column.target or IGNORE for column in self.columns}


def map_columns(
    kind: ImportKind, table: Table, fields: Sequence[CompanyField], given: Mapping[str, str]
) -> ColumnMapping:
    """Raises `MappingError` for a heading or column of ours that there is not."""
    targets = targets_of(kind, fields)
    chosen = _given(table.headings, given, targets)
    found: list[Mapped] = []
    taken = {target for target in chosen.values() if target and not targets[target].several}
    for at, heading in enumerate(table.headings):
        if at in chosen:
            found.append(Mapped(heading, chosen[at], "given"))
            continue
        target = _by_heading(heading, targets.values(), taken)
        why: Literal["heading", "content", "none"] = "heading" if target else "none"
        found.append(Mapped(heading, target, why))
        if target and not targets[target].several:
            taken.add(target)
    return ColumnMapping(
        tuple(_by_content(mapped, at, table, targets, taken) for at, mapped in enumerate(found))
    )


def targets_of(kind: ImportKind, fields: Sequence[CompanyField]) -> dict[str, Target]:
    """Our columns by name, the company's own fields among them."""
    known = {target.name: target for target in COLUMNS[kind]}
    if kind == "contacts":
        for field in fields:
            words = "|".join((field.name, *field.labels.values()))
            known[FIELD + field.name] = Target(name=FIELD + field.name, reader="field", words=words)
    return known


def read_mapping(path: Path) -> dict[str, str]:
    """A kept mapping: YAML of "heading: column of ours". Raises `MappingError`."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise MappingError(f"{path.name} can't be read: {error}") from error
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise MappingError(f"{path.name} must have lines such as  Téléphone: phone")
    return {str(heading): value for heading, value in data.items()}


def write_mapping(path: Path, mapping: ColumnMapping) -> None:
    """Keep it for the next file of this kind."""
    text = yaml.safe_dump(mapping.as_json(), allow_unicode=True, sort_keys=False, width=200)
    path.write_text(text, encoding="utf-8")


def _given(
    headings: Sequence[str], given: Mapping[str, str], targets: Mapping[str, Target]
) -> dict[int, str]:
    chosen = {}
    by_key = {folded(heading): at for at, heading in reversed(list(enumerate(headings)))}
    for heading, target in given.items():
        at = headings.index(heading) if heading in headings else by_key.get(folded(heading))
        if at is None:
            near = get_close_matches(heading, headings, 1)
            raise MappingError(
                f"the file has no column “{heading}”" + (f"; is it “{near[0]}”?" if near else "")
            )
        if target not in targets and target != IGNORE:
            near = get_close_matches(target, targets, 1)
            hint = f"; is it {near[0]}?" if near else f". Known: {', '.join(targets)}, and - to leave it out"
            raise MappingError(f"there is no {target} to take “{heading}” as{hint}")
        chosen[at] = "" if target == IGNORE else target
    return chosen


def _by_heading(heading: str, targets: Iterable[Target], taken: set[str]) -> str:
    key = folded(heading)
    if not key:
        return ""
    free = [target for target in targets if target.name not in taken]
    for target in free:
        if key in _keys(target):
            return target.name
    shortened = re.sub(r"\s*\d+$", "", key)
    for target in free:
        if shortened in _keys(target) or any(
            len(word) > 4 and re.search(rf"\b{re.escape(word)}\b", key) for word in _keys(target)
        ):
            return target.name
    return ""


def _keys(target: Target) -> set[str]:
    return {folded(word) for word in (target.name, *target.words.split("|")) if word}


def _by_content(
    mapped: Mapped, at: int, table: Table, targets: Mapping[str, Target], taken: set[str]
) -> Mapped:
    """E-mail addresses and telephone numbers show themselves, whatever stands above them."""
    if mapped.why != "none":
        return mapped
    cells: list[Cell] = [row.cells[at] for row in table.sample if at < len(row.cells)]
    texts = [text for cell in cells if (text := text_of(cell))]
    for name, looks in (("email", _EMAIL), ("phone", _PHONE)):
        likely = sum(bool(looks.fullmatch(text)) for text in texts)
        if name in targets and name not in taken and texts and likely / len(texts) >= _ENOUGH:
            if not targets[name].several:
                taken.add(name)
            return Mapped(mapped.heading, name, "content")
    return mapped
