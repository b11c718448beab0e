"""The report's marks, its three forms, its words; whatever a customer or an agent wrote forges nothing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.job_slots import latest_slot
from bot.paper import Bars, Document, Facts, Heading, Paragraph, Table
from bot.report_markup import document_of, one_line, read_report
from bot.report_page import to_html, whole_page
from bot.report_text import to_text
from bot.report_words import ReportWords
from bot.templating import CompanyFacts, Templates, bare_sample, full_sample
from channels.email.html_body import clean_html
from templates import BUILT_IN

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
ALGIERS = ZoneInfo("Africa/Algiers")
TEMPLATES = Templates.load([BUILT_IN], company=CompanyFacts(name="Briqueterie Atlas"))
STYLES = r'style="([^"]*)"'
MARKED = """# Rapport
Semaine 10

* 2 en retard.

## Chiffres
| Quoi | Avant > | Après >
| Reçues | 12 | 40 000
| Sans fin | 1

~ WhatsApp | 12
~ SMS | 0
~~ transport | 6
~~ cuisson | 2
. Une remarque.
Rien d’autre.
"""


def paper(text: str, language: str = "fr") -> Document:
    return document_of(text, language=language, printed_at=NOON, company="Briqueterie Atlas")


def test_each_mark_makes_its_block() -> None:
    title, subtitle, blocks = read_report(MARKED)
    assert (title, subtitle) == ("Rapport", "Semaine 10")
    assert blocks == (
        Paragraph("2 en retard.", strong=True),
        Heading("Chiffres"),
        Table(
            heads=("Quoi", "Avant", "Après"),
            rows=(("Reçues", "12", "40 000"), ("Sans fin", "1", "")),
            widths=(2.4, 1.0, 1.0),
            numbers=(1, 2),
        ),
        Bars(items=(("WhatsApp", 12.0), ("SMS", 0.0))),
        Bars(items=(("transport", 6.0), ("cuisson", 2.0)), cumulated=True),
        Paragraph("Une remarque.", small=True),
        Paragraph("Rien d’autre."),
    )


def test_an_operators_clumsy_template_still_makes_a_paper() -> None:
    title, subtitle, blocks = read_report("~ sans nombre\n~ a | beaucoup\n| seul\n")
    assert (title, subtitle) == ("", "")
    assert blocks[0] == Bars(items=(("sans nombre", 0.0), ("~ a | beaucoup".removeprefix("~ "), 0.0)))
    assert blocks[1] == Table(heads=("seul",), rows=(), widths=(2.4,), numbers=())
    assert read_report("") == ("", "", ())


@given(st.text(max_size=40))
def test_no_value_can_forge_a_mark(value: str) -> None:
    _, _, blocks = read_report(f"# T\n| a | b\n| {one_line(value) or '–'} | 1\n")
    (table,) = blocks
    assert isinstance(table, Table) and len(table.rows) == 1 and table.rows[0][1] == "1"


@given(st.text(max_size=40))
def test_no_value_can_break_out_of_the_page(value: str) -> None:
    hostile = one_line(f"<script>alert(1)</script>{value}\"'><img src=x onerror=y>")
    page = to_html(paper(f"# {hostile}\n\n{hostile}\n| {hostile} | b\n| {hostile} | 1\n~ {hostile} | 1\n"))
    assert "<script" not in page and "<img" not in page


def test_the_plain_text_stands_in_columns_and_reads_alone() -> None:
    lines = to_text(paper(MARKED)).splitlines()
    assert lines[:2] == ["Rapport", "Semaine 10"]
    assert "Reçues       12  40 000" in lines and "Sans fin      1" in lines
    assert "WhatsApp  " + "█" * 24 + " 12" in lines and "SMS        0" in lines
    assert any(line.endswith("6  75%") for line in lines) and any(line.endswith("2  100%") for line in lines)


def test_long_names_are_cut_in_text_alone_and_facts_are_shown() -> None:
    long = "Société de construction des Hauts Plateaux et de leurs environs"
    text = to_text(paper(f"# T\n\n~ {long} | 3\n"))
    assert "…" in text and max(map(len, text.splitlines())) < 90
    assert long in to_html(paper(f"# T\n\n~ {long} | 3\n"))
    facts = Document(title="T", language="fr", printed_at=NOON, blocks=(Facts((("Nom", "Valeur"),)),))
    assert "Nom: Valeur" in to_text(facts) and "Valeur" in to_html(facts)


def test_bars_are_cells_of_tables_as_wide_as_their_share_and_survive_the_cleaning_of_mails() -> None:
    page = to_html(paper(MARKED))
    assert 'width="33%" bgcolor=' in page and 'width="100%" bgcolor=' in page
    assert "<img" not in page and "class=" not in page and "<style" not in page
    cleaned = clean_html(page)
    assert 'width="33%" bgcolor=' in cleaned and "background-color" in cleaned
    assert re.findall(STYLES, cleaned) == [style.rstrip(";") for style in re.findall(STYLES, page)]


def test_arabic_runs_from_right_to_left() -> None:
    page = whole_page(paper(MARKED, "ar"))
    assert '<html lang="ar" dir="rtl">' in page and '<div dir="rtl"' in page
    assert 'align="right"' in page


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_the_shipped_report_is_whole_with_rich_and_with_poor_figures(language: str) -> None:
    counted = {}
    for sample in (full_sample, bare_sample):
        values = sample("report/weekly", NOON)
        text = TEMPLATES.render("report/weekly", language=language, channel="email", variables=values).text
        document = paper(text, language)
        assert document.title and document.subtitle and "Briqueterie Atlas" in document.subtitle
        tables = [block for block in document.blocks if isinstance(block, Table)]
        for table in tables:
            assert all(len(row) == len(table.heads) and all(row) for row in table.rows), table
        counted[sample.__name__] = (len(tables), sum(isinstance(block, Bars) for block in document.blocks))
        assert to_html(document) and to_text(document)
    assert counted == {"full_sample": (5, 5), "bare_sample": (2, 0)}


FR, EN, AR = (
    ReportWords(language, country="DZ", timezone=ALGIERS, currency="DZD") for language in ("fr", "en", "ar")
)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "n/d"), (0, "0 s"), (3.24, "3,2 s"), (59.94, "59,9 s"), (59.96, "1 min"), (720, "12 min"),
     (3_600, "1 h"), (14_700, "4 h 05"), (172_799, "2 j"), (172_800, "2 j"), (187_200, "2 j 4 h")],
)  # fmt: skip
def test_lengths_of_time_are_said_in_the_unit_that_fits(seconds: float | None, said: str) -> None:
    assert FR.duration(seconds).replace("\u202f", " ") == said


def test_opening_hours_are_never_said_in_days() -> None:
    assert FR.duration(187_200, days=False).replace("\u202f", " ") == "52 h"
    assert AR.duration(14_700).replace("\u202f", " ") == "4 سا و5 د"


def test_shares_never_round_up_to_all() -> None:
    assert EN.per_cent(Decimal("99.97")) == "99.9%" and EN.per_cent(Decimal(100)) == "100%"
    assert FR.per_cent(Decimal("92.55")) in ("92,5\u00a0%", "92,6\u00a0%")
    assert (FR.per_cent(None), EN.number(None), AR.amount(None)) == ("n/d", "n/a", "غ/م")


def test_amounts_and_days_are_written_as_the_country_does() -> None:
    assert FR.amount(Decimal("84600.40")).replace("\u202f", " ") == "84 600"
    assert FR.day(date(2026, 3, 5)) == "5 mars" and AR.day(date(2026, 3, 5)) == "5 مارس"
    assert FR.moment(NOON) == "5 mars 13:00"
    assert AR.channel("sms") == "الرسائل القصيرة" and FR.channel("pigeon") == "pigeon"


def test_a_slot_is_the_last_hour_on_its_day_also_over_a_clock_change() -> None:
    paris = ZoneInfo("Europe/Paris")
    eight = time(8)
    monday = latest_slot(datetime(2026, 3, 30, 5, 59, tzinfo=UTC), eight, paris, 0)
    assert monday == datetime(2026, 3, 23, 7, tzinfo=UTC)
    assert latest_slot(datetime(2026, 3, 30, 6, 0, tzinfo=UTC), eight, paris, 0) == datetime(
        2026, 3, 30, 6, tzinfo=UTC
    )
    assert latest_slot(datetime(2026, 3, 31, 5, tzinfo=UTC), eight, paris) == datetime(
        2026, 3, 30, 6, tzinfo=UTC
    )
