"""Followed links and opened mails, over HTTP on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete
from starlette.applications import Starlette

from bot.clock import ManualClock
from bot.ids import IdMaker
from bot.records import Address, OutreachSign, Recipient
from bot.records.base import table_of
from bot.store.port import Store
from bot.tracking.pages import TrackingPages
from bot.tracking.tokens import FollowedLinks
from tests.fakes import NOON
from tests.integration.rulebench import person
from tests.integration.storebench import new_id, rows_of

BROWSER = {
    "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"
}
LINKS = FollowedLinks("https://bot.example.org", "s" * 32)
OFFER, PLAN = "https://example.org/offre?c=42", "https://example.org/plan"


class Web:
    """A server with one message, sent a minute ago."""

    def __init__(self, store: Store, clock: ManualClock, client: httpx.AsyncClient, row_id: str) -> None:
        self.store = store
        self.clock = clock
        self.client = client
        self.row_id = row_id

    async def get(self, url: str, method: str = "GET", **headers: str) -> httpx.Response:
        path = url.removeprefix("https://bot.example.org")
        return await self.client.request(method, path, headers=BROWSER | headers)

    async def follow(self, url: str = OFFER, **headers: str) -> httpx.Response:
        return await self.get(LINKS.wrap(url, self.row_id), **headers)

    async def signs(self) -> list[tuple[Any, ...]]:
        rows = await rows_of(self.store, OutreachSign)
        return sorted((row.kind, row.link, row.by, row.why, row.times) for row in rows)

    async def row(self) -> Any:
        (row,) = await rows_of(self.store, Recipient)
        return row


@pytest.fixture
async def web(store: Store) -> AsyncIterator[Web]:
    contact = await person(store, email="karim@example.org")
    row = {
        "campaign_id": "c",
        "contact_id": contact,
        "due_at": NOON,
        "status": "sent",
        "settled_at": NOON - timedelta(minutes=1),
    }
    (row_id,) = await add_recipient(store, row)
    clock = ManualClock(NOON)
    pages = TrackingPages(store, LINKS, clock=clock, ids=IdMaker(clock))
    transport = httpx.ASGITransport(app=Starlette(routes=pages.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        yield Web(store, clock, client, row_id)


async def add_recipient(store: Store, row: dict[str, Any]) -> list[str]:

    whole = {"id": new_id()} | row
    await store.write(lambda session: session.add(Recipient(**whole)))
    return [whole["id"]]


async def test_a_link_leads_on_and_is_counted_once_a_message(web: Web) -> None:
    answer = await web.follow()
    assert (answer.status_code, answer.headers["location"]) == (302, OFFER)
    assert answer.headers["cache-control"] == "no-store, private" and "set-cookie" not in answer.headers
    web.clock.advance(timedelta(hours=1))
    await web.follow()
    assert await web.signs() == [("click", "https://example.org/offre", "person", "", 2)]
    assert (await web.row()).clicked_at == NOON


async def test_a_picture_always_comes_and_an_opened_mail_is_counted(web: Web) -> None:
    pixel = LINKS.pixel(web.row_id) or ""
    answer = await web.get(pixel)
    assert answer.headers["content-type"] == "image/gif" and answer.content.startswith(b"GIF89a")
    assert (await web.row()).opened_at == NOON
    assert (await web.get("/o/nonsense.gif")).content == answer.content
    assert [sign[:1] + sign[2:] for sign in await web.signs()] == [("open", "person", "", 1)]


async def test_machines_are_counted_apart(web: Web) -> None:
    await web.follow(**{"user-agent": "Mozilla/5.0 (compatible; bingbot/2.0)"})
    await web.get(LINKS.pixel(web.row_id) or "", **{"user-agent": "Mozilla/5.0"})
    row = await web.row()
    assert row.clicked_at is None and row.opened_at is None
    assert [(kind, by, why) for kind, _, by, why, _ in await web.signs()] == [
        ("click", "machine", "program"),
        ("open", "machine", "program"),
    ]


async def test_a_head_and_who_wants_no_following_leave_nothing(web: Web) -> None:
    answer = await web.get(LINKS.wrap(OFFER, web.row_id), method="HEAD")
    assert answer.status_code == 302
    assert (await web.follow(**{"sec-gpc": "1"})).headers["location"] == OFFER
    assert await web.signs() == []


async def test_a_filter_that_follows_every_link_takes_its_first_click_back(web: Web) -> None:
    await web.follow(OFFER)
    assert (await web.row()).clicked_at == NOON
    web.clock.advance(timedelta(seconds=1))
    await web.follow(PLAN)
    assert (await web.row()).clicked_at is None
    assert {(by, why) for _, _, by, why, _ in await web.signs()} == {("machine", "burst")}
    web.clock.advance(timedelta(minutes=5))
    await web.follow(PLAN)
    assert (await web.row()).clicked_at == web.clock.now()


async def test_the_links_of_somebody_erased_lead_on_and_nothing_is_kept(web: Web) -> None:
    await web.store.write(lambda session: session.execute(delete(table_of(Address))))
    assert (await web.follow()).headers["location"] == OFFER
    assert await web.signs() == []


async def test_a_made_up_link_leads_nowhere(web: Web) -> None:
    good = LINKS.wrap(OFFER, web.row_id)
    for bad in (good[:-4] + "AAAA", "/t/x", "/t/" + "A" * 3_000):
        answer = await web.get(bad)
        assert answer.status_code == 404 and "location" not in answer.headers
    assert await web.signs() == []


async def test_no_database_no_count_but_the_link_leads_on(web: Web) -> None:
    await web.store.close()
    answer = await web.follow()
    assert answer.headers["location"] == OFFER


async def test_a_message_of_nobody_known_is_not_counted(web: Web) -> None:
    other = "f" * 32
    assert (await web.get(LINKS.wrap(OFFER, other))).status_code == 302
    assert await web.signs() == []
