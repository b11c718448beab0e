"""The Bot API's methods as its public documentation describes them, with its error texts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.standins.telegram_state import BOT, Json, Person, Sent, State, Upload, Webhook

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
CALLBACK_BYTES = 64
PHOTO_BYTES = 10 * 1024 * 1024
FILE_BYTES = 50 * 1024 * 1024
DOWNLOAD_BYTES = 20 * 1024 * 1024
ACTIONS = frozenset({"typing", "upload_photo", "upload_video", "upload_voice", "upload_document"})
_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")


class Refused(Exception):
    """An error answer of the Bot API."""

    def __init__(self, status: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.body: Json = {"ok": False, "error_code": status, "description": description}
        if parameters is not None:
            self.body["parameters"] = parameters


class Methods:
    """Everything but polling, which waits and so lives with the server."""

    def __init__(self, state: State, *, allow_http: bool) -> None:
        self.state = state
        self._allow_http = allow_http
        self.table: dict[str, Callable[[Json, dict[str, Upload]], Any]] = {
            "getme": self.get_me,
            "sendmessage": self.send_message,
            "sendphoto": self.send_photo,
            "senddocument": self.send_document,
            "sendchataction": self.send_chat_action,
            "answercallbackquery": self.answer_callback_query,
            "editmessagetext": self.edit_message_text,
            "getfile": self.get_file,
            "setwebhook": self.set_webhook,
            "deletewebhook": self.delete_webhook,
            "getwebhookinfo": self.get_webhook_info,
        }

    def get_me(self, _: Json, __: dict[str, Upload]) -> Json:
        more = ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries")
        return {**BOT, **dict.fromkeys(more, False)}

    def send_message(self, arguments: Json, _: dict[str, Upload]) -> Json:
        person = self._reachable(arguments)
        text = str(arguments.get("text", "")).strip()
        if not text:
            raise Refused(400, "Bad Request: message text is empty")
        if _units(text) > TEXT_LIMIT:
            raise Refused(400, "Bad Request: message is too long")
        return self._sent(person, "text", text, arguments, {"text": text})

    def send_photo(self, arguments: Json, uploads: dict[str, Upload]) -> Json:
        person, upload, caption = self._with_file(arguments, uploads, "photo")
        if len(upload.data) > PHOTO_BYTES:
            raise Refused(413, "Request Entity Too Large")
        if not upload.data.startswith(_IMAGES):
            raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
        file_id = self.state.new_file(upload)
        size = {"file_id": file_id, "file_unique_id": file_id[-8:], "width": 800, "height": 600}
        content = {"photo": [size], **({"caption": caption} if caption else {})}
        return self._sent(person, "photo", caption, arguments, content, upload)

    def send_document(self, arguments: Json, uploads: dict[str, Upload]) -> Json:
        person, upload, caption = self._with_file(arguments, uploads, "document")
        if len(upload.data) > FILE_BYTES:
            raise Refused(413, "Request Entity Too Large")
        file_id = self.state.new_file(upload)
        document = {"file_id": file_id, "file_unique_id": file_id[-8:], "file_name": upload.name}
        content = {"document": document, **({"caption": caption} if caption else {})}
        return self._sent(person, "document", caption, arguments, content, upload)

    def send_chat_action(self, arguments: Json, _: dict[str, Upload]) -> bool:
        person = self._reachable(arguments)
        if arguments.get("action") not in ACTIONS:
            raise Refused(400, "Bad Request: wrong parameter action in request")
        self.state.actions.append((person.chat_id, arguments["action"]))
        return True

    def answer_callback_query(self, arguments: Json, _: dict[str, Upload]) -> bool:
        query_id = str(arguments.get("callback_query_id", ""))
        if query_id not in self.state.queries:
            words = "query is too old and response timeout expired or query ID is invalid"
            raise Refused(400, f"Bad Request: {words}")
        self.state.queries[query_id] = True
        return True

    def edit_message_text(self, arguments: Json, _: dict[str, Upload]) -> Json:
        person = self._reachable(arguments)
        message = self.state.messages.get((person.chat_id, int(arguments.get("message_id", 0))))
        if message is None or message["from"] != BOT:
            raise Refused(400, "Bad Request: message to edit not found")
        if message.get("text") == arguments.get("text"):
            words = "specified new message content and reply markup are exactly the same as a current content"
            raise Refused(
                400, f"Bad Request: message is not modified: {words} and reply markup of the message"
            )
        message |= {"text": str(arguments.get("text", "")), "edit_date": self.state.date()}
        return message

    def get_file(self, arguments: Json, _: dict[str, Upload]) -> Json:
        file_id = str(arguments.get("file_id", ""))
        upload = self.state.files.get(file_id)
        if upload is None:
            raise Refused(400, "Bad Request: invalid file_id")
        if len(upload.data) > DOWNLOAD_BYTES:
            raise Refused(400, "Bad Request: file is too big")
        size = len(upload.data)
        path = f"files/{file_id}"
        return {"file_id": file_id, "file_unique_id": file_id[-8:], "file_size": size, "file_path": path}

    def set_webhook(self, arguments: Json, _: dict[str, Upload]) -> bool:
        url = str(arguments.get("url", ""))
        secret = str(arguments.get("secret_token", ""))
        if url and not (url.startswith("https://") or self._allow_http):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        self._drop_pending(arguments)
        if "allowed_updates" in arguments:
            self.state.allowed = _decoded(arguments["allowed_updates"])
        most = int(arguments.get("max_connections", 40))
        self.state.webhook = Webhook(url=url, secret=secret, max_connections=most)
        self.state.wake()
        return True

    def delete_webhook(self, arguments: Json, _: dict[str, Upload]) -> bool:
        self._drop_pending(arguments)
        self.state.webhook = Webhook()
        return True

    def get_webhook_info(self, _: Json, __: dict[str, Upload]) -> Json:
        webhook = self.state.webhook
        info: Json = {
            "url": webhook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.state.updates),
        }
        if webhook.url:
            info["max_connections"] = webhook.max_connections
        if webhook.last_error:
            info |= {"last_error_date": webhook.last_error_at, "last_error_message": webhook.last_error}
        return info

    def _drop_pending(self, arguments: Json) -> None:
        if str(arguments.get("drop_pending_updates", "")).lower() == "true":
            self.state.dropped += len(self.state.updates)
            self.state.updates.clear()

    def _reachable(self, arguments: Json) -> Person:
        chat_id = str(arguments.get("chat_id", ""))
        if not chat_id:
            raise Refused(400, "Bad Request: chat_id is empty")
        person = self.state.people.get(int(chat_id)) if re.fullmatch(r"-?\d+", chat_id) else None
        if person is None:
            raise Refused(400, "Bad Request: chat not found")
        if person.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if person.deactivated:
            raise Refused(403, "Forbidden: user is deactivated")
        return person

    def _with_file(
        self, arguments: Json, uploads: dict[str, Upload], name: str
    ) -> tuple[Person, Upload, str]:
        person = self._reachable(arguments)
        upload = uploads.get(name) or self.state.files.get(str(arguments.get(name, "")))
        if upload is None:
            raise Refused(400, f"Bad Request: there is no {name} in the request")
        caption = str(arguments.get("caption", "")).strip()
        if _units(caption) > CAPTION_LIMIT:
            raise Refused(400, "Bad Request: message caption is too long")
        return person, upload, caption

    def _sent(
        self,
        person: Person,
        kind: str,
        text: str,
        arguments: Json,
        content: Json,
        upload: Upload | None = None,
    ) -> Json:
        buttons = _check_keyboard(arguments)
        reply_to = self._check_reply(person, arguments)
        if "reply_markup" in arguments:
            content["reply_markup"] = _decoded(arguments["reply_markup"])
        message = self.state.new_message(person, BOT, content)
        self.state.sent.append(
            Sent(
                chat_id=person.chat_id,
                message_id=message["message_id"],
                kind=kind,
                text=text,
                buttons=buttons,
                at=self.state.clock.monotonic(),
                reply_to=reply_to,
                upload=upload,
            )
        )
        return message

    def _check_reply(self, person: Person, arguments: Json) -> int:
        if "reply_parameters" not in arguments:
            return 0
        reply = _decoded(arguments["reply_parameters"])
        message_id = int(reply["message_id"])
        if (person.chat_id, message_id) in self.state.messages:
            return message_id
        if not reply.get("allow_sending_without_reply"):
            raise Refused(400, "Bad Request: message to be replied not found")
        return 0


def _check_keyboard(arguments: Json) -> list[list[tuple[str, str]]]:
    if "reply_markup" not in arguments:
        return []
    markup = _decoded(arguments["reply_markup"])
    rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    if sum(len(row) for row in rows) > 100:
        raise Refused(400, "Bad Request: reply markup is too long")
    return [[_check_button(button) for button in row] for row in rows]


def _check_button(button: Json) -> tuple[str, str]:
    label, value = str(button.get("text", "")), str(button.get("callback_data", ""))
    if not label:
        raise Refused(400, "Bad Request: inline keyboard button text must be non-empty")
    if not 1 <= len(value.encode()) <= CALLBACK_BYTES:
        raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return label, value


def _decoded(value: object) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refused(400, "Bad Request: can't parse a JSON-serialized parameter") from None


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
