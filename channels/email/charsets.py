"""Bytes to text, whatever their charset claims to be: never fails, and prefers what the bytes say to the label."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

# Labels seen in real mail that Python's registry does not know, or that mean a larger set in practice.
# source: WHATWG Encoding Standard (labels); "latin-1" is read as windows-1252 by every mail client.
_MEANT = {
    "iso8859-1": "cp1252", "latin-1": "cp1252", "ascii": "utf_8", "gb2312": "gb18030", "gbk": "gb18030",
    "euc_kr": "cp949", "shift_jis": "cp932", "iso8859-9": "cp1254", "tis-620": "cp874",
}  # fmt: skip
_LABELS = {
    "ks_c_5601-1987": "cp949", "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8", "asmo-708": "iso8859-6",
    "iso-8859-6-i": "iso8859-6", "iso-8859-6-e": "iso8859-6", "x-sjis": "cp932", "x-gbk": "gb18030",
    "x-mac-roman": "mac_roman", "x-mac-arabic": "mac_arabic", "macintosh": "mac_roman", "utf8mb4": "utf_8",
    "unicode-1-1-utf-8": "utf_8", "x-utf-8": "utf_8", "unicode": "utf_16", "ansi": "cp1252", "dos-720": "cp720",
    "iso-10646-ucs-2": "utf_16", "ucs-2": "utf_16", "cp-850": "cp850", "latin": "cp1252",
}  # fmt: skip
# Only codecs that turn bytes into text without surprises. UTF-7 is left out: it hides markup from every filter.
_TRUSTED = re.compile(
    r"utf[_-](?:8|16|32)(?:[_-][bl]e)?|cp\d+|iso8859[_-]\d+|koi8[_-][rut]|gb18030|big5(?:hkscs)?|euc_j\w+"
    r"|iso2022_\w+|hz|mac[_-]\w+|kz1048|ptcp154|johab|hp[_-]roman8"
)
_WIDE = re.compile(r"utf[_-](?:16|32)")
_ESCAPED = re.compile(r"iso2022|hz")  # seven-bit, told apart by escapes
_MULTIBYTE = re.compile(r"utf|cp9[345]|gb|big5|euc|iso2022|hz|johab")
_BOMS = (
    (codecs.BOM_UTF8, "utf_8"),
    (codecs.BOM_UTF32_LE, "utf_32"),
    (codecs.BOM_UTF32_BE, "utf_32"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)
_HIGH = bytes(range(0x80, 0x100))
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_C1 = {code: bytes((code,)).decode("cp1252", "ignore") or chr(code) for code in range(0x80, 0xA0)}
_SAMPLE = 8192  # bytes looked at to guess a charset
_USUAL = {
    "arabic": frozenset("الينموترهبةعدسفحكقأجشصىط"),
    "cyrillic": frozenset("оеаинтсрвлкмдпуяыьгзбч"),
    "chinese": frozenset("的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可你好请谢"),
}
_GUESSES = (
    ("cp1256", "arabic"), ("iso8859_6", "arabic"), ("cp1251", "cyrillic"), ("koi8_r", "cyrillic"),
    ("gb18030", "chinese"),
)  # fmt: skip


@lru_cache(maxsize=512)
def codec_of(label: str) -> str:
    """The codec a charset label means; "" when it is unknown or not trusted (UTF-7, Python's own codecs)."""
    name = label.strip(" \t\"'").lower()[:40]
    name = _LABELS.get(name, name)
    name = re.sub(r"^(?:x-)?(?:windows|win|cp|ms)[-_]?(\d{3,4})$", r"cp\1", name)
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    found = _MEANT.get(found, found)
    return found.replace("-", "_") if _TRUSTED.fullmatch(found) else ""


def decode(data: bytes, label: str = "") -> str:
    """The text of `data`. A label is followed unless the bytes contradict it; nothing is ever dropped."""
    codec = codec_of(label) if label else ""
    if data.isascii() and not (codec and (_WIDE.match(codec) or _ESCAPED.match(codec))):
        return data.decode("ascii")
    for mark, marked in _BOMS:
        if data.startswith(mark):
            return data.decode(marked, "replace").lstrip("\ufeff")
    if codec and _MULTIBYTE.match(codec) and codec != "utf_8":
        return _decode_multibyte(data, codec)
    try:  # a text that is well-formed UTF-8 and not ASCII is UTF-8, whatever its label says
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_bytewise(data, codec)


def _decode_multibyte(data: bytes, codec: str) -> str:
    try:
        text = data.decode(codec)
        return text if "\x00" not in text else decode(data.replace(b"\x00", b""))
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(codec, "replace")


def _decode_bytewise(data: bytes, codec: str) -> str:
    if codec == "utf_8" or not codec:
        mixed = data.decode("utf-8", "surrogateescape")
        broken = sum("\udc80" <= char <= "\udcff" for char in mixed)
        if broken * 2 < sum(char > "\x7f" for char in mixed) - broken:
            return _mend(mixed)
        codec = ""
    if not codec or (codec == "cp1252" and _mostly_high(data[:_SAMPLE])):
        codec = guess(data)
    return data.decode(codec, "replace") if codec != "cp1252" else _western(data)


def _mend(mixed: str) -> str:
    """Read the stray bytes of a text that is UTF-8 for the rest (a footer glued on by some server) as Western."""
    return re.sub("[\udc80-\udcff]+", lambda run: _western(run[0].encode("utf-8", "surrogateescape")), mixed)


def _western(data: bytes) -> str:
    """windows-1252, with its five holes read as C1 controls, like browsers do."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1").translate(_C1)


def _mostly_high(sample: bytes) -> bool:
    high = len(sample) - len(sample.translate(None, _HIGH))
    letters = len(sample) - len(sample.translate(None, _LETTERS))
    return high > letters


def guess(data: bytes) -> str:
    """The one-byte charset that unlabelled bytes are most likely in: Western unless most letters are high bytes."""
    sample = data[:_SAMPLE]
    if not _mostly_high(sample):
        return "cp1252"
    best, score = "cp1252", 0.35
    for codec, script in _GUESSES:
        text = sample.decode(codec, "replace")
        beyond = [char for char in text if char > "\x7f"]
        usual = sum(char in _USUAL[script] for char in beyond) / max(len(beyond), 1)
        usual += 0.3 if script == "chinese" and "\ufffd" not in text[:-1] and usual > 0.1 else 0
        if usual > score:
            best, score = codec, usual
    return best


_MOJIBAKE = re.compile("[\xc2-\xf4\u0160\u0178][\x80-\xbf\u0152-\u02dc\u2013-\u203a\u20ac\u2122]")


def undo_mojibake(text: str) -> str:
    """Undo UTF-8 that some program read as Western and encoded again ("RÃ©clamation"); else the text itself."""
    if not _MOJIBAKE.search(text):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
