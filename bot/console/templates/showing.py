"""A message as the customer sees it: a bubble on a phone, or a mail."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_currency
from nicegui import ui

from bot.console import Visit, kit
from bot.console.words import DIRECTION
from bot.template_desk import Shown


def draw(visit: Visit, shown: Shown, language: str, sender: str = "") -> None:
    """Words alone: nothing of a text is ever read as HTML."""
    with ui.element("div").classes(f"seen seen-{shown.channel}").props(f"data-channel={shown.channel}"):
        if shown.error:
            ui.label(visit.t("templates.cant_say", why=shown.error)).classes("notice notice-bad").props(
                "role=alert"
            )
            return
        way = f"dir={DIRECTION.get(language, 'ltr')} lang={language}"
        if shown.channel == "email":
            _mail(visit, shown, way, sender)
        else:
            with ui.element("div").classes("seen-phone"):
                ui.label(sender or visit.config.company.name).classes("seen-from").props("dir=auto")
                kit.text(shown.text, "p", "seen-bubble").props(way)
        _measured(visit, shown)


def _mail(visit: Visit, shown: Shown, way: str, sender: str) -> None:
    with ui.element("div").classes("seen-mail"):
        ui.label(sender or visit.config.company.name).classes("seen-from").props("dir=auto")
        kit.text(shown.subject or visit.t("templates.no_subject"), "p", "seen-subject").props(way)
        kit.text(shown.text, "p", "seen-body").props(way)


def _measured(visit: Visit, shown: Shown) -> None:
    parts = []
    if shown.sms is not None:
        parts.append(visit.count("templates.sms_parts", shown.sms.count))
        parts.append(visit.t(f"templates.alphabet.{'gsm' if shown.sms.alphabet == 'GSM-7' else 'ucs'}"))
        parts.append(visit.count("templates.characters", shown.sms.units))
    elif shown.channel != "email":
        parts.append(visit.count("templates.characters", len(shown.text)))
    if shown.cost is not None:
        parts.append(visit.t("templates.cost_each", cost=money(visit, shown.cost)))
    elif shown.channel == "sms":
        parts.append(visit.t("templates.no_price"))
    if parts:
        ui.label(" · ".join(parts)).classes("hint")


def money(visit: Visit, amount: Decimal) -> str:
    """In the company's currency, with Latin digits."""
    told = format_currency(amount, visit.config.company.currency_code, locale=visit.locale)
    return str(told).translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789"))


def channel_in_words(visit: Visit, channel: str) -> str:
    key = f"templates.channel.{channel or 'every'}"
    return visit.t(key) if visit.words.has(key) else channel


def language_in_words(visit: Visit, language: str) -> str:
    key = f"templates.lang.{language}"
    return visit.t(key) if visit.words.has(key) else language
