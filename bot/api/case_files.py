"""The papers of a complaint: what came with a letter or over the counter is put into its file. source: CO-03"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from pydantic import StringConstraints
from sqlalchemy import select

from bot.api.access import StoreDep, caller
from bot.api.cases import CaseOut, CasesDep, case_out
from bot.case_asks import Attach
from bot.media import MediaStore
from bot.records import Case
from bot.records.base import table_of
from bot.store.changes import NotFound
from channels.port import Malformed
from channels.text import clean_text

_cases = table_of(Case).c
router = APIRouter(prefix="/cases")
Caller = Annotated[str, Depends(caller)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
}


def _media(request: Request) -> MediaStore:
    media: MediaStore = request.app.state.media
    return media


MediaDep = Annotated[MediaStore, Depends(_media)]


@router.post("/{reference}/files", status_code=201)
async def attach_file(
    reference: str,
    request: Request,
    cases: CasesDep,
    media: MediaDep,
    token: Caller,
    name: Annotated[str, Query(max_length=200, description="What the file is called.")] = "",
    agent: Annotated[
        str | None, Query(min_length=1, max_length=100, description="Who puts it there, by name or address.")
    ] = None,
) -> CaseOut:
    """The body is the file itself: a scan, a photo, a letter. The same file once more changes nothing."""
    data = await _received(request, media.max_bytes)
    claimed = request.headers.get("content-type", "")
    await cases.find(reference)
    try:
        file = await media.put(data, clean_text(name), claimed)
    except Malformed as error:
        raise HTTPException(422, str(error)) from error
    return case_out(await cases.attach(reference, Attach(agent=agent), file, token=token))


@router.get("/{reference}/files/{digest}", response_class=Response)
async def show_file(reference: str, digest: Digest, store: StoreDep, media: MediaDep) -> Response:
    """A file of the complaint, by the hash in its `ref`; to be saved, never to be run."""
    rows = await store.fetch_all(select(_cases.evidence).where(_cases.reference == reference))
    ref = f"media:{digest}"
    file = next((file for row in rows for file in row.evidence if file["ref"] == ref), None)
    kept = await media.get(ref) if file is not None else None
    if kept is None:
        raise NotFound(f"there is no file {digest} in {reference}")
    return Response(
        kept.data,
        media_type=kept.attachment.mime,
        headers={**_SAFE, "Content-Disposition": f'attachment; filename="{digest[:16]}"'},
    )


async def _received(request: Request, limit: int) -> bytes:
    """The body, of `limit` bytes at most."""
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise HTTPException(413, f"the file is larger than {limit} bytes (media.max_bytes)")
        pieces.append(piece)
    if not size:
        raise HTTPException(422, "the body must be the file")
    return b"".join(pieces)
