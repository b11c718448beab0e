"""Where values come from: the YAML file with the line of every key, the environment, the command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from bot.config.shape import Shape, fields_of, model_for, step
from channels.port import Problem

PREFIX: Final = "RELAIS__"
MAX_FILE_BYTES: Final = 1_048_576
MAX_DEPTH: Final = 20
MAX_NODES: Final = 50_000
_NULL: Final = "tag:yaml.org,2002:null"


@dataclass(slots=True)
class Source:
    """Plain data, the place of every key in it, and what was wrong on the way."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)  # "server.port" -> "relais.yaml:12"
    problems: list[Problem] = field(default_factory=list)
    nodes: int = 0

    def where(self, key: str) -> str:
        """The place of a key, or of what it would stand in."""
        known = key
        while known:
            if known in self.places:
                return f"{self.places[known]} {key}"
            known = known.rpartition(".")[0]
        return key

    def wrong(self, key: str, what: str) -> None:
        self.problems.append(Problem(where=self.where(key), what=what))


def nearest(word: str, known: Iterable[str]) -> str:
    """ "; did you mean …?" with the nearest known word, or nothing."""
    found = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""


def read_yaml(path: Path) -> Source:
    """Read one file. All scalars stay text as written: a model decides what `no`, `08:00` or `+213…` mean."""
    source = Source()
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            source.problems.append(Problem(where=str(path), what="is too large for a configuration file"))
            return source
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.CSafeLoader)
    except OSError as error:
        reason = error.strerror or "can't be read"
        source.problems.append(Problem(where=str(path), what=f"can't be read: {reason}. Check the path"))
    except UnicodeDecodeError:
        source.problems.append(Problem(where=str(path), what="is not UTF-8 text. Save it as UTF-8"))
    except yaml.MarkedYAMLError as error:
        source.problems.append(_syntax_problem(path, error))
    except yaml.YAMLError as error:
        source.problems.append(Problem(where=str(path), what=f"is not YAML: {error}"))
    else:
        _take_root(source, root, path)
    return source


def _take_root(source: Source, root: yaml.Node | None, path: Path) -> None:
    if root is None:
        return
    if not isinstance(root, yaml.MappingNode):
        what = "must be keys and values, such as company: {…}"
        source.problems.append(Problem(where=f"{path}:1", what=what))
        return
    source.data = _value(source, root, "", str(path), 0)


def _syntax_problem(path: Path, error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
    context = f" ({error.context})" if error.context else ""
    hint = ". YAML takes no tab: indent with spaces" if "\\t" in str(error.problem) else ""
    return Problem(where=place, what=f"is not YAML: {error.problem}{context}{hint}")


def _value(source: Source, node: yaml.Node, key: str, file: str, depth: int) -> Any:
    source.nodes += 1
    if depth > MAX_DEPTH or source.nodes > MAX_NODES:
        source.wrong(key, "is nested too deeply or refers to itself")
        return None
    if not node.tag.startswith("tag:yaml.org,2002:"):
        source.wrong(key, f"has the tag {node.tag}, which is not known here")
    if isinstance(node, yaml.MappingNode):
        return _mapping(source, node, key, file, depth)
    if isinstance(node, yaml.SequenceNode):
        return [_item(source, item, f"{key}.{at}", file, depth) for at, item in enumerate(node.value)]
    return None if node.tag == _NULL else node.value


def _item(source: Source, node: yaml.Node, key: str, file: str, depth: int) -> Any:
    source.places[key] = f"{file}:{node.start_mark.line + 1}"
    return _value(source, node, key, file, depth + 1)


def _mapping(source: Source, node: yaml.MappingNode, key: str, file: str, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name_node, value_node in node.value:
        name = name_node.value if isinstance(name_node, yaml.ScalarNode) else "?"
        below = f"{key}.{name}" if key else name
        if name in found:
            first = source.places[below]
            where = f"{file}:{name_node.start_mark.line + 1} {below}"
            source.problems.append(Problem(where=where, what=f"stands twice, first at {first}"))
            continue
        source.places[below] = f"{file}:{name_node.start_mark.line + 1}"
        found[name] = _value(source, value_node, below, file, depth + 1)
    return found


def add_environment(source: Source, env: Mapping[str, str], root: Shape) -> None:
    """Lay `RELAIS__SERVER__PORT=…` over the file. Names of accounts write `-` as `_`."""
    for name in sorted(env):
        if name.startswith(PREFIX):
            _add_variable(source, name, env[name], root)


def _add_variable(source: Source, name: str, value: str, root: Shape) -> None:
    keys: list[str] = []
    shape, data = root, source.data
    segments = name.removeprefix(PREFIX).split("__")
    for at, segment in enumerate(segments):
        key = _matching_key(segment, shape, data)
        if key is None:
            unknown = ".".join([*keys, segment.lower()])
            what = f"{unknown} is not a setting{nearest(segment, _keys(shape, data))}"
            source.problems.append(Problem(where=f"environment {name}", what=what))
            return
        keys.append(key)
        if at == len(segments) - 1:
            break
        shape = step(shape, key, data)
        below = data.get(key)
        data = below if isinstance(below, dict) else {}
    put(source, keys, value, f"environment {name}")


def _keys(shape: Shape, data: Mapping[str, Any]) -> list[str]:
    """The keys that may stand here, those of a file that holds the value included."""
    if shape.kind == "map":
        return list(data)
    if shape.kind != "section":
        return []
    model = model_for(shape, data)
    names = [name for each in ([model] if model else shape.models) for name in fields_of(each)]
    return [*names, *(f"{name}_file" for name in names)]


def _matching_key(segment: str, shape: Shape, data: Mapping[str, Any]) -> str | None:
    wanted = segment.lower()
    for key in _keys(shape, data):
        if key.lower().replace("-", "_") == wanted:
            return key
    return wanted.replace("_", "-") if shape.kind == "map" and wanted else None


def put(source: Source, keys: list[str], value: Any, place: str) -> None:
    """Set one value. A value takes the place of a file that would hold it, and the other way round."""
    data = source.data
    for key in keys[:-1]:
        below = data.get(key)
        if not isinstance(below, dict):
            below = data[key] = {}
        data = below
    last, path = keys[-1], ".".join(keys)
    data.pop(last.removesuffix("_file") if last.endswith("_file") else f"{last}_file", None)
    data[last] = value
    for known in [known for known in source.places if known.startswith(f"{path}.")]:
        del source.places[known]
    source.places[path] = place
