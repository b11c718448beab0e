"""Signing in, and everything that is tried instead: on both databases, through the real gate."""

from __future__ import annotations

import asyncio

import pyotp
import pytest
from sqlalchemy import select

from bot.console.passwords import WeakPassword, check_password
from bot.console.sessions import IDLE, end_sessions, hash_of
from bot.records import AuditEntry, ConsoleLink, ConsoleSession, Credential, SignInCount
from bot.records.base import table_of
from bot.store.changes import NotPossible
from bot.store.port import Store
from tests.conftest import Database, Opener
from tests.integration.consolebench import PASSWORD, URL, Bench, enter, link_in, pages_of_the_tests
from tests.integration.storebench import rows_of

NADIA = "nadia@atlas.example"


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    pages_of_the_tests(monkeypatch)


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


async def actions(bench: Bench) -> list[str]:
    return [row.action for row in await rows_of(bench.store, AuditEntry)]


async def test_a_user_signs_in_and_out_and_both_are_on_record(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        entered = await enter(browser, " Nadia@Atlas.example ")
        assert (entered.status_code, entered.headers["location"]) == (303, "/console/")
        cookie = entered.headers["set-cookie"]
        assert "__Secure-relais-session=" in cookie
        for flag in ("HttpOnly", "Secure", "SameSite=lax", "Path=/console"):
            assert flag in cookie
        page = await browser.get("/console/")
        assert page.text == f"for {NADIA}"
        assert (await browser.post("/console/sign-out")).status_code == 303
        assert (await browser.get("/console/")).headers["location"] == "/console/sign-in"
    assert "signed_in" in await actions(bench)
    (kept,) = await rows_of(bench.store, ConsoleSession)
    assert kept.ended_because == "signed out" and bench.cut == [kept.id]


async def test_a_wrong_password_and_an_unknown_address_are_told_the_same(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        known = await enter(browser, NADIA, "pas le bon mot")
        unknown = await enter(browser, "nobody@atlas.example", "pas le bon mot")
    assert known.status_code == unknown.status_code == 401
    assert known.text.replace(NADIA, "") == unknown.text.replace("nobody@atlas.example", "")
    assert "set-cookie" not in known.headers


async def test_a_stranger_does_not_make_the_process_load_the_pages(bench: Bench) -> None:
    async with bench.browser() as browser:
        for path in ("/console/", "/console/inbox", "/console/_nicegui/3.18.0/static/nicegui.js"):
            assert (await browser.get(path)).status_code in (303, 401)
    assert bench.opened == 0


async def test_the_sixth_wrong_password_closes_the_account_and_its_owner_is_told_once(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        answers = [(await enter(browser, NADIA, f"faux {n}")).status_code for n in range(7)]
        assert answers == [401, 401, 401, 401, 429, 429, 429]
        assert (await enter(browser, NADIA)).status_code == 429  # also with the right one
        letters = await bench.letters()
        assert [letter["to"] for letter in letters] == [NADIA]
        assert "198.51.100.7" in letters[0]["text"] and "/console/forgot" in letters[0]["text"]
        assert (await actions(bench)).count("locked_out") == 1
        bench.advance(minutes=16)
        assert (await enter(browser, NADIA)).status_code == 303


async def test_many_attempts_at_once_count_as_many(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        tried = await asyncio.gather(*(enter(browser, NADIA, f"faux {n}") for n in range(12)))
    assert sum(answer.status_code == 401 for answer in tried) <= 4
    rows = await rows_of(bench.store, SignInCount)
    assert any(row.count == 12 and row.locked_until for row in rows)
    assert len(await bench.letters()) == 1


async def test_an_unknown_address_is_closed_like_a_known_one(bench: Bench) -> None:
    async with bench.browser() as browser:
        answers = [(await enter(browser, "nobody@atlas.example", f"faux {n}")).status_code for n in range(6)]
    assert answers == [401, 401, 401, 401, 429, 429]
    assert await bench.letters() == []


async def test_one_address_that_tries_many_accounts_is_stopped_and_others_are_not(bench: Bench) -> None:
    await bench.add()
    theirs = {"address": "203.0.113.9"}
    async with bench.browser(**theirs) as browser:
        statuses = [(await enter(browser, f"user{n}@x.example", "faux")).status_code for n in range(32)]
    assert statuses[29] == 401 and statuses[30:] == [429, 429]
    async with bench.browser() as browser:
        assert (await enter(browser, NADIA)).status_code == 303


async def test_a_token_that_somebody_planted_is_never_signed_in(bench: Bench) -> None:
    """Session fixation: what the browser brings along is not taken on."""
    await bench.add()
    planted = "a" * 43
    async with bench.browser() as browser:
        browser.cookies.set("__Secure-relais-session", planted, domain="bot.example.org", path="/console")
        await enter(browser, NADIA)
        assert (await browser.get("/console/")).status_code == 200
    assert await bench.sessions.look(planted) is None
    assert [row.token_hash for row in await rows_of(bench.store, ConsoleSession)] != [hash_of(planted)]


async def test_signing_in_again_ends_the_session_before(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        await enter(browser, NADIA)
        first = browser.cookies["__Secure-relais-session"]
        await enter(browser, NADIA)
        assert browser.cookies["__Secure-relais-session"] != first
    bench.advance(seconds=3)
    assert await bench.sessions.look(first) is None


async def test_a_session_ends_when_nobody_uses_it(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        await enter(browser, NADIA)
        for _ in range(4):
            bench.advance(hours=11)
            assert (await browser.get("/console/")).status_code == 200
        bench.advance(seconds=IDLE.total_seconds() + 1)
        assert (await browser.get("/console/")).status_code == 303


async def test_nobody_stays_in_for_more_than_a_week(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        await enter(browser, NADIA)
        for _ in range(15):
            bench.advance(hours=11)
            await browser.get("/console/")
        bench.advance(hours=4)
        assert (await browser.get("/console/")).status_code == 303


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://bot.example.org.evil.example"])
async def test_a_form_of_another_site_is_refused(bench: Bench, origin: str) -> None:
    await bench.add()
    async with bench.browser() as browser:
        await enter(browser, NADIA)
        for path in ("/console/sign-in", "/console/sign-out", "/console/language", "/console/x"):
            refused = await browser.post(path, data={"email": NADIA}, headers={"origin": origin})
            assert refused.status_code == 403
        assert (await browser.get("/console/")).status_code == 200


async def test_a_form_that_does_not_say_where_it_comes_from_is_refused(bench: Bench) -> None:
    async with bench.browser() as browser:
        del browser.headers["origin"]
        assert (await browser.post("/console/sign-in", data={})).status_code == 403


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"]
)
async def test_signing_in_never_leads_elsewhere(bench: Bench, wanted: str) -> None:
    await bench.add()
    async with bench.browser() as browser:
        data = {"email": NADIA, "password": PASSWORD, "next": wanted}
        assert (await browser.post("/console/sign-in", data=data)).headers["location"] == "/console/"


async def test_a_page_that_was_wanted_is_opened_after_signing_in(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        sent = await browser.get("/console/inbox?owner=queue")
        assert sent.headers["location"] == "/console/sign-in?next=%2Finbox%3Fowner%3Dqueue"
        data = {"email": NADIA, "password": PASSWORD, "next": "/inbox?owner=queue"}
        entered = await browser.post("/console/sign-in", data=data)
        assert entered.headers["location"] == "/console/inbox?owner=queue"


async def test_a_password_is_reset_by_a_link_that_works_once(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser, bench.browser() as other:
        await enter(other, NADIA)
        said = await browser.post("/console/forgot", data={"email": NADIA})
        unknown = await browser.post("/console/forgot", data={"email": "nobody@atlas.example"})
        assert said.text == unknown.text
        (letter,) = await bench.letters()
        link = link_in(letter["text"])
        assert (await browser.get(link)).status_code == 200
        assert (await browser.get(link)).status_code == 200  # looking uses nothing up
        weak = await browser.post(link, data={"password": "azerty1234", "again": "azerty1234"})
        assert weak.status_code == 422
        new = {"password": "la brique est cuite", "again": "la brique est cuite"}
        assert (await browser.post(link, data=new)).status_code == 200
        assert (await browser.post(link, data=new)).status_code == 410
        bench.advance(seconds=3)
        assert (await other.get("/console/")).status_code == 303  # every device is signed out
        assert (await enter(browser, NADIA)).status_code == 401
        assert (await enter(browser, NADIA, "la brique est cuite")).status_code == 303
    (kept,) = await rows_of(bench.store, ConsoleLink)
    assert kept.token_hash not in link


async def test_two_who_use_a_link_at_the_same_instant_set_one_password(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        await browser.post("/console/forgot", data={"email": NADIA})
        link = link_in((await bench.letters())[0]["text"])
        forms = [{"password": f"une phrase {n} longue", "again": f"une phrase {n} longue"} for n in range(2)]
        answers = await asyncio.gather(*(browser.post(link, data=form) for form in forms))
    assert sorted(answer.status_code for answer in answers) == [200, 410]


async def test_an_old_link_a_forged_link_and_the_link_of_somebody_shut_out_do_nothing(bench: Bench) -> None:
    user = await bench.add()
    async with bench.browser() as browser:
        await browser.post("/console/forgot", data={"email": NADIA})
        link = link_in((await bench.letters())[0]["text"])
        assert (await browser.get(f"{URL}/console/reset/abc.def")).status_code == 410
        assert (await browser.get(link[:-1] + ("0" if link[-1] != "0" else "1"))).status_code == 410
        bench.advance(minutes=31)
        assert (await browser.get(link)).status_code == 410
        await browser.post("/console/forgot", data={"email": NADIA})
        fresh = link_in((await bench.letters())[-1]["text"])
        await bench.add("chef@atlas.example", "administrator")
        act = bench.users.act("operator")
        await bench.store.write(lambda session: bench.users.set_active(session, act, user.id, False))
        assert (await browser.get(fresh)).status_code == 410


async def test_resets_are_not_sent_without_end(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        statuses = [
            (await browser.post("/console/forgot", data={"email": NADIA})).status_code for _ in range(5)
        ]
    assert statuses == [200, 200, 200, 429, 429]
    assert len(await bench.letters()) == 3


async def with_second_factor(bench: Bench) -> tuple[str, list[str]]:
    user = await bench.add()
    secret, codes = bench.sign_in.new_second_factor()
    act = bench.users.act(user.id)
    await bench.store.write(
        lambda session: bench.sign_in.keep_second_factor(session, act, user.id, secret, codes)
    )
    return secret, codes


async def test_a_second_factor_is_asked_for_and_a_code_works_once(bench: Bench) -> None:
    secret, _ = await with_second_factor(bench)
    code = pyotp.TOTP(secret).at(bench.clock.now())
    async with bench.browser() as browser, bench.browser() as other:
        half = await enter(browser, NADIA)
        assert half.headers["location"].startswith("/console/second-step")
        assert (await browser.get("/console/")).status_code == 303  # half way is not in
        assert (await browser.post("/console/second-step", data={"code": "000000"})).status_code == 401
        done = await browser.post("/console/second-step", data={"code": code})
        assert done.headers["location"] == "/console/"
        assert (await browser.get("/console/")).status_code == 200
        await enter(other, NADIA)
        assert (await other.post("/console/second-step", data={"code": code})).status_code == 401
    (kept,) = await rows_of(bench.store, Credential)
    assert secret not in kept.totp_secret


async def test_codes_can_not_be_guessed_in_a_row(bench: Bench) -> None:
    secret, _ = await with_second_factor(bench)
    async with bench.browser() as browser:
        await enter(browser, NADIA)
        tried = [
            (await browser.post("/console/second-step", data={"code": f"{n:06}"})).status_code
            for n in range(7)
        ]
        assert tried[5:] == [429, 429]
        right = {"code": pyotp.TOTP(secret).at(bench.clock.now())}
        assert (await browser.post("/console/second-step", data=right)).status_code == 429


async def test_a_recovery_code_works_once(bench: Bench) -> None:
    _, codes = await with_second_factor(bench)
    async with bench.browser() as browser:
        for expected in (303, 401):
            await enter(browser, NADIA)
            answer = await browser.post("/console/second-step", data={"code": codes[0].upper()})
            assert answer.status_code == expected
    assert "recovery_code_used" in await actions(bench)


async def test_the_way_to_the_second_step_is_open_for_five_minutes(bench: Bench) -> None:
    secret, _ = await with_second_factor(bench)
    async with bench.browser() as browser:
        await enter(browser, NADIA)
        bench.advance(minutes=6)
        code = pyotp.TOTP(secret).at(bench.clock.now())
        answer = await browser.post("/console/second-step", data={"code": code})
        assert answer.headers["location"] == "/console/sign-in"


async def test_a_user_who_is_shut_out_or_gets_other_roles_is_out_at_once(bench: Bench) -> None:
    user = await bench.add()
    await bench.add("chef@atlas.example", "administrator")
    async with bench.browser() as browser:
        await enter(browser, NADIA)
        act = bench.users.act("operator")
        ended = await bench.store.write(
            lambda session: bench.users.set_roles(session, act, user.id, ["marketer"])
        )
        bench.sessions.ended(ended)
        assert len(bench.cut) == 1
        assert (await browser.get("/console/")).status_code == 303
        await enter(browser, NADIA)
        ended = await bench.store.write(lambda session: bench.users.set_active(session, act, user.id, False))
        bench.sessions.ended(ended)
        assert (await browser.get("/console/")).status_code == 303
        assert (await enter(browser, NADIA)).status_code == 401


async def test_the_last_administrator_stays(bench: Bench) -> None:
    chef = await bench.add("chef@atlas.example", "administrator")
    act = bench.users.act("operator")
    with pytest.raises(NotPossible):
        await bench.store.write(lambda session: bench.users.set_active(session, act, chef.id, False))
    with pytest.raises(NotPossible):
        await bench.store.write(lambda session: bench.users.set_roles(session, act, chef.id, ["agent"]))


async def test_the_first_administrator_is_made_once(bench: Bench) -> None:
    first = "chef@atlas.example"
    made = [await bench.store.write(lambda s: bench.users.ensure_first(s, first)) for _ in range(2)]
    assert made[0] is not None and made[0].roles == ("administrator",) and made[1] is None


async def test_a_known_user_becomes_the_first_administrator(bench: Bench) -> None:
    await bench.add()
    made = await bench.store.write(lambda session: bench.users.ensure_first(session, NADIA))
    assert made is not None and set(made.roles) == {"agent", "administrator"}


async def test_another_process_feels_the_end_of_a_session(database: Database, open_store: Opener) -> None:
    if database.kind == "sqlite":
        one = two = await open_store(database)
    else:
        one, two = await open_store(database, "a" * 32), await open_store(database, "b" * 32)
    here, there = Bench(one), Bench(two)
    user = await here.add()
    async with here.browser() as browser:
        await enter(browser, NADIA)
        token = browser.cookies["__Secure-relais-session"]
    seen = await there.sessions.look(token)
    assert seen is not None
    now = here.clock.now()
    await here.store.write(lambda session: end_sessions(session, user.id, because="test", now=now))
    assert await there.sessions.still_open({seen.session_id}) == set()
    there.advance(seconds=3)
    assert await there.sessions.look(token) is None


async def test_no_password_and_no_token_stands_in_the_database(bench: Bench) -> None:
    await bench.add()
    async with bench.browser() as browser:
        await enter(browser, NADIA)
        token = browser.cookies["__Secure-relais-session"]
    for record in (Credential, ConsoleSession, AuditEntry):
        for row in await bench.store.fetch_all(select(table_of(record))):
            assert PASSWORD not in str(row) and token not in str(row)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("court", "short"),
        ("x" * 201, "long"),
        ("password123", "guessable"),
        ("AZERTY12345", "guessable"),
        ("nadia@atlas.example", "guessable"),
        ("nadia123456", "guessable"),
        ("abababababab", "guessable"),
    ],
)
def test_a_weak_password_is_named(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(password, email=NADIA, name="Nadia")
    assert refused.value.reason == reason
