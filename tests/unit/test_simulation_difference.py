"""Two plans beside each other: what is new, gone, moved, worded or addressed otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.simulation_out import line_as_data, why
from scheduler.simulation.difference import difference, earlier_of, gone
from scheduler.simulation.lines import Line, detail_of

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
LINE = Line(
    key="rule:birthday:c1::2026-03-05:0",
    at=NOON,
    status="sent",
    source="rule:birthday",
    contact_id="c1",
    name="Karim",
    channel="sms",
    account="lab",
    address="+213550000042",
    language="fr",
    text="Joyeux anniversaire",
    cost=Decimal("4.5"),
)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (replace(LINE, at=NOON + timedelta(hours=1)), "moved"),
        (replace(LINE, text="Bon anniversaire"), "other text"),
        (replace(LINE, channel="email", address="k@example.org"), "other door"),
        (replace(LINE, status="skipped", reason="cap_day"), "other end"),
        (replace(LINE, key="rule:birthday:c2::2026-03-05:0"), "new"),
        (replace(LINE, at=NOON + timedelta(seconds=30)), ""),
        (LINE, ""),
    ],
)
def test_a_line_says_how_it_differs_from_the_earlier_one(line: Line, kind: str) -> None:
    found = difference(earlier_of([line_as_data(LINE, "fr")]), line)
    assert (found.kind if found else "") == kind


def test_a_reason_that_changed_is_told() -> None:
    was, now = [replace(LINE, status="skipped", reason=code) for code in ("cap_day", "opted_out")]
    found = difference(earlier_of([line_as_data(was, "fr")]), now)
    assert found is not None and (found.kind, found.before, found.after) == (
        "other reason",
        "cap_day",
        "opted_out",
    )


@given(st.sets(st.integers(0, 20)), st.sets(st.integers(0, 20)))
def test_every_message_is_new_gone_or_the_same(before: set[int], after: set[int]) -> None:
    lines = {n: replace(LINE, key=str(n), at=NOON + timedelta(hours=n)) for n in range(21)}
    earlier = earlier_of([line_as_data(lines[n], "en") for n in before])
    found = [difference(earlier, lines[n]) for n in after]
    assert {change.key for change in found if change} == {str(n) for n in after - before}
    left = gone(earlier, since=NOON, until=NOON + timedelta(hours=10))
    assert [int(change.key) for change in left] == sorted(n for n in before - after if n <= 10)


@pytest.mark.parametrize("wrong", [[{"key": "k"}], [{"key": "k", "at": "soon"}], [7]])
def test_what_is_no_plan_is_refused(wrong: list[object]) -> None:
    with pytest.raises((KeyError, ValueError, TypeError)):
        earlier_of(wrong)  # type: ignore[arg-type]


def test_reasons_have_words_whoever_gave_them() -> None:
    assert (
        why("cap_day", {}, "fr").startswith("Le contact")
        and why("rule_off", {}, "en")
        and not why("", {}, "en")
    )
    assert detail_of('{"at": "2026-01-01"}') == {"at": "2026-01-01"} and detail_of("no template") == {}
