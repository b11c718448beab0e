"""A batch of rows about contacts, put into the database in a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from bot.consents import DATED_IMPORT
from bot.contacts_data.cells import folded
from bot.contacts_data.known import Known, agents_by_name, organisations_named
from bot.contacts_data.outcome import Outcome, Policy
from bot.contacts_data.taking import Taken
from bot.ids import IdMaker
from bot.records import Address, Consent, Contact, Organisation
from bot.records.base import table_of
from scheduler.consent import UNDATED
from scheduler.facts import Suppressed, forgotten_words, nobody

SOURCE: Final = "file"
"""`source_channel` of contacts first known from a file. source: CH-02"""

_CHANGEABLE: Final = (
    "name", "language", "timezone", "country", "zone", "organisation_id", "organisation_role", "owner_agent_id",
    "preferred_channel", "external_id", "born_on", "birthday", "mode", "tags", "fields",
)  # fmt: skip
_consents = table_of(Consent).c


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What the rows of a batch have in common.

    `since`: what was made after this id came from the same file; `seen`: hashes of the ids of older rows that this
    file has spoken of before.
    """

    policy: Policy
    ids: IdMaker
    now: datetime
    file_name: str
    suppressed: Suppressed = nobody
    since: str | None = None
    seen: set[int] = field(default_factory=set)

    def told_before(self, row_id: str) -> bool:
        """Whether an earlier row of the same file was about it."""
        return self.since is not None and (row_id > self.since or hash(row_id) in self.seen)

    def remember(self, row_ids: Iterable[str]) -> None:
        """Called once what was written is durable."""
        if self.since is not None:
            self.seen.update(hash(row_id) for row_id in row_ids if row_id <= self.since)


def write_contacts(session: Session, rows: Sequence[Taken], batch: Batch) -> Outcome:
    """In the caller's transaction; may be called again with the same rows when that failed."""
    return _ContactRows(session, rows, batch).write()


def plan_contacts(session: Session, rows: Sequence[Taken], batch: Batch) -> Outcome:
    """What `write_contacts` would do, without doing it."""
    return _ContactRows(session, rows, batch).plan()


class _ContactRows:
    def __init__(self, session: Session, rows: Sequence[Taken], batch: Batch) -> None:
        self._session = session
        self._rows = rows
        self._batch = batch
        self._outcome = Outcome()
        self._known = Known.load(session, [row for row in rows if not row.refused])
        self._agents = agents_by_name(session) if any("owner" in row.values for row in rows) else {}
        self._organisations = organisations_named(
            session, {row.values["organisation"] for row in rows if "organisation" in row.values}
        )
        self._added: dict[str, dict[str, Any]] = {}
        self._changed: dict[str, dict[str, Any]] = {}
        self._new_addresses: list[dict[str, Any]] = []
        self._new_organisations: list[dict[str, Any]] = []
        self._said: list[tuple[str, Taken]] = []
        self._touched: set[str] = set()

    def write(self) -> Outcome:
        self.plan()
        self._store()
        return self._outcome

    def plan(self) -> Outcome:
        for row in self._rows:
            faults = list(row.faults)
            if row.refused:
                self._outcome.refused += 1
            else:
                self._take(row, faults)
            self._outcome.faults += [(row.line, fault) for fault in faults]
        return self._outcome

    def _take(self, row: Taken, faults: list[Any]) -> None:
        told = Taken(line=row.line)  # faults of this attempt: the row itself stays as it was read
        found = self._known.match(row)
        if (
            found is not None
            and self._batch.policy == "add"
            and self._known.by_external.get(row.values.get("external_id", "")) != found
        ):
            found = None
        free = [address for address in row.addresses if self._known.owner_of(address) in (None, found)]
        for address in row.addresses:
            if address not in free:
                owner = self._known.name_of(self._known.owner_of(address))
                told.fault("address_taken", value=address[1], name=owner)
        if found is None and not free and "external_id" not in row.values:
            told.faults = [type(fault)(fault.column, fault.code, fault.detail, True) for fault in told.faults]
            self._outcome.refused += 1
        elif found is None:
            self._add(row, free, self._values(row, told))
        else:
            self._update(row, free, found, told)
        faults += told.faults

    def _values(self, row: Taken, told: Taken) -> dict[str, Any]:
        """Columns of `contacts`: names of organisations and owners become their ids."""
        values = {name: value for name, value in row.values.items() if name in _CHANGEABLE}
        if organisation := row.values.get("organisation"):
            values["organisation_id"] = self._organisation(organisation, row.values.get("country", ""))
        if owner := row.values.get("owner"):
            agent = self._agents.get(folded(owner))
            if agent is None:
                told.fault("owner_unknown", "owner", value=owner)
            else:
                values["owner_agent_id"] = agent
        return values

    def _organisation(self, name: str, country: str) -> str:
        key = folded(name)
        if key not in self._organisations:
            made = {
                "id": self._batch.ids.new(),
                "name": name,
                "country": country,
                "owner_agent_id": None,
                "created_at": self._batch.now,
            }
            self._organisations[key] = made
            self._new_organisations.append(made)
        return str(self._organisations[key]["id"])

    def _add(self, row: Taken, addresses: list[tuple[str, str]], values: dict[str, Any]) -> None:
        contact = blank_contact(self._batch.ids.new(), self._batch.now, SOURCE) | values
        self._known.add(contact)
        self._added[contact["id"]] = contact
        self._touched.add(contact["id"])
        self._reach(contact["id"], addresses)
        self._said.append((contact["id"], row))
        self._outcome.added += 1
        self._outcome.ids.append(contact["id"])

    def _update(self, row: Taken, addresses: list[tuple[str, str]], contact_id: str, told: Taken) -> None:
        contact = self._known.contacts[contact_id]
        in_file = contact_id in self._touched or self._batch.told_before(contact_id)
        self._touched.add(contact_id)
        if in_file:
            told.fault("double_in_file", name=self._known.name_of(contact_id))
        if self._batch.policy == "skip":
            if not in_file:
                told.fault("double", name=self._known.name_of(contact_id), refused=True)
            self._outcome.unchanged += 1
            self._outcome.ids.append(contact_id)
            return
        values = self._values(row, told)
        if in_file:  # of two rows about one person the first counts, the second fills its gaps
            values = {name: value for name, value in values.items() if not contact[name]}
        elif "fields" in values:
            values["fields"] = {**contact["fields"], **values["fields"]}
        if "tags" in values:
            values["tags"] = list(dict.fromkeys([*contact["tags"], *values["tags"]]))
        self._said.append((contact_id, row))
        differs = any(contact[name] != value for name, value in values.items())
        contact.update(values)
        reached = self._reach(contact_id, addresses)
        if differs and contact_id not in self._added:
            self._changed[contact_id] = contact
        if differs or reached:
            self._outcome.changed += 1
        else:
            self._outcome.unchanged += 1
        self._outcome.ids.append(contact_id)

    def _reach(self, contact_id: str, addresses: list[tuple[str, str]]) -> int:
        new = [address for address in addresses if address not in self._known.exact]
        for address in new:
            self._known.add_address(contact_id, address)
            self._new_addresses.append(
                {
                    "id": self._batch.ids.new(),
                    "contact_id": contact_id,
                    "channel": address[0],
                    "value": address[1],
                    "state": "ok",
                    "state_reason": "",
                    "verified_at": None,
                    "created_at": self._batch.now,
                }
            )
        return len(new)

    def _store(self) -> None:
        for model, rows in (
            (Organisation, self._new_organisations),
            (Contact, list(self._added.values())),
            (Address, self._new_addresses),
            (Consent, self._consents()),
        ):
            if rows:
                self._session.execute(insert(table_of(model)), rows)
        if self._changed:
            self._session.execute(_UPDATE, [self._changes(contact) for contact in self._changed.values()])

    def _changes(self, contact: dict[str, Any]) -> dict[str, Any]:
        return {f"to_{name}": contact[name] for name in _CHANGEABLE} | {
            "of_id": contact["id"],
            "to_updated_at": self._batch.now,
        }

    def _consents(self) -> list[dict[str, Any]]:
        """Words that are not in the ledger yet; a file brought in twice says nothing twice."""
        about = {contact_id for contact_id, row in self._said if row.words}
        stands: dict[tuple[str, str], list[tuple[datetime, bool]]] = {}
        if about - self._added.keys():
            query = select(_consents.contact_id, _consents.purpose, _consents.at, _consents.granted).where(
                _consents.contact_id.in_(about), _consents.channel == ""
            )
            for row in self._session.execute(query.order_by(_consents.at, _consents.id)):
                stands.setdefault((row.contact_id, row.purpose), []).append((row.at, row.granted))
        made = []
        for contact_id, taken in self._said:
            for word in taken.words:
                before = stands.setdefault((contact_id, word.purpose), [])
                refused_already = word.at is None and bool(before) and not before[-1][1]
                at = word.at or self._batch.now
                if refused_already or (at, word.granted) in before:
                    continue
                before.append((at, word.granted))
                made.append(
                    {
                        "id": self._batch.ids.new(),
                        "contact_id": contact_id,
                        "channel": "",
                        "purpose": word.purpose,
                        "granted": word.granted,
                        "at": at,
                        "source": UNDATED if word.at is None else DATED_IMPORT,
                        "wording": f"{word.wording} ({self._batch.file_name}:{taken.line})",
                        "message_id": None,
                    }
                )
        return made + self._refused_before()

    def _refused_before(self) -> list[dict[str, Any]]:
        """Whoever had refused messages and was erased does not get them because a file brings the address back."""
        whose = {(row["channel"], row["value"]): row["contact_id"] for row in self._new_addresses}
        found = forgotten_words(self._session, whose, self._batch.suppressed)
        return [
            {
                "id": self._batch.ids.new(),
                "contact_id": whose[address],
                "channel": word.channel,
                "purpose": word.purpose,
                "granted": False,
                "at": word.at,
                "source": word.source,
                "wording": "",
                "message_id": None,
            }
            for address, words in found.items()
            for word in words
        ]


_UPDATE: Final = (
    update(table_of(Contact))
    .where(table_of(Contact).c.id == bindparam("of_id"))
    .values(
        {name: bindparam(f"to_{name}") for name in _CHANGEABLE}
        | {"updated_at": bindparam("to_updated_at"), "version": table_of(Contact).c.version + 1}
    )
)


def blank_contact(contact_id: str, now: datetime, source: str) -> dict[str, Any]:
    """All columns of a contact of whom nothing is known."""
    return {
        "id": contact_id,
        "name": "",
        "language": "",
        "timezone": "",
        "country": "",
        "zone": "",
        "organisation_id": None,
        "organisation_role": "",
        "owner_agent_id": None,
        "source_channel": source,
        "preferred_channel": "",
        "external_id": None,
        "born_on": None,
        "birthday": "",
        "stage": "prospect",
        "tier": "reply_only",
        "mode": "",
        "tags": [],
        "fields": {},
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }
