"""What must be true at the end, however often the process was ended: read from the database and the provider."""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from tests.crash.databases import Database, Rows
from tests.crash.feeders import Feeder
from tests.crash.provider import LastingProvider

_SENT = ("accepted", "delivered", "read")


@dataclass(slots=True)
class Verdict:
    """Figures for the reader, faults for the test."""

    accepted: int = 0
    conversations: int = 0
    answers: int = 0
    cases: int = 0
    resent: int = 0  # calls with a key the provider already had: it answers them without sending anything
    faults: list[str] = field(default_factory=list)
    swapped: list[str] = field(default_factory=list)  # answers of one thread that left in another order

    def __str__(self) -> str:
        told = "\n  ".join([*self.faults[:40], *self.swapped[:10]])
        return (
            f"{self.accepted} accepted in {self.conversations} conversations, {self.answers} answers,"
            f" {self.cases} cases, {self.resent} keys sent again, {len(self.faults)} faults,"
            f" {len(self.swapped)} answers swapped\n  {told}"
        )


async def quiet(database: Database, within_s: float = 60.0) -> None:
    """Wait until nothing is pending, queued or in the hands of a process."""
    try:
        async with asyncio.timeout(within_s):
            while await _under_way(database):  # noqa: ASYNC110 - another process brings it about
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"never came to rest: {await _under_way(database)}") from None


async def _under_way(database: Database) -> Rows:
    return await database.rows(
        "SELECT 'journal', id, thread, status FROM journal WHERE status = 'pending' UNION ALL"
        " SELECT 'outbox', id, thread, status || ' by ' || coalesce(owner, 'nobody') FROM outbox"
        " WHERE status IN ('queued', 'claimed') LIMIT 20"
    )


async def judge(
    database: Database,
    feeders: Sequence[Feeder],
    provider: LastingProvider,
    *,
    account: str = "line",
) -> Verdict:
    """Everything that was promised, checked against what is there. Call it when all is quiet."""
    verdict = Verdict(accepted=sum(len(feeder.accepted) for feeder in feeders))
    verdict.faults += [wrong for feeder in feeders for wrong in feeder.wrong]
    await _nothing_lost(verdict, database, feeders)
    await _order_kept(verdict, database)
    await _answered_once(verdict, database)
    await _provider_agrees(verdict, database, provider, account)
    await _cases_gapless(verdict, database)
    await _receipts_given(verdict, database)
    return verdict


async def _nothing_lost(verdict: Verdict, database: Database, feeders: Sequence[Feeder]) -> None:
    journal: dict[str, str] = dict(
        await database.rows("SELECT provider_id, status FROM journal WHERE kind = 'message' ORDER BY id")
    )
    said = Counter(
        found[0] for found in await database.rows("SELECT provider_id FROM messages WHERE direction = 'in'")
    )
    for feeder in feeders:
        for message_id in feeder.accepted:
            if journal.get(message_id) != "done":
                verdict.faults.append(f"lost: {message_id} is {journal.get(message_id)} in the journal")
    for message_id, status in journal.items():
        if status == "done" and said[message_id] != 1:
            verdict.faults.append(f"{message_id} stands {said[message_id]} times in the messages")
    verdict.faults += [f"said but never journaled: {key}" for key in said if key not in journal]


async def _order_kept(verdict: Verdict, database: Database) -> None:
    by_conversation: dict[str, list[int]] = defaultdict(list)
    for conversation, provider_id in await database.rows(
        "SELECT conversation_id, provider_id FROM messages WHERE direction = 'in'"
        " ORDER BY conversation_id, seq"
    ):
        by_conversation[conversation].append(int(provider_id.rpartition("-")[2]))
    verdict.conversations = len(by_conversation)
    for conversation, numbers in by_conversation.items():
        if numbers != sorted(numbers):
            bad = [pair for pair in pairwise(numbers) if pair[0] >= pair[1]]
            verdict.faults.append(f"order broken in {conversation}: {bad}")


async def _answered_once(verdict: Verdict, database: Database) -> None:
    """Walk each conversation: what we say follows from what was just said, and from each thing once."""
    outbox: dict[str, list[str]] = defaultdict(list)
    for message_id, key in await database.rows("SELECT message_id, key FROM outbox WHERE message_id <> ''"):
        outbox[message_id].append(key)
    spoken: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for conversation, message_id, direction, by in await database.rows(
        "SELECT conversation_id, id, direction, decided_by FROM messages ORDER BY conversation_id, seq"
    ):
        spoken[conversation].append((message_id, direction, by))
    for conversation, messages in spoken.items():
        _walk(verdict, conversation, messages, outbox)


def _walk(
    verdict: Verdict,
    conversation: str,
    messages: Sequence[tuple[str, str, str]],
    outbox: dict[str, list[str]],
) -> None:
    waiting: list[tuple[str, str]] = []  # inbound since our last word
    answered: set[str] = set()
    cause = ""
    for message_id, direction, by in [*messages, ("", "in", "end")]:
        if direction == "out":
            keys = outbox[message_id]
            if len(keys) != 1:
                verdict.faults.append(f"{message_id} has {len(keys)} outbox rows: {keys}")
                continue
            verdict.answers += 1
            head = keys[0].rpartition(":")[0]
            if head != cause and head in answered:
                verdict.faults.append(f"{head} of {conversation} was answered twice")
            if head != cause and not head.startswith("t") and head not in [item for item, _ in waiting]:
                verdict.faults.append(f"{head} of {conversation} was answered out of its turn")
            cause = head
            answered.add(head)
            waiting = []
            continue
        if cause and waiting == []:
            cause = ""
        waiting.append((message_id, by))
    left = [item for item, by in waiting if by not in ("human", "end")]
    if left:
        verdict.faults.append(f"never answered in {conversation}: {left}")


async def _provider_agrees(
    verdict: Verdict, database: Database, provider: LastingProvider, account: str
) -> None:
    rows = await database.rows(
        "SELECT o.id, o.status, o.thread, coalesce(m.seq, 0) FROM outbox o LEFT JOIN messages m"
        f" ON m.id = o.message_id WHERE o.account_id = '{account}' ORDER BY o.thread, m.seq"
    )
    known = {found[0] for found in rows}
    for row_id, status, thread, _ in rows:
        if (status in _SENT) != (row_id in provider.sent):
            verdict.faults.append(f"{row_id} for {thread} is {status}, provider: {row_id in provider.sent}")
    verdict.faults += [f"the provider got what nobody decided: {k}" for k in provider.sent if k not in known]
    verdict.resent = len(provider.doubles)
    wanted: dict[str, list[str]] = defaultdict(list)
    for row_id, _, thread, _ in rows:
        if row_id in provider.sent:
            wanted[thread].append(row_id)
    for thread, keys in provider.by_thread().items():
        if keys != wanted[thread]:
            places = [wanted[thread].index(key) for key in keys if key in wanted[thread]]
            bad = [pair for pair in pairwise(places) if pair[0] > pair[1]]
            verdict.swapped.append(f"answers to {thread} went out in another order: {bad}")


async def _cases_gapless(verdict: Verdict, database: Database) -> None:
    found = [row[0] for row in await database.rows("SELECT reference FROM cases ORDER BY reference")]
    verdict.cases = len(found)
    numbers = [int(match.group(1)) for ref in found if (match := re.fullmatch(r"RC-\d{4}-(\d{6})", ref))]
    if numbers != list(range(1, len(found) + 1)):
        verdict.faults.append(f"references with gaps or doubles: {found}")
    counted = sum(row[0] for row in await database.rows("SELECT value FROM counters WHERE name LIKE 'RC-%'"))
    if counted != len(found):
        verdict.faults.append(f"the counter stands at {counted} for {len(found)} cases")


async def _receipts_given(verdict: Verdict, database: Database) -> None:
    rows = await database.rows(
        "SELECT r.journal_id FROM receipts r LEFT JOIN alerts a ON a.key = 'receipt:' || r.journal_id"
        " WHERE r.acknowledged_at IS NULL AND a.id IS NULL"
    )
    verdict.faults += [f"owed a receipt, none given, nobody told: {row[0]}" for row in rows]
