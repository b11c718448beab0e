"""Taking mail from a mail server of one's own, by LMTP (or SMTP): "250" means that it is on disk. source: RFC 2033"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, cast

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.email.incoming import Arrival, Incoming
from channels.email.settings import ListenSettings
from channels.email.threads import Threads
from channels.port import Overloaded

_LONGEST_LINE = (
    1_000_000  # RFC 5321 says 1000; mails with longer lines exist and are better taken than refused
)
_RECIPIENTS = 100
_PAUSE_S = 15.0
_TAKE_S = 60.0  # for the journal; the server asks again later

Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger()
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd writes addresses there


class Listener:
    """Listens for one account, on our own loop."""

    def __init__(
        self,
        account_id: str,
        settings: ListenSettings,
        threads: Threads,
        incoming: Incoming,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._account_id = account_id
        self._settings = settings
        self._handler = Handler(settings, threads, incoming)
        self._sleep = sleep
        self.port = settings.port  # the real one, once it listens on port 0

    async def run(self) -> None:
        while True:
            try:
                await self._serve()
            except OSError as exc:
                log.error(
                    "email.cannot_listen", account=self._account_id, what=exc.strerror or "no such address"
                )
                await self._sleep(_PAUSE_S)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._session, self._settings.host, self._settings.port)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            await server.serve_forever()

    def _session(self) -> SMTP:
        kind = _LmtpSession if self._settings.protocol == "lmtp" else _SmtpSession
        return kind(
            self._handler,
            data_size_limit=self._settings.max_bytes,
            enable_SMTPUTF8=True,
            hostname="relais",
            ident="Relais",
            timeout=self._settings.timeout_s,
            loop=asyncio.get_running_loop(),
        )


class _Guarded:
    """Drops connections from where none may come, before a word is said."""

    event_handler: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        if not self.event_handler.lets_in(peer[0] if peer else ""):
            cast(asyncio.Transport, transport).abort()  # uvloop's is one in all but its class
            return
        super().connection_made(transport)  # type: ignore[misc]  # the other base's


class _LmtpSession(_Guarded, LMTP):
    line_length_limit = _LONGEST_LINE


class _SmtpSession(_Guarded, SMTP):
    line_length_limit = _LONGEST_LINE


class Handler:
    """What is said to each command; aiosmtpd looks the methods up by name."""

    def __init__(self, settings: ListenSettings, threads: Threads, incoming: Incoming) -> None:
        self._settings = settings
        self._threads = threads
        self._incoming = incoming

    def lets_in(self, peer: str) -> bool:
        try:
            address: IPv4Address | IPv6Address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if not self._settings.allowed:
            return address.is_loopback
        return any(address in network for network in self._settings.allowed)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not self._threads.untagged(address):
            return "550 5.1.1 no such address here"  # nothing is ever passed on: only our own are taken
        if len(envelope.rcpt_tos) >= _RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        verdict = await self._taken(envelope)
        if self._settings.protocol == "smtp":
            return verdict
        return "\r\n".join(
            [verdict] * len(envelope.rcpt_tos)
        )  # one for each recipient. source: RFC 2033 §4.2

    async def _taken(self, envelope: Envelope) -> str:
        try:
            async with asyncio.timeout(_TAKE_S):
                await self._incoming.take([arrival_of(envelope)])
        except Overloaded:
            return "451 4.3.2 not now, please try again"
        except Exception as exc:  # a reply that lets the server keep the mail, whatever happened here
            log.error("email.not_taken", error=type(exc).__name__)
            return "451 4.3.0 not now, please try again"
        return "250 2.0.0 taken"


def arrival_of(envelope: Envelope) -> Arrival:
    """The mail with what its envelope said in front. source: RFC 5321 §4.4"""
    content = envelope.content or b""
    raw = content if isinstance(content, bytes) else content.encode()
    head = [
        f"Return-Path: <{envelope.mail_from or ''}>",
        *(f"Delivered-To: {to}" for to in envelope.rcpt_tos),
    ]
    return Arrival(
        raw="".join(f"{line}\r\n" for line in head).encode("utf-8", "surrogateescape") + raw,
        delivered_to=tuple(envelope.rcpt_tos),
    )
