"""The engine: choice of text, filters, and that what customers write stays data."""

from __future__ import annotations

import timeit
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.turn import REFERENCE
from bot.templating import CompanyFacts, MissingTemplate, RenderFailed, Templates, full_sample
from bot.templating.bidi import isolate_runs
from bot.templating.cleaning import NAME_LIMIT, clean_name, clean_text, clean_variables
from bot.templating.cleaning import REFERENCE as CLEANED_REFERENCE
from bot.templating.formats import Formats
from templates import BUILT_IN

ATLAS = CompanyFacts(name="Briqueterie Atlas")
DUE = datetime(2026, 3, 5, 17, 0, tzinfo=UTC)  # a Thursday, 18:00 in Algiers
SHIPPED = Templates.load([BUILT_IN], company=ATLAS)


def write(folder: Path, place: str, body: str, header: str = "purpose: reply") -> Path:
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{header}\n---\n{body}\n", encoding="utf-8")
    return path


def load(folder: Path, **facts: Any) -> Templates:
    return Templates.load([folder], company=CompanyFacts(name="Atlas", **facts))


def say(
    templates: Templates, template: str, language: str = "fr", channel: str = "webchat", **values: Any
) -> str:
    return templates.render(template, language=language, channel=channel, variables=values).text


def test_a_channels_own_text_wins_over_the_plain_one(tmp_path: Path) -> None:
    write(tmp_path, "reply/thanks/fr.j2", "plain")
    write(tmp_path, "reply/thanks/fr.sms.j2", "short")
    assert say(load(tmp_path), "reply/thanks", channel="sms") == "short"
    assert say(load(tmp_path), "reply/thanks", channel="telegram") == "plain"


def test_the_asked_language_wins_over_the_companys_and_the_companys_over_any(tmp_path: Path) -> None:
    for language in ("de", "en", "fr"):
        write(tmp_path, f"reply/thanks/{language}.j2", language)
    write(tmp_path, "reply/calm/de.j2", "nur deutsch")
    templates = load(tmp_path, language="fr", languages=("fr", "en"))
    assert say(templates, "reply/thanks", "en-GB") == "en"
    assert say(templates, "reply/thanks", "es") == "fr"
    only = templates.render("reply/calm", language="ar", channel="sms", variables={})
    assert (only.text, only.language) == ("nur deutsch", "de")


def test_the_asked_language_in_a_plain_text_wins_over_another_language_for_the_channel(
    tmp_path: Path,
) -> None:
    write(tmp_path, "reply/thanks/fr.sms.j2", "merci")
    write(tmp_path, "reply/thanks/ar.j2", "شكرا")
    assert say(load(tmp_path), "reply/thanks", "ar", "sms") == "شكرا"


@pytest.mark.parametrize("tag", ["ar-DZ", "ar_MA", "arq", "ary", "AR"])
def test_dialects_and_regions_of_arabic_are_answered_in_arabic(tag: str) -> None:
    assert SHIPPED.render("reply/thanks", language=tag, channel="webchat", variables={}).language == "ar"


def test_an_operators_folder_replaces_like_paths_only(tmp_path: Path) -> None:
    write(tmp_path, "reply/thanks/fr.j2", "À la vôtre, {{ company }}.")
    overlaid = Templates.load([BUILT_IN, tmp_path], company=ATLAS)
    assert say(overlaid, "reply/thanks") == "À la vôtre, Briqueterie Atlas."
    assert say(overlaid, "reply/thanks", "en") == say(SHIPPED, "reply/thanks", "en")


def test_a_broken_file_of_the_operator_leaves_the_built_in_one_in_service(tmp_path: Path) -> None:
    path = write(tmp_path, "reply/thanks/fr.j2", "{% if name %}oops")
    overlaid = Templates.load([BUILT_IN, tmp_path], company=ATLAS)
    assert say(overlaid, "reply/thanks") == say(SHIPPED, "reply/thanks")
    assert [problem.where for problem in overlaid.check()] == [f"{path}:4"]


def test_a_template_that_does_not_exist_is_named_with_its_nearest_like() -> None:
    with pytest.raises(MissingTemplate, match="did you mean “complaint/registered”"):
        say(SHIPPED, "complaint/registred")


def test_a_variable_that_was_not_given_fails_clearly_instead_of_leaving_a_hole() -> None:
    with pytest.raises(RenderFailed, match=r"status.*fr\.j2.*'opened_at' is undefined"):
        say(SHIPPED, "complaint/status", reference="RC-1", phase="", due_at=DUE, desk="", closed=False)


def test_an_object_is_refused_as_a_variable() -> None:
    with pytest.raises(RenderFailed, match="plain data"):
        say(SHIPPED, "reply/faq", answer=object())


def test_the_sandbox_keeps_templates_from_reaching_into_python(tmp_path: Path) -> None:
    write(tmp_path, "reply/thanks/fr.j2", "{{ name.__class__.__mro__ }}")
    with pytest.raises(RenderFailed, match="unsafe"):
        say(load(tmp_path), "reply/thanks", name="Karim")


def test_blank_lines_and_spaces_left_by_empty_variables_disappear(tmp_path: Path) -> None:
    write(tmp_path, "reply/thanks/fr.j2", "\n  Bonjour {{ name }}\n\n\n\nÀ bientôt  \n\n")
    assert say(load(tmp_path), "reply/thanks") == "Bonjour\n\nÀ bientôt"


def test_a_subject_is_a_template_on_one_line() -> None:
    rendered = SHIPPED.render(
        "complaint/registered",
        language="fr",
        channel="email",
        variables=full_sample("complaint/registered", DUE) | {"reference": REFERENCE},
    )
    assert rendered.subject == f"Votre réclamation {REFERENCE} est enregistrée"


def test_sms_texts_use_signs_of_the_gsm_alphabet_for_quotes_and_spaces() -> None:
    text = say(SHIPPED, "reply/faq", channel="sms", answer="L’usine\u202f: «\u202foui\u202f», 12\u202f500…")
    assert text == 'L\'usine : "oui", 12 500...'


def test_the_headers_purpose_can_be_read() -> None:
    assert SHIPPED.header("complaint/registered", language="ar", channel="email").purpose == "receipt"


def test_a_render_does_no_compiling() -> None:
    variables = full_sample("complaint/registered", DUE)
    seconds = min(
        timeit.repeat(
            lambda: SHIPPED.render(
                "complaint/registered", language="fr", channel="webchat", variables=variables
            ),
            number=200,
            repeat=5,
        )
    )
    assert seconds / 200 < 200e-6  # about 20 µs where nothing else runs; compiling costs milliseconds


# what customers write


def test_the_placeholder_is_the_dialogues() -> None:
    assert CLEANED_REFERENCE == REFERENCE


@given(st.text(max_size=80))
def test_whatever_a_customer_writes_stays_inert_text(words: str) -> None:
    hostile = words + "{{ 7 * 191 }}{% for x in range(9) %}<b>{{ company }}</b>{% endfor %}" + words
    text = say(SHIPPED, "reply/faq", answer=hostile)
    assert "{{ 7 * 191 }}{% for x in range(9) %}<b>{{ company }}</b>" in text
    assert "1337" not in text.replace(words, "")


HOSTILE = st.text(
    st.sampled_from("ab \x00\x1b\n\u202e\u2066\u2067\u2068\u2069\ue000\ue001\uf8ff\ufeff"), max_size=40
)


@given(st.text(max_size=200) | HOSTILE)
def test_no_control_or_private_use_character_comes_through_a_variable(words: str) -> None:
    for cleaned in (clean_text(words), clean_name(words), clean_variables({"a": [words]})["a"][0]):
        assert not [sign for sign in cleaned if sign < " " and sign not in "\t\n"]
        assert not [sign for sign in cleaned if "\ue000" <= sign <= "\uf8ff" or "\u202a" <= sign <= "\u202e"]
        assert cleaned.count("\u2069") == sum(cleaned.count(mark) for mark in "\u2066\u2067\u2068")


def test_a_customer_cannot_forge_the_placeholder_of_a_reference() -> None:
    text = say(SHIPPED, "complaint/cancelled", channel="email", name=REFERENCE)
    assert "\ue000" not in text
    assert clean_variables({"summary": REFERENCE})["summary"] == "case"
    assert clean_variables({"reference": f"{REFERENCE}{REFERENCE}"})["reference"] == "casecase"
    assert clean_variables({"reference": REFERENCE})["reference"] == REFERENCE


@pytest.mark.parametrize(
    "name",
    [
        "Gagnez sur http://spam.test",
        "www.spam.test",
        "a@b.test",
        "promo.com vous attend",
        "x" * (NAME_LIMIT + 1),
    ],
)
def test_a_name_that_advertises_is_no_name(name: str) -> None:
    assert clean_name(name) == ""
    assert say(SHIPPED, "reply/thanks", name=name) == say(SHIPPED, "reply/thanks")


@pytest.mark.parametrize("name", ["Karim", "Jean-Pierre", "أمينة", "M. O’Neil", "Aït Ahmed"])
def test_a_persons_name_comes_through_as_it_is(name: str) -> None:
    assert clean_name(name) == name


def test_a_name_over_several_lines_stays_on_one() -> None:
    assert clean_name(" Karim\r\n\r\nBcc: x ") == "Karim Bcc: x"


# dates, numbers, desks


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("fr", "jeudi 5 mars à 18:00"),
        ("en", "Thursday 5 March at 18:00"),
        ("ar", "الخميس 5 مارس على الساعة 18:00"),
    ],
)
def test_moments_are_shown_in_the_language_and_the_companys_timezone(language: str, shown: str) -> None:
    assert Formats(language, ATLAS).datetime(DUE) == shown


@pytest.mark.parametrize(
    ("country", "january", "august"),
    [("DZ", "جانفي", "أوت"), ("TN", "جانفي", "أوت"), ("MA", "يناير", "غشت"), ("EG", "يناير", "أغسطس")],
)
def test_arabic_months_are_those_of_the_companys_country(country: str, january: str, august: str) -> None:
    formats = Formats("ar", CompanyFacts(name="x", country=country))
    assert formats.date(date(2026, 1, 15)).endswith(f" 15 {january}")
    assert formats.date(date(2026, 8, 15)).endswith(f" 15 {august}")


def test_the_first_of_a_month_is_an_ordinal_in_french_only() -> None:
    assert Formats("fr", ATLAS).full_date(date(2026, 3, 1)) == "dimanche 1er mars 2026"
    assert Formats("en", ATLAS).full_date(date(2026, 3, 1)) == "Sunday 1 March 2026"


def test_a_moment_near_midnight_falls_on_the_companys_day() -> None:
    late = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)
    assert Formats("fr", ATLAS).datetime(late) == "vendredi 6 mars à 00:30"


def test_a_moment_without_a_timezone_is_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        Formats("fr", ATLAS).datetime(DUE.replace(tzinfo=None))


def test_a_language_without_rules_of_its_own_still_shows_dates() -> None:
    assert Formats("de", ATLAS).datetime(DUE) == "Do., 5. März, 18:00"


def test_numbers_and_amounts_follow_the_language_with_latin_digits() -> None:
    assert Formats("fr", ATLAS).number(1234567.5) == "1\u202f234\u202f567,5"
    assert Formats("fr", ATLAS).money(12500) == "12\u202f500\u00a0DA"
    assert Formats("fr", ATLAS).money(Decimal("12500.50")) == "12\u202f500,50\u00a0DA"
    assert Formats("en", ATLAS).money(12500) == "DZD\u00a012,500"
    arabic = Formats("ar", ATLAS).money(12500)
    assert "12.500" in arabic and "د.ج" in arabic and "٥" not in arabic


def test_a_desk_is_named_in_the_language_by_the_company_first() -> None:
    named = CompanyFacts(name="x", desks={"complaints": {"fr": "qualité", "ar": "الجودة"}})
    assert Formats("fr", named).team("complaints") == "équipe qualité"
    assert Formats("en", named).team("complaints") == "qualité team"  # the main language's name beats none
    assert Formats("ar", ATLAS).team("complaints") == "فريق الشكاوى"
    assert Formats("fr", ATLAS).team("Nadia B.") == "équipe Nadia B."


@pytest.mark.parametrize(
    ("language", "name", "said"),
    [
        ("fr", "Service réclamations", "service réclamations"),
        ("fr", "SAV", "équipe SAV"),
        ("en", "Complaints desk", "complaints desk"),
        ("ar", "مصلحة الشكاوى", "مصلحة الشكاوى"),
        ("fr", "", "équipe"),
        ("en", "", "team"),
        ("ar", "", "فريقنا"),
    ],
)
def test_a_desk_that_says_what_it_is_is_not_called_a_team_as_well(
    language: str, name: str, said: str
) -> None:
    assert Formats(language, ATLAS).team(name) == said


# both directions of writing


def test_references_and_names_are_isolated_in_arabic_and_bare_elsewhere() -> None:
    values = full_sample("complaint/registered", DUE) | {"reference": REFERENCE}
    arabic, french = (say(SHIPPED, "complaint/registered", language, **values) for language in ("ar", "fr"))
    assert f"\u2066{REFERENCE}\u2069" in arabic and "\u2068Karim\u2069" in arabic
    assert not set("\u2066\u2067\u2068\u2069") & set(french)


@pytest.mark.parametrize(
    "run",
    ["+213 555 000 100", "a.b@atlas.test", "www.atlas.test", "10 × 20 × 30", "RC-2026-000042"],
)
def test_left_to_right_runs_of_an_arabic_text_are_found(run: str) -> None:
    assert isolate_runs(f"اتصلوا {run}، شكرا") == f"اتصلوا \u2066{run}\u2069، شكرا"


def test_a_line_of_arabic_that_begins_with_a_latin_word_is_still_a_line_of_arabic() -> None:
    assert isolate_runs("B8 متوفرة\nوكذلك B12") == "\u200fB8 متوفرة\nوكذلك B12"


def test_hours_and_counts_need_no_isolates() -> None:
    assert isolate_runs("من 08:00 إلى 17:00، 360 آجرة B8") == "من 08:00 إلى 17:00، 360 آجرة B8"


def test_trusted_files_wait_for_their_first_use_and_ones_own_are_looked_at_at_once(tmp_path: Path) -> None:
    shipped, own = tmp_path / "shipped", tmp_path / "own"
    write(shipped, "reply/thanks/fr.j2", "Merci {{ company }}")
    write(shipped, "reply/greeting/fr.j2", "{{ broken")
    write(own, "reply/goodbye/fr.j2", "{{ broken")
    both = Templates.load([shipped, own], company=ATLAS, trusted=shipped)
    assert [say(both, "reply/thanks") for _ in range(2)] == ["Merci Briqueterie Atlas"] * 2
    with pytest.raises(RenderFailed, match="greeting"):
        say(both, "reply/greeting")
    wrong = [problem.where for problem in both.check(trusted=shipped) if "goodbye" in problem.where]
    assert wrong, "a company's own file that can't be compiled is told at the start"
    whole = Templates.load([shipped, own], company=ATLAS).check()
    assert {name for name in ("greeting", "goodbye") if any(name in each.where for each in whole)} == {
        "greeting",
        "goodbye",
    }
