"""The audit log as it is read: by who, what and when, a page at a time, and without secrets."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.clock import ManualClock
from bot.console.audit.reading import (
    CHANGES,
    Asked,
    WrongChoice,
    asked_of,
    export_rows,
    read_choices,
    read_page,
    safe_detail,
)
from bot.ids import IdMaker
from bot.records import Agent, AuditEntry
from bot.store.port import Store

ALGIERS = ZoneInfo("Africa/Algiers")
NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


async def note(store: Store, at: datetime, actor: str, action: str, kind: str = "case", **more: Any) -> str:
    entry_id = IdMaker(ManualClock(at)).new()
    row: dict[str, Any] = {"object_id": "k1", "detail": {}} | more
    entry = AuditEntry(id=entry_id, at=at, actor=actor, action=action, object_kind=kind, **row)
    await store.write(lambda session: session.add(entry))
    return entry_id


async def lina(store: Store) -> None:
    user = Agent(id="a1", name="Lina Haddad", email="lina@example.org", roles=["agent"], created_at=NOON)
    await store.write(lambda session: session.add(user))


async def test_pages_go_on_by_key_and_hold_everything_once(store: Store) -> None:
    made = [await note(store, NOON + timedelta(minutes=number), "bot", "seen") for number in range(25)]
    seen: list[str] = []
    before = ""
    for _ in range(4):
        found = await store.read(partial(read_page, asked=Asked(before=before), zone=ALGIERS, size=8))
        seen += [entry.id for entry in found.entries]
        before = found.older
    assert seen == made[::-1]
    assert before == ""


async def test_a_user_is_found_whether_noted_by_name_or_by_identifier(store: Store) -> None:
    await lina(store)
    await note(store, NOON, "a1", "case_take")
    await note(store, NOON + timedelta(seconds=1), "Lina Haddad", "taken_over", "conversation")
    await note(store, NOON + timedelta(seconds=2), "bot", "case_opened")
    found = await store.read(lambda session: read_page(session, Asked(who="a1"), ALGIERS))
    assert [(entry.who, entry.action) for entry in found.entries] == [
        ("Lina Haddad", "taken_over"),
        ("Lina Haddad", "case_take"),
    ]
    choices = await store.read(read_choices)
    assert choices.users == {"a1": "Lina Haddad"}
    assert choices.others == ("bot",)
    assert choices.kinds == ("case", "conversation")


async def test_whole_days_of_the_company_are_chosen_and_what_was_only_seen_left_out(store: Store) -> None:
    late = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)  # 5 March in Algiers
    early = datetime(2026, 3, 5, 22, 59, tzinfo=UTC)
    for at, action in (
        (late - timedelta(hours=1), "user_added"),
        (late, "user_roles"),
        (late + timedelta(minutes=1), "seen"),
        (early, "user_disabled"),
        (early + timedelta(hours=1), "user_enabled"),
    ):
        await note(store, at, "a1", action, "user")
    day = date(2026, 3, 5)
    asked = Asked(first=day, last=day, what=CHANGES)
    rows = await store.read(lambda session: export_rows(session, asked, ALGIERS))
    assert [entry.action for entry in rows] == ["user_disabled", "user_roles"]


async def test_an_object_is_found_by_kind_and_identifier(store: Store) -> None:
    await note(store, NOON, "bot", "seen", "contact", object_id="c1")
    await note(store, NOON + timedelta(seconds=1), "bot", "seen", "contact", object_id="c2")
    asked = Asked(kind="contact", object_id="c2")
    found = await store.read(lambda session: read_page(session, asked, ALGIERS))
    assert [entry.object_id for entry in found.entries] == ["c2"]


def test_secrets_are_hidden_however_deep_they_lie() -> None:
    shown = dict(
        safe_detail(
            {
                "name": "Lina",
                "password": "abc",
                "after": {"totp_secret": "JBSW", "active": True},
                "tokens": ["t1", "t2"],
                "text": "x" * 900,
                "nothing": None,
            }
        )
    )
    assert shown["password"] == "•••"
    assert shown["after"] == "totp_secret: •••, active: True"
    assert "t1" not in shown["tokens"]
    assert len(shown["text"]) == 200
    assert "nothing" not in shown


def test_days_that_are_none_are_said_so() -> None:
    assert asked_of({"from": "2026-03-01", "to": "2026-03-02"}).first == date(2026, 3, 1)
    for query in ({"from": "yesterday"}, {"from": "2026-03-02", "to": "2026-03-01"}):
        with pytest.raises(WrongChoice):
            asked_of(query)
