"""The console's cookies: for this host only, out of reach of scripts, not sent along by foreign pages."""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection
from starlette.responses import Response

_PATH: Final = "/console"


class Cookies:
    """`secure`: the outside reaches us by HTTPS; the name then binds it too (RFC 6265bis, __Secure-)."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        prefix = "__Secure-" if secure else ""
        self._session = f"{prefix}relais-session"
        self._half = f"{prefix}relais-second-step"
        self._oidc = f"{prefix}relais-oidc"
        self._language = "relais-language"

    def session_of(self, request: HTTPConnection) -> str:
        return request.cookies.get(self._session, "")

    def set_session(self, response: Response, token: str, *, max_age_s: int) -> None:
        self._set(response, self._session, token, max_age_s)
        self._drop(response, self._half)

    def end_session(self, response: Response) -> None:
        self._drop(response, self._session)
        self._drop(response, self._half)

    def half_way_of(self, request: HTTPConnection) -> str:
        return request.cookies.get(self._half, "")

    def set_half_way(self, response: Response, ticket: str, *, max_age_s: int) -> None:
        self._set(response, self._half, ticket, max_age_s)

    def oidc_of(self, request: HTTPConnection) -> str:
        return request.cookies.get(self._oidc, "")

    def set_oidc(self, response: Response, sealed: str, *, max_age_s: int) -> None:
        self._set(response, self._oidc, sealed, max_age_s)

    def end_oidc(self, response: Response) -> None:
        self._drop(response, self._oidc)

    def language_of(self, request: HTTPConnection) -> str:
        return request.cookies.get(self._language, "")

    def set_language(self, response: Response, language: str) -> None:
        self._set(response, self._language, language, 31_536_000)

    def _set(self, response: Response, name: str, value: str, max_age_s: int) -> None:
        response.set_cookie(
            name, value, max_age=max_age_s, path=_PATH, secure=self._secure, httponly=True, samesite="lax"
        )

    def _drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path=_PATH, secure=self._secure, httponly=True, samesite="lax")
