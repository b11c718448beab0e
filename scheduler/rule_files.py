"""Files of rules: the shipped ones and the operator's own, read with the line of every key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Final

import yaml

from channels.port import Problem
from scheduler.rules import Place, Rule, RuleError, read_rule
from scheduler.segments import Members
from scheduler.segments import RuleError as NoSegment

READY: Final = Path(__file__).with_name("ready_rules.yaml")
OWN: Final = "rules.yaml"


def ready_rules(
    content: Path | None = None, members: Members | None = None, templates: Collection[str] | None = None
) -> dict[str, Rule]:
    """The shipped rules, and those of the operator's own `rules.yaml`, which replace them by name.

    With `members` and `templates` the segments and templates that the own ones name are looked at as well. Raises
    `RuleError`, which holds every mistake.
    """
    own = content / OWN if content is not None else None
    if own is None or not own.is_file():
        return dict(_shipped())
    return _shipped() | read_rules(own, members, templates)


@cache
def _shipped() -> dict[str, Rule]:
    return read_rules(READY)


def read_rules(
    path: Path, members: Members | None = None, templates: Collection[str] | None = None
) -> dict[str, Rule]:
    """The rules of a YAML file, by name. Raises `RuleError`."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        listed = yaml.load(text, Loader=yaml.CSafeLoader)
    except OSError as error:
        raise RuleError([Problem(str(path), f"can't be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise RuleError([Problem(str(path), "is not UTF-8 text. Save it as UTF-8")]) from error
    except yaml.YAMLError as error:
        raise RuleError([_broken(path, error)]) from error
    if listed is None:
        return {}
    if not isinstance(root, yaml.SequenceNode):
        raise RuleError([Problem(f"{path}:1", "must be a list of rules: begin each with - name: …")])
    rules: dict[str, Rule] = {}
    problems: list[Problem] = []
    for node, data in zip(root.value, listed, strict=True):
        place = partial(_place, path, node)
        try:
            rule = read_rule(data, place=place)
            if members is not None:
                check_segment(members, rule, place)
            if templates is not None:
                _check_templates(templates, rule, place)
        except RuleError as error:
            problems += error.problems
            continue
        if rule.name in rules:
            problems.append(Problem(place(["name"]), f"{rule.name} stands twice: give one another name"))
        rules[rule.name] = rule
    if problems:
        raise RuleError(problems)
    return rules


def check_segment(members: Members, rule: Rule, place: Place | None = None) -> None:
    """Raises `RuleError` where the rule's segment can't be read."""
    if not rule.segment:
        return
    try:
        members.read(rule.segment)
    except NoSegment as error:
        where = place(["segment"]) if place else f"{rule.name}: segment"
        raise RuleError([Problem(where, str(error))]) from None


def _check_templates(templates: Collection[str], rule: Rule, place: Place) -> None:
    wrong = [
        Problem(place(["steps", number, "template"]), f"there is no template {step.template}: write it first")
        for number, step in enumerate(rule.steps)
        if step.template not in templates
    ]
    if wrong:
        raise RuleError(wrong)


def _place(path: Path, rule: yaml.Node, keys: Sequence[str | int]) -> str:
    """File and line of a key, or of the nearest one around it that is there."""
    node, line = rule, rule.start_mark.line
    for key in keys:
        found = _below(node, key)
        if found is None:
            break
        line, node = found
    return f"{path}:{line + 1} {'.'.join(map(str, keys))}".rstrip()


def _below(node: yaml.Node, key: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key].start_mark.line, node.value[key]
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name.start_mark.line, value
    return None


def _broken(path: Path, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
    return Problem(where, f"is not YAML: {getattr(error, 'problem', None) or error}")
