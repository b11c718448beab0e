"""Links that tell: they lead only where a message led, say nothing of anybody, and know machines when they can."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tracking.signs import plain_link
from bot.tracking.tokens import FollowedLinks
from bot.tracking.visitors import machine, unwilling
from channels.email.html_body import html_body
from scheduler.followed_links import with_followed_links

BASE = "https://bot.example.org"
ROW = "0123456789abcdef0123456789abcdef"
LINKS = FollowedLinks(BASE, "s" * 32)
PHONE = "Mozilla/5.0 (Linux; Android 13; CUBOT X18) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"


def token(url: str) -> str:
    return url.rpartition("/")[2].removesuffix(".gif")


@pytest.mark.parametrize(
    "url", ["https://example.org", "https://example.org/é?a=b&c=d#x", "http://example.org:8080/offre"]
)
def test_a_wrapped_link_leads_where_it_led(url: str) -> None:
    wrapped = LINKS.wrap(url, ROW)
    assert wrapped.startswith(f"{BASE}/t/") and "example.org/" not in wrapped.removeprefix(BASE)
    followed = LINKS.read_click(token(wrapped))
    assert followed is not None and (followed.url, followed.row_id) == (url, ROW)


@pytest.mark.parametrize(
    "url",
    [
        "mailto:a@example.org",
        "javascript:alert(1)",
        "https://example.org/a\r\nSet-Cookie: x=1",
        f"{BASE}/u/abc",
        "https://example.org/" + "x" * 2_000,
        "",
    ],
)
def test_what_is_no_web_address_or_ours_stays_as_it_is(url: str) -> None:
    assert LINKS.wrap(url, ROW) == url


def test_the_end_of_a_sentence_is_no_part_of_a_link() -> None:
    whole = token(LINKS.wrap("https://example.org", ROW))
    followed = LINKS.read_click(f"{whole}.»")
    assert followed is not None and followed == LINKS.read_click(whole)


def test_nobody_else_can_make_a_link() -> None:
    assert FollowedLinks(BASE, "t" * 32).read_click(token(LINKS.wrap("https://example.org", ROW))) is None
    assert LINKS.read_click(token(LINKS.pixel(ROW) or "")) is None
    assert LINKS.read_open(token(LINKS.wrap("https://example.org", ROW))) is None


@given(st.binary(max_size=80))
def test_noise_is_no_link(noise: bytes) -> None:
    text = base64.urlsafe_b64encode(noise).decode().rstrip("=")
    assert LINKS.read_click(text) is None
    assert LINKS.read_open(text) is None


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_link_with_one_changed_byte_leads_nowhere(where: int, by: int) -> None:
    whole = token(LINKS.wrap("https://example.org/offre", ROW))
    raw = bytearray(base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4)))
    raw[where % len(raw)] ^= by
    assert LINKS.read_click(base64.urlsafe_b64encode(raw).decode().rstrip("=")) is None


@given(st.text(max_size=60))
def test_any_text_as_a_token_is_answered(text: str) -> None:
    assert LINKS.read_click(text) is None


def test_links_of_an_older_secret_lead_on() -> None:
    new = FollowedLinks(BASE, "n" * 32, ["s" * 32], clicks=False, opens=False)
    assert new.read_click(token(LINKS.wrap("https://example.org", ROW))) is not None
    assert new.read_open(token(LINKS.pixel(ROW) or "")) == ROW
    assert new.wrap("https://example.org", ROW) == "https://example.org" and new.pixel(ROW) is None


def test_a_mail_gets_its_links_and_its_picture_but_never_a_followed_way_out() -> None:
    way_out = "https://elsewhere.example.org/u/x"
    body = {"text": f"Voir https://example.org/offre. Fin : {way_out}", "unsubscribe_url": way_out}
    changed = with_followed_links(body, ROW, channel="email", links=LINKS)
    assert changed["text"].count(f"{BASE}/t/") == 1 and changed["text"].endswith(way_out)
    assert ". Fin" in changed["text"] and changed["pixel"] == LINKS.pixel(ROW)
    page = html_body(changed["text"], html="", language="fr", right_to_left=False, pixel=changed["pixel"])
    assert f'<img src="{changed["pixel"]}"' in page


def test_an_sms_keeps_its_short_links() -> None:
    body = {"text": "https://example.org/offre"}
    assert with_followed_links(body, ROW, channel="sms", links=LINKS) == body


@pytest.mark.parametrize(
    ("kind", "headers", "after_s", "why"),
    [
        ("click", {"user-agent": PHONE}, 60, ""),
        ("click", {"user-agent": PHONE}, 1, "too_soon"),
        ("open", {"user-agent": PHONE}, 3, ""),
        ("click", {"user-agent": PHONE}, None, "too_soon"),
        ("click", {"user-agent": PHONE, "sec-purpose": "prefetch;prerender"}, 60, "prefetch"),
        ("click", {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}, 60, "program"),
        ("click", {"user-agent": "WhatsApp/2.23.20.0 A"}, 60, "program"),
        ("click", {"user-agent": "Mozilla/5.0 AppleWebKit HeadlessChrome/126"}, 60, "program"),
        ("click", {"user-agent": "Dalvik/2.1.0"}, 60, "program"),
        ("open", {"user-agent": "Dalvik/2.1.0"}, 60, ""),
        ("open", {"user-agent": "Mozilla/5.0"}, 60, "program"),
        ("open", {"user-agent": "Mozilla/5.0 (via ggpht.com GoogleImageProxy)"}, 60, ""),
        ("open", {}, 60, "program"),
    ],
)
def test_machines_are_told_from_people(
    kind: str, headers: dict[str, str], after_s: int | None, why: str
) -> None:
    since = None if after_s is None else timedelta(seconds=after_s)
    assert machine(kind, headers, since) == why  # type: ignore[arg-type]


def test_who_asks_not_to_be_followed_is_not() -> None:
    assert unwilling({"sec-gpc": "1"}) and unwilling({"dnt": "1"}) and not unwilling({"dnt": "0"})


def test_what_is_kept_of_a_link_tells_of_nobody() -> None:
    assert plain_link("https://karim:pw@example.org/a?mail=karim@example.org#k") == "https://example.org/a"
