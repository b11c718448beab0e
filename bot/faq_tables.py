"""The figures of an FAQ as tables for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from bot.terminal import console

_SHOWN: Final = 15
_WORDS: Final = {
    "accuracy_at_1": "right entry first",
    "accuracy_at_3": "right entry among three",
    "coverage_at_90": "answered at 90 % precision (hindsight)",
    "coverage_at_95": "answered at 95 % precision (hindsight)",
    "precision_at_threshold": "answers given that are right",
    "coverage_at_threshold": "in-scope questions answered",
    "accuracy_at_threshold": "in-scope questions answered rightly",
    "oos_recall": "out-of-scope questions refused",
}


def show_evaluation(result: Mapping[str, Any]) -> None:
    out = console()
    out.print(
        Text(
            f"{result['n_entries']} entries from {result['n_train']} phrasings, "
            f"{result['n_test']} questions ({result['n_out_of_scope']} out of scope)",
            style="bold",
        )
    )
    out.print(_figures(result))
    out.print(
        f"Answers from a probability of {result['threshold']:.2f}, found with {result['n_held_out']} left-out "
        f"phrasings.\n{result['ms_p50']} ms a question at p50, {result['ms_p99']} at p99 (CPU); ready in "
        f"{result['startup_s']} s; peak {result['peak_mb']} MB"
    )


def show_trial(result: Mapping[str, Any]) -> None:
    out = console()
    out.print(Text(f"{result['n_test']} questions ({result['n_out_of_scope']} out of scope)", style="bold"))
    out.print(_figures(result))
    if result["unknown_labels"]:
        out.print(Text(f"No such entry: {', '.join(result['unknown_labels'])}", style="yellow"))
    _rows("Answered wrongly", result["wrong_answers"], ("text", "meant", "answered"))
    _rows("Confused", result["confusions"], ("meant", "found", "count", "example"))
    _rows("Not answered", result["not_answered"], ("text", "meant"))
    advice = result["to_add"]
    _rows(
        "Few phrasings: add how people really ask",
        advice["few_phrasings"],
        ("entry", "language", "phrasings"),
    )
    _rows("No phrasing in dialect", advice["no_dialect"], ("entry", "missing"))
    _rows(
        "Alike: one may take the other's questions", advice["too_alike"], ("entries", "phrasings", "likeness")
    )


def _figures(result: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, words in _WORDS.items():
        if result.get(name) is not None:
            table.add_row(words, Text(f"{100 * result[name]:.1f} %", style="bold"))
    return table


def _rows(title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    if not rows:
        return
    table = Table(title=f"\n{title} ({len(rows)})", title_justify="left", box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows[:_SHOWN]:
        cells = (row[name] for name in columns)
        table.add_row(*(Text(" / ".join(cell) if isinstance(cell, list) else str(cell)) for cell in cells))
    out = console()
    out.print(table)
    if len(rows) > _SHOWN:
        out.print(Text(f"… and {len(rows) - _SHOWN} more (--json shows all)", style="dim"))
