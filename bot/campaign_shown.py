"""Campaigns, plans and their results as the terminal shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from bot.terminal import console

if TYPE_CHECKING:
    from bot.campaign_desk import Shown
    from scheduler.campaigns.book import Mailing
    from scheduler.campaigns.plan_file import Change, Earlier, Totals
    from scheduler.campaigns.ports import PlannedLine

_CHANGES = 30  # shown one by one
_TEXT = 60  # characters of a text in a comparison


def show_list(found: Sequence[Mailing], currency: str) -> None:
    table = _table("name", "state", "purpose", "begins", "sent for")
    for mailing in found:
        state = mailing.status + (" (series)" if mailing.is_series else "")
        begins = mailing.frozen_as_of or mailing.definition.start or mailing.starts_at
        at = begins.strftime("%Y-%m-%d %H:%M") if begins else ""
        table.add_row(mailing.name, state, mailing.definition.purpose, at, _money(mailing.spent, currency))
    console().print(table if found else "There is no campaign yet: relais campaign new FILE")


def show_mailing(shown: Shown, currency: str) -> None:
    import yaml

    definition = shown.mailing.definition.model_dump(mode="json", exclude_unset=True)
    console().print(escape(yaml.safe_dump(definition, allow_unicode=True, sort_keys=False)))
    show_reckoning(shown, currency, "en")


def show_plan(mailing: Mailing, as_of: datetime, totals: Totals, currency: str, language: str) -> None:
    out = console()
    out.print(f"{mailing.name}, as of {_at(as_of)}", style="bold", markup=False)
    table = _table("door", "messages", f"cost ({currency})")
    for channel, count in totals.channels.most_common():
        table.add_row(channel, f"{count}", f"{totals.costs[channel].normalize() + 0:f}")
    table.add_row("all", f"{totals.waiting}", f"{totals.cost.normalize() + 0:f}", style="bold")
    out.print(table)
    if totals.variants:
        out.print(
            "variants: " + ", ".join(f"{key} {count}" for key, count in sorted(totals.variants.items()))
        )
    if totals.first_at is not None and totals.last_at is not None:
        out.print(f"from {_at(totals.first_at)} to {_at(totals.last_at)} UTC")
    _reasons("later than at the start", totals.delays, language)
    _reasons("left out", totals.reasons, language)
    for line in totals.samples:
        _sample(line)
    out.print(
        f"{totals.lines} contacts, {totals.waiting} messages, {totals.lines - totals.waiting} left out."
    )


def show_reckoning(shown: Shown, currency: str, language: str) -> None:
    mailing, reckoning = shown.mailing, shown.reckoning
    out = console()
    out.print(f"{mailing.name}: {mailing.status}", style="bold", markup=False)
    table = _table("planned", "sent", "under way", "waiting", "left", f"cost ({currency})")
    counts = (reckoning.planned, reckoning.sent, reckoning.under_way, reckoning.waiting, reckoning.left)
    table.add_row(*(str(count) for count in counts), f"{reckoning.cost.normalize() + 0:f}")
    out.print(table)
    for what in ("skipped", "failed", "uncertain", "cancelled"):
        _reasons(what, getattr(reckoning, what), language)
    if mailing.definition.letters:
        table = _table("variant", "sent", "opened", "clicked", "replied", "converted", "opted out")
        for letter, found in sorted(reckoning.variants.items()):
            name = (letter or "–") + (" (winner)" if letter and letter == mailing.winner else "")
            told = ("sent", "opened", "clicked", "replied", "converted", "opted_out")
            table.add_row(name, *(str(found[each]) for each in told))
        out.print(table)
    if mailing.decided_why:
        out.print(f"winner {mailing.winner}: {mailing.decided_why}", markup=False)
    agreed = "The sums agree." if reckoning.agrees else "[red]The sums do NOT agree.[/red]"
    out.print(f"planned = sent + waiting + left. {agreed}")


class Differences:
    """Takes the lines of a plan and shows what is different from an earlier one."""

    def __init__(self, earlier: Earlier, as_of: datetime) -> None:
        from scheduler.campaigns.plan_file import Comparison

        self._comparison = Comparison(earlier, as_of)
        self._first: list[Change] = []

    def take(self, line: PlannedLine) -> None:
        self._keep(self._comparison.take(line))

    def _keep(self, changes: Iterator[Change]) -> None:
        for change in changes:
            if len(self._first) < _CHANGES:
                self._first.append(change)

    def show(self) -> None:
        self._keep(self._comparison.rest())
        out, counts = console(), self._comparison.counts
        table = _table("", "who", "what", "before", "now")
        for change in self._first:
            who = escape(change.name or change.contact_id)
            if not change.fields:
                table.add_row(change.kind, who)
            for number, (name, (before, now)) in enumerate(change.fields.items()):
                first = (change.kind, who) if number == 0 else ("", "")
                table.add_row(*first, name, escape(_short(before)), escape(_short(now)))
        if self._first:
            out.print(table)
        words = ", ".join(f"{counts[kind]} {kind}" for kind in ("new", "gone", "changed", "same"))
        out.print(f"Against the earlier plan: {words}.")


def _reasons(title: str, found: Mapping[str, int], language: str) -> None:
    from scheduler.campaigns.words import reason_in_words

    if not found:
        return
    table = _table(title, "", "")
    for code, count in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(str(count), code, escape(reason_in_words(code, language)))
    console().print(table)


def _sample(line: PlannedLine) -> None:
    out = console()
    variant = f", variant {line.variant}" if line.variant else ""
    head = f"{line.channel} {line.address}, {line.language}{variant}, {_at(line.due_at)}: {line.subject}"
    out.print(head.rstrip(": "), style="dim", markup=False)
    out.print(line.text, markup=False)
    out.print()


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount.normalize() + 0:f} {currency}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TEXT else line[: _TEXT - 1] + "…"
