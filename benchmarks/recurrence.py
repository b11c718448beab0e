"""How often the recurrence alarm rings for nothing, and how soon it rings for something.

    python benchmarks/recurrence.py [--years 3] [--seed 1]

A company of 8 products in 12 zones (sizes by Zipf's law) gets complaints at random, singly or in clumps of two on
average (one bad lorry). The detector runs every day as the program runs it, with its cool-down. Without a rise every
alarm is false. Then one product in one zone gets worse on a known day: the delay is counted from there.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from statistics import median

from bot.complaints.recurrence import Cell, Count, RecurrenceRules, find_recurrences, overlaps

PRODUCTS, ZONES = 8, 12
WINDOW = 7
COOLDOWN = 28
RULES = RecurrenceRules()

Day = dict[tuple[int, int], int]


def company(per_week: float) -> dict[tuple[int, int], float]:
    """Complaints a day for each product in each zone."""
    raw = {
        (product, zone): 1.0 / ((product + 1) * (zone + 1))
        for product in range(PRODUCTS)
        for zone in range(ZONES)
    }
    total = sum(raw.values())
    return {cell: share / total * per_week / 7 for cell, share in raw.items()}


def poisson(draw: random.Random, mean: float) -> int:
    count, passed = 0, draw.expovariate(1.0)
    while passed < mean:
        count += 1
        passed += draw.expovariate(1.0)
    return count


def days_of(draw: random.Random, rates: dict[tuple[int, int], float], days: int, clump: float) -> list[Day]:
    """`clump` complaints come at once on average."""
    found = []
    for _ in range(days):
        day: Day = {}
        for cell, mean in rates.items():
            for _ in range(poisson(draw, mean / clump)):
                size = 1
                while draw.random() < 1 - 1 / clump:
                    size += 1
                day[cell] = day.get(cell, 0) + size
        found.append(day)
    return found


def counts_at(days: list[Day], now: int) -> list[Count]:
    """The windows that end with the day before `now`."""
    sums: dict[tuple[int, int, int], int] = defaultdict(int)
    for offset in range(min(now, WINDOW * (RULES.history_windows + 1))):
        for (product, zone), number in days[now - 1 - offset].items():
            sums[product, zone, offset // WINDOW] += number
    return [
        Count(product=f"p{product}", zone=f"z{zone}", cause="", window=window, number=number)
        for (product, zone, window), number in sums.items()
    ]


def alarms(days: list[Day], first: int, last: int) -> list[tuple[int, Cell]]:
    """What rings on which day."""
    rung: list[tuple[int, Cell]] = []
    for now in range(first, last + 1):
        history = now // WINDOW - 1
        for each in find_recurrences(counts_at(days, now), RULES, history=history):
            quiet = any(now - at < COOLDOWN and overlaps(cell, each.cell) for at, cell in rung)
            if not quiet:
                rung.append((now, each.cell))
    return rung


def false_alarms(per_week: float, clump: float, years: float, seed: int) -> float:
    """Alarms a month while nothing happens, once there is half a year of history."""
    draw = random.Random(seed)
    start = WINDOW * (RULES.history_windows + 1)
    length = int(years * 365)
    days = days_of(draw, company(per_week), start + length, clump)
    return len(alarms(days, start, start + length)) / (length / 30.4)


def delay(per_week: float, usual: float, now: float, clump: float, seed: int) -> int | None:
    """Days until the alarm rings for a product in a zone that had `usual` complaints a week and now has `now`.

    None without an alarm within four weeks.
    """
    draw = random.Random(seed)
    start = WINDOW * (RULES.history_windows + 1)
    rates = company(per_week)
    cell = min(rates, key=lambda each: abs(rates[each] * 7 - usual))
    rates[cell] = usual / 7
    days = days_of(draw, rates, start, clump)
    days += days_of(draw, rates | {cell: now / 7}, 28, clump)
    wanted = Cell(product=f"p{cell[0]}", zone=f"z{cell[1]}")
    rung = alarms(days, start + 1, start + 28)
    return next((at - start for at, found in rung if overlaps(found, wanted)), None)


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted.add_argument("--years", type=float, default=3)
    wanted.add_argument("--seed", type=int, default=1)
    wanted.add_argument("--trials", type=int, default=60)
    asked = wanted.parse_args()
    print("false alarms a month")
    for per_week in (5, 20, 100, 400):
        shown = [f"{false_alarms(per_week, clump, asked.years, asked.seed):.2f}" for clump in (1.0, 2.0)]
        print(
            f"  {per_week:4d} complaints a week   singly {shown[0]}   in clumps of two {shown[1]}", flush=True
        )
    print("days until a rise of one product in one zone is seen (median, and how many within four weeks)")
    for per_week in (20, 100):
        for usual, now in ((0.5, 3), (0.5, 5), (0.5, 10), (2, 6), (2, 10), (2, 20)):
            found = [delay(per_week, usual, now, 1.0, asked.seed + trial) for trial in range(asked.trials)]
            seen = [each for each in found if each is not None]
            middle = f"{median(seen):.0f} days" if seen else "–"
            print(
                f"  {per_week:4d} a week in all, {usual} → {now}: {middle}, {len(seen)}/{len(found)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
