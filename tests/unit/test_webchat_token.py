"""Signed values of the web chat, and the origins that may use it."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.port import Attachment, Untrusted
from channels.webchat.origin import OriginCheck, normal_origin
from channels.webchat.settings import WebChatSettings
from channels.webchat.token import Signer, Visitor, new_visitor

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
SECRET = b"0123456789abcdef0123456789abcdef"
SIGNER = Signer(SECRET, "chat")
PHOTO = Attachment(kind="image", ref=f"media:{'a' * 64}", name="صورة.jpg", mime="image/jpeg", size=12)


def test_a_token_gives_back_its_visitor() -> None:
    visitor = Visitor(id="visitor:abc", name="Samira")
    assert SIGNER.read(SIGNER.issue(visitor, NOW), NOW + timedelta(days=100)) == visitor


@pytest.mark.parametrize("later", [timedelta(days=181), timedelta(minutes=-6)])
def test_a_token_too_old_or_from_the_future_is_refused(later: timedelta) -> None:
    token = SIGNER.issue(new_visitor(), NOW)
    with pytest.raises(Untrusted):
        SIGNER.read(token, NOW + later)


@given(st.data())
def test_a_token_changed_anywhere_is_refused(data: st.DataObject) -> None:
    token = SIGNER.issue(Visitor(id="visitor:abc"), NOW)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from([char for char in "AZaz09-_.é\x00" if char != token[at]]))
    with pytest.raises(Untrusted):
        SIGNER.read(token[:at] + other + token[at + 1 :], NOW)


@given(st.text(max_size=100))
def test_any_other_text_is_no_token(text: str) -> None:
    with pytest.raises(Untrusted):
        SIGNER.read(text, NOW)


def test_tokens_of_another_account_secret_or_purpose_are_refused() -> None:
    token = SIGNER.issue(Visitor(id="visitor:abc"), NOW)
    for other in (Signer(SECRET, "shop"), Signer(SECRET[::-1], "chat")):
        with pytest.raises(Untrusted):
            other.read(token, NOW)
    with pytest.raises(Untrusted):
        SIGNER.read(SIGNER.ticket("visitor:abc", PHOTO), NOW)


def test_a_site_vouches_for_its_customer_with_its_own_hmac() -> None:
    signature = hmac.new(SECRET, b"identity:customer-42", hashlib.sha256).hexdigest()
    assert SIGNER.identify("customer-42", signature, "Samira") == Visitor(
        id="user:customer-42", name="Samira"
    )
    for external_id, claimed in (
        ("customer-43", signature),
        ("customer-42", ""),
        ("a b", signature),
        ("", ""),
    ):
        with pytest.raises(Untrusted):
            SIGNER.identify(external_id, claimed)


def test_a_ticket_is_good_for_its_own_visitor_only() -> None:
    ticket = SIGNER.ticket("visitor:abc", PHOTO)
    assert SIGNER.read_ticket("visitor:abc", ticket) == PHOTO
    with pytest.raises(Untrusted):
        SIGNER.read_ticket("visitor:xyz", ticket)


def test_a_media_link_is_the_same_all_day_and_expires() -> None:
    link = SIGNER.media_link(PHOTO, NOW)
    assert link == SIGNER.media_link(PHOTO, NOW + timedelta(hours=11))
    assert SIGNER.read_media_link(link, NOW + timedelta(days=2)) == (PHOTO.ref, PHOTO.name)
    with pytest.raises(Untrusted):
        SIGNER.read_media_link(link, NOW + timedelta(days=3))


def test_visitors_are_not_guessable_and_never_the_same() -> None:
    assert len({new_visitor().id for _ in range(1000)}) == 1000


def test_a_short_secret_is_refused_and_never_printed() -> None:
    with pytest.raises(ValueError, match="identity_secret"):
        WebChatSettings(account_id="chat", identity_secret=b"short")
    assert SECRET.decode() not in repr(WebChatSettings(account_id="chat", identity_secret=SECRET))


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Shop.Example.org", "https://shop.example.org"),
        ("https://shop.example.org:443/a?b", "https://shop.example.org"),
        ("http://shop.example.org:8080", "http://shop.example.org:8080"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("null", ""),
        ("file:///etc", ""),
        ("https://a@shop.example.org", ""),
        ("https://shop.example.org:99999", ""),
    ],
)
def test_an_origin_is_written_in_one_way(url: str, origin: str) -> None:
    assert normal_origin(url) == origin


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://shop.example.org", True),
        ("https://bot.example.org", True),  # the public address
        ("http://127.0.0.1:8000", True),  # as it was called
        ("http://shop.example.org", False),
        ("https://shop.example.org:8443", False),
        ("https://shop.example.org.evil.test", False),
        ("https://evil.test/https://shop.example.org", False),
        ("https://127.0.0.1:8000", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_exact_origins_are_allowed(origin: str, allowed: bool) -> None:
    check = OriginCheck(["https://shop.example.org/"], "https://bot.example.org/relais")
    assert check.allows(origin, scheme="ws", host="127.0.0.1:8000") is allowed
