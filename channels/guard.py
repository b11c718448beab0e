"""Fetching from addresses that strangers name, without being led to inner ones.

A name is resolved once, every address behind it is checked, and the connection goes to the very address that was
checked: a name that answers differently the second time (DNS rebinding) gains nothing. Redirects are not followed
here; whoever follows one opens the next address through the same guard. source: OWASP, Server-Side Request Forgery
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import cache
from urllib.parse import urlsplit

import httpcore

Socket = tuple[str, int]
"""A host name (lower case) or address, and a port."""

_SchemePorts = {"https": 443, "http": 80}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # source: RFC 6052
_IETF = ipaddress.ip_network("192.0.0.0/24")  # source: RFC 6890; older Pythons hold parts of it for global


class Refused(Exception):
    """The address may not be opened, whatever is behind it."""


def is_outer(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also behind the ways to write IPv4 as IPv6."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return _is_global(ip) and ip not in _IETF
    inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
    if ip in _NAT64:
        inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return is_outer(str(inner)) if inner is not None else _is_global(ip) and not ip.is_site_local


def _is_global(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def check_url(url: str, allow: frozenset[Socket] = frozenset()) -> Socket:
    """The host and port of an address that may be opened: https on its own port, no user in it.

    What stands in `allow` may be http and on any port. Raises `Refused`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("not an address") from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in _SchemePorts or not host or not url.isascii() or not url.isprintable():
        raise Refused("not an https address")
    at = (host, port if port is not None else _SchemePorts[parts.scheme])
    if at in allow:
        return at
    if parts.scheme != "https" or at[1] != 443:
        raise Refused("only https on its own port is opened")
    if parts.username is not None or parts.password is not None:
        raise Refused("an address with a user name in it is not opened")
    return at


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, in the system's order. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Opens connections to checked addresses only. TLS still proves the name that was asked for."""

    def __init__(self, allow: frozenset[Socket] = frozenset()) -> None:
        self._allow = allow
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name can't be resolved: {error}") from error
        if (host.lower(), port) not in self._allow and not all(map(is_outer, addresses)):
            raise Refused("the name leads to an inner address")
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise Refused("a local socket is not opened")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


@cache
def tls_context() -> ssl.SSLContext:
    """One for all: reading the certificate authorities takes 20 ms and more."""
    return ssl.create_default_context()


class GuardedClient:
    """GET over guarded connections. No proxy, no cookies, no redirects, no keeping of connections."""

    def __init__(self, allow: frozenset[Socket] = frozenset(), *, step_s: float = 10.0) -> None:
        self._allow = allow
        self._step_s = step_s
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls_context(), network_backend=GuardedNetwork(allow), keepalive_expiry=0.0
        )

    @asynccontextmanager
    async def get(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[httpcore.Response]:
        """Open an address. Raises `Refused`, or an error of httpcore; a time budget is the caller's."""
        check_url(url, self._allow)
        step = self._step_s
        timeouts = {"connect": step, "read": step, "write": step, "pool": step}
        pairs = [(key.encode(), value.encode()) for key, value in headers.items()]
        async with self._pool.stream("GET", url, headers=pairs, extensions={"timeout": timeouts}) as response:
            yield response

    async def close(self) -> None:
        await self._pool.aclose()
