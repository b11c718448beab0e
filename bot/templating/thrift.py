"""What a text written in the console may hold: nothing that could keep the program busy or fill its memory.

The sandbox keeps a template from what is not its own, not from `{% set a = a ~ a %}` written thirty times, nor from
loops in loops. What is left here grows no faster than the text itself and the values it is given.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from jinja2 import nodes

from bot.templating.fault_words import Fault, fault

LONGEST: Final = 20_000  # characters of a file
_LOOPS: Final = 2  # one within the other
_CONSTANT: Final = 500  # characters of a text within the code
_JOINER: Final = 20

_NODES: Final = (
    nodes.Template,
    nodes.TemplateData,
    nodes.Output,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.If,
    nodes.CondExpr,
    nodes.For,
    nodes.Assign,
    nodes.Dict,
    nodes.Pair,
    nodes.Tuple,
    nodes.List,
    nodes.Filter,
    nodes.Test,
    nodes.Call,
    nodes.Keyword,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
    nodes.Sub,
    nodes.Neg,
)
_FILTERS: Final = frozenset(
    [
        "isolate",
        "ltr",
        "datetime",
        "date",
        "full_date",
        "time",
        "team",
        "number",
        "money",
        "truncate",
        "join",
        "length",
        "count",
        "default",
        "d",
        "lower",
        "upper",
        "capitalize",
        "title",
        "trim",
        "first",
        "last",
        "int",
        "round",
        "abs",
    ]
)


def thrift_faults(tree: nodes.Template, given: Collection[str], offset: int) -> Iterator[Fault]:
    """`given`: the variables of the message. `offset`: lines of the file before this text."""
    for node, depth in _walk(tree, 0):
        if (what := _refused(node, depth, given)) is not None:
            yield fault((node.lineno or 1) + offset, "not_here", what=what)


def _walk(node: nodes.Node, depth: int) -> Iterator[tuple[nodes.Node, int]]:
    for child in node.iter_child_nodes():
        inside = depth + isinstance(child, nodes.For)
        yield child, inside
        yield from _walk(child, inside)


def _refused(node: nodes.Node, depth: int, given: Collection[str]) -> str | None:
    if not isinstance(node, _NODES):
        return type(node).__name__.lower()
    if isinstance(node, nodes.Const) and isinstance(node.value, str) and len(node.value) > _CONSTANT:
        return f"{node.value[:20]}…"
    if isinstance(node, nodes.Call):  # of a table of words: {"a": "b"}.get(kind)
        own = isinstance(node.node, nodes.Getattr) and node.node.attr == "get"
        return None if own else "()"
    if isinstance(node, nodes.For):
        return _loop(node, depth, given)
    if isinstance(node, nodes.Filter):
        return _filter(node, given)
    if isinstance(node, nodes.Assign):
        names = {name.name for name in node.node.find_all(nodes.Name)}
        return None if names <= set(given) else "set"
    return None


def _loop(node: nodes.For, depth: int, given: Collection[str]) -> str | None:
    over = node.iter
    if depth > _LOOPS or node.recursive or not isinstance(over, nodes.Name) or over.name not in given:
        return "for"
    return None


def _filter(node: nodes.Filter, given: Collection[str]) -> str | None:
    if node.name not in _FILTERS or node.node is None:
        return f"|{node.name}"
    if node.name == "join":
        listed = isinstance(node.node, nodes.Name) and node.node.name in given
        short = all(isinstance(each, nodes.Const) and len(str(each.value)) <= _JOINER for each in node.args)
        return None if listed and short and not node.kwargs else "|join"
    return None
