"""What the steps of a campaign's form make of what was typed, and the days of its calendar."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.console.campaigns.forms import (
    Place,
    Wrong,
    count_of,
    definition_of,
    empty_texts,
    fields_of,
    money_of,
    places_of,
    slug_of,
    trial_of,
    values_of,
    when_of,
    whom_of,
)
from bot.console.planned.spans import span_of
from scheduler.campaigns.definition import WEEKDAYS, CampaignError

TODAY = date(2026, 3, 5)
DATA: dict[str, Any] = {
    "name": "hourdis", "title": "Hourdis", "purpose": "offers", "audience": "tous",
    "template": "outreach/limited_offer",
}  # fmt: skip
USUAL = ("whatsapp", "email", "sms")


@pytest.mark.parametrize(
    ("title", "taken", "name"),
    [
        ("Rentrée 2026 !", (), "rentree_2026"),
        ("Rentrée 2026 !", ("rentree_2026", "rentree_2026_2"), "rentree_2026_3"),
        ("عرض الخريف", (), "campaign_2026_03_05"),
        ("2026", (), "campaign_2026_03_05"),
        ("New", (), "campaign_2026_03_05"),
        ("<script>alert(1)</script>", (), "script_alert_1_script"),
        ("x" * 200, (), "x" * 44),
    ],
)
def test_a_title_makes_a_name_that_is_free(title: str, taken: tuple[str, ...], name: str) -> None:
    assert slug_of(title, taken, TODAY) == name
    definition_of(DATA | {"name": name})


def test_the_first_step_names_each_field_that_is_missing() -> None:
    _, faults = whom_of({"title": "  ", "purpose": "spam", "whom": "saved"}, {})
    assert faults == {"title": "title", "purpose": "choose", "segment": "segment"}
    _, faults = whom_of({"title": "x" * 201, "purpose": "offers", "whom": "own", "audience": ""}, {})
    assert faults == {"title": "long_title", "audience": "audience"}


def test_the_first_step_is_a_draft_already() -> None:
    data, faults = whom_of(
        {"title": "Nouvelles", "purpose": "information", "whom": "own", "audience": "tous"},
        {"name": "nouvelles"},
    )
    assert faults == {}
    assert definition_of(data).template == "outreach/newsletter"
    changed, _ = whom_of({"title": "N", "purpose": "offers", "whom": "saved", "segment": "fidèles"}, data)
    assert definition_of(changed).segment == "fidèles" and definition_of(changed).audience == ""


def test_texts_are_kept_by_language_and_days_are_checked() -> None:
    places = places_of("outreach/limited_offer", {})
    assert places == [Place("offer", "text"), Place("until", "moment")]
    typed = {
        ("offer", "fr"): " −10 % ",
        ("offer", "ar"): "خصم",
        ("offer", "en"): "",
        ("until", ""): "2026-03-31",
    }
    values, faults = values_of(places, typed, ("fr", "ar", "en"))
    assert (values, faults) == ({"offer": {"fr": "−10 %", "ar": "خصم"}, "until": "2026-03-31"}, {})
    assert empty_texts(places, values, ("fr", "ar", "en")) == [("offer", "en")]
    assert values_of(places, {("until", ""): "demain"}, ("fr",))[1] == {"until": "day"}
    assert values_of(places, {}, ("fr",))[1] == {"until": "day_missing"}


def test_the_third_step_says_what_is_wrong_where() -> None:
    values = {"mode": "later", "start": "", "end": "x", "opens": "18:00", "closes": "09:00", "rate_per_min": "0",
              "budget": "beaucoup", "target": "-3"}  # fmt: skip
    _, faults = when_of(values, (), set(), DATA, usual=USUAL, currency="DZD")
    assert faults == {"doors": "doors", "start": "start_missing", "end": "day", "weekdays": "weekdays",
                      "rate_per_min": "too_small", "budget": "money", "target": "number"}  # fmt: skip
    _, faults = when_of(
        {"opens": "18:00", "closes": "09:00"}, USUAL, set(WEEKDAYS), DATA, usual=USUAL, currency="DZD"
    )
    assert faults == {"closes": "window_order"}
    _, faults = when_of(
        {"mode": "later", "start": "2026-04-01T10:00", "end": "2026-03-31"}, USUAL, set(WEEKDAYS), DATA,
        usual=USUAL, currency="DZD",
    )  # fmt: skip
    assert faults == {"end": "end_before_start"}


def test_the_third_step_makes_a_definition_and_leaves_out_what_is_not_said() -> None:
    data, faults = when_of({"mode": "now"}, USUAL, set(WEEKDAYS), DATA, usual=USUAL, currency="DZD")
    assert faults == {} and data == DATA | {"zone": "company"}
    values = {"mode": "later", "start": "2026-04-01T10:00", "zone": "contact", "end": "2026-04-10", "opens": "09:00",
              "closes": "18:00", "rate_per_min": "300", "budget": "5 000,50 DZD", "fixed_cost": "30000",
              "target": "20", "target_of": "replied"}  # fmt: skip
    data, faults = when_of(values, ("sms", "email"), {"sun", "mon"}, DATA, usual=USUAL, currency="DZD")
    made = definition_of(data)
    assert faults == {}
    assert f"{made.start:%Y-%m-%dT%H:%M}" == "2026-04-01T10:00" and made.channels == ("sms", "email")
    assert made.budget == Decimal("5000.50") and made.window is not None
    assert made.window.weekdays == ("mon", "sun")
    assert made.target is not None and made.target.of == "replied"


def test_a_series_has_no_start_and_keeps_days_the_form_does_not_know() -> None:
    values = {
        "mode": "series",
        "every": "week",
        "repeat_weekday": "tue",
        "repeat_at": "09:30",
        "start": "2026-04-01T10:00",
    }
    data, faults = when_of(values, USUAL, set(WEEKDAYS), DATA, usual=USUAL, currency="DZD")
    assert faults == {} and definition_of(data).repeat is not None and definition_of(data).start is None
    second_friday = DATA | {"repeat": {"day": "2nd fri", "at": "10:00"}}
    data, _ = when_of({"mode": "series", "every": "kept"}, USUAL, set(WEEKDAYS), second_friday, usual=USUAL,
                      currency="DZD")  # fmt: skip
    assert data["repeat"]["day"] == "2nd fri"


def test_a_trial_is_within_its_bounds() -> None:
    made, faults = trial_of(
        {"share": "20", "after_h": "24", "least": "50", "sure": "95", "measure": "replied"}
    )
    assert faults == {} and made["measure"] == "replied"
    _, faults = trial_of({"share": "0", "after_h": "9999", "least": "x", "sure": "100"})
    assert faults == {"share": "too_small", "after_h": "too_large", "least": "number", "sure": "too_large"}


@pytest.mark.parametrize("text", ["", "x", "-1", "NaN", "Infinity", "1e30", "0,00001"])
def test_money_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Wrong):
        money_of(text, "DZD")


def test_a_number_is_made_of_digits() -> None:
    assert count_of(" 12 ", least=1) == 12
    with pytest.raises(Wrong):
        count_of("1.5", least=1)


def test_what_a_definition_refuses_names_its_field() -> None:
    with pytest.raises(CampaignError) as caught:
        definition_of(DATA | {"rate_per_min": 0, "budget": "x"})
    assert fields_of(caught.value) == ["rate_per_min", "budget"]


def test_a_month_is_shown_in_whole_weeks_from_the_companys_first_day() -> None:
    span = span_of({"on": "2026-03-17"}, TODAY, 6)
    assert (span.first, span.last) == (date(2026, 3, 1), date(2026, 4, 4))
    assert span.earlier == date(2026, 2, 1) and span.later == date(2026, 4, 1)
    assert not span.inside(date(2026, 4, 1))
    week = span_of({"view": "week", "on": "2026-03-05"}, TODAY, 0)
    assert (week.first, week.last) == (date(2026, 3, 2), date(2026, 3, 8))


@pytest.mark.parametrize("on", ["nonsense", "9999-12-31", "0001-01-01", ""])
def test_a_day_that_is_none_is_today(on: str) -> None:
    assert span_of({"on": on}, TODAY, 0).on == TODAY
