"""What the Twilio stand-in knows: senders, messages, files, who opted out, when a person last wrote, planned faults."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from bot.clock import Clock

ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "stand-in-token-of-no-real-account"
SERVICE = "MG" + "00" * 16
TEMPLATE = "HX" + "00" * 16
NUMBER = "+213555000100"
_E164 = re.compile(r"\+[1-9]\d{6,14}")
Fields = list[tuple[str, str]]


class Refused(Exception):
    """An error answer of the API. source: Twilio's Response, exceptions"""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body = {
            "code": code,
            "message": message,
            "more_info": f"https://errors.example/{code}",
            "status": status,
        }


@dataclass(slots=True, kw_only=True)
class Message:
    """A Message resource."""

    sid: str
    to: str
    sender: str
    body: str
    direction: str
    created: datetime
    status: str = "queued"
    error_code: int | None = None
    service_sid: str | None = None
    content_sid: str = ""
    content_variables: str = ""
    media_urls: list[str] = field(default_factory=list)
    status_callback: str = ""
    media: list[str] = field(default_factory=list)  # SIDs of files that came with it

    def resource(self) -> dict[str, Any]:
        date = format_datetime(self.created, usegmt=False)
        return {
            "sid": self.sid,
            "account_sid": ACCOUNT,
            "messaging_service_sid": self.service_sid,
            "to": self.to,
            "from": self.sender or None,
            "body": self.body,
            "status": self.status,
            "direction": self.direction,
            "num_media": str(len(self.media_urls) + len(self.media)),
            "num_segments": "0" if self.service_sid else "1",
            "date_created": date,
            "date_updated": date,
            "date_sent": date if self.direction == "inbound" else None,
            "error_code": self.error_code,
            "error_message": None,
            "price": None,
            "price_unit": "USD",
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{self.sid}.json",
        }


@dataclass(slots=True, kw_only=True)
class File:
    mime: str
    data: bytes
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong once."""

    kind: str  # answer, cut_before, cut_after, hang
    path: str = "/Messages.json"  # how the path ends
    method: str = "POST"
    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    fields: dict[str, str]
    authorised: bool


class State:
    """Shared by the server's thread and the test; every change holds `lock`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.messages: list[Message] = []
        self.files: dict[str, File] = {}
        self.opted_out: set[str] = set()
        self.landlines: set[str] = set()
        self.heard: dict[str, datetime] = {}  # WhatsApp: when a person last wrote
        self.numbers = {NUMBER}
        self.redacted = False
        self.account_status = "active"
        self.faults: list[Fault] = []
        self.taken: list[Taken] = []
        self.leaks: list[str] = []  # places besides the API that were shown the log-in
        self._next = 0

    def new_sid(self, kind: str) -> str:
        with self.lock:
            self._next += 1
            return f"{kind}{self._next:032x}"

    def take_fault(self, method: str, path: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.method == method and path.endswith(fault.path):
                    self.faults.remove(fault)
                    return fault
        return None

    def create(self, fields: Fields) -> Message:
        """Create a message as the API does. Raises `Refused`. source: Message resource, Create"""
        with self.lock:
            given = dict(fields)
            sender, service = self._check_sender(given)
            self._check_to(given.get("To", ""), sender or service)
            urls = [value for key, value in fields if key == "MediaUrl"]
            self._check_content(given, urls)
            message = Message(
                sid=self.new_sid("MM" if urls else "SM"),
                to=given["To"],
                sender=sender,
                body="" if self.redacted else given.get("Body", ""),
                direction="outbound-api",
                created=self.clock.now(),
                status="accepted" if service else "queued",
                service_sid=service or None,
                content_sid=given.get("ContentSid", ""),
                content_variables=given.get("ContentVariables", ""),
                media_urls=urls,
                status_callback=_address(given.get("StatusCallback", ""), 21609),
            )
            if not self._window_open(message):
                message.status, message.error_code = "failed", 63016
            self.messages.append(message)
            return message

    def _check_sender(self, given: dict[str, str]) -> tuple[str, str]:
        sender, service = given.get("From", ""), given.get("MessagingServiceSid", "")
        if not sender and not service:
            raise Refused(21603, "A 'From' phone number is required.")
        if service and service != SERVICE:
            raise Refused(21701, "The Messaging Service does not exist.")
        if sender and sender.removeprefix("whatsapp:") not in self.numbers:
            raise Refused(
                63007 if sender.startswith("whatsapp:") else 21606, "The 'From' number is not yours."
            )
        return sender, service

    def _check_to(self, to: str, sender: str) -> None:
        number = to.removeprefix("whatsapp:")
        if not to:
            raise Refused(21604, "A 'To' phone number is required.")
        user_id = to.startswith("whatsapp:") and re.fullmatch(r"[A-Z]{2}\.\w+", number)
        if not _E164.fullmatch(number) and not user_id:
            raise Refused(21211, f"The 'To' number {to} is not a valid phone number.")
        if to in self.landlines:
            raise Refused(21614, f"'To' number {to} is not a valid mobile number.")
        if to in self.opted_out:
            raise Refused(21610, f"The number {to} has opted out.")
        if to == sender:
            raise Refused(21266, "'To' and 'From' are the same.")

    def _check_content(self, given: dict[str, str], urls: list[str]) -> None:
        content = given.get("ContentSid", "")
        if given.get("ContentVariables") and not content:
            raise Refused(21654, "ContentSid Required")
        if content and content != TEMPLATE:
            raise Refused(21655, "The ContentSid is invalid.")
        if content:
            return _check_variables(given.get("ContentVariables", "{}"))
        if not given.get("Body") and not urls:
            raise Refused(21619, "A text message body or media urls must be specified.")
        if len(given.get("Body", "")) > 1600:
            raise Refused(21617, "The concatenated message body exceeds the 1600 character limit.")
        for url in urls:
            _address(url, 21620)

    def _window_open(self, message: Message) -> bool:
        if not message.to.startswith("whatsapp:") or message.content_sid:
            return True
        heard = self.heard.get(message.to)
        return heard is not None and self.clock.now() - heard < timedelta(hours=24)

    def listed(self, query: dict[str, str]) -> list[Message]:
        """Newest first, by the filters of the list resource."""
        with self.lock:
            found = [
                one
                for one in self.messages
                if query.get("To", one.to) == one.to and query.get("From", one.sender) == one.sender
            ]
        if "DateSent>" in query:
            since = datetime.fromisoformat(query["DateSent>"].replace("Z", "+00:00"))
            found = [one for one in found if one.direction == "inbound" and one.created >= since]
        return sorted(found, key=lambda one: one.created, reverse=True)


def _check_variables(text: str) -> None:
    try:
        values = json.loads(text)
    except json.JSONDecodeError:
        values = None
    if not isinstance(values, dict):
        raise Refused(21656, "The ContentVariables Parameter is invalid")
    for key, value in values.items():
        odd = not isinstance(value, str) or not value or len(value) > 255 or re.search(r"[\n\t]|    ", value)
        if odd or len(key) > 16:
            raise Refused(21656, "The ContentVariables Parameter is invalid")


def _address(url: str, code: int) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise Refused(code, "not a URL")
    return url
