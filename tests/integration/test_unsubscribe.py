"""The way out: robots that look change nothing, one POST ends it, more is confirmed at the address itself."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.records import Address, Consent, Contact, OutboxMessage
from bot.unsubscribe.links import Links
from bot.unsubscribe.words import WORDS, masked
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.lab import TOKEN, Lab, LabDoor, running
from tests.integration.storebench import new_id

ONE_CLICK = {
    "content": b"List-Unsubscribe=One-Click",
    "headers": {"content-type": "application/x-www-form-urlencoded"},
}
MULTIPART = {
    "content": b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    "headers": {"content-type": "multipart/form-data; boundary=x"},
}


def address(contact_id: str, channel: str, value: str) -> Address:
    return Address(id=new_id(), contact_id=contact_id, channel=channel, value=value, created_at=NOON)


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[Lab]:
    doors = {"lab": LabDoor("lab", "whatsapp"), "desk": LabDoor("desk", "email")}
    async with running(database, tmp_path, doors=doors) as started:
        contact = Contact(
            id="c1",
            name="Karim B.",
            source_channel="email",
            tags=[],
            fields={},
            created_at=NOON,
            updated_at=NOON,
        )
        mail, phone = address("c1", "email", "karim@example.org"), address("c1", "whatsapp", "+213550000001")
        await started.app.store.write(lambda session: session.add_all([contact, mail, phone]))
        yield started


def link(lab: Lab, contact_id: str = "c1", purpose: str = "offers") -> str:
    way_out = lab.app.office.unsubscribe
    assert way_out is not None
    return way_out.links.stop(contact_id, "email", purpose).replace("https://bot.example.org", lab.url)


async def words(lab: Lab) -> set[tuple[str, str, bool]]:
    return {(word.channel, word.purpose, word.granted) for word in await lab.rows(Consent)}


async def standing(web: httpx.AsyncClient, lab: Lab, **params: str) -> dict[tuple[str, str], str]:
    answer = await web.get(
        f"{lab.url}/api/v1/contacts/c1/consents", params=params, headers={"authorization": f"Bearer {TOKEN}"}
    )
    assert answer.status_code == 200
    return {(each["channel"], each["purpose"]): each["state"] for each in answer.json()["standings"]}


async def test_the_way_out_from_the_link_to_the_ledger_and_back(lab: Lab) -> None:
    """One program for all of it: starting one costs more than what is asked of it."""
    async with httpx.AsyncClient() as web:
        await looking_changes_nothing(web, lab)
        await one_click_ends_it(web, lab)
        await choices_stop_at_once_and_start_after_a_confirmation(web, lab)
        await stop_everything_is_written_once(web, lab)
        await a_confirmation_older_than_a_no_is_void(web, lab)
        await strange_links_change_nothing(web, lab)


async def looking_changes_nothing(web: httpx.AsyncClient, lab: Lab) -> None:
    for method in ("GET", "HEAD"):
        for path in ("", "/choices", "?lang=ar", "?action=stop", "?List-Unsubscribe=One-Click"):
            answer = await web.request(method, link(lab) + path)
            assert answer.status_code == 200
    assert await words(lab) == set()
    page = (await web.get(link(lab))).text
    assert "k•••@example.org" in page and "karim" not in page and "Karim" not in page  # it may be forwarded
    arabic = await web.get(link(lab) + "?lang=ar")
    assert 'dir="rtl"' in arabic.text and WORDS["ar"]["stop"] in arabic.text
    assert "<script" not in page and "frame-ancestors 'none'" in arabic.headers["content-security-policy"]
    assert arabic.headers["referrer-policy"] == "no-referrer"


async def one_click_ends_it(web: httpx.AsyncClient, lab: Lab) -> None:
    assert (await web.post(link(lab), data={"any": "thing"})).status_code == 200
    assert await words(lab) == set()  # a POST that asks for nothing
    for way in (ONE_CLICK, MULTIPART, ONE_CLICK):
        answer = await web.post(link(lab), **way)  # type: ignore[arg-type]
        assert answer.status_code == 200 and answer.text == "unsubscribed"
    assert await words(lab) == {("email", "offers", False), ("email", "information", False)}
    assert len(await lab.rows(Consent)) == 2
    found = await standing(web, lab)
    assert found["email", "offers"] == "refused" and found["email", "service"] == "unknown"
    before = await standing(web, lab, at=(lab.clock.now() - timedelta(hours=1)).isoformat())
    assert before["email", "offers"] == "unknown"


async def choices_stop_at_once_and_start_after_a_confirmation(web: httpx.AsyncClient, lab: Lab) -> None:
    wanted = ["email:offers", "email:service", "whatsapp:offers", "whatsapp:information", "sms:offers", "x:y"]
    form = {"action": "save", "want": wanted, "less": "yes", "language": "ar"}
    page = await web.post(link(lab) + "/choices?lang=fr", data=form)
    assert page.status_code == 200 and WORDS["fr"]["saved"] in page.text
    assert ("whatsapp", "service", False) in await words(lab)  # it was ticked before
    assert not any(granted for _, _, granted in await words(lab))  # more is asked first
    (contact,) = await lab.rows(Contact)
    assert (contact.mode, contact.language, contact.version) == ("low_contact", "ar", 2)
    await lab.until(lambda: len(lab.desk.calls) == 1)
    asked = lab.desk.calls[0]
    assert asked.to == "karim@example.org" and "أكّدوا" not in asked.subject
    (url,) = re.findall(r"https://bot\.example\.org/u/\S+", asked.text)
    url = url.replace("https://bot.example.org", lab.url)
    await web.get(url)
    assert not any(granted for _, _, granted in await words(lab))
    for _ in range(2):
        assert WORDS["ar"]["confirmed"] in (await web.post(url, data={"action": "confirm"})).text
    (granted,) = [word for word in await lab.rows(Consent) if word.granted]
    assert (granted.channel, granted.purpose, granted.source) == ("email", "offers", "double_opt_in")
    assert WORDS["ar"]["purposes"]["offers"][0] in granted.wording
    lab.advance(hours=73)
    assert WORDS["ar"]["expired"] in (await web.post(url, data={"action": "confirm"})).text


async def stop_everything_is_written_once(web: httpx.AsyncClient, lab: Lab) -> None:
    for _ in range(2):
        page = await web.post(link(lab), data={"action": "stop_all"})
        assert WORDS["ar"]["stopped_all"] in page.text
    assert [word.purpose for word in await lab.rows(Consent)].count("all") == 1
    assert set((await standing(web, lab)).values()) == {"refused"}


async def a_confirmation_older_than_a_no_is_void(web: httpx.AsyncClient, lab: Lab) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    ask = {"key": "wish-0001", "channel": "email", "purpose": "offers", "granted": True, "source": "agent"}
    ask |= {"wording": "au téléphone"}
    path = f"{lab.url}/api/v1/contacts/c1/consents"
    asked = await web.post(path, json=ask | {"confirm": True}, headers=headers)
    assert asked.status_code == 202 and asked.json() == {"written": False, "asked": True}
    await lab.until(lambda: len(lab.desk.calls) == 2)
    (url,) = re.findall(r"https://bot\.example\.org/u/\S+", lab.desk.calls[1].text)
    url = url.replace("https://bot.example.org", lab.url)
    lab.advance(seconds=5)
    no = ask | {"key": "wish-0002", "granted": False}
    for expected in (True, False):  # the same call again writes nothing
        assert (await web.post(path, json=no, headers=headers)).json()["written"] is expected
    assert WORDS["ar"]["expired"] in (await web.post(url, data={"action": "confirm"})).text
    assert (await standing(web, lab))["email", "offers"] == "refused"
    late = {"at": (lab.clock.now() + timedelta(days=1)).isoformat(), "key": "wish-0003"}
    for wrong in (
        late,
        {"source": "import_dated"},
        {"purpose": "all", "confirm": True},
        {"source": "message"},
    ):
        assert (await web.post(path, json=ask | wrong, headers=headers)).status_code == 422
    nobody = await web.post(path.replace("c1", "nobody"), json=no, headers=headers)
    assert nobody.status_code == 404 or nobody.json()["written"] is False


async def strange_links_change_nothing(web: httpx.AsyncClient, lab: Lab) -> None:
    before = await words(lab)
    token = link(lab).rpartition("/")[2]
    foreign = Links("", "f" * 40).stop("c1", "email", "offers")
    for bad in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x", "%00", token + "A", foreign[3:]):
        answer = await web.post(f"{lab.url}/u/{bad}", **ONE_CLICK)  # type: ignore[arg-type]
        assert answer.status_code == 404, bad
    gone = await web.post(link(lab, "erased"), data={"action": "stop"})
    assert gone.status_code == 200 and WORDS["fr"]["gone"] in gone.text
    large = await web.post(link(lab), content=b"a" * 20_000)
    assert large.status_code == 400
    assert await words(lab) == before


def test_links_signed_with_an_older_secret_stay_good_and_others_are_read_by_nobody() -> None:
    old, new = Links("https://example.org", "o" * 40), Links("https://example.org", "n" * 40, ["o" * 40])
    token = old.stop("c1", "email", "offers").rpartition("/")[2]
    read = new.read(token)
    assert read is not None and (read.contact_id, read.channel, read.purposes) == ("c1", "email", ("offers",))
    assert Links("https://example.org", "n" * 40).read(token) is None
    assert new.read("é" * 30) is None and new.read("A" * 10_000) is None and new.read("") is None


def test_the_pages_say_the_same_in_every_language() -> None:
    def shape(words: Any) -> Any:
        if isinstance(words, dict):
            return {key: shape(value) for key, value in words.items()}
        return [len(words)] if isinstance(words, tuple) else sorted(re.findall(r"{\w+}", words))

    assert shape(WORDS["fr"]) == shape(WORDS["ar"]) == shape(WORDS["en"])


def test_an_address_is_shown_to_its_owner_only() -> None:
    assert masked("email", "karim@example.org") == "k•••@example.org"
    assert masked("sms", "+213550000001") == "+213•••01"
    assert masked("telegram", "1234") == "•••"


async def test_the_api_lists_what_was_and_will_be_sent(sqlite_database: Database, tmp_path: Path) -> None:
    async with running(sqlite_database, tmp_path) as lab, httpx.AsyncClient() as web:
        await lab.hear("bonjour")
        await lab.settled()
        talk = await lab.conversation()
        later = OutboxMessage(
            id=new_id(),
            key="later",
            conversation_id=talk.id,
            account_id="lab",
            thread=talk.thread,
            to=talk.address,
            body={"text": "à demain", "author": "Amina"},
            purpose="service",
            priority=3,
            status="queued",
            next_at=NOON + timedelta(days=1),
            created_at=NOON,
        )
        await lab.app.store.write(lambda session: session.add(later))
        path = f"{lab.url}/api/v1/contacts/{talk.contact_id}/calendar"
        answer = await web.get(path, headers={"authorization": f"Bearer {TOKEN}"})
        lines = answer.json()
        assert [(line["ahead"], line["source"]) for line in lines] == [(True, "Amina"), (False, "bot")]
