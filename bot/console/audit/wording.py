"""The audit log in words."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from bot.console.audit.reading import Entry
from bot.console.registry import page_at
from bot.console.roles import may_open
from bot.console.visit import Visit

_PAGES: Final = {
    "conversation": ("/inbox/{}",),
    "contact": ("/customers/{}", "/contacts/{}"),
    "case": ("/complaints/{}", "/cases/{}"),
    "campaign": ("/campaigns/{}",),
    "segment": ("/segments/{}",),
    "appointment": ("/appointments/{}",),
    "rule": ("/rules/{}",),
    "template": ("/templates/{}",),
    "faq_entry": ("/faq/entries/{}",),
}
"""Where an object is opened, of those pages that there are."""


def who_in_words(visit: Visit, who: str) -> str:
    """A user's name, or what acts by itself."""
    key = f"audit.who_is.{who}"
    return visit.t(key) if visit.words.has(key) else who


def action_in_words(visit: Visit, action: str) -> str:
    key = f"audit.actions.{action}"
    return visit.t(key) if visit.words.has(key) else visit.t("audit.other", action=action.replace("_", " "))


def kind_in_words(visit: Visit, kind: str) -> str:
    key = f"audit.kinds.{kind}"
    return visit.t(key) if visit.words.has(key) else kind.replace("_", " ")


def object_in_words(visit: Visit, entry: Entry) -> str:
    """What it was done to: a user's name, a complaint's reference, else the identifier."""
    reference = dict(entry.detail).get("reference", "")
    return entry.about or reference or entry.object_id


def detail_in_words(visit: Visit, entry: Entry) -> str:
    shown = [(name, value) for name, value in entry.detail if name != "reference"]
    return " · ".join(f"{_field(visit, name)}: {value}" for name, value in shown)


def link_of(visit: Visit, entry: Entry) -> str:
    """Where the object is opened; "" where this user has no such page."""
    for pattern in _PAGES.get(entry.kind, ()):
        name = entry.object_id.partition(":")[0].replace("/", ".")
        path = pattern.format(quote(name, safe=""))
        found = page_at(path)
        if name and found is not None and may_open(visit.user.roles, found[0].roles):
            return path
    return ""


def _field(visit: Visit, name: str) -> str:
    key = f"audit.fields.{name}"
    return visit.t(key) if visit.words.has(key) else name.replace("_", " ")
