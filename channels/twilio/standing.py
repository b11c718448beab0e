"""Who we are at Twilio, in words: the account, and whether it has the sender we want to use."""

from __future__ import annotations

from typing import Any

from channels.port import NotSent, Rejected
from channels.text import clean_text
from channels.twilio.address import is_e164
from channels.twilio.api import Api
from channels.twilio.settings import TwilioSettings


async def describe(api: Api, settings: TwilioSettings) -> str:
    """Try the log-in. Raises `SendError` with what is wrong."""
    account = await api.get(f"{api.account_url}.json")
    state, name = str(account.get("status", "")), _name(account)
    if state != "active":
        raise Rejected(f"the Twilio account {name} is {state or 'in an unknown state'}", code="20005")
    words = [f"Twilio account {name}{' (trial)' if account.get('type') == 'Trial' else ''}"]
    words.append(await _sender(api, settings))
    if not settings.public_url:
        words.append("without server.public_url nobody can call us: messages come by catching up only")
    if settings.signature == "report":
        words.append("signatures are reported, not enforced")
    return "; ".join(words)


async def _sender(api: Api, settings: TwilioSettings) -> str:
    if settings.messaging_service_sid:
        return await _service(api, settings)
    if settings.kind == "whatsapp":
        # The API has no list of WhatsApp senders that an auth token may read.
        return f"WhatsApp from {settings.sender} (seen only when a message is sent)"
    if not is_e164(settings.sender):
        return f"SMS from {settings.sender}"
    found = await api.get(f"{api.account_url}/IncomingPhoneNumbers.json", {"PhoneNumber": settings.sender})
    numbers = [one for one in found.get("incoming_phone_numbers") or [] if isinstance(one, dict)]
    if not numbers:
        raise Rejected(f"the account has no number {settings.sender}: check `from`", code="21660")
    can = numbers[0].get("capabilities")
    if isinstance(can, dict) and can.get("sms", can.get("SMS")) is False:
        raise Rejected(f"the number {settings.sender} can't send SMS", code="21661")
    return f"SMS from {settings.sender}"


async def _service(api: Api, settings: TwilioSettings) -> str:
    try:
        service = await api.get(f"{settings.messaging_base_url}/v1/Services/{settings.messaging_service_sid}")
    except NotSent as error:
        if error.code in ("404", "20404"):
            raise Rejected("the account has no such messaging service: check messaging_service_sid") from None
        raise
    return f"messaging service {_name(service)}"


def _name(resource: dict[str, Any]) -> str:
    return clean_text(str(resource.get("friendly_name", "")))[:80] or "without a name"
