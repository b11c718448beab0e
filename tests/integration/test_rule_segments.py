"""Rules limited to a segment, and rules files with mistakes: who is planned, who is still in it, what is said."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import ManualClock
from bot.records import Contact, Occurrence
from bot.records.base import table_of
from bot.store.port import Store
from scheduler.occurrences import Planner
from scheduler.rule_book import active_rules
from scheduler.rule_files import read_rules
from scheduler.rules import RuleError
from tests.conftest import Database
from tests.integration.lab import TOKEN, config_of, running
from tests.integration.rulebench import ALGERIA, READY, complaint, person, purchase, talk, turn_on, utc
from tests.integration.storebench import rows_of
from tests.integration.test_rules_sent import PHONE, House

NOW = utc(2026, 3, 5, 12)
BUYERS = 'purchases of "B12" >= 2 and quotes open = 0 and no complaint open and zone = "Béjaïa"'
CLASSES = "frequency >= 3 or points >= 100 or equipment or appointments booked or complaints open"


async def test_a_rule_concerns_the_members_of_its_segment_alone(store: Store) -> None:
    member = await person(store, PHONE, zone="Béjaïa")
    stranger = await person(store, PHONE.replace("42", "43"), zone="Alger")
    for contact in (member, stranger):
        for days in (40, 7):
            await purchase(store, contact, NOW - timedelta(days=days), status="delivered",
                           delivered_at=NOW - timedelta(days=days))  # fmt: skip
    await turn_on(store, "post_purchase", NOW - timedelta(days=10), segment=BUYERS)
    house = House(store, NOW - timedelta(hours=12))
    await house.live(NOW + timedelta(days=2))
    assert {row.contact_id for row in await rows_of(store, Occurrence)} == {member}
    assert [row.recipient for row in await house.outbox()] == [PHONE]


async def test_who_left_the_segment_meanwhile_is_not_written_to(store: Store) -> None:
    contact = await person(store, PHONE, zone="Béjaïa", birthday="03-06")
    await talk(store, contact, PHONE, NOW)
    await turn_on(store, "birthday", NOW, segment="zone = Béjaïa")
    house = House(store, NOW)
    await house.live(NOW)
    assert await house.reasons() == [("planned", "")]
    contacts = table_of(Contact)
    await store.write(lambda session: session.execute(update(contacts).values(zone="Oran")))
    await house.live(NOW + timedelta(days=2))
    assert await house.reasons() == [("skipped", "not_any_more")] and await house.outbox() == []


async def test_every_ready_rule_can_be_limited_whatever_the_segment_asks(store: Store) -> None:
    """A segment looks for rows of the very tables that the rule goes by: they are not taken for each other."""
    await person(store, PHONE, birthday="03-06")
    planner = Planner(store, ALGERIA, lambda: READY, clock=ManualClock(NOW))
    for segment in (BUYERS, CLASSES):
        for name in READY:
            await turn_on(store, name, NOW - timedelta(days=30), segment=segment)
        await planner.tick()
    assert await rows_of(store, Occurrence) == []
    await turn_on(store, "birthday", NOW - timedelta(days=30), segment=f"not ({CLASSES})")
    assert await planner.tick() == 1


async def test_what_a_segment_says_of_purchases_is_not_said_of_the_purchase_at_hand(store: Store) -> None:
    """The purchase that is asked about is of B8; the segment wants one of B12, which there is as well."""
    contact = await person(store, PHONE)
    await complaint(store, contact, NOW - timedelta(days=400), closed=True)
    delivered = NOW - timedelta(days=7)
    await purchase(store, contact, delivered, product="B8", status="delivered", delivered_at=delivered)
    await purchase(store, contact, NOW - timedelta(days=90), product="B12", status="delivered")
    await turn_on(
        store, "post_purchase", NOW - timedelta(days=10), segment="purchases of B12 and complaint closed"
    )
    await House(store, NOW - timedelta(hours=12)).live(NOW + timedelta(days=1))
    assert [row.contact_id for row in await rows_of(store, Occurrence)] == [contact]


async def test_a_segment_that_can_not_be_read_any_more_is_nobody(store: Store) -> None:
    await person(store, PHONE, birthday="03-06")
    await turn_on(store, "birthday", NOW, segment="taille >= 12")
    await House(store, NOW).live(NOW + timedelta(days=2))
    assert await rows_of(store, Occurrence) == []
    assert len(await store.read(lambda session: active_rules(session, READY))) == 1


async def test_a_segment_with_a_mistake_is_refused_by_the_api(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with running(sqlite_database, tmp_path) as lab, httpx.AsyncClient(
        base_url=f"{lab.url}/api/v1", headers={"Authorization": f"Bearer {TOKEN}"}
    ) as client:  # fmt: skip
        wrong = {"agent": "Samia", "changes": {"segment": "zonne = Alger"}}
        refused = await client.patch("/rules/birthday", json=wrong)
        assert refused.status_code == 422 and "birthday: segment" in refused.text and "zone" in refused.text
        right = {"agent": "Samia", "changes": {"segment": "zone = Alger"}}
        assert (await client.patch("/rules/birthday", json=right)).json()["definition"][
            "segment"
        ] == "zone = Alger"


MISTAKES = """- name: spring
  purpose: offers
  when: {kind: fixed, days: ["03-20"]}
  segmant: zone = Alger
  steps:
    - {after: 0d, template: outreach/limited_offer}
- name: summer
  purpose: offers
  when: {kind: fixd, days: ["06-20"]}
  steps: [{after: 0d, template: outreach/limited_offer}]
- name: autumn
  purpose: offers
  when: {kind: fixed, days: ["09-20"]}
  segment: zonne = Alger
  steps: [{after: 0d, template: outreach/limited_offer}]
- name: winter
  when: {kind: fixed, days: ["12-20"]}
  steps:
    - {after: soon, template: outreach/limited_offer}
"""


def test_every_mistake_of_a_rules_file_is_told_with_its_line_and_what_to_write(
    sqlite_database: Database, tmp_path: Path
) -> None:
    config_of(sqlite_database, tmp_path)
    given = ["--config", str(next(tmp_path.glob("*.yaml")))]
    own = tmp_path / "own" / "rules.yaml"
    own.parent.mkdir()
    own.write_text(MISTAKES, encoding="utf-8")
    runner = CliRunner(env={"COLUMNS": "300", "RELAIS__CONTENT": str(own.parent)})
    said = runner.invoke(app, ["rule", "list", *given])
    assert said.exit_code == 2 and "Traceback" not in said.stderr
    for line, words in (
        (4, "segmant"), (4, "did you mean segment?"), (9, "when.kind"), (9, "choose one of these: yearly, fixed"),
        (14, "zonne"), (16, "purpose"), (16, "is missing: add it"), (19, "steps.0.after"), (19, "-60d, 2w, 1m"),
    ):  # fmt: skip
        assert f"rules.yaml:{line} " in said.stderr and words.lower() in said.stderr.lower(), (line, words)
    checked = runner.invoke(app, ["check", "--offline", "--json", *given])
    found = [one for one in json.loads(checked.stdout)["findings"] if one["area"] == "rules"]
    assert checked.exit_code == 1 and {one["state"] for one in found} == {"wrong"} and len(found) == 5
    lines = MISTAKES.replace("limited_offer", "nothing").splitlines(keepends=True)
    own.write_text("".join(lines[:3] + lines[4:6]), encoding="utf-8")
    checked = runner.invoke(app, ["check", "--offline", "--json", *given])
    found = [one for one in json.loads(checked.stdout)["findings"] if one["area"] == "rules"]
    assert [one["words"] for one in found] == ["there is no template outreach/nothing: write it first"]
    assert found[0]["where"].endswith("rules.yaml:5 steps.0.template")
    started = runner.invoke(app, ["run", *given])
    assert started.exit_code == 3 and "rules.yaml:5" in started.stderr and "Traceback" not in started.stderr


@pytest.mark.parametrize(
    ("text", "line"), [("a: b", ":1"), ("- name: [", ":"), ("- name: a\n\t- x", ":2"), ("\x00", "")]
)
def test_a_file_that_is_no_list_of_rules_says_so(tmp_path: Path, text: str, line: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        read_rules(path)
    assert caught.value.problems[0].where.startswith(f"{path}{line}")
