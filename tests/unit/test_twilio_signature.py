"""Who may call the Twilio hooks: held against the SDK's own validator, and against forgers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from channels.port import EntryKind, HookRequest, Malformed, Unsupported, Untrusted
from channels.twilio.door import TwilioDoor
from channels.twilio.form import MAX_FIELDS
from channels.twilio.signature import check_signature, sign
from tests.contract.twilio_bench import PERSON, PUBLIC
from tests.contract.twilio_bench import settings as account
from tests.fakes import FakeHost
from tests.standins.twilio_api import TwilioApi
from tests.standins.twilio_state import TOKEN

URL = f"{PUBLIC}/hooks/sms"
FORM = "application/x-www-form-urlencoded"
SMS = account("sms")
STATUS = {"MessageSid": "SM" + "0" * 32, "MessageStatus": "delivered", "To": PERSON}


def call(
    url: str, fields: dict[str, str], *, signed: str = "", key: str = TOKEN, **headers: str
) -> HookRequest:
    signature = RequestValidator(key).compute_signature(signed or url, fields)
    told = {"content-type": FORM, "x-twilio-signature": signature}
    return HookRequest(url=url, headers={**told, **headers}, body=urlencode(fields).encode())


TEXTS = st.text(max_size=30).filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))


@settings(max_examples=300, deadline=None)
@given(
    fields=st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=12),
    path=st.sampled_from(["", "/x", "?a=1&b=%20"]),
)
def test_what_twilios_own_validator_signs_is_trusted(fields: dict[str, str], path: str) -> None:
    check_signature(call(f"{URL}{path}", fields), SMS)


@settings(max_examples=200, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(st.sampled_from(["A", "B", "AB"]), st.sampled_from(["", "1", "2", "B1"])), max_size=8
    )
)
def test_names_given_twice_are_signed_as_the_validator_does(pairs: list[tuple[str, str]]) -> None:
    class Multi(dict[str, list[str]]):
        def getall(self, key: str) -> list[str]:
            return self[key]

    values = Multi()
    for key, value in pairs:
        values.setdefault(key, []).append(value)
    assert sign(URL, pairs, TOKEN) == RequestValidator(TOKEN).compute_signature(URL, values)


@pytest.mark.parametrize(
    ("ours", "signed"),
    [
        ("https://bot.example.org/hooks/sms", "https://bot.example.org:443/hooks/sms"),
        ("https://bot.example.org:8443/hooks/sms", "https://bot.example.org/hooks/sms"),
        ("https://bot.example.org:443/hooks/sms?x=1", "https://bot.example.org/hooks/sms?x=1"),
        ("http://bot.example.org/hooks/sms", "http://bot.example.org:80/hooks/sms"),
        ("https://[2001:db8::1]:8443/hooks/sms", "https://[2001:db8::1]/hooks/sms"),
        ("https://bot.example.org/relais/hooks/sms", "https://bot.example.org/relais/hooks/sms"),
    ],
)
def test_the_address_is_tried_with_and_without_its_port(ours: str, signed: str) -> None:
    check_signature(call(ours, STATUS, signed=signed), SMS)


@pytest.mark.parametrize(
    "signed",
    ["http://bot.example.org/hooks/sms", "https://other.example.org/hooks/sms", "https://bot.example.org/hooks/sms/",
     "https://bot.example.org/hooks/sms?x=1", "https://bot.example.org:8443/hooks/sms"],
)  # fmt: skip
def test_a_call_signed_for_another_address_is_not_trusted(signed: str) -> None:
    with pytest.raises(Untrusted, match=r"server\.public_url"):
        check_signature(call(URL, STATUS, signed=signed), SMS)


def test_a_field_more_less_or_other_is_not_trusted() -> None:
    good = call(URL, STATUS)
    check_signature(good, SMS)
    for body in (good.body + b"&X=1", good.body.replace(b"delivered", b"failed"), good.body[:-3], b""):
        with pytest.raises(Untrusted):
            check_signature(replace(good, body=body), SMS)


def test_blanks_and_plus_signs_are_signed_as_they_were_meant() -> None:
    fields = {"Body": "  a + b = ç\r\n ", "From": "+213555000111", "Empty": ""}
    check_signature(call(URL, fields), SMS)


def test_a_key_of_its_own_and_sha256_are_taken() -> None:
    keyed = replace(SMS, signing_key="another-key")
    signature = RequestValidator("another-key").compute_signature(URL, STATUS, "HMAC_SHA256")
    told = {
        "x-twilio-signature": signature,
        "x-twilio-webhooks-signature-settings": "key=webhooks_1,algorithm=HMAC_SHA256",
    }
    check_signature(call(URL, STATUS, **told), keyed)
    with pytest.raises(Untrusted):
        check_signature(call(URL, STATUS, **told), SMS)
    with pytest.raises(Untrusted, match="unknown"):
        check_signature(
            call(URL, STATUS, **(told | {"x-twilio-webhooks-signature-settings": "algorithm=MD5"})), keyed
        )


def json_call(body: bytes, *, hashed: bytes | None = None) -> HookRequest:
    digest = hashlib.sha256(body if hashed is None else hashed).hexdigest()
    url = f"{URL}?bodySHA256={digest}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    return HookRequest(
        url=url, headers={"content-type": "application/json", "x-twilio-signature": signature}, body=body
    )


def test_a_json_body_is_trusted_by_its_hash_and_then_left_alone() -> None:
    body = json.dumps({"Type": "message"}).encode()
    check_signature(json_call(body), SMS)
    with pytest.raises(Unsupported):
        TwilioDoor(SMS, FakeHost()).open_hook(json_call(body))
    with pytest.raises(Untrusted, match="hash"):
        check_signature(json_call(body, hashed=b"{}"), SMS)
    with pytest.raises(Untrusted, match="hash"):
        check_signature(replace(json_call(body), url=URL), SMS)
    twice = json_call(body)
    with pytest.raises(Untrusted, match="hash"):
        check_signature(replace(twice, url=f"{twice.url}&bodySHA256=00"), SMS)


def test_a_form_can_not_pass_for_a_hashed_body() -> None:
    """The hash in the address counts for what is not a form alone: a form's fields are signed themselves."""
    trusted = json_call(b"x=1")
    with pytest.raises(Untrusted):
        check_signature(replace(trusted, headers={**trusted.headers, "content-type": FORM}), SMS)


def test_too_many_fields_are_malformed_before_they_are_signed() -> None:
    fields = {f"f{n}": "1" for n in range(MAX_FIELDS + 1)}
    with pytest.raises(Malformed, match="more than"):
        check_signature(call(URL, fields), SMS)


@pytest.mark.parametrize(
    "url", ["https://[", "https://[::1", "https://a:b/", "https://a:99999/", "?", "//", ""]
)
@pytest.mark.parametrize("kind", [FORM, "application/json"])
def test_an_address_made_from_a_hostile_host_header_is_untrusted(url: str, kind: str) -> None:
    headers = {"content-type": kind, "x-twilio-signature": "x"}
    with pytest.raises(Untrusted):
        check_signature(HookRequest(url=url, headers=headers, body=b""), SMS)


@pytest.mark.parametrize("signature", ["", " ", "é", "A" * 100_000, "\x00", "=" * 28])
def test_no_signature_whatever_it_is_raises_anything_but_untrusted(signature: str) -> None:
    with pytest.raises(Untrusted):
        check_signature(call(URL, STATUS, **{"x-twilio-signature": signature}), SMS)


@settings(max_examples=300, deadline=None)
@given(
    url=st.text(max_size=40),
    body=st.binary(max_size=80),
    signature=st.text(max_size=30),
    kind=st.text(max_size=20),
)
def test_a_stranger_is_untrusted_or_malformed_and_nothing_else(
    url: str, body: bytes, signature: str, kind: str
) -> None:
    headers = {"content-type": kind, "x-twilio-signature": signature}
    with pytest.raises((Untrusted, Malformed)):
        TwilioDoor.open_hook(DOOR, HookRequest(url=url, headers=headers, body=body))


DOOR = TwilioDoor(SMS, FakeHost())


def test_in_report_mode_a_wrong_signature_is_taken_counted_and_told() -> None:
    door = TwilioDoor(replace(SMS, signature="report"), FakeHost())
    with structlog.testing.capture_logs() as events:
        (envelope,) = door.open_hook(call(URL, STATUS, key="wrong"))
    assert envelope.kind is EntryKind.STATUS
    assert door.untrusted_taken == 1
    assert [event["event"] for event in events] == ["untrusted_call_taken"]
    assert TOKEN not in str(events) and PERSON not in str(events)
    door.open_hook(call(URL, STATUS))
    assert door.untrusted_taken == 1


def test_the_stand_ins_calls_are_trusted() -> None:
    twilio = TwilioApi()
    (envelope,) = DOOR.open_hook(twilio.says(PERSON, "Bonjour", url=URL))
    assert DOOR.parse(envelope.raw).text == "Bonjour"
    twilio.stop()


def test_the_answer_to_a_call_sends_nothing_to_the_customer() -> None:
    """A plain text would be sent on as a message. source: Twilio's Response, supported content types"""
    assert DOOR.capabilities.hook_answer == ("text/xml; charset=utf-8", "<Response/>")
