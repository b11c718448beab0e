"""What the papers of a sentence model say: its measures, its vocabulary, how its words become one vector."""

from __future__ import annotations

import json
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.model_source import CONFIG, BadSource, Source
from bot.understanding.embedding.bert import BadModel, Pooling, Shape
from bot.understanding.embedding.wordpiece import MOST_VOCABULARY, Spelling

_POOLING: Final = "1_Pooling/config.json"
_STEPS: Final = ("Transformer", "Pooling", "Normalize")
_TANH: Final = ("gelu_new", "gelu_fast", "gelu_pytorch_tanh")


class _Paper(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Config(_Paper):
    model_type: str
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int = Field(ge=16, le=32_768)
    vocab_size: int = Field(ge=8, le=MOST_VOCABULARY)
    layer_norm_eps: float = 1e-12
    hidden_act: Literal["gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh"] = "gelu"
    position_embedding_type: Literal["absolute"] = "absolute"


class _Pooling(_Paper):
    pooling_mode_cls_token: bool = False
    pooling_mode_mean_tokens: bool = False
    pooling_mode_max_tokens: bool = False


class _Spelling(_Paper):
    do_lower_case: bool = True
    strip_accents: bool | None = None


class _Step(_Paper):
    type: str


class _WordPiece(_Paper):
    type: str | None = None
    vocab: Any = None


class _Tokenizer(_Paper):
    model: _WordPiece


class Description(BaseModel):
    """All that is needed beside the weights; kept as one file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    shape: Shape
    spelling: Spelling
    pieces: tuple[str, ...] = Field(max_length=MOST_VOCABULARY)


P = TypeVar("P", bound=_Paper)


def describe(source: Source) -> Description:
    """Raises `BadSource` for anything that isn't a BERT with WordPiece and a plain pooling."""
    config = _paper(source, CONFIG, _Config)
    if config.model_type != "bert":
        raise BadSource(f"it is a “{config.model_type[:40]}”; models of the type “bert” can be used")
    _check_steps(source)
    spelt = _paper(source, "tokenizer_config.json", _Spelling)
    pieces = _pieces(source)
    if len(pieces) > config.vocab_size:
        raise BadSource(f"the vocabulary has {len(pieces)} pieces, the model knows {config.vocab_size}")
    shape = Shape(
        hidden=config.hidden_size,
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        inner=config.intermediate_size,
        positions=config.max_position_embeddings,
        vocabulary=config.vocab_size,
        epsilon=config.layer_norm_eps,
        tanh=config.hidden_act in _TANH,
        pooling=_pooling(source),
    )
    try:
        shape.check()
    except BadModel as error:
        raise BadSource(f"{CONFIG}: {error}") from None
    strips = spelt.do_lower_case if spelt.strip_accents is None else spelt.strip_accents
    return Description(
        shape=shape, spelling=Spelling(lower=spelt.do_lower_case, strip_accents=strips), pieces=pieces
    )


def _check_steps(source: Source) -> None:
    """Raises `BadSource` for a step that isn't computed here, such as a dense layer behind the pooling."""
    written = _json(source, "modules.json")
    if written is None:
        return
    try:
        steps = [_Step.model_validate(each).type.rpartition(".")[2] for each in written]
    except (TypeError, ValidationError):
        raise BadSource("modules.json can't be understood") from None
    strange = [step for step in steps if step not in _STEPS]
    if strange:
        raise BadSource(f"it has a step “{strange[0][:40]}” that Relais doesn't compute")


def _pooling(source: Source) -> Pooling:
    """The mean of all pieces where nothing is said, as most do."""
    if not source.has(_POOLING):
        return "mean"
    said = _paper(source, _POOLING, _Pooling)
    named: dict[Pooling, bool] = {
        "mean": said.pooling_mode_mean_tokens,
        "cls": said.pooling_mode_cls_token,
        "max": said.pooling_mode_max_tokens,
    }
    chosen = [way for way, on in named.items() if on]
    if len(chosen) != 1:
        raise BadSource(f"{_POOLING}: exactly one of mean, cls and max is computed here")
    return chosen[0]


def _pieces(source: Source) -> tuple[str, ...]:
    if source.has("vocab.txt"):
        try:
            lines = source.text("vocab.txt").decode().split("\n")
        except UnicodeDecodeError:
            raise BadSource("vocab.txt is no text in UTF-8") from None
        return tuple(line.removesuffix("\r") for line in (lines if lines[-1] else lines[:-1]))
    model = _paper(source, "tokenizer.json", _Tokenizer).model
    if model.type != "WordPiece" or not isinstance(model.vocab, dict):
        raise BadSource(f"its words are cut by “{str(model.type)[:40]}”; only WordPiece can be used")
    numbers = sorted(model.vocab.items(), key=lambda item: item[1] if type(item[1]) is int else -1)
    if [number for _, number in numbers] != list(range(len(numbers))):
        raise BadSource("tokenizer.json: the pieces are not numbered from 0 without a gap")
    return tuple(piece for piece, _ in numbers)


def _paper(source: Source, name: str, kind: type[P]) -> P:
    try:
        return kind.model_validate(_json(source, name) or {})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadSource(f"{name}: {where}: {first['msg']}") from None


def _json(source: Source, name: str) -> Any:
    raw = source.text(name)
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        raise BadSource(f"{name} is no JSON") from None
