"""What is wrong with the operator's own rules, each with its file and line."""

from __future__ import annotations

from collections.abc import Mapping

from bot.config import Config
from bot.segments import setting_of
from bot.templating import Templates
from channels.port import Problem
from scheduler.rule_files import ready_rules
from scheduler.rules import Rule, RuleError
from scheduler.segments import Members


def rule_problems(config: Config, templates: Templates) -> list[Problem]:
    """Also segments that can't be read and templates that are not there."""
    try:
        ready_rules(config.content, Members(setting_of(config)), templates.names)
    except RuleError as error:
        return error.problems
    return []


def rules_changed(config: Config, known: Mapping[str, Rule]) -> bool:
    """Whether the operator's file says something else than what was read at the start."""
    try:
        return ready_rules(config.content) != dict(known)
    except RuleError:
        return False  # its problems are told
