"""The audit log in words."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlencode

from bot.console.audit.reading import Entry
from bot.console.registry import page_at
from bot.console.roles import may_open
from bot.console.visit import Visit
from scheduler.rule_words import title_of

_PAGES: Final = {
    "conversation": "/inbox/{}",
    "contact": "/contacts/{}",
    "case": "/complaints/{}",
    "campaign": "/campaigns/{}",
    "segment": "/segments/{}",
    "appointment": "/appointments/{}",
    "rule": "/rules/{}",
    "template": "/templates/{}",
    "faq_entry": "/faq/entries/{}",
}
"""Where an object is opened, of those pages that there are."""

_MACHINE: Final = re.compile(r"[0-9a-f]{32}")


def who_in_words(visit: Visit, who: str) -> str:
    """A user's name, or what acts by itself."""
    key = f"audit.who_is.{who}"
    if visit.words.has(key):
        return visit.t(key)
    way, _, name = who.partition(":")
    return visit.t("audit.system", name=name) if way == "api" and name else who


def action_in_words(visit: Visit, action: str) -> str:
    key = f"audit.actions.{action}"
    return visit.t(key) if visit.words.has(key) else visit.t("audit.other", action=action.replace("_", " "))


def kind_in_words(visit: Visit, kind: str) -> str:
    key = f"audit.kinds.{kind}"
    return visit.t(key) if visit.words.has(key) else kind.replace("_", " ")


def object_in_words(visit: Visit, entry: Entry) -> str:
    """What it was done to: a user's or a rule's name, a complaint's reference, else the identifier, shortened."""
    told = entry.about or _reference(entry)
    if told:
        return told
    if entry.kind == "rule" and visit.services.behind.rules is not None:
        rule = visit.services.behind.rules.ready().get(entry.object_id)
        return title_of(rule, visit.language) if rule is not None else entry.object_id
    key = f"templates.name.{entry.object_id.replace('/', '.')}"
    if entry.kind == "template" and visit.words.has(key):
        return visit.t(key)
    whole = entry.object_id
    return f"{whole[:6]}…{whole[-6:]}" if _MACHINE.fullmatch(whole) else whole


def _reference(entry: Entry) -> str:
    return dict(entry.detail).get("reference", "")


def detail_in_words(visit: Visit, entry: Entry) -> str:
    shown = [(name, value) for name, value in entry.detail if name != "reference"]
    return " · ".join(f"{_field(visit, name)}: {value}" for name, value in shown)


def link_of(visit: Visit, entry: Entry) -> str:
    """Where the object is opened; where this user has no such page, the other entries about it."""
    name = _reference(entry) if entry.kind == "case" else entry.object_id.replace("/", ".")
    if name and (pattern := _PAGES.get(entry.kind)) is not None:
        path = pattern.format(quote(name, safe=""))
        found = page_at(path)
        if found is not None and may_open(visit.user.roles, found[0].roles):
            return path
    if not entry.object_id:
        return ""
    return f"/audit?{urlencode({'kind': entry.kind, 'id': entry.object_id})}"


def _field(visit: Visit, name: str) -> str:
    key = f"audit.fields.{name}"
    return visit.t(key) if visit.words.has(key) else name.replace("_", " ")
