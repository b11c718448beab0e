"""What can be measured of the understanding of a message, and how the labels of a test file are read.

Every task takes a line of a test file as a mapping and a `Reading`, and gives what is right and what was said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, get_args

from bot.understanding.intent_model import ROUTES
from bot.understanding.language_model import writing_of
from bot.understanding.normalise import word_set
from bot.understanding.reading import Reading
from bot.understanding.route import (
    asks_for_person,
    complains,
    complaint_strength,
    is_critical,
    opts_out,
    route_of,
)

Task = Literal["intent", "route", "complaint", "person", "optout", "language", "severity", "facts"]
TASKS: Final[tuple[Task, ...]] = get_args(Task)
EIGHT: Final = ("complaint", "question", "status", "person", "opt_out", "smalltalk", "praise", "other")
LOOKED_FOR: Final[Mapping[Task, str]] = {
    "complaint": "complaint",
    "person": "person",
    "optout": "opt_out",
    "severity": "critical",
}
"""The tasks that look for one wish, and its name."""
FACT_FIELDS: Final = ("order_id", "product", "date", "amount")
ALSO_SAID: Final = 0.6
"""Probability from which a wish is said beside the strongest."""
Line = Mapping[str, Any]

_NAMES: Final = {
    "complaint": "complaint complain complaints reclamation plainte 1 true yes wrong_notworking_notshowing",
    "question": "question faq info information request_info inquiry ask",
    "status": "status order_status case_status track_order track_refund tracking delivery_status",
    "person": (
        "person human handoff wants_person agent hand_over handover contact_human_agent contact_customer_service "
        "human_agent talk_to_human operator"
    ),
    "opt_out": "opt_out optout stop unsubscribe unsubscription",
    "opt_in": "opt_in optin subscribe subscription",
    "smalltalk": "smalltalk small_talk chitchat chit_chat thanks thank greeting greet goodbye end_call affirm deny",
    "praise": "praise compliment positive",
    "abuse": "abuse insult toxic",
    "other": "other none unknown oos out_of_scope spam",
    "critical": "critical",
}
_OURS: Final = {said: name for name, listed in _NAMES.items() for said in listed.split()}
_NEGATIVE: Final = word_set(
    """
    0 false no not_complaint non_complaint noncomplaint no_complaint other none negative not_person not_optout
    not_opt_out
    """
)
LANGUAGES: Final = {
    **dict.fromkeys(("fr", "fra", "fre", "french"), "fr"),
    **dict.fromkeys(("en", "eng", "english"), "en"),
    **dict.fromkeys(("ar", "ara", "arb", "msa", "arabic"), "ar"),
    **dict.fromkeys(("ary", "arq", "dz", "darija", "maghrebi", "ary_arab", "arq_arab", "dialect"), "dz"),
    **dict.fromkeys(("arabizi", "arz", "ary_latn", "arq_latn", "darija_latn"), "arabizi"),
}


def plain(label: object) -> str:
    return str(label).strip().lower().replace("-", "_").replace(" ", "_")


def wish_of(label: object) -> str:
    """Our name of a label, "" for one that we don't know."""
    return _OURS.get(plain(label), "")


def labels_of(line: Line) -> list[str]:
    """The labels of a line as they stand, wherever they stand."""
    for key in ("labels", "label", "intent", "intents", "route"):
        value = line.get(key)
        if value is not None:
            return [str(each) for each in value] if isinstance(value, list) else [str(value)]
    return []


def guess_task(lines: Iterable[Line]) -> Task:
    """The task a test file is made for, by its fields and labels."""
    kept = list(lines)
    labels = {plain(label) for line in kept for label in labels_of(line)}
    if not labels:
        if any(field in line for line in kept for field in FACT_FIELDS):
            return "facts"
        return "severity" if any("severity" in line for line in kept) else "language"
    if labels <= LANGUAGES.keys():
        return "language"
    if labels <= {"low", "medium", "high", "critical", "normal", "serious"}:
        return "severity"
    wishes = {wish_of(label) for label in labels} - {""}
    if len(labels - _NEGATIVE) <= 1:
        only = next((wish for wish in wishes if wish not in ("other",)), "")
        named: dict[str, Task] = {"complaint": "complaint", "person": "person", "opt_out": "optout"}
        if only in named:
            return named[only]
    eight = all("route" in line for line in kept) or {"praise"} <= wishes
    return "route" if eight and not wishes & {"opt_in", "abuse"} else "intent"


def right_wishes(line: Line) -> list[str]:
    return [wish for wish in map(wish_of, labels_of(line)) if wish]


def taught_by(task: Task, line: Line) -> dict[str, bool]:
    """What a line of a training file says about wishes: of one where a test asks for one, else of all routes."""
    if task in LOOKED_FOR:
        wish = LOOKED_FOR[task]
        truth = severity_right(line) == wish if task == "severity" else is_positive(line, wish)
        return {wish: truth}
    wishes = right_wishes(line)
    return {wish: wish in wishes for wish in ROUTES} if wishes else {}


def is_positive(line: Line, wish: str) -> bool:
    """Whether a binary test's line is one of those looked for."""
    labels = labels_of(line)
    return any(wish_of(label) == wish or plain(label) in ("1", "true", "yes") for label in labels)


def said_wishes(reading: Reading, among: Iterable[str] = ROUTES) -> list[str]:
    """Everything a message wishes: the strongest, and whatever else is likely beside it."""
    intents = reading.intents
    first = route_of(intents, tuple(among)).name
    sure = {"opt_out": opts_out(intents), "person": asks_for_person(intents), "complaint": complains(intents)}
    others = [name for name in among if sure.get(name, intents.likely.get(name, 0.0) >= ALSO_SAID)]
    return [first, *(name for name in others if name != first)]


def binary(task: Task, reading: Reading) -> tuple[bool, float]:
    """Whether a message is of the kind a yes-or-no task looks for, and how likely."""
    intents = reading.intents
    if task == "complaint":
        return complains(intents), complaint_strength(intents)
    if task == "person":
        return asks_for_person(intents), intents.likely.get("person", 0.0)
    if task == "optout":
        return opts_out(intents), intents.likely.get("opt_out", 0.0)
    return is_critical(intents), intents.likely.get("critical", 0.0)


def language_right(line: Line) -> str:
    labels = labels_of(line)
    given = plain(labels[0]) if labels and plain(labels[0]) in LANGUAGES else plain(line.get("lang", ""))
    return LANGUAGES.get(given, LANGUAGES.get(given.partition("_")[0], ""))


def language_said(reading: Reading) -> str:
    return writing_of(reading.tokens, reading.text) or ""


def severity_right(line: Line) -> str:
    """The severity of a line: in its own field, else its label."""
    if "severity" in line:
        return plain(line["severity"]) if line["severity"] else ""
    return next(map(plain, labels_of(line)), "")
