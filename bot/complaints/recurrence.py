"""When complaints about one product, zone or cause are more than chance. source: CO-25, E19

A cell is a product, a zone, a product in a zone, or a cause. The last window (seven days) of each is held against
its own windows before. What speaks against simpler rules: a fixed number of complaints floods a busy company and
never rings in a small one; a normal approximation fails at counts below ten, which are the rule here.
`docs/indicators.md` shows the false alarms and the delays of a simulation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.complaints.tails import benjamini_hochberg, chance_of_at_least

MIN_HISTORY = 4  # windows; with fewer there is nothing to compare with
MIN_RISE = 1.5  # times the usual: less is no recurrence, however sure
FEW_SHARE = 0.25  # of all complaints of the window, for the rule without history
SAME = 0.7  # of the rise or of the cases: two findings are one
_TRIMMED = 0.005  # of the residuals: past recurrences are no ordinary noise
_MAX_SPREAD = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What complaints have in common; "" stands for anything."""

    product: str = ""
    zone: str = ""
    cause: str = ""

    @property
    def key(self) -> str:
        return ":".join(part.replace(":", " ") for part in (self.product, self.zone, self.cause)).rstrip(":")

    def holds(self, other: Cell) -> bool:
        """Whether whatever is in `other` is in here too."""
        return all(
            mine in ("", theirs)
            for mine, theirs in (
                (self.product, other.product),
                (self.zone, other.zone),
                (self.cause, other.cause),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """So many complaints of one product, zone and cause in a window; 0 is the last one, 1 the one before."""

    product: str
    zone: str
    cause: str
    window: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrenceRules:
    """From `complaints.recurrence`."""

    history_windows: int = 26
    false_alarms: float = 0.01
    min_cases: int = 3
    max_findings: int = 3
    few_cases: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """One finding."""

    cell: Cell
    cases: int
    usual: float  # in such a window
    chance: float  # of so many or more, were all as usual
    rule: Literal["rise", "few"]


def plain(name: str) -> str:
    """One spelling for "Béjaïa " and "béjaïa"."""
    return " ".join(name.casefold().split())


def find_recurrences(counts: Iterable[Count], rules: RecurrenceRules, *, history: int) -> list[Recurrence]:
    """The findings of one day, the surest first. `history` is how many whole windows the company looks back on.

    Numbers of windows beyond `rules.history_windows` are left aside.
    """
    windows = min(history, rules.history_windows)
    known = [count for count in counts if count.window <= windows]
    if windows < MIN_HISTORY:
        return _few(known, rules)
    table = _cells(known, windows)
    noise = _spread(table)
    found = [_test(cell, row, windows, noise) for cell, row in table.items() if row[0] >= rules.min_cases]
    stands = benjamini_hochberg([each.chance for each in found], rules.false_alarms, len(table))
    risen = [each for each, sure in zip(found, stands, strict=True) if sure and _rose(each)]
    return _distinct(risen, known)[: rules.max_findings]


def overlaps(one: Cell, other: Cell) -> bool:
    """Whether two cells are about the same thing, or one is a part of the other."""
    return one.holds(other) or other.holds(one)


def _cells_of(count: Count) -> list[Cell]:
    product, zone, cause = plain(count.product), plain(count.zone), plain(count.cause)
    cells = []
    if product:
        cells.append(Cell(product=product))
    if zone:
        cells.append(Cell(zone=zone))
    if product and zone:
        cells.append(Cell(product=product, zone=zone))
    if cause:
        cells.append(Cell(cause=cause))
    return cells


Table = Mapping[Cell, Sequence[int]]


def _cells(counts: Iterable[Count], windows: int) -> dict[Cell, list[int]]:
    """Each cell's numbers: the last window first, then those before."""
    table: dict[Cell, list[int]] = defaultdict(lambda: [0] * (windows + 1))
    for count in counts:
        for cell in _cells_of(count):
            table[cell][count.window] += count.number
    return dict(table)


def _test(cell: Cell, row: Sequence[int], windows: int, noise: float) -> Recurrence:
    """Complaints come in clumps (one bad lorry, five customers): counts are taken as so many clumps."""
    now, past = row[0], sum(row[1:])
    return Recurrence(
        cell=cell,
        cases=now,
        usual=past / windows,
        chance=chance_of_at_least(now / noise, past / noise, windows),
        rule="rise",
    )


def _rose(found: Recurrence) -> bool:
    return found.cases >= MIN_RISE * found.usual


def _spread(table: Table) -> float:
    """How much more the counts of ordinary windows vary than Poisson's: variance over mean, at least 1.

    Over all cells together: one alone is too thin. The few strongest windows are left out.
    """
    residuals: list[tuple[float, float]] = []
    for row in table.values():
        past = row[1:]
        mean = sum(past) / len(past)
        residuals += [((count - mean) ** 2 * len(past) / (len(past) - 1), mean) for count in past]
    kept = sorted(residuals)[: len(residuals) - int(len(residuals) * _TRIMMED)]
    expected = sum(mean for _, mean in kept)
    return min(_MAX_SPREAD, max(1.0, sum(square for square, _ in kept) / expected)) if expected else 1.0


def _distinct(found: list[Recurrence], counts: list[Count]) -> list[Recurrence]:
    """One finding a rise: the narrow one where it makes most of the rise, else the wide one."""
    findings = {each.cell: each for each in found}
    dropped = set()
    for wide in found:
        for narrow in found:
            if wide.cell != narrow.cell and wide.cell.holds(narrow.cell):
                most = narrow.cases - narrow.usual >= SAME * (wide.cases - wide.usual)
                dropped.add(wide.cell if most else narrow.cell)
    chosen: list[Recurrence] = []
    for each in sorted(findings.values(), key=lambda item: (item.chance, item.cell.key)):
        if each.cell not in dropped and not any(_same_cases(each, other, counts) for other in chosen):
            chosen.append(each)
    return chosen


def _same_cases(one: Recurrence, other: Recurrence, counts: list[Count]) -> bool:
    shared = sum(
        count.number
        for count in counts
        if count.window == 0 and {one.cell, other.cell} <= set(_cells_of(count))
    )
    return shared >= SAME * min(one.cases, other.cases)


def _few(counts: list[Count], rules: RecurrenceRules) -> list[Recurrence]:
    """N in M days, where there is no history: the same product in the same zone, or the same cause."""
    now = [count for count in counts if count.window == 0]
    total = sum(count.number for count in now)
    table = {
        cell: row[0] for cell, row in _cells(now, 0).items() if (cell.product and cell.zone) or cell.cause
    }
    found = [
        Recurrence(cell=cell, cases=number, usual=0.0, chance=1.0, rule="few")
        for cell, number in sorted(table.items(), key=lambda item: (-item[1], item[0].key))
        if number >= max(rules.few_cases, FEW_SHARE * total)
    ]
    return _distinct(found, now)[: rules.max_findings]
