"""The menu of what a manager takes along."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from bot.complaints.periods import Period, week_name
from bot.console import Visit, kit
from bot.console.dashboard import exports
from bot.console.dashboard.reading import Board
from bot.paper import NoFont
from bot.register import TooMuch


def export_menu(visit: Visit, board: Board, period: Period) -> None:
    reporting = visit.services.behind.reporting
    assert reporting is not None
    week = period if period.days == 7 else None

    async def keep(kind: str, make: Callable[[], Awaitable[bytes]], name: str, media: str) -> None:
        try:
            data = await make()
        except TooMuch:
            kit.say(visit.t("dashboard.too_much"), "warn")
            return
        except NoFont:
            kit.say(visit.t("dashboard.no_font"), "bad")
            return
        await visit.store.write(
            visit.noted("exported", "register", kind, period=f"{period.first}..{period.last}")
        )
        ui.download.content(data, name, media)

    async def figures() -> bytes:
        return exports.figures_csv(visit, board.now)

    days = f"{period.first}-{period.last}"
    choices: list[tuple[str, Callable[[], Awaitable[bytes]], str, str]] = [
        ("csv", lambda: exports.register_csv(visit, period), f"register-{days}.csv", exports.CSV),
        ("pdf", lambda: exports.register_pdf(visit, period), f"register-{days}.pdf", exports.PDF),
        ("figures_csv", figures, f"figures-{days}.csv", exports.CSV),
    ]
    if week is not None:
        name = f"report-{week_name(week)}.pdf"
        choices.append(("report", lambda: exports.report_pdf(visit, week), name, exports.PDF))
    with ui.element("details").classes("menu"):
        kit.text(visit.t("dashboard.export"), "summary", "button")
        with ui.element("div").classes("menu-list"):
            for kind, make, name, media in choices:
                kit.button(
                    visit.t(f"dashboard.{kind}"),
                    _keeper(keep, kind, make, name, media),
                    kind="quiet",
                    picture="file",
                )


def _keeper(
    keep: Callable[..., Awaitable[None]],
    kind: str,
    make: Callable[[], Awaitable[bytes]],
    name: str,
    media: str,
) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        await keep(kind, make, name, media)

    return run
