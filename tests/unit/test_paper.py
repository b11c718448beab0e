"""Papers are read back as a viewer reads them."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pypdfium2
import pytest

from bot.paper import (
    Bars,
    Block,
    Document,
    Facts,
    Heading,
    NoFont,
    Paragraph,
    Table,
    find_fonts,
    to_csv,
    to_pdf,
)
from bot.paper.sheet import Cell
from bot.paper.wrapping import wrap

NOW = datetime(2026, 3, 5, 17, 4, tzinfo=UTC)


def paper(*blocks: Block, language: str = "fr", landscape: bool = False) -> Document:
    return Document(
        title="Registre",
        language=language,
        printed_at=NOW,
        company="Briqueterie Atlas",
        blocks=blocks,
        landscape=landscape,
    )


def pages(document: Document) -> list[str]:
    """What each page says. A viewer tells ligatures and joined letters as what they stand for."""
    opened = pypdfium2.PdfDocument(to_pdf(document))
    return [page.get_textpage().get_text_bounded() for page in opened]


def test_a_paper_says_whose_it_is_when_it_was_printed_and_how_many_pages_it_has() -> None:
    (page,) = pages(paper(Paragraph("Rien à signaler.")))
    assert "Briqueterie Atlas" in page
    assert "Imprimé le 5 mars 2026, 17:04" in page
    assert "1 / 1" in page


def test_every_block_is_printed() -> None:
    (page,) = pages(
        paper(
            Heading("Résumé"),
            Facts(items=(("Reçues", "12"),)),
            Bars(items=(("Qualité", 3), ("Délai", 1)), cumulated=True),
            Table(heads=("Référence",), rows=(("RC-2026-000001",),)),
            Paragraph("Une remarque", small=True),
        )
    )
    for words in (
        "Résumé",
        "Reçues",
        "12",
        "Qualité",
        "3 (75 %)",
        "1 (100 %)",
        "RC-2026-000001",
        "Une remarque",
    ):
        assert words in " ".join(page.split())


def test_a_long_table_repeats_its_heads_and_loses_no_row() -> None:
    rows = tuple((f"RC-2026-{n:06d}", "palette cassée") for n in range(120))
    printed = pages(paper(Table(heads=("Référence", "Objet"), rows=rows)))
    assert len(printed) > 2
    assert all("Référence" in page for page in printed)
    found = [word for page in printed for word in page.split() if word.startswith("RC-")]
    assert found == [reference for reference, _ in rows]


def test_a_row_that_no_page_can_hold_goes_on_overleaf() -> None:
    words = [f"mot{n}" for n in range(3_000)]
    printed = pages(paper(Table(heads=("Texte",), rows=((" ".join(words),),))))
    assert len(printed) > 1
    found = [word for page in printed for word in page.split() if word.startswith("mot")]
    assert found == words


def test_arabic_is_joined_set_from_the_right_and_keeps_its_numbers() -> None:
    document = paper(Paragraph("عدد الشكاوى 12 ورقم الهاتف +213 550 00 00 12"), language="ar")
    text = pypdfium2.PdfDocument(to_pdf(document))[0].get_textpage()
    words = text.get_text_bounded()
    assert "عدد الشكاوى 12 ورقم الهاتف" in words
    left = {letter: text.get_charbox(words.index(letter))[0] for letter in ("+", "55", "عدد")}
    assert left["+"] < left["55"] < left["عدد"]


def test_columns_of_an_arabic_table_run_from_right_to_left() -> None:
    document = paper(Table(heads=("AAA", "BBB"), rows=()), language="ar")
    text = pypdfium2.PdfDocument(to_pdf(document))[0].get_textpage()
    where = {name: text.get_charbox(text.get_text_bounded().index(name))[0] for name in ("AAA", "BBB")}
    assert where["AAA"] > where["BBB"]


@pytest.mark.parametrize("text", ["", " ", "\x00\x07", "😀", "a\r\nb\tc", "ا" * 500, "x" * 500])
def test_no_text_stops_the_printer(text: str) -> None:
    blocks = (Paragraph(text), Table(heads=("a", "b"), rows=((text, text),)), Facts(items=((text, text),)))
    assert to_pdf(paper(*blocks, language="ar", landscape=True)).startswith(b"%PDF")


def test_the_same_document_gives_the_same_bytes() -> None:
    document = paper(Paragraph("Toujours la même chose."))
    assert to_pdf(document) == to_pdf(document)


def test_a_missing_font_is_told_with_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoFont, match=r"documents\.font"):
        find_fonts(tmp_path / "none.ttf")
    monkeypatch.setattr("bot.paper.fonts._KNOWN", ())
    with pytest.raises(NoFont, match="fonts-dejavu-core"):
        find_fonts()


def test_lines_are_broken_at_spaces_and_words_where_they_must() -> None:
    assert wrap("un deux trois", 8, len) == ["un deux", "trois"]
    assert wrap("abcdefghij", 4, len) == ["abcd", "efgh", "ij"]
    assert wrap("a\n\nb", 9, len) == ["a", "", "b"]


def test_a_sheet_opens_in_the_spreadsheets_of_its_language() -> None:
    rows: list[tuple[Cell, ...]] = [
        ("Objet", "Coût"),
        ("Café; «crème»", Decimal("12.50")),
        (None, True),
        ("fin", NOW),
    ]
    french = to_csv(rows, language="fr")
    assert french.startswith(b"\xef\xbb\xbf")
    assert "\r\nfin;2026-03-05 17:04:00+00:00\r\n" in french.decode("utf-8-sig")
    read = list(csv.reader(StringIO(french.decode("utf-8-sig")), delimiter=";"))
    assert read[1:3] == [["Café; «crème»", "12,50"], ["", "1"]]
    assert list(csv.reader(StringIO(to_csv(rows, language="en").decode("utf-8-sig"))))[1][1] == "12.50"


@pytest.mark.parametrize(
    "text", ["=1+1", "+213550000012", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0"]
)
def test_no_text_is_run_as_a_formula(text: str) -> None:
    (read,) = csv.reader(StringIO(to_csv([(text, -1)], language="en").decode("utf-8-sig"), newline=""))
    assert read == [f"'{text}", "-1"]
