"""The guards: what a message that nobody asked for must pass, when planned and when sent."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from scheduler.caps import Cap
from scheduler.consent import Standing, Word
from scheduler.guard_text import Prices, Texts
from scheduler.guard_words import REASONS
from scheduler.guards import Candidate, Facts, Limits, check, doubles, language_for, shown_name
from scheduler.quiet import Calm

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)  # a Thursday, 13:00 in Algiers
GRANTED = Standing(state="granted")
REFUSED = Standing(
    state="refused",
    word=Word(id="1", channel="", purpose="all", granted=False, at=NOON, source="message"),
)
CALM = Calm(start=time(20), end=time(8))
LIMITS = Limits(timezone="Africa/Algiers", quiet=CALM, promotional=CALM)
STOP = " STOP pour ne plus rien recevoir."


def candidate(**more: Any) -> Candidate:
    values: dict[str, Any] = {
        "contact_id": "c1",
        "purpose": "offers",
        "channel": "sms",
        "address": "+213550000001",
        "at": NOON,
    }
    return Candidate(**(values | more))


def said(text: str, **more: Any) -> str:
    """The code a text gets from somebody who agreed to it."""
    return check(candidate(text=text + STOP, **more), Facts(consent=GRANTED), LIMITS).code


def test_an_offer_that_was_agreed_to_goes() -> None:
    verdict = check(candidate(), Facts(consent=GRANTED), LIMITS)
    assert verdict.allowed and not verdict.delayed and verdict.words("fr") == ""


@pytest.mark.parametrize(
    ("purpose", "standing", "code"),
    [
        ("offers", Standing(state="unknown"), "no_consent"),
        ("information", Standing(state="unknown"), ""),
        ("service", Standing(state="unknown"), ""),
        ("offers", REFUSED, "opted_out"),
        ("information", REFUSED, "opted_out"),
        ("service", REFUSED, "opted_out"),
    ],
)
def test_offers_need_a_yes_and_a_no_stops_all(purpose: Any, standing: Standing, code: str) -> None:
    assert check(candidate(purpose=purpose), Facts(consent=standing), LIMITS).code == code


@pytest.mark.parametrize(
    ("facts", "code", "service"),
    [
        ({"in_touch": False}, "never_in_touch", ""),
        ({"complaint_open": True}, "complaint_open", ""),
        ({"address_state": "hard_bounce"}, "bad_address", "bad_address"),
        ({"address_state": "blocked"}, "bad_address", "bad_address"),
        ({"address_state": "soft_bounce"}, "", ""),
        ({"suppressed": True}, "suppressed", "suppressed"),
        ({"taken_by": "c2"}, "duplicate", "duplicate"),
    ],
)
def test_what_is_known_of_a_contact_may_stop_it(facts: dict[str, Any], code: str, service: str) -> None:
    known = Facts(consent=GRANTED, **facts)
    assert check(candidate(), known, LIMITS).code == code
    assert check(candidate(purpose="service"), known, LIMITS).code == service


def test_promotions_may_be_allowed_during_a_complaint_by_setting() -> None:
    known = Facts(consent=GRANTED, complaint_open=True)
    assert check(candidate(), known, replace(LIMITS, complaints_stop=False)).allowed


def test_no_address_is_a_reason_of_its_own() -> None:
    assert check(candidate(address=""), Facts(consent=GRANTED), LIMITS).code == "no_address"


@pytest.mark.parametrize(
    "text",
    [
        "Votre carte est périmée.",
        "votre carte PÉRIMÉE",
        "Vous en avez de la chance !",
        "Cadeau GRATUIT",
        "جائزة مجّانية",
    ],
)
def test_banned_words_are_found_whatever_their_case_accents_and_signs(text: str) -> None:
    limits = replace(LIMITS, texts=Texts(banned=("gratuit", "مجانية"), sms_segments=9))
    found = check(candidate(text=text + STOP), Facts(consent=GRANTED), limits)
    assert found.code == "banned_word" and found.detail["word"]


def test_a_banned_word_inside_of_another_is_none() -> None:
    limits = replace(LIMITS, texts=Texts(banned=("gratuit",)))
    assert check(candidate(text="gratuitement" + STOP), Facts(consent=GRANTED), limits).allowed


@pytest.mark.parametrize(
    ("text", "hosts", "code"),
    [
        ("Voir https://example.org/offres.", (), ""),
        ("Voir http://example.org/offres", (), "bad_link"),
        ("Voir www.example.org", (), "bad_link"),
        ("Voir https://bit.ly/abc", (), "bad_link"),
        ("Voir bit.ly/abc", (), "bad_link"),
        ("Voir https://www.bit.ly/abc", (), "bad_link"),
        ("Voir https://192.0.2.1/abc", (), "bad_link"),
        ("Voir https://example.org@example.net/", (), "bad_link"),
        ("Voir https://example.org:8443/", (), "bad_link"),
        ("Voir javascript://example.org/%0aalert(1)", (), "bad_link"),
        ("Voir https://shop.example.org/x", ("example.org",), ""),
        ("Voir https://example.net/x", ("example.org",), "bad_link"),
        ("Voir https://notexample.org/x", ("example.org",), "bad_link"),
        ("Voir http://bot.example.org/u/x", ("example.org",), ""),
        ("Voir http://bot.example.org.example.net/u", (), "bad_link"),
        ("Écrivez à ventes@example.org", (), ""),
    ],
)
def test_links_are_https_and_hide_nothing(text: str, hosts: tuple[str, ...], code: str) -> None:
    texts = Texts(link_hosts=hosts, own_url="http://bot.example.org", sms_segments=3)
    found = check(candidate(text=text + STOP), Facts(consent=GRANTED), replace(LIMITS, texts=texts))
    assert found.code == code


def test_a_promotion_without_a_way_out_is_left_out() -> None:
    known = Facts(consent=GRANTED)
    assert check(candidate(text="Soldes"), known, LIMITS).code == "no_way_out"
    link = "https://example.org/u/x"
    hidden = check(candidate(text="Soldes", unsubscribe_url=link), known, LIMITS)
    assert hidden.code == "no_way_out", "a header is not for reading"
    assert check(candidate(text=f"Soldes. Arrêter : {link}", unsubscribe_url=link), known, LIMITS).allowed
    assert check(candidate(text="Rappel", purpose="service"), known, LIMITS).allowed


@pytest.mark.parametrize(
    ("text", "code"), [("a" * 127, ""), ("a" * 128, "too_long"), ("ب" * 37, ""), ("ب" * 38, "too_long")]
)
def test_an_sms_is_measured_in_segments(text: str, code: str) -> None:
    assert len(STOP) == 33 and said(text) == code


def test_other_channels_are_measured_by_their_own_limits() -> None:
    limits = replace(LIMITS, texts=Texts(limits={"whatsapp": 50}))
    long = candidate(channel="whatsapp", text="a" * 40 + STOP, template="offre")
    found = check(long, Facts(consent=GRANTED), limits)
    assert found.code == "too_long" and found.detail == {"size": "73", "limit": "50"}


def test_missing_variables_are_named() -> None:
    found = check(candidate(missing=("points", "expires")), Facts(consent=GRANTED), LIMITS)
    assert found.code == "missing_variable" and "points, expires" in found.words("en")


@pytest.mark.parametrize(
    ("window_h", "template", "code"),
    [(1, "", ""), (0, "", "window_closed"), (0, "offre", ""), (None, "", "window_closed")],
)
def test_whatsapp_wants_a_template_outside_of_its_window(
    window_h: int | None, template: str, code: str
) -> None:
    until = NOON + timedelta(hours=window_h) if window_h is not None else None
    known = Facts(consent=GRANTED, window_until=until)
    assert check(candidate(channel="whatsapp", template=template), known, LIMITS).code == code


def test_a_delay_beyond_the_window_leaves_it_out() -> None:
    night = NOON + timedelta(hours=8)  # 21:00 in Algiers
    known = Facts(consent=GRANTED, window_until=night + timedelta(hours=2))
    assert check(candidate(channel="whatsapp", at=night), known, LIMITS).code == "window_closed"


def test_a_message_at_night_waits_for_the_contacts_own_morning() -> None:
    night = datetime(2026, 3, 5, 21, tzinfo=UTC)
    for zone, morning in (("", 7), ("Asia/Dubai", 4), ("America/Montreal", None)):
        found = check(candidate(at=night), Facts(consent=GRANTED, timezone=zone), LIMITS)
        expected = datetime(2026, 3, 6, morning, tzinfo=UTC) if morning is not None else None
        assert (found.until, found.code) == (expected, "quiet_hours" if expected else "")


def test_services_keep_quiet_hours_and_no_other_day() -> None:
    day_off = replace(LIMITS, promotional=replace(CALM, is_open=lambda day: day != date(2026, 3, 5)))
    offer = check(candidate(), Facts(consent=GRANTED), day_off)
    assert (offer.code, offer.until) == ("holiday", datetime(2026, 3, 6, 7, tzinfo=UTC))
    assert check(candidate(purpose="service"), Facts(consent=GRANTED), day_off).allowed
    assert (
        check(candidate(purpose="service", at=NOON + timedelta(hours=9)), Facts(), day_off).code
        == "quiet_hours"
    )


def test_a_weekday_without_promotions_is_waited_for() -> None:
    limits = replace(LIMITS, promotional=replace(CALM, weekdays=frozenset((6, 0, 1, 2))))
    found = check(candidate(), Facts(consent=GRANTED), limits)
    assert (found.code, found.until) == ("weekday", datetime(2026, 3, 8, 7, tzinfo=UTC))


def test_a_reached_cap_makes_it_wait_or_leaves_it_out() -> None:
    known = Facts(consent=GRANTED, promotions=(NOON - timedelta(hours=2),))
    waits = check(candidate(), known, LIMITS)
    assert (waits.code, waits.until) == ("cap_day", datetime(2026, 3, 6, 7, tzinfo=UTC))
    late = check(candidate(latest=NOON + timedelta(hours=3)), known, LIMITS)
    assert late.left_out and late.code == "cap_day" and "too late" in late.words("en")
    assert check(candidate(purpose="service"), known, LIMITS).allowed


def test_low_contact_mode_has_a_smaller_cap() -> None:
    sent = (NOON - timedelta(days=3),)
    assert check(candidate(), Facts(consent=GRANTED, promotions=sent), LIMITS).allowed
    rare = check(candidate(), Facts(consent=GRANTED, promotions=sent, mode="low_contact"), LIMITS)
    assert rare.code == "cap_week" and rare.delayed


def test_caps_of_nothing_let_nothing_through() -> None:
    found = check(candidate(), Facts(consent=GRANTED), replace(LIMITS, cap=Cap(per_day=0, per_week=0)))
    assert found.left_out and found.code == "cap_day"


def test_what_is_past_its_time_is_left_out() -> None:
    assert check(candidate(latest=NOON - timedelta(1)), Facts(consent=GRANTED), LIMITS).code == "too_late"


def test_notes_and_cost_stand_beside_a_yes() -> None:
    limits = replace(LIMITS, prices=Prices(by_channel={"sms": Decimal("4.5")}), texts=Texts(sms_segments=2))
    known = Facts(consent=GRANTED, mode="discreet", language="ar")
    found = check(candidate(text="é" * 140 + STOP, language="fr"), known, limits)
    assert found.allowed and set(found.notes) == {"discreet", "language_fallback"}
    assert found.cost == Decimal("9.0")


def test_discreet_mode_shows_no_name() -> None:
    assert shown_name("Karim B.", "discreet") == "" and shown_name("Karim B.", "low_contact") == "Karim B."


def test_the_language_falls_back_in_order() -> None:
    assert language_for("ar", ("fr", "ar"), "fr") == "ar"
    assert language_for("en", ("fr", "ar"), "fr") == "fr"
    assert language_for("en", ("ar",), "fr") == "ar"
    assert language_for("en", (), "fr") == ""


def test_two_contacts_at_one_address_get_one_message() -> None:
    same = [
        candidate(contact_id="a", channel="email", address="k@example.org"),
        candidate(contact_id="b", channel="email", address="K@example.org "),
        candidate(contact_id="c", channel="sms"),
        candidate(contact_id="d", channel="whatsapp"),
        candidate(contact_id="a", channel="email", address="k@example.org"),
    ]
    assert doubles(same) == {1: "a", 3: "c"}


def test_every_reason_has_words_in_three_languages() -> None:
    folder = Path(__file__).parents[2] / "scheduler"
    code = "".join(
        (folder / name).read_text(encoding="utf-8")
        for name in ("guards.py", "guard_text.py", "caps.py", "quiet.py")
    )
    named = set(re.findall(r'[(\s]"([a-z]+_[a-z_]+|suppressed|duplicate|weekday|holiday)"[,)}\s]', code))
    assert len(named & set(REASONS)) >= 19
    for texts in REASONS.values():
        assert set(texts) == {"fr", "ar", "en"} and all(texts.values())
        names = {frozenset(re.findall(r"{(\w+)}", text)) for text in texts.values()}
        assert len(names) == 1, texts
