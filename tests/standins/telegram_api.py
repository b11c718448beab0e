"""A stand-in for Telegram's Bot API on a loopback port, and the people who write to the bot through it.

Written from the public documentation (Bot API: Making requests, Getting updates, Available methods). It
checks what the real one checks, keeps all it took, and goes wrong where a test plans it to; a planned fault
that nobody ran into fails the test::

    with TelegramApi() as telegram:
        telegram.add_person(42, "Amel")
        telegram.user_says(42, "Bonjour")
        …
        assert telegram.sent_to(42)[0].text == "Bonjour Amel"
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

import uvicorn

from tests.standins.telegram_server import BotApiApp
from tests.standins.telegram_state import (
    BOT,
    Delivery,
    Fault,
    Json,
    Person,
    Sent,
    State,
    Taken,
    Upload,
)

TOKEN = "8100200300:AAE-stand-in_token_of_no_real_bot000"
_NGINX = b"<html><head><title>%d</title></head><body><center>nginx</center></body></html>"


class TelegramApi:
    """The stand-in, running in a thread of its own from `start` to `stop`."""

    def __init__(self, *, token: str = TOKEN, allow_http_webhook: bool = True, retry_s: float = 0.05) -> None:
        self.token = token
        self.state = State()
        self.url = ""
        self._allow_http = allow_http_webhook
        self._retry_s = retry_s
        self._thread = threading.Thread(target=self._serve, name="telegram-stand-in", daemon=True)
        self._started = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server: uvicorn.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._app: BotApiApp | None = None

    # Life.

    def start(self) -> TelegramApi:
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread.start()
        assert self._started.wait(10), "the stand-in did not start"
        return self

    def stop(self) -> None:
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._close)
            self._thread.join(10)
        self._socket.close()

    def assert_all_used(self) -> None:
        """Fail when a planned fault was never met: the test then shows less than it says."""
        left = [
            f"{fault.kind} {fault.method or '*'} {fault.status or ''}".strip() for fault in self.state.faults
        ]
        assert not left, f"planned faults that never happened: {left}"

    def __enter__(self) -> TelegramApi:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None:
            self.assert_all_used()

    def _serve(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._app = BotApiApp(
            self.state, token=self.token, allow_http=self._allow_http, retry_s=self._retry_s
        )
        loop, notify = self._loop, self._app.notify
        self.state.wake = lambda: _call_soon(loop, notify)
        config = uvicorn.Config(
            self._app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
            timeout_keep_alive=60,
        )
        self._server = uvicorn.Server(config)
        courier = asyncio.create_task(self._app.deliver())
        self._started.set()
        await self._server.serve(sockets=[self._socket])
        courier.cancel()

    def _close(self) -> None:
        assert self._app is not None and self._server is not None
        self._app.closing = True
        self._app.notify()
        self._server.should_exit = True

    # People.

    def add_person(
        self, chat_id: int, first_name: str = "Amel", *, last_name: str = "", language_code: str = "fr"
    ) -> Person:
        person = Person(chat_id, first_name, last_name, language_code)
        self.state.people[chat_id] = person
        return person

    def user_says(self, chat_id: int, text: str, *, reply_to: int = 0) -> int:
        content: Json = {"text": text}
        if reply_to:
            content["reply_to_message"] = self.state.messages[chat_id, reply_to]
        return self.user_sends(chat_id, content)

    def user_sends(self, chat_id: int, content: Json) -> int:
        """Send a message with any content ("sticker", "voice" …) and return its number."""
        person = self.state.people[chat_id]
        with self.state.lock:
            message = self.state.new_message(person, person.user(), content)
        self.state.push("message", message)
        return int(message["message_id"])

    def user_sends_photo(self, chat_id: int, data: bytes, *, caption: str = "", album: str = "") -> int:
        file_id = self.state.new_file(Upload(name="", mime="image/jpeg", data=data))
        small = {
            "file_id": f"{file_id}s",
            "file_unique_id": "s",
            "width": 90,
            "height": 67,
            "file_size": 1200,
        }
        large = {"file_id": file_id, "file_unique_id": "l", "width": 1280, "height": 960}
        content: Json = {"photo": [small, large | {"file_size": len(data)}]}
        content |= {"caption": caption} if caption else {}
        content |= {"media_group_id": album} if album else {}
        return self.user_sends(chat_id, content)

    def user_sends_document(
        self, chat_id: int, data: bytes, *, name: str = "facture.pdf", mime: str = "application/pdf"
    ) -> int:
        file_id = self.state.new_file(Upload(name=name, mime=mime, data=data))
        document = {"file_id": file_id, "file_unique_id": "d", "file_name": name, "mime_type": mime}
        return self.user_sends(chat_id, {"document": document | {"file_size": len(data)}})

    def press_button(self, chat_id: int, label: str) -> str:
        """Press the latest button with this label (or value) and return the press's id."""
        for sent in reversed(self.sent_to(chat_id)):
            for row in sent.buttons:
                for text, value in row:
                    if label in (text, value):
                        return self._press(chat_id, sent.message_id, value)
        raise AssertionError(f"no button {label!r} was sent to {chat_id}")

    def _press(self, chat_id: int, message_id: int, value: str) -> str:
        query_id = str(4_382_000_000_000_000_000 + len(self.state.queries))
        self.state.queries[query_id] = False
        query = {
            "id": query_id,
            "from": self.state.people[chat_id].user(),
            "message": self.state.messages[chat_id, message_id],
            "chat_instance": "-3042",
            "data": value,
        }
        self.state.push("callback_query", query)
        return query_id

    def edit(self, chat_id: int, message_id: int, text: str) -> None:
        message = self.state.messages[chat_id, message_id] | {"text": text, "edit_date": self.state.date()}
        self.state.messages[chat_id, message_id] = message
        self.state.push("edited_message", message)

    def block(self, chat_id: int) -> None:
        self._membership(chat_id, "member", "kicked")

    def unblock(self, chat_id: int) -> None:
        self._membership(chat_id, "kicked", "member")

    def _membership(self, chat_id: int, old: str, new: str) -> None:
        person = self.state.people[chat_id]
        person.blocked = new == "kicked"
        change = {
            "chat": person.chat(),
            "from": person.user(),
            "date": self.state.date(),
            "old_chat_member": {"user": BOT, "status": old},
            "new_chat_member": {"user": BOT, "status": new} | ({"until_date": 0} if new == "kicked" else {}),
        }
        self.state.push("my_chat_member", change)

    def push_raw(self, kind: str, payload: object) -> int:
        """Queue an update of any shape, also one that the documentation rules out."""
        return self.state.push(kind, payload)

    def redeliver(self, update: Json) -> None:
        """Queue an update again under its old number, as after a lost confirmation."""
        self.state.updates.append(update)
        self.state.wake()

    def restart_numbers(self, first: int) -> None:
        """Number the next updates from `first` on, as Telegram may after a quiet week."""
        self.state.next_update = first

    # Faults, each once; `method` narrows it to one method, else it meets the next call that is no poll.

    def throttle_next(self, seconds: int, method: str = "") -> None:
        words = f"Too Many Requests: retry after {seconds}"
        self.fail_next(429, words, method=method, parameters={"retry_after": seconds})

    def fail_next(
        self, status: int, description: str = "", *, method: str = "", parameters: Json | None = None
    ) -> None:
        """Answer with an error; without a description, with a proxy's page."""
        if description:
            answer: Json = {"ok": False, "error_code": status, "description": description}
            body = json.dumps(answer | ({"parameters": parameters} if parameters else {})).encode()
        else:
            body = _NGINX % status
        self.answer_next(status, body, method=method)

    def answer_next(
        self, status: int, body: bytes, *, method: str = "", headers: dict[str, str] | None = None
    ) -> None:
        self._plan(
            Fault(kind="answer", method=method.lower(), status=status, body=body, headers=headers or {})
        )

    def cut_line_after_taking_next(self, method: str = "") -> None:
        self._plan(Fault(kind="cut_after", method=method.lower()))

    def cut_line_before_taking_next(self, method: str = "") -> None:
        self._plan(Fault(kind="cut_before", method=method.lower()))

    def hang_after_taking_next(self, method: str = "") -> None:
        self._plan(Fault(kind="hang", method=method.lower()))

    def conflict(self) -> None:
        words = "terminated by other getUpdates request; make sure that only one bot instance is running"
        self.fail_next(409, f"Conflict: {words}", method="getupdates")

    def _plan(self, fault: Fault) -> None:
        with self.state.lock:
            self.state.faults.append(fault)

    # What it saw.

    def sent_to(self, chat_id: int) -> list[Sent]:
        return [sent for sent in list(self.state.sent) if sent.chat_id == chat_id]

    def taken(self, method: str = "") -> list[Taken]:
        return [call for call in list(self.state.taken) if method.lower() in ("", call.method)]

    @property
    def deliveries(self) -> list[Delivery]:
        return list(self.state.deliveries)

    @property
    def pending(self) -> list[Json]:
        """The updates that nobody confirmed yet."""
        return list(self.state.updates)

    async def wait_until(self, seen: Callable[[], Any], *, timeout_s: float = 5.0) -> None:
        """Wait until `seen()` is true; fail the test after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                while not seen():  # noqa: ASYNC110 - what is waited for happens in another thread
                    await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"not seen within {timeout_s} s; taken: {self.taken()}") from None


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(call)
    except RuntimeError:  # the stand-in has stopped: nobody waits any more
        return
