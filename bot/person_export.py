"""Everything we keep about a person, handed out at their request: words, complaints, consents, purchases and files.

One zip: `data.json` with a list for each kind of record, the files themselves, and a page that says what is what. The
audit log proves who took it out, why, and which bytes it was. source: IN-23; right of access, GDPR article 15
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import structlog
from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.ids import IdMaker
from bot.media import MediaStore
from bot.records import AuditEntry, Occurrence, Recipient, Record, SentPromotion
from bot.records.base import table_of
from bot.store.changes import NotPossible
from bot.store.erasing import Person, contacts_at, find_person
from bot.store.reading import look_at

log = structlog.get_logger()
T = TypeVar("T")

FORMAT: Final = 1
_CHUNK: Final = 500
LINKS: Final = ("contact_id", "case_id", "conversation_id")
"""Columns by which a record is somebody's: a table with one of them is handed out, unless it is in `KEPT_BACK`."""
KEPT_BACK: Final[Mapping[str, str]] = {
    "alerts": "what colleagues were told to look at; what it was about stands in the other records",
    "case_links": "names other people's complaints",
    "same_person": "a guess that names somebody else",
}
_INNER: Final[Mapping[str, frozenset[str]]] = {
    "contacts": frozenset({"version", "owner_agent_id"}),
    "conversations": frozenset({"version", "epoch", "state", "last_seq", "agent_id"}),
    "cases": frozenset({"version"}),
    "messages": frozenset({"decided_by", "why"}),
    "outbox": frozenset({"key", "priority", "epoch", "attempts", "next_at", "owner", "thread", "error", "code"}),
    "case_forwards": frozenset({"asked_by", "answered_by"}),
    "deadlines": frozenset({"key"}),
}  # fmt: skip
"""How the program works and who did the work: no data of theirs."""

README: Final = """\
{company} — {at}

FR  Ce dossier contient les données personnelles que nous conservons à votre sujet. data.json les donne par nature :
    contacts et addresses (qui vous êtes, comment vous joindre), conversations, messages, outbox (ce qui a été dit et
    envoyé), cases et ce qui s'y rattache (vos réclamations), consents (ce que vous avez accepté ou refusé), purchases,
    quotes, equipment, appointments, loyalty_accounts (vos achats et services). Les fichiers sont dans files/.

EN  This archive holds the personal data that we keep about you. data.json gives it kind by kind: contacts and
    addresses (who you are, how to reach you), conversations, messages, outbox (what was said and sent), cases and what
    hangs on them (your complaints), consents (what you agreed to or refused), purchases, quotes, equipment,
    appointments, loyalty_accounts (what you bought and use). The files are in files/.

AR  يحتوي هذا الملف على البيانات الشخصية التي نحتفظ بها عنكم. يعرضها data.json حسب النوع: contacts وaddresses (من أنتم
    وكيف نتصل بكم)، conversations وmessages وoutbox (ما قيل وما أُرسل)، cases وما يتصل بها (شكاويكم)، consents (ما
    قبلتموه أو رفضتموه)، purchases وquotes وequipment وappointments وloyalty_accounts (مشترياتكم وخدماتكم). والملفات في
    files/.

{audit}
"""


class Writes(Protocol):
    """What a change of one transaction needs: the program's store, or the database beside it."""

    def write(self, work: Callable[[Session], T]) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was handed out, and its proof."""

    id: str  # of the audit entry
    contact_id: str
    at: datetime
    counts: Mapping[str, int]  # rows by kind of record
    files: int
    missing: int  # files that are not on the disk any more
    sha256: str  # of the zip


class PersonExport:
    def __init__(
        self, writes: Writes, url: str, media: MediaStore, *, company: str, clock: Clock, ids: IdMaker
    ) -> None:
        self._writes = writes
        self._url = url
        self._media = media
        self._company = company
        self._clock = clock
        self._ids = ids

    async def find(self, who: str) -> str:
        """The contact of an identifier or an address. Raises `NotPossible`."""
        found = await self._look(lambda session: contacts_at(session, who))
        if len(found) > 1:
            raise NotPossible(
                f"{len(found)} contacts have this address; name one by its identifier: {', '.join(found)}"
            )
        return found[0] if found else who

    async def write(self, contact_id: str, target: Path, *, actor: str, reason: str) -> Exported:
        """Write the zip to `target`, then its proof to the audit log. Raises `NotFound`, OSError."""
        now, audit_id = self._clock.now(), self._ids.new()
        records, refs = await self._look(lambda session: records_of(session, contact_id))
        named = _named(refs)
        missing = []
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for ref, path in named.items():
                media = await self._media.get(ref)
                if media is None:
                    missing.append(ref)
                else:
                    await asyncio.to_thread(archive.writestr, path, media.data)
            told = {
                "format": FORMAT,
                "company": self._company,
                "contact": contact_id,
                "made_at": now,
                "audit_entry": audit_id,
                "files": {ref: path for ref, path in named.items() if ref not in missing},
                "files_gone": missing,
                "records": records,
            }
            readme = README.format(company=self._company, at=f"{now:%Y-%m-%d %H:%M} UTC", audit=audit_id)
            await asyncio.to_thread(archive.writestr, "data.json", _json(told))
            await asyncio.to_thread(archive.writestr, "README.txt", readme)
        exported = Exported(
            id=audit_id,
            contact_id=contact_id,
            at=now,
            counts={name: len(rows) for name, rows in records.items()},
            files=len(named) - len(missing),
            missing=len(missing),
            sha256=await asyncio.to_thread(_digest, target),
        )
        await self._writes.write(lambda session: session.add(_proof(exported, actor, reason)))
        log.info("contact_exported", contact=contact_id, audit=audit_id)
        return exported

    async def _look(self, work: Callable[[Session], T]) -> T:
        """On a snapshot of its own and off the loop: a long story is read in one go."""
        return await asyncio.to_thread(lambda: asyncio.run(look_at(self._url, work)))


def records_of(session: Session, contact_id: str) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
    """Every record of a person by table, and the names of their files by reference. Raises `NotFound`."""
    person = find_person(session, contact_id)
    found: dict[str, list[dict[str, Any]]] = {}
    for table in Record.metadata.sorted_tables:
        if is_handed_out(table):
            rows = _rows(session, table, person)
            if rows:
                found[str(table.name)] = rows
    return found, _files(found, person)


def is_handed_out(table: Table) -> bool:
    linked = any(name in table.columns for name in LINKS)
    return table.name == "contacts" or (linked and table.name not in KEPT_BACK)


def _rows(session: Session, table: Table, person: Person) -> list[dict[str, Any]]:
    """The rows of one table that are theirs, without what only serves the program."""
    keys: dict[str, Sequence[str]] = {
        "contact_id": person.contacts,
        "case_id": person.case_ids,
        "conversation_id": person.conversation_ids,
    }
    if table.name == "contacts":
        keys = {"id": person.contacts}
    elif table.name == "outbox":
        keys["id"] = _promotions(session, person)
    inner = _INNER.get(table.name, frozenset())
    columns = [column for column in table.columns if column.name not in inner]
    order = list(table.primary_key.columns)
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for name, values in keys.items():
        column: ColumnElement[Any] | None = table.columns.get(name)
        if column is None:
            continue
        for start in range(0, len(values), _CHUNK):
            query = select(*columns, *(key.label(f"_{key.name}") for key in order))
            for row in session.execute(query.where(column.in_(values[start : start + _CHUNK]))).mappings():
                identity = tuple(row[f"_{key.name}"] for key in order)
                rows[identity] = {str(column.name): row[column.name] for column in columns}
    return [rows[identity] for identity in sorted(rows)]


def _promotions(session: Session, person: Person) -> list[str]:
    """What was sent to them beside any conversation."""
    found: set[str] = set()
    for model in (Occurrence, Recipient, SentPromotion):
        columns = table_of(model).c
        query = select(columns.outbox_id).where(
            columns.contact_id.in_(person.contacts), columns.outbox_id.is_not(None)
        )
        found.update(session.scalars(query))
    return sorted(found)


def _files(found: Mapping[str, Sequence[Mapping[str, Any]]], person: Person) -> dict[str, str]:
    """The name of each file that is kept with us, in the order in which it came."""
    names: dict[str, str] = {}
    lists = [row.get("attachments") for row in found.get("messages", ())]
    lists += [row.get("evidence") for row in found.get("cases", ())]
    for file in (file for files in lists for file in files or ()):
        if file.get("ref") in person.files:
            names.setdefault(file["ref"], file.get("name") or "")
    return names


def _named(refs: Mapping[str, str]) -> dict[str, str]:
    """Where each file stands in the zip: numbered, because two may be called the same."""
    return {ref: f"files/{number:03}-{name or 'file'}" for number, (ref, name) in enumerate(refs.items(), 1)}


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _proof(exported: Exported, actor: str, reason: str) -> AuditEntry:
    return AuditEntry(
        id=exported.id,
        at=exported.at,
        actor=actor,
        action="contact_exported",
        object_kind="contact",
        object_id=exported.contact_id,
        detail={
            "reason": reason,
            "counts": dict(exported.counts),
            "files": exported.files,
            "missing": exported.missing,
            "sha256": exported.sha256,
        },
    )
