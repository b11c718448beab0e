"""Cells of strangers' files: dates, amounts, telephones, names. What can't be read is said, never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contacts_data.amounts import read_amount, read_count
from bot.contacts_data.cells import folded, text_of
from bot.contacts_data.company_fields import CompanyField, read_field, read_yes_no
from bot.contacts_data.dates import read_birthday, read_date, read_moment
from bot.contacts_data.names import may_be_same, read_name, whole_name
from bot.contacts_data.phones import read_emails, read_phones
from bot.contacts_data.taking import read_country, read_language
from bot.contacts_data.unreadable import Unreadable

TODAY = date(2026, 3, 5)
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
DAYS = st.dates(date(1910, 2, 1), date(2099, 12, 31))


@given(
    DAYS,
    st.sampled_from(["{d:02d}/{m:02d}/{y}", "{d}-{m}-{y}", "{d}.{m}.{y}", "{y}-{m:02d}-{d:02d}"]),
    st.booleans(),
)
def test_a_day_is_read_back_however_it_is_written(day: date, form: str, arabic: bool) -> None:
    text = form.format(d=day.day, m=day.month, y=day.year)
    assert read_date(text.translate(ARABIC) if arabic else text, today=TODAY) == day


@given(DAYS)
def test_the_day_number_of_a_spreadsheet_is_its_day(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    assert read_date(serial, today=TODAY) == read_date(f"{serial}.0", today=TODAY) == day


@given(DAYS)
def test_month_first_is_read_where_it_was_said(day: date) -> None:
    assert read_date(f"{day.month}/{day.day}/{day.year}", today=TODAY, order="mdy") == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1er août 1990", date(1990, 8, 1)),
        ("15 جويلية 1988", date(1988, 7, 15)),
        ("15 يوليوز 1988", date(1988, 7, 15)),
        ("March 5, 1980", date(1980, 3, 5)),
        ("05/03/85", date(1985, 3, 5)),
        ("05/03/40", date(2040, 3, 5)),
        ("19850305", date(1985, 3, 5)),
        ("\u200f05/03/1985\u200f 14:30", date(1985, 3, 5)),
    ],
)
def test_dates_in_words_and_short_years(text: str, day: date) -> None:
    assert read_date(text, today=TODAY) == day


def test_a_year_of_two_digits_lies_behind_where_the_future_can_not_be() -> None:
    assert read_date("05/03/40", today=TODAY, past=True) == date(1940, 3, 5)
    assert read_birthday("05/03/40", today=TODAY) == (date(1940, 3, 5), "03-05")


@pytest.mark.parametrize("text", ["5 mars", "05/03", "--03-05", "٠٥/٠٣", "5.3."])
def test_a_birthday_without_its_year_is_kept(text: str) -> None:
    assert read_birthday(text, today=TODAY) == (None, "03-05")


def test_the_29th_of_february_is_a_birthday_in_every_year() -> None:
    assert read_birthday("29/02", today=TODAY) == (None, "02-29")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31/02/1990", "bad_date"),
        ("29/02/2025", "bad_date"),
        ("03/25/2020", "date_order"),
        ("hier", "bad_date"),
        ("5/3", "bad_date"),
        ("00/03/2020", "bad_date"),
        ("1985", "bad_date"),
        ("12/13/14/15", "bad_date"),
    ],
)
def test_what_is_no_day_is_said_and_not_guessed(text: str, code: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read_date(text, today=TODAY)
    assert raised.value.code == code


def test_an_hour_is_the_company_s_own() -> None:
    assert read_moment("05/03/2026 14h30", zone=UTC, today=TODAY) == datetime(2026, 3, 5, 14, 30, tzinfo=UTC)
    assert read_moment("2026-03-05", zone=UTC, today=TODAY) == datetime(2026, 3, 5, 12, tzinfo=UTC)


@given(
    st.decimals(min_value=-9_999_999, max_value=9_999_999, places=2),
    st.sampled_from([(" ", ","), ("\u202f", ","), (".", ","), (",", "."), ("'", "."), ("", ",")]),
    st.booleans(),
    st.sampled_from(["{}", "{} DA", "€{}", "{} د.ج"]),
)
def test_an_amount_is_read_back_however_it_is_written(
    amount: Decimal, marks: tuple[str, str], arabic: bool, form: str
) -> None:
    thousands, decimal = marks
    written = f"{abs(amount):,.2f}".replace(",", "T").replace(".", decimal).replace("T", thousands)
    text = form.format(f"{'-' if amount < 0 else ''}{written}")
    assert read_amount(text.translate(ARABIC) if arabic else text)[0] == amount


@pytest.mark.parametrize(
    ("text", "decimal", "amount"),
    [
        ("1,234", ",", "1.234"),
        ("1,234", ".", "1234"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("0,125", ".", "0.125"),
        ("1.234.567", ",", "1234567"),
        ("(12,50)", ",", "-12.50"),
        ("١٬٢٣٤٫٥", ",", "1234.5"),
    ],
)
def test_one_mark_before_three_digits_is_what_was_said(text: str, decimal: str, amount: str) -> None:
    assert read_amount(text, decimal=decimal)[0] == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["12abc", "1.2.3", "1,23,456.7", "abc", "--", "12 pommes", "9" * 12, "1.234,567.8"]
)
def test_what_is_no_amount_is_said(text: str) -> None:
    with pytest.raises(Unreadable):
        read_amount(text)


def test_currencies_are_named_by_sign_or_word() -> None:
    assert [read_amount(text)[1] for text in ("12 DA", "12 €", "د.ج 12", "12 dhs", "12")] == [
        "DZD", "EUR", "DZD", "MAD", "",
    ]  # fmt: skip


@given(st.integers(-(2**31) + 1, 2**31 - 1))
def test_whole_numbers_are_read_back(number: int) -> None:
    assert read_count(str(number)) == read_count(float(number)) == number


@given(st.integers(0, 99_999_999), st.sampled_from("567"), st.integers(0, 5))
def test_an_algerian_number_is_one_number_however_it_is_written(rest: int, first: str, way: int) -> None:
    national = f"{first}{50 + rest % 20}{rest % 1_000_000:06d}"
    forms = (
        f"0{national}",
        f"+213 {national[:3]} {national[3:]}",
        f"00213{national}",
        f"213{national}",
        national,
        f"0{national[:3]}.{national[3:5]}.{national[5:7]}.{national[7:]}".translate(ARABIC),
    )
    try:
        expected = read_phones(forms[0], country="DZ")
    except Unreadable:
        return  # not every number of this length is given out
    assert read_phones(forms[way], country="DZ") == expected
    assert [phone.value for phone in expected] == [f"+213{national}"]


def test_several_numbers_of_a_cell_are_all_taken() -> None:
    found = read_phones("0550 00 00 01 / 021 23 45 67", country="DZ")
    assert [(phone.value, phone.kind) for phone in found] == [
        ("+213550000001", "mobile"),
        ("+21321234567", "fixed"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [("2.13E+11", "phone_cut"), ("12", "bad_phone"), ("0550000001x", "bad_phone"), ("?", "bad_phone")],
)
def test_a_number_that_lost_its_digits_is_said(text: str, code: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read_phones(text, country="DZ")
    assert raised.value.code == code


def test_a_shortened_number_that_has_all_its_digits_is_taken() -> None:
    (phone,) = read_phones("2.13550000001E+11", country="DZ")
    assert phone.value == "+213550000001"


def test_addresses_are_cleaned_and_wrong_ones_are_not_mended() -> None:
    assert read_emails(" Karim <K.Benali@Example.ORG>; ") == ["k.benali@example.org"]
    assert read_emails("a@example.org; b@example.org a@example.org") == ["a@example.org", "b@example.org"]
    for wrong in ("a@example", "a b@", "a..b@example.org", "a@exa_mple..org", "gmail,com", "@example.org"):
        with pytest.raises(Unreadable):
            read_emails(wrong)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("BENALI Karim", "Karim Benali"),
        ("Benali, Karim", "Karim Benali"),
        ("karim benali", "Karim Benali"),
        ("KARIM BEN ALI", "Karim Ben Ali"),
        ("Mme. O'NEIL Zohra", "Zohra O'Neil"),
        ("JEAN-PIERRE DE LA TOUR", "Jean-Pierre de la Tour"),
        ("السيدة  أمينة بن علي", "أمينة بن علي"),
        ("كـــريم", "كريم"),
        ("Karim  Benali", "Karim Benali"),
    ],
)
def test_names_are_put_as_people_are_addressed(cell: str, name: str) -> None:
    assert read_name(cell) == name
    assert read_name(name) == name


def test_two_cells_are_one_name_and_two_spellings_one_person() -> None:
    assert whole_name("KARIM", "BENALI") == "Karim Benali"
    assert may_be_same("Benali Karim", "Karim BÉNALI") and may_be_same("", "Karim")
    assert may_be_same("Karim Benali", "كريم بن علي")  # another script says nothing against it
    assert not may_be_same("Karim Benali", "Zohra Haddad")


def test_languages_and_countries_are_known_in_three_languages() -> None:
    assert [read_language(word) for word in ("Français", "عربية", "EN", "fr-DZ")] == ["fr", "ar", "en", "fr"]
    assert [read_country(word) for word in ("Algérie", "الجزائر", "ma", "Tunisia")] == [
        "DZ",
        "DZ",
        "MA",
        "TN",
    ]
    for wrong in ("klingon", "Atlantis"):
        with pytest.raises(Unreadable):
            (read_language if wrong == "klingon" else read_country)(wrong)


def test_the_company_s_own_fields_are_checked_by_their_type() -> None:
    group = CompanyField(name="group", type="choice", labels={"": "Groupe"}, choices=("Pro", "Privé"))
    assert read_field("prive", group, today=TODAY) == "Privé"
    number = CompanyField(name="n", type="number", labels={})
    assert read_field("1 200,5", number, today=TODAY) == 1200.5
    since = CompanyField(name="d", type="date", labels={})
    assert read_field("05/03/2020", since, today=TODAY) == "2020-03-05"
    assert read_yes_no("نعم") is True and read_yes_no("Non") is False
    for field, cell in ((group, "Autre"), (number, "x"), (since, "x")):
        with pytest.raises(Unreadable):
            read_field(cell, field, today=TODAY)


@given(st.text(max_size=80))
def test_no_cell_however_strange_breaks_a_reader(text: str) -> None:
    read_name(text)
    folded(text)
    text_of(text)
    for read in (
        lambda: read_date(text, today=TODAY),
        lambda: read_birthday(text, today=TODAY),
        lambda: read_moment(text, zone=UTC, today=TODAY),
        lambda: read_amount(text),
        lambda: read_phones(text, country="DZ"),
        lambda: read_emails(text),
    ):
        try:
            read()
        except Unreadable as error:
            assert error.code


@given(st.dates(date(1950, 1, 1), TODAY + timedelta(days=4_000)))
def test_nobody_is_born_tomorrow(day: date) -> None:
    text = day.isoformat()
    if day > TODAY:
        with pytest.raises(Unreadable):
            read_birthday(text, today=TODAY)
    else:
        assert read_birthday(text, today=TODAY) == (day, f"{day:%m-%d}")
