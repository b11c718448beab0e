"""Signing in by a provider: a stand-in with real keys on a loopback port, and what it may not get away with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.clock import ManualClock
from bot.console.oidc import Oidc, challenge_of
from bot.console.seal import Seal
from bot.records import Credential
from bot.store.port import Store
from tests.fakes import NOON
from tests.integration.consolebench import SECRET, URL, Bench, pages_of_the_tests
from tests.integration.storebench import rows_of
from tests.loopback import LoopbackServer

NADIA = "nadia@atlas.example"
_KEY = RSAKey.generate_key(2048, {"kid": "one"})
_OTHER = RSAKey.generate_key(2048, {"kid": "one"})


class Provider:
    """Answers as a provider does; `claims` and `key` are what a test spoils."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.key = _KEY
        self.challenge = ""
        self.server = LoopbackServer(
            Starlette(
                routes=[
                    Route("/.well-known/openid-configuration", self.describe),
                    Route("/keys", self.keys),
                    Route("/token", self.token, methods=["POST"]),
                ]
            )
        )

    async def describe(self, request: Request) -> Response:
        base = self.server.url
        return JSONResponse(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/keys",
            }
        )

    async def keys(self, request: Request) -> Response:
        return JSONResponse(KeySet([_KEY]).as_dict(private=False))

    async def token(self, request: Request) -> Response:
        form = parse_qs((await request.body()).decode())
        proven = challenge_of(form["code_verifier"][0]) == self.challenge
        if not proven or not request.headers.get("authorization", "").startswith("Basic "):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"id_token": jwt.encode({"alg": "RS256", "kid": "one"}, self.claims, self.key)})


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    pages_of_the_tests(monkeypatch)


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    made = Provider()
    async with made.server:
        yield made


@pytest.fixture
def bench(store: Store, provider: Provider) -> Bench:
    clock = ManualClock(NOON)
    oidc = Oidc(
        issuer=provider.server.url,
        client_id="relais",
        client_secret="s" * 20,
        label="Compte Atlas",
        base_url=URL,
        seal=Seal(SECRET, clock),
        clock=clock,
    )
    return Bench(store, clock=clock, oidc=oidc)


async def through(bench: Bench, provider: Provider, **spoilt: Any) -> tuple[int, str]:
    """Go to the provider and come back; what our page answers in the end."""
    async with bench.browser() as browser:
        sent = await browser.get("/console/oidc?next=/inbox")
        asked = {key: value[0] for key, value in parse_qs(urlsplit(sent.headers["location"]).query).items()}
        provider.challenge = asked["code_challenge"]
        now = bench.clock.now().timestamp()
        provider.claims = {
            "iss": provider.server.url,
            "aud": "relais",
            "sub": "u-17",
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "email": NADIA,
            "email_verified": True,
        } | {key: value for key, value in spoilt.items() if key != "state"}
        query = {"code": "abc", "state": spoilt.get("state", asked["state"])}
        back = await browser.get("/console/oidc/callback", params=query)
        return back.status_code, back.headers.get("location", "")


async def test_a_known_user_comes_in_and_is_bound_to_the_subject(bench: Bench, provider: Provider) -> None:
    await bench.add(NADIA, password="")
    assert await through(bench, provider) == (303, "/console/inbox")
    (kept,) = await rows_of(bench.store, Credential)
    assert kept.oidc_subject == f"{provider.server.url} u-17"
    assert await through(bench, provider, email="new@atlas.example") == (303, "/console/inbox")
    assert await through(bench, provider, sub="u-18") == (403, "")  # the address has changed hands


@pytest.mark.parametrize(
    "spoilt",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "stranger@atlas.example"},
        {"aud": "another"},
        {"aud": ["relais", "another"]},
        {"iss": "https://evil.example"},
        {"nonce": "another"},
        {"exp": 1},
        {"sub": ""},
        {"state": "another"},
    ],
    ids=lambda spoilt: "-".join(f"{key}" for key in spoilt),
)
async def test_what_does_not_match_is_refused(
    bench: Bench, provider: Provider, spoilt: dict[str, Any]
) -> None:
    await bench.add(NADIA, password="")
    assert await through(bench, provider, **spoilt) == (403, "")


async def test_a_token_of_another_key_is_refused(bench: Bench, provider: Provider) -> None:
    await bench.add(NADIA, password="")
    provider.key = _OTHER
    assert await through(bench, provider) == (403, "")


async def test_a_user_who_is_shut_out_does_not_come_in_by_the_provider(
    bench: Bench, provider: Provider
) -> None:
    user = await bench.add(NADIA, password="")
    act = bench.users.act("operator")
    await bench.store.write(lambda session: bench.users.set_active(session, act, user.id, False))
    assert await through(bench, provider) == (403, "")


async def test_an_answer_without_our_cookie_is_refused(bench: Bench) -> None:
    async with bench.browser() as browser:
        answer = await browser.get("/console/oidc/callback?code=abc&state=x")
    assert answer.status_code == 403


def test_the_challenge_is_that_of_the_standard() -> None:
    """source: RFC 7636, appendix B"""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
