"""Charts of the dashboard as ECharts options. Every one has the same figures as a table beside it, for those who
do not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

VITAL, USUAL, LINE, INK, RULE = "#1f5fbf", "#a9c4ea", "#b3261e", "#4d5a6a", "#dfe4ea"
_FONT: Final = 'system-ui, "Noto Sans", "Noto Sans Arabic", Arial, sans-serif'
_NAME: Final = 22  # letters of a name that fit beside a bar


def columns(names: Sequence[str], values: Sequence[int], *, rtl: bool) -> dict[str, Any]:
    """Values over time, the newest at the end of the line."""
    return {
        **_frame(),
        "grid": {"left": 8, "right": 8, "top": 16, "bottom": 4, "containLabel": True},
        "xAxis": {
            "type": "category",
            "data": list(names),
            "inverse": rtl,
            "axisLabel": {"color": INK},
            "axisTick": {"show": False},
            "axisLine": {"lineStyle": {"color": RULE}},
        },
        "yAxis": _counts(position="right" if rtl else "left"),
        "series": [_bars([{"value": value} for value in values], USUAL if len(values) > 1 else VITAL)],
    }


def bars(
    names: Sequence[str], values: Sequence[int], *, vital: Sequence[bool] = (), rtl: bool
) -> dict[str, Any]:
    """Named counts, the largest on top."""
    colours = [VITAL if of_few else USUAL for of_few in vital] or [USUAL] * len(values)
    return {
        **_frame(),
        "grid": {"left": 8, "right": 40, "top": 4, "bottom": 4, "containLabel": True}
        if not rtl
        else {"left": 40, "right": 8, "top": 4, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "show": False, "inverse": rtl, "minInterval": 1},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [_short(name) for name in names],
            "position": "right" if rtl else "left",
            "axisLabel": {"color": INK, "fontSize": 13},
            "axisTick": {"show": False},
            "axisLine": {"show": False},
        },
        "series": [
            {
                **_bars(
                    [
                        {"value": value, "itemStyle": {"color": colour}}
                        for value, colour in zip(values, colours, strict=True)
                    ],
                    USUAL,
                ),
                "barMaxWidth": 22,
                "label": {"show": True, "position": "left" if rtl else "right", "color": INK},
                "cursor": "pointer",
            }
        ],
    }


def height_of(count: int) -> int:
    """Pixels for so many bars."""
    return max(72, 34 * count + 12)


def _frame() -> dict[str, Any]:
    return {"textStyle": {"fontFamily": _FONT}, "animationDuration": 200, "tooltip": {"trigger": "item"}}


def _counts(position: str) -> dict[str, Any]:
    return {
        "type": "value",
        "minInterval": 1,
        "position": position,
        "axisLabel": {"color": INK},
        "splitLine": {"lineStyle": {"color": RULE}},
    }


def _bars(data: list[dict[str, Any]], colour: str) -> dict[str, Any]:
    return {"type": "bar", "data": data, "itemStyle": {"color": colour, "borderRadius": 3}, "barMaxWidth": 44}


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
