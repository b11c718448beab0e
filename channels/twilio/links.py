"""Files on their way out: Twilio fetches them from us, by links that nobody can make and that soon end."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from channels.port import Attachment, Host
from channels.twilio.settings import TwilioSettings

LIFE = timedelta(hours=4)  # Twilio fetches at once; a service's queue may hold a message for as long
_REF = re.compile(r"media:([0-9a-f]{64})")


class MediaLinks:
    """Signed addresses of stored files, and the route behind them."""

    def __init__(self, settings: TwilioSettings, host: Host) -> None:
        self._base = f"{settings.public_url.rstrip('/')}/files/{settings.account_id}"
        self._path = f"/files/{settings.account_id}/{{digest}}"
        self._key = hmac.new(settings.auth_token.encode(), b"relais media link", hashlib.sha256).digest()
        self._host = host

    def link(self, attachment: Attachment, now: datetime) -> str:
        """Where Twilio finds a file of ours; "" for a reference that is none of ours."""
        match = _REF.fullmatch(attachment.ref)
        if match is None:
            return ""
        until = int((now + LIFE).timestamp())
        return f"{self._base}/{match[1]}?until={until}&by={self._sign(match[1], str(until))}"

    def route(self) -> Route:
        return Route(self._path, self._serve, methods=["GET"])

    async def _serve(self, request: Request) -> Response:
        digest = request.path_params["digest"]
        until, by = request.query_params.get("until", ""), request.query_params.get("by", "")
        if not hmac.compare_digest(self._sign(digest, until).encode(), by.encode("utf-8", "replace")):
            return PlainTextResponse("not here", 404)
        if int(until) < self._host.now().timestamp():
            return PlainTextResponse("this link has ended", 410)
        media = await self._host.load_media(f"media:{digest}")
        if media is None:
            return PlainTextResponse("not here", 404)
        headers = {
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; sandbox",
            "cache-control": "private, no-store",
        }
        return Response(media.data, media_type=media.attachment.mime, headers=headers)

    def _sign(self, digest: str, until: str) -> str:
        text = f"{digest}.{until}".encode("utf-8", "replace")
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()
