"""A row of a file as values of ours, and what was wrong with it. Pure: knows no database and no clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale

from bot.contacts_data.amounts import read_amount, read_count
from bot.contacts_data.cells import Cell, folded, text_of
from bot.contacts_data.company_fields import CompanyField, read_field, read_yes_no
from bot.contacts_data.dates import Order, read_birthday, read_date, read_moment
from bot.contacts_data.kinds import ImportKind, Target
from bot.contacts_data.mapping import FIELD, targets_of
from bot.contacts_data.names import MAX_NAME, read_name, whole_name
from bot.contacts_data.phones import Phone, read_emails, read_phones
from bot.contacts_data.tables import Table, TableRow
from bot.contacts_data.unreadable import Unreadable

MAX_TEXT: Final = 255
MAX_LONG: Final = 5_000
_LANGUAGES: Final = {
    "fr": "fr fra fre français francais french الفرنسية فرنسية فرنسي",
    "ar": "ar ara arabe arabic العربية عربية عربي darija دارجة",
    "en": "en eng anglais english الإنجليزية إنجليزية انجليزي",
}
_TAG_MARKS: Final = str.maketrans({";": ",", "|": ",", "،": ",", "\n": ","})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How this company's files are read."""

    country: str
    currency: str
    zone: ZoneInfo
    today: date
    order: Order = "dmy"
    decimal: str = ","
    fields: tuple[CompanyField, ...] = ()
    consent_source: str = ""  # of every consent of the file, where a form or fair stands behind all of it
    consent_at: date | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    column: str
    code: str
    detail: dict[str, Any]
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A yes or no about messages, with what proves it."""

    purpose: str
    granted: bool
    at: datetime | None  # None: a refusal without a date, which counts from now on
    wording: str


@dataclass(slots=True, kw_only=True)
class Taken:
    """One row, read."""

    line: int
    values: dict[str, Any] = field(default_factory=dict)  # by column of ours; only what was filled in
    addresses: list[tuple[str, str]] = field(default_factory=list)  # channel, value
    words: list[Word] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return any(fault.refused for fault in self.faults)

    def fault(self, code: str, column: str = "", *, refused: bool = False, **detail: Any) -> None:
        self.faults.append(Fault(column, code, detail, refused))


class RowReader:
    """Reads the rows of one file."""

    def __init__(self, kind: ImportKind, table: Table, targets: Sequence[str], ways: Ways) -> None:
        known = targets_of(kind, ways.fields)
        self.kind = kind
        self._table = table
        self._ways = ways
        self._needed = [target.name for target in known.values() if target.needed]
        # The country first: it says how the telephone numbers of its row are dialled.
        self._columns = sorted(
            ((at, known[name]) for at, name in enumerate(targets) if name),
            key=lambda column: column[1].name != "country",
        )
        self._fields = {field.name: field for field in ways.fields}
        self._readers = _readers(ways)

    def read(self, row: TableRow) -> Taken:
        """What can be read is taken; what can't is said."""
        taken = Taken(line=row.line)
        raw: dict[str, Cell] = {}
        self._shape(row, taken)
        for at, target in self._columns:
            cell = row.cells[at] if at < len(row.cells) else None
            if text_of(cell):
                self._cell(taken, raw, self._table.headings[at], target, cell)
        missing = [name for name in self._needed if name not in taken.values]
        if missing:
            taken.fault("missing", refused=True, needed=", ".join(missing))
        if self.kind == "contacts":
            self._finish_contact(taken, raw)
        elif self.kind != "organisations" and not (taken.addresses or "contact_external_id" in taken.values):
            taken.fault("no_one", refused=True)
        return taken

    def _shape(self, row: TableRow, taken: Taken) -> None:
        if row.broken:
            taken.fault(row.broken)
        extra = [cell for cell in row.cells[len(self._table.headings) :] if text_of(cell)]
        if extra:
            count = len(self._table.headings) + len(extra)
            taken.fault("more_cells", refused=True, count=count, headings=len(self._table.headings))
        if self._table.lost_letters(row):
            taken.fault("lost_letters")

    def _cell(self, taken: Taken, raw: dict[str, Cell], heading: str, target: Target, cell: Cell) -> None:
        try:
            if target.reader == "phones":
                found = read_phones(cell, country=self._country_of(taken))
                taken.addresses += [(_channel(target.name, phone), phone.value) for phone in found]
            elif target.reader == "emails":
                taken.addresses += [("email", address) for address in read_emails(cell)]
            elif target.reader == "field":
                self._company_field(taken, target.name.removeprefix(FIELD), cell)
            elif target.name in ("first_name", "last_name"):
                raw[target.name] = cell
            elif target.reader == "birthday":
                born_on, birthday = read_birthday(cell, today=self._ways.today, order=self._ways.order)
                taken.values |= {"birthday": birthday} | ({"born_on": born_on} if born_on else {})
            elif target.reader == "tags":
                taken.values["tags"] = list(dict.fromkeys([*taken.values.get("tags", ()), *_tags(cell)]))
            else:
                self._plain_cell(taken, target, cell)
        except Unreadable as error:
            taken.fault(error.code, heading, refused=target.needed, **error.detail)

    def _plain_cell(self, taken: Taken, target: Target, cell: Cell) -> None:
        if target.reader == "choice":
            taken.values[target.name] = read_choice(cell, target)
        elif target.reader == "amount":
            amount, currency = read_amount(cell, decimal=self._ways.decimal)
            taken.values[target.name] = amount
            if currency:
                taken.values.setdefault("currency", currency)
        elif target.reader == "date":
            taken.values[target.name] = self._date(cell, past=target.past)
        else:
            taken.values[target.name] = self._readers[target.reader](cell)

    def _date(self, cell: Cell, *, past: bool) -> date:
        day = read_date(cell, today=self._ways.today, order=self._ways.order, past=past)
        if past and day > self._ways.today:
            raise Unreadable("date_ahead", value=text_of(cell))
        return day

    def _company_field(self, taken: Taken, name: str, cell: Cell) -> None:
        value = read_field(
            cell,
            self._fields[name],
            today=self._ways.today,
            order=self._ways.order,
            decimal=self._ways.decimal,
        )
        taken.values["fields"] = {**taken.values.get("fields", {}), name: value}

    def _country_of(self, taken: Taken) -> str:
        return str(taken.values.get("country") or self._ways.country)

    def _finish_contact(self, taken: Taken, raw: Mapping[str, Cell]) -> None:
        if raw and "name" not in taken.values:
            whole = whole_name(raw.get("first_name"), raw.get("last_name"))
            taken.values["name"] = whole if len(raw) > 1 else read_name(whole)
        taken.addresses = list(dict.fromkeys(taken.addresses))
        self._consents(taken)
        if not taken.addresses and "external_id" not in taken.values:
            taken.fault("no_one", refused=True)

    def _consents(self, taken: Taken) -> None:
        values = taken.values
        given = [(purpose, values.pop(f"consent_{purpose}", None)) for purpose in ("offers", "information")]
        on = values.pop("consent_at", None) or self._ways.consent_at
        source = values.pop("consent_source", "") or self._ways.consent_source
        wording = values.pop("consent_wording", "")
        at = datetime.combine(on, time(12), tzinfo=self._ways.zone) if on else None
        for purpose, granted in given:
            if granted is None:
                continue
            if granted and not (at and source):
                taken.fault("consent_without_evidence", f"consent_{purpose}")
                continue
            said = " · ".join(filter(None, (wording, source)))
            taken.words.append(Word(purpose, granted, at, said or ("oui" if granted else "non")))


def read_choice(cell: Cell, target: Target) -> str:
    """One of the values a column may have, by any of its words. Raises `Unreadable`: bad_choice."""
    key = folded(text_of(cell))
    for value, words in target.choices:
        if key in {folded(word) for word in (value, *words.split("|"))}:
            return value
    raise Unreadable("bad_choice", value=text_of(cell), known=", ".join(value for value, _ in target.choices))


def read_language(cell: Cell) -> str:
    """fr, ar or en. Raises `Unreadable`: bad_choice."""
    key = folded(text_of(cell))
    for language, words in _LANGUAGES.items():
        if key in {folded(word) for word in words.split()} or key.split()[:1] == [language]:
            return language
    raise Unreadable("bad_choice", value=text_of(cell), known="fr, ar, en")


def read_country(cell: Cell) -> str:
    """The two letters of a country, by its name in three languages too. Raises `Unreadable`: bad_choice."""
    found = _countries().get(folded(text_of(cell)))
    if found is None:
        raise Unreadable("bad_choice", value=text_of(cell), known="DZ, MA, TN, FR …")
    return found


@cache
def _countries() -> dict[str, str]:
    known = {}
    for language in ("fr", "ar", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                known[folded(name)] = code
                known[code.casefold()] = code
    return known


def read_timezone(cell: Cell) -> str:
    """An IANA name. Raises `Unreadable`: bad_choice."""
    name = text_of(cell)
    if name not in _zones():
        raise Unreadable("bad_choice", value=name, known="Africa/Algiers, Europe/Paris …")
    return name


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_text(cell: Cell, limit: int = MAX_TEXT) -> str:
    """One line. Raises `Unreadable`: too_long."""
    text = text_of(cell).replace("\n", " ")
    if len(text) > limit:
        raise Unreadable("too_long", limit=str(limit))
    return text


def _long(cell: Cell) -> str:
    text = text_of(cell)
    if len(text) > MAX_LONG - 1:
        raise Unreadable("too_long", limit=str(MAX_LONG - 1))
    return text


def _tags(cell: Cell) -> list[str]:
    parts = text_of(cell).translate(_TAG_MARKS).split(",")
    return [part.strip()[:64] for part in parts if part.strip()][:50]


def _channel(target: str, phone: Phone) -> str:
    if target == "whatsapp":
        return "whatsapp"
    return "sms" if phone.kind == "mobile" else "phone"


def _readers(ways: Ways) -> dict[str, Callable[[Cell], Any]]:
    def count(cell: Cell) -> int:
        return read_count(cell, decimal=ways.decimal)

    def moment(cell: Cell) -> datetime:
        return read_moment(cell, zone=ways.zone, today=ways.today, order=ways.order)

    def name(cell: Cell) -> str:
        return read_name(read_text(cell, MAX_NAME))

    return {
        "text": read_text,
        "long": _long,
        "name": name,
        "moment": moment,
        "count": count,
        "yes_no": read_yes_no,
        "language": read_language,
        "country": read_country,
        "timezone": read_timezone,
    }


def as_money(values: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """With the company's currency where a row names none."""
    if isinstance(values.get("amount"), Decimal) and not values.get("currency"):
        return {**values, "currency": currency}
    return dict(values)
