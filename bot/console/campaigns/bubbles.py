"""A message as its reader sees it: a bubble of a telephone, or a mail."""

from __future__ import annotations

from decimal import Decimal

from nicegui import ui

from bot.campaign_desk import Preview
from bot.console import Visit, kit
from bot.console.campaigns import wording
from bot.console.words import DIRECTION
from channels.segments import Segments
from scheduler.guard_words import in_words

_PHONES = ("sms", "whatsapp", "telegram", "webchat")


def draw(
    visit: Visit,
    channel: str,
    *,
    language: str,
    subject: str,
    text: str,
    cost: Decimal,
    segments: Segments | None = None,
    wrong: str = "",
    head: str = "",
) -> None:
    """`wrong` says in words why it can't go like this; `head` stands above, such as who gets it."""
    direction = DIRECTION.get(language[:2], "ltr")
    with ui.element("figure").classes(f"seen seen-{channel}").props(f"data-seen={channel}"):
        with ui.element("figcaption").classes("seen-head"):
            kit.icon("mail" if channel == "email" else "phone" if channel == "sms" else "chat")
            kit.text(head or wording.channel(visit, channel), "strong").props("dir=auto")
            for told in facts(visit, channel, cost, segments) if text else ():
                ui.label(told).classes("hint")
        if wrong:
            ui.label(wrong).classes("notice notice-bad")
        if not text:
            return
        place = "seen-mail" if channel not in _PHONES else "seen-bubble"
        with ui.element("div").classes(place).props(f"dir={direction} lang={language[:2] or 'fr'}"):
            if channel not in _PHONES:
                with ui.element("div").classes("seen-from"):
                    kit.text(visit.config.company.name, "span", "hint")
                    kit.text(subject, "strong", "seen-subject")
            kit.text(text, "div", "seen-text")


def facts(visit: Visit, channel: str, cost: Decimal, segments: Segments | None) -> list[str]:
    """Parts and price."""
    found = []
    if segments is not None:
        found.append(visit.count("campaigns.parts", segments.count, units=segments.units))
    if cost:
        found.append(visit.t("campaigns.cost_each", amount=wording.money(visit, cost)))
    return found


def missing_words(visit: Visit, preview: Preview) -> str:
    """Which variables are still without a value, by their names on the page."""
    names = [wording.place(visit, name.strip()) for name in preview.detail.get("names", "").split(",")]
    return in_words(preview.wrong, {"names": ", ".join(names)}, visit.language)


def draw_preview(visit: Visit, channel: str, asked: str, preview: Preview) -> None:
    draw(
        visit,
        channel,
        language=preview.language,
        subject=preview.subject,
        text=preview.text,
        cost=preview.cost,
        segments=preview.segments,
        wrong=in_words(preview.wrong, preview.detail, visit.language) if preview.wrong else "",
    )
    if preview.text and preview.language[:2] != asked:
        spoken = wording.language(visit, preview.language)
        ui.label(visit.t("campaigns.spoken_instead", language=spoken)).classes("notice notice-warn")
