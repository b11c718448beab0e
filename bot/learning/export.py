"""What was learned as a file of the FAQ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import yaml

from bot.learning.overlay import Learned, Phrasing

HEAD: Final = """\
# What the bot was taught, as a file of the FAQ: entries of its own, and more phrasings for entries that
# stand in other files. Change it as you like.
"""


def as_file(learned: Learned, category: str = "learned") -> str:
    """The text of a YAML file that `load_faq` reads."""
    of: dict[str, list[Phrasing]] = defaultdict(list)
    for phrasing in learned.phrasings:
        of[phrasing.entry_id].append(phrasing)
    entries = [
        {
            "id": made.id,
            **({"category": made.category} if made.category != category else {}),
            "questions": _by_language(of.pop(made.id)),
            "answer": dict(made.answers),
        }
        for made in learned.entries
        if made.id in of
    ]
    file: dict[str, Any] = {"category": category}
    if entries:
        file["entries"] = entries
    if of:
        file["phrasings"] = {entry_id: _by_language(of[entry_id]) for entry_id in sorted(of)}
    return HEAD + yaml.safe_dump(file, allow_unicode=True, sort_keys=False, width=110)


def _by_language(phrasings: Iterable[Phrasing]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for phrasing in phrasings:
        found[phrasing.language].append(phrasing.text)
    return dict(found)
