"""`relais faq review` at a terminal: goes through what got no answer, one group after the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, Literal

from rich.console import Console
from rich.text import Text

from bot.faq_files import same_words
from bot.learning.candidates import Said
from bot.learning.desk import LearningDesk
from bot.learning.groups import Group
from bot.learning.overlay import MadeEntry
from bot.learning.still import StillFaq
from bot.store.changes import NotPossible
from bot.terminal import console

SHOWN: Final = 8
"""Texts of a group that are shown, and settled together; the others come again as a group of their own."""
FOUND: Final = 5
LETTERS: Final = "abc"
KEYS: Final = "e another entry   n new entry   d dismiss   s skip   q quit"
_ANSWER = re.compile(r"([a-z])\s*([\d,\s]*)")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Next = Literal["next", "again", "quit"]


def as_json(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """For scripts."""
    return [
        {
            "id": group.id,
            "size": group.size,
            "first_at": group.first_at.isoformat(),
            "last_at": group.last_at.isoformat(),
            "languages": dict(group.languages),
            "reasons": dict(group.reasons),
            "nearest": [{"entry": entry, "confidence": confidence} for entry, confidence in group.nearest],
            "picked": dict(group.picked),
            "answers": list(group.answers),
            "said": [{"id": said.id, "text": said.text, "count": said.count} for said in group.said],
        }
        for group in groups
    ]


class Review:
    """One sitting. Everything decided is written at once; whoever stops loses nothing."""

    def __init__(self, desk: LearningDesk, faq: StillFaq, *, agent: str, languages: Sequence[str]) -> None:
        self._desk = desk
        self._faq = faq
        self._agent = agent
        self._languages = languages
        self._out: Console = console()
        self.settled = 0

    async def run(self, groups: Sequence[Group]) -> None:
        with suppress(EOFError):  # the end of what is typed ends the sitting
            for number, group in enumerate(groups, 1):
                self._show(group, f"{number} of {len(groups)}")
                while (then := await self._decide(group)) == "again":
                    pass
                if then == "quit":
                    break
        self._say(f"{self.settled} settled. The running program follows within seconds.")

    def _show(self, group: Group, place: str) -> None:
        languages = ", ".join(f"{name} {count}" for name, count in group.languages.items() if name)
        self._out.print()
        self._out.print(
            Text.assemble((f"[{place}] ", "dim"), (f"asked {group.size} times", "bold")),
            Text(f"{languages}, last on {group.last_at:%Y-%m-%d}"),
        )
        for number, said in enumerate(group.said[:SHOWN], 1):
            times = f"  ×{said.count}" if said.count > 1 else ""
            self._out.print(Text(f"  {number}. {said.text}{times}"))
        if len(group.said) > SHOWN:
            self._say(f"     and {len(group.said) - SHOWN} more, which come again")
        for letter, (entry_id, confidence) in zip(LETTERS, group.nearest, strict=False):
            question = self._question(entry_id)
            self._out.print(
                Text.assemble((f"  {letter} ", "bold cyan"), f"{entry_id} {confidence:.0%}  {question}")
            )
        for entry_id, count in group.picked.items():
            self._say(f"  customers picked {entry_id}, {count} times")
        for answer in group.answers[:2]:
            self._say(f"  an agent answered: {answer}")

    async def _decide(self, group: Group) -> Next:
        """Ask what to do with a group and do it; "again" where nothing was done."""
        letters = "   ".join(LETTERS[: len(group.nearest)])
        asked = self._ask(f"{letters}   {KEYS}\n(a 1,3 takes texts 1 and 3 alone) > ").lower()
        found = _ANSWER.fullmatch(asked)
        if found is None:
            return "again"
        key, chosen = found[1], _chosen(group, found[2])
        if not chosen:
            self._say("There is no such number.")
            return "again"
        if key in LETTERS[: len(group.nearest)]:
            return await self._accept(chosen, group.nearest[LETTERS.index(key)][0])
        if key == "e":
            entry_id = self._search()
            return await self._accept(chosen, entry_id) if entry_id else "again"
        if key == "n":
            return await self._make(chosen)
        if key == "d":
            self.settled += await self._desk.dismiss([said.id for said in chosen], agent=self._agent)
            return "next"
        return {"s": "next", "q": "quit"}.get(key, "again")  # type: ignore[return-value]

    async def _accept(self, said: Sequence[Said], entry_id: str) -> Next:
        try:
            done = await self._desk.accept([one.id for one in said], entry_id, agent=self._agent)
        except NotPossible as error:
            self._say(f"Not possible: {error}")
            return "again"
        self.settled += done.settled
        self._say(f"{len(done.phrasings)} learned for {entry_id}.")
        return "next"

    async def _make(self, said: Sequence[Said]) -> Next:
        entry_id = self._ask("Its id, such as spray-painting (empty: back) > ").lower()
        if not _SLUG.fullmatch(entry_id):
            self._say("An id is made of small letters, figures and hyphens." if entry_id else "Back.")
            return "again"
        category = self._ask("Its category (empty: learned) > ").lower() or "learned"
        if not _SLUG.fullmatch(category):
            self._say("A category is made of small letters, figures and hyphens.")
            return "again"
        answers = {
            language: answer
            for language in self._languages
            if (answer := self._ask(f"The answer in {language} (empty: none) > "))
        }
        if not answers:
            self._say("Without an answer there is no entry.")
            return "again"
        made = MadeEntry(id=entry_id, category=category, answers=answers)
        try:
            done = await self._desk.make_entry(made, agent=self._agent, ids=[one.id for one in said])
        except NotPossible as error:
            self._say(f"Not possible: {error}")
            return "again"
        self.settled += done.settled
        return "next"

    def _search(self) -> str:
        """An entry by its id, or picked from what resembles some words; "" for none."""
        asked = self._ask("Its id, or words to look for (empty: back) > ")
        if not asked or any(entry.id == asked for entry in self._faq.entries):
            return asked
        words = same_words(asked)
        named = [entry.id for entry in self._faq.entries if words.replace(" ", "-") in entry.id]
        nearest = [match.entry_id for match in self._faq.understanding.faq.search(asked, "", FOUND)]
        found = list(dict.fromkeys([*named, *nearest]))[:FOUND]
        for number, entry_id in enumerate(found, 1):
            self._out.print(Text(f"  {number}. {entry_id}  {self._question(entry_id)}"))
        which = self._ask("Which (empty: back) > ")
        return found[int(which) - 1] if which.isdecimal() and 1 <= int(which) <= len(found) else ""

    def _question(self, entry_id: str) -> str:
        entry = next((entry for entry in self._faq.entries if entry.id == entry_id), None)
        texts = next(iter(entry.questions.values()), ()) if entry else ()
        return texts[0] if texts else ""

    def _ask(self, prompt: str) -> str:
        return self._out.input(Text(prompt)).strip()

    def _say(self, words: str) -> None:
        self._out.print(Text(words))


def _chosen(group: Group, numbers: str) -> list[Said]:
    """The shown texts, or those with these numbers; none where a number is not there."""
    shown = list(group.said[:SHOWN])
    wanted = [int(number) for number in re.findall(r"\d+", numbers)]
    if not wanted:
        return shown
    return [shown[number - 1] for number in wanted] if all(1 <= n <= len(shown) for n in wanted) else []
