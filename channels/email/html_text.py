"""HTML of a mail as lines of plain text, each with its zone: the person's own words, a quotation, a signature.

A scanner of our own, in linear time: parsers that build the tree the HTML standard asks for need gigabytes for
100 kB of hostile markup (measured: 4.6 GB for nested <font><p>). Nothing is ever rendered, so there is nothing to
sanitise: only words, list marks, and addresses of links come out.
"""

from __future__ import annotations

import html
import re

from channels.email.zones import CUT, OWN, QUOTE, SIGNATURE, Line

MAX_HTML = 500_000  # characters; what `slim` leaves of a text, so that the rest is kept as a file
_OPEN = re.compile(r"<(?=[a-zA-Z/!?])")
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:]*")
_ATTRIBUTE = re.compile(r"(?<![\w-])([a-zA-Z-]{1,40})\s{0,5}=\s{0,5}(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_HIDING = re.compile(
    r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em)?\s*(?:;|!|$)"
    r"|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_DROPPED = frozenset(
    [
        "script",
        "style",
        "title",
        "template",
        "noscript",
        "object",
        "iframe",
        "svg",
        "math",
        "textarea",
        "select",
    ]
)
_PARAGRAPH = frozenset(
    ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre", "dl"]
)
_BLOCK = _PARAGRAPH | frozenset(
    [
        "div",
        "tr",
        "li",
        "br",
        "hr",
        "dt",
        "dd",
        "center",
        "section",
        "article",
        "header",
        "footer",
        "address",
        "form",
        "fieldset",
        "body",
        "html",
        "main",
    ]
)
_MAX_OPEN = 2_000
_ZONES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\bgmail_signature\b|\bmoz-signature\b|\bprotonmail_signature_block\b|\bapplemailsignature\b"
                r"|\bms-outlook-mobile-signature\b|\bcomposer_signature\b|(?:^|\s)(?:x_)?signature(?:\s|$)"
                r"|\bzimbra_?signature\b|\broundcube_signature\b|\b_rc_sig\b"), SIGNATURE),
    (re.compile(r"\bgmail_attr\b|\bmoz-cite-prefix\b|\bprotonmail_quote\b|\byahoo_quoted\b"
                r"|\bgmail_quote_attribution\b"
                r"|\bqtdsepbr\b|\breply-intro\b|\bzmail_extra\b"), QUOTE),
    (re.compile(r"\b(?:x_)?divrplyfwdmsg\b|\b(?:x_)?appendonsend\b|\bstopspelling\b|\bolk_src_body_section\b"
                r"|\bzwchr\b"), CUT),
)  # fmt: skip
_QUOTING = re.compile(
    r"\bgmail_quote\b|\bcite\b|\bprotonmail_quote\b|\bms-outlook-mobile-reference-message\b"
)


def lines_of(markup: str) -> list[Line]:
    """The visible words of an HTML text, line by line."""
    page = _Page()
    markup = markup[:MAX_HTML]
    position, no_comment_end = 0, False
    gone: set[str] = set()  # elements known never to close any more
    while (found := _OPEN.search(markup, position)) is not None:
        page.words(markup[position : found.start()])
        begin = found.start()
        if markup.startswith("<!--", begin) and not no_comment_end:
            end = markup.find("-->", begin + 4)
            no_comment_end = end < 0
            position = end + 3 if end >= 0 else begin + 4
            continue
        end = _end_of_tag(markup, begin)
        if end < 0:
            page.words(markup[begin:])
            return page.finish()
        tag = markup[begin + 1 : end]
        position = end + 1
        name = _NAME.match(tag)
        if name is None:
            continue
        position = _skip_dropped(markup, name[0].lower(), position, gone)
        page.tag(name[0].lower(), tag[name.end() :])
    page.words(markup[position:])
    return page.finish()


def _end_of_tag(markup: str, begin: int) -> int:
    """The > that ends a tag; one inside of quotes is passed over, a few times at most."""
    end = markup.find(">", begin)
    for _ in range(4):
        if end < 0 or markup.count('"', begin, end) % 2 == 0:
            return end
        end = markup.find(">", end + 1, end + 4096)
    return markup.find(">", begin)


def _skip_dropped(markup: str, name: str, position: int, gone: set[str]) -> int:
    """Where an element that is never shown ends; one that is never closed is read as if it were not there."""
    if name not in _DROPPED or name in gone:
        return position
    closing = re.compile(f"</{name}", re.IGNORECASE).search(markup, position)
    if closing is None:
        gone.add(name)
        return position
    return closing.start()


class _Page:
    """What the scanner has read so far: the elements that are open, and the lines written."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.line: list[str] = []
        self.open: list[tuple[str, str, bool, bool]] = []  # name, and zone, hidden, quoting outside of it
        self.zone, self.hidden, self.quoting = OWN, False, False
        self.verbatim = 0
        self.lists: list[int] = []  # the last number of each open list, -1 in one without numbers
        self.link: tuple[str, int] | None = None
        self.unseen: list[str] = []

    def words(self, text: str) -> None:
        if not text:
            return
        if "&" in text:
            text = html.unescape(text)
        if self.hidden:
            self.unseen.append(text)
        elif self.verbatim:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self.line.append(first)
            for each in rest:
                self.end_line()
                self.line.append(each)
        else:
            text = _BLANKS.sub(" ", text)
            if text != " " or (self.line and not self.line[-1].endswith(" ")):
                self.line.append(text)

    def end_line(self) -> None:
        text = "".join(self.line).strip() if not self.verbatim else "".join(self.line).rstrip()
        self.line.clear()
        self.lines.append(Line(text.replace("\xa0", " "), self.zone))

    def break_line(self) -> None:
        if self.line and "".join(self.line).strip():
            self.end_line()
        else:
            self.line.clear()

    def blank_line(self) -> None:
        self.break_line()
        if self.lines and self.lines[-1].text:
            self.lines.append(Line("", self.zone))

    def tag(self, name: str, attributes: str) -> None:
        if name.startswith("/"):
            self._close(name[1:])
            return
        if name == "br":
            self.end_line()
            return
        if name in _PARAGRAPH and not ("Mso" in attributes or "margin:0" in attributes or self.lists):
            self.blank_line()
        elif name in _BLOCK:
            self.break_line()
        found = _attributes(attributes) if "=" in attributes else {}
        if name not in _VOID:
            self._push(name)
        self._enter(name, found, attributes)

    def _push(self, name: str) -> None:
        if name in ("p", "li", "td", "tr") and self.open and self.open[-1][0] == name:
            self._close(name)
        if len(self.open) < _MAX_OPEN:
            self.open.append((name, self.zone, self.hidden, self.quoting))

    def _enter(self, name: str, found: dict[str, str], attributes: str) -> None:
        """What an element that begins means for what follows."""
        marks = f"{found.get('class', '')} {found.get('id', '')} {found.get('type', '')}".lower()
        if marks.strip():
            self._enter_zone(name, marks)
        elif name == "blockquote" and self.quoting:
            self.zone = QUOTE
        if _HIDING.search(found.get("style", "")) or " hidden" in attributes.lower()[:40]:
            self.hidden = self.hidden or name not in _VOID
        if name == "pre":
            self.verbatim += 1
        elif name in ("ul", "ol") and len(self.lists) < 20:
            self.lists.append(0 if name == "ol" else -1)
        elif name == "li":
            self._enter_item()
        elif name in ("td", "th") and "".join(self.line).strip():
            self.line.append(" | ")
        elif name == "a":
            self.link = (found.get("href", "").strip(), len(self.line))
        elif name == "img" and not self.hidden and (alt := found.get("alt", "").strip()):
            self.line.append(f"[{_BLANKS.sub(' ', alt)[:200]}]")

    def _enter_item(self) -> None:
        if self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            self.line.append(f"{self.lists[-1]}. ")
        else:
            self.line.append("- ")

    def _enter_zone(self, name: str, marks: str) -> None:
        self.quoting = self.quoting or _QUOTING.search(marks) is not None
        if name == "blockquote" and self.quoting:
            self.zone = QUOTE
        for pattern, zone in _ZONES:
            if self.zone != CUT and pattern.search(marks):
                self.break_line()
                if zone == CUT:
                    self.open = [(each, CUT, hidden, quoting) for each, _, hidden, quoting in self.open]
                self.zone = zone
                return

    def _close(self, name: str) -> None:
        depth = next((n for n in range(1, min(len(self.open), 60) + 1) if self.open[-n][0] == name), 0)
        if name in _PARAGRAPH and name != "p":
            self.blank_line()
        elif name in _BLOCK:
            self.break_line()
        if not depth:
            return
        if name == "a":
            self._close_link()
        if name == "pre":
            self.verbatim = max(0, self.verbatim - 1)
        elif name in ("ul", "ol") and self.lists:
            self.lists.pop()
        _, zone, self.hidden, self.quoting = self.open[-depth]
        if zone != self.zone and self.line:
            self.end_line()
        self.zone = zone
        del self.open[-depth:]

    def _close_link(self) -> None:
        """Write the address of a link behind its words, where they say something else."""
        target, begin = self.link or ("", 0)
        self.link = None
        words = "".join(self.line[begin:]).strip()
        if not re.match(r"https?://|mailto:|tel:", target, re.IGNORECASE) or self.hidden or not words:
            return
        shown = re.sub(
            r"^(?:https?://(?:www\.)?|mailto:|tel:)|/$", "", target.split("?")[0], flags=re.IGNORECASE
        )
        if shown.lower() not in words.lower().replace(" ", "") and not words.lower().startswith(
            ("http", "www.")
        ):
            self.line.append(f" ({target[:300]})")

    def finish(self) -> list[Line]:
        self.break_line()
        if not any(line.text for line in self.lines) and self.unseen:  # better hidden words than none
            return [Line(_BLANKS.sub(" ", "".join(self.unseen)).strip(), OWN)]
        return self.lines


def _attributes(tag: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(tag[:20_000]):
        value = match[2] or match[3] or match[4] or ""
        found.setdefault(match[1].lower(), html.unescape(value) if "&" in value else value)
    return found
