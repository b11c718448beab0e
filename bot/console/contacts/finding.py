"""The list of contacts: what is asked for, kept in the page's address, and a page of it in a handful of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, and_, exists, not_, select
from sqlalchemy.orm import Session

from bot.contacts_data.searching import count_contacts, search_contacts
from bot.records import Address, Contact, Organisation, SamePerson
from bot.records.base import table_of
from bot.segments import Segments
from channels.text import clean_text
from scheduler.consent import PURPOSES
from scheduler.segments.tree import Condition, Holds, OneOf, Rule, Scope, conjoin
from scheduler.standings import refused

PAGE: Final = 50
LANGUAGES: Final = ("fr", "ar", "en")
CHANNELS: Final = ("email", "sms", "whatsapp", "telegram", "webchat", "phone", "post")
CONSENTS: Final = tuple(f"{purpose}_{word}" for purpose in reversed(PURPOSES) for word in ("yes", "no"))
_SHOWN_ADDRESSES: Final = 2
_MOST_WORDS: Final = 200

_contacts = table_of(Contact).c
_addresses = table_of(Address).c
_pairs = table_of(SamePerson).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the list shows. `segment`: the id of a saved one; `after`: the last contact of the page before."""

    q: str = ""
    language: str = ""
    channel: str = ""
    consent: str = ""
    segment: str = ""
    after: str = ""

    @property
    def plain(self) -> bool:
        """Everybody, from the first page on."""
        return self == Asked()

    def address(self) -> str:
        """Below `/console`, with what is asked for."""
        said = {name: value for name in self.__slots__ if (value := getattr(self, name))}
        return f"/contacts?{urlencode(said)}" if said else "/contacts"

    def changed(self, **values: str) -> Asked:
        """Something else is asked for: from the first page on."""
        return replace(self, **({"after": ""} | values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    id: str
    name: str  # "" where nobody knows it: the first address stands for it
    addresses: tuple[tuple[str, str], ...]
    more: int  # further addresses
    language: str
    stage: str
    mode: str
    organisation: str
    created_at: datetime

    @property
    def title(self) -> str:
        return self.name or (self.addresses[0][1] if self.addresses else "")


def asked_of(query: Mapping[str, str]) -> Asked:
    """Of the page's address; what is none of the choices is left out."""
    allowed: dict[str, Sequence[str]] = {"language": LANGUAGES, "channel": CHANNELS, "consent": CONSENTS}
    return Asked(
        q=clean_text(query.get("q", ""))[:_MOST_WORDS],
        segment=query.get("segment", "")[:64],
        after=query.get("after", "")[:64],
        **{name: value for name, known in allowed.items() if (value := query.get(name, "")) in known},
    )


def rule_of(asked: Asked, segment: Rule | None) -> Rule | None:
    """The filters in the language of segments; None where there are none."""
    rules: list[Rule] = [segment] if segment is not None else []
    if asked.language:
        rules.append(Condition(measure="language", test=OneOf(values=(asked.language,))))
    purpose, _, said = asked.consent.partition("_")
    if said == "yes":
        rules.append(Condition(measure="consent", test=Holds(), scope=Scope(purpose=purpose)))
    return conjoin(rules) if rules else None


def condition_of(
    session: Session,
    segments: Segments,
    asked: Asked,
    segment: Rule | None,
    now: datetime,
    *,
    whole: bool = False,
) -> ColumnElement[bool]:
    """On `contacts`, for a page or (`whole`) for a count. Who were joined with another one are not shown twice."""
    joined = exists().where(_pairs.other_id == _contacts.id, _pairs.status == "merged")
    parts = [not_(joined)]
    if (rule := rule_of(asked, segment)) is not None:
        parts.append(segments.condition(session, rule, whole=whole))
    if (
        asked.channel
    ):  # as a set: asked of one contact after the other, SQLite reads the whole channel each time
        reached = select(_addresses.contact_id).where(
            _addresses.channel == asked.channel, _addresses.state == "ok"
        )
        parts.append(_contacts.id.in_(reached))
    purpose, _, said = asked.consent.partition("_")
    if said == "no":
        parts.append(refused(_contacts.id, "", purpose, now))
    return and_(*parts)


def page_of(session: Session, asked: Asked, where: ColumnElement[bool], *, country: str) -> list[Row]:
    """The newest first; one row more than a page where there is another one."""
    ids = search_contacts(
        session, asked.q, country=country, where=where, after=asked.after, newest=True, limit=PAGE + 1
    )
    return _rows(session, ids)


def count_of(session: Session, asked: Asked, where: ColumnElement[bool], *, country: str) -> int:
    return count_contacts(session, asked.q, country=country, where=where)


def _rows(session: Session, ids: Sequence[str]) -> list[Row]:
    organisations = table_of(Organisation)
    query = (
        select(table_of(Contact), organisations.c.name.label("organisation"))
        .outerjoin(organisations, organisations.c.id == _contacts.organisation_id)
        .where(_contacts.id.in_(ids))
    )
    found = {row.id: row for row in session.execute(query)}
    reached: dict[str, list[tuple[str, str]]] = {}
    lines = select(_addresses.contact_id, _addresses.channel, _addresses.value)
    for row in session.execute(lines.where(_addresses.contact_id.in_(ids)).order_by(_addresses.id)):
        reached.setdefault(row.contact_id, []).append((row.channel, row.value))
    return [_row(found[each], reached.get(each, [])) for each in ids if each in found]


def _row(row: Any, addresses: list[tuple[str, str]]) -> Row:
    return Row(
        id=row.id,
        name=row.name,
        addresses=tuple(addresses[:_SHOWN_ADDRESSES]),
        more=max(0, len(addresses) - _SHOWN_ADDRESSES),
        language=row.language,
        stage=row.stage,
        mode=row.mode,
        organisation=row.organisation or "",
        created_at=row.created_at,
    )
