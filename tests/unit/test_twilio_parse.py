"""Reading what Twilio posts: what holds for every form, and what no form can do."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.port import EntryKind, InboundError, Malformed
from channels.twilio.address import bare, channel_of, is_e164, is_name, is_possible
from channels.twilio.door import TwilioDoor
from channels.twilio.errors import Meaning, meaning_of
from channels.twilio.form import Form
from channels.twilio.status import is_status
from tests.contract.twilio_bench import PUBLIC, _call
from tests.contract.twilio_bench import settings as account
from tests.fakes import FakeHost

SID = "SM" + "0" * 32
BASE = {"MessageSid": SID, "From": "+213555000111", "To": "+213555000100", "Body": "Bonjour"}
SMS = TwilioDoor(account("sms"), FakeHost())
WHATSAPP = TwilioDoor(account("whatsapp"), FakeHost())

NAMES = [
    "MessageSid", "SmsSid", "SmsMessageSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "MediaUrl9",
    "MediaContentType0", "ProfileName", "ButtonText", "ButtonPayload", "ListId", "ListTitle", "Latitude", "Longitude",
    "Label", "Address", "InteractiveData", "MessageType", "ExternalUserId", "MessageStatus", "SmsStatus", "ErrorCode",
    "OriginalRepliedMessageSid", "ReferralBody", "OptOutType",
]  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [SID, "+213555000111", "whatsapp:+213555000111", "whatsapp:DZ.1", "received", "delivered", "failed", "0", "91",
         "1e999", "nan", "-inf", "https://api.twilio.com/x", "{\"data\": {\"a\": [1]}}", "[" * 500, "21610", "٣", ":",
         "\u202e\ud7ff\ufffe", "+" * 30, "00213555000111"],
    ),
)  # fmt: skip
FORMS = st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=14)


@settings(max_examples=600, deadline=None)
@given(pairs=FORMS, noise=st.binary(max_size=12))
def test_no_form_raises_anything_but_inbound_errors(pairs: list[tuple[str, str]], noise: bytes) -> None:
    raw = urlencode(pairs, errors="replace").encode() + noise
    for door in (SMS, WHATSAPP):
        for reader in (
            door.parse,
            door.parse_status,
            lambda raw, door=door: door.open_hook(_call(raw, door.kind)),
        ):
            try:
                reader(raw)
            except InboundError as error:
                assert str(error), "the reason is said"


@settings(max_examples=400, deadline=None)
@given(pairs=FORMS)
def test_what_the_door_takes_the_lane_can_read_or_refuse_and_both_agree(pairs: list[tuple[str, str]]) -> None:
    raw = urlencode({**BASE, **dict(pairs)}, errors="replace").encode()
    try:
        (envelope,) = SMS.open_hook(_call(raw, "sms"))
    except InboundError:
        return
    if envelope.kind is EntryKind.STATUS:
        report = SMS.parse_status(envelope.raw)
        assert envelope.thread == f"status:{report.provider_id}"
        return
    try:
        message = SMS.parse(envelope.raw)
    except InboundError:
        return
    assert (message.provider_id, message.thread) == (envelope.provider_id, envelope.thread)
    assert message.text or message.choice or message.attachments or message.unsupported


@pytest.mark.parametrize("fields", [{"SmsStatus": "received"}, {"SmsStatus": "receiving"}, {}])
def test_a_message_to_us_is_not_taken_for_a_status(fields: dict[str, str]) -> None:
    assert not is_status(Form(urlencode(BASE | fields).encode()))


@pytest.mark.parametrize("old", ["SmsSid", "SmsMessageSid"])
def test_a_message_is_known_by_its_old_names(old: str) -> None:
    fields = {key: value for key, value in BASE.items() if key != "MessageSid"} | {old: SID}
    assert SMS.parse(urlencode(fields).encode()).provider_id == SID


def test_statuses_in_any_order_are_entries_of_their_own_and_the_same_one_twice_is_one() -> None:
    ids = []
    for word in ("delivered", "sent", "read", "delivered"):
        raw = urlencode({"MessageSid": SID, "MessageStatus": word}).encode()
        (envelope,) = WHATSAPP.open_hook(_call(raw, "whatsapp"))
        ids.append((envelope.provider_id, envelope.thread))
    assert len(set(ids)) == 3 and len({thread for _, thread in ids}) == 1


@pytest.mark.parametrize("code", ["0", "", "x", "1234567", "٣", "-1", "21610 "])
def test_a_code_that_is_none_is_not_made_one(code: str) -> None:
    raw = urlencode({"MessageSid": SID, "MessageStatus": "failed", "ErrorCode": code}).encode()
    report = SMS.parse_status(raw)
    assert report.code == ("21610" if code.strip() == "21610" else "failed")
    assert report.opted_out == (code.strip() == "21610")


def test_a_code_of_a_success_means_nothing() -> None:
    raw = urlencode({"MessageSid": SID, "MessageStatus": "delivered", "ErrorCode": "30005"}).encode()
    assert not SMS.parse_status(raw).permanent


def test_the_codes_that_stop_a_contact_or_an_address_are_known() -> None:
    assert {code for code in range(10_000, 70_000) if meaning_of(str(code)) is Meaning.OPTED_OUT} == {
        21610,
        63014,
        63033,
    }
    assert meaning_of("30003") is Meaning.REFUSED, "a phone that is off is no bad address"
    assert meaning_of("99999") is None and meaning_of("") is None and meaning_of("x") is None


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+213555000111", "+213555000111"),
        ("whatsapp:+213555000111", "+213555000111"),
        ("whatsapp:+213 555-00-01-11", "+213555000111"),
        ("00213555000111", "+213555000111"),
        ("20050", "20050"),
        ("POSTE", "POSTE"),
        ("whatsapp:DZ.13491208655302741918", "DZ.13491208655302741918"),
        ("+266696687", "+266696687"),
        ("0555000111", "0555000111"),
        ("+0000000000", "+0000000000"),
        ("00" + "9" * 29, "00" + "9" * 29),
    ],
)
def test_a_number_becomes_e164_and_anything_else_stays(written: str, kept: str) -> None:
    assert bare(written) == kept
    assert bare(kept) == kept


def test_what_an_address_is() -> None:
    assert channel_of("whatsapp:+1") == "whatsapp" and channel_of("+1") == "" and channel_of("POSTE:") == ""
    assert (
        is_name("POSTE") and is_name("My Shop 24") and not is_name("20050") and not is_name("+213555000111")
    )
    assert is_possible("+213555000111") and not is_possible("+21355500011122") and not is_possible("x")
    assert is_e164("+213555000111") and not is_e164("+0213555000111") and not is_e164("+٢١٣555000111")


def test_an_address_of_absurd_length_is_malformed() -> None:
    with pytest.raises(Malformed, match="not an address"):
        WHATSAPP.parse(urlencode(BASE | {"From": f"whatsapp:DZ.{'1' * 500}"}).encode())


def test_a_long_text_is_cut_far_beyond_what_twilio_sends() -> None:
    assert len(SMS.parse(urlencode(BASE | {"Body": "é" * 100_000}).encode()).text) == 20_000


def test_the_doors_name_their_own_hook() -> None:
    assert SMS._settings.status_url == f"{PUBLIC}/hooks/sms/status"
