"""What bringing a file in would do, as plain data for the API and the command."""

from __future__ import annotations

from typing import Any

from bot.contacts_data.faults import say
from bot.contacts_data.importing import Preview
from bot.contacts_data.taking import Taken


def shown(preview: Preview, language: str) -> dict[str, Any]:
    """One JSON document."""
    table, outcome = preview.table, preview.outcome
    encoding = table.encoding
    return {
        "encoding": encoding.name if encoding else "xlsx",
        "encoding_sure": encoding.sure if encoding else True,
        "delimiter": table.delimiter,
        "columns": [
            {"heading": column.heading, "taken_as": column.target or None, "why": column.why}
            for column in preview.mapping.columns
        ],
        "rows": outcome.rows,
        "added": outcome.added,
        "changed": outcome.changed,
        "unchanged": outcome.unchanged,
        "refused": outcome.refused,
        "doubles_in_file": preview.doubles,
        "faults": dict(sorted(preview.codes.items(), key=lambda item: -item[1])),
        "first": [_row(taken, language) for taken in preview.first],
    }


def _row(taken: Taken, language: str) -> dict[str, Any]:
    values = {name: _plain(value) for name, value in taken.values.items()}
    for channel in dict.fromkeys(channel for channel, _ in taken.addresses):
        values[channel] = ", ".join(value for kind, value in taken.addresses if kind == channel)
    for word in taken.words:
        day = f" {word.at:%Y-%m-%d}" if word.at else ""
        values[f"consent_{word.purpose}"] = f"{'yes' if word.granted else 'no'}{day}"
    return {
        "line": taken.line,
        "refused": taken.refused,
        "values": values,
        "faults": [
            f"{fault.column}: {say(fault.code, fault.detail, language)}".removeprefix(": ")
            for fault in taken.faults
        ],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, bool | int | str) else str(value)
