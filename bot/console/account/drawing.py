"""The key of the second factor as a picture that a phone reads."""

from __future__ import annotations

from html import escape
from typing import Final

import segno

QUIET: Final = 4
"""Modules of white around the code, without which readers miss it. source: ISO/IEC 18004 §6.3.8"""


def qr_svg(content: str, label: str) -> str:
    """A QR code as inline SVG, dark on white on any ground; `label` is what a screen reader says."""
    matrix = segno.make(content, error="m", micro=False).matrix
    side = len(matrix) + 2 * QUIET
    dark = "".join(
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row, line in enumerate(matrix)
        for column, module in enumerate(line)
        if module
    )
    return (
        f'<svg class="qr" viewBox="0 0 {side} {side}" role="img" aria-label="{escape(label)}"'
        f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path fill="#000" d="{dark}"/></svg>'
    )
