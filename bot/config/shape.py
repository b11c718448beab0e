"""What may stand where: the models' annotations as a small tree that readers and tests walk."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr

from bot.config.section import Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one key may hold."""

    kind: Literal["section", "map", "list", "value"]
    models: tuple[type[Section], ...] = ()  # of a section; several are told apart by their `kind`
    item: Shape | None = None  # of a map or list
    secret: bool = False
    path: bool = False
    or_map: bool = False  # a value that may also be a mapping


VALUE = Shape(kind="value")


@cache
def shape_of(annotation: Any) -> Shape:
    """The shape of a type annotation."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return shape_of(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return _of_union(get_args(annotation))
    if origin is dict:
        return Shape(kind="map", item=shape_of(get_args(annotation)[1]))
    if origin is tuple:
        return Shape(kind="list", item=shape_of(get_args(annotation)[0]))
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return Shape(kind="section", models=(annotation,))
    return Shape(kind="value", secret=annotation is SecretStr, path=annotation is Path)


def _of_union(members: tuple[Any, ...]) -> Shape:
    shapes = [shape_of(member) for member in members if member is not type(None)]
    if len(shapes) == 1:
        return shapes[0]
    if all(shape.kind == "section" for shape in shapes):
        return Shape(kind="section", models=tuple(model for shape in shapes for model in shape.models))
    return Shape(kind="value", or_map=any(shape.kind == "map" for shape in shapes))


@cache
def fields_of(model: type[Section]) -> Mapping[str, Shape]:
    """The keys of a section as they are written in the file, each with its shape."""
    hints = typing.get_type_hints(model, include_extras=True)
    return {info.alias or name: shape_of(hints[name]) for name, info in model.model_fields.items()}


def model_for(shape: Shape, data: Mapping[str, Any]) -> type[Section] | None:
    """The model of a section; of several the one of this `kind`, None when there is none."""
    if len(shape.models) == 1:
        return shape.models[0]
    return next((model for model in shape.models if kind_of(model) == data.get("kind")), None)


def kind_of(model: type[Section]) -> str:
    """The value of `kind` that stands for this model."""
    return str(get_args(model.model_fields["kind"].annotation)[0])


def kinds(shape: Shape) -> tuple[str, ...]:
    """All values of `kind` a section takes."""
    return tuple(kind_of(model) for model in shape.models) if len(shape.models) > 1 else ()


def step(shape: Shape, key: str, data: Any) -> Shape:
    """The shape one key further down; `VALUE` where the models say nothing."""
    if shape.kind in ("map", "list"):
        return shape.item or VALUE
    if shape.kind != "section":
        return VALUE
    model = model_for(shape, data if isinstance(data, dict) else {})
    candidates = [model] if model else list(shape.models)
    return next((fields_of(each)[key] for each in candidates if key in fields_of(each)), VALUE)
