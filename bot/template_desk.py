"""What people do with the company's texts: look at them, try them, change them, go back to the shipped ones.

A changed text is a file in the folder that `content:` names; the shipped ones are never touched.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from difflib import unified_diff
from pathlib import Path
from typing import Any, Final

from bot.templating import COMMON, CONTRACT, RenderFailed, Templates, full_sample
from bot.templating.checking import SAMPLE_MOMENT as SAMPLE
from bot.templating.contract import CHANNELS, FREE_FOLDERS, Kind, variables_of
from bot.templating.engine import Key, Trial, file_of
from bot.templating.fault_words import Fault, fault
from bot.templating.following import renew
from bot.templating.header import read_header
from channels.port import Problem
from channels.segments import Segments, count_segments, fold_typography

SHOWN_CHANNELS: Final = tuple(channel for channel in CHANNELS if channel != "sandbox")
_OWN_NAME: Final = re.compile(r"(?P<folder>[a-z]+)/[a-z][a-z0-9_]{1,40}")
_FILE: Final = re.compile(r"(?P<language>[a-z]{2,3})(?:\.(?P<channel>[a-z]+))?\.j2")


class NoSuchText(Exception):
    """No template, language or channel of this name; nothing from outside becomes a path."""


class NotKept(Exception):
    """A text was not put into service. `key` says why: read_only, changed, faults, nowhere, unwritable, others."""

    def __init__(self, key: str, faults: Sequence[Fault] = (), detail: str = "") -> None:
        super().__init__(key)
        self.key = key
        self.faults = tuple(faults)
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A template: which texts there are, and which of them are the company's own."""

    name: str
    texts: tuple[tuple[str, str], ...]  # language, channel ("" = every channel)
    own: frozenset[tuple[str, str]]
    missing: tuple[str, ...]  # languages of the company nobody wrote it in

    @property
    def folder(self) -> str:
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text as it stands; None where there is no such file."""

    key: Key
    shipped: str | None
    own: str | None
    folder: Path | None  # where an own one stands, or would

    @property
    def source(self) -> str:
        """What is in service; "" where nothing is."""
        return self.own if self.own is not None else self.shipped or ""

    @property
    def mark(self) -> str:
        """Tells whether somebody changed it meanwhile."""
        told = "\0".join("" if each is None else f"={each}" for each in (self.shipped, self.own))
        return hashlib.sha256(told.encode()).hexdigest()

    def difference(self) -> list[str]:
        """Lines of the shipped text that are gone (-) or new (+) in the own one."""
        if self.own is None or self.shipped is None:
            return []
        lines = unified_diff(self.shipped.splitlines(), self.own.splitlines(), lineterm="", n=2)
        return [line for line in lines if not line.startswith(("---", "+++"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A text as a customer reads it on a channel; `error` where it can't be said."""

    channel: str
    text: str
    subject: str = ""
    sms: Segments | None = None
    cost: Decimal | None = None  # in the company's currency; None where no price is configured
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What texts are measured with."""

    sms_segments: int = 1
    prices: Mapping[str, Decimal] | None = None
    limits: Mapping[str, int] | None = None  # characters, by channel


class TemplateDesk:
    """Reads and writes files in threads; the texts in service are exchanged on the loop."""

    def __init__(self, templates: Templates, own: Path | None, measures: Measures) -> None:
        self._templates = templates
        self._shipped = templates.folders[0]
        self._own = own
        self._measures = measures

    @property
    def writable(self) -> bool:
        """Whether there is a folder for own texts."""
        return self._own is not None

    # looking

    async def listed(self) -> list[Listed]:
        """Every template, by name."""
        return await asyncio.to_thread(self._listed)

    def _listed(self) -> list[Listed]:
        shipped = _files_in(self._shipped)
        own = _files_in(self._own) if self._own is not None else {}
        company = self._templates.company
        found = []
        for name in sorted({*CONTRACT, *shipped, *own}):
            texts = {*shipped.get(name, ()), *own.get(name, ())}
            spoken = {language for language, _ in texts}
            found.append(
                Listed(
                    name=name,
                    texts=tuple(sorted(texts, key=lambda text: _order(text, company.languages))),
                    own=frozenset(own.get(name, ())),
                    missing=tuple(each for each in company.languages if each not in spoken),
                )
            )
        return found

    async def one(self, name: str) -> Listed:
        """Raises `NoSuchText`."""
        found = next((each for each in await self.listed() if each.name == name), None)
        if found is not None:
            return found
        match = _OWN_NAME.fullmatch(name)
        if match is None or match["folder"] not in FREE_FOLDERS:
            raise NoSuchText(name)
        languages = self._templates.company.languages
        return Listed(name=name, texts=(), own=frozenset(), missing=tuple(languages))

    async def text(self, key: Key) -> Text:
        """Raises `NoSuchText`."""
        await self._check(key)
        return await asyncio.to_thread(self._read, key)

    async def _check(self, key: Key) -> None:
        name, language, channel = key
        listed = await self.one(name)
        languages = {*self._templates.company.languages, *(spoken for spoken, _ in listed.texts)}
        if language not in languages or channel not in ("", *CHANNELS):
            raise NoSuchText(file_of(key))

    def _read(self, key: Key) -> Text:
        own = _content(self._own / file_of(key)) if self._own is not None else None
        return Text(key=key, shipped=_content(self._shipped / file_of(key)), own=own, folder=self._own)

    # trying

    def try_out(self, key: Key, source: str) -> Trial:
        """What is wrong with a text, and what it says; also what is too long for its channel."""
        trial = self._templates.try_out(key, source)
        if trial.refused:
            return trial
        more = tuple(self._measured(key, trial))
        return Trial(
            draft=trial.draft,
            faults=(*trial.faults, *more),
            _compiled=trial._compiled,
            _company=trial._company,
        )

    def _measured(self, key: Key, trial: Trial) -> list[Fault]:
        line = trial.draft.header.body_line
        if not trial.draft.body.strip():
            return [fault(line, "empty")]
        channel = key[2] or "whatsapp"
        shown = self.shown(trial, channel, sample_of(key[0], trial.draft.header.variables, None))
        if shown.sms is not None and shown.sms.count > self._measures.sms_segments:
            allowed = self._measures.sms_segments
            return [fault(line, "too_many_sms", count=shown.sms.count, allowed=allowed, warning=True)]
        limit = (self._measures.limits or {}).get(channel, 0)
        if limit and len(shown.text) > limit:
            return [
                fault(line, "too_long", count=len(shown.text), channel=channel, allowed=limit, warning=True)
            ]
        return []

    def shown(self, trial: Trial, channel: str, values: Mapping[str, Any]) -> Shown:
        """The text as a channel's customer reads it, with these values."""
        try:
            said = trial.say(channel, values)
        except RenderFailed as error:
            return Shown(channel=channel, text="", error=str(error).partition(": ")[2])
        sms = count_segments(fold_typography(said.text)) if channel == "sms" else None
        price = (self._measures.prices or {}).get(channel)
        cost = None if price is None else sms.cost(price) if sms is not None else price
        return Shown(channel=channel, text=said.text, subject=said.subject, sms=sms, cost=cost)

    # changing

    async def keep(self, key: Key, source: str, *, mark: str) -> Text:
        """Put an own text into service, checked before it is written. Raises `NoSuchText`, `NotKept`."""
        before = await self._before(key, mark)
        source = source.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
        trial = self.try_out(key, source)
        if trial.refused:
            raise NotKept("faults", [each for each in trial.faults if not each.warning])
        await self._write(before, source)
        return await self._renewed(before)

    async def restore(self, key: Key, *, mark: str) -> Text:
        """Take the own text away: the shipped one is spoken again. Raises `NoSuchText`, `NotKept`."""
        before = await self._before(key, mark)
        if before.own is None:
            raise NotKept("nowhere")
        await self._write(before, None)
        return await self._renewed(before)

    async def _before(self, key: Key, mark: str) -> Text:
        before = await self.text(key)
        if self._own is None:
            raise NotKept("read_only")
        if before.mark != mark:
            raise NotKept("changed")
        return before

    async def _write(self, before: Text, source: str | None) -> None:
        assert self._own is not None
        try:
            await asyncio.to_thread(_put, self._own, file_of(before.key), source)
        except OSError as error:
            raise NotKept("unwritable", detail=error.strerror or str(error)) from error

    async def _renewed(self, before: Text) -> Text:
        """Speak it, or take it back where the whole does not hold together."""
        problems = await renew(self._templates)
        if problems:
            await self._write(before, before.own)
            raise NotKept("others", detail=_told(problems))
        return await asyncio.to_thread(self._read, before.key)


def sample_of(name: str, declared: Sequence[str], moment: datetime | None) -> dict[str, Any]:
    """Plausible values of a template's variables; of a free one those that its header names."""
    found = full_sample(name, moment or SAMPLE)
    if variables_of(name) is None:
        found |= {
            each: full_sample("", SAMPLE).get(each, f"({each})") for each in declared if each not in found
        }
    return found


def kinds_of(name: str, declared: Sequence[str]) -> dict[str, Kind]:
    """What a template is given, by name."""
    known = variables_of(name)
    return dict(known) if known is not None else {**COMMON, **dict.fromkeys(declared, "text")}


def begun(shipped: Sequence[str], name: str) -> str:
    """What a text that is not there yet begins with: the header of its nearest relative."""
    for source in shipped:
        header, body, _ = read_header(source)
        if header.purpose:
            return source if body else f"---\npurpose: {header.purpose}\n---\n"
    purpose = "bulk" if name.partition("/")[0] in FREE_FOLDERS else "reply"
    return f"---\npurpose: {purpose}\n---\n"


def _files_in(folder: Path) -> dict[str, set[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for path in folder.rglob("*.j2"):
        parts = path.relative_to(folder).parts
        match = _FILE.fullmatch(parts[-1])
        if len(parts) == 3 and match is not None and parts[0] != "faq":
            found.setdefault("/".join(parts[:2]), set()).add((match["language"], match["channel"] or ""))
    return found


def _order(text: tuple[str, str], languages: Sequence[str]) -> tuple[int, str, str]:
    language, channel = text
    place = languages.index(language) if language in languages else len(languages)
    return place, language, channel


def _content(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _put(folder: Path, place: str, source: str | None) -> None:
    """Write a file in one step, or take it away. Raises OSError."""
    path = folder / place
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise PermissionError(1, f"{place} leads out of the folder")
    if source is None:
        path.unlink(missing_ok=True)
        for empty in path.parents[:2]:
            with suppress(OSError):  # others' texts stand there
                empty.rmdir()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with fresh.open("w", encoding="utf-8", newline="\n") as file:
            file.write(source)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _told(problems: Sequence[Problem]) -> str:
    return "; ".join(f"{problem.where}: {problem.what}" for problem in problems[:3])
