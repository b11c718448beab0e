"""The FAQ index with meanings: found without a common word, never worse elsewhere, and without them as before."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from bot.understanding.embedding.choice import Hearing, Meanings
from bot.understanding.faq import FaqIndex
from bot.understanding.features import Floats
from bot.understanding.normalise import words_of

FIELDS = (
    "hours",
    "price",
    "delivery",
    "job",
    "complaint",
    "payment",
    "guarantee",
    "parking",
    "colour",
    "brand",
)
SAID = {
    "hours": "when {} open today|what are the opening hours {}|until what time are you there {}|is the shop closed {}",
    "price": "how much does it cost {}|what is the price of that {}|is it expensive {}|give me a quote {}",
    "delivery": "do you deliver to my home {}|can it be brought {}|shipping to my town {}|transport included {}",
    "job": "are you hiring people {}|how can I apply for work {}|any vacancies {}|where to send my cv {}",
    "complaint": "I am not happy {}|this is a scandal {}|I want to complain {}|your service is bad {}",
    "payment": "can I pay by card {}|do you take cheques {}|is cash fine {}|payment in three parts {}",
    "guarantee": "what if it breaks {}|is there a warranty {}|how long is it guaranteed {}|it must be repaired {}",
    "parking": "where can I park {}|is there room for a truck {}|do you have a car park {}|parking for a van {}",
    "colour": "do you have it in red {}|which colours are there {}|is it painted {}|the same in grey {}",
    "brand": "which brands do you sell {}|who makes them {}|is it imported {}|name of the maker {}",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    id: str
    questions: Mapping[str, tuple[str, ...]]
    answers: Mapping[str, str] = field(default_factory=dict)
    category: str = ""


SHOP = [
    Entry(
        name,
        {"en": tuple(said.format(more).strip() for said in SAID[name].split("|") for more in ("", "please"))},
    )
    for name in FIELDS
]
ARABIC = [Entry("where", {"ar": ("أين يقع المحل", "ما هو عنوانكم", "كيف أصل إليكم", "في أي حي أنتم")})]


class Knowing:
    """Meanings that know the field of what they were told; a stranger means nothing known."""

    def __init__(self, hearing: Mapping[str, Hearing], told: Mapping[str, str] | None = None) -> None:
        self.hearing = hearing
        self.asked: list[str] = []
        fields = {text: entry.id for entry in SHOP for texts in entry.questions.values() for text in texts}
        self._fields = fields | dict(told or {})

    def learn(self, texts: Sequence[str]) -> Floats | None:
        return np.array([self._row(text) for text in texts], np.float32).reshape(len(texts), -1)

    def of(self, text: str) -> Floats | None:
        self.asked.append(text)
        return self._row(text)

    def _row(self, text: str) -> Floats:
        row = np.zeros(len(FIELDS) + 8, np.float32)
        known = self._fields.get(text)
        row[FIELDS.index(known) if known else len(FIELDS) + len(text) % 8] = 1.0
        return row


class Guessing(Knowing):
    """Meanings that mean nothing: by chance, the same for the same text."""

    def _row(self, text: str) -> Floats:
        row = np.random.default_rng(sum(text.encode())).normal(size=18)
        return np.asarray(row / np.linalg.norm(row), np.float32)


HEARS = {"en": Hearing(gain=0.1), "ar": Hearing(strength=0.0, gain=-0.1)}
STRANGE = "gimme dough terms"  # not one word of the entry that it asks for
BASE = FaqIndex.build(SHOP + ARABIC)


def test_a_question_without_a_common_word_is_found_by_its_meaning() -> None:
    index = FaqIndex.build(SHOP + ARABIC, meanings=Knowing(HEARS, {STRANGE: "payment"}))
    assert "en" in index.kinds
    found = index.search(STRANGE, "en")
    assert found[0].entry_id == "payment"
    assert found[0].probability > BASE.search(STRANGE, "en")[0].probability


def test_a_model_that_guesses_is_found_out_and_changes_nothing() -> None:
    index = FaqIndex.build(SHOP + ARABIC, meanings=Guessing({"en": Hearing(gain=0.0)}))
    assert index.trials["en"][1] < 0
    assert index.kinds == frozenset()
    assert index.threshold == BASE.threshold
    for text in (STRANGE, "do you deliver", "opening hours tomorrow", "أين أنتم"):
        assert index.search(text, "en") == BASE.search(text, "en")


def test_a_language_that_the_model_does_not_hear_is_answered_exactly_as_without_it() -> None:
    meanings = Knowing(HEARS)
    index = FaqIndex.build(SHOP + ARABIC, meanings=meanings)
    for text in ("أين المحل من فضلكم", "عنوانكم", "كم السعر"):
        ours, theirs = index.search(text, "ar"), BASE.search(text, "ar")
        assert [match.entry_id for match in ours] == [match.entry_id for match in theirs]
        assert [match.confidence for match in ours] == [pytest.approx(match.confidence) for match in theirs]
    assert meanings.asked == []
    assert not index.asks_for_meaning(words_of("عنوانكم"))
    assert index.asks_for_meaning(words_of("what do you deliver"))


class Away(Knowing):
    """A model that is away when it is asked for a message."""

    def of(self, text: str) -> Floats | None:
        return None


class Gone(Knowing):
    """… or when the FAQ is learned."""

    def learn(self, texts: Sequence[str]) -> Floats | None:
        return None


@pytest.mark.parametrize("meanings", [Away(HEARS), Gone(HEARS)])
def test_without_an_answer_of_the_model_words_decide_as_before(meanings: Meanings) -> None:
    index = FaqIndex.build(SHOP + ARABIC, meanings=meanings)
    for text in ("when do you open", "is delivery to my home expensive"):
        ours, theirs = index.search(text, "en"), BASE.search(text, "en")
        assert [match.entry_id for match in ours] == [match.entry_id for match in theirs]
        assert [match.confidence for match in ours] == [pytest.approx(match.confidence) for match in theirs]


def test_a_long_list_is_learned_with_meanings_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.understanding.linear._GRAM_WORK", 0.0)
    index = FaqIndex.build(SHOP, meanings=Knowing(HEARS, {STRANGE: "payment"}))
    assert index.search(STRANGE, "en")[0].entry_id == "payment"


def test_a_long_list_of_many_entries_is_told_apart_by_meanings_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.understanding.linear._GRAM_WORK", 0.0)
    monkeypatch.setattr("bot.understanding.linear_rows.FEW", 4)
    told = {STRANGE: "payment", "gimme a post": "job"}
    index = FaqIndex.build(SHOP, meanings=Knowing(HEARS, told))
    assert index.search(STRANGE, "en")[0].entry_id == "payment"
    assert index.search("gimme a post", "en")[0].entry_id == "job"


def test_an_faq_learned_anew_keeps_its_model_and_its_strangers() -> None:
    strangers = [f"who won the match number {number}" for number in range(40)]
    meanings = Knowing(HEARS, {STRANGE: "payment"})
    first = FaqIndex.build(SHOP[:-1], strangers=strangers, meanings=meanings)
    assert STRANGE not in meanings.asked
    index = first.anew([*SHOP, *ARABIC])
    fresh = FaqIndex.build(SHOP + ARABIC, strangers=strangers, meanings=meanings)
    assert index.meanings is meanings
    assert index.search(STRANGE, "en") == fresh.search(STRANGE, "en")
    assert (index.threshold, index.held_out) == (fresh.threshold, fresh.held_out)


def test_few_entries_and_none_are_fine() -> None:
    index = FaqIndex.build(SHOP[:2], meanings=Knowing(HEARS, {"dear or cheap": "price"}))
    assert index.search("dear or cheap", "en")[0].entry_id == "price"
    assert FaqIndex.build([], meanings=Knowing(HEARS)).search("hello", "en") == []


def test_who_uses_no_model_does_not_load_one() -> None:
    program = (
        "import sys; import bot.model_hearing; from bot.understanding.faq import FaqIndex; FaqIndex([]);"
        "print([name for name in sys.modules if name.startswith(('bot.model_files', 'bot.model_endpoint',"
        "'bot.understanding.embedding.bert', 'bot.understanding.embedding.wordpiece'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
