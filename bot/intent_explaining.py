"""Explains what one message is taken for: which words decided, and which examples it resembles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.text import Text

from bot.phrasings.nearest import nearest_examples
from bot.terminal import console
from bot.understanding.corrections import Corrections
from bot.understanding.faq import FaqIndex
from bot.understanding.intent_model import ROUTES, flags, intent_model, spoken
from bot.understanding.intent_tasks import language_said
from bot.understanding.reading import Reading, Understanding
from bot.understanding.route import complains, is_critical, opts_out, route_of

SHOWN_REASONS: Final = 8
SHOWN_EXAMPLES: Final = 3
Explained = dict[str, Any]


def explain_message(text: str, corrections: Corrections | None = None) -> Explained:
    """Everything that was understood of a text, and why; `corrections` are what people said of texts."""
    return _explained(Understanding(FaqIndex([]), corrections=corrections).read(text))


def _explained(reading: Reading) -> Explained:
    intents, facts = reading.intents, reading.facts
    route = route_of(intents)
    return {
        "text": reading.text,
        "writing": language_said(reading),
        "route": route.name,
        "corrected": reading.correction.text if reading.correction else "",
        "confidence": round(route.confidence, 3),
        "complaint": complains(intents),
        "critical": is_critical(intents),
        "angry": intents.angry,
        "opt_out": opts_out(intents),
        "likely": {name: round(share, 3) for name, share in intents.likely.items()},
        "phrases": {name: list(intent.words) for name, intent in intents.found.items()},
        "why": _reasons(reading, route.name) if intents.likely else [],
        "facts": {
            "order": facts.order, "products": facts.products, "since": facts.since, "dates": facts.dates,
            "amounts": facts.amounts, "phones": facts.phones, "emails": facts.emails, "remedy": facts.remedy,
        },
    }  # fmt: skip


def _reasons(reading: Reading, route: str) -> list[Explained]:
    """The wishes worth explaining: the strongest, and those that were close or are serious."""
    likely = reading.intents.likely
    words = spoken(reading.text, reading.tokens)
    said = flags(reading.text, words, reading.intents.found)
    told = [route, *(name for name in (*ROUTES, "critical") if name != route and likely[name] >= 0.5)]
    return [
        {
            "wish": name,
            "words": [
                {"said": word, "worth": round(worth, 2)}
                for word, worth in intent_model().reasons(words, said, name)[:SHOWN_REASONS]
            ],
            "like": [one.text for one in nearest_examples(words, name, SHOWN_EXAMPLES)],
        }
        for name in told
    ]


def show_explained(explained: Explained) -> None:
    out = console()
    flagged = [name for name in ("complaint", "critical", "angry", "opt_out") if explained[name]]
    head = f"{explained['route']} ({explained['confidence']:.0%}), written in {explained['writing'] or 'no language'}"
    out.print(Text(head, style="bold"), Text(f"also {', '.join(flagged)}" if flagged else ""))
    if explained["corrected"]:
        out.print(Text(f"A person set it right, of the text: {explained['corrected']}"))
    ranked = sorted(explained["likely"].items(), key=lambda item: -item[1])
    out.print(Text("  " + ", ".join(f"{name} {share:.0%}" for name, share in ranked if share >= 0.02)))
    for reason in explained["why"]:
        out.print(Text(f"Why {reason['wish']}:", style="bold"))
        words = (f"{one['said']} {one['worth']:+.2f}" for one in reason["words"])
        out.print(Text("  words: " + ", ".join(words)))
        for example in reason["like"]:
            out.print(Text(f"  like:  {example}"))
    for name, words in explained["phrases"].items():
        out.print(Text(f"  known phrase for {name}: {', '.join(words)}"))
    facts = {name: value for name, value in explained["facts"].items() if value}
    if facts:
        out.print(Text("Facts: " + "; ".join(f"{name}: {_listed(value)}" for name, value in facts.items())))


def _listed(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
