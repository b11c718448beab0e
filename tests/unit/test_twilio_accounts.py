"""From the configuration of an SMS or WhatsApp account to its door's settings, and what is said when it can't be."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.accounts import account_problems, needs_stand_in, settings_of
from bot.config import Config, load
from channels.registry import door_class
from channels.twilio.door import TwilioDoor
from channels.twilio.settings import TwilioSettings
from tests.fakes import FakeHost

SID = "AC" + "0" * 32
COMPANY = "company: {name: Atlas, timezone: Africa/Algiers, country: DZ}\n"


def loaded(folder: Path, accounts: str, more: str = "") -> Config:
    path = folder / "relais.yaml"
    path.write_text(f"{COMPANY}{more}accounts:\n{accounts}", encoding="utf-8")
    return load(path, {})


def settings(config: Config, name: str) -> TwilioSettings:
    kind, built = settings_of(name, config.accounts[name], config)
    assert isinstance(built, TwilioSettings) and built.kind == kind
    door = door_class(kind)(built, FakeHost())
    assert isinstance(door, TwilioDoor) and door.kind == kind
    return built


def test_an_sms_account_reaches_its_door_whole(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        f"  sms: {{kind: sms, account_sid: {SID}, auth_token: t, from: '+213555000100', signature: report,\n"
        "    api_base_url: 'http://127.0.0.1:9/', signing_key: k, catch_up_s: 0, fold_typography: false,\n"
        "    price_per_segment: 8.5, mms: true}\n",
        "server: {public_url: 'https://bot.example.org/'}\ndelivery: {timeout_s: 7}\nmedia: {max_bytes: 1000000}\n",
    )
    assert account_problems(config) == []
    made = settings(config, "sms")
    assert (made.sender, made.signature, made.signing_key) == ("+213555000100", "report", "k")
    assert (made.api_base_url, made.catch_up_s, made.fold_typography) == ("http://127.0.0.1:9", 0, False)
    assert (made.price_per_segment, made.mms, made.media) == (Decimal("8.5"), True, True)
    assert (made.timeout_s, made.max_media_bytes) == (7, 1_000_000)
    assert made.status_url == "https://bot.example.org/hooks/sms/status"
    assert made.own_socket == {("127.0.0.1", 9)}


def test_a_whatsapp_account_reaches_its_door_whole(tmp_path: Path) -> None:
    content = "HX" + "0" * 32
    config = loaded(
        tmp_path,
        f"  wa: {{kind: whatsapp, account_sid: {SID}, auth_token: t, from: 'whatsapp:+213555000110',\n"
        f"    templates: {{receipt.fr: {content}}}, template_variables: {{receipt: [reference, due]}},\n"
        "    window_margin_s: 60}\n",
    )
    assert account_problems(config) == []
    made = settings(config, "wa")
    assert (made.sender, made.prefix) == ("+213555000110", "whatsapp:")
    assert made.templates == {"receipt.fr": content}
    assert made.template_variables == {"receipt": ("reference", "due")}
    assert made.window_margin_s == 60 and made.own_socket == frozenset()


@pytest.mark.parametrize(
    ("values", "key", "words"),
    [
        (f"account_sid: {SID}, auth_token: t", "from", "is missing"),
        (f"account_sid: {SID}, from: '+213555000100'", "auth_token", "is missing"),
        ("auth_token: t, from: '+213555000100'", "account_sid", "is missing"),
        ("account_sid: AC1, auth_token: t, from: '+213555000100'", "account_sid", "32 hex digits"),
        (f"account_sid: {SID}, auth_token: t, from: '+0'", "from", "such as +213555000100"),
        (f"account_sid: {SID}, auth_token: t, messaging_service_sid: x", "messaging_service_sid", "MG and"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, values: str, key: str, words: str) -> None:
    config = loaded(tmp_path, f"  sms: {{kind: sms, {values}}}\n")
    (problem,) = account_problems(config)
    assert problem.where.endswith(f"accounts.sms.{key}") and words in problem.what


def test_an_account_without_credentials_is_played_by_the_sandbox_in_the_demo(tmp_path: Path) -> None:
    config = loaded(tmp_path, "  sms: {kind: sms, from: '+213555000100'}\n")
    assert needs_stand_in(config.accounts["sms"])
    assert settings_of("sms", config.accounts["sms"], config)[0] == "sandbox"
    assert account_problems(config, demo=True) == []
