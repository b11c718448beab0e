"""Groups of contacts as rules in words: read, checked, written, explained, and looked up on both databases.

`parse` (text) and `from_form` (JSON) give the same tree; `write` and `to_form` give it back; `where` is the tree as
a condition on `contacts`; `explain` says it in sentences. `bot.segments` does all of this on a store.
"""

from scheduler.segments.checks import Terms
from scheduler.segments.errors import RuleError
from scheduler.segments.forms import from_form, to_form
from scheduler.segments.members import Members, Setting
from scheduler.segments.parser import parse
from scheduler.segments.periods import Bounds, Moment
from scheduler.segments.sql import bounds_query, value, where
from scheduler.segments.tree import Condition, Rule, conditions
from scheduler.segments.words import Line, explain, lines_of
from scheduler.segments.writer import write

__all__ = [
    "Bounds", "Condition", "Line", "Members", "Moment", "Rule", "RuleError", "Setting", "Terms", "bounds_query",
    "conditions", "explain", "from_form", "lines_of", "parse", "to_form", "value", "where", "write",
]  # fmt: skip
