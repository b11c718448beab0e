"""The figures of a period for a terminal: readable at 80 columns, without colour too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from rich.table import Table
from rich.text import Text

from bot.complaints.indicators import Promises, Spread
from bot.complaints.pareto import pareto, shortened
from bot.indicators import Figures, Share, Timing
from bot.terminal import console

_BAR = 20
_ROWS = 8
_GOOD, _POOR = Decimal(95), Decimal(80)
NA = "n/a"


def show_figures(figures: Figures) -> None:
    out = console()
    period = figures.period
    out.print(Text(f"{period.first} to {period.last}: {figures.complaints} complaints", style="bold"))
    counted = f"{figures.answered} answered, {figures.closed} closed, {figures.angry} angry"
    mystery = f"; {figures.mystery} of mystery customers left out" if figures.mystery else ""
    out.print(Text(counted + mystery))
    out.print()
    out.print(_promises(figures))
    out.print()
    out.print(_shares(figures))
    for title, counts in (
        ("By channel", figures.by_channel),
        ("By product", figures.by_product),
        ("By zone", figures.by_zone),
        ("Causes (Pareto)", figures.by_cause),
    ):
        _bars(title, counts)
    estimated = sorted(kind for kind, base in figures.bases.items() if base.estimated)
    if estimated:
        out.print(Text(f"\nA part of a longer period's, by days: {', '.join(estimated)}", style="dim"))
    if not figures.bases:
        out.print(Text("\nRates need a base: relais indicators base --help", style="dim"))


def _plain_table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")


def _promises(figures: Figures) -> Table:
    table = _plain_table()
    table.add_column("Kept in time")
    for head in ("share", "of", "median", "nine in ten", "opening hours"):
        table.add_column(head, justify="right", no_wrap=True)
    clock = figures.acknowledgement_times
    table.add_row("acknowledgement", *_kept(figures.acknowledgement), *_lengths(clock), "")
    for name, timing in (("first human answer", figures.first_answer), ("treatment", figures.resolution)):
        table.add_row(name, *_timing(timing))
    for kind, kept in figures.other_promises.items():
        table.add_row(kind.replace("_", " "), *_kept(kept), "", "", "")
    return table


def _timing(timing: Timing) -> tuple[Text | str, ...]:
    return (*_kept(timing.promises), *_lengths(timing.clock), length(timing.working.median_s, days=False))


def _kept(kept: Promises) -> tuple[Text, str]:
    share = kept.share
    style = "" if share is None else "green" if share >= _GOOD else "red" if share < _POOR else "yellow"
    return Text(per_cent(share), style=style), str(kept.due)


def _lengths(found: Spread) -> tuple[str, str]:
    return length(found.median_s), length(found.p90_s)


def _shares(figures: Figures) -> Table:
    money, satisfaction = figures.money, figures.satisfaction
    rates, losses = figures.complaint_rates, figures.loss_rates
    table = _plain_table()
    for head in ("Shares", "", "Costs and rates", ""):
        table.add_column(head, justify="right" if not head else "left")
    left = [
        ("satisfied again", _share(satisfaction.again)),
        (
            "mean mark of 5",
            NA if satisfaction.mean is None else f"{satisfaction.mean:.1f} ({satisfaction.answers})",
        ),
        ("rightly routed", _share(figures.routed)),
        ("served by the bot alone", _share(figures.self_served)),
        ("reopened", _share(figures.reopened)),
        ("customers kept", per_cent(figures.retention)),
        ("customers lost", per_cent(figures.attrition)),
    ]
    right = [
        ("cost of complaints", f"{money.cost:,.0f} {money.currency}"),
        (
            "cost a complaint",
            NA if figures.cost_per_complaint is None else f"{figures.cost_per_complaint:,.0f}",
        ),
        ("of revenue", per_cent(losses["revenue"], 2)),
        ("of cost of sales", per_cent(losses["cost_of_sales"], 2)),
        ("complaints per customer", per_cent(rates["customers"], 2)),
        ("per transaction", per_cent(rates["transactions"], 2)),
        ("per unit", per_cent(rates["units"], 2)),
    ]
    for (name, value), (other, amount) in zip(left, right, strict=True):
        table.add_row(name, value, other, amount)
    return table


def _share(share: Share) -> str:
    return NA if not share.whole else f"{per_cent(share.per_cent)} of {share.whole}"


def _bars(title: str, counts: Mapping[str, int]) -> None:
    rows = shortened(pareto(counts), _ROWS)
    if not rows:
        return
    out = console()
    out.print(Text(f"\n{title}", style="bold"))
    most = max(row.count for row in rows)
    names: Sequence[str] = [row.name or "(none)" for row in rows]
    width = min(30, max(len(name) for name in names))
    for name, row in zip(names, rows, strict=True):
        bar = "█" * max(1, round(_BAR * row.count / most))
        out.print(
            Text.assemble(
                f"  {name[:width]:<{width}}  ",
                (f"{bar:<{_BAR}}", "cyan" if row.vital else "blue"),
                f" {row.count:>6}  {row.cumulated:>5.1f} %",
            ),
            soft_wrap=True,
        )


def per_cent(value: Decimal | None, digits: int = 1) -> str:
    return NA if value is None else f"{value:.{digits}f} %"


def length(seconds: float | None, *, days: bool = True) -> str:
    """ "3.2 s", "12 min", "4 h 05", "3 d 4 h"."""
    if seconds is None:
        return NA
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if days and minutes >= 48 * 60:
        hours = round(minutes / 60)
        return f"{hours // 24} d {hours % 24} h"
    return f"{minutes // 60} h {minutes % 60:02d}"
