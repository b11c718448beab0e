"""A batch of rows about what customers bought, were offered, own, collect, wait for and like."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, tuple_, update
from sqlalchemy.orm import Session

from bot.contacts_data.cells import folded
from bot.contacts_data.contact_rows import Batch
from bot.contacts_data.kinds import ImportKind
from bot.contacts_data.known import Known, agents_by_name, organisations_named
from bot.contacts_data.outcome import Outcome
from bot.contacts_data.taking import Taken
from bot.records import Equipment, Interest, LoyaltyAccount, Organisation, Purchase, Quote, WaitingPlace
from bot.records.base import table_of

Values = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where the rows of a kind are kept. `keys`: what makes two rows the same one, the first that is filled in."""

    model: type[Any]
    keys: tuple[tuple[str, ...], ...]
    start: Values  # columns that a row may leave out
    finish: Callable[[Values, datetime], None] = lambda values, now: None


def _purchase(values: Values, now: datetime) -> None:
    if values["delivered_at"] and values["status"] == "ordered":
        values["status"] = "delivered"


def _equipment(values: Values, now: datetime) -> None:
    """The next service follows from the last one where the file does not say it. source: domain §6"""
    months, last = values["service_every_months"], values["last_service_on"] or values["installed_on"]
    if values["next_service_on"] is None and months and months > 0 and isinstance(last, date):
        values["next_service_on"] = after_months(last, months)


def after_months(day: date, months: int) -> date:
    """The same day some months later, the month's last where it has fewer days."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _loyalty(values: Values, now: datetime) -> None:
    values["opened_on"] = values["opened_on"] or now.date()


def _dated(values: Values, now: datetime) -> None:
    values["at"] = values["at"] or now


KEPT: Final[dict[ImportKind, Kept]] = {
    "purchases": Kept(
        model=Purchase,
        keys=(("external_id",), ("contact_id", "order_ref", "product", "at")),
        start={
            "external_id": None, "organisation_id": None, "order_ref": "", "product_range": "",
            "quantity": Decimal(1), "channel": "", "status": "ordered", "delivered_at": None,
        },
        finish=_purchase,
    ),
    "quotes": Kept(
        model=Quote,
        keys=(("external_id",), ("contact_id", "reference")),
        start={"external_id": None, "valid_until": None, "summary": "", "status": "open"},
    ),
    "equipment": Kept(
        model=Equipment,
        keys=(("external_id",), ("contact_id", "product", "serial")),
        start={
            "external_id": None, "serial": "", "installed_on": None, "service_every_months": None,
            "last_service_on": None, "next_service_on": None,
        },
        finish=_equipment,
    ),
    "loyalty": Kept(
        model=LoyaltyAccount,
        keys=(("number",),),
        start={"points": 0, "rewards": 0, "opened_on": None, "expires_on": None, "renewed_on": None},
        finish=_loyalty,
    ),
    "waiting": Kept(
        model=WaitingPlace,
        keys=(("contact_id", "product"),),
        start={"quantity": Decimal(1), "at": None, "status": "waiting"},
        finish=_dated,
    ),
    "interests": Kept(
        model=Interest,
        keys=(("contact_id", "topic"),),
        start={"source": "file", "at": None},
        finish=_dated,
    ),
}  # fmt: skip


def write_rows(session: Session, kind: ImportKind, rows: Sequence[Taken], batch: Batch) -> Outcome:
    """In the caller's transaction; may be called again with the same rows when that failed."""
    if kind == "organisations":
        return _write_organisations(session, rows, batch)
    return _CustomerRows(session, KEPT[kind], rows, batch).write()


def plan_rows(session: Session, kind: ImportKind, rows: Sequence[Taken], batch: Batch) -> Outcome:
    """What `write_rows` would do, without doing it."""
    if kind == "organisations":
        return _write_organisations(session, rows, batch, keep=False)
    return _CustomerRows(session, KEPT[kind], rows, batch).plan()


class _CustomerRows:
    def __init__(self, session: Session, kept: Kept, rows: Sequence[Taken], batch: Batch) -> None:
        self._session = session
        self._kept = kept
        self._table = table_of(kept.model)
        self._columns = {column.name for column in self._table.columns}
        self._rows = rows
        self._batch = batch
        self._outcome = Outcome()
        self._known = Known.load(
            session, [row for row in rows if not row.refused], external="contact_external_id"
        )
        self._there: dict[tuple[Any, ...], Values] = {}
        self._added: dict[str, Values] = {}
        self._changed: dict[str, Values] = {}
        self._touched: set[str] = set()

    def write(self) -> Outcome:
        self.plan()
        if self._added:
            self._session.execute(insert(self._table), list(self._added.values()))
        if self._changed:
            self._session.execute(self._update(), [self._changes(row) for row in self._changed.values()])
        return self._outcome

    def plan(self) -> Outcome:
        taken = [(row, self._filled(row)) for row in self._rows]
        self._look_up([filled for _, filled in taken if filled])
        for row, filled in taken:
            told = Taken(line=row.line)
            if filled is None:
                self._outcome.refused += 1
                if not row.refused:
                    told.fault("contact_unknown", refused=True, value=_who(row))
            else:
                self._take(filled, told)
            self._outcome.faults += [(row.line, fault) for fault in (*row.faults, *told.faults)]
        return self._outcome

    def _filled(self, row: Taken) -> Values | None:
        """The columns the row fills in, None where it is nobody's."""
        if row.refused:
            return None
        contact_id = row.values.get("contact_id") or self._known.match(
            row, external="contact_external_id", by_name=False
        )
        if contact_id is None:
            return None
        values = {name: value for name, value in row.values.items() if name in self._columns}
        values["contact_id"] = contact_id
        organisation = self._known.contacts.get(contact_id, {}).get("organisation_id")
        if "organisation_id" in self._columns and organisation:
            values["organisation_id"] = organisation
        return values

    def _key(self, values: Values) -> tuple[Any, ...]:
        for key in self._kept.keys:
            if all(values.get(name) is not None for name in key):
                return (key, *(values[name] for name in key))
        last = self._kept.keys[-1]
        return (last, *(values.get(name, self._kept.start.get(name)) for name in last))

    def _look_up(self, rows: Sequence[Values]) -> None:
        for key in self._kept.keys:
            wanted = {found[1:] for values in rows if (found := self._key(values))[0] == key}
            if not wanted:
                continue
            columns = tuple_(*(self._table.c[name] for name in key))
            query = select(self._table).where(columns.in_(sorted(wanted, key=str)))
            for found_row in self._session.execute(query).mappings():
                self._there[(key, *(found_row[name] for name in key))] = dict(found_row)

    def _take(self, values: Values, told: Taken) -> None:
        key = self._key(values)
        row = self._there.get(key)
        if row is None:
            row = Values(id=self._batch.ids.new(), created_at=self._batch.now) | self._kept.start | values
            self._kept.finish(row, self._batch.now)
            self._there[key] = row
            self._added[row["id"]] = {name: value for name, value in row.items() if name in self._columns}
            self._outcome.added += 1
            self._outcome.ids.append(row["id"])
            self._touched.add(row["id"])
            return
        in_file = row["id"] in self._touched or self._batch.told_before(row["id"])
        self._touched.add(row["id"])
        if in_file:
            told.fault("double_in_file", name=str(key[-1]), refused=True)
        if in_file or self._batch.policy != "update" or all(row[n] == value for n, value in values.items()):
            self._outcome.unchanged += 1
            self._outcome.ids.append(row["id"])
            return
        row.update(values)
        self._kept.finish(row, self._batch.now)
        self._changed[row["id"]] = row
        self._outcome.changed += 1
        self._outcome.ids.append(row["id"])

    def _update(self) -> Any:
        names = self._columns - {"id", "created_at"}
        return (
            update(self._table)
            .where(self._table.c.id == bindparam("of_id"))
            .values({name: bindparam(f"to_{name}") for name in names})
        )

    def _changes(self, row: Values) -> Values:
        names = self._columns - {"id", "created_at"}
        return {f"to_{name}": row[name] for name in names} | {"of_id": row["id"]}


def _who(row: Taken) -> str:
    return str(row.values.get("contact_external_id") or ", ".join(value for _, value in row.addresses) or "?")


def _write_organisations(
    session: Session, rows: Sequence[Taken], batch: Batch, *, keep: bool = True
) -> Outcome:
    outcome = Outcome()
    there = organisations_named(session, [row.values["name"] for row in rows if not row.refused])
    agents = agents_by_name(session)
    for row in rows:
        outcome.faults += [(row.line, fault) for fault in row.faults]
        if row.refused:
            outcome.refused += 1
            continue
        told = Taken(line=row.line)
        values = {name: value for name, value in row.values.items() if name in ("name", "country")}
        if owner := row.values.get("owner"):
            if folded(owner) in agents:
                values["owner_agent_id"] = agents[folded(owner)]
            else:
                told.fault("owner_unknown", "owner", value=owner)
        _keep_organisation(session if keep else None, values, there, batch, outcome)
        outcome.faults += [(row.line, fault) for fault in told.faults]
    return outcome


def _keep_organisation(
    session: Session | None, values: Values, there: dict[str, Values], batch: Batch, outcome: Outcome
) -> None:
    table, key = table_of(Organisation), folded(values["name"])
    found = there.get(key)
    if found is None:
        made: Values = {
            "id": batch.ids.new(),
            "country": "",
            "owner_agent_id": None,
            "created_at": batch.now,
        } | values
        if session is not None:
            session.execute(insert(table), [made])
        there[key] = made
        outcome.added += 1
        outcome.ids.append(made["id"])
        return
    values = {name: value for name, value in values.items() if name != "name" and value}
    outcome.ids.append(found["id"])
    if batch.policy != "update" or all(found[name] == value for name, value in values.items()):
        outcome.unchanged += 1
        return
    if session is not None:
        session.execute(update(table).where(table.c.id == found["id"]).values(values))
    found.update(values)
    outcome.changed += 1
