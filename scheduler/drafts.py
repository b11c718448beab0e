"""A message as one door would send it: written, weighed, and put in the outbox. For rules and for campaigns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.records import Contact, Conversation, Message, OutboxMessage
from bot.records.base import table_of
from bot.store.plan import PRIORITY
from bot.templating import Templates
from scheduler.campaigns.ports import LinkMaker
from scheduler.consent import PROMOTIONAL, Purpose
from scheduler.followed_links import with_followed_links
from scheduler.gate import MARK, mark
from scheduler.guards import Candidate, Facts, Limits, Verdict, check, promotional, shown_name
from scheduler.reach import Doors, Way
from scheduler.recurrence import zone_of

_conversations = table_of(Conversation).c

AGENT_WAIT = timedelta(hours=4)  # a conversation that a person holds is not talked into

Filled = tuple[dict[str, Any], tuple[str, ...]]
"""The variables of a template, and the names of those that are missing."""

Fill = Callable[[str, ZoneInfo, str, str], Filled]
"""Given the language, the contact's zone, the name to show and the link out."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """One message through one door, and what stands against it: `reason`, until `until` or for good."""

    candidate: Candidate
    body: dict[str, Any]
    talk: Conversation | None
    verdict: Verdict = field(default_factory=Verdict)
    reason: str = ""
    until: datetime | None = None

    @property
    def free(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What is to be said to one contact, whatever the door."""

    template: str
    purpose: Purpose
    source: str  # "rule:<name>", "campaign:<name>"
    fill: Fill
    at: datetime
    latest: datetime | None
    occurrence: str = ""
    recipient: str = ""


def compose(
    saying: Saying, way: Way, contact: Contact, *, templates: Templates, doors: Doors, timezone: str
) -> Draft:
    """Write it for one door. Raises `RenderFailed`, `MissingTemplate`."""
    promotes = saying.purpose in PROMOTIONAL
    url = doors.unsubscribe_url(contact.id, way.channel, saying.purpose) if promotes else ""
    account = doors.accounts[way.channel]
    zone = zone_of(contact.timezone, contact.country, "", timezone)
    language = contact.language or (way.talk.language if way.talk else "") or templates.company.language
    values, missing = saying.fill(language, zone, shown_name(contact.name, contact.mode), url)
    said = (
        templates.render(saying.template, language=language, channel=way.channel, variables=values)
        if not missing
        else None
    )
    approved = saying.template in doors.approved.get(account, ())
    candidate = Candidate(
        contact_id=contact.id,
        purpose=saying.purpose,
        channel=way.channel,
        address=way.address,
        at=saying.at,
        source=saying.source,
        latest=saying.latest,
        language=said.language if said else language,
        subject=said.subject if said else "",
        text=said.text if said else "",
        template=saying.template if approved else "",
        unsubscribe_url=url,
        missing=missing,
    )
    body: dict[str, Any] = {
        "text": candidate.text,
        "language": candidate.language,
        "subject": candidate.subject,
        "unsubscribe_url": url,
        MARK: mark(candidate, occurrence=saying.occurrence, recipient=saying.recipient),
    }
    if way.talk is not None:
        body["heard_at"] = way.talk.last_inbound_at.isoformat()  # some doors take free text for a day
    if approved:
        body["template"] = saying.template
        body["variables"] = templates.in_words(values, candidate.language)
    return Draft(candidate=candidate, body=body, talk=way.talk)


def weigh(draft: Draft, facts: Facts, limits: Limits, passed: Iterable[datetime] = ()) -> Draft:
    """Ask the guards; `passed` are promotions to this contact that stand in no table yet."""
    more = tuple(passed)
    if more:
        facts = replace(facts, promotions=(*facts.promotions, *more))
    draft.verdict = check(draft.candidate, facts, limits)
    draft.reason, draft.until = draft.verdict.code, draft.verdict.until
    if draft.verdict.allowed and draft.talk is not None and draft.talk.owner == "agent":
        draft.reason, draft.until = "agent_owns", draft.candidate.at + AGENT_WAIT
    return draft


def best_held(held: Sequence[Draft]) -> Draft | None:
    """Where no door is free: the one that will be first; else the one wanted most; None without any."""
    waiting = [(draft.until, number) for number, draft in enumerate(held) if draft.until is not None]
    if waiting:
        return held[min(waiting)[1]]
    return held[0] if held else None


def counts(draft: Draft) -> bool:
    return promotional(draft.candidate)


def hand_over(
    session: Session,
    drafts: Mapping[str, Draft],
    *,
    doors: Doors,
    decided_by: str,
    new_id: Callable[[], str],
    now: datetime,
) -> dict[str, str]:
    """Put messages in the outbox and in their conversations, by key; the ids of their outbox rows, by key.

    A key that is there already fails the whole transaction: nothing is ever queued twice.
    """
    talks = _locked(session, [draft.talk for draft in drafts.values() if draft.talk is not None])
    rows, said, ids = [], [], {}
    for key, draft in drafts.items():
        candidate, message_id = draft.candidate, new_id()
        ids[key] = message_id
        talk = talks[draft.talk.id] if draft.talk is not None else None
        purpose = "service" if candidate.purpose == "service" else "bulk"
        if talk is not None:
            talk.last_seq += 1
            talk.version += 1  # a decision under way reads the conversation anew
            said.append(_message(message_id, talk, candidate, decided_by, now))
        rows.append(
            {
                "id": message_id,
                "key": key,
                "conversation_id": talk.id if talk else None,
                "message_id": message_id if talk else None,
                "account_id": talk.account_id if talk else doors.accounts[candidate.channel],
                "thread": talk.thread if talk else candidate.address,
                "recipient": candidate.address,
                "body": _followed(draft, doors.links),
                "purpose": purpose,
                "priority": PRIORITY[purpose],
                "status": "queued",
                "attempts": 0,
                "next_at": now,
                "provider_id": "",
                "code": "",
                "error": "",
                "created_at": now,
            }
        )
    session.add_all(said)
    session.flush()
    if rows:
        session.execute(table_of(OutboxMessage).insert(), rows)
    return ids


def _followed(draft: Draft, links: LinkMaker) -> dict[str, Any]:
    it = draft.body.get(MARK, {})  # a test to colleagues counts nowhere: it has none
    row_id = it.get("recipient") or it.get("occurrence") or ""
    return with_followed_links(draft.body, row_id, channel=draft.candidate.channel, links=links)


def _locked(session: Session, talks: Sequence[Conversation]) -> dict[str, Conversation]:
    """These conversations as they stand now, nobody else writing to them; always locked in the same order."""
    ids = sorted({talk.id for talk in talks})
    if not ids:
        return {}
    held = select(Conversation).where(_conversations.id.in_(ids)).order_by(_conversations.id)
    found = session.scalars(held.with_for_update().execution_options(populate_existing=True))
    return {talk.id: talk for talk in found}


def _message(
    message_id: str, talk: Conversation, candidate: Candidate, decided_by: str, now: datetime
) -> Message:
    return Message(
        id=message_id,
        conversation_id=talk.id,
        seq=talk.last_seq,
        direction="out",
        author="bot",
        text=candidate.text,
        subject=candidate.subject,
        language=candidate.language,
        attachments=[],
        buttons=[],
        template=candidate.template,
        decided_by=decided_by,
        why=candidate.source,
        created_at=now,
    )
