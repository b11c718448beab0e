"""What is the same for everybody: the widget's script and the page to try it on."""

from __future__ import annotations

import gzip
import hashlib
import secrets
from importlib.resources import files
from typing import Any

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from channels.webchat.origin import normal_origin
from channels.webchat.settings import WebChatSettings
from channels.webchat.shop import SHOP
from channels.webchat.words import choose_language

_HERE = files("channels.webchat")
_TWO_HOURS = "public, max-age=7200, must-revalidate"


class WidgetScript:
    """`widget.js` for one default account, kept ready in memory with its ETag and in compressed form."""

    def __init__(self, account_id: str) -> None:
        source = _HERE.joinpath("widget.js").read_text("utf-8").replace("__DEFAULT_ACCOUNT__", account_id)
        self._plain = source.encode()
        self._gzip = gzip.compress(self._plain, 9, mtime=0)
        self._etag = f'"{hashlib.sha256(self._plain).hexdigest()[:20]}"'

    async def serve(self, request: Request) -> Response:
        headers = {
            "etag": self._etag,
            "cache-control": _TWO_HOURS,
            "vary": "Accept-Encoding",
            "x-content-type-options": "nosniff",
            "access-control-allow-origin": "*",  # a public script; lets sites pin it with integrity=
            "cross-origin-resource-policy": "cross-origin",
        }
        if self._etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return Response(self._gzip, media_type="text/javascript", headers=headers)
        return Response(self._plain, media_type="text/javascript", headers=headers)


class ChatPage:
    """`/chat`: the demo company's shop, or a bare contact page, with the widget open."""

    def __init__(self, settings: WebChatSettings) -> None:
        self._settings = settings
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
        self._template = environment.from_string(_HERE.joinpath("chat.html").read_text("utf-8"))

    async def serve(self, request: Request) -> Response:
        hint = request.query_params.get("lang") or request.headers.get("accept-language", "")
        language = choose_language(
            hint, [code for code in self._settings.languages if code in SHOP] or ["en"]
        )
        nonce = secrets.token_urlsafe(12)
        page = self._template.render(self._variables(language, nonce))
        return HTMLResponse(page, headers=self._headers(request, nonce, language))

    def _variables(self, language: str, nonce: str) -> dict[str, Any]:
        return {
            "t": SHOP[language],
            "language": language,
            "languages": [(code, SHOP[code]["itself"]) for code in self._settings.languages if code in SHOP],
            "direction": "rtl" if language == "ar" else "ltr",
            "title": self._settings.title,
            "account": self._settings.account_id,
            "shop": self._settings.demo,
            "nonce": nonce,
        }

    def _headers(self, request: Request, nonce: str, language: str) -> dict[str, str]:
        own = normal_origin(f"{request.url.scheme}://{request.headers.get('host', '')}")
        sockets = " ".join(
            f"ws{origin[4:]}" for origin in {own, normal_origin(self._settings.public_url)} if origin
        )
        policy = (
            f"default-src 'none'; script-src 'self'; style-src 'nonce-{nonce}'; img-src 'self' blob: data:; "
            f"media-src 'self' blob:; connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'self'"
        )
        return {
            "content-security-policy": policy,
            "content-language": language,
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "cache-control": "no-store",
            "vary": "Accept-Language",
        }
