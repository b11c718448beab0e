"""`relais faq import-model` as an operator runs it, and the program that then prepares meanings beside its loop."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.config import load
from bot.dialogue.turn import ContactView, Said, Turn
from bot.model_files import import_model
from bot.model_hearing import Foresight, local_meanings
from bot.starting import StartError, content_of
from bot.understanding.faq import FaqIndex
from bot.understanding.features import Floats
from tests.integration.test_faq_command import TEST, TRAIN, write
from tests.unit.test_faq_meanings import HEARS, SHOP, Knowing
from tests.unit.tiny_model import folder

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FAQ = """category: shop
entries:
  - id: hours
    questions: {en: [when do you open, opening hours], fr: [vos horaires, quand ouvrez-vous], ar: [متى تفتحون]}
    answer: {en: At eight., fr: À huit heures., ar: على الثامنة.}
"""
CONFIG = """company:
  name: Bricks
  country: DZ
  timezone: Africa/Algiers
faq:
  files: [faq.yaml]
  model: faq-model
"""


def relais(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    return result.exit_code, result.output


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "faq.yaml").write_text(FAQ, "utf-8")
    (tmp_path / "relais.yaml").write_text(CONFIG, "utf-8")
    return tmp_path / "relais.yaml"


def test_a_model_is_imported_seen_by_check_used_and_removed(shop: Path, tmp_path: Path) -> None:
    offered = folder(tmp_path / "offered")
    config = load(shop, {})
    with pytest.raises(StartError, match="there is no sentence model"):
        content_of(config)
    code, output = relais("faq", "import-model", offered, "--config", shop, "--sha256", "0" * 64)
    assert (code, "not the one" in " ".join(output.split())) == (1, True)
    code, output = relais("faq", "import-model", offered, "--config", shop, "--json")
    assert code == 0
    told = json.loads(output)
    assert told["folder"] == str(tmp_path / "faq-model")
    assert told["dimensions"] == 8
    assert set(told["languages"]) == {"fr", "en", "ar", "ar-latn"}
    code, output = relais("check", "--config", shop, "--offline", "--json")
    subjects = {found["subject"]: found for found in json.loads(output)["findings"] if found["area"] == "faq"}
    assert subjects["model"]["state"] == "on"
    assert "doesn't know" in subjects["model"]["words"]
    assert content_of(config)[1].faq.search("opening hours", "en")[0].entry_id == "hours"

    weights = tmp_path / "faq-model" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    code, output = relais("check", "--config", shop, "--offline", "--json")
    assert (code, "are not those that were imported" in output) == (1, True)
    code, output = relais("faq", "import-model", "--remove", "--config", shop)
    assert (code, "Removed" in output) == (0, True)
    assert not (tmp_path / "faq-model").exists()
    code, output = relais("faq", "import-model", "--config", shop)
    assert (code, "Say which folder" in output) == (2, True)


def test_eval_and_test_say_what_a_model_won(tmp_path: Path) -> None:
    import_model(folder(tmp_path / "offered"), tmp_path / "kept")
    train = write(tmp_path / "t.jsonl", TRAIN * 2, lang="en")
    test = write(tmp_path / "u.jsonl", TEST, lang="en")
    code, output = relais(
        "faq", "eval", "--train", train, "--test", test, "--json", "--model", tmp_path / "kept"
    )
    assert code == 0
    result = json.loads(output)
    assert result["accuracy_at_1"] == 1.0
    assert set(result["model_trials"]) <= {"en", "fr", "ar", "ar-latn", "unknown"}
    assert isinstance(result["model_used_for"], list)
    code, output = relais("faq", "eval", "--train", train, "--test", test, "--model", tmp_path / "nowhere")
    assert (code, "no sentence model" in " ".join(output.split())) == (1, True)


class Prepared(Knowing):
    """Notes what is prepared."""

    def __init__(self) -> None:
        super().__init__(HEARS)
        self.prepared: list[str] = []

    async def prepare(self, text: str) -> None:
        self.prepared.append(text)


def turn(*said: str, owner: Literal["bot", "queue", "agent"] = "bot") -> Turn:
    return Turn(
        now=NOW,
        conversation_id="c",
        account_id="chat",
        channel="webchat",
        buttons=0,
        owner=owner,
        language="",
        contact=ContactView(id="p", name="", language=""),
        state={},
        said=tuple(Said(id=text, at=NOW, text=text) for text in said),
    )


async def test_only_what_may_be_asked_of_the_faq_is_prepared() -> None:
    meanings = Prepared()
    index = FaqIndex.build(SHOP, meanings=meanings)
    foresee = Foresight(lambda: index)
    await foresee(turn("can you bring\u200b it", "to my town"))
    await foresee(turn("can you bring it", owner="agent"))  # nobody searches for it
    await foresee(turn())
    await foresee(turn("do you deliver to my home"))  # the words of a phrasing
    await foresee(turn("بشحال التوصيل"))  # a language that is not heard
    assert meanings.prepared == ["can you bring it\nto my town"]
    await Foresight(lambda: FaqIndex.build(SHOP))(turn("can you bring it"))


async def test_what_was_prepared_is_what_the_search_asks_for(tmp_path: Path) -> None:
    import_model(folder(tmp_path / "offered"), tmp_path / "kept")
    meanings = local_meanings(tmp_path / "kept")
    computed: list[str] = []
    vectors = meanings.model.vectors

    def counted(texts: list[str]) -> Floats:
        computed.extend(texts)
        return vectors(texts)

    await meanings.prepare("when do you open")
    meanings.model.vectors = counted  # type: ignore[method-assign]
    meanings.of("when do you open")
    assert computed == []
    meanings.of("how much is a brick")
    assert computed == ["how much is a brick"]
