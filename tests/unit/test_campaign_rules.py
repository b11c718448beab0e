"""What decides in campaigns without a database: definitions, the split, the winner, plans and their comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduler.campaigns.definition import CampaignError, Definition, read_definition, read_file
from scheduler.campaigns.plan_file import Change, Comparison, NotAPlan, Totals, as_document, read_earlier
from scheduler.campaigns.ports import PlannedLine
from scheduler.campaigns.split import place_of, variant_of
from scheduler.campaigns.winner import Counts, find_winner
from scheduler.campaigns.words import reason_in_words
from scheduler.quiet import Calm

ALGIERS = ZoneInfo("Africa/Algiers")
NOW = datetime(2026, 3, 5, 9, tzinfo=UTC)
PLAIN = {"name": "rentree", "purpose": "offers", "audience": "tous", "template": "outreach/limited_offer"}


def line(contact_id: str, **more: Any) -> PlannedLine:
    given: dict[str, Any] = {"recipient_id": "r", "contact_id": contact_id, "name": "Karim", "status": "waiting",
                             "due_at": NOW, "channel": "sms", "address": "+2135", "language": "fr",
                             "text": "Bonjour", "cost": Decimal("4.5")}  # fmt: skip
    return PlannedLine(**given | more)


async def each(*lines: PlannedLine) -> AsyncIterator[PlannedLine]:
    for one in lines:
        yield one


# definitions


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"audience": ""}, "say whom"),
        ({"segment": "Dormants"}, "say whom"),
        ({"trial": {"share": 20}}, "two variants"),
        ({"variants": {"a": {}}}, "one variant alone"),
        ({"start": "2026-03-05T10:00:00Z"}, "without a zone"),
        ({"start": "2026-03-05T10:00", "end": "2026-03-04"}, "ends before"),
        ({"window": {"opens": "18:00", "closes": "09:00"}}, "open before"),
        ({"repeat": {"weekday": "1"}}, "write its name"),
        ({"repeat": {"day": "1"}, "start": "2026-03-05T10:00"}, "no start of its own"),
        ({"budget": -1}, "greater than or equal"),
        ({"colour": "red"}, "not permitted"),
        ({"name": "Rentrée 2026"}, "pattern"),
    ],
)
def test_what_does_not_hold_together_is_refused_with_its_place(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(CampaignError) as refused:
        read_definition(PLAIN | changes)
    assert words in str(refused.value)


def test_a_file_is_read_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(
        "name: rentree\npurpose: offers\naudience: tous\ntemplate: outreach/limited_offer\nend: 2026-03-31\n"
    )
    assert read_file(path).end == date(2026, 3, 31)
    path.write_text("- a list")
    with pytest.raises(CampaignError, match="write one campaign"):
        read_file(path)
    with pytest.raises(CampaignError, match="can't be read"):
        read_file(tmp_path / "none.yaml")


def test_a_definition_comes_back_from_its_row_as_it_was() -> None:
    whole = Definition.model_validate(
        PLAIN | {"values": {"offer": {"fr": "−10 %"}, "until": "2026-03-31"}, "budget": "12.5",
                 "window": {"opens": "09:30", "closes": "18:00"}, "start": "2026-03-06T10:00"}
    )  # fmt: skip
    assert Definition.model_validate(whole.model_dump(mode="json", exclude_unset=True)) == whole
    assert whole.values_in("", "ar")["offer"] == "−10 %"  # rather another language than nothing


def test_the_start_is_the_wall_clock_of_the_zone_and_never_in_the_past() -> None:
    definition = Definition.model_validate(PLAIN | {"start": "2026-03-06T10:00", "zone": "contact"})
    assert definition.starts_at(ALGIERS, NOW) == datetime(2026, 3, 6, 9, tzinfo=UTC)
    assert definition.begins_at(ALGIERS, NOW) == datetime(2026, 3, 5, 20, tzinfo=UTC)
    late = NOW + timedelta(days=3)
    assert definition.starts_at(ALGIERS, late) == late
    assert definition.latest(ALGIERS) is None


def test_a_run_of_a_series_is_the_same_once() -> None:
    series = Definition.model_validate(PLAIN | {"repeat": {"weekday": "mon", "at": "11:00"}})
    run = series.run_of(date(2026, 3, 9))
    assert (run.name, run.repeat) == ("rentree_2026_03_09", None)
    assert run.starts_at(ALGIERS, NOW) == datetime(2026, 3, 9, 10, tzinfo=UTC)
    assert run.template == series.template


# the split


def test_the_split_is_even_and_always_the_same() -> None:
    ids = [f"{number:032x}" for number in range(6_000)]
    found = Counter(variant_of("rentree", each, ("a", "b", "c"), share=30) for each in ids)
    assert all(500 <= found[letter] <= 700 for letter in "abc") and found[""] == 6_000 - sum(
        found[letter] for letter in "abc"
    )
    assert [variant_of("rentree", each, ("a", "b")) for each in ids[:50]] == [
        variant_of("rentree", each, ("a", "b")) for each in ids[:50]
    ]
    assert place_of("rentree", ids[0]) != place_of("soldes", ids[0])
    assert variant_of("rentree", ids[0], ()) == ""


# the winner


@pytest.mark.parametrize(
    ("counts", "winner", "how"),
    [
        ({"a": (1000, 100), "b": (1000, 150)}, "b", "clear"),
        ({"a": (1000, 100), "b": (1000, 105)}, "b", "on_points"),
        ({"a": (1000, 100), "b": (1000, 100)}, "a", "tie"),
        ({"a": (1000, 0), "b": (1000, 0)}, "a", "tie"),
        ({"a": (49, 0), "b": (1000, 900)}, "b", "too_few"),
        ({"a": (0, 0), "b": (0, 0)}, "a", "too_few"),
        ({"a": (1000, 50), "b": (1000, 90), "c": (1000, 150)}, "c", "clear"),
    ],
)
def test_the_winner_is_clear_or_it_is_said_why_not(
    counts: dict[str, tuple[int, int]], winner: str, how: str
) -> None:
    given = {letter: Counts(sent=sent, hits=hits) for letter, (sent, hits) in counts.items()}
    found = find_winner(given, least=50)
    assert (found.winner, found.how) == (winner, how)


def test_the_certainty_is_that_of_the_textbook() -> None:
    found = find_winner({"a": Counts(sent=1000, hits=100), "b": Counts(sent=1000, hits=130)}, least=50)
    assert found.certainty == pytest.approx(96.46, abs=0.05)  # z = 2.103, p = 0.0355
    assert not find_winner(
        {"a": Counts(sent=1000, hits=100), "b": Counts(sent=1000, hits=130)}, least=50, sure=99
    ).clear
    with pytest.raises(ValueError, match="nothing"):
        find_winner({}, least=1)


# plans


async def kept(tmp_path: Path, *lines: PlannedLine, as_of: datetime = NOW) -> Path:
    path = tmp_path / "plan.json"
    pieces = [piece async for piece in as_document("rentree", as_of, each(*lines), Totals())]
    path.write_bytes(b"".join(pieces))
    return path


async def test_a_plan_is_one_json_document_that_is_read_line_by_line(tmp_path: Path) -> None:
    import json

    path = await kept(
        tmp_path, line("1", text='Il dit "oui"\nbien'), line("2", status="skipped", reason="budget")
    )
    whole = json.loads(path.read_text())
    assert [row["contact_id"] for row in whole["lines"]] == ["1", "2"]
    assert whole["totals"]["reasons"] == {"budget": 1} and whole["totals"]["cost"] == "4.5"
    assert [row["contact_id"] for row in read_earlier(path).lines()] == ["1", "2"]
    assert list(read_earlier(await kept(tmp_path)).lines()) == []


async def test_two_plans_are_compared_contact_by_contact(tmp_path: Path) -> None:
    before = await kept(tmp_path, line("1"), line("2"), line("3"), line("5"))
    later = NOW + timedelta(hours=1)
    comparison = Comparison(read_earlier(before), later)
    found: list[Change] = []
    for one in (
        line("1", due_at=later),  # at once, both times
        line("3", due_at=later, channel="email", cost=Decimal(0)),
        line("4", due_at=later),
        line("5", due_at=later + timedelta(hours=3), reason="quiet_hours"),
    ):
        found += comparison.take(one)
    found += comparison.rest()
    assert [(change.kind, change.contact_id, sorted(change.fields)) for change in found] == [
        ("gone", "2", []),
        ("changed", "3", ["channel", "cost"]),
        ("new", "4", []),
        ("changed", "5", ["due_at", "reason"]),
    ]
    assert comparison.counts == {"same": 1, "gone": 1, "changed": 2, "new": 1}


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", '{"campaign":"x","lines":[\n]}'])
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(NotAPlan):
        read_earlier(path)


async def test_a_plan_that_was_broken_off_is_refused(tmp_path: Path) -> None:
    path = await kept(tmp_path, line("1"), line("2"))
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(NotAPlan):
        list(read_earlier(path).lines())


def test_a_window_lies_within_the_quiet_hours() -> None:
    calm = Calm(start=time(20), end=time(8), window=(time(14), time(17)))
    assert not calm.allows(NOW, ALGIERS)
    assert calm.next_allowed(NOW, ALGIERS) == datetime(2026, 3, 5, 13, tzinfo=UTC)
    evening = datetime(2026, 3, 5, 16, tzinfo=UTC)  # 17:00 there: closed
    assert calm.next_allowed(evening, ALGIERS) == datetime(2026, 3, 6, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    "code", ["budget", "campaign_paused", "campaign_cancelled", "opted_out", "template", "too_long"]
)
def test_every_reason_is_said_in_three_languages(code: str) -> None:
    words = {reason_in_words(code, language) for language in ("fr", "ar", "en")}
    assert len(words) == 3 and code not in words
