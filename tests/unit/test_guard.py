"""The guard for addresses that strangers name: what is inner, what is refused, and names that change their mind."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpcore
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from channels import guard
from channels.guard import GuardedClient, Refused, check_url, is_outer, resolve
from tests.loopback import LoopbackServer

INNER = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::", "::1", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "2002:7f00:1::1", "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:db8::1", "fd00:ec2::254",
    "not an address", "",
]  # fmt: skip
OUTER = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INNER)
def test_an_inner_address_is_inner_however_it_is_written(address: str) -> None:
    assert not is_outer(address)


@pytest.mark.parametrize("address", OUTER)
def test_an_address_of_the_internet_is_outer(address: str) -> None:
    assert is_outer(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example.org/a", "https://files.example.org:8443/a", "https://user@files.example.org/",
        "https://user:word@files.example.org/", "ftp://files.example.org/", "file:///etc/passwd",
        "//files.example.org/",
        "https://", "https:///path", "javascript:alert(1)", "https://files.example.org:99999/", "https://fil\tes/",
        "https://exämple.org/", "", "gopher://127.0.0.1:25/_x",
    ],
)  # fmt: skip
def test_an_address_that_is_not_plain_https_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url)


def test_what_is_allowed_may_be_http_on_its_own_port_only() -> None:
    allow = frozenset({("127.0.0.1", 8099)})
    assert check_url("http://127.0.0.1:8099/x", allow) == ("127.0.0.1", 8099)
    assert check_url("https://Files.Example.org./x") == ("files.example.org", 443)
    with pytest.raises(Refused):
        check_url("http://127.0.0.1:8098/x", allow)


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def away(request: Request) -> Response:
    return RedirectResponse("/hello")


APP = Starlette(routes=[Route("/hello", hello), Route("/away", away)])


async def test_an_inner_server_is_not_reached_unless_it_is_allowed() -> None:
    async with LoopbackServer(APP) as server:
        closed = GuardedClient(frozenset({("localhost", server.port)}))
        with pytest.raises(Refused):
            async with closed.get(server.url, {"host": "x"}):
                raise AssertionError("it was opened")
        opened = GuardedClient(frozenset({("127.0.0.1", server.port)}))
        async with opened.get(f"{server.url}/hello", {"host": "x"}) as response:
            assert (response.status, await response.aread()) == (200, b"hello")
        async with opened.get(f"{server.url}/away", {"host": "x"}) as response:
            assert response.status == 307, "redirects are not followed"
        await closed.close()
        await opened.close()


async def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for answers in (["127.0.0.1"], ["10.0.0.1"], ["8.8.8.8", "192.168.0.1"], ["::1"]):
        monkeypatch.setattr(guard, "resolve", answering(answers))
        client = GuardedClient()
        with pytest.raises(Refused, match="inner address"):
            async with client.get("https://files.example.org/a", {"host": "x"}):
                raise AssertionError("it was opened")


async def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    called: list[str] = []

    async def once(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]  # it changes its mind

    async def connect(self: Any, host: str, *_: Any, **__: Any) -> Any:
        called.append(host)
        raise httpcore.ConnectError("nobody there")

    monkeypatch.setattr(guard, "resolve", once)
    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    client = GuardedClient()
    with pytest.raises(httpcore.ConnectError):
        async with client.get("https://files.example.org/a", {"host": "x"}):
            raise AssertionError("it was opened")
    assert (asked, called) == (["files.example.org"], ["8.8.8.8"])


async def test_the_next_address_of_a_name_is_tried_when_one_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[str] = []

    async def connect(self: Any, host: str, *_: Any, **__: Any) -> Any:
        called.append(host)
        raise httpcore.ConnectError("nobody there")

    monkeypatch.setattr(guard, "resolve", answering(["2606:4700:4700::1111", "1.1.1.1"]))
    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    with pytest.raises(httpcore.ConnectError):
        async with GuardedClient().get("https://files.example.org/a", {"host": "x"}):
            raise AssertionError("it was opened")
    assert called == ["2606:4700:4700::1111", "1.1.1.1"]


async def test_a_name_that_does_not_exist_is_a_connection_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(guard, "resolve", nothing)
    with pytest.raises(httpcore.ConnectError):
        async with GuardedClient().get("https://nowhere.example/a", {"host": "x"}):
            raise AssertionError("it was opened")


async def test_names_are_resolved_off_the_loop_and_without_doubles() -> None:
    async with asyncio.timeout(5):
        assert "127.0.0.1" in await resolve("127.0.0.1", 80)
        found = await resolve("localhost", 80)
    assert len(found) == len(set(found)) and set(found) <= {"127.0.0.1", "::1"}


def answering(addresses: list[str]) -> Any:
    async def answer(host: str, port: int) -> list[str]:
        return addresses

    return answer
