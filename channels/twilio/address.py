"""Addresses as Twilio writes them, and as we keep them: E.164 where it is a number, else as it came."""

from __future__ import annotations

import re

_E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_CHANNEL = re.compile(r"[a-z]+(?=:)")
_TYPED = re.compile(r"(?:\+|00)[\d\s().\u00a0/-]{6,30}", re.ASCII)
LONGEST = 160  # characters; a WhatsApp user's id takes up to 131


def is_e164(text: str) -> bool:
    """Whether a text has the form of an international number. source: ITU-T E.164"""
    return _E164.fullmatch(text) is not None


def channel_of(address: str) -> str:
    """ "whatsapp" of "whatsapp:+213…", "" of a plain number or code. source: Messaging Channels"""
    match = _CHANNEL.match(address)
    return match[0] if match else ""


def bare(address: str) -> str:
    """The address without its channel, in E.164 when it is a number.

    What is none stays as it is: short codes, names of senders, ids of WhatsApp users who hide their number.
    """
    text = address.partition(":")[2] if channel_of(address) else address
    text = text.strip()
    if is_e164(text):
        return text
    return _normalised(text) or text


def _normalised(text: str) -> str:
    if not _TYPED.fullmatch(text):
        return ""
    import phonenumbers  # 60 ms: most addresses never need it

    try:
        number = phonenumbers.parse("+" + re.sub(r"\D", "", text.removeprefix("00")), None)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_possible(address: str) -> bool:
    """Whether somebody may have this number: its country exists and its length is right there."""
    import phonenumbers

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(address, None))
    except phonenumbers.NumberParseException:
        return False


def is_name(address: str) -> bool:
    """Whether a sender is only a name: nobody can answer it. source: Alphanumeric Sender ID"""
    return len(address) <= 11 and any(char.isalpha() for char in address)
