"""No text promises a date or a delay that the deadline engine did not compute. source: CO-22"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.templating import CompanyFacts, Templates
from bot.templating.wording import promises_in

ATLAS = CompanyFacts(name="Briqueterie Atlas")

NASTY = [
    "Nous répondons sous 5 jours.",
    "Réponse sous cinq jours ouvrables",
    "sous quarante-huit heures",
    "sous 48h",
    "Réponse en 2 à 3 jours",
    "dans un délai de 10 jours ouvrés",
    "d’ici une semaine",
    "dans l’heure",
    "sous huitaine",
    "Vous aurez la réponse demain.",
    "après-demain au plus tard",
    "avant la fin de la semaine",
    "dans la journée",
    "la semaine prochaine",
    "avant vendredi",
    "lundi prochain",
    "le 5 mars",
    "le 1er août",
    "le 05/03",
    "le 05.03.2026",
    "2026-03-05",
    "Délai : J+2",
    "quelques jours suffiront",
    "within two business days",
    "in 48hrs",
    "in the next few weeks, say a few weeks",
    "Forty-eight hours at most",
    "a couple of days",
    "five-day delay",
    "by Friday",
    "by the end of the week",
    "next week",
    "the same day",
    "March 5th",
    "5 March",
    "tomorrow",
    "overnight",
    "خلال خمسة أيام",
    "في غضون 48 ساعة",
    "في ظرف أسبوع",
    "خلال ٥ أيام",
    "ثلاثة أيام عمل",
    "غدًا",
    "بعد غد",
    "قبل يوم الأحد",
    "الأسبوع المقبل",
    "5 مارس",
    "خلال يومَين",
    # hidden ones
    "sous 5\u00a0jours",
    "sous\u202f5\njours",
    "sous 5 jo\u200burs",
    "sous cinq jo\u00adurs",
    "sous ５ jours",
    "5 <b>jours</b>",
    "sous {% if name %}5{% endif %} jours",
    "sous {{ files }} jours",
    "{{ 5 }} jours",
    "{{ 'sous 5 jours' }}",
    '{% set when = "tomorrow" %}{{ when }}',
    "{{ 3 }} أيام",
    "خـلال خمسة أيـام",
]
HARMLESS = [
    "Réponse au plus tard le {{ due_at|datetime }}.",
    "ouverte le {{ opened_at|date }}, répondue à {{ due_at|time }}",
    "Answer by {{ due_at|full_date }} at {{ due_at|time }}",
    "ستتلقون الجواب في أجل أقصاه يوم {{ due_at|datetime }}.",
    "فُتحت شكواكم {{ reference|ltr }} يوم {{ opened_at|date }}.",
    "Nos horaires : 24 h/24",
    "{{ files }} fichiers joints, 3 palettes, 12 briques B12",
    "Une personne vous répond dès que possible.",
    "de 1 (très insatisfait) à 5 (très satisfait)",
    "Merci de votre patience, une réponse suit.",
    "Vous pouvez écrire à tout moment, de jour comme de nuit.",
    "You may add to it at any time.",
    "we may write to you here",
    "أقل من المتوقع، وسيجيبكم شخص من الفريق",
    "Référence {{ reference }}",
]


@pytest.mark.parametrize("text", NASTY)
def test_a_promise_by_hand_is_found_however_it_is_written(text: str) -> None:
    assert list(promises_in(text)), text


@pytest.mark.parametrize("text", HARMLESS)
def test_what_the_engine_computed_and_plain_words_are_no_promise(text: str) -> None:
    assert list(promises_in(text)) == []


@pytest.mark.parametrize(
    ("place", "severity"),
    [("complaint/added", "error"), ("receipt/message", "error"), ("reply/thanks", "warning")],
)
def test_it_is_an_error_where_deadlines_are_spoken_of_and_a_warning_elsewhere(
    tmp_path: Path, place: str, severity: str
) -> None:
    path = tmp_path / place / "fr.j2"
    path.parent.mkdir(parents=True)
    path.write_text("---\npurpose: reply\n---\nMerci.\n\nRéponse sous 48 heures.\n", encoding="utf-8")
    found = [
        problem for problem in Templates.load([tmp_path], company=ATLAS).check() if "promises" in problem.what
    ]
    assert [(problem.severity, problem.where) for problem in found] == [(severity, f"{path}:6")]


def test_a_promise_in_the_subject_is_found_too(tmp_path: Path) -> None:
    path = tmp_path / "complaint" / "added" / "fr.j2"
    path.parent.mkdir(parents=True)
    path.write_text("---\npurpose: reply\nsubject: Réponse demain\n---\nMerci.\n", encoding="utf-8")
    (found,) = [
        problem for problem in Templates.load([tmp_path], company=ATLAS).check() if "promises" in problem.what
    ]
    assert found.where == f"{path}:3"
