"""Files in and out: fetched with retries and limits, never led inside, never the log-in shown; links that end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.clock import ManualClock
from channels.port import Attachment, NotSent, Rejected, SendError
from channels.twilio.door import TwilioDoor
from channels.twilio.links import LIFE, MediaLinks
from channels.twilio.media import MediaLine
from tests.contract.twilio_bench import PUBLIC
from tests.contract.twilio_bench import settings as account
from tests.fakes import NOON, FakeHost
from tests.loopback import LoopbackServer
from tests.standins.twilio_api import TwilioApi
from tests.standins.twilio_state import ACCOUNT, Fault

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 8
MEDIA = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/MM{'0' * 32}/Media/ME{'0' * 32}"


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    with TwilioApi() as twilio:
        yield twilio


def photo(url: str, *, mime: str = "image/jpeg", kind: str = "image") -> Attachment:
    return Attachment(kind=kind, ref=f"sms:{url}", mime=mime)  # type: ignore[arg-type]


async def fetched(api: TwilioApi, attachment: Attachment, *, limit: int = 1_000_000) -> Attachment:
    door = TwilioDoor(replace(account("sms", api.url), max_media_bytes=limit), FakeHost())
    try:
        return await door.fetch(attachment)
    finally:
        await door.close()


async def test_a_file_is_brought_over_the_redirect_and_the_log_in_stays_with_twilio(api: TwilioApi) -> None:
    stored = await fetched(api, photo(api.keep(JPEG)))
    assert (stored.kind, stored.size) == ("image", len(JPEG)) and stored.ref.startswith("media:")
    first, second = api.state.taken
    assert first.authorised and second.path.startswith("/cdn/") and not second.authorised
    assert api.state.leaks == []


async def test_a_card_stays_a_contact_and_sound_stays_sound(api: TwilioApi) -> None:
    card = await fetched(
        api, photo(api.keep(b"BEGIN:VCARD", "text/vcard"), mime="text/vcard", kind="contact")
    )
    sound = await fetched(api, photo(api.keep(b"OggS....", "audio/ogg"), mime="audio/ogg", kind="audio"))
    assert (card.kind, sound.kind) == ("contact", "audio")


async def test_a_place_and_a_file_of_ours_are_left_as_they_are(api: TwilioApi) -> None:
    for ref in ("geo:36.7,5.0", f"media:{'0' * 64}"):
        kept = Attachment(kind="location", ref=ref)
        assert await fetched(api, kept) is kept
    assert not api.state.taken


async def test_a_file_too_large_is_refused_before_it_is_all_here(api: TwilioApi) -> None:
    with pytest.raises(Rejected) as refused:
        await fetched(api, photo(api.keep(bytes(5_000))), limit=4_999)
    assert refused.value.code == "too_large"
    assert (await fetched(api, photo(api.keep(bytes(5_000))), limit=5_000)).size == 5_000


async def test_a_stream_without_an_end_or_a_length_is_cut_off_at_the_limit() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 10_000
            yield bytes(10_000)
            await asyncio.sleep(0)

    async def serve(request: Request) -> Response:
        return StreamingResponse(endless())

    async with LoopbackServer(Starlette(routes=[Route("/{path:path}", serve)])) as server:
        media = MediaLine(replace(account("sms", server.url), max_media_bytes=100_000))
        with pytest.raises(Rejected) as refused:
            await media.download(f"{server.url}/file")
        await media.close()
    assert refused.value.code == "too_large"
    assert sent < 20_000_000


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, NotSent),
        (403, NotSent),
        (404, NotSent),
        (429, NotSent),
        (500, NotSent),
        (410, Rejected),
        (400, Rejected),
    ],
)
async def test_what_may_mend_is_tried_again_and_what_is_gone_is_not(
    api: TwilioApi, status: int, expected: type[SendError]
) -> None:
    api.plan(Fault(kind="answer", method="GET", path="", status=status))
    with pytest.raises(SendError) as raised:
        await fetched(api, photo(api.keep(JPEG)))
    assert type(raised.value) is expected


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/",
        "http://127.0.0.1:1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "http://localhost:8080/metrics",
        "file:///etc/passwd",
        "https://0x7f000001/",
        "https://2130706433/",
        "",
        "https://user@api.twilio.com/",
    ],
)
async def test_a_redirect_never_leads_inside(api: TwilioApi, location: str) -> None:
    api.plan(Fault(kind="answer", method="GET", path="", status=302, headers={"location": location}))
    if not location:  # to itself: the second answer is the stand-in's own
        assert (await fetched(api, photo(api.keep(JPEG)))).size == len(JPEG)
        return
    with pytest.raises(SendError) as raised:
        await fetched(api, photo(api.keep(JPEG)))
    assert not isinstance(raised.value, NotSent), "it is never tried again"
    assert len(api.state.taken) == 1


async def test_redirects_end_somewhere(api: TwilioApi) -> None:
    for _ in range(4):
        api.plan(Fault(kind="answer", method="GET", path="", status=302, headers={"location": "/again"}))
    with pytest.raises(Rejected, match="redirects"):
        await fetched(api, photo(api.keep(JPEG)))


async def test_a_file_of_another_account_gets_no_log_in(api: TwilioApi) -> None:
    with pytest.raises(NotSent):
        await fetched(api, photo(f"{api.url}/2010-04-01/Accounts/AC{'f' * 32}/Messages/MM/Media/ME"))
    assert not api.state.taken[0].authorised


@pytest.mark.parametrize(
    ("url", "given"),
    [
        (f"https://api.twilio.com{MEDIA}", True),
        (f"https://api.ie1.twilio.com{MEDIA}", True),
        (f"https://api.dublin.ie1.twilio.com{MEDIA}", True),
        (f"https://api.twilio.com.example.org{MEDIA}", False),
        (f"https://apixtwilio.com{MEDIA}", False),
        (f"https://media.twiliocdn.com{MEDIA}", False),
        ("https://api.twilio.com/other", False),
    ],
)
def test_the_log_in_goes_to_twilios_own_api_alone(url: str, given: bool) -> None:
    headers = MediaLine(account("sms"))._headers(url)
    assert ("authorization" in headers) == given
    assert headers["host"] == urlsplit(url).netloc


async def test_a_provider_that_is_down_or_slow_is_tried_again(api: TwilioApi) -> None:
    api.plan(Fault(kind="hang", method="GET", path=""))
    with pytest.raises(NotSent, match="time"):
        await fetched(api, photo(api.keep(JPEG)))
    api.plan(Fault(kind="cut_after", method="GET", path=""))
    with pytest.raises(NotSent):
        await fetched(api, photo(api.keep(JPEG)))


async def test_a_file_that_the_store_refuses_is_refused(api: TwilioApi) -> None:
    with pytest.raises(Rejected) as refused:
        await fetched(api, photo(api.keep(b"")))
    assert refused.value.code == "bad_file"


class Shop:
    """Our side of the links, as Twilio's fetcher sees it."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOON)
        self.host = FakeHost(self.clock)
        self.links = MediaLinks(account("whatsapp"), self.host)

    async def get(self, url: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=Starlette(routes=[self.links.route()]))
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
            return await client.get(url)


async def test_a_link_serves_its_file_as_what_it_is_and_nothing_else() -> None:
    shop = Shop()
    stored = await shop.host.store_media(JPEG, claimed_mime="image/jpeg")
    url = shop.links.link(stored, NOON)
    answer = await shop.get(url)
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    other = await shop.host.store_media(b"secret", claimed_mime="text/plain")
    digest, theirs = stored.ref.removeprefix("media:"), other.ref.removeprefix("media:")
    forged = [
        url.replace(digest, theirs),
        url.replace("until=", "until=9"),
        url[:-1],
        url.replace("by=", "by=é"),
        url.partition("?")[0],
        f"{url.partition('?')[0]}?until=x&by=y",
    ]
    assert [(await shop.get(one)).status_code for one in forged] == [404] * len(forged)


async def test_a_link_ends_and_a_file_may_be_gone() -> None:
    shop = Shop()
    stored = await shop.host.store_media(JPEG, claimed_mime="image/jpeg")
    url = shop.links.link(stored, NOON)
    shop.clock.advance(LIFE)
    assert (await shop.get(url)).status_code == 200
    shop.clock.advance(timedelta(seconds=1))
    assert (await shop.get(url)).status_code == 410
    shop.host.media.clear()
    url = shop.links.link(stored, shop.clock.now())
    assert (await shop.get(url)).status_code == 404
    assert shop.links.link(Attachment(kind="file", ref="sms:https://x.example"), NOON) == ""
