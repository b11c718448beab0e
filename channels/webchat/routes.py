"""The HTTP side of a web chat account: session, upload, files; and who may call them."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import structlog
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from channels.port import Host, Malformed, Overloaded, Untrusted
from channels.text import clean_text
from channels.webchat.bucket import Bucket
from channels.webchat.files import TooLarge, file_response, read_body, read_upload
from channels.webchat.origin import OriginCheck
from channels.webchat.settings import WebChatSettings
from channels.webchat.token import Signer, Visitor, attachment_to_json, new_visitor
from channels.webchat.words import choose_language, explain

_SESSION_BYTES = 16 * 1024
_SESSION_S = 10.0
_UPLOAD_S = 180.0  # 10 MiB over a slow mobile network
_LOAD_S = 15.0
_MIB = 1024 * 1024
_log = structlog.get_logger("relais.webchat")


class _Identity(BaseModel):
    id: str = Field(max_length=128)
    signature: str = Field(max_length=128)
    name: str = Field(default="", max_length=400)


class _SessionRequest(BaseModel):
    token: str = Field(default="", max_length=4096)
    language: str = Field(default="", max_length=100)
    identity: _Identity | None = None


class ChatRoutes:
    """Endpoints of one account."""

    def __init__(self, settings: WebChatSettings, host: Host, signer: Signer) -> None:
        self._settings = settings
        self._host = host
        self._signer = signer
        self._origins = OriginCheck(settings.allowed_origins, settings.public_url)
        self._upload_slots = asyncio.Semaphore(settings.uploads_at_once)
        self._upload_buckets: dict[str, Bucket] = {}

    def allows(self, connection: Request | WebSocket) -> bool:
        """Whether the page behind this call stands on an allowed origin."""
        return self._origins.allows(
            connection.headers.get("origin", ""),
            scheme=connection.url.scheme,
            host=connection.headers.get("host", ""),
        )

    def _preflight(self, request: Request) -> Response:
        headers = self._cors(request) | {
            "access-control-allow-methods": "POST",
            "access-control-allow-headers": "authorization, content-type, x-file-name",
            "access-control-max-age": "7200",
        }
        return Response(status_code=204, headers=headers)

    async def session(self, request: Request) -> Response:
        """Issue a visitor token, or renew the one the page has."""
        if not self.allows(request):
            return self._refuse(request, 403, "forbidden")
        if request.method == "OPTIONS":
            return self._preflight(request)
        try:
            async with asyncio.timeout(_SESSION_S):
                body = await read_body(request, _SESSION_BYTES)
            wanted = _SessionRequest.model_validate_json(body or b"{}")
        except (TooLarge, Malformed, TimeoutError, ValidationError):
            return self._refuse(request, 400, "malformed")
        try:
            visitor = self._visitor(wanted)
        except Untrusted as error:
            _log.info("identity_refused", account=self._settings.account_id, reason=str(error))
            return self._refuse(request, 403, "forbidden", "identity")
        return self._json(request, 200, self._session(visitor, wanted.language or self._hint(request)))

    def _visitor(self, wanted: _SessionRequest) -> Visitor:
        if wanted.identity is not None:
            name = clean_text(wanted.identity.name).replace("\n", " ")[:80]
            return self._signer.identify(wanted.identity.id, wanted.identity.signature, name)
        try:
            known = self._signer.read(wanted.token, self._host.now())
        except Untrusted:
            return new_visitor()
        # A page that no longer vouches for a customer (logged out) doesn't go on as that customer.
        return new_visitor() if known.id.startswith("user:") else known

    def _session(self, visitor: Visitor, language_hint: str) -> dict[str, Any]:
        settings = self._settings
        language = choose_language(language_hint, settings.languages)
        return {
            "token": self._signer.issue(visitor, self._host.now()),
            "visitor": visitor.id,
            "title": settings.title,
            "greeting": settings.greeting.get(language, ""),
            "language": language,
            "limits": {
                "text": settings.max_text,
                "files": settings.max_files,
                "upload_bytes": settings.max_upload_bytes,
            },
        }

    async def upload(self, request: Request) -> Response:
        """Keep a visitor's file and give back the ticket that attaches it to a message."""
        if not self.allows(request):
            return self._refuse(request, 403, "forbidden")
        if request.method == "OPTIONS":
            return self._preflight(request)
        try:
            visitor = self._signer.read(self._bearer(request), self._host.now())
        except Untrusted:
            return self._refuse(request, 401, "unauthorised")
        if self._upload_slots.locked() or self._too_many_uploads(visitor):
            return self._refuse(request, 429, "slow_down", retry_after_s=3)
        async with self._upload_slots:
            return await self._store(request, visitor)

    async def _store(self, request: Request, visitor: Visitor) -> Response:
        limit = self._settings.max_upload_bytes
        try:
            async with asyncio.timeout(_UPLOAD_S):
                data, name, claimed = await read_upload(request, limit)
                stored = await self._host.store_media(data, name=name, claimed_mime=claimed)
        except TooLarge:
            return self._refuse(request, 413, "file_too_large", limit=limit // _MIB)
        except Malformed as error:
            return self._refuse(request, 415, "file_refused", str(error))
        except (Overloaded, TimeoutError):
            return self._refuse(request, 503, "overloaded", retry_after_s=3)
        link = self._signer.media_link(stored, self._host.now())
        shown = attachment_to_json(stored) | {"url": f"webchat/{self._settings.account_id}/media/{link}"}
        del shown["ref"]
        return self._json(request, 201, shown | {"ticket": self._signer.ticket(visitor.id, stored)})

    async def download(self, request: Request) -> Response:
        """Serve a file by the signed link its conversation was given."""
        try:
            ref, name = self._signer.read_media_link(request.path_params["link"], self._host.now())
            async with asyncio.timeout(_LOAD_S):
                media = await self._host.load_media(ref)
        except Untrusted:
            return self._refuse(request, 403, "unauthorised")
        except (Overloaded, TimeoutError):
            return self._refuse(request, 503, "overloaded", retry_after_s=3)
        if media is None:
            return self._refuse(request, 404, "not_found")
        return file_response(media, name)

    def _too_many_uploads(self, visitor: Visitor) -> bool:
        now_s = asyncio.get_running_loop().time()
        if len(self._upload_buckets) > 10_000:
            self._upload_buckets.clear()  # bounded memory; at worst somebody may upload a few more
        bucket = self._upload_buckets.setdefault(visitor.id, Bucket(burst=20, per_s=0.2, now_s=now_s))
        return bucket.take(now_s) > 0

    def _bearer(self, request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def _hint(self, request: Request) -> str:
        return request.headers.get("accept-language", "")

    def _cors(self, request: Request) -> dict[str, str]:
        """For exactly this origin, and without credentials: we use no cookies."""
        return {"access-control-allow-origin": request.headers.get("origin", ""), "vary": "Origin"}

    def _json(self, request: Request, status: int, value: dict[str, Any]) -> Response:
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "Origin"}
        if self.allows(request):
            headers |= self._cors(request)
        return Response(orjson.dumps(value), status, headers, media_type="application/json")

    def _refuse(
        self,
        request: Request,
        status: int,
        code: str,
        detail: str = "",
        *,
        retry_after_s: int | None = None,
        **values: object,
    ) -> Response:
        language = choose_language(self._hint(request), self._settings.languages)
        body: dict[str, Any] = {"code": code, "text": explain(code, language, **values)}
        if detail:
            body["detail"] = detail
        response = self._json(request, status, body)
        if retry_after_s is not None:
            response.headers["retry-after"] = str(retry_after_s)
        return response
