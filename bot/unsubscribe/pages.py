"""The routes of `/u/<token>`. Looking never changes anything; only a POST does. source: RFC 8058

No log-in and no cookie: the token alone says whose messages they are, so there is no session that a foreign page
could ride on. The pages need no script.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.clock import Clock
from bot.consents import known_contact
from bot.records import Address, Contact
from bot.records.base import table_of
from bot.store.changes import NotFound
from bot.store.port import Store, StoreError
from bot.unsubscribe.choices import Choices, Kept, Wishes, cells_of
from bot.unsubscribe.links import Links, Ticket
from bot.unsubscribe.words import DIRECTION, ITSELF, channel_name, masked, purpose_names, words_in
from bot.web import Gone, TooLarge, read_body
from scheduler.consent import PROMOTIONAL, PURPOSES

_MAX_FORM: Final = 16_384
_FORM_TIMEOUT_S: Final = 15.0
_ONE_CLICK: Final = b"List-Unsubscribe"
_addresses = table_of(Address).c

Work = Callable[[Session], Any]


class UnsubscribePages:
    """Built once; `routes` goes into the application."""

    def __init__(
        self,
        store: Store,
        links: Links,
        choices: Choices,
        *,
        clock: Clock,
        company: str,
        languages: Sequence[str],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._links = links
        self._choices = choices
        self._clock = clock
        self._company = company
        self._languages = tuple(languages)  # the company's own comes first
        self._wake = wake

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/u/{token}", self.front, methods=["GET", "POST"]),
            Route("/u/{token}/choices", self.choose, methods=["GET", "POST"]),
        ]

    async def front(self, request: Request) -> Response:
        """The button; for a link that confirms, the other button."""
        return await self._answer(request, self._pressed)

    async def choose(self, request: Request) -> Response:
        """The preferences."""
        return await self._answer(request, self._chosen)

    async def _answer(self, request: Request, act: Callable[[_Visit, dict[str, list[str]]], Any]) -> Response:
        ticket = self._links.read(request.path_params["token"])
        visit = _Visit(request, ticket, self._languages)
        if ticket is None:
            return self._page(visit, lines=(visit.words["unknown"], visit.words["unknown_more"]), status=404)
        try:
            async with asyncio.timeout(_FORM_TIMEOUT_S):
                form = await _form(request) if request.method == "POST" else {}
            response: Response = await act(visit, form)
        except (TooLarge, Gone, TimeoutError):
            return PlainTextResponse("the form can't be read", 400)
        except NotFound:
            return self._page(visit, lines=(visit.words["gone"],))
        except StoreError:
            return self._page(visit, lines=(visit.words["later"],), status=503)
        return response

    # what a visit does

    async def _pressed(self, visit: _Visit, form: dict[str, list[str]]) -> Response:
        ticket, action = visit.ticket, _one(form, "action")
        assert ticket is not None
        if "one_click" in form:  # the mail program of the contact asks: nobody reads the answer
            await self._stop(visit, "List-Unsubscribe=One-Click")
            return PlainTextResponse("unsubscribed", headers=_HEADERS)
        await self._meet(visit)
        if ticket.kind == "confirm":
            return await self._confirmation(visit, pressed=action == "confirm")
        if action == "stop_all":
            return await self._stop_all(visit)
        if action == "stop":
            await self._stop(visit, visit.words["stop"])
            done = (visit.words["stopped"], visit.words["stopped_more"])
            return self._page(visit, done=done, link="choose")
        return self._page(visit, view="stop", lines=(_lead(visit),), link="choose")

    async def _chosen(self, visit: _Visit, form: dict[str, list[str]]) -> Response:
        await self._meet(visit)
        if visit.ticket is not None and visit.ticket.kind == "confirm":
            return await self._confirmation(visit, pressed=False)
        action = _one(form, "action")
        if action == "stop_all":
            return await self._stop_all(visit)
        kept = await self._save(visit, form) if action == "save" else None
        return await self._preferences(visit, kept)

    async def _meet(self, visit: _Visit) -> None:
        """Whose messages they are; raises `NotFound`."""

        def look(session: Session) -> tuple[Contact, str]:
            assert visit.ticket is not None
            contact = known_contact(session, visit.ticket.contact_id)
            address = session.scalar(
                select(_addresses.value)
                .where(_addresses.contact_id == contact.id, _addresses.channel == visit.ticket.channel)
                .order_by(_addresses.id)
                .limit(1)
            )
            return contact, masked(visit.ticket.channel, address or "")

        contact, address = await self._store.read(look)
        visit.met(contact, address)

    async def _stop(self, visit: _Visit, wording: str) -> None:
        ticket, now = visit.ticket, self._clock.now()
        assert ticket is not None
        await self._store.write(lambda session: self._choices.stop(session, ticket, wording, now))

    async def _stop_all(self, visit: _Visit) -> Response:
        ticket, now, wording = visit.ticket, self._clock.now(), visit.words["stop_all"]
        assert ticket is not None
        await self._store.write(lambda session: self._choices.stop_all(session, ticket, wording, now))
        done = (visit.words["stopped_all"], visit.words["stopped_more"])
        return self._page(visit, done=done, lines=(visit.words["always"],), link="choose")

    async def _save(self, visit: _Visit, form: dict[str, list[str]]) -> Kept:
        ticket, now = visit.ticket, self._clock.now()
        assert ticket is not None
        language = _one(form, "language")
        wishes = Wishes(
            wanted=cells_of(form.get("want", [])),
            less=_one(form, "less") == "yes" if visit.shows_less else None,
            language=language if language in self._languages else "",
        )
        wording = f"{visit.words['choices_lead']} {visit.words['save']}"
        kept: Kept = await self._store.write(
            lambda session: self._choices.keep(session, ticket, wishes, wording, now)
        )
        if kept.asked:
            self._wake()
        await self._meet(visit)
        return kept

    async def _preferences(self, visit: _Visit, kept: Kept | None) -> Response:
        contact_id, now = visit.contact_id, self._clock.now()
        ticked = await self._store.read(lambda session: self._choices.ticked(session, contact_id, now))
        words, language = visit.words, visit.language
        grid = [
            {
                "channel": channel,
                "legend": words["legend"].format(channel=channel_name(channel, language)),
                "boxes": [
                    {
                        "purpose": purpose,
                        "name": words["purposes"][purpose][0],
                        "hint": words["purposes"][purpose][1],
                        "ticked": ticked[channel, purpose],
                    }
                    for purpose in PURPOSES
                ],
            }
            for channel in dict.fromkeys(channel for channel, _ in ticked)
        ]
        done = _told(kept, visit) if kept else ()
        return self._page(
            visit, view="choices", lines=(words["choices_lead"],), done=done, grid=grid, link="back"
        )

    async def _confirmation(self, visit: _Visit, *, pressed: bool) -> Response:
        ticket, now = visit.ticket, self._clock.now()
        assert ticket is not None
        what = purpose_names(ticket.purposes, visit.language)
        channel = channel_name(ticket.channel, visit.language)
        lead = visit.words["confirm_lead"].format(what=what, channel=channel)
        if not pressed:
            return self._page(visit, view="confirm", lines=(lead,))
        outcome = await self._store.write(lambda session: self._choices.confirm(session, ticket, lead, now))
        return self._page(visit, done=(visit.words[outcome],))

    def _page(
        self,
        visit: _Visit,
        *,
        view: str = "",
        lines: Sequence[str] = (),
        done: Sequence[str] = (),
        grid: Sequence[Any] = (),
        link: str = "",
        status: int = 200,
    ) -> Response:
        words, path = visit.words, visit.path
        href = f"{path}/choices" if link == "choose" else path
        html = _template().render(
            language=visit.language,
            direction=DIRECTION[visit.language],
            title=words["title"].format(company=self._company),
            words=words,
            style=_style(),
            languages=[(code, ITSELF[code]) for code in self._languages],
            spoken=visit.spoken,
            address=visit.address,
            view=view,
            lines=lines,
            done=done,
            grid=grid,
            path=path,
            link={"href": href, "text": words[link]} if link else None,
            less=visit.less,
            shows_less=visit.shows_less,
        )
        return HTMLResponse(html, status, headers=_HEADERS | {"content-security-policy": _policy()})


class _Visit:
    """One call: the language it reads, and whose messages it is about."""

    def __init__(self, request: Request, ticket: Ticket | None, languages: Sequence[str]) -> None:
        self.ticket = ticket
        self.path = f"/u/{request.path_params['token']}" if ticket else "/u/"
        self._languages = languages
        asked = request.query_params.get("lang", "")
        self._asked = asked if asked in languages else ""
        self.language = self._asked or languages[0]
        self.spoken = self.language
        self.contact_id = ""
        self.address = ""
        self.less = False
        self.shows_less = True

    def met(self, contact: Contact, address: str) -> None:
        self.contact_id, self.address = contact.id, address
        self.less, self.shows_less = contact.mode == "low_contact", contact.mode in ("", "low_contact")
        own = contact.language if contact.language in self._languages else ""
        self.language = self._asked or own or self._languages[0]
        self.spoken = own or self.language

    @property
    def words(self) -> dict[str, Any]:
        return words_in(self.language)


def _lead(visit: _Visit) -> str:
    assert visit.ticket is not None
    promotes = bool(PROMOTIONAL & set(visit.ticket.purposes))
    lead: str = visit.words["stop_lead" if promotes else "stop_service_lead"]
    return lead.format(channel=channel_name(visit.ticket.channel, visit.language))


def _told(kept: Kept, visit: _Visit) -> list[str]:
    said = [visit.words["saved"]]
    for channels, key in ((kept.asked, "asked"), (kept.must_write, "write_start")):
        if channels:
            names = ", ".join(channel_name(channel, visit.language) for channel in channels)
            said.append(visit.words[key].format(channels=names))
    return said


async def _form(request: Request) -> dict[str, list[str]]:
    """Its fields. A one-click call may come as multipart too: its one field is looked for as it is."""
    body = await read_body(request.scope, request.receive, _MAX_FORM)
    if _ONE_CLICK in body and b"One-Click" in body:
        return {"one_click": ["yes"]}
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), max_num_fields=200):
        fields.setdefault(name, []).append(value)
    return fields


def _one(form: dict[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]


_HEADERS: Final = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
    "x-content-type-options": "nosniff",
}


@cache
def _style() -> str:
    return Path(__file__).with_name("style.css").read_text(encoding="utf-8").strip()


@cache
def _policy() -> str:
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


@cache
def _template() -> Any:
    folder = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=folder, autoescape=True, undefined=StrictUndefined).get_template("page.html")
