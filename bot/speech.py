"""What a decision says: its replies and notices as messages and outbox rows. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.alerts import alert_row
from bot.dialogue.turn import Decision, HandOver, Reply
from bot.ids import IdMaker
from bot.media import inspect_file
from bot.plans import House, Plan, insert
from bot.store.plan import PRIORITY
from bot.store.port import ConversationState, OutboxRow
from bot.templating import Templates
from channels.port import Button, Door


class Speech:
    """Renders templates and queues what they say; holds what does not change between turns."""

    def __init__(self, house: House, templates: Templates, doors: Mapping[str, Door], ids: IdMaker) -> None:
        self._house = house
        self._templates = templates
        self._doors = doors
        self._ids = ids

    def notify(
        self,
        plan: Plan,
        after: ConversationState,
        desk_id: str,
        account: str,
        address: str,
        hand_over: HandOver,
        now: datetime,
        key: str,
    ) -> None:
        language = self._house.language
        newest = after.cases[0] if after.cases and not after.cases[0]["closed"] else None
        rendered = self._templates.render(
            "alert/agent",
            language=language,
            channel=self._channel(account),
            variables={
                "kind": "hand_over",
                "contact": after.contact_name,
                "channel_name": after.channel,
                "reason": hand_over.reason,
                "reference": newest["reference"] if newest else "",
                "due_at": newest["due_at"] if newest else None,
            },
        )
        body = {"text": rendered.text, "subject": rendered.subject, "language": rendered.language}
        self._queue(plan, None, account, address, address, body, "service", None, now, key)

    def say(
        self, plan: Plan, after: ConversationState, decision: Decision, now: datetime, cause: str
    ) -> None:
        count = 0
        for reply in decision.replies:
            parts = self._parts(after, reply)
            for number, (text, buttons, subject, language) in enumerate(parts):
                files = self._files(plan, after, reply) if number == len(parts) - 1 else []
                after.last_seq += 1
                message_id = self._ids.new()  # also its outbox row's: one thing, one name
                insert(
                    plan,
                    "messages",
                    id=message_id,
                    conversation_id=after.id,
                    seq=after.last_seq,
                    direction="out",
                    author="bot",
                    text=text,
                    subject=subject,
                    quoted="",
                    automatic="",
                    language=language,
                    attachments=files,
                    buttons=[[button.label, button.value] for button in buttons],
                    choice="",
                    template=reply.template,
                    decided_by=decision.by,
                    why=decision.why,
                    provider_id="",
                    provider_at=None,
                    created_at=now,
                    edited_at=None,
                )
                body = {"text": text, "language": language, **self._thread_of(after, reply)}
                if subject:
                    body["subject"] = subject
                if files:
                    body["attachments"] = files
                if buttons:
                    body["buttons"] = [[button.label, button.value] for button in buttons]
                self._queue(
                    plan, after, after.account_id, after.thread, after.address, body, reply.purpose,
                    message_id, now, f"{cause}:{count}",
                )  # fmt: skip
                count += 1

    def _files(self, plan: Plan, after: ConversationState, reply: Reply) -> list[dict[str, Any]]:
        """The reply's file, where the channel takes files."""
        file = reply.file
        if file is None or not self._doors[after.account_id].capabilities.media:
            return []
        plan.files.append(file)
        return [asdict(inspect_file(file.data, file.name, file.mime, max_bytes=len(file.data)))]

    def suggest(
        self, plan: Plan, after: ConversationState, decision: Decision, now: datetime, cause: str
    ) -> None:
        """Words for the people who hold the conversation: the bot never talks over them."""
        for number, reply in enumerate(decision.suggest):
            rendered = self._templates.render(
                reply.template,
                language=after.language or self._house.language,
                channel=after.channel,
                variables={"name": after.shown_name, **reply.variables},
            )
            plan.commit.inserts.setdefault("alerts", []).append(
                alert_row(
                    self._ids.new(),
                    key=f"suggestion:{cause}:{number}",
                    kind="suggestion",
                    reason=rendered.text,
                    conversation_id=after.id,
                    desk_id=after.desk_id,
                    now=now,
                )
            )

    def _thread_of(self, after: ConversationState, reply: Reply) -> dict[str, Any]:
        """What channels with threads or with a window need besides the text."""
        able = self._doors[after.account_id].capabilities
        more: dict[str, Any] = {}
        if able.threads:
            more |= {"reply_to": after.last_heard, "answers_subject": after.subject}
        if able.window_s:
            words = self._templates.in_words(reply.variables, after.language or self._house.language)
            more |= {
                "heard_at": after.last_inbound_at.isoformat(),
                "template": reply.template,
                "variables": {"name": after.shown_name, **words},
            }
        return more

    def _parts(
        self, after: ConversationState, reply: Reply
    ) -> list[tuple[str, tuple[Button, ...], str, str]]:
        """The reply's messages; buttons go with the last one."""
        rendered = self._templates.render(
            reply.template,
            language=after.language or self._house.language,
            channel=after.channel,
            variables={"name": after.shown_name, **reply.variables},
        )
        texts = self._doors[after.account_id].split(rendered.text)
        last = len(texts) - 1
        return [
            (text, reply.buttons if index == last else (), rendered.subject, rendered.language)
            for index, text in enumerate(texts)
        ]

    def _queue(
        self,
        plan: Plan,
        after: ConversationState | None,
        account: str,
        thread: str,
        to: str,
        body: dict[str, Any],
        purpose: str,
        message_id: str | None,
        now: datetime,
        key: str,
    ) -> None:
        plan.rows.append(
            OutboxRow(
                id=message_id or self._ids.new(),
                key=key,
                conversation_id=after.id if after else None,
                message_id=message_id,
                account_id=account,
                thread=thread,
                to=to,
                body=body,
                purpose=purpose,
                priority=PRIORITY[purpose],
                epoch=after.epoch if after else None,
                status="queued",
                attempts=0,
                next_at=now,
                created_at=now,
            )
        )

    def _channel(self, account: str) -> str:
        door = self._doors.get(account)
        return getattr(door, "channel", door.kind) if door is not None else ""
