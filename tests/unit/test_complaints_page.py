"""docs/complaints.md says what the table of the life of a case says."""

from __future__ import annotations

from pathlib import Path

from bot.complaints.lifecycle import ACTIONS, PHASES
from bot.complaints.survey import QUESTIONS
from bot.config.models import ComplaintsConfig

PAGE = (Path(__file__).parents[2] / "docs" / "complaints.md").read_text(encoding="utf-8")


def table() -> str:
    """The acts as the page shows them."""
    lines = ["| Act | In phase | By | Leads to |", "|---|---|---|---|"]
    for action in ACTIONS.values():
        roles = ", ".join(role.replace("_", " ") for role in action.roles)
        lines.append(f"| `{action.name}` | {', '.join(action.phases)} | {roles} | {action.to or '—'} |")
    return "\n".join(lines)


def test_the_page_shows_the_table_of_acts_as_it_is() -> None:
    assert table() in PAGE


def test_the_page_names_every_phase_question_and_setting() -> None:
    for name in (*PHASES, *QUESTIONS, *ComplaintsConfig.model_fields):
        assert f"`{name}`" in PAGE, name
