"""The frame around every page: navigation, header, language, and the checks at each step inside the open page.

The only module besides the parts' `pages` that imports NiceGUI; imported when the console is first opened.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import structlog
from fastapi import FastAPI, Request
from nicegui import Client, app, core, ui
from nicegui.client import templates as nicegui_templates
from nicegui.elements.sub_pages import SubPages
from nicegui.page_arguments import RouteMatch
from starlette.datastructures import QueryParams

from bot.console import kit
from bot.console.gate import NONCE, VISITOR
from bot.console.icons import svg
from bot.console.registry import Page, entries_for, page_at
from bot.console.roles import may_open
from bot.console.sessions import SignedIn
from bot.console.sockets import guard_sockets
from bot.console.styles import Styles
from bot.console.visit import Services, Visit
from bot.console.words import LANGUAGES, OWN_NAMES, words_in
from bot.store.port import StoreError

log = structlog.get_logger()

_HERE: Final = Path(__file__).parent
_QUASAR: Final = {"fr": "fr", "ar": "ar", "en": "en-GB"}


def find_pages() -> list[str]:
    """Import the `pages` of every part, which register themselves."""
    found = []
    for part in iter_modules([str(_HERE)]):
        if part.ispkg and (_HERE / part.name / "pages.py").exists():
            import_module(f"bot.console.{part.name}.pages")
            found.append(part.name)
    return found


class Shell:
    """NiceGUI, set up once for a process, and what it shows."""

    def __init__(
        self, services: Services, styles: Styles, look: Callable[[str], Awaitable[SignedIn | None]]
    ) -> None:
        """`look` finds out whether a session is still open, by its id."""
        self._services = services
        self._styles = styles
        self._look = look
        self._language = services.core.config.company.language
        self.app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        self._lifespan: Any = None

    async def start(self) -> None:
        """Begin NiceGUI's own work."""
        logging.getLogger("nicegui").setLevel(logging.WARNING)
        _give_scripts_their_nonce()
        find_pages()
        ui.run_with(
            self.app,
            root=self._root,
            title=self._services.core.config.company.name,
            language=None,
            dark=False,
            favicon=(_HERE / "static" / "relais.svg").read_text(encoding="utf-8"),
            tailwind=False,
            binding_refresh_interval=None,
            reconnect_timeout=20.0,
            show_welcome_message=False,
        )
        app.config.quasar_config["loadingBar"]["skipHijack"] = True  # that bar has no name to be read out
        app.on_exception(_failed)
        self._lifespan = self.app.router.lifespan_context(self.app)
        await self._lifespan.__aenter__()
        guard_sockets(core.sio)

    async def stop(self) -> None:
        """End it, and let go of the open pages."""
        if self._lifespan is not None:
            for client in list(Client.instances.values()):
                with suppress(KeyError):
                    client.delete()
            await self._lifespan.__aexit__(None, None, None)

    def session_of(self, client_id: str) -> str | None:
        """The session that a page was opened with."""
        return session_of(Client.instances.get(client_id))

    async def cut_off(self, session_id: str) -> None:
        """Close every page of a session that has ended: each loads anew, and comes to the sign-in page."""
        for client in list(Client.instances.values()):
            if session_of(client) != session_id:
                continue
            with suppress(Exception):  # past the client's own queue, which would be sent after the cut
                await core.sio.emit("run_javascript", {"code": "location.reload()"}, room=client.id)
            for sid in list(client._socket_to_document_id):
                with suppress(Exception):
                    await core.sio.disconnect(sid)

    def open_sessions(self) -> set[str]:
        """Whose pages are open."""
        return {found for client in list(Client.instances.values()) if (found := session_of(client))}

    # the page

    async def _root(self, request: Request) -> None:
        """What every address below `/console` is answered with: the frame, and the page inside."""
        user: SignedIn = request.scope[VISITOR]
        words = words_in(user.language or self._language)
        client = ui.context.client
        client.page.language = _QUASAR[words.language]  # type: ignore[assignment]
        visit = Visit(user=user, words=words, services=self._services, path="/")
        ui.add_head_html(self._head())
        client.content.classes("frame")
        await _Frame(visit, self._open).build()

    def _head(self) -> str:
        sheets = [self._styles.address("console.css"), *self._styles.of_parts(".css")]
        scripts = [self._styles.address("console.js"), *self._styles.of_parts(".js")]
        return "".join(f'<link rel="stylesheet" href="{each}">' for each in sheets) + "".join(
            f'<script src="{each}" defer></script>' for each in scripts
        )

    async def _open(self, visit: Visit, found: Page, parameters: dict[str, str]) -> None:
        """Check anew, then build: the page may have been open since yesterday."""
        user = await self._look(visit.user.session_id)
        if user is None:
            ui.navigate.to("/sign-in")
            ui.run_javascript("location.reload()")
            return
        if not may_open(user.roles, found.roles):
            log.warning("console_role_refused", path=found.path, agent=user.agent_id)
            ui.label(visit.t("shell.not_allowed")).classes("empty")
            return
        fresh = Visit(
            user=user, words=visit.words, services=visit.services, path=visit.path, query=visit.query
        )
        await found.build(fresh, **parameters)


class _Inside(SubPages):
    """NiceGUI's sub-pages, with our registry in place of a table of its own."""

    def __init__(
        self, visit: Visit, open_: Callable[..., Awaitable[None]], words: Callable[[str], str]
    ) -> None:
        self._visit = visit
        self._open = open_
        self._words = words
        super().__init__({})

    def _match_route(
        self, path: str, query_params: QueryParams | None
    ) -> tuple[RouteMatch | None, QueryParams | None]:
        parts = urlsplit(path)
        query = query_params or QueryParams(parts.query)
        found = page_at(parts.path or "/")
        if found is None:
            return None, query
        page, parameters = found
        whole = f"{parts.path}?{parts.query}" if parts.query else parts.path
        visit = Visit(
            user=self._visit.user,
            words=self._visit.words,
            services=self._visit.services,
            path=parts.path or "/",
            query=dict(parse_qsl(parts.query)),
        )

        async def build() -> None:
            ui.page_title(f"{visit.t(page.title)} — {visit.config.company.name}")
            with ui.element("div").classes("page page-wide" if page.wide else "page"):
                await self._open(visit, page, dict(parameters))

        return (
            RouteMatch(
                path=whole.rstrip("/") or "/",
                pattern=page.path,
                builder=build,
                parameters={},
                query_params=query,
                fragment=parts.fragment,
            ),
            query,
        )

    def _render_404(self) -> None:
        ui.label(self._words("shell.not_found")).classes("empty")

    def _render_error(self, error: Exception) -> None:
        log.error("console_page_failed", path=self._router.current_path, exc_info=error)
        ui.label(self._words("shell.failed")).classes("empty")


_INBOX_KEYS = (
    ("j", "next"), ("k", "previous"), ("Enter", "open"), ("r", "reply"), ("a", "assign"),
    ("s", "snooze"), ("e", "done"),
)  # fmt: skip


class _Frame:
    """Side navigation, header, and the place for the page."""

    def __init__(self, visit: Visit, open_: Callable[..., Awaitable[None]]) -> None:
        self._visit = visit
        self._open = open_
        self._links: dict[str, ui.link] = {}

    async def build(self) -> None:
        visit = self._visit
        ui.link(visit.t("nav.skip"), "#main").classes("skip")
        with ui.element("header").classes("top"):
            _raw_button(svg("menu"), visit.t("nav.menu"), "menu-button")
            ui.label(visit.config.company.name).classes("top-company")
        with ui.element("nav").classes("side").props(f'id=side aria-label="{visit.t("nav.label")}"'):
            ui.label(visit.config.company.name).classes("side-company")
            with ui.element("div").classes("side-links"):
                for page in entries_for(visit.user.roles):
                    await self._entry(page)
            self._foot()
        with ui.element("div").classes("main").props("id=main tabindex=-1"):  # NiceGUI's page is the landmark
            _Inside(visit, self._open, visit.t)
        self._keys()
        self._mark(ui.context.client.sub_pages_router.current_path)
        ui.context.client.sub_pages_router.on_path_changed(self._mark)

    async def _entry(self, page: Page) -> None:
        assert page.nav is not None
        link = ui.link("", page.path).classes("side-link")
        self._links[page.path] = link
        if page.nav.key:
            link.props(f'data-go="{page.nav.key}"')
        with link:
            ui.html(svg(page.nav.icon), sanitize=False)
            ui.label(self._visit.t(page.title))
            if page.nav.badge is not None:
                await self._badge(page.nav.badge)

    async def _badge(self, count: Callable[[Visit], Awaitable[int]]) -> None:
        shown = ui.label().classes("badge")

        async def refresh() -> None:
            try:
                number = await count(self._visit)
            except StoreError:
                return
            shown.set_text("99+" if number > 99 else str(number))
            shown.set_visibility(number > 0)

        await refresh()
        ui.timer(20.0, refresh, immediate=False)

    def _keys(self) -> None:
        """What "?" shows: the ways to the pages, the search, and the keys of the inbox for those who have one."""
        visit = self._visit
        pages = entries_for(visit.user.roles)
        with ui.element("dialog").classes("dialog keys-help").props("id=keys"):
            kit.text(visit.t("shell.keys"), "h2")
            with ui.element("div").classes("keys"):
                rows = [("/", visit.t("shell.keys_search")), ("?", visit.t("shell.keys_this"))]
                if any(page.path == "/inbox" for page in pages):
                    rows += [(key, visit.t(f"inbox.keys.{name}")) for key, name in _INBOX_KEYS]
                rows += [
                    (f"g {page.nav.key}", visit.t(page.title)) for page in pages if page.nav and page.nav.key
                ]
                for keys, words in rows:
                    with ui.element("span"):
                        for key in keys.split():
                            kit.text(key, "kbd")
                    ui.label(words)

    def _foot(self) -> None:
        visit = self._visit
        with ui.element("div").classes("side-foot"):
            with ui.link("", "/account").classes("side-link") as account:
                self._links["/account"] = account
                ui.html(svg("person"), sanitize=False)
                ui.label(visit.user.name)
            with ui.element("div").classes("side-row"):
                for code in LANGUAGES:
                    button = ui.element("button").classes("link-button").props(f"type=button lang={code}")
                    if code == visit.language:
                        button.props("aria-current=true")
                    button.on("click", _chooser(visit, code))
                    with button:
                        ui.label(OWN_NAMES[code])
            with (
                ui.element("form").props("method=post action=/console/sign-out"),
                ui.element("button").classes("side-link side-exit"),
            ):
                ui.html(svg("exit"), sanitize=False)
                ui.label(visit.t("shell.sign_out"))

    def _mark(self, path: str) -> None:
        """Show where one is."""
        here = urlsplit(path).path
        known = sorted(self._links, key=len, reverse=True)
        current = next((each for each in known if here == each or here.startswith(f"{each}/")), None)
        for each, link in self._links.items():
            if each == current:
                link.props("aria-current=page")
            else:
                link.props(remove="aria-current")


def _chooser(visit: Visit, code: str) -> Callable[[], Awaitable[None]]:
    async def choose() -> None:
        users, agent_id = visit.services.users, visit.user.agent_id
        await visit.store.write(lambda session: users.set_language(session, agent_id, code))
        visit.services.sessions.forget()
        ui.run_javascript("location.reload()")

    return choose


def _raw_button(inside: str, label: str, kind: str) -> None:
    button = ui.element("button").classes(kind).props(f'type=button aria-label="{label}" aria-controls=side')
    with button:
        ui.html(inside, sanitize=False)


def session_of(client: Client | None) -> str | None:
    """The session that a page was opened with."""
    if client is None or client._request is None:
        return None
    visitor = client._request.scope.get(VISITOR)
    return visitor.session_id if isinstance(visitor, SignedIn) else None


def _failed(error: Exception) -> None:
    """An act of an open page failed: the user is told in words, the log has the rest."""
    log.error("console_act_failed", exc_info=error, kind=type(error).__name__)
    key = "shell.unavailable" if isinstance(error, StoreError) else "shell.failed"
    with suppress(Exception):
        client = ui.context.client
        visitor = client.request.scope.get(VISITOR)
        language = visitor.language if isinstance(visitor, SignedIn) else ""
        ui.notify(words_in(language)(key), type="negative")


def _give_scripts_their_nonce() -> None:
    """Only the scripts of NiceGUI's own template get the nonce; what a page writes into itself does not."""
    loader = nicegui_templates.env.loader
    assert loader is not None
    if getattr(loader, "with_nonce", False):
        return
    plain = loader.get_source

    def get_source(environment: Any, template: str) -> Any:
        source, *rest = plain(environment, template)
        tag = f'<script nonce="{{{{ request.scope["{NONCE}"] }}}}"'
        return (source.replace("<script", tag), *rest)

    loader.get_source = get_source  # type: ignore[method-assign]
    loader.with_nonce = True  # type: ignore[attr-defined]
