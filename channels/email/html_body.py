"""The HTML half of what we send: made from the text, or a given page made safe."""

from __future__ import annotations

import re
from html import escape

import nh3

_LINK = re.compile(r"https?://[^\s<>\"'«»]{1,2000}[^\s<>\"'«».,;:!?)\]،؛؟]")
_REFERENCE = re.compile(r"\b[A-Z]{2,5}-\d{4}-\d{2,8}\b")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_PAGE = (
    '<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"></head>'
    '<body dir="{direction}" style="font-family:system-ui,Arial,sans-serif;font-size:16px;line-height:1.5;'
    'text-align:{side};margin:16px;max-width:40em">{content}</body></html>'
)
_TAGS = nh3.ALLOWED_TAGS - {"svg", "math", "map", "area"}
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_SHAPING = {"dir", "style", "lang", "title", "align", "width", "height"}
_CELLS = _SHAPING | {"bgcolor", "valign", "colspan", "rowspan"}
_ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": _SHAPING,
    "table": _SHAPING | {"bgcolor", "cellpadding", "cellspacing", "border"},
    "tr": _CELLS,
    "td": _CELLS,
    "th": _CELLS,
}
_STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-top", "color", "font-size",
    "font-style", "font-weight", "line-height", "margin", "max-width", "overflow-wrap", "padding", "text-align",
    "vertical-align", "white-space", "width",
}  # fmt: skip
"""Of styles only what gives a text its shape: nothing that loads, covers or hides."""


def html_body(text: str, *, html: str, language: str, right_to_left: bool, pixel: str = "") -> str:
    """A whole page. `html` is cleaned of everything that runs or hides; without it the text is shown as it is.

    `pixel` is a picture of one point that comes last.
    """
    content = clean_html(html) if html.strip() else html_of(text)
    if pixel:
        content += f'<img src="{escape(pixel, quote=True)}" width="1" height="1" alt="">'
    return _PAGE.format(
        language=escape(language, quote=True),
        direction="rtl" if right_to_left else "ltr",
        side="right" if right_to_left else "left",
        content=content,
    )


def clean_html(html: str) -> str:
    """Only what shapes a text: no scripts, styles, forms or frames, and links of known kinds."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        filter_style_properties=_STYLES,
        attribute_filter=_without_calls,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )


def _without_calls(tag: str, name: str, value: str) -> str | None:
    """A style that calls something (url, expression) or writes in escapes is dropped whole."""
    return None if name == "style" and ("(" in value or "\\" in value) else value


def html_of(text: str) -> str:
    """Paragraphs and lines of a plain text; each finds its own direction, so that mixed languages read well."""
    return "".join(
        f'<p dir="auto">{_linked(paragraph).replace(chr(10), "<br>")}</p>'
        for paragraph in _PARAGRAPHS.split(text.strip())
        if paragraph
    )


def _linked(text: str) -> str:
    parts: list[str] = []
    end = 0
    for found in _LINK.finditer(text):
        address = escape(found[0], quote=True)
        parts += [_unbroken(text[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*parts, _unbroken(text[end:])])


def _unbroken(text: str) -> str:
    """A reference stays on one line: its hyphens are no place to break it. What is copied is unchanged."""
    return _REFERENCE.sub(r'<span style="white-space:nowrap">\g<0></span>', escape(text))
