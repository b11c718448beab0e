"""What a person wrote is told from what they quoted, in three languages and for the usual mail programs."""

from __future__ import annotations

import re

import pytest

from channels.email.html_text import lines_of
from channels.email.quotation import Split, split_lines, split_text
from channels.text import clean_text
from tests.unit.reply_cases import Case, all_cases
from tests.unit.reply_cases_more import more_cases

CASES = [*all_cases(), *more_cases()]


def split(case: Case) -> Split:
    return split_lines(lines_of(case.body)) if case.kind == "html" else split_text(case.body)


def close(text: str) -> str:
    """Blank lines don't count: HTML has margins, not lines."""
    return re.sub(r"\s*\n\s*", "\n", clean_text(text)).strip()


def test_there_are_enough_cases_of_every_kind() -> None:
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)
    for lang in ("fr ", "ar ", "en "):
        assert sum(case.name.startswith(lang) for case in CASES) >= 40
    assert sum(case.kind == "html" for case in CASES) >= 50


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_was_written_now_is_found(case: Case) -> None:
    assert close(split(case).text) == close(case.text)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_line_is_kept_on_one_side(case: Case) -> None:
    found = split(case)
    whole = [line.text for line in lines_of(case.body)] if case.kind == "html" else case.body.split("\n")
    kept = [*found.text.split("\n"), *found.quoted.split("\n")]
    assert sorted(line.strip() for line in whole if line.strip()) == sorted(
        line.strip() for line in kept if line.strip()
    )


def test_the_name_of_the_writer_opens_a_signature() -> None:
    text = "Le camion n'est pas passé.\n\nKarim Exemple\nGérant\n+213 555 00 01 11"
    assert split_text(text, writer="Karim Exemple").quoted == "Gérant\n+213 555 00 01 11"
    assert split_text(text, writer="Paul Autre").text == text


def test_an_inline_pgp_signature_is_no_text() -> None:
    text = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrder 12 please.\n-----BEGIN PGP SIGNATURE-----\n\n"
        "iQEzBAEB\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert split_text(text).text.strip() == "Order 12 please."
