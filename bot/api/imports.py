"""Files brought in over the API: hand one in, see how far it is, what was wrong, stop it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy import select

from bot.api.access import Limit, StoreDep
from bot.api.customers import CallerDep, CustomersDep
from bot.contacts_data.desk import CustomerData
from bot.contacts_data.faults import say
from bot.contacts_data.importing import ImportConflict, Options
from bot.contacts_data.kinds import ImportKind
from bot.contacts_data.mapping import MappingError
from bot.contacts_data.previewing import shown
from bot.contacts_data.receiving import NothingInIt, TooLarge, receive
from bot.contacts_data.report import faults_page
from bot.contacts_data.tables import TableError
from bot.records import DataImport
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from channels.text import clean_text

router = APIRouter()

_imports = table_of(DataImport).c
Language = Literal["fr", "ar", "en"]


class ImportOut(BaseModel):
    id: str
    kind: str
    file_name: str
    status: str
    rows: int
    added: int
    changed: int
    unchanged: int
    refused: int
    mapping: dict[str, Any]
    options: dict[str, Any]
    started_by: str
    started_at: datetime
    finished_at: datetime | None


class FaultOut(BaseModel):
    id: str
    line: int
    column: str
    code: str
    refused: bool
    words: str


@router.post("/imports/{kind}", status_code=202)
async def hand_in(
    kind: ImportKind,
    request: Request,
    customers: CustomersDep,
    who: CallerDep,
    file_name: Annotated[str, Query(max_length=200)] = "file",
    map: Annotated[list[str] | None, Query(description="Heading=column, as often as needed.")] = None,
    policy: Literal["update", "skip", "add"] = "update",
    dates: Literal["dmy", "mdy"] = "dmy",
    decimal: Literal[",", "."] = ",",
    encoding: Annotated[str, Query(pattern=r"^[\w-]{0,30}$")] = "",
    delimiter: Annotated[str, Query(max_length=1)] = "",
    consent_source: Annotated[str, Query(max_length=200)] = "",
    consent_at: Annotated[str, Query(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = "",
    preview: bool = False,
    again: bool = False,
) -> dict[str, Any]:
    """The body is the file itself, CSV or XLSX. With `preview` nothing is changed.

    The same file handed in again goes on where it stopped.
    """
    options = Options(
        policy=policy,
        order=dates,
        decimal=decimal,
        encoding=encoding,
        delimiter=delimiter,
        consent_source=clean_text(consent_source),
        consent_at=_day(consent_at),
    )
    given = dict(_pair(each) for each in map or ())
    path = await _received(request, customers)
    try:
        if preview:
            found = await customers.importer.preview(kind, path, given, options)
            return shown(found, "en")
        data_import = await customers.begin(
            kind,
            path,
            given,
            options,
            file_name=clean_text(file_name),
            started_by=f"api:{who}",
            again=again,
        )
        return _out(data_import).model_dump(mode="json")
    except (TableError, MappingError) as error:
        raise HTTPException(422, str(error)) from error
    except ImportConflict as error:
        raise NotPossible(str(error)) from error


@router.get("/imports")
async def list_imports(store: StoreDep, limit: Limit = 50) -> list[ImportOut]:
    """The newest first."""
    rows = await store.fetch_all(select(table_of(DataImport)).order_by(_imports.id.desc()).limit(limit))
    return [_out(row) for row in rows]


@router.get("/imports/{import_id}")
async def show_import(import_id: str, store: StoreDep) -> ImportOut:
    """How far it is."""
    return _out(await _import(store, import_id))


@router.post("/imports/{import_id}/stop", status_code=204)
async def stop_import(import_id: str, customers: CustomersDep) -> None:
    """Stop after the rows under way; the same file handed in again goes on."""
    await customers.halt(import_id)


@router.get("/imports/{import_id}/faults")
async def list_faults(
    import_id: str,
    store: StoreDep,
    language: Language = "fr",
    after_line: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    after_id: str = "",
    limit: Limit = 100,
) -> list[FaultOut]:
    """In the order of the file; the next page begins after the last one's `line` and `id`."""
    await _import(store, import_id)
    rows = await store.read(lambda session: faults_page(session, import_id, (after_line, after_id), limit))
    return [
        FaultOut(
            id=row.id,
            line=row.line,
            column=row.column,
            code=row.code,
            refused=row.refused,
            words=say(row.code, row.detail, language),
        )
        for row in rows
    ]


@router.get("/imports/{import_id}/report")
async def download_report(
    import_id: str, customers: CustomersDep, language: Language = "fr"
) -> StreamingResponse:
    """The rows to mend as CSV: each as it was in the file, with the reason beside it."""
    lines = await customers.report(await customers.one(import_id), language)
    headers = {"Content-Disposition": f'attachment; filename="import-{import_id}.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


async def _import(store: StoreDep, import_id: str) -> Any:
    rows = await store.fetch_all(select(table_of(DataImport)).where(_imports.id == import_id))
    if not rows:
        raise NotFound(f"there is no import {import_id}")
    return rows[0]


def _out(row: Any) -> ImportOut:
    return ImportOut(**{name: getattr(row, name) for name in ImportOut.model_fields})


def _pair(text: str) -> tuple[str, str]:
    heading, equals, target = text.rpartition("=")
    if not equals or not heading:
        raise HTTPException(422, f"map must be like Téléphone=phone, not {text[:80]}")
    return heading, target


def _day(text: str) -> str:
    try:
        return text and datetime.strptime(text, "%Y-%m-%d").date().isoformat()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise HTTPException(422, "consent_at must be a day such as 2026-03-05") from None


async def _received(request: Request, customers: CustomerData) -> Path:
    try:
        return customers.path_of(await receive(request.stream(), customers.settings))
    except TooLarge as error:
        raise HTTPException(413, str(error)) from error
    except NothingInIt:
        raise HTTPException(422, "the body must be the file") from None
