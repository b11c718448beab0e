"""What a simulation says is what the program then does, and the simulation itself does nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from bot.records import Occurrence, OutboxMessage, SentPromotion
from bot.simulation import Asked, House, simulated
from bot.store.port import Store
from scheduler.simulation.lines import Line
from tests.conftest import Database
from tests.integration.rulebench import utc
from tests.integration.simulationbench import Real, content_of, house_on, settle_down, switch_on
from tests.integration.storebench import count_of

START = utc(2026, 12, 20, 12)
DAYS = 14


async def lines_of(house: House, now: datetime, days: int, **more: object) -> list[Line]:
    asked = Asked(now=now, days=days, **more)  # type: ignore[arg-type]
    async with simulated(house, asked) as found:
        return [line async for line in found.lines()]


def compared(lines: list[Line]) -> set[tuple[str, ...]]:
    """As `Real.told` says it; what waits beyond the last day has not happened yet there."""
    found = set[tuple[str, ...]]()
    for line in lines:
        if line.status == "sent":
            cost = f"{line.cost:.4f}"
            found.add((line.key, "sent", line.at.isoformat(), line.account, line.address, line.text, cost))
        elif line.status in ("skipped", "stopped"):
            found.add((line.key, line.status, line.at.isoformat(), line.reason))
    return found


async def test_what_is_simulated_is_what_then_happens(
    store: Store, database: Database, tmp_path: Path
) -> None:
    """Birthdays, cards, purchases and a year's end, in zones from -11 to +14, with caps and words on record."""
    house = house_on(database, tmp_path)
    await settle_down(store, START, seed=len(database.kind))
    await switch_on(store, START - timedelta(hours=3))
    before = await content_of(store)
    said = compared(await lines_of(house, START, DAYS))
    assert await content_of(store) == before
    program = Real(store, house, START)
    await program.live(START + timedelta(days=DAYS), timedelta(hours=1))
    done = await program.told()
    ends = {line[1] for line in said}
    assert len(said) > 40 and {"sent", "skipped"} <= ends
    assert said == done
    assert await count_of(store, Occurrence) > 0 and await count_of(store, OutboxMessage) > 0
    assert await count_of(store, SentPromotion) > 0
