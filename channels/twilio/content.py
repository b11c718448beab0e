"""What a message holds: text, choices, places and files by reference, and what nobody here can read; pure."""

from __future__ import annotations

import math
import re
from typing import Literal, NamedTuple

import orjson

from channels.port import Attachment, Malformed
from channels.text import clean_text
from channels.twilio.form import Form

MOST_FILES = 10  # source: NumMedia, MMS
_URL = re.compile(r"https?://[!-~]{1,2000}")
_MIME = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,96}")
_CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
# MessageType of WhatsApp: what a person wrote without words.
_WORDLESS = {
    "sticker": "sticker",
    "audio": "voice",
    "voice": "voice",
    "unsupported": "message",
    "order": "order",
}
_ANSWERS = 40  # fields of a form (WhatsApp Flow) that are read
_TEXT_LENGTH = 20_000  # far beyond any; Twilio cuts at 1600


class Content(NamedTuple):
    text: str
    choice: str
    quoted: str
    attachments: tuple[Attachment, ...]
    unsupported: str


def read_content(form: Form, kind: str) -> Content:
    """Raises `Malformed`."""
    text, choice = _words(form)
    files = _files(form, kind)
    attachments = (*files, *_places(form))
    unsupported = ""
    if not text and not choice:
        unsupported = _WORDLESS.get(form.get("MessageType").lower(), "")
        unsupported = unsupported or ("voice" if any(file.kind == "audio" for file in files) else "")
        unsupported = unsupported or ("" if attachments else "message")
    return Content(text, choice, _advert(form), attachments, unsupported)


def _words(form: Form) -> tuple[str, str]:
    """Text and pressed choice. A press says its label as the body, or as a field of its own."""
    text = clean_text(form.get("Body")[:_TEXT_LENGTH])
    button, listed = form.get("ButtonPayload"), form.get("ListId")
    label = clean_text(form.first("ButtonText", "ListTitle"))[:1000]
    if button or listed:
        return label or text, clean_text(button or listed)[:1000]
    return text or label or _answers(form), ""


def _answers(form: Form) -> str:
    """A filled-in form as lines. source: WhatsApp Flows, InteractiveData"""
    raw = form.first("InteractiveData", "FlowData")
    try:
        data = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        return ""
    if isinstance(data, dict) and isinstance(data.get("data"), dict):
        data = data["data"]
    if not isinstance(data, dict):
        return ""
    lines = [
        f"{key}: {value}"
        for key, value in list(data.items())[:_ANSWERS]
        if isinstance(value, str | int | float) and "token" not in str(key).lower()
    ]
    return clean_text("\n".join(lines))[:_TEXT_LENGTH]


def _advert(form: Form) -> str:
    """What somebody tapped on before writing: shown to agents, not read as the customer's words."""
    fields = ("ReferralHeadline", "ReferralBody", "ReferralSourceUrl")
    lines = [clean_text(form.get(field))[:1000] for field in fields]
    return "\n".join(line for line in lines if line)


def _files(form: Form, kind: str) -> list[Attachment]:
    """The files' places with Twilio, whatever NumMedia says. Raises `Malformed` for what is no address."""
    files = []
    for index in range(MOST_FILES):
        url = form.get(f"MediaUrl{index}")
        if not url:
            continue
        if not _URL.fullmatch(url):
            raise Malformed(f"MediaUrl{index} is not an address")
        mime = form.get(f"MediaContentType{index}").partition(";")[0].strip().lower()
        mime = mime if _MIME.fullmatch(mime) else "application/octet-stream"
        files.append(Attachment(kind=_kind_of(mime), ref=f"{kind}:{url}", mime=mime))
    return files


def _kind_of(mime: str) -> Literal["image", "audio", "video", "file", "contact"]:
    if mime in _CARDS:
        return "contact"
    if mime.startswith("image/") and "svg" not in mime:
        return "image"
    if mime.startswith("audio/"):
        return "audio"
    return "video" if mime.startswith("video/") else "file"


def _places(form: Form) -> list[Attachment]:
    latitude, longitude = form.get("Latitude"), form.get("Longitude")
    if not latitude and not longitude:
        return []
    place = f"geo:{_degrees(latitude, 90):.6f},{_degrees(longitude, 180):.6f}"  # source: RFC 5870
    names = [clean_text(form.get(field)) for field in ("Label", "Address")]
    name = ", ".join(dict.fromkeys(name for name in names if name))
    return [Attachment(kind="location", ref=place, name=name[:255], mime="application/geo+json")]


def _degrees(text: str, most: int) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Malformed("Latitude and Longitude are not numbers") from None
    if not math.isfinite(value) or abs(value) > most:
        raise Malformed("Latitude and Longitude are not on this earth")
    return value
