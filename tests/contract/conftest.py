"""Watches over the contract suite: no call leaves this machine, and all that is logged can be looked at."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog

from tests.contract.bench import Bench, DoorCase
from tests.contract.doors import DOORS

_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


@pytest.fixture(params=DOORS, ids=lambda case: case.channel)
def case(request: pytest.FixtureRequest) -> DoorCase:
    param: DoorCase = request.param
    return param


@pytest.fixture
async def bench(case: DoorCase) -> AsyncIterator[Bench]:
    async with case.open() as opened:
        yield opened


@pytest.fixture(autouse=True)
def no_call_leaves_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Refuse other hosts by name and by address, and fail the test that tried."""
    tried: list[str] = []
    resolve, connect = socket.getaddrinfo, asyncio.BaseEventLoop.create_connection

    def guarded_resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check(host, tried)
        return resolve(host, *args, **kwargs)

    async def guarded_connect(loop: Any, factory: Any, host: Any = None, *args: Any, **kwargs: Any) -> Any:
        _check(host, tried)
        return await connect(loop, factory, host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", guarded_resolve)
    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", guarded_connect)
    yield tried
    assert not tried, f"unknown hosts were called: {tried}"


def _check(host: Any, tried: list[str]) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and name not in _HERE:
        tried.append(str(name))
        raise OSError(f"the test suite refuses to call {name}")


class Logged:
    """All that libraries and we ourselves logged, at every level."""

    def __init__(self, events: list[Any]) -> None:
        self.lines: list[str] = []
        self._events = events

    def text(self) -> str:
        return "\n".join([*self.lines, *map(repr, self._events)])


@pytest.fixture
def logged() -> Iterator[Logged]:
    root = logging.getLogger()
    level = root.level
    with structlog.testing.capture_logs() as events:
        seen = Logged(events)
        handler = _Keeper(seen)
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        yield seen
    root.removeHandler(handler)
    root.setLevel(level)


class _Keeper(logging.Handler):
    def __init__(self, seen: Logged) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self._seen = seen

    def emit(self, record: logging.LogRecord) -> None:
        self._seen.lines.append(self.format(record))
