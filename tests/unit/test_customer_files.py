"""Files as they come: encodings, separators, broken quotes, worksheets, traps; and which column is which."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from bot.contacts_data.company_fields import CompanyField
from bot.contacts_data.encodings import encoding_of
from bot.contacts_data.export import guarded
from bot.contacts_data.faults import LANGUAGES, WORDS, say
from bot.contacts_data.kinds import COLUMNS, KINDS
from bot.contacts_data.mapping import MappingError, map_columns, read_mapping, write_mapping
from bot.contacts_data.tables import Table, TableError, open_table
from bot.contacts_data.taking import RowReader, Taken, Ways

FRENCH = "Nom;Prénom;Téléphone\nBénali;Hélène;0550000001\nÇelik;Zoé;0550000002\n"
ARABIC = "الاسم الكامل;الهاتف\nأمينة بن علي;0550000001\nكريم حداد;0550000002\n"
WAYS = Ways(country="DZ", currency="DZD", zone=ZoneInfo("Africa/Algiers"), today=date(2026, 3, 5))


def kept(folder: Path, content: bytes | str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def cells(table: Table) -> list[list[Any]]:
    return [row.cells for row in table.rows()]


def taken(folder: Path, content: str, kind: Any = "contacts", ways: Ways = WAYS) -> list[Taken]:
    table = open_table(kept(folder, content))
    mapping = map_columns(kind, table, ways.fields, {})
    reader = RowReader(kind, table, mapping.targets(), ways)
    return [reader.read(row) for row in table.rows()]


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        (FRENCH, "utf-8", "utf-8"),
        (FRENCH, "utf-8-sig", "utf-8-sig"),
        (FRENCH, "utf-16", "utf-16"),
        (FRENCH, "utf-16-le", "utf-16-le"),
        (FRENCH, "cp1252", "cp1252"),
        (ARABIC, "utf-8", "utf-8"),
        (ARABIC, "utf-16", "utf-16"),
        (ARABIC, "cp1256", "cp1256"),
    ],
)
def test_the_encoding_shows_in_the_bytes(tmp_path: Path, text: str, encoding: str, found: str) -> None:
    path = kept(tmp_path, text.encode(encoding))
    assert encoding_of(path).name == found
    table = open_table(path)
    assert table.headings == text.splitlines()[0].split(";")
    assert cells(table) == [line.split(";") for line in text.splitlines()[1:]]


def test_a_doubtful_encoding_is_said(tmp_path: Path) -> None:
    assert not encoding_of(kept(tmp_path, "a;é".encode("cp1252"))).sure
    damaged = ("é" * 100).encode() + b"\xff"
    found = encoding_of(kept(tmp_path, damaged))
    assert (found.name, found.sure) == ("utf-8", False)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_that_fits_all_lines(tmp_path: Path, delimiter: str) -> None:
    rows = [["nom", "adresse", "tel"], ["A, B", "1; rue | x", "0550"], ["C", "", "0551"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    table = open_table(kept(tmp_path, text))
    assert (table.delimiter, cells(table)) == (delimiter, rows[1:])


def test_the_line_that_spreadsheets_put_first_is_understood(tmp_path: Path) -> None:
    table = open_table(kept(tmp_path, "sep=|\na|b\n1|2\n"))
    assert (table.headings, cells(table)) == (["a", "b"], [["1", "2"]])


def test_quoted_cells_hold_line_ends_quotes_and_separators(tmp_path: Path) -> None:
    table = open_table(kept(tmp_path, 'a;b\n"1\n2";"x ""y"" ; z"\n\n;;\n3;4\n'))
    assert [(row.line, row.cells) for row in table.rows()] == [(2, ["1\n2", 'x "y" ; z']), (6, ["3", "4"])]


def test_a_quote_that_is_not_closed_swallows_no_row(tmp_path: Path) -> None:
    lines = ['1;"ouvert', *(f"{number};x" for number in range(2, 60))]
    rows = list(open_table(kept(tmp_path, "a;b\n" + "\n".join(lines))).rows())
    assert len(rows) == 59 and rows[-1].cells == ["59", "x"]
    assert rows[0].broken == "quote_open"


def test_inches_in_a_text_are_no_quotes(tmp_path: Path) -> None:
    table = open_table(kept(tmp_path, 'a;b\ntube 5";1\ntube 3" x;2\n'))
    assert cells(table) == [['tube 5"', "1"], ['tube 3" x', "2"]]


def test_a_file_without_headings_is_read_from_its_first_line(tmp_path: Path) -> None:
    table = open_table(kept(tmp_path, "Karim;k@example.org;0550000001\nZohra;z@example.org;0550000002\n"))
    assert (table.first, table.headings) == (1, ["column 1", "column 2", "column 3"])
    assert map_columns("contacts", table, (), {}).targets() == ["", "email", "phone"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no rows"),
        (b"\n\n;;\n", "no rows"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old or encrypted"),
        (b"PK\x03\x04", "not a sound"),
    ],
)
def test_what_is_no_table_is_said_in_words(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(TableError, match=words):
        open_table(kept(tmp_path, content))


def sheet(folder: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    path = folder / "file.xlsx"
    book.save(path)
    return path


def test_a_worksheet_gives_its_own_types_and_runs_no_formula(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        [
            ["Nom", "Téléphone", "Né le", "Calcul"],
            ["Zohra", 213550000001, date(1985, 3, 5), "=1+1"],
            [],
            ["B", 550000002.0],
        ],
    )
    table = open_table(path)
    mapping = map_columns("contacts", table, (), {})
    reader = RowReader("contacts", table, mapping.targets(), WAYS)
    first, second = (reader.read(row) for row in table.rows())
    assert first.values == {"name": "Zohra", "born_on": date(1985, 3, 5), "birthday": "03-05"}
    assert (first.addresses, second.addresses) == ([("sms", "+213550000001")], [("sms", "+213550000002")])
    assert second.line == 4
    assert next(iter(table.rows())).cells[3] is None  # never computed, so there is nothing to read


def test_a_packed_trap_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    with pytest.raises(TableError, match="trap"):
        open_table(path)


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    with pytest.raises(TableError, match=r"not an \.xlsx"):
        open_table(path)


@pytest.mark.parametrize(
    ("headings", "targets"),
    [
        ("N° client;NOM;PRENOM;Tél.;E-Mail;Date de Naissance;Wilaya",
         ["external_id", "last_name", "first_name", "phone", "email", "birthday", "zone"]),
        ("الاسم الكامل;رقم الهاتف;البريد الإلكتروني;تاريخ الميلاد;الولاية",
         ["name", "phone", "email", "birthday", "zone"]),
        ("Customer ID;Full name;Phone number;Email address;DOB;City;Remarks",
         ["external_id", "name", "phone", "email", "birthday", "zone", ""]),
        ("Nom;Groupe de clients;Tél 1;Tél 2", ["last_name", "field:group", "phone", "phone"]),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_headings(tmp_path: Path, headings: str, targets: list[str]) -> None:
    table = open_table(kept(tmp_path, headings + "\n" + "x;" * headings.count(";") + "x"))
    field = CompanyField(name="group", type="text", labels={"fr": "Groupe de clients"})
    assert map_columns("contacts", table, (field,), {}).targets() == targets


def test_a_mapping_is_overruled_kept_and_read_again(tmp_path: Path) -> None:
    table = open_table(kept(tmp_path, "Nom;Contact 2;x\nA;b;c\n"))
    mapping = map_columns("contacts", table, (), {"contact 2": "tags", "Nom": "-"})
    assert mapping.targets() == ["", "tags", ""]
    write_mapping(tmp_path / "kept.yaml", mapping)
    assert map_columns("contacts", table, (), read_mapping(tmp_path / "kept.yaml")).targets() == [
        "",
        "tags",
        "",
    ]
    for given in ({"Nomm": "name"}, {"Nom": "nam"}):
        with pytest.raises(MappingError, match="is it"):
            map_columns("contacts", table, (), given)


def test_every_kind_knows_each_column_by_its_own_name_and_no_heading_twice() -> None:
    for kind in KINDS:
        names = [target.name for target in COLUMNS[kind]]
        assert len(names) == len(set(names))
        headings = Table(path=Path(), headings=names, first=1)
        found = map_columns(kind, headings, (), {}).targets()
        assert found == names, kind


def test_a_yes_without_proof_is_no_consent_and_a_no_always_counts(tmp_path: Path) -> None:
    head = "E-mail;Accepte les offres;Date accord;Source accord\n"
    rows = taken(tmp_path, head + "a@example.org;oui;01/02/2026;Salon\nb@example.org;oui;;Salon\n"
                 "c@example.org;oui;01/02/2027;Salon\nd@example.org;non;;\ne@example.org;peut-être;;\n")  # fmt: skip
    said = [[(word.granted, word.at and word.at.date()) for word in row.words] for row in rows]
    assert said == [[(True, date(2026, 2, 1))], [], [], [(False, None)], []]
    codes = [[fault.code for fault in row.faults] for row in rows]
    assert codes == [
        [], ["consent_without_evidence"], ["date_ahead", "consent_without_evidence"], [], ["bad_yes_no"],
    ]  # fmt: skip
    assert not any(row.refused for row in rows)


def test_a_row_needs_what_its_kind_needs(tmp_path: Path) -> None:
    rows = taken(
        tmp_path,
        "Code client;Date;Produit;Montant\nC1;05/03/2026;B8;1 200,50 DA\n"
        "C1;hier;B8;12\n;05/03/2026;B8;12\nC1;05/03/2026;B8;12;x\n",
        "purchases",
    )
    assert [row.refused for row in rows] == [False, True, True, True]
    assert rows[0].values["currency"] == "DZD"
    assert [fault.code for row in rows[1:] for fault in row.faults] == [
        "bad_date",
        "missing",
        "no_one",
        "more_cells",
    ]


def test_the_country_of_a_row_says_how_its_number_is_dialled(tmp_path: Path) -> None:
    (row,) = taken(tmp_path, "Nom;Téléphone;Pays\nA;06 12 34 56 78;France\n")
    assert row.addresses == [("sms", "+33612345678")]


def test_every_fault_has_its_sentence_in_three_languages() -> None:
    for code, words in WORDS.items():
        assert len(words) == len(LANGUAGES) and all(words), code
        fields = [set(re.findall(r"{(\w+)}", text)) for text in words]
        assert fields[0] == fields[1] == fields[2], code
    assert say("bad_date", {"value": "x"}, "fr") == "« x » n'est pas une date"
    assert say("of a newer program", {}, "fr") == "of a newer program"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+a", "'-1+a"),
        ("+213550000001", "+213550000001"),
        ("-12.5", "-12.5"),
        ("Karim", "Karim"),
    ],
)
def test_no_text_becomes_a_formula(cell: str, written: str) -> None:
    assert guarded(cell) == written
