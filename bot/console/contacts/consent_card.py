"""What a contact allowed: now, on any past day, every word of it with its proof; and new words, written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta

from nicegui import ui
from nicegui.element import Element
from sqlalchemy.orm import Session

from bot.console import Visit, kit
from bot.console.contacts.changing import MAX_WORDING, WordMissing, spoken_at, write_spoken
from bot.console.contacts.person import Person
from bot.console.contacts.wording import LOOK, channel_named, named
from bot.console.pick import line, pick
from bot.store.changes import NotFound
from scheduler.consent import PURPOSES, Standing, Word

Again = Callable[[], Awaitable[None]]
_TONES: dict[str, kit.Tone] = {"granted": "good", "refused": "bad", "unknown": ""}


def draw_consent(visit: Visit, person: Person, again: Again) -> None:
    card = kit.section(visit.t("contacts.consent.title"), visit.t("contacts.consent.lead"))
    with card:
        head = ui.element("div").classes("ct-inline")
        table = ui.element("div").classes("ct-consents").props("aria-live=polite")
        today = visit.local(visit.clock.now()).date().isoformat()

        def at_day(day: str) -> None:
            _standings(visit, person, table, day or today, today)

        with head:
            line(visit.t("contacts.consent.at"), today, at_day, kind="date", max=today)
            kit.button(
                visit.t("contacts.consent.record"), lambda: _record(visit, person, today, again), kind="main"
            ).props("data-record")
        at_day(today)
        if person.words:
            _history(visit, person.words)


def _standings(visit: Visit, person: Person, table: Element, day: str, today: str) -> None:
    """On a day: as they stood at its end."""
    zone = visit.config.company.zone
    try:
        wanted = datetime.combine(datetime.fromisoformat(day).date(), time(), tzinfo=zone) + timedelta(days=1)
    except (ValueError, OverflowError):
        return
    now = visit.clock.now()
    standings = person.standings(now if day >= today else wanted)
    table.clear()
    with table:
        if day < today:
            ui.label(
                visit.t("contacts.consent.on_day", day=visit.span(*(wanted.date() - timedelta(1),) * 2))
            ).classes("notice")
        with ui.element("div").classes("ct-grid").props("role=table"):
            with ui.element("div").classes("ct-grid-row ct-grid-head").props("role=row"):
                kit.text(visit.t("contacts.consent.channel"), "span").props("role=columnheader")
                for purpose in reversed(PURPOSES):
                    kit.text(visit.t(f"contacts.purposes.{purpose}"), "span").props("role=columnheader")
            for channel in (*person.channels, ""):
                with ui.element("div").classes("ct-grid-row").props("role=row"):
                    name = (
                        channel_named(visit, channel)
                        if channel
                        else visit.t("contacts.consent.other_channels")
                    )
                    kit.text(name, "strong").props("role=rowheader")
                    for purpose in reversed(PURPOSES):
                        _standing(visit, purpose, standings[channel, purpose])


def _standing(visit: Visit, purpose: str, standing: Standing) -> None:
    with ui.element("div").classes("ct-cell").props("role=cell"):
        kit.text(visit.t(f"contacts.purposes.{purpose}"), "span", "ct-cell-label hint")
        kit.tag(visit.t(f"contacts.consent.{standing.state}"), _TONES[standing.state])
        if standing.word is not None:
            source = named(visit, "word_sources", standing.word.source)
            ui.label(f"{visit.day(standing.word.at)} · {source}").classes("hint")


def _history(visit: Visit, words: tuple[Word, ...]) -> None:
    with ui.element("details").classes("ct-history"):
        kit.text(visit.count("contacts.consent.words", len(words)), "summary")
        with ui.element("ol").classes("rows"):
            for word in reversed(words):
                with ui.element("li").classes("row"):
                    kit.tag(
                        visit.t(f"contacts.consent.{'yes' if word.granted else 'no'}"),
                        "good" if word.granted else "bad",
                    )
                    with ui.element("div").classes("row-main"):
                        what = (
                            f"{named(visit, 'purposes', word.purpose)} · {channel_named(visit, word.channel)}"
                        )
                        ui.label(what).classes("row-title")
                        if word.wording:
                            kit.text(f"« {word.wording} »", "q", "ct-quote").props("dir=auto")
                        source = named(visit, "word_sources", word.source)
                        ui.label(f"{visit.day(word.at)} {visit.time(word.at)} · {source}").classes("hint")


def _record(visit: Visit, person: Person, today: str, again: Again) -> None:
    """A word said to somebody of the company. One dialog writes one word, however often it is pressed."""
    word_id = f"console:{visit.ids.new()}"
    chosen = {"channel": "", "purpose": "offers", "granted": "no", "day": today}
    with ui.dialog() as dialog, ui.element("div").classes("dialog").props("role=dialog aria-modal=true"):
        dialog.on("hide", dialog.delete)
        kit.text(visit.t("contacts.consent.record_title"), "h2")
        ui.label(visit.t("contacts.consent.record_lead")).classes("hint")
        said = {each: visit.t(f"contacts.consent.{each}_long") for each in ("no", "yes")}
        pick(visit.t("contacts.consent.said"), said, "no", lambda value: chosen.update(granted=value))
        purposes = {
            each: named(visit, "purposes", each) for each in ("offers", "information", "service", "all")
        }
        pick(
            visit.t("contacts.consent.purpose"),
            purposes,
            "offers",
            lambda value: chosen.update(purpose=value),
        )
        channels = {each: channel_named(visit, each) for each in ("", *person.channels)}
        pick(visit.t("contacts.consent.channel"), channels, "", lambda value: chosen.update(channel=value))
        line(
            visit.t("contacts.consent.day"),
            today,
            lambda value: chosen.update(day=value),
            kind="date",
            max=today,
        )
        with ui.element("label").classes("field"):
            kit.text(visit.t("contacts.consent.wording"))
            wording = ui.textarea().props(f"outlined dense autogrow dir=auto maxlength={MAX_WORDING}")
            wording.props["aria-label"] = visit.t("contacts.consent.wording")
        ui.label(visit.t("contacts.consent.wording_hint")).classes("hint")
        wrong = ui.label("").classes("notice notice-bad").props("role=alert")
        wrong.set_visibility(False)

        async def keep() -> None:
            if not visit.may(*LOOK):
                kit.say(visit.t("shell.not_allowed"), "bad")
                return
            try:
                at = spoken_at(chosen["day"], visit.clock.now(), visit.config.company.zone)
                noted = visit.noted(
                    "consent_recorded",
                    "contact",
                    person.contact.id,
                    word=word_id,
                    purpose=chosen["purpose"],
                    channel=chosen["channel"],
                    granted=chosen["granted"] == "yes",
                )

                def work(session: Session) -> None:
                    if write_spoken(
                        session,
                        word_id,
                        person.contact.id,
                        channel=chosen["channel"],
                        purpose=chosen["purpose"],
                        granted=chosen["granted"] == "yes",
                        at=at,
                        wording=wording.value or "",
                    ):
                        noted(session)

                await visit.store.write(work)
            except WordMissing as error:
                wrong.set_text(visit.t(f"contacts.consent.missing.{error.code}"))
                wrong.set_visibility(True)
                return
            except NotFound:
                kit.say(visit.t("contacts.gone"), "bad")
                return
            dialog.close()
            kit.say(visit.t("contacts.consent.recorded"))
            await again()

        with ui.element("div").classes("dialog-acts"):
            kit.button(visit.t("shell.cancel"), dialog.close)
            kit.button(visit.t("contacts.consent.record_do"), keep, kind="main").props("data-keep")
    dialog.open()
