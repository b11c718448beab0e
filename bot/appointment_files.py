"""Calendar files by address: whoever has the secret of an appointment fetches its latest version."""

from __future__ import annotations

import re

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.appointments.calendar_file import CalendarEvent, calendar_file
from bot.appointments.kinds import Book
from bot.records import Appointment, Contact
from bot.records.base import table_of
from bot.store.port import Store

_TOKEN = re.compile(r"[A-Za-z0-9_-]{10,60}")
_appointments = table_of(Appointment)


class AppointmentFiles:
    """The route behind `/a/<token>.ics`."""

    def __init__(self, store: Store, book: Book, *, company: str, language: str) -> None:
        self._store = store
        self._book = book
        self._company = company
        self._language = language

    def route(self) -> Route:
        return Route("/a/{token}.ics", self._serve, methods=["GET"])

    async def _serve(self, request: Request) -> Response:
        token = request.path_params["token"]
        if not _TOKEN.fullmatch(token):
            return PlainTextResponse("not here", 404)
        query = (
            select(_appointments, table_of(Contact).c.language.label("contact_language"))
            .outerjoin(table_of(Contact), table_of(Contact).c.id == _appointments.c.contact_id)
            .where(_appointments.c.token == token)
        )
        rows = await self._store.fetch_all(query)
        if not rows:
            return PlainTextResponse("not here", 404)
        row = rows[0]
        kind = self._book.kinds.get(row.kind)
        language = row.contact_language or self._language
        event = CalendarEvent(
            uid=f"{row.id}@relais",
            sequence=row.sequence,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            title=kind.name(language) if kind else row.kind,
            place=row.place,
            about=row.resource,
            cancelled=row.status == "cancelled",
            written_at=row.updated_at,
        )
        headers = {
            "content-disposition": 'attachment; filename="rdv.ics"',
            "x-content-type-options": "nosniff",
            "cache-control": "private, no-store",
        }
        data = calendar_file(event, company=self._company)
        return Response(data, media_type="text/calendar; charset=utf-8", headers=headers)
