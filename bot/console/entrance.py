"""The pages before the console: signing in and out, the second step, a forgotten password. No script is needed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.console.cookies import Cookies
from bot.console.oidc import Oidc, OidcError
from bot.console.passwords import LEAST, TooBusy, WeakPassword
from bot.console.sessions import MAX_AGE, Sessions, SignedIn
from bot.console.sign_in import Client, Entered, HalfWay, Refused, SignIn
from bot.console.styles import Styles
from bot.console.words import DIRECTION, LANGUAGES, OWN_NAMES, Words, words_in
from bot.web import Gone, TooLarge, read_body

_HERE: Final = Path(__file__).parent
_MOST_FORM: Final = 16_384
_FORM_S: Final = 15.0
_HALF_WAY_S: Final = 300
_OIDC_S: Final = 600
_PLAIN: Final = ("/sign-in", "/sign-out", "/second-step", "/forgot", "/language", "/oidc")
_BELOW: Final = ("/reset/", "/oidc/", "/static/")


class Entrance:
    """Every form is answered only after the gate has seen that it comes from our own page."""

    def __init__(
        self,
        sign_in: SignIn,
        sessions: Sessions,
        cookies: Cookies,
        styles: Styles,
        oidc: Oidc | None,
        *,
        company: str,
        language: str,
    ) -> None:
        self._sign_in = sign_in
        self._sessions = sessions
        self._cookies = cookies
        self._styles = styles
        self._oidc = oidc
        self._company = company
        self._language = language

    def takes(self, path: str) -> bool:
        """Whether an address is for those who are not signed in yet."""
        return path in _PLAIN or path.startswith(_BELOW)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/sign-in", self.enter, methods=["GET", "POST"]),
            Route("/second-step", self.second_step, methods=["GET", "POST"]),
            Route("/sign-out", self.leave, methods=["POST"]),
            Route("/forgot", self.forgot, methods=["GET", "POST"]),
            Route("/reset/{token}", self.reset, methods=["GET", "POST"]),
            Route("/language", self.choose_language, methods=["POST"]),
            Route("/oidc", self.oidc_begin, methods=["GET"]),
            Route("/oidc/callback", self.oidc_back, methods=["GET"]),
            Mount("/static", self._styles.app()),
        ]

    # signing in

    async def enter(self, request: Request) -> Response:
        """The form, and what comes of it."""
        if request.method == "GET":
            if await self._sessions.look(self._cookies.session_of(request)) is not None:
                return RedirectResponse("/console/", 303)
            return self._page(request, "sign_in", wanted=_inside(request.query_params.get("next", "")))
        form = await _form(request)
        wanted, email = _inside(form.get("next", "")), form.get("email", "")[:320]
        try:
            outcome = await self._sign_in.attempt(email, form.get("password", ""), _client(request))
        except TooBusy:
            return self._page(request, "sign_in", 503, wanted=wanted, email=email, error="sign_in.busy")
        if isinstance(outcome, Refused):
            status = 429 if outcome.wait else 401
            return self._page(request, "sign_in", status, wanted=wanted, email=email, **_why(outcome))
        if isinstance(outcome, HalfWay):
            response = RedirectResponse(f"/console/second-step?next={wanted}", 303)
            self._cookies.set_half_way(response, outcome.ticket, max_age_s=_HALF_WAY_S)
            return response
        return await self._entered(request, outcome, wanted)

    async def _entered(self, request: Request, entered: Entered, wanted: str) -> Response:
        """A fresh token each time: one that was there before is ended, not taken on."""
        before = await self._sessions.look(self._cookies.session_of(request))
        if before is not None:
            await self._sessions.end(before, because="signed in anew")
        response = RedirectResponse(f"/console{wanted or '/'}", 303)
        self._cookies.set_session(response, entered.token, max_age_s=int(MAX_AGE.total_seconds()))
        return response

    async def second_step(self, request: Request) -> Response:
        """The code of the user's device, or one of their recovery codes."""
        ticket = self._cookies.half_way_of(request)
        wanted = _inside(request.query_params.get("next", ""))
        if request.method == "GET":
            if self._sign_in.half_way(ticket) is None:
                return RedirectResponse("/console/sign-in", 303)
            return self._page(request, "second_step", wanted=wanted)
        form = await _form(request)
        outcome = await self._sign_in.second_step(ticket, form.get("code", "")[:40], _client(request))
        if outcome is None:
            return RedirectResponse("/console/sign-in", 303)
        if isinstance(outcome, Refused):
            shown = _why(outcome, "second_step.wrong")
            return self._page(request, "second_step", 429 if outcome.wait else 401, wanted=wanted, **shown)
        return await self._entered(request, outcome, _inside(form.get("next", "")))

    async def leave(self, request: Request) -> Response:
        """Sign out, here and in every tab of this browser."""
        user = await self._sessions.look(self._cookies.session_of(request))
        if user is not None:
            await self._sessions.end(user, because="signed out")
        response = RedirectResponse("/console/sign-in", 303)
        self._cookies.end_session(response)
        response.headers["clear-site-data"] = '"cache"'
        return response

    # a forgotten password

    async def forgot(self, request: Request) -> Response:
        """Says the same for every address."""
        if request.method == "GET":
            return self._page(request, "forgot")
        form = await _form(request)
        asked = await self._sign_in.ask_reset(form.get("email", "")[:320], _client(request))
        if not asked:
            return self._page(request, "forgot", 429, error="forgot.too_many")
        return self._page(request, "forgot", done="forgot.sent")

    async def reset(self, request: Request) -> Response:
        """Looking uses the link up no more than a mail scanner's look does; setting a password does."""
        token = request.path_params["token"]
        owner = await self._sign_in.link_owner(token)
        if owner is None:
            return self._page(request, "forgot", 410, error="reset.gone")
        if request.method == "GET":
            return self._page(request, "reset", email=owner.email, least=LEAST)
        form = await _form(request)
        password = form.get("password", "")
        if password != form.get("again", ""):
            return self._page(
                request, "reset", 422, email=owner.email, least=LEAST, error="password.different"
            )
        try:
            user = await self._sign_in.reset(token, password, _client(request))
        except WeakPassword as weak:
            error = f"password.{weak.reason}"
            return self._page(request, "reset", 422, email=owner.email, least=LEAST, error=error)
        if user is None:
            return self._page(request, "forgot", 410, error="reset.gone")
        response = self._page(request, "sign_in", email=user.email, done="reset.done")
        self._cookies.end_session(response)
        return response

    # the company's provider

    async def oidc_begin(self, request: Request) -> Response:
        """To the provider, with what its answer must match in a sealed cookie."""
        if self._oidc is None:
            return PlainTextResponse("not set up", 404)
        try:
            address, sealed = await self._oidc.begin(_inside(request.query_params.get("next", "")))
        except OidcError as error:
            return self._page(request, "sign_in", 502, error=error.key)
        response = RedirectResponse(address, 303)
        self._cookies.set_oidc(response, sealed, max_age_s=_OIDC_S)
        return response

    async def oidc_back(self, request: Request) -> Response:
        """From the provider."""
        if self._oidc is None:
            return PlainTextResponse("not set up", 404)
        try:
            who = await self._oidc.finish(self._cookies.oidc_of(request), dict(request.query_params))
            outcome = await self._sign_in.enter_oidc(who.subject, who.email, _client(request))
        except OidcError as error:
            response: Response = self._page(request, "sign_in", 403, error=error.key)
        else:
            if isinstance(outcome, Entered):
                response = await self._entered(request, outcome, who.wanted)
            else:
                response = self._page(request, "sign_in", 403, error="oidc.stranger")
        self._cookies.end_oidc(response)
        return response

    # around

    async def choose_language(self, request: Request) -> Response:
        """For the pages before the console."""
        form = await _form(request)
        response = RedirectResponse(f"/console{_inside(form.get('back', '')) or '/sign-in'}", 303)
        if form.get("language") in LANGUAGES:
            self._cookies.set_language(response, form["language"])
        return response

    def refusal(self, request: Request, visitor: SignedIn, status: int) -> Response:
        """A page that is not there, or not for this user."""
        words = words_in(visitor.language or self._language)
        return self._page(request, "refused", status, words=words, code=status)

    def language_for(self, request: Request) -> str:
        """What they chose, else what their browser asks for, else the company's."""
        asked = [self._cookies.language_of(request)]
        accepted = request.headers.get("accept-language", "")
        asked += [each.partition(";")[0].strip()[:2].lower() for each in accepted.split(",")[:5]]
        return next((each for each in asked if each in LANGUAGES), self._language)

    def _page(
        self, request: Request, name: str, status: int = 200, *, words: Words | None = None, **values: Any
    ) -> HTMLResponse:
        words = words or words_in(self.language_for(request))
        given: Mapping[str, Any] = {
            "wanted": "", "email": "", "error": "", "error_values": {}, "done": "", **values
        }  # fmt: skip
        html = self._templates.get_template(f"{name}.html").render(
            t=words,
            language=words.language,
            direction=DIRECTION[words.language],
            languages=OWN_NAMES,
            company=self._company,
            style=self._styles.address("console.css"),
            icon=self._styles.address("relais.svg"),
            oidc=self._oidc.label if self._oidc else "",
            back=request.url.path.removeprefix("/console") if request.method == "GET" else "/sign-in",
            **given,
        )
        return HTMLResponse(html, status, {"cache-control": "no-store", "vary": "Accept-Language, Cookie"})

    @cached_property
    def _templates(self) -> Environment:
        return Environment(
            loader=FileSystemLoader(_HERE / "html"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )


def _why(refused: Refused, key: str = "sign_in.wrong") -> dict[str, Any]:
    if refused.wait is None:
        return {"error": key}
    minutes = max(1, -(-refused.wait // timedelta(minutes=1)))
    return {"error": "sign_in.locked", "error_values": {"minutes": minutes}}


def _inside(wanted: str) -> str:
    """An address below `/console`, or nothing: never one that leads elsewhere."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if plain and wanted.isprintable() and "\\" not in wanted and len(wanted) < 500 else ""


def _client(request: Request) -> Client:
    return Client(
        address=request.client.host if request.client else "", device=request.headers.get("user-agent", "")
    )


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; nothing where it can't be read."""
    try:
        async with asyncio.timeout(_FORM_S):
            raw = await read_body(request.scope, request.receive, _MOST_FORM)
    except (TooLarge, Gone, TimeoutError):
        return {}
    return dict(parse_qsl(raw.decode("utf-8", errors="replace"), keep_blank_values=True, max_num_fields=20))
