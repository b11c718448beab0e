"""The API is built by its first call, once, and beside the loop."""

from __future__ import annotations

import asyncio
import threading

import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from bot.web import BuiltLater


async def test_calls_that_come_at_once_build_one_application_off_the_loop() -> None:
    threads: list[int] = []

    def build() -> ASGIApp:
        threads.append(threading.get_ident())
        return Starlette(routes=[Route("/x", lambda request: PlainTextResponse(request.url.path))])

    app = Starlette(routes=[Mount("/api/v1", app=BuiltLater(build))])
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert threads == []
        answers = await asyncio.gather(*(client.get("/api/v1/x") for _ in range(5)))
    assert [answer.text for answer in answers] == ["/api/v1/x"] * 5
    assert len(threads) == 1 and threads[0] != threading.get_ident()


async def test_a_build_that_failed_is_tried_again_by_the_next_call() -> None:
    tries: list[int] = []

    def build() -> ASGIApp:
        tries.append(1)
        if len(tries) == 1:
            raise MemoryError("not now")
        return PlainTextResponse("ok")

    transport = httpx.ASGITransport(app=BuiltLater(build), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.get("/")).status_code == 500
        assert (await client.get("/")).text == "ok"
