"""format=flowed: soft line breaks taken back, quotation marks kept. source: RFC 3676 §4"""

from __future__ import annotations


def unflow(text: str, *, delsp: bool = False) -> str:
    """The text with the lines joined that only the sender's program broke."""
    out: list[str] = []
    open_depth = -1  # of the line that is to be continued, -1 when none is
    for line in text.replace("\r\n", "\n").split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        flows = words.endswith(" ") and words != "-- "
        if flows and delsp:
            words = words[:-1]
        if open_depth == depth and words != "-- ":
            out[-1] += words
        else:
            out.append(">" * depth + (" " if depth else "") + words)
        open_depth = depth if flows else -1
    return "\n".join(out)
