"""A person asks what is kept about them: all of it as one zip, and the proof that it was handed out."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse
from pydantic import Field, StringConstraints
from starlette.background import BackgroundTask

from bot.api.access import Ask
from bot.person_export import PersonExport
from channels.text import clean_text

router = APIRouter(prefix="/contacts")


class HandOut(Ask, extra="forbid"):
    reason: Annotated[str, StringConstraints(min_length=3, max_length=500)] = Field(
        description="Why, such as the date of their request: it stays in the audit log."
    )


def _export(request: Request) -> PersonExport:
    export: PersonExport = request.app.state.person_export
    return export


ExportDep = Annotated[PersonExport, Depends(_export)]


@router.post(
    "/{contact_id}/export",
    response_class=FileResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "data.json and the files."}},
)
async def export(contact_id: str, ask: HandOut, exports: ExportDep) -> FileResponse:
    """All data of a person. Header `Relais-Audit-Entry` names the proof in the audit log."""
    target = await asyncio.to_thread(_new_file)
    try:
        done = await exports.write(
            contact_id, target, actor=clean_text(ask.agent), reason=clean_text(ask.reason)
        )
    except BaseException:
        await asyncio.to_thread(target.unlink, missing_ok=True)
        raise
    return FileResponse(
        target,
        media_type="application/zip",
        filename=f"contact-{done.contact_id}.zip",
        headers={"Relais-Audit-Entry": done.id, "Cache-Control": "no-store"},
        background=BackgroundTask(target.unlink, missing_ok=True),
    )


def _new_file() -> Path:
    """One that nobody else reads."""
    with tempfile.NamedTemporaryFile(prefix="relais-export-", suffix=".zip", delete=False) as file:
        return Path(file.name)
