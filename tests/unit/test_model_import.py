"""Importing a sentence model: from a folder or a wheel, whole or not at all, and nothing that could harm."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot import model_source
from bot.model_files import ABOUT, digest_of, import_model, open_model, remove_model
from bot.model_hearing import local_meanings
from bot.model_meanings import Kept
from bot.understanding.embedding.choice import ModelError
from bot.understanding.features import Floats
from tests.unit.tiny_model import CONFIG, PIECES, files, folder, safetensors, weights, wheel

TEXTS = ["when do you open?", "my parcel is broken"]
WORDPIECE = {"model": {"type": "WordPiece", "vocab": {piece: at for at, piece in enumerate(PIECES)}}}


def test_a_folder_and_a_wheel_give_the_same_model(tmp_path: Path) -> None:
    one = import_model(folder(tmp_path / "offered"), tmp_path / "one")
    other = import_model(wheel(tmp_path / "tiny.whl"), tmp_path / "other")
    assert one.about.sha256 == other.about.sha256 == digest_of(tmp_path / "one")
    assert (one.vectors(TEXTS) == other.vectors(TEXTS)).all()
    assert np.allclose(np.linalg.norm(one.vectors(TEXTS), axis=1), 1, atol=1e-5)
    assert one.about.origin == "weights of an origin that Relais doesn't know"


def test_a_vocabulary_may_stand_in_the_tokenizers_file_and_weights_under_a_prefix(tmp_path: Path) -> None:
    place = folder(
        tmp_path / "offered",
        vocab_txt=None,
        model_safetensors=safetensors({f"bert.{name}": each for name, each in weights().items()}),
    )
    (place / "tokenizer.json").write_text(json.dumps(WORDPIECE), "utf-8")
    found = import_model(place, tmp_path / "found").vectors(TEXTS)
    usual = import_model(folder(tmp_path / "usual"), tmp_path / "told").vectors(TEXTS)
    assert (found == usual).all()


def test_the_hash_may_be_that_of_the_weights_or_of_the_wheel_and_another_changes_nothing(
    tmp_path: Path,
) -> None:
    offered, kept = wheel(tmp_path / "tiny.whl"), tmp_path / "kept"
    first = import_model(offered, kept).about.sha256
    import_model(offered, kept, sha256=first.upper())
    import_model(offered, kept, sha256=model_digest(offered))
    before = (kept / ABOUT).read_bytes()
    with pytest.raises(ModelError, match=f"the SHA-256 {first}, not the one you gave"):
        import_model(offered, kept, sha256="0" * 64)
    assert (kept / ABOUT).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def model_digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


Change = Callable[[Path], Path]


def changed(**parts: bytes | None) -> Change:
    return lambda tmp_path: folder(tmp_path / "offered", **parts)


def config(**keys: object) -> Change:
    return changed(config_json=json.dumps(CONFIG | keys).encode())


def pickled(tmp_path: Path) -> Path:
    place = folder(tmp_path / "offered", model_safetensors=None)
    (place / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    return place


def twice(tmp_path: Path) -> Path:
    folder(tmp_path / "offered" / "a")
    folder(tmp_path / "offered" / "b")
    return tmp_path / "offered"


def unigram(tmp_path: Path) -> Path:
    place = folder(tmp_path / "offered", vocab_txt=None)
    (place / "tokenizer.json").write_text('{"model": {"type": "Unigram", "vocab": [["a", -1.0]]}}', "utf-8")
    return place


def nothing_sensible(tmp_path: Path) -> Path:
    broken = {name: each * np.float32("nan") for name, each in weights().items()}
    return folder(tmp_path / "offered", model_safetensors=safetensors(broken))


def no_archive(tmp_path: Path) -> Path:
    (tmp_path / "tiny.whl").write_bytes(b"PK\x03\x04 and then nothing")
    return tmp_path / "tiny.whl"


@pytest.mark.parametrize(
    ("offered", "said"),
    [
        (pickled, "can run foreign code"),
        (twice, "holds 2 models"),
        (unigram, "only WordPiece"),
        (nothing_sensible, "nothing sensible"),
        (no_archive, "can't be read as a wheel or zip"),
        (lambda tmp_path: tmp_path / "nowhere", "neither a folder nor a file"),
        (changed(config_json=None), "no sentence model"),
        (changed(config_json=b"{"), "config.json is no JSON"),
        (changed(config_json=b"[" * 100_000), "config.json is no JSON"),
        (config(model_type="xlm-roberta"), "“xlm-roberta”"),
        (config(hidden_size=10**9), "hidden is 1000000000"),
        (config(num_hidden_layers="many"), "num_hidden_layers"),
        (config(num_attention_heads=3), "heads"),
        (config(position_embedding_type="relative_key"), "position_embedding_type"),
        (config(vocab_size=9), "27 pieces, the model knows 9"),
        (config(num_hidden_layers=3), "encoder.layer.2"),
        (changed(vocab_txt=b"\xff\xfe"), "no text in UTF-8"),
        (changed(vocab_txt=b"a\nb\n"), "lacks"),
        (changed(modules_json=b'[{"type": "x.Dense"}]'), "a step “Dense”"),
        (changed(modules_json=b'{"type": 1}'), "modules.json can't be understood"),
        (changed(**{"1_Pooling_config_json": b"{}"}), "exactly one of mean, cls and max"),
        (changed(model_safetensors=b"\x80\x04."), "no safetensors"),
        (changed(model_safetensors=safetensors(weights())[:-40]), "lies outside"),
    ],
)  # fmt: skip
def test_what_is_no_model_is_refused_with_the_reason_and_leaves_nothing(
    offered: Change, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=said.replace("(", r"\(")):
        import_model(offered(tmp_path), tmp_path / "kept" / "model")
    assert list((tmp_path / "kept").iterdir()) == []


def test_names_in_an_archive_lead_nowhere(tmp_path: Path) -> None:
    offered = tmp_path / "tiny.whl"
    with zipfile.ZipFile(offered, "w") as archive:
        archive.writestr("../outside.txt", "x")
        for name, content in files().items():
            archive.writestr(f"../../../evil/{name}", content)
    before = {path.name for path in tmp_path.parent.iterdir()}
    import_model(offered, tmp_path / "kept" / "model")
    assert {path.name for path in tmp_path.parent.iterdir()} == before
    assert not (tmp_path / "outside.txt").exists()


def test_an_archive_that_unpacks_to_too_much_is_stopped_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_source, "MOST_WEIGHTS", 1_000)
    with pytest.raises(ModelError, match=r"model\.safetensors is larger than"):
        import_model(wheel(tmp_path / "tiny.whl"), tmp_path / "kept" / "model")
    monkeypatch.setattr(model_source, "MOST_TEXT", 50)
    with pytest.raises(ModelError, match=r"config\.json is larger than"):
        import_model(wheel(tmp_path / "tiny.whl"), tmp_path / "kept" / "model")


def test_a_folder_of_something_else_is_not_overwritten_and_a_model_can_be_removed(tmp_path: Path) -> None:
    offered = folder(tmp_path / "offered")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("x", "utf-8")
    with pytest.raises(ModelError, match="holds something else"):
        import_model(offered, tmp_path / "letters")
    assert not remove_model(tmp_path / "letters")
    import_model(offered, tmp_path / "kept")
    assert remove_model(tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
    with pytest.raises(ModelError, match="import one with relais faq import-model"):
        open_model(tmp_path / "kept")


def test_a_model_that_was_damaged_later_is_refused_in_words(tmp_path: Path) -> None:
    import_model(folder(tmp_path / "offered"), tmp_path / "kept")
    data = (tmp_path / "kept" / "model.safetensors").read_bytes()
    (tmp_path / "kept" / "model.safetensors").write_bytes(data[:200])
    with pytest.raises(ModelError, match="can't be used"):
        open_model(tmp_path / "kept")


def test_phrasings_are_computed_once_and_messages_once_each(tmp_path: Path) -> None:
    import_model(folder(tmp_path / "offered"), tmp_path / "kept")
    first = local_meanings(tmp_path / "kept")
    assert local_meanings(tmp_path / "kept") is first
    rows = first.learn(TEXTS)
    assert rows is not None and np.allclose(rows, first.model.vectors(TEXTS), atol=1e-3)
    assert first.of("a brick") is first.of("a brick")
    about = tmp_path / "kept" / ABOUT
    os.utime(about, ns=(1, 1))  # imported anew
    assert local_meanings(tmp_path / "kept") is not first


def test_only_new_phrasings_are_computed_and_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    asked: list[str] = []

    def compute(texts: list[str]) -> Floats:
        asked.extend(texts)
        return np.array([[len(text), 1.0] for text in texts], np.float32)

    kept = Kept(tmp_path / "kept.npz", "a model")
    assert kept.rows(["a", "bb", "a"], compute).tolist() == [[1, 1], [2, 1], [1, 1]]
    assert kept.rows(["bb", "ccc"], compute).tolist() == [[2, 1], [3, 1]]
    assert asked == ["a", "bb", "ccc"]
    Kept(tmp_path / "kept.npz", "another model").rows(["a"], compute)
    assert asked[3:] == ["a"]
    (tmp_path / "kept.npz").write_bytes(b"PK\x03\x04 broken")
    assert kept.rows(["a"], compute).tolist() == [[1, 1]]
    wider = kept.rows(["a", "bb"], lambda texts: np.ones((len(texts), 3), np.float32))
    assert wider.tolist() == [[1, 1, 1]] * 2  # another model behind the same name
