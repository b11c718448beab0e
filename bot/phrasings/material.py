"""Reads the phrasings: labelled sentences with choices and slots, multiplied into examples.

A file is one language. `[complaint critical]` opens a section whose sentences carry these labels;
`[=thing]` lists what may stand for `{thing}`; `(a|b|)` is a choice, an empty one included.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Final

LANGUAGES: Final = ("fr", "en", "ar", "dz", "arabizi")
MOST_VARIANTS: Final = 6
JOINED_EVERY: Final = 8
JOINTS: Final = (", ", ". ", " ", "! ")
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One sentence as somebody may write it; `group` is the line it was made from."""

    text: str
    labels: tuple[str, ...]
    language: str
    group: int


def source_texts() -> dict[str, str]:
    """The files as they are, by their names."""
    folder = files("bot.phrasings")
    texts = [item for item in folder.iterdir() if item.name.endswith(".txt")]
    return {item.name: item.read_text(encoding="utf-8") for item in sorted(texts, key=lambda item: item.name)}


def fingerprint() -> str:
    """Changes with any word of the material."""
    joined = "\n".join(f"{name}\n{text}" for name, text in source_texts().items())
    return hashlib.sha256(joined.encode()).hexdigest()[:16]


def load_examples() -> list[Example]:
    """All examples of all languages, always in the same order."""
    found: list[Example] = []
    for name, text in source_texts().items():
        language = name.partition(".")[0].partition("_")[0]
        found += _parse(text, language, group=found[-1].group if found else 0)
    return found


def joined(examples: Sequence[Example]) -> list[Example]:
    """Pairs of examples in one message, as people write: both are wished, a greeting only frames the other."""
    made: list[Example] = []
    for language in LANGUAGES:
        general = [each for each in examples if each.language == language and "text" in each.labels]
        made += [
            Example(text=f"{one.text} {other.text}", labels=("text",), language=language, group=one.group)
            for one, other in pairwise(general)
        ]
        spoken = [each for each in examples if each.language == language and "text" not in each.labels]
        for number in range(0, len(spoken), JOINED_EVERY):
            one, other = spoken[number], spoken[(number * 7 + 13) % len(spoken)]
            labels = {*one.labels, *other.labels}
            if one.group == other.group or len(labels & {"complaint", "praise", "other"}) > 1:
                continue
            wished = tuple(sorted(labels - {"smalltalk"})) or ("smalltalk",)
            text = f"{one.text}{JOINTS[number // JOINED_EVERY % len(JOINTS)]}{other.text}"
            made.append(Example(text=text, labels=wished, language=language, group=one.group))
    return made


def _parse(text: str, language: str, *, group: int) -> Iterator[Example]:
    """Examples of one file. Raises ValueError for a sentence without a section or an unknown slot."""
    sections = list(_sections(text))
    slots = {head[1:]: lines for head, lines in sections if head.startswith("=")}
    for head, lines in sections:
        if head.startswith("="):
            continue
        for line in lines:
            group += 1
            for written in _variants(line, slots, turn=group):
                yield Example(text=written, labels=tuple(head.split()), language=language, group=group)


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    head, lines = "", list[str]()
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            if head:
                yield head, lines
            head, lines = line[1:-1], []
        elif line and not line.startswith("#"):
            if not head:
                raise ValueError(f"no section above: {line!r}")
            lines.append(line)
    if head:
        yield head, lines


def _variants(line: str, slots: dict[str, list[str]], *, turn: int) -> list[str]:
    """Different ways through the choices and slots of a line, a fixed few of them."""
    ways = 1
    for choice in _CHOICE.findall(line):
        ways *= choice.count("|") + 1
    if _SLOT.search(line):
        ways *= 3
    made = [_written(line, slots, turn * 7 + number * 5) for number in range(min(ways, MOST_VARIANTS))]
    return list(dict.fromkeys(made))


def _written(line: str, slots: dict[str, list[str]], seed: int) -> str:
    step = seed

    def chosen(options: list[str]) -> str:
        nonlocal step
        step = (step * 1103 + 12345) % 65_521
        return options[step % len(options)]

    while True:  # what stands in a slot may have choices of its own
        while match := _CHOICE.search(line):
            line = line[: match.start()] + chosen(match[1].split("|")) + line[match.end() :]
        match = _SLOT.search(line)
        if match is None:
            break
        if match[1] not in slots:
            raise ValueError(f"unknown slot {match[0]} in {line!r}")
        line = line[: match.start()] + chosen(slots[match[1]]) + line[match.end() :]
    return " ".join(line.split())
