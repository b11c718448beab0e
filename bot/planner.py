"""From a decision to everything it changes: rows for one commit. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from bot.alerts import alert_row
from bot.dialogue.turn import (
    REFERENCE,
    AddToCase,
    CancelTimer,
    Decision,
    HandOver,
    OpenCase,
    Reply,
    SetTimer,
)
from bot.ids import IdMaker
from bot.plans import Heard, House, Plan, insert, timer_row
from bot.store.plan import PRIORITY
from bot.store.port import ConversationState, OutboxRow, TurnCommit
from bot.templating import Templates
from channels.port import Attachment, Button, Door


class Planner:
    """Builds plans; holds what does not change between turns."""

    def __init__(self, house: House, templates: Templates, doors: Mapping[str, Door], ids: IdMaker) -> None:
        self._house = house
        self._templates = templates
        self._doors = doors
        self._ids = ids

    def plan(
        self,
        before: ConversationState,
        heard: Sequence[Heard],
        journal_ids: Sequence[str],
        decision: Decision,
        *,
        now: datetime,
        cause: str,
    ) -> Plan:
        """Everything `decision` changes. `cause` names the journal entry, and keys the messages sent for it."""
        after = before.copy()
        commit = TurnCommit(
            account_id=before.account_id,
            thread=before.thread,
            journal_ids=tuple(journal_ids),
            conversation=after,
            expected_version=before.version,
        )
        plan = Plan(commit=commit)
        if before.version == 0:
            self._newcomer(plan, before, heard, now)
        self._listen(plan, after, heard, decision, now)
        if decision.language:
            after.language = decision.language
        if decision.state is not None:
            after.state = dict(decision.state)
        self._case(plan, after, decision, now)
        self._hand_over(plan, after, decision.hand_over, now, cause)
        self._timers(plan, after, decision, now)
        self._say(plan, after, decision, now, cause)
        self._owed(plan, after, heard, decision)
        self._consent(plan, after, decision, now)
        self._keep_candidate(plan, after, heard, decision, now)
        if decision.contact_name and decision.contact_name != before.contact_name:
            after.contact_name = decision.contact_name
            commit.contact_name = decision.contact_name
        if after.language and after.language != before.contact_language:
            commit.contact_language = after.language
            after.contact_language = after.language
        return plan

    # what came in

    def _newcomer(self, plan: Plan, before: ConversationState, heard: Sequence[Heard], now: datetime) -> None:
        if not before.contact_is_new:
            return
        insert(
            plan,
            "contacts",
            id=before.contact_id,
            name=before.contact_name,
            language="",
            timezone="",
            country="",
            zone="",
            organisation_id=None,
            organisation_role="",
            owner_agent_id=None,
            source_channel=before.channel,
            preferred_channel="",
            created_at=now,
            updated_at=now,
            version=1,
        )
        insert(
            plan,
            "addresses",
            id=self._ids.new(),
            contact_id=before.contact_id,
            channel=before.channel,
            value=before.address,
            state="ok",
            state_reason="",
            verified_at=None,
            created_at=now,
        )

    def _listen(
        self, plan: Plan, after: ConversationState, heard: Sequence[Heard], decision: Decision, now: datetime
    ) -> None:
        for item in heard:
            after.last_seq += 1
            after.last_inbound_at = item.at
            message = item.message
            message_id = item.journal_id
            insert(
                plan,
                "messages",
                id=message_id,
                conversation_id=after.id,
                seq=after.last_seq,
                direction="in",
                author="contact",
                text=message.text,
                language=decision.language or after.language,
                attachments=[asdict(file) for file in message.attachments],
                buttons=[],
                choice=message.choice,
                template="",
                decided_by=decision.by,
                why=decision.why,
                provider_id=message.provider_id,
                provider_at=message.sent_at,
                created_at=item.received_at,
                edited_at=now if item.edited else None,
            )
            plan.inbound.append((after.last_seq, item))
            for index, file in enumerate(message.attachments):
                if not file.ref.startswith("media:"):
                    self._fetch_later(plan, after, message_id, index, file, now)

    def _fetch_later(
        self,
        plan: Plan,
        after: ConversationState,
        message_id: str,
        index: int,
        file: Attachment,
        now: datetime,
    ) -> None:
        """A provider's file is brought in after the message is safe, and retried on its own."""
        if file.kind in ("location", "contact"):
            return
        payload = {"account": after.account_id, "message": message_id, "index": index, "file": asdict(file)}
        plan.commit.set_timers.append(
            timer_row(self._ids.new(), "media.fetch", f"media:{message_id}:{index}", now, payload, now=now)
        )

    # what it means

    def _case(self, plan: Plan, after: ConversationState, decision: Decision, now: datetime) -> None:
        if decision.open_case is not None:
            self._open_case(plan, after, decision.open_case, now)
        if decision.add_to_case is not None:
            self._add_to_case(plan, after, decision.add_to_case, now)

    def _open_case(self, plan: Plan, after: ConversationState, case: OpenCase, now: datetime) -> None:
        case_id = self._ids.new()
        year = case.received_at.astimezone(self._house.timezone).year
        plan.commit.case_counter = f"RC-{year}"
        plan.commit.shared_change = True
        values = {
            "id": case_id,
            "reference": REFERENCE,
            "contact_id": after.contact_id,
            "conversation_id": after.id,
            "channel": after.channel,
            "phase": "enregistrement",
            "closed": False,
            "desk_id": self._house.desk(case.desk),
            "summary": case.summary,
            "object": case.object,
            "product": case.product,
            "order_ref": case.order_ref,
            "since": case.since,
            "remedy": case.remedy,
            "severity": case.severity,
            "angry": case.angry,
            "zone": case.zone,
            "faith": "good",
            "evidence": [asdict(file) for file in case.evidence],
            "notes": [],
            "complete": case.complete,
            "satisfied": None,
            "received_at": case.received_at,
            "opened_at": now,
            "due_at": case.due_at,
            "due_explanation": case.due_explanation,
            "answered_at": None,
            "closed_at": None,
            "version": 1,
        }
        insert(plan, "cases", **values)
        self._audit(plan, "case_opened", "case", case_id, {"reference": REFERENCE}, now)
        after.cases = (dict(values), *after.cases)

    def _add_to_case(self, plan: Plan, after: ConversationState, add: AddToCase, now: datetime) -> None:
        changes: dict[str, Any] = {}
        if add.note:
            changes["notes"] = [{"at": now.isoformat(), "by": "contact", "text": add.note}]
        if add.evidence:
            changes["evidence"] = [asdict(file) for file in add.evidence]
        if add.satisfied is not None:
            changes["satisfied"] = add.satisfied
        if add.satisfied:
            changes |= {"phase": "cloture", "closed": True, "closed_at": now}
        if add.reopen:
            changes |= {"phase": "resolution", "closed": False, "closed_at": None}
        if changes:
            plan.commit.case_changes.append((add.case_id, changes))
            plan.commit.shared_change = True
            self._audit(plan, "case_added_to", "case", add.case_id, {"fields": sorted(changes)}, now)
            after.cases = tuple(
                case | {k: v for k, v in changes.items() if k in ("phase", "closed")}
                if case["id"] == add.case_id
                else case
                for case in after.cases
            )

    def _hand_over(
        self, plan: Plan, after: ConversationState, hand_over: HandOver | None, now: datetime, cause: str
    ) -> None:
        """The owner really changes, people are told, and only then a sentence says so."""
        if hand_over is None:
            return
        desk_id = self._house.desk(hand_over.desk)
        if after.owner == "bot":
            after.owner = "queue"
        after.desk_id = desk_id
        after.hand_over_reason = hand_over.reason
        after.urgent = after.urgent or hand_over.urgent
        plan.commit.inserts.setdefault("alerts", []).append(
            alert_row(
                self._ids.new(),
                key=f"hand_over:{cause}",
                kind="hand_over",
                conversation_id=after.id,
                desk_id=desk_id,
                reason=hand_over.reason,
                urgent=hand_over.urgent,
                now=now,
            )
        )
        detail = {"desk": desk_id, "reason": hand_over.reason}
        self._audit(plan, "handed_over", "conversation", after.id, detail, now)
        for number, (account, address) in enumerate(self._house.desks[desk_id].notify):
            self._notify(plan, after, desk_id, account, address, hand_over, now, f"{cause}:desk{number}")

    def _notify(
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

    def _timers(self, plan: Plan, after: ConversationState, decision: Decision, now: datetime) -> None:
        for change in decision.timers:
            if isinstance(change, CancelTimer):
                plan.commit.cancel_timers.append(change.key)
            else:
                plan.commit.set_timers.append(self._timer(after, change, now))

    def _timer(self, after: ConversationState, change: SetTimer, now: datetime) -> tuple[Any, ...]:
        return timer_row(
            self._ids.new(),
            change.kind,
            change.key,
            change.due_at,
            change.payload,
            now=now,
            account_id=after.account_id,
            thread=after.thread,
        )

    # what goes out

    def _say(
        self, plan: Plan, after: ConversationState, decision: Decision, now: datetime, cause: str
    ) -> None:
        count = 0
        for reply in decision.replies:
            for text, buttons, subject, language in self._parts(after, reply):
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
                    language=language,
                    attachments=[],
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
                body: dict[str, Any] = {"text": text, "language": language}
                if subject:
                    body["subject"] = subject
                if buttons:
                    body["buttons"] = [[button.label, button.value] for button in buttons]
                self._queue(
                    plan, after, after.account_id, after.thread, after.address, body, reply.purpose,
                    message_id, now, f"{cause}:{count}",
                )  # fmt: skip
                count += 1

    def _parts(
        self, after: ConversationState, reply: Reply
    ) -> list[tuple[str, tuple[Button, ...], str, str]]:
        """The reply's messages; buttons go with the last one."""
        rendered = self._templates.render(
            reply.template,
            language=after.language or self._house.language,
            channel=after.channel,
            variables={"name": after.contact_name, **reply.variables},
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

    def _owed(self, plan: Plan, after: ConversationState, heard: Sequence[Heard], decision: Decision) -> None:
        """Who is owed an acknowledgement, until when, and which message gives it. source: CO-20"""
        if not decision.receipt_owed:
            return
        within = self._house.ack_within_s.get(after.channel, self._house.ack_within_s[""])
        receipt = next((item.id for item in plan.rows if item.purpose == "receipt"), None)
        for item in heard:
            due_at = item.received_at + timedelta(seconds=within)
            insert(
                plan,
                "receipts",
                journal_id=item.journal_id,
                conversation_id=after.id,
                channel=after.channel,
                received_at=item.received_at,
                due_at=due_at,
                alert_at=due_at - timedelta(seconds=within / 3),
                outbox_id=receipt,
                acknowledged_at=None,
                alerted_at=None,
            )

    def _consent(self, plan: Plan, after: ConversationState, decision: Decision, now: datetime) -> None:
        change = decision.consent
        if change is None:
            return
        insert(
            plan,
            "consents",
            id=self._ids.new(),
            contact_id=after.contact_id,
            channel=after.channel,
            purpose=change.purpose,
            granted=change.granted,
            at=now,
            source="message",
            wording=change.wording,
            message_id=plan.inbound[-1][1].journal_id if plan.inbound else None,
        )

    def _keep_candidate(
        self,
        plan: Plan,
        after: ConversationState,
        heard: Sequence[Heard],
        decision: Decision,
        now: datetime,
    ) -> None:
        text = "\n".join(item.message.text for item in heard if item.message.text)
        if decision.unanswered and text:
            insert(
                plan,
                "faq_candidates",
                id=self._ids.new(),
                conversation_id=after.id,
                text=text[:2000],
                language=after.language,
                status="open",
                created_at=now,
            )

    def _audit(
        self, plan: Plan, action: str, kind: str, object_id: str, detail: dict[str, Any], now: datetime
    ) -> None:
        insert(
            plan,
            "audit",
            id=self._ids.new(),
            at=now,
            actor="bot",
            action=action,
            object_kind=kind,
            object_id=object_id,
            detail=detail,
        )

    def _channel(self, account: str) -> str:
        door = self._doors.get(account)
        return getattr(door, "channel", door.kind) if door is not None else ""
