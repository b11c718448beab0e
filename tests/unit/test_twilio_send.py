"""What goes out through Twilio: exact fields, WhatsApp's window and templates, errors, look-ups, the log-in."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.clock import ManualClock
from channels.port import (
    Attachment,
    BadAddress,
    NotSent,
    OptedOut,
    OutboundMessage,
    Rejected,
    SendError,
    Throttled,
    Uncertain,
    WindowClosed,
)
from channels.twilio.door import TwilioDoor
from channels.twilio.settings import TwilioSettings
from tests.contract.twilio_bench import PERSON, PUBLIC, Kind
from tests.contract.twilio_bench import settings as account
from tests.fakes import NOON, FakeHost
from tests.standins.twilio_api import TwilioApi
from tests.standins.twilio_state import NUMBER, SERVICE, TEMPLATE, Fault

DAY = timedelta(hours=24)


@dataclass(slots=True)
class Line:
    """A stand-in and doors that lead to it."""

    api: TwilioApi
    host: FakeHost
    clock: ManualClock
    doors: list[TwilioDoor] = field(default_factory=list)

    def door(self, kind: Kind = "sms", **changes: Any) -> TwilioDoor:
        self.doors.append(TwilioDoor(replace(account(kind, self.api.url), **changes), self.host))
        return self.doors[-1]

    def at(self, moment: datetime) -> None:
        self.clock.advance(moment - self.clock.now())

    def fields(self) -> dict[str, str]:
        return self.api.requests("/Messages.json")[-1].fields


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    clock = ManualClock(NOON)
    with TwilioApi(clock) as api:
        opened = Line(api, FakeHost(clock), clock)
        yield opened
        for door in opened.doors:
            await door.close()


def message(**changes: Any) -> OutboundMessage:
    base: dict[str, Any] = {
        "id": "o1",
        "account_id": "sms",
        "thread": PERSON,
        "to": PERSON,
        "text": "Bonjour",
    }
    return OutboundMessage(**(base | {"created_at": NOON, "language": "fr"} | changes))


async def test_an_sms_says_sender_address_words_and_where_to_report(line: Line) -> None:
    receipt = await line.door().send(message())
    assert line.fields() == {
        "To": PERSON,
        "From": NUMBER,
        "Body": "Bonjour",
        "StatusCallback": f"{PUBLIC}/hooks/sms/status",
    }
    assert receipt.provider_id == line.api.sent_to(PERSON)[0].sid
    assert not receipt.delivered
    assert line.api.requests("/Messages.json")[-1].authorised


async def test_a_messaging_service_goes_before_the_number(line: Line) -> None:
    await line.door(messaging_service_sid=SERVICE, public_url="").send(message())
    assert line.fields() == {"To": PERSON, "MessagingServiceSid": SERVICE, "Body": "Bonjour"}


async def test_typography_is_folded_for_sms_as_configured_and_never_for_whatsapp(line: Line) -> None:
    text = "n’est " + "a" * 100
    await line.door().send(message(text=text))
    assert line.fields()["Body"].startswith("n'est")
    await line.door(fold_typography=False).send(message(text=text))
    assert line.fields()["Body"] == text
    await line.door("whatsapp").send(message(text=text, last_heard_at=NOON))
    assert line.fields()["Body"] == text


async def test_a_folded_text_never_grows_over_the_limit(line: Line) -> None:
    text = "…" * 800 + "a" * 800  # 1600 units; folded it would be 3200
    await line.door().send(message(text=text))
    assert line.fields()["Body"] == text


@pytest.mark.parametrize("to", ["00213 555 00 01 11", "+213 (555) 000-111", "+213555000111"])
async def test_a_number_as_people_write_it_is_sent_in_e164(line: Line, to: str) -> None:
    await line.door().send(message(to=to))
    assert line.fields()["To"] == PERSON


@pytest.mark.parametrize(
    "to", ["", "20050", "POSTE", "0555000111", "+999123456789", "+2135550001", "a@example.org"]
)
async def test_an_address_that_can_not_be_is_refused_before_any_call(line: Line, to: str) -> None:
    for kind in ("sms", "whatsapp"):
        with pytest.raises(BadAddress):
            await line.door(kind).send(message(to=to, last_heard_at=NOON))
    assert not line.api.state.taken


async def test_a_whatsapp_user_who_hides_the_number_is_answered_by_the_id(line: Line) -> None:
    user = "DZ.13491208655302741918"
    line.api.state.heard[f"whatsapp:{user}"] = NOON
    await line.door("whatsapp").send(message(to=user, last_heard_at=NOON))
    assert (line.fields()["To"], line.fields()["From"]) == (f"whatsapp:{user}", f"whatsapp:{NUMBER}")


async def test_free_text_goes_out_until_shortly_before_the_window_ends(line: Line) -> None:
    door = line.door("whatsapp", window_margin_s=300.0)
    line.api.state.heard[f"whatsapp:{PERSON}"] = NOON
    line.at(NOON + DAY - timedelta(seconds=301))
    await door.send(message(last_heard_at=NOON))
    assert line.api.sent_to(f"whatsapp:{PERSON}")[0].error_code is None
    line.at(NOON + DAY - timedelta(seconds=300))
    with pytest.raises(WindowClosed):
        await door.send(message(last_heard_at=NOON))
    with pytest.raises(WindowClosed):
        await door.send(message(last_heard_at=None))
    assert len(line.api.sent_to(f"whatsapp:{PERSON}")) == 1
    assert door.capabilities.window_s == 86_100
    assert line.door().capabilities.window_s == 0


async def test_outside_the_window_an_approved_template_says_it(line: Line) -> None:
    door = line.door(
        "whatsapp",
        templates={"complaint-registered.fr": TEMPLATE},
        template_variables={"complaint-registered.fr": ("reference", "due")},
    )
    values = {"reference": "R-1", "due": "mardi\n\t 10   mars", "other": "x"}
    said = message(template="complaint-registered", variables=values)
    await door.send(said)
    assert line.fields() == {
        "To": f"whatsapp:{PERSON}",
        "From": f"whatsapp:{NUMBER}",
        "ContentSid": TEMPLATE,
        "ContentVariables": '{"1":"R-1","2":"mardi 10 mars"}',
        "StatusCallback": f"{PUBLIC}/hooks/whatsapp/status",
    }
    assert line.api.sent_to(f"whatsapp:{PERSON}")[0].error_code is None
    for other in (replace(said, language="ar"), replace(said, template="other"), replace(said, template="")):
        with pytest.raises(WindowClosed):
            await door.send(other)
    with pytest.raises(Rejected, match="due") as missing:
        await door.send(replace(said, variables={"reference": "R-1"}))
    assert missing.value.code == "variables"


async def test_variables_without_an_order_go_by_name_as_whatsapp_takes_them(line: Line) -> None:
    door = line.door("whatsapp", templates={"notice": TEMPLATE})
    values = {"name": "  ", "text": "é" * 300, "a_name_that_is_far_too_long": "x", "prénom": "x"}
    await door.send(message(template="notice", variables=values, language="ar"))
    assert json.loads(line.fields()["ContentVariables"]) == {"name": "-", "text": "é" * 254 + "…"}
    await door.send(message(template="notice"))
    assert "ContentVariables" not in line.fields()


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty"), (" \n", "empty"), ("a" * 1601, "too_long"), ("🧱" * 801, "too_long")]
)
async def test_what_is_known_to_be_refused_is_not_sent(line: Line, text: str, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        await line.door().send(message(text=text))
    assert refused.value.code == code
    assert not line.api.state.taken


async def test_a_half_surrogate_does_not_stop_a_message(line: Line) -> None:
    await line.door().send(message(text="a\ud83d b"))
    assert line.fields()["Body"] == "a? b"


async def test_files_go_out_where_the_sender_can_and_are_refused_in_words_elsewhere(line: Line) -> None:
    stored = await line.host.store_media(b"\xff\xd8\xff", claimed_mime="image/jpeg")
    photo = message(attachments=(stored,), last_heard_at=NOON)
    for door in (line.door(), line.door(mms=True, public_url=""), line.door("whatsapp", public_url="")):
        assert not door.capabilities.media and not door.routes()
        with pytest.raises(Rejected, match="public_url") as refused:
            await door.send(photo)
        assert refused.value.code == "no_media"
    await line.door(mms=True).send(photo)
    assert line.fields()["MediaUrl"].startswith(f"{PUBLIC}/files/sms/")
    big = Attachment(kind="file", ref=stored.ref, size=17_000_000)
    for attachments, code in (((stored, stored), "too_many_files"), ((big,), "too_large")):
        with pytest.raises(Rejected) as refused:
            await line.door("whatsapp").send(replace(photo, attachments=attachments))
        assert refused.value.code == code
    gone = Attachment(kind="image", ref=f"media:{'0' * 64}")
    with pytest.raises(Rejected, match="media store"):
        await line.door("whatsapp").send(replace(photo, attachments=(gone,)))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 21610, OptedOut),
        (400, 63014, OptedOut),
        (400, 21211, BadAddress),
        (400, 21614, BadAddress),
        (400, 21635, BadAddress),
        (400, 63024, BadAddress),
        (400, 63016, WindowClosed),
        (400, 63018, Throttled),
        (429, 0, Throttled),
        (400, 21408, Rejected),
        (400, 21617, Rejected),
        (400, 99999, Rejected),
        (400, 0, Rejected),
        (401, 20003, NotSent),
        (403, 0, NotSent),
        (404, 20404, NotSent),
        (400, 21606, NotSent),
        (400, 21703, NotSent),
        (400, 63007, NotSent),
        (503, 0, NotSent),
        (503, 20503, NotSent),
        (500, 20500, Uncertain),
        (500, 0, Uncertain),
        (504, 0, Uncertain),
    ],
)
async def test_every_refusal_has_its_error(
    line: Line, status: int, code: int, expected: type[SendError]
) -> None:
    line.api.fail_next(status, code)
    with pytest.raises(SendError) as raised:
        await line.door().send(message())
    assert type(raised.value) is expected
    assert raised.value.code == str(code or status)
    assert PERSON not in str(raised.value) and len(str(raised.value)) > 10


@pytest.mark.parametrize(
    ("header", "wait_s"), [("7", 7.0), ("", 5.0), ("soon", 5.0), ("999999", 3600.0), ("-3", 5.0), ("٣", 5.0)]
)
async def test_a_wait_is_the_providers_or_ours_and_never_for_ever(
    line: Line, header: str, wait_s: float
) -> None:
    line.api.fail_next(429, 20429, headers={"retry-after": header.encode().decode("latin-1")})
    with pytest.raises(Throttled) as raised:
        await line.door().send(message())
    assert raised.value.retry_after_s == wait_s


async def test_a_limit_for_a_day_is_waited_for_longer(line: Line) -> None:
    line.api.fail_next(400, 63038)
    with pytest.raises(Throttled) as raised:
        await line.door().send(message())
    assert raised.value.retry_after_s == 3600


async def test_a_line_that_was_cut_before_the_request_was_taken_is_looked_up(line: Line) -> None:
    door = line.door()
    for kind, found in (("cut_before", False), ("cut_after", True), ("hang", True)):
        line.at(line.clock.now() + timedelta(minutes=5))
        said = message(id=kind, text=f"Texte {kind}", created_at=line.clock.now())
        line.api.plan(Fault(kind=kind))
        with pytest.raises(Uncertain):
            await door.send(said)
        receipt = await door.look_up(said)
        assert (receipt is not None) == found
        if receipt is not None:
            assert receipt.provider_id == line.api.sent_to(PERSON)[-1].sid


async def test_a_look_up_takes_only_the_same_words_from_us_since_the_message_was_made(line: Line) -> None:
    door, wanted = line.door(), message(text="L’accusé de réception\n est là")
    assert await door.look_up(wanted) is None
    await door.send(message(text="Autre chose"))
    line.api.wrote(PERSON, wanted.text)  # the customer's own words
    await line.door(messaging_service_sid=SERVICE).send(wanted)  # another sender
    assert await door.look_up(wanted) is None
    line.at(NOON - timedelta(minutes=1))
    await door.send(wanted)  # the same words, earlier
    assert await door.look_up(wanted) is None
    line.at(NOON + timedelta(seconds=2))
    sent = await door.send(wanted)
    assert await door.look_up(wanted) == sent
    assert await door.look_up(replace(wanted, created_at=NOON + timedelta(minutes=1))) is None
    assert line.api.requests("/Messages.json")[-1].query["To"] == PERSON
    service = line.door(messaging_service_sid=SERVICE)
    assert await service.look_up(wanted) is not None


async def test_no_address_and_no_word_of_a_look_up_is_logged(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    door = line.door()
    await door.send(message(text="phrase-que-nul-ne-lit"))
    assert await door.look_up(message(text="phrase-que-nul-ne-lit")) is not None
    theirs = ("uvicorn", "asyncio")  # the stand-in's own
    told = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith(theirs))
    assert "/Messages.json" in told, "the library does log its calls"
    assert PERSON.lstrip("+") not in told and "phrase-que" not in told


async def test_a_look_up_reads_on_to_the_next_page(line: Line) -> None:
    door = line.door()
    sent = await door.send(message(text="La première"))
    for number in range(60):
        line.at(NOON + timedelta(seconds=number + 1))
        line.api.state.create([("To", PERSON), ("From", NUMBER), ("Body", f"n {number}")])
    assert await door.look_up(message(text="La première")) == sent


async def test_what_a_look_up_can_not_tell_it_does_not_claim(line: Line) -> None:
    door = line.door("whatsapp", templates={"notice": TEMPLATE})
    templated = message(template="notice", last_heard_at=NOON - DAY)
    assert await door.look_up(templated) is None
    await door.send(templated)
    with pytest.raises(Uncertain, match="template"):
        await door.look_up(templated)
    line.api.state.redacted = True
    sms = line.door()
    await sms.send(message())
    with pytest.raises(Uncertain, match="hides"):
        await sms.look_up(message())
    with pytest.raises(Uncertain, match="when"):
        await sms.look_up(message(created_at=None))
    line.api.plan(Fault(kind="answer", method="GET", status=500))
    with pytest.raises(NotSent):
        await sms.look_up(message())


async def test_the_log_in_says_account_and_sender(line: Line) -> None:
    assert await line.door().check() == f"Twilio account Atlas; SMS from {NUMBER}"
    service = line.door(messaging_service_sid=SERVICE, signature="report", public_url="")
    words = await service.check()
    assert "messaging service Atlas service" in words and "not enforced" in words and "public_url" in words
    assert "WhatsApp from" in await line.door("whatsapp").check()


async def test_the_log_in_says_what_is_wrong(line: Line) -> None:
    with pytest.raises(NotSent, match="auth_token"):
        await line.door(auth_token="wrong").check()
    with pytest.raises(Rejected, match="no number"):
        await line.door(sender="+213555000999").check()
    with pytest.raises(Rejected, match="no such messaging service"):
        await line.door(messaging_service_sid="MG" + "1" * 32).check()
    line.api.state.account_status = "suspended"
    with pytest.raises(Rejected, match="suspended"):
        await line.door().check()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"account_sid": "AC1"}, "account_sid"),
        ({"auth_token": ""}, "auth_token"),
        ({"auth_token": "a b"}, "auth_token"),
        ({"sender": ""}, "from"),
        ({"sender": "0555"}, None),
        ({"sender": "ATLAS"}, None),
        ({"sender": "+0555"}, "from"),
        ({"sender": "a name that is long"}, "from"),
        ({"kind": "whatsapp", "sender": "ATLAS"}, "from"),
        ({"messaging_service_sid": "SM1"}, "messaging_service_sid"),
        ({"kind": "whatsapp", "templates": {"x": "HX1"}}, "templates.x"),
    ],
)
def test_settings_that_can_not_be_right_are_named(changes: dict[str, Any], named: str | None) -> None:
    if named is None:
        assert isinstance(replace(account("sms"), **changes), TwilioSettings)
        return
    with pytest.raises(ValueError, match=rf"`{named}`"):
        replace(account("sms"), **changes)


def test_secrets_stay_out_of_the_settings_words() -> None:
    told = repr(replace(account("sms"), signing_key="key-of-its-own"))
    assert "stand-in-token" not in told and "key-of-its-own" not in told


def test_the_sdk_is_imported_only_when_an_account_needs_it() -> None:
    heavy = ("twilio", "phonenumbers", "aiohttp")
    code = f"import sys, channels.registry; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
