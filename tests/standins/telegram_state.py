"""What the Bot API stand-in knows: people, messages, files, updates that wait, and planned faults."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.clock import Clock

Json = dict[str, Any]

BOT = {"id": 8100200300, "is_bot": True, "first_name": "Atlas", "username": "atlas_contact_bot"}
# source: Bot API, getUpdates: all kinds but these, unless asked for
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True)
class Person:
    chat_id: int
    first_name: str
    last_name: str = ""
    language_code: str = "fr"
    blocked: bool = False
    deactivated: bool = False

    def user(self) -> Json:
        user = {"id": self.chat_id, "is_bot": False, "first_name": self.first_name}
        if self.last_name:
            user["last_name"] = self.last_name
        return user | {"language_code": self.language_code}

    def chat(self) -> Json:
        return {"id": self.chat_id, "type": "private", "first_name": self.first_name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One request as it came in."""

    method: str  # lower case
    arguments: Json
    uploads: dict[str, Upload]
    at: float  # monotonic seconds


@dataclass(slots=True, kw_only=True)
class Sent:
    """One message of the bot that a person can see."""

    chat_id: int
    message_id: int
    kind: str  # text, photo, document
    text: str
    buttons: list[list[tuple[str, str]]]
    at: float
    reply_to: int = 0
    upload: Upload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One call of the webhook."""

    update_id: int
    status: int  # 0: no answer
    at: float


@dataclass(slots=True, kw_only=True)
class Fault:
    """Something that goes wrong once. `method` "" matches every call but polls."""

    kind: str  # answer, cut_before, cut_after, hang
    method: str = ""
    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def matches(self, method: str) -> bool:
        return method == self.method if self.method else method != "getupdates"


@dataclass(slots=True)
class Webhook:
    url: str = ""
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_at: int = 0


class State:
    """Shared by the server's thread and the test; every access holds `lock`."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.lock = threading.RLock()
        self.people: dict[int, Person] = {}
        self.messages: dict[tuple[int, int], Json] = {}
        self.files: dict[str, Upload] = {}
        self.updates: deque[Json] = deque()
        self.allowed: list[str] | None = None
        self.next_update = 710_000_001
        self.next_message = 101
        self.next_file = 1
        self.queries: dict[str, bool] = {}  # id of a press -> answered
        self.webhook = Webhook()
        self.dropped = 0  # updates thrown away by drop_pending_updates
        self.taken: list[Taken] = []
        self.sent: list[Sent] = []
        self.deliveries: list[Delivery] = []
        self.actions: list[tuple[int, str]] = []
        self.faults: list[Fault] = []
        self.wake: Callable[[], None] = lambda: None

    def date(self) -> int:
        return int(self.clock.now().timestamp())

    def new_message(self, person: Person, author: Json, content: Json) -> Json:
        message_id, self.next_message = self.next_message, self.next_message + 1
        message = {
            "message_id": message_id,
            "from": author,
            "chat": person.chat(),
            "date": self.date(),
            **content,
        }
        self.messages[person.chat_id, message_id] = message
        return message

    def new_file(self, upload: Upload) -> str:
        number, self.next_file = self.next_file, self.next_file + 1
        file_id = f"AgACAgQAAxkBAAI{number:020d}"
        self.files[file_id] = upload
        return file_id

    def push(self, kind: str, payload: object) -> int:
        """Queue an update unless its kind was not asked for; return its number (0: dropped)."""
        with self.lock:
            wanted = kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT
            if not wanted:
                return 0
            number, self.next_update = self.next_update, self.next_update + 1
            self.updates.append({"update_id": number, kind: payload})
        self.wake()
        return number

    def confirm_before(self, offset: int) -> None:
        self.updates = deque(self.updates_from(offset))

    def updates_from(self, offset: int) -> list[Json]:
        return [update for update in self.updates if _number(update) >= offset]

    def take_fault(self, method: str) -> Fault | None:
        with self.lock:
            for index, fault in enumerate(self.faults):
                if fault.matches(method):
                    return self.faults.pop(index)
        return None


def _number(update: Json) -> int:
    number = update.get("update_id", 0)
    return number if isinstance(number, int) else 0
