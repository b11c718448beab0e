"""The shipped texts themselves, in French, Arabic and English."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.dialogue.turn import REFERENCE
from bot.templating import CONTRACT, CompanyFacts, Templates, bare_sample, full_sample
from templates import BUILT_IN

SHIPPED = Templates.load([BUILT_IN], company=CompanyFacts(name="Briqueterie Atlas"))
LONG_DATE = datetime(2026, 9, 30, 17, 0, tzinfo=UTC)  # "mercredi 30 septembre": as long as a date gets
LANGUAGES = ("fr", "ar", "en")
WITH_EMAIL = (
    "receipt/message",
    "complaint/registered",
    "complaint/registered_silent",
    "complaint/followup",
    "reply/handover",
    "reply/faq",
)
SMS = sorted({path.parent.relative_to(BUILT_IN).as_posix() for path in BUILT_IN.rglob("fr.sms.j2")})
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
Sample = Callable[[str, datetime], dict[str, Any]]


def say(template: str, language: str, channel: str, sample: Sample = full_sample, **changes: Any) -> str:
    values = sample(template, LONG_DATE) | changes
    return SHIPPED.render(template, language=language, channel=channel, variables=values).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", CONTRACT)
def test_every_template_of_the_contract_speaks_every_language_with_rich_and_with_poor_variables(
    template: str, language: str
) -> None:
    for channel in ("webchat", "email", "sms", "whatsapp", "telegram"):
        for sample in (full_sample, bare_sample):
            values = sample(template, LONG_DATE)
            if template == "reply/faq":
                values["answer"] = "…"
            rendered = SHIPPED.render(template, language=language, channel=channel, variables=values)
            assert rendered.language == language
            assert rendered.text
            assert not re.search(r"\{\{|\}\}|\{%|None|  | ,| \.(?!\.)|\(\)|\n\n\n", rendered.text), (
                rendered.text
            )
            assert channel == "sms" or rendered.subject


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", ["complaint/registered", "complaint/registered_silent"])
@pytest.mark.parametrize("channel", ["webchat", "email", "sms", "telegram", "whatsapp"])
def test_an_acknowledgement_names_the_facts_the_reference_the_desk_and_the_due_date_and_hour(
    template: str, language: str, channel: str
) -> None:
    text = say(template, language, channel, reference=REFERENCE, summary="3 palettes cassées")
    desk = {"fr": "réclamations", "ar": "الشكاوى", "en": "complaints"}[language]
    assert REFERENCE in text and "3 palettes" in text and desk in text
    assert "30 " in text and "18:00" in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", ["webchat", "email"])
def test_an_acknowledgement_names_the_customer(language: str, channel: str) -> None:
    assert "Karim" in say("complaint/registered", language, channel)
    assert "Karim" in say("complaint/registered_silent", language, channel)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", WITH_EMAIL)
def test_an_email_begins_with_a_salutation_and_ends_with_the_companys_name(
    template: str, language: str
) -> None:
    lines = say(template, language, "email").splitlines()
    assert lines[0].startswith({"fr": "Bonjour Karim", "ar": "تحية طيبة", "en": "Hello Karim"}[language])
    assert "Briqueterie Atlas" in lines[-1]


SUMMING_UP = "complaint/restate"  # as many facts as the customer told: two parts, three in Arabic


@pytest.mark.parametrize("template", SMS)
def test_french_and_english_sms_fit_one_part_and_arabic_ones_two(template: str) -> None:
    for sample in (full_sample, bare_sample):
        for flags in ({"files": 1}, {"open_now": False}, {"closed": False}, {"complete": False}):
            changes: dict[str, Any] = {
                key: value for key, value in flags.items() if key in CONTRACT[template]
            }
            if "summary" in CONTRACT[template]:
                changes["summary"] = "3 palettes de B12 livrées cassées hier matin"
            if "phase" in CONTRACT[template]:
                changes["phase"] = "résolution"
            for language in ("fr", "en"):
                text = say(template, language, "sms", sample, **changes)
                room = 2 * 153 if template == SUMMING_UP else 160
                assert len(text) <= room and not set(text) - GSM, (len(text), set(text) - GSM, text)
            room = (3 if template == SUMMING_UP else 2) * 67
            assert len(say(template, "ar", "sms", sample, **changes)) <= room


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*/*/fr*.j2")), ids=lambda path: path.parent.name)
def test_french_texts_keep_a_narrow_space_before_high_punctuation(path: Any) -> None:
    if path.name == "fr.sms.j2":
        return
    body = path.read_text(encoding="utf-8").split("---\n", 2)[2]
    words = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "x", body, flags=re.S)
    assert not re.search(r" [?!:;»]|« |\w[?!;»]|'", words), words


@pytest.mark.parametrize("path", sorted(BUILT_IN.glob("*/*/ar*.j2")), ids=lambda path: path.parent.name)
def test_arabic_texts_use_arabic_punctuation_and_latin_digits(path: Any) -> None:
    body = path.read_text(encoding="utf-8").split("---\n", 2)[2]
    words = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "x", body, flags=re.S)
    assert not re.search(r"[?,;]|[٠-٩]", words), words


@pytest.mark.parametrize(
    "path", sorted(BUILT_IN.glob("*/*/*.j2")), ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_no_text_shouts_or_admits_fault(path: Any) -> None:
    text = path.read_text(encoding="utf-8").lower()
    assert "!" not in text.replace("!=", "")
    assert not re.search(r"notre faute|notre erreur|our fault|our mistake|خطؤنا|خطأنا", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_when_the_bot_did_not_understand_a_person_is_one_word_away(language: str) -> None:
    word = {"fr": "conseiller", "ar": "موظف", "en": "agent"}[language]
    for sample in (full_sample, bare_sample):
        assert word in say("reply/suggestions", language, "webchat", sample)


def test_suggestions_are_numbered_only_where_there_are_no_buttons() -> None:
    assert "2. B12" in say("reply/suggestions", "fr", "sms")
    assert "B12" not in say("reply/suggestions", "fr", "webchat", numbered=False)


def test_a_restatement_shows_only_what_is_known() -> None:
    text = say("complaint/restate", "fr", "webchat", bare_sample, product="B12")
    assert "Produit" in text and "Commande" not in text and "Pièce" not in text
