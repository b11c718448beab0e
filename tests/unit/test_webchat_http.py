"""Session, upload, files, the widget's script and the demo page over HTTP."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.media import MediaStore
from channels.port import Attachment, Media
from channels.webchat.door import WebChatDoor
from channels.webchat.files import file_response
from channels.webchat.settings import WebChatSettings
from channels.webchat.shop import SHOP as SHOP_WORDS
from channels.webchat.token import Signer
from tests.fakes import FakeHost

SECRET = b"a-secret-for-tests-only-0123456789"
SHOP = "https://shop.example.org"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x02\x08\x02\x00\x00\x00" + b"\x00" * 20
)


class HostWithFolder(FakeHost):
    """A fake host whose files go through the real store and its checks."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.store = MediaStore(folder, 100_000)

    async def store_media(self, data: bytes, *, name: str = "", claimed_mime: str = "") -> Attachment:
        return await self.store.put(data, name, claimed_mime)

    async def load_media(self, ref: str) -> Media | None:
        return await self.store.get(ref)


@pytest.fixture
def host(tmp_path: Path) -> HostWithFolder:
    return HostWithFolder(tmp_path)


@pytest.fixture
async def client(host: HostWithFolder) -> AsyncIterator[httpx.AsyncClient]:
    settings = WebChatSettings(
        account_id="chat",
        identity_secret=SECRET,
        allowed_origins=(SHOP,),
        title="Briqueterie <Atlas>",
        greeting={"ar": "أهلًا"},
        public_url="https://bot.example.org",
        max_upload_bytes=100_000,
        demo=True,
    )
    app = Starlette(routes=WebChatDoor(settings, host).routes())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://bot.example.org") as running:
        yield running


async def open_session(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    response = await client.post("/webchat/chat/session", json=body, headers={"origin": SHOP})
    assert response.status_code == 200
    value: dict[str, Any] = response.json()
    return value


async def upload(
    client: httpx.AsyncClient, token: str, data: bytes = PNG, name: str = "photo.png", mime: str = "image/png"
) -> httpx.Response:
    headers = {"origin": SHOP, "authorization": f"Bearer {token}", "x-file-name": name, "content-type": mime}
    return await client.post("/webchat/chat/media", content=data, headers=headers)


async def test_a_session_makes_a_visitor_and_renews_the_one_it_knows(client: httpx.AsyncClient) -> None:
    first = await open_session(client)
    again = await open_session(client, token=first["token"], language="ar")
    other = await open_session(client, token="forged")
    assert again["visitor"] == first["visitor"] != other["visitor"]
    assert (again["greeting"], again["language"], first["greeting"]) == ("أهلًا", "ar", "")


async def test_a_logged_in_customer_must_be_signed_by_the_site(client: httpx.AsyncClient) -> None:
    signature = hmac.new(SECRET, b"identity:c42", hashlib.sha256).hexdigest()
    session = await open_session(client, identity={"id": "c42", "signature": signature, "name": "Samira\nB."})
    assert session["visitor"] == "user:c42"
    forged = await client.post(
        "/webchat/chat/session",
        json={"identity": {"id": "c42", "signature": "0" * 64}},
        headers={"origin": SHOP},
    )
    assert forged.status_code == 403


async def test_a_page_that_logged_out_does_not_go_on_as_that_customer(client: httpx.AsyncClient) -> None:
    signature = hmac.new(SECRET, b"identity:c42", hashlib.sha256).hexdigest()
    session = await open_session(client, identity={"id": "c42", "signature": signature})
    assert (await open_session(client, token=session["token"]))["visitor"].startswith("visitor:")


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://shop.example.org", ""])
@pytest.mark.parametrize("path", ["session", "media"])
async def test_other_origins_are_refused_and_get_no_cors(
    client: httpx.AsyncClient, path: str, origin: str
) -> None:
    headers = {"origin": origin} if origin else {}
    for method in ("POST", "OPTIONS"):
        response = await client.request(method, f"/webchat/chat/{path}", headers=headers)
        assert response.status_code == 403
        assert "access-control-allow-origin" not in response.headers


async def test_cors_names_exactly_the_asking_origin_without_credentials(client: httpx.AsyncClient) -> None:
    response = await client.options("/webchat/chat/media", headers={"origin": SHOP})
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == SHOP
    assert response.headers["vary"] == "Origin"
    assert "access-control-allow-credentials" not in response.headers
    own = await client.post("/webchat/chat/session", headers={"origin": "https://bot.example.org"})
    assert own.headers["access-control-allow-origin"] == "https://bot.example.org"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"token": 7}', b"x" * 20_000])
async def test_a_broken_session_request_is_a_clear_400(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"origin": SHOP, "accept-language": "ar"}
    response = await client.post("/webchat/chat/session", content=body, headers=headers)
    assert response.status_code == 400
    assert "الرسالة" in response.json()["text"]


async def test_a_photo_goes_up_and_comes_back_by_its_link_only(client: httpx.AsyncClient) -> None:
    session = await open_session(client)
    response = await upload(client, session["token"], name="%D8%B5%D9%88%D8%B1%D8%A9.png")
    assert response.status_code == 201
    stored = response.json()
    assert (stored["kind"], stored["mime"], stored["name"]) == ("image", "image/png", "صورة.png")
    assert Signer(SECRET, "chat").read_ticket(session["visitor"], stored["ticket"]).size == len(PNG)
    served = await client.get("/" + stored["url"])
    assert (served.status_code, served.content) == (200, PNG)
    assert served.headers["content-type"] == "image/png"
    assert served.headers["content-disposition"].startswith("inline;")
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in served.headers["content-security-policy"]
    assert (await client.get("/" + stored["url"][:-2] + "AA")).status_code == 403
    assert (await client.get("/webchat/chat/media/" + stored["ticket"])).status_code == 403


async def test_a_file_of_a_form_is_taken_as_well(client: httpx.AsyncClient) -> None:
    session = await open_session(client)
    headers = {"origin": SHOP, "authorization": f"Bearer {session['token']}"}
    files = {"file": ("photo.png", PNG, "image/png")}
    response = await client.post("/webchat/chat/media", files=files, headers=headers)
    assert (response.status_code, response.json()["name"]) == (201, "photo.png")
    broken = await client.post(
        "/webchat/chat/media",
        content=b"--x",
        headers=headers | {"content-type": "multipart/form-data; boundary=y"},
    )
    assert broken.status_code == 415
    nameless = await client.post("/webchat/chat/media", files={"other": ("a", PNG)}, headers=headers)
    assert nameless.status_code == 415


@pytest.mark.parametrize(
    ("data", "name", "mime"),
    [
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "a.svg",
            "image/svg+xml",
        ),
        (b"<!doctype html><script>alert(1)</script>", "a.html", "text/html"),
        (b"MZ\x90\x00" + b"\x00" * 50, "setup.exe", "application/x-msdownload"),
    ],
)
async def test_active_content_is_only_ever_saved(
    client: httpx.AsyncClient, data: bytes, name: str, mime: str
) -> None:
    session = await open_session(client)
    stored = (await upload(client, session["token"], data, name, mime)).json()
    served = await client.get("/" + stored["url"])
    assert served.headers["content-type"] == "application/octet-stream"
    assert served.headers["content-disposition"].startswith("attachment;")
    assert '.bin"' in served.headers["content-disposition"]


@pytest.mark.parametrize("mime", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"])
def test_whatever_the_store_says_nothing_that_runs_is_served_as_such(mime: str) -> None:
    attachment = Attachment(kind="file", ref=f"media:{'a' * 64}", name="x", mime=mime)
    response = file_response(Media(attachment=attachment, data=b"x"), "x")
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("data", "mime", "status", "code"),
    [
        (b"", "image/png", 415, "file_refused"),
        (b"not a photo at all", "image/jpeg", 415, "file_refused"),
        (b"x" * 100_001, "text/plain", 413, "file_too_large"),
    ],
)
async def test_a_bad_file_is_refused_in_words(
    client: httpx.AsyncClient, host: HostWithFolder, data: bytes, mime: str, status: int, code: str
) -> None:
    session = await open_session(client)
    response = await upload(client, session["token"], data, "x", mime)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["text"]
    assert response.headers["access-control-allow-origin"] == SHOP  # so that the page can read it


async def test_an_upload_needs_a_token(client: httpx.AsyncClient) -> None:
    assert (await upload(client, "forged")).status_code == 401


async def test_too_many_uploads_of_one_visitor_are_put_off(client: httpx.AsyncClient) -> None:
    token = (await open_session(client))["token"]
    answers = [await upload(client, token) for _ in range(22)]
    assert [answer.status_code for answer in answers].count(429) == 2
    assert answers[-1].headers["retry-after"]


async def test_the_script_is_cached_by_its_etag_and_compressed(client: httpx.AsyncClient) -> None:
    response = await client.get("/widget.js")
    assert response.headers["content-type"].startswith("text/javascript")
    assert response.headers["content-encoding"] == "gzip"
    assert '"chat"' in response.text
    assert "__DEFAULT_ACCOUNT__" not in response.text
    unchanged = await client.get("/widget.js", headers={"if-none-match": response.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    plain = await client.get("/widget.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == response.text
    assert len(response.content) == len(plain.content)


@pytest.mark.parametrize(
    ("language", "direction"), [("fr", "ltr"), ("ar", "rtl"), ("en", "ltr"), ("xx", "ltr")]
)
async def test_the_page_speaks_its_language_and_lets_nothing_run(
    client: httpx.AsyncClient, language: str, direction: str
) -> None:
    response = await client.get("/chat", params={"lang": language})
    shown = language if language != "xx" else "fr"
    assert f'<html lang="{shown}" dir="{direction}">' in response.text
    assert "Briqueterie &lt;Atlas&gt;" in response.text
    assert "unsafe" not in response.headers["content-security-policy"]
    assert "wss://bot.example.org" in response.headers["content-security-policy"]


def test_every_language_of_the_page_has_the_same_words() -> None:
    shapes = [
        {key: len(value) for key, value in words.items() if isinstance(value, tuple)}
        for words in SHOP_WORDS.values()
    ]
    assert shapes[0] == shapes[1] == shapes[2]
    assert len({frozenset(words) for words in SHOP_WORDS.values()}) == 1
