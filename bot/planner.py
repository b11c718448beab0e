"""From a decision to everything it changes: rows for one commit. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from bot.alerts import alert_row
from bot.appointment_plans import plan_appointment
from bot.dialogue.turn import (
    REFERENCE,
    AddToCase,
    CancelTimer,
    Decision,
    HandOver,
    OpenCase,
    SetTimer,
    SurveyAnswered,
)
from bot.ids import IdMaker
from bot.learning.keeping import keep_what_was_missed
from bot.own_decisions import PROVIDER
from bot.plans import (
    HEARD,
    Heard,
    House,
    Plan,
    case_event,
    insert,
    reopened_changes,
    satisfied_changes,
    timer_row,
)
from bot.promises import Promises
from bot.speech import Speech
from bot.store.plan import CASE_VIEW
from bot.store.port import ConversationState, TurnCommit
from bot.templating import Templates
from channels.port import Attachment, Door


class Planner:
    """Builds plans; holds what does not change between turns."""

    def __init__(
        self,
        house: House,
        templates: Templates,
        doors: Mapping[str, Door],
        ids: IdMaker,
        promises: Promises,
    ) -> None:
        self._house = house
        self._ids = ids
        self._promises = promises
        self._speech = Speech(house, templates, doors, ids)

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
        self._resume(plan, after, heard, now)
        self._case(plan, after, decision, now)
        self._answer_survey(plan, after, decision.survey, now)
        if decision.appointment is not None:
            plan_appointment(plan, after, decision.appointment, self._ids, now)
        self._answer_outreach(plan, after, decision, now)
        self._hand_over(plan, after, decision.hand_over, now, cause)
        self._timers(plan, after, decision, now)
        self._speech.say(plan, after, decision, now, cause)
        self._speech.suggest(plan, after, decision, now, cause)
        self._owed(plan, after, heard, decision)
        self._promises.listen(plan, before, after, heard, now)
        self._consent(plan, after, decision, now)
        keep_what_was_missed(plan, heard, decision, self._ids, now)
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
            external_id=None,
            born_on=None,
            birthday="",
            stage="prospect",
            tier="reply_only",
            mode="",
            tags=[],
            fields={},
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
            message = item.message
            if not message.automatic:
                after.last_inbound_at = item.at
                after.last_heard = message.provider_id
                after.subject = message.subject or after.subject
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
                subject=message.subject,
                quoted=message.quoted,
                automatic=message.automatic,
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
            "code": "",
            "consequences": "",
            "anomaly": "",
            "faith": "good",
            "faith_evidence": "",
            "fault": "undetermined",
            "cause": "",
            "owner": "",
            "plan": "",
            "outcome": "",
            "reviewer": "",
            "archived_at": None,
            "mystery": False,
            "waiting_at": None,
            "told_at": now,
            "reopened": 0,
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
        self._promises.open_case(plan, values)
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
        if add.told:
            changes["told_at"] = now
        before = next((case for case in after.cases if case["id"] == add.case_id), None)
        if before is not None and add.remedy and not before["remedy"]:
            changes["remedy"] = add.remedy
        if before is not None and add.satisfied:
            changes |= satisfied_changes(before, now)
            self._life(plan, before, changes, "close", "satisfied", add.note, now)
        elif before is not None and add.reopen:
            changes |= reopened_changes(before)
            self._life(plan, before, changes, "reopen", "reopened", add.note, now)
        if changes:
            plan.commit.case_changes.append((add.case_id, changes))
            plan.commit.shared_change = True
            self._audit(plan, "case_added_to", "case", add.case_id, {"fields": sorted(changes)}, now)
            after.cases = tuple(
                case | {k: v for k, v in changes.items() if k in CASE_VIEW}
                if case["id"] == add.case_id
                else case
                for case in after.cases
            )

    def _life(
        self,
        plan: Plan,
        case: Mapping[str, Any],
        changes: Mapping[str, Any],
        action: str,
        what: str,
        note: str,
        now: datetime,
    ) -> None:
        """A step of a case's life that its customer made; what hangs on it follows at once, outside of the lane."""
        event = case_event(self._ids.new(), case, changes.get("phase", case["phase"]), action, note, now)
        insert(plan, "case_events", **event)
        payload = {"case_id": case["id"], "what": what, "at": now.isoformat()}
        plan.commit.set_timers.append(
            timer_row(self._ids.new(), HEARD, f"case:{case['id']}:heard:{event['id']}", now, payload, now=now)
        )

    def _resume(self, plan: Plan, after: ConversationState, heard: Sequence[Heard], now: datetime) -> None:
        """Whoever we waited for has written: the clocks go on."""
        if all(item.message.automatic for item in heard):
            return
        waiting = [case for case in after.cases if case["waiting_at"] is not None and not case["closed"]]
        for case in waiting:
            changes = {"waiting_at": None}
            plan.commit.case_changes.append((case["id"], changes))
            plan.commit.shared_change = True
            self._life(plan, case, changes, "resume", "resumed", "", now)
        ids = {case["id"] for case in waiting}
        after.cases = tuple(
            case | {"waiting_at": None} if case["id"] in ids else case for case in after.cases
        )

    def _answer_survey(
        self, plan: Plan, after: ConversationState, answer: SurveyAnswered | None, now: datetime
    ) -> None:
        if answer is not None:
            insert(
                plan,
                "survey_answers",
                id=self._ids.new(),
                contact_id=after.contact_id,
                channel=after.channel,
                at=now,
                **asdict(answer),
            )

    def _answer_outreach(
        self, plan: Plan, after: ConversationState, decision: Decision, now: datetime
    ) -> None:
        """What was answered to outreach; a person hears of a low mark once. source: SU"""
        for answer in decision.outreach:
            values = asdict(answer)
            alarm = values.pop("alarm")
            insert(
                plan,
                "outreach_answers",
                id=self._ids.new(),
                contact_id=after.contact_id,
                conversation_id=after.id,
                channel=after.channel,
                at=now,
                **values,
            )
            if alarm:
                plan.commit.inserts.setdefault("alerts", []).append(
                    alert_row(
                        self._ids.new(),
                        key=f"survey:{answer.row_id}",
                        kind="low_mark",
                        conversation_id=after.id,
                        desk_id=self._house.desk(after.desk_id or ""),
                        reason=alarm,
                        now=now,
                    )
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
            self._speech.notify(
                plan, after, desk_id, account, address, hand_over, now, f"{cause}:desk{number}"
            )

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
            source=PROVIDER if decision.by == PROVIDER else "message",
            wording=change.wording,
            message_id=plan.inbound[-1][1].journal_id if plan.inbound else None,
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
