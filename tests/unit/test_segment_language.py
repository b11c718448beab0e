"""The language of segments: read, written, explained, as a form, and what is said of mistakes."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.segments import RuleError, Terms, explain, from_form, lines_of, parse, to_form, write
from scheduler.segments.choices import CHOICES
from scheduler.segments.errors import LANGUAGES
from scheduler.segments.measures import MEASURES
from scheduler.segments.periods import Moment, days, span, yeardays
from scheduler.segments.sayings import LISTED, NOUNS
from scheduler.segments.tree import (
    All,
    Between,
    Calendar,
    Compare,
    Condition,
    During,
    Last,
    Next,
    Not,
    Older,
    OneOf,
    Rule,
    Scope,
    conditions,
)
from scheduler.segments.vocabulary import FIELDS
from scheduler.segments.words import evaluate
from tests.segment_world import ALGIERS, MOMENT, TERMS, make_rule

RULES = st.integers(0, 10**9).map(lambda seed: make_rule(Random(seed)))


def many(least: int, **scope: object) -> Condition:
    return Condition(
        measure="purchases",
        scope=Scope(**scope),  # type: ignore[arg-type]
        test=Compare(op=">=", value=Decimal(least)),
    )


@settings(max_examples=150, deadline=None)
@given(rule=RULES, language=st.sampled_from(LANGUAGES))
def test_what_is_written_is_read_as_the_same_rule(rule: Rule, language: str) -> None:
    assert parse(write(rule, language), TERMS) == rule


@settings(max_examples=100, deadline=None)
@given(rule=RULES)
def test_a_form_holds_all_of_a_rule(rule: Rule) -> None:
    assert from_form(json.loads(json.dumps(to_form(rule))), TERMS) == rule


@settings(max_examples=60, deadline=None)
@given(rule=RULES, language=st.sampled_from(LANGUAGES), seed=st.integers(0, 99))
def test_the_first_sentence_says_what_the_rule_says(rule: Rule, language: str, seed: int) -> None:
    random = Random(seed)
    truths = {condition: random.random() < 0.5 for condition in conditions(rule)}
    lines = lines_of(rule, language)
    assert lines[0].holds(truths) == evaluate(rule, truths)
    assert all(line.text.strip() and "{" not in line.text for line in lines)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60) | st.lists(st.sampled_from(
    ["zone", "=", '"', "(", ")", "and", "not", "in", "5", "or", "achats", "dans les 3 derniers mois", "B12", ",", "و"]
), max_size=12).map(" ".join))  # fmt: skip
def test_any_text_is_a_rule_or_a_clear_error_in_three_languages(text: str) -> None:
    try:
        rule = parse(text, TERMS)
    except RuleError as error:
        assert 0 <= error.at <= len(text) and error.at + error.length <= len(text)
        for language in LANGUAGES:
            assert not re.search(r"\{\w+\}", error.words(language).replace(text, ""))
    else:
        assert parse(write(rule), TERMS) == rule


@settings(max_examples=150, deadline=None)
@given(form=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["all", "any", "not", "measure", "test", "of", "op", "value", "during", "last", "unit", "x"]),
        inner | st.sampled_from(["zone", "purchases", "day", ">="]), max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_any_form_is_a_rule_or_a_clear_error(form: object) -> None:
    try:
        assert from_form(to_form(rule := from_form(form, TERMS)), TERMS) == rule
    except RuleError as error:
        assert all(error.words(language) for language in LANGUAGES)


@pytest.mark.parametrize(
    ("english", "french", "arabic"),
    [
        (
            'language = fr and zone in ("Béjaïa", "Sétif") and purchases in the last 12 months >= 3'
            " and amount >= 50 000 DZD",
            "langue est français et zone parmi (Béjaïa, Sétif) et achats sur les 12 derniers mois >= 3"
            " et montant au moins 50 000 DA",
            'اللغة = الفرنسية والمنطقة ضمن ("Béjaïa"، "Sétif") والمشتريات خلال آخر 12 شهرا >= 3 والمبلغ >= 50000 دج',
        ),
        (
            "inactive for 6 months and not complaint open",
            "inactif depuis 6 mois et sans réclamation ouverte",
            "غير نشط منذ 6 أشهر وبدون شكوى مفتوحة",
        ),
        ("birthday this month", "anniversaire ce mois-ci", "عيد الميلاد هذا الشهر"),
        (
            'bought "B12" but not "hourdis"',
            'a acheté "B12" mais pas "hourdis"',
            'اشترى "B12" ولكن ليس "hourdis"'.replace("ولكن", "لكن"),
        ),
        (
            "rfm recency >= 4 and frequency >= 3",
            "rfm récence >= 4 et fréquence >= 3",
            "فئة الحداثة >= ٤ وفئة التكرار >= ٣",
        ),
        (
            "consent to offers by sms and no open complaint",
            "accord pour offres par sms et sans réclamation ouverte",
            "موافق على العروض عبر sms وبدون شكوى مفتوحة",
        ),
        (
            "last purchase more than 90 days ago",
            "dernier achat il y a plus de 90 jours",
            "آخر شراء قبل أكثر من 90 يوما",
        ),
        (
            'campaign "Rentrée" opened in the last 30 days',
            "campagne « Rentrée » ouverte dans les 30 derniers jours",
            "الحملة «Rentrée» مفتوحة خلال آخر 30 يوما",
        ),
        (
            "card expires in the next 60 days",
            "carte expire dans les 60 prochains jours",
            "انتهاء البطاقة خلال 60 يوما القادمة",
        ),
    ],
)
def test_three_languages_say_the_same_rule(english: str, french: str, arabic: str) -> None:
    rule = parse(english, TERMS)
    assert parse(french, TERMS) == rule
    assert parse(arabic, TERMS) == rule
    # and they may be mixed
    assert parse(f"({english}) et ({arabic})", TERMS) == parse(f"({french}) and ({french})", TERMS)


def test_a_rule_is_a_typed_tree() -> None:
    rule = parse('langue = fr et (achats "B12" dans les 12 derniers mois >= 3 ou non tag "vip")', TERMS)
    assert isinstance(rule, All)
    assert rule.rules[0] == Condition(measure="language", test=OneOf(values=("fr",)))
    assert list(conditions(rule))[1] == many(3, products=("B12",), period=Last(count=12, unit="month"))


def test_not_binds_closer_than_and_and_and_closer_than_or() -> None:
    assert parse("not a_tag = x or zone = a and zone = b".replace("a_tag", "tag"), TERMS) == parse(
        "(not (tag = x)) or ((zone = a) and (zone = b))", TERMS
    )


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("zonne = x", 0, "« zonne » n'est pas un champ. Vouliez-vous dire « zone »"),
        ("", 0, "La règle est vide"),
        ("zone = Tizi Ouzou", 12, '"Tizi Ouzou"'),
        ("stage = prospct", 8, "Vouliez-vous dire « prospect »"),
        ("amount > 5 DZE", 0, "« DZE » n'est pas une monnaie"),
        ("birthday before 2026-01-01", 0, "« anniversaire » est un jour de l'année"),
        ('name contains "a', 14, "Le guillemet n'est pas fermé"),
        ("(zone = a", 0, "La parenthèse n'est pas fermée"),
        ("last purchase in the last 0 days", 26, "0 n'est pas une durée possible"),
        ('points >= "a"', 10, "on peut écrire un nombre"),
        ("zone in (a b)", 11, "une virgule"),
        ("consent by sms", 8, "un objet : service, information ou offres"),
        ("created since 2026-02-30", 14, "« 2026-02-30 » n'est pas un jour"),
        ("zone > 3", 7, "« zone » est un texte"),
        ("zone = a]", 8, "« ] » n'a pas sa place ici"),
        ("recency >= 7", 0, "Les classes vont de 1"),
        ("points of B12 > 3", 7, "on attend"),
        ("purchases between 2026-05-01 and 2026-01-01", 10, "avant de commencer"),
        ("zone = and", 7, "une valeur"),
        ("points >= 1.2345", 0, "trois décimales"),
        ("zone = 'a\x00", 7, "n'a pas sa place"),
        ("and zone = a", 0, "n'est pas un champ"),
        ("zone", 4, "Après « zone », on attend"),
        ("(" * 40 + "zone = a" + ")" * 40, 30, "Trop de parenthèses"),
    ],
)
def test_a_mistake_is_shown_with_its_place_and_what_to_write(text: str, at: int, words: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse(text, TERMS)
    assert words in caught.value.words("fr")
    assert caught.value.at == at
    assert len({caught.value.words(language) for language in LANGUAGES}) == 3


def test_too_much_is_refused_before_it_is_read() -> None:
    with pytest.raises(RuleError, match="too long"):
        parse("zone = a or " * 900 + "zone = a", TERMS)
    with pytest.raises(RuleError, match="100 at most"):
        parse(" or ".join(["zone = a"] * 101), TERMS)


def test_own_fields_are_those_of_the_company() -> None:
    terms = Terms(currency="DZD", own_fields=("taille", "secteur"))
    assert parse('champ "taille" >= 12', terms) == parse("champ taille >= 12", terms)
    with pytest.raises(RuleError, match="Did you mean “taille”"):
        parse("field tailles >= 12", terms)
    with pytest.raises(RuleError):
        parse('field "a\\"b" >= 12', TERMS)


def test_an_amount_without_a_currency_is_in_the_company_s() -> None:
    assert parse("amount > 1 000", TERMS) == parse("amount > 1000 DZD", TERMS)
    assert parse("amount > 1 000 and zone = a", TERMS) == parse("amount > 1000 da and zone = a", TERMS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_has_a_name_and_a_sentence_in_every_language(language: str) -> None:
    for key, measure in MEASURES.items():
        assert FIELDS[key][language][0]
        assert key in (LISTED if measure.many else {**NOUNS, "consent": ""})
    for table in CHOICES.values():
        assert all(names[language][0] for names in table.values())


def test_a_rule_is_explained_in_sentences() -> None:
    rule = parse('langue = fr et non (tag "vip" ou achats de "B12" dans les 2 derniers mois)', TERMS)
    assert explain(rule, "fr") == [
        "Tout ceci à la fois :",
        "  la langue est français",
        "  Aucun de ces points :",
        "    le contact porte l'étiquette « vip »",
        "    le nombre d'achats de « B12 » dans les 2 derniers mois est d'au moins 1",
    ]
    assert explain(rule, "en")[1] == "  the language is french"
    assert explain(rule, "ar")[3] == "    يحمل الزبون الوسم «vip»"
    assert explain(parse("no complaint open", TERMS), "fr") == [
        "le nombre de réclamations (ouverte) est de 0"
    ]
    assert explain(parse("everybody", TERMS), "en") == ["All contacts"]
    assert explain(Not(rule=parse("everybody", TERMS)), "en") == ["No contact"]


# periods: a Thursday noon in Algiers, where a week begins on Sunday


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Calendar(unit="day", offset=1), "2026-03-06", "2026-03-06"),
        (Calendar(unit="week", offset=0), "2026-03-01", "2026-03-07"),
        (Calendar(unit="week", offset=-1), "2026-02-22", "2026-02-28"),
        (Calendar(unit="month", offset=-1), "2026-02-01", "2026-02-28"),
        (Calendar(unit="month", offset=1), "2026-04-01", "2026-04-30"),
        (Calendar(unit="year", offset=-1), "2025-01-01", "2025-12-31"),
        (Last(count=1, unit="month"), "2026-02-05", "2026-03-05"),
        (Next(count=2, unit="week"), "2026-03-05", "2026-03-19"),
        (Between(start=date(2026, 1, 2), end=date(2026, 1, 3)), "2026-01-02", "2026-01-03"),
    ],
)
def test_a_period_is_made_of_whole_days_at_the_company(period: object, first: str, last: str) -> None:
    found = days(period, MOMENT.today, MOMENT.week_starts)  # type: ignore[arg-type]
    assert (str(found.first), str(found.last)) == (first, last)


def test_counting_back_from_the_end_of_a_month_stays_in_the_month_before() -> None:
    assert days(Last(count=1, unit="month"), date(2026, 3, 31)).first == date(2026, 2, 28)
    assert days(Last(count=1, unit="year"), date(2028, 2, 29)).first == date(2027, 2, 28)


@settings(max_examples=100, deadline=None)
@given(
    now=st.integers(0, 2_500_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
    count=st.integers(1, 40),
    unit=st.sampled_from(["day", "week", "month", "year"]),
)
def test_last_and_older_share_all_of_the_past(now: datetime, count: int, unit: str) -> None:
    moment = Moment(now=now, zone=ALGIERS)
    last = span(Last(count=count, unit=unit), moment)  # type: ignore[arg-type]
    older = span(Older(count=count, unit=unit), moment)  # type: ignore[arg-type]
    assert older.end == last.start and last.holds(now) and not last.holds(now + timedelta(seconds=1))
    assert last.start is not None and last.start.astimezone(ALGIERS).timetz().hour == 0


def test_lengths_beyond_the_calendar_end_at_its_ends() -> None:
    for kind in (Last, Next, Older):
        span(kind(count=100, unit="year"), Moment(now=datetime(50, 1, 1, tzinfo=UTC), zone=ALGIERS))
        days(kind(count=36_500, unit="day"), date(9990, 1, 1))
    assert During(period=Last(count=1, unit="day")) == During(period=Last(count=1, unit="day"))


def test_who_is_born_on_29_february_has_a_day_every_year() -> None:
    assert "02-29" in (yeardays(Calendar(unit="day", offset=0), date(2026, 2, 28)) or ())
    assert "02-29" not in (yeardays(Calendar(unit="day", offset=0), date(2028, 2, 28)) or ())
    assert yeardays(Calendar(unit="day", offset=0), date(2028, 2, 29)) == frozenset({"02-29"})
    assert yeardays(Last(count=2, unit="year"), date(2026, 3, 5)) is None
