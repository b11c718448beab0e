"""The gate of `/console`: nobody reaches a page, a file of it or its socket without a session, a role and our origin.

Signing in needs no script and no socket, and is served from here. NiceGUI is imported and started when the first
signed-in user comes; a stranger can't make the process pay for it.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote

import structlog
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.console.cookies import Cookies
from bot.console.entrance import Entrance
from bot.console.origin import is_own, own_origin
from bot.console.registry import page_at
from bot.console.roles import may_open
from bot.console.sessions import Sessions, SignedIn
from bot.store.port import StoreError

log = structlog.get_logger()

MOUNT: Final = "/console"
VISITOR: Final = "relais.visitor"  # keys of the scope that pages read
NONCE: Final = "relais.nonce"
_SOCKET: Final = "/_nicegui_ws/"
_ASSETS: Final = "/_nicegui/"
_OF_CLIENT: Final = re.compile(r"^/_nicegui/client/([0-9a-f-]{36})/")
_LASTING: Final = re.compile(r"^/_nicegui/[\d.]+[a-z\d.]*/(?!dynamic_resources/)")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

Start = Callable[[], Awaitable["OpenShell"]]


class OpenShell:
    """The pages, once they are there: the application, and whose page a client id is."""

    def __init__(self, app: ASGIApp, session_of: Callable[[str], str | None]) -> None:
        self.app = app
        self.session_of = session_of


class Gate:
    """Plain ASGI. `start` gives the pages; it is called once."""

    def __init__(
        self, entrance: Entrance, sessions: Sessions, cookies: Cookies, start: Start, *, public_url: str
    ) -> None:
        self._entrance = entrance
        self._plain = Starlette(routes=entrance.routes(), exception_handlers={Exception: _failed})
        self._sessions = sessions
        self._cookies = cookies
        self._start = start
        self._public_url = public_url
        self._shell: OpenShell | None = None
        self._starting = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return
        headers = Headers(scope=scope)
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        try:
            if scope["type"] == "websocket":
                await self._socket(scope, receive, send, headers, path)
            else:
                await self._http(scope, receive, send, headers, path)
        except StoreError as error:
            log.error("console_unavailable", error=str(error))
            if scope["type"] == "http":
                await PlainTextResponse("try again in a moment", 503, {"Retry-After": "5"})(
                    scope, receive, send
                )
            else:
                await send({"type": "websocket.close", "code": 1013})

    async def _http(self, scope: Scope, receive: Receive, send: Send, headers: Headers, path: str) -> None:
        nonce = secrets.token_urlsafe(16)
        guarded = _with_headers(send, nonce=nonce, https=self._is_https(scope, headers), path=path)
        if scope["method"] not in _SAFE and not self._is_own(scope, headers, must_say=True):
            log.warning("console_foreign_origin", path=path)
            await PlainTextResponse("not from this page", 403)(scope, receive, guarded)
            return
        if self._entrance.takes(path):
            await self._plain(scope, receive, _with_headers(send, https=self._is_https(scope, headers)))
            return
        visitor = await self._visitor(scope)
        if visitor is None:
            await self._to_sign_in(scope, headers, path)(scope, receive, guarded)
            return
        if path == "/alive":  # an open page that lost its socket asks whether it is still signed in
            await Response(status_code=204)(scope, receive, guarded)
            return
        shell = await self._opened()
        refusal = self._refusal(scope, headers, path, visitor, shell)
        if refusal is not None:
            plain = _with_headers(send, https=self._is_https(scope, headers))
            await refusal(scope, receive, plain)
            return
        scope[VISITOR], scope[NONCE] = visitor, nonce
        scope["headers"] = [each for each in scope["headers"] if each[0] != b"x-forwarded-prefix"]
        await shell.app(scope, receive, guarded)

    def _refusal(
        self, scope: Scope, headers: Headers, path: str, visitor: SignedIn, shell: OpenShell
    ) -> Response | None:
        """Why a signed-in user does not get this; None where they do."""
        if path.startswith(_SOCKET):
            if not self._is_own(scope, headers, must_say=False) or not self._owns_client(
                scope, visitor, shell
            ):
                return JSONResponse({"detail": "not from this page"}, 403)
            return None
        if path.startswith(_ASSETS):
            of_client = _OF_CLIENT.match(path)
            if of_client and shell.session_of(of_client[1]) != visitor.session_id:
                return JSONResponse({"detail": "not yours"}, 403)
            return None
        found = page_at(path)
        if found is None:
            return self._entrance.refusal(Request(scope), visitor, 404)
        if not may_open(visitor.roles, found[0].roles):
            log.warning("console_role_refused", path=path, agent=visitor.agent_id)
            return self._entrance.refusal(Request(scope), visitor, 403)
        return None

    async def _socket(self, scope: Scope, receive: Receive, send: Send, headers: Headers, path: str) -> None:
        """Another origin, a stranger and somebody else's page are refused before the handshake."""
        visitor = await self._visitor(scope)
        allowed = (
            path.startswith(_SOCKET)
            and visitor is not None
            and self._shell is not None
            and self._is_own(scope, headers, must_say=True)
            and self._owns_client(scope, visitor, self._shell)
        )
        if not allowed or self._shell is None:
            log.warning("console_socket_refused", origin=headers.get("origin", ""), known=visitor is not None)
            await receive()
            await send({"type": "websocket.close", "code": 4403})
            return
        scope[VISITOR] = visitor
        await self._shell.app(scope, receive, send)

    def _owns_client(self, scope: Scope, visitor: SignedIn, shell: OpenShell) -> bool:
        client_id = HTTPConnection(scope).query_params.get("client_id", "")
        owner = shell.session_of(client_id)
        return owner is None or owner == visitor.session_id  # one that is gone is told to load anew

    async def _visitor(self, scope: Scope) -> SignedIn | None:
        return await self._sessions.look(self._cookies.session_of(HTTPConnection(scope)))

    async def _opened(self) -> OpenShell:
        if self._shell is None:
            async with self._starting:
                if self._shell is None:
                    self._shell = await self._start()
        return self._shell

    def _is_own(self, scope: Scope, headers: Headers, *, must_say: bool) -> bool:
        own = own_origin(scope["scheme"], headers.get("host", ""), self._public_url)
        return is_own(headers, own, must_say=must_say)

    def _is_https(self, scope: Scope, headers: Headers) -> bool:
        return own_origin(scope["scheme"], headers.get("host", ""), self._public_url).startswith("https:")

    def _to_sign_in(self, scope: Scope, headers: Headers, path: str) -> Response:
        wants_page = scope["method"] == "GET" and "text/html" in headers.get("accept", "")
        if not wants_page or path.startswith((_SOCKET, _ASSETS)):
            return JSONResponse({"detail": "sign in"}, 401)
        query = scope["query_string"].decode("latin-1")
        wanted = quote(path + (f"?{query}" if query else ""), safe="")
        return RedirectResponse(f"{MOUNT}/sign-in?next={wanted}" if path != "/" else f"{MOUNT}/sign-in", 303)


async def _failed(request: Request, error: Exception) -> Response:
    log.error("console_failed", path=request.url.path, exc_info=error)
    return PlainTextResponse("internal error", 500)


def _with_headers(send: Send, *, https: bool, nonce: str = "", path: str = "") -> Send:
    """`nonce` for the pages; without one, the policy of pages that need no script."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers["content-security-policy"] = _page_policy(nonce) if nonce else _PLAIN_POLICY
            if https:
                headers["strict-transport-security"] = "max-age=31536000"
            if _LASTING.match(path) and message["status"] == 200:
                headers["cache-control"] = "private, max-age=31536000, immutable"
            elif "cache-control" not in headers:
                headers["cache-control"] = "no-store"
        await send(message)

    return with_headers


_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-robots-tag": "noindex, nofollow",
}
_PLAIN_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def _page_policy(nonce: str) -> str:
    """As strict as NiceGUI allows: Vue compiles templates ('unsafe-eval'), Quasar sets styles of elements.

    Scripts written into the page run only with this answer's nonce: words of a customer never do.
    """
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; object-src 'none'"
    )
