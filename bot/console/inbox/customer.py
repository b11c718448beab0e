"""The customer beside a conversation: who, how to reach them, cases, purchases, consent, what the bot did, merges."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from nicegui import ui

from bot.console import Visit, kit
from bot.console.inbox.wording import channel_icon
from bot.inbox.timeline import Open
from bot.records import SamePerson
from bot.store.changes import NotPossible

Again = Callable[[], Awaitable[None]]


def draw_customer(visit: Visit, opened: Open, again: Again) -> None:
    """All of it, what matters most first."""
    customer, contact = opened.customer, opened.customer.contact
    with ui.element("div").classes("beside-head"):
        kit.text(contact.name or visit.t("inbox.nameless"), "h2").props("dir=auto")
        ui.label(visit.t("inbox.customer.since", when=visit.day(contact.created_at))).classes("hint")
        with ui.element("div").classes("beside-tags"):
            for tag in (contact.stage, *contact.tags[:6]):
                if tag:
                    kit.tag(tag).props("dir=auto")
    _merges(visit, opened, again)
    with _part(visit, "addresses"):
        for address in customer.addresses:
            with ui.element("div").classes("fact"):
                kit.icon(channel_icon(address.channel))
                kit.text(address.value, "span", "mono clip").props("dir=ltr")
                if address.state != "ok":
                    kit.tag(address.state, "bad")
        _fact(visit, "organisation", customer.organisation)
        _fact(visit, "owner", customer.owner)
        _fact(visit, "prefers", contact.preferred_channel)
    with _part(visit, "cases"):
        for case in customer.cases:
            with ui.element("div").classes("case"):
                kit.text(case.reference, "strong", "mono")
                if case.closed:
                    kit.tag(visit.t("inbox.customer.closed"))
                else:
                    late = case.due_at < visit.clock.now()
                    kit.tag(
                        visit.t("inbox.customer.due", when=visit.when(case.due_at)), "bad" if late else "warn"
                    )
                kit.text(case.summary[:200], "div", "hint").props("dir=auto")
        _nothing(visit, customer.cases)
    with _part(visit, "purchases"):
        for one in customer.purchases:
            with ui.element("div").classes("fact"):
                kit.text(f"{one.product} × {one.quantity.normalize():f}", "span", "clip").props("dir=auto")
                ui.label(f"{one.amount.normalize():f} {one.currency}").classes("mono")
                ui.label(visit.day(one.at)).classes("hint")
        _nothing(visit, customer.purchases)
    with _part(visit, "consent"):
        for word in customer.consents:
            with ui.element("div").classes("fact"):
                channel = word.channel and visit.t(f"inbox.channel.{word.channel}")
                ui.label(" · ".join(filter(None, (_purpose(visit, word.purpose), channel))))
                agreed = "agreed" if word.granted else "declined"
                kit.tag(visit.t(f"inbox.customer.{agreed}"), "good" if word.granted else "bad")
                ui.label(visit.day(word.at)).classes("hint")
        _nothing(visit, customer.consents)
    with _part(visit, "tried"):
        for at, decider, why in opened.tried[:5]:
            with ui.element("div").classes("fact"):
                kit.text(decider or "bot", "span", "mono")
                ui.label(visit.when(at)).classes("hint")
                if why:
                    kit.text(why[:200], "div", "hint wide").props("dir=auto")
        _nothing(visit, opened.tried)


def _part(visit: Visit, key: str) -> Any:
    part = ui.element("section").classes("beside-part")
    with part:
        kit.text(visit.t(f"inbox.customer.{key}"), "h3")
    return part


def _fact(visit: Visit, key: str, value: str) -> None:
    if value:
        with ui.element("div").classes("fact"):
            ui.label(visit.t(f"inbox.customer.{key}")).classes("hint")
            kit.text(value, "span", "clip").props("dir=auto")


def _nothing(visit: Visit, found: Any) -> None:
    if not found:
        ui.label(visit.t("inbox.customer.none")).classes("hint")


def _purpose(visit: Visit, purpose: str) -> str:
    key = f"inbox.purpose.{purpose}"
    return visit.t(key) if visit.words.has(key) else purpose


# merges


def _merges(visit: Visit, opened: Open, again: Again) -> None:
    if not opened.customer.pairs:
        return
    with _part(visit, "merge").classes("merge"):
        for pair, other in opened.customer.pairs:
            with ui.element("div").classes("pair"):
                kit.text(other or visit.t("inbox.nameless"), "strong").props("dir=auto")
                for clue in pair.evidence[:4]:
                    why = visit.t(f"inbox.merge.{clue['kind']}")
                    kit.text(f"{why} : {clue['value']}", "div", "hint").props("dir=auto")
                with ui.element("div").classes("row-acts"):
                    if pair.status == "open":
                        _decide(visit, pair, "merge", "do", "done", again)
                        _decide(visit, pair, "dismiss", "dismiss", "dismissed", again)
                    else:
                        _decide(visit, pair, "undo", "undo", "undone", again)


def _decide(
    visit: Visit,
    pair: SamePerson,
    decision: Literal["merge", "dismiss", "undo"],
    words: str,
    said: str,
    again: Again,
) -> None:
    pair_id = pair.id

    async def decide() -> None:
        people = visit.services.behind.people
        try:
            await people.decide_same_person(pair_id, decision, agent=visit.user.name)
        except NotPossible as error:
            kit.say(visit.t("inbox.refused", why=str(error)), "warn")
        else:
            kit.say(visit.t(f"inbox.merge.{said}"))
        await again()

    kit.button(
        visit.t(f"inbox.merge.{words}"), decide, kind="plain" if decision != "dismiss" else "quiet"
    ).props(f"data-merge={decision}")
