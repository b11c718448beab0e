"""What a manager's screen shows now, and the complaints behind a figure, against counting by hand on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from bot.indicator_queries import Span
from bot.live_counters import FACETS, cases_behind, read_live
from bot.records import Agent, Case, Contact, Conversation, DeadlineRow
from bot.store.port import Store
from tests.integration.casebook import Book, draw_book

NOW = datetime(2026, 3, 20, 10, tzinfo=UTC)
FIRST = datetime(2026, 2, 1, tzinfo=UTC)
EVENING = datetime(2026, 3, 20, 23, tzinfo=UTC)


def with_agents(book: Book) -> dict[str, int]:
    """Two agents who have taken over some conversations, and one who has left."""
    loads = {}
    free = book.of(Conversation)
    for number, (name, active) in enumerate((("Amel", True), ("Karim", True), ("Nadia", False))):
        agent = book.add(
            Agent,
            id=f"{number + 1:032x}",
            name=name,
            email=f"{name.lower()}@example.org",
            roles=["agent"],
            desk_id=None,
            active=active,
            created_at=NOW,
        )
        mine = free[number * 5 : number * 5 + number + 1]
        for row in mine:
            row.update(owner="agent", agent_id=agent["id"])
        if active:
            loads[name] = len(mine)
    for row in free[40:47]:
        row.update(owner="queue", agent_id=None)
    return loads


async def test_the_counters_are_what_counting_by_hand_gives(store: Store) -> None:
    book = draw_book(5, cases=80, first=FIRST, now=NOW)
    loads = with_agents(book)
    await store.write(book.write)
    live = await store.read(lambda session: read_live(session, NOW, EVENING))

    running = [
        row for row in book.of(DeadlineRow) if row["status"] == "running" and row["kind"] == "resolution"
    ]
    owners = [row["owner"] for row in book.of(Conversation)]
    assert live.waiting == owners.count("queue") >= 7
    assert live.with_people == owners.count("agent")
    assert live.open_cases == sum(not row["closed"] for row in book.of(Case))
    assert live.overdue == sum(row["due_at"] < NOW for row in running)
    assert live.due_today == sum(NOW <= row["due_at"] < EVENING for row in running)
    assert {each.name: each.conversations for each in live.loads} == loads
    assert [each.conversations for each in live.loads] == sorted(loads.values(), reverse=True)


async def test_behind_a_figure_stand_just_its_complaints(store: Store) -> None:
    book = draw_book(6, cases=90, first=FIRST, now=NOW)
    await store.write(book.write)
    span = Span(start=FIRST, end=NOW, now=NOW)
    names = {row["id"]: row["name"] for row in book.of(Contact)}
    for facet in FACETS:
        values = {row[facet] for row in book.of(Case)}
        for value in values:
            wanted = [
                row
                for row in book.of(Case)
                if row[facet] == value
                and not row["mystery"]
                and row["outcome"] != "merged"
                and FIRST <= row["received_at"] < NOW
            ]
            lines, count = await store.read(
                partial(cases_behind, span=span, facet=facet, value=value, most=500)
            )
            assert count == len(wanted) == len(lines)
            newest_first = sorted(wanted, key=lambda row: (row["received_at"], row["id"]), reverse=True)
            assert [line.reference for line in lines] == [row["reference"] for row in newest_first]
            assert [line.customer for line in lines] == [names[row["contact_id"]] for row in newest_first]


async def test_only_the_newest_are_shown_but_all_are_counted(store: Store) -> None:
    book = draw_book(7, cases=60, first=FIRST, now=NOW)
    await store.write(book.write)
    span = Span(start=FIRST, end=NOW + timedelta(days=1), now=NOW)
    most_common = max(
        {row["channel"] for row in book.of(Case)},
        key=lambda channel: sum(row["channel"] == channel for row in book.of(Case)),
    )
    lines, count = await store.read(
        lambda session: cases_behind(session, span, "channel", most_common, most=3)
    )
    assert len(lines) == 3 < count


async def test_a_column_that_is_no_facet_is_refused(store: Store) -> None:
    span = Span(start=FIRST, end=NOW, now=NOW)
    with pytest.raises(ValueError, match="summary"):
        await store.read(lambda session: cases_behind(session, span, "summary", "", most=3))
