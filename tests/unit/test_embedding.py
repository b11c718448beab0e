"""The sentence model's arithmetic: pieces, weights, the encoder computed a second way, nearness, the choice."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding.embedding.bert import TYPES, BadModel, Encoder, Pooling, Shape
from bot.understanding.embedding.choice import Hearing, worth_it
from bot.understanding.embedding.nearness import WEIGHT, Nearness
from bot.understanding.embedding.tensors import BadWeights, read_weights
from bot.understanding.embedding.wordpiece import MAX_PIECES, BadVocabulary, Spelling, WordPiece
from bot.understanding.features import Floats
from tests.unit.tiny_model import PIECES, SHAPE, safetensors, weights

TOLD = WordPiece(PIECES, Spelling())
Row = list[float]


def spelt(text: str, words: WordPiece = TOLD) -> list[str]:
    return [PIECES[number] for number in words.numbers(text)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("When do you OPEN?", "when do you open ?"),
        ("opening", "open ##ing"),
        ("bricks, prices", "brick ##s [UNK] price ##s"),
        ("été", "e ##te"),  # without its accents
        ("do\u200byou\x00", "[UNK]"),  # invisible signs are no blanks
        ("open\u00a0hours\nparcel", "open hours parcel"),
        ("brick\u4e2dbrick", "brick [UNK] brick"),  # ideographs are words
        ("a" * 101, "[UNK]"),
        ("", ""),
    ],
)
def test_a_text_is_cut_into_the_longest_known_pieces(text: str, pieces: str) -> None:
    assert spelt(text) == ["[CLS]", *pieces.split(), "[SEP]"]


def test_a_model_that_minds_capitals_and_accents_gets_them() -> None:
    words = WordPiece(PIECES, Spelling(lower=False, strip_accents=False))
    assert spelt("Open été open", words) == ["[CLS]", "[UNK]", "[UNK]", "open", "[SEP]"]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_any_text_has_pieces_and_a_limit(text: str) -> None:
    found = TOLD.numbers(text * 5)
    assert 2 <= len(found) <= MAX_PIECES
    assert (found[0], found[-1]) == (2, 3)
    assert max(found) < len(PIECES)


def test_a_vocabulary_without_its_marks_is_refused() -> None:
    with pytest.raises(BadVocabulary, match="SEP"):
        WordPiece(["[UNK]", "[CLS]", "a"], Spelling())
    with pytest.raises(BadVocabulary):
        WordPiece([], Spelling())


# weights


def file_of(header: object, data: bytes = b"") -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    written = json.dumps(header).encode()
    return np.frombuffer(len(written).to_bytes(8, "little") + written + data, np.uint8)


def test_weights_come_back_as_they_were_written_also_from_half_precision() -> None:
    there = {"a": np.array([[1.5, -2.0], [0.25, 3.0]], np.float32), "b": np.array([7.0], np.float32)}
    back = read_weights(np.frombuffer(safetensors(there), np.uint8))
    assert back.keys() == there.keys()
    assert all((back[name] == there[name]).all() for name in there)
    half = np.array([1.5, -2.0], "<f2").tobytes() + b"\xc0\x3f\x00\xc0"  # the same in bfloat16
    header = {
        "h": {"dtype": "F16", "shape": [2], "data_offsets": [0, 4]},
        "b": {"dtype": "BF16", "shape": [2], "data_offsets": [4, 8]},
        "ids": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]},
    }
    found = read_weights(file_of(header, half))
    assert {name: array.tolist() for name, array in found.items()} == {"h": [1.5, -2.0], "b": [1.5, -2.0]}


@pytest.mark.parametrize(
    "about",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]},
        {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]},
        {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]},
        {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [True, 2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [1, 1, 1, 1, 2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": "2", "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [2]},
        {"dtype": "F32", "shape": [10**12, 10**12], "data_offsets": [0, 8]},
    ],
)
def test_a_header_that_lies_is_found_out(about: Mapping[str, object]) -> None:
    with pytest.raises(BadWeights):
        read_weights(file_of({"a": about}, b"\0" * 8))


@settings(max_examples=60)
@given(st.binary(max_size=80))
def test_any_bytes_are_weights_or_are_refused(data: bytes) -> None:
    with suppress(BadWeights):
        assert isinstance(read_weights(np.frombuffer(data, np.uint8)), dict)


# the encoder


def plain(shape: Shape, given: Mapping[str, Floats], numbers: list[int]) -> Row:
    """The same model number by number, without matrices."""
    told = {name: array.astype(float).tolist() for name, array in given.items()}

    def times(name: str, row: Row) -> Row:
        matrix, bias = told[f"{name}.weight"], told[f"{name}.bias"]
        return [
            sum(w * x for w, x in zip(line, row, strict=True)) + b
            for line, b in zip(matrix, bias, strict=True)
        ]

    def norm(name: str, row: Row) -> Row:
        mean = sum(row) / len(row)
        spread = math.sqrt(sum((x - mean) ** 2 for x in row) / len(row) + shape.epsilon)
        both = zip(row, told[f"{name}.weight"], told[f"{name}.bias"], strict=True)
        return [(x - mean) / spread * scale + shift for x, scale, shift in both]

    def gelu(x: float) -> float:
        if shape.tanh:
            return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
        return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))

    def add(*rows: Row) -> Row:
        return [sum(parts) for parts in zip(*rows, strict=True)]

    words, places = told["embeddings.word_embeddings.weight"], told["embeddings.position_embeddings.weight"]
    first_type = told[TYPES][0]
    state = [
        norm("embeddings.LayerNorm", add(words[number], places[at], first_type))
        for at, number in enumerate(numbers)
    ]
    each = shape.hidden // shape.heads
    for layer in range(shape.layers):
        name = f"encoder.layer.{layer}"
        query, key, value = (
            [times(f"{name}.attention.self.{part}", row) for row in state]
            for part in ("query", "key", "value")
        )
        seen: list[Row] = [[] for _ in state]
        for head in range(shape.heads):
            part = slice(head * each, (head + 1) * each)
            for at, asking in enumerate(query):
                looks = [
                    math.exp(
                        sum(q * k for q, k in zip(asking[part], row[part], strict=True)) / math.sqrt(each)
                    )
                    for row in key
                ]
                seen[at] += [
                    sum(look * row[column] for look, row in zip(looks, value, strict=True)) / sum(looks)
                    for column in range(part.start, part.stop)
                ]
        joined = [times(f"{name}.attention.output.dense", row) for row in seen]
        state = [
            norm(f"{name}.attention.output.LayerNorm", add(*pair)) for pair in zip(state, joined, strict=True)
        ]
        wide = [[gelu(x) for x in times(f"{name}.intermediate.dense", row)] for row in state]
        narrow = [times(f"{name}.output.dense", row) for row in wide]
        state = [norm(f"{name}.output.LayerNorm", add(*pair)) for pair in zip(state, narrow, strict=True)]
    columns = list(zip(*state, strict=True))
    pooled = {
        "mean": [sum(column) / len(column) for column in columns],
        "max": [max(column) for column in columns],
        "cls": state[0],
    }[shape.pooling]
    length = math.sqrt(sum(x * x for x in pooled))
    return [x / length for x in pooled]


@pytest.mark.parametrize(("pooling", "tanh"), [("mean", False), ("cls", True), ("max", False)])
def test_the_encoder_computes_what_a_plain_one_does_number_by_number(pooling: Pooling, tanh: bool) -> None:
    shape = replace(SHAPE, pooling=pooling, tanh=tanh)
    texts = [TOLD.numbers(text) for text in ("when do you open?", "broken bricks", "how much is a brick?")]
    found = Encoder(shape, weights()).vectors(texts)
    for row, numbers in zip(found.tolist(), texts, strict=True):
        assert row == pytest.approx(plain(shape, weights(), numbers), abs=2e-5)


def test_texts_computed_together_are_as_one_by_one() -> None:
    encoder = Encoder(SHAPE, weights())
    texts = [TOLD.numbers(" ".join(PIECES[4 : 4 + n])) for n in (1, 5, 9, 5, 1)] * 60
    alone = np.concatenate([encoder.vectors([text]) for text in texts])
    assert np.allclose(encoder.vectors(texts), alone, atol=1e-5)
    assert encoder.vectors([[]]).tolist() == [[0.0] * SHAPE.hidden]


def test_a_text_longer_than_the_models_places_is_cut() -> None:
    encoder = Encoder(SHAPE, weights())
    long = [2] + [4] * 200
    assert (encoder.vectors([long]) == encoder.vectors([long[: SHAPE.positions]])).all()


def test_missing_or_misshapen_weights_are_named() -> None:
    given = weights()
    given.pop("encoder.layer.1.output.dense.bias")
    with pytest.raises(BadModel, match=r"encoder\.layer\.1\.output\.dense\.bias is missing"):
        Encoder(SHAPE, given)
    given = weights() | {"embeddings.LayerNorm.bias": np.zeros(9, np.float32)}
    with pytest.raises(BadModel, match="LayerNorm"):
        Encoder(SHAPE, given)
    for wrong in ({"heads": 3}, {"hidden": 100_000}, {"layers": 0}, {"epsilon": 0.0}):
        with pytest.raises(BadModel):
            replace(SHAPE, **wrong).check()


# nearness and choice


def unit(count: int, size: int = 12) -> Floats:
    rows = np.random.default_rng(3).normal(size=(count, size)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def test_the_kernel_is_symmetric_and_greatest_for_the_same_meaning() -> None:
    meanings = unit(20)
    near = Nearness(meanings, np.ones(20, np.float32))
    gram = near.of(near.cosines(meanings), near.strengths)
    assert np.allclose(gram, gram.T, atol=1e-5)
    assert np.allclose(gram.diagonal(), WEIGHT, rtol=1e-4)
    assert np.linalg.eigvalsh(gram.astype(np.float64)).min() > -1e-4


def test_a_long_lists_features_multiply_to_nearly_the_kernel() -> None:
    meanings = unit(30)
    meanings[7] = 0.0  # one whose meaning isn't known
    near = Nearness(meanings, np.linspace(0.5, 1, 30, dtype=np.float32))
    rows = near.columns()
    assert np.allclose(rows @ rows.T, near.of(near.cosines(meanings), near.strengths), atol=0.01)
    assert not rows[7].any()


def test_what_is_not_trusted_is_near_to_nothing() -> None:
    near = Nearness(unit(5), np.zeros(5, np.float32))
    assert not near.of(near.cosines(unit(5)), near.strengths).any()
    assert near.columns().shape == (5, 0)


@pytest.mark.parametrize(
    ("won", "lost", "hearing", "used"),
    [
        (30, 2, Hearing(gain=0.1), True),
        (0, 30, Hearing(gain=0.0), False),
        (0, 0, Hearing(gain=0.05), True),  # one title an entry: nothing to try it on
        (0, 0, None, False),  # an endpoint that nobody measured
        (40, 0, None, True),
        (40, 0, Hearing(strength=0.0, gain=-0.1), False),  # its phrasings were left out: nothing was tried
    ],
)
def test_a_language_uses_the_model_where_it_finds_more(
    won: int, lost: int, hearing: Hearing | None, used: bool
) -> None:
    trials = (
        [("ar", False, True)] * won + [("ar", True, False)] * lost + [("ar", True, True)] * 100 * (won > 0)
    )
    assert worth_it(trials, {} if hearing is None else {"ar": hearing}) == ({"ar"} if used else set())
