"""Contacts taken out, a page at a time: every column, every address, where each consent stands. No formula runs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.contacts_data.company_fields import CompanyField
from bot.records import Address, Agent, Consent, Contact, Organisation
from bot.records.base import table_of
from bot.store.port import Store

PAGE: Final = 1_000
PLAIN: Final = (
    "external_id", "name", "language", "country", "zone", "timezone", "organisation", "organisation_role",
    "owner", "preferred_channel", "birthday", "stage", "tier", "mode", "tags", "source_channel",
)  # fmt: skip
CONSENTS: Final = ("consent_offers", "consent_information")
_END: Final = ("id", "created_at", "updated_at")
_CHANNELS: Final = ("email", "phone", "whatsapp", "telegram", "webchat")
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[\d .,()/;-]*\d[\d .,()/;+-]*")
_contacts = table_of(Contact).c
_addresses = table_of(Address).c
_consents = table_of(Consent).c


def columns_of(fields: Sequence[CompanyField]) -> list[str]:
    """The heading: names that an import takes as they are."""
    return [*PLAIN, *_CHANNELS, *CONSENTS, *(f"field:{field.name}" for field in fields), *_END]


async def contact_rows(store: Store, fields: Sequence[CompanyField]) -> AsyncIterator[list[list[str]]]:
    """Pages of rows in the order the contacts were made."""
    after = ""
    names = [field.name for field in fields]
    while page := await store.read(lambda session, after=after: _page(session, after)):  # type: ignore[misc]
        yield [_row(contact, names) for contact in page]
        after = page[-1]["id"]


def _page(session: Session, after: str) -> list[dict[str, Any]]:
    organisations, agents = table_of(Organisation).c, table_of(Agent).c
    query = (
        select(table_of(Contact), organisations.name.label("organisation"), agents.email.label("owner"))
        .outerjoin(table_of(Organisation), organisations.id == _contacts.organisation_id)
        .outerjoin(table_of(Agent), agents.id == _contacts.owner_agent_id)
        .where(_contacts.id > after)
        .order_by(_contacts.id)
        .limit(PAGE)
    )
    page = [dict(row) for row in session.execute(query).mappings()]
    ids = [contact["id"] for contact in page]
    reached: dict[str, list[tuple[str, str]]] = {}
    for row in session.execute(
        select(table_of(Address)).where(_addresses.contact_id.in_(ids)).order_by(_addresses.id)
    ):
        reached.setdefault(row.contact_id, []).append((row.channel, row.value))
    stands: dict[str, dict[tuple[str, str], Any]] = {}
    words = (
        select(table_of(Consent)).where(_consents.contact_id.in_(ids)).order_by(_consents.at, _consents.id)
    )
    for row in session.execute(words):
        for purpose in ("offers", "information") if row.purpose == "all" else (row.purpose,):
            stands.setdefault(row.contact_id, {})[(purpose, row.channel)] = row
    for contact in page:
        contact["addresses"] = reached.get(contact["id"], [])
        contact["consents"] = stands.get(contact["id"], {})
    return page


def _row(contact: Mapping[str, Any], fields: Sequence[str]) -> list[str]:
    cells = [_text(contact[name]) if name != "birthday" else _birthday(contact) for name in PLAIN]
    for channel in _CHANNELS:
        kinds = ("sms", "phone") if channel == "phone" else (channel,)
        cells.append("; ".join(value for kind, value in contact["addresses"] if kind in kinds))
    cells += [_consent(contact["consents"], purpose.removeprefix("consent_")) for purpose in CONSENTS]
    cells += [_text(contact["fields"].get(name)) for name in fields]
    return [*cells, *(_text(contact[name]) for name in _END)]


def _birthday(contact: Mapping[str, Any]) -> str:
    return _text(contact["born_on"]) or (f"--{contact['birthday']}" if contact["birthday"] else "")


def _consent(stands: Mapping[tuple[str, str], Any], purpose: str) -> str:
    """The newest word for each channel: "yes 2026-03-05; sms: no 2026-04-01"."""
    parts = []
    for (about, channel), row in sorted(stands.items()):
        if about == purpose:
            word = f"{'yes' if row.granted else 'no'} {row.at:%Y-%m-%d}"
            parts.append(f"{channel}: {word}" if channel else word)
    return "; ".join(parts)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


def guarded(cell: str) -> str:
    """No spreadsheet runs it: a text that begins like a formula gets an apostrophe. Numbers stay as they are."""
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def csv_lines(rows: Iterable[Sequence[str]], delimiter: str = ";") -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([guarded(cell) for cell in row] for row in rows)
    return text.getvalue()


async def write_csv(store: Store, fields: Sequence[CompanyField], path: Path, *, delimiter: str = ";") -> int:
    """UTF-8 with its mark, so that Excel shows Arabic. How many contacts were written."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(csv_lines([columns_of(fields)], delimiter))
        async for page in contact_rows(store, fields):
            file.write(csv_lines(page, delimiter))
            count += len(page)
    return count


async def write_xlsx(store: Store, fields: Sequence[CompanyField], path: Path) -> int:
    """A workbook written row by row; every cell is text, so there is nothing to run."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    sheet: Any = book.create_sheet("contacts")

    def line(cells: Sequence[str]) -> list[Any]:
        made = []
        for cell in cells:
            written = WriteOnlyCell(sheet, value=_XML_BAD.sub("", cell)[:32_000])
            written.data_type = "s"
            made.append(written)
        return made

    sheet.append(line(columns_of(fields)))
    count = 0
    async for page in contact_rows(store, fields):
        for row in page:
            sheet.append(line(row))
        count += len(page)
    book.save(path)
    return count


_XML_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
