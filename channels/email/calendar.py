"""An invitation in one readable line. source: RFC 5545, RFC 5546"""

from __future__ import annotations

import re

_FIELD = re.compile(
    r"^(METHOD|SUMMARY|DTSTART|LOCATION|STATUS)((?:;[^:\r\n]{0,300})?):([^\r\n]{0,500})", re.MULTILINE
)
_WHEN = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")


def invitation_line(text: str) -> str:
    """ "[Invitation: Site visit, 2026-03-12 10:00 UTC, Depot]"; "" where there is no event in it."""
    if "BEGIN:VEVENT" not in text:
        return ""
    text = re.sub(r"\r?\n[ \t]", "", text)
    found: dict[str, tuple[str, str]] = {}
    event = text.find("BEGIN:VEVENT")
    for match in _FIELD.finditer(text[:event] + text[event:].partition("END:VEVENT")[0]):
        if match[1] != "DTSTART" or match.start() > event:
            found[match[1]] = (match[2], match[3])
    method = found.get("METHOD", ("", ""))[1].strip().upper()
    kind = {"CANCEL": "Cancelled", "REPLY": "Reply to an invitation"}.get(method, "Invitation")
    details = [
        _plain(found.get("SUMMARY", ("", ""))[1]),
        _when(*found.get("DTSTART", ("", ""))),
        _plain(found.get("LOCATION", ("", ""))[1]),
    ]
    said = ", ".join(each for each in details if each)
    return f"[{kind}: {said}]" if said else ""


def _plain(value: str) -> str:
    return re.sub(r"\\([\\;,nN])", lambda match: " " if match[1] in "nN" else match[1], value).strip()


def _when(settings: str, value: str) -> str:
    match = _WHEN.search(value)
    if match is None:
        return ""
    day = f"{match[1]}-{match[2]}-{match[3]}"
    if not match[4]:
        return day
    zone = re.search(r"TZID=\"?([^;\":]{1,60})", settings)
    return f"{day} {match[4]}:{match[5]}" + (" UTC" if match[6] else f" {zone[1]}" if zone else "")
