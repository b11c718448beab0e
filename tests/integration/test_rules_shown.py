"""What the console shows of rules: groups, what waits and was sent, reasons, a page at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert, select

from bot.console.rules.reading import (
    foreseen,
    group_of,
    grouped,
    name_of,
    origin_of,
    past_of,
    standings,
    unusable,
)
from bot.records import AuditEntry, Occurrence, OutreachRule
from bot.records.base import table_of
from bot.rule_problems import rules_changed
from bot.store.port import Store
from scheduler.rule_book import all_rules, switch
from scheduler.rule_files import ready_rules
from scheduler.rules import read_rule
from scheduler.simulation.lines import Line, Total
from tests.integration.rulebench import READY, person, turn_on, utc
from tests.integration.storebench import new_id, rows_of

NOW = utc(2026, 3, 5, 12)


async def occurrence(
    store: Store, rule: str, contact: str, day: datetime, status: str, **more: object
) -> None:
    rule_id = await store.read(
        lambda session: session.scalar(
            select(table_of(OutreachRule).c.id).where(table_of(OutreachRule).c.name == rule)
        )
    )
    settled = None if status == "planned" else day
    row = {"id": new_id(), "rule_id": rule_id, "contact_id": contact, "on_date": day.date(), "due_at": day,
           "status": status, "settled_at": settled, "detail": "", "cost": 0} | more  # fmt: skip
    await store.write(lambda session: session.execute(insert(table_of(Occurrence)), [row]))


def test_every_ready_rule_stands_in_a_group_and_own_ones_find_theirs() -> None:
    assert group_of(READY["birthday"]) == "wishes"
    assert group_of(READY["first_purchase"]) == "welcome"
    assert group_of(READY["card_expiry"]) == "reminders"
    assert group_of(READY["quote_followup"]) == "follow_ups"
    assert group_of(READY["referral_invitation"]) == "after_complaint"
    assert group_of(READY["appointment_missed"]) == "appointments"
    assert group_of(READY["order_progress"]) == "orders"
    assert group_of(READY["newsletter"]) == "offers"
    own = read_rule(
        {"name": "tenth", "purpose": "service", "when": {"kind": "yearly", "of": "fields.opened"},
         "steps": [{"template": "outreach/birthday"}]}
    )  # fmt: skip
    assert (group_of(own), origin_of(own), origin_of(READY["birthday"])) == ("wishes", "own", "shipped")


async def test_standings_count_what_waits_and_what_was_done_lately(store: Store) -> None:
    await turn_on(store, "birthday", NOW)
    people = [await person(store, name=f"P{number}") for number in range(5)]
    await occurrence(store, "birthday", people[0], NOW + timedelta(days=2), "planned")
    await occurrence(store, "birthday", people[1], NOW + timedelta(days=1), "planned")
    await occurrence(store, "birthday", people[2], NOW - timedelta(days=1), "sent", channel="sms")
    await occurrence(store, "birthday", people[3], NOW - timedelta(days=3), "skipped", reason="no_address")
    await occurrence(store, "birthday", people[4], NOW - timedelta(days=90), "sent")
    found = await store.read(lambda session: standings(session, NOW))
    (one,) = found.values()
    assert (one.waiting, one.sent, one.left_out) == (2, 1, 1)
    assert one.next_at == NOW + timedelta(days=1)
    assert one.last_sent == NOW - timedelta(days=1)
    assert await store.read(lambda session: standings(session, NOW, ["welcome"])) == {}


async def test_the_past_is_read_a_page_at_a_time_by_key(store: Store) -> None:
    await turn_on(store, "birthday", NOW)
    for number in range(7):
        contact = await person(store, name=f"P{number}")
        at = NOW - timedelta(hours=number // 2)  # some at the same instant
        await occurrence(store, "birthday", contact, at, "skipped", reason="opted_out", detail='{"at": "1"}')
    seen, before = [], ""
    for _ in range(3):
        page = await store.read(lambda session, before=before: past_of(session, "birthday", before, size=3))  # type: ignore[misc]
        seen += [row.id for row in page.rows]
        before = page.older
    assert len(seen) == len(set(seen)) == 7 and before == ""
    assert page.rows[0].detail == {"at": "1"}
    nonsense = await store.read(lambda session: past_of(session, "birthday", "yesterday~x", size=9))
    assert len(nonsense.rows) == 7


async def test_who_switches_a_rule_is_noted_and_rules_nobody_can_read_are_told(store: Store) -> None:
    await turn_on(store, "birthday", NOW)
    await store.write(
        lambda session: switch(session, READY, "birthday", on=False, by="Samia", new_id=new_id(), now=NOW)
    )
    await store.write(  # off already: nothing to note
        lambda session: switch(session, READY, "birthday", on=False, by="Samia", new_id=new_id(), now=NOW)
    )
    noted = sorted((entry.action, entry.actor, entry.object_id) for entry in await rows_of(store, AuditEntry))
    assert noted == [("rule_off", "Samia", "birthday"), ("rule_on", "test", "birthday")]
    broken = OutreachRule(
        id=new_id(),
        name="gone",
        definition={"since": NOW.isoformat(), "rule": {}},
        changed_by="x",
        changed_at=NOW,
    )
    await store.write(lambda session: session.add(broken))
    known = await store.read(lambda session: all_rules(session, READY))
    assert await store.read(lambda session: unusable(session, known)) == ["gone"]
    assert sum(map(len, grouped(known.values()).values())) == len(READY)
    assert await store.read(lambda session: name_of(session, "Samia")) == "Samia"


def test_a_simulation_is_summed_and_its_samples_show_every_channel_and_language() -> None:
    def total(status: Any, number: int, reason: str = "", channel: str = "", cost: str = "0") -> Total:
        money = Decimal(cost)
        return Total(
            source="rule:x", status=status, reason=reason, channel=channel, number=number, cost=money
        )

    def line(number: int, channel: str, language: str) -> Line:
        return Line(
            key=f"{number}", at=NOW, status="sent", source="rule:x", channel=channel, language=language
        )

    lines = [
        *(line(number, "sms", "fr") for number in range(8)),
        line(8, "email", "ar"),
        line(9, "sms", "ar"),
    ]
    found = foreseen(
        [total("sent", 8, channel="sms", cost="40"), total("sent", 2, channel="email"),
         total("skipped", 3, "opted_out"), total("stopped", 1, "reply"), total("waiting", 2)],
        lines,
        samples=4,
    )  # fmt: skip
    assert (found.sent, found.waiting, found.left_out, found.cost) == (10, 2, 4, Decimal(40))
    assert found.by_channel == (("sms", 8), ("email", 2)) and found.reasons[0] == ("opted_out", 3)
    assert [(each.channel, each.language) for each in found.samples] == [
        ("sms", "fr"), ("email", "ar"), ("sms", "ar"), ("sms", "fr"),
    ]  # fmt: skip


def test_a_file_changed_after_the_start_is_told(tmp_path: Path) -> None:
    text = "- {name: tenth, purpose: service, when: {kind: told}, steps: [{after: now, template: outreach/welcome}]}\n"
    config = SimpleNamespace(content=tmp_path)
    (tmp_path / "rules.yaml").write_text(text, encoding="utf-8")
    known = ready_rules(tmp_path)
    assert not rules_changed(config, known)  # type: ignore[arg-type]
    (tmp_path / "rules.yaml").write_text(text.replace("service", "offers"), encoding="utf-8")
    assert rules_changed(config, known)  # type: ignore[arg-type]
