"""The console, put together from the configuration and the parts of the program."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.behind import Behind
from bot.clock import Clock
from bot.console import attempts
from bot.console.cookies import Cookies
from bot.console.entrance import Entrance
from bot.console.gate import MOUNT, Gate, OpenShell
from bot.console.mails import Mails
from bot.console.oidc import Oidc
from bot.console.passwords import Passwords
from bot.console.seal import Seal
from bot.console.sessions import Sessions
from bot.console.sign_in import SignIn
from bot.console.styles import Styles
from bot.console.users import Users
from bot.console.visit import Services
from bot.demo import DEMO_PASSWORD, kept_secret
from bot.store.port import StoreError

if TYPE_CHECKING:
    from bot.config import Config
    from bot.console.shell import Shell
    from bot.host import BotHost
    from bot.office import Core, Office

log = structlog.get_logger()

_SWEEP_S: Final = 5.0
_TIDY_EVERY: Final = 720  # sweeps: an hour
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class Console:
    """What the application mounts. Without `console.secret` it only says that it is off."""

    def __init__(
        self,
        core: Core,
        office: Office,
        behind: Behind,
        host: BotHost,
        *,
        ready: Callable[[], Awaitable[list[str]]],
        group: asyncio.TaskGroup,
    ) -> None:
        config = core.config
        self._core = core
        self._group = group
        self._shell: Shell | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self._cutting: set[asyncio.Task[None]] = set()
        self._passwords = Passwords()
        self.users = Users(clock=core.clock, ids=core.ids)
        self.sessions = Sessions(core.store, clock=core.clock, ids=core.ids)
        self.sessions.on_end(self._cut_off)
        self._styles = Styles()
        self._gate: Gate | None = None
        if config.console.secret is None:
            return
        seal = Seal(config.console.secret.get_secret_value(), core.clock)
        base_url = base_url_of(config, demo=core.demo)
        mails = Mails(
            core.templates,
            writing_account(config),
            base_url=base_url,
            language=config.company.language,
            clock=core.clock,
            ids=core.ids,
        )
        self.sign_in = SignIn(
            core.store,
            self.users,
            self.sessions,
            self._passwords,
            mails,
            seal,
            clock=core.clock,
            ids=core.ids,
            wake=core.delivery.wake,
        )
        self._services = Services(
            core=core,
            office=office,
            behind=behind,
            host=host,
            users=self.users,
            sessions=self.sessions,
            sign_in=self.sign_in,
            mails=mails,
            ready=ready,
        )
        cookies = Cookies(secure=base_url.startswith("https:"))
        entrance = Entrance(
            self.sign_in,
            self.sessions,
            cookies,
            self._styles,
            oidc_of(config, base_url, seal, core.clock),
            company=config.company.name,
            language=config.company.language,
        )
        self._gate = Gate(
            entrance, self.sessions, cookies, self._start, public_url=config.server.public_url or ""
        )

    def routes(self) -> list[BaseRoute]:
        """`/console` and all below it."""
        if self._gate is None:
            return [Route(MOUNT, _off), Route(f"{MOUNT}/{{rest:path}}", _off)]
        return [Route(MOUNT, _with_slash), Mount(MOUNT, self._gate)]

    async def begin(self) -> None:
        """Let the first administrator in, where there is none."""
        first = self._core.config.console.first_admin
        if first is None or self._gate is None:
            return
        store = self._core.store
        made = await store.write(lambda session: self.users.ensure_first(session, first))
        if made is None:
            return
        log.info("first_administrator", email=made.email, next="set a password at /console/forgot")
        path = self._core.config.database.sqlite_path
        if self._core.demo and path is not None:
            hashed = await self._passwords.hash(kept_secret(path.parent / DEMO_PASSWORD))
            act = self.users.act("operator")
            await store.write(lambda session: self.users.set_password(session, act, made.id, hashed))

    async def _start(self) -> OpenShell:
        """Import NiceGUI in a thread: it takes a second."""
        module = await asyncio.to_thread(_import_shell)
        shell = module(self._services, self._styles, self.sessions.look_by_id)
        await shell.start()
        self._shell = shell
        self._sweeping = self._group.create_task(self._sweep_forever(), name="console")
        log.info("console_opened")
        return OpenShell(shell.app, shell.session_of)

    async def stop(self) -> None:
        """Close all pages."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        if self._shell is not None:
            await self._shell.stop()
            self._shell = None

    def _cut_off(self, session_id: str) -> None:
        if self._shell is not None:
            task = self._group.create_task(self._shell.cut_off(session_id))
            self._cutting.add(task)
            task.add_done_callback(self._cutting.discard)

    async def _sweep_forever(self) -> None:
        """Pages of sessions that ended in another process, or by age, are closed too."""
        rounds = 0
        while True:
            await asyncio.sleep(_SWEEP_S)
            rounds += 1
            try:
                await self._sweep(tidy=rounds % _TIDY_EVERY == 0)
            except StoreError as error:
                log.warning("console_sweep_failed", error=str(error))

    async def _sweep(self, *, tidy: bool) -> None:
        if self._shell is not None and (shown := self._shell.open_sessions()):
            for gone in shown - await self.sessions.still_open(shown):
                await self._shell.cut_off(gone)
        if tidy:
            now = self._core.clock.now()
            await self.sessions.tidy()
            await self._core.store.write(lambda session: attempts.tidy(session, now))


def writing_account(config: Config) -> str:
    """The first account that sends e-mail, empty where there is none."""
    for account_id, account in config.active_accounts().items():
        if account.kind == "email" or getattr(account, "via", "") == "email":
            return account_id
    return ""


def base_url_of(config: Config, *, demo: bool) -> str:
    """Where the outside reaches us; empty where that is not known: then no letter carries a link."""
    server = config.server
    if server.public_url:
        return server.public_url
    if demo or server.host in _LOOPBACK:
        host = "localhost" if server.host in (*_LOOPBACK, "0.0.0.0") else server.host
        return f"http://{host}:{server.port}"
    return ""


def oidc_of(config: Config, base_url: str, seal: Seal, clock: Clock) -> Oidc | None:
    """None where no provider is configured, or nobody knows where it should send people back to."""
    settings = config.console.oidc
    if settings.issuer is None or settings.client_secret is None or not base_url:
        return None
    return Oidc(
        issuer=settings.issuer,
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
        label=settings.label,
        base_url=base_url,
        seal=seal,
        clock=clock,
    )


def _import_shell() -> type[Shell]:
    from bot.console.shell import Shell

    return Shell


async def _with_slash(request: Request) -> Response:
    return RedirectResponse(f"{MOUNT}/", 308)


async def _off(request: Request) -> Response:
    return PlainTextResponse(
        "The console is off: console.secret is not set. See: relais check", 404, {"cache-control": "no-store"}
    )
