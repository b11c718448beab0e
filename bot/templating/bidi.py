"""Left-to-right runs inside Arabic text, kept in one piece.

Without marks the bidirectional algorithm shows the groups of `+213 555 000 100` in reverse order between
Arabic words, and lets the dots of an address or the hyphens of a reference wander. source: UAX #9 (isolates)
"""

from __future__ import annotations

import re

LRI, FSI, PDI = "\u2066", "\u2068", "\u2069"
RLM = "\u200f"

_RUN = re.compile(
    r"\+?\d(?:[ .-]?\d){7,}"  # telephone numbers
    r"|\d+(?:[.,]\d+)?(?: ?[×x*] ?\d+(?:[.,]\d+)?)+"  # dimensions
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?:https?://|www\.)[^\s،؛؟()«»]+[^\s،؛؟()«».,:;]"
    r"|\b[A-Z]{2,}-\d[\d-]*\d\b",  # references
    re.ASCII,
)


_LATIN_START = re.compile(r"^(?=[\W\d]*[A-Za-z])", re.M)


def isolate_runs(text: str) -> str:
    """Put isolates around telephone numbers, addresses, dimensions and references of an Arabic text.

    A line that begins with a Latin word gets a right-to-left mark first: apps take its direction from its
    first letter. A text that already holds isolates is left as its author wrote it.
    """
    if LRI in text or FSI in text:
        return text
    return _LATIN_START.sub(RLM, _RUN.sub(lambda run: f"{LRI}{run[0]}{PDI}", text))
