"""The store of files: what is kept, what is refused, under which name."""

from __future__ import annotations

import hashlib
import io
import struct
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.filetypes import OPAQUE, detect_type, image_size
from bot.media import MediaStore, inspect_file, safe_name
from channels.port import Malformed

MAX = 100_000


def png(width: int = 2, height: int = 2) -> bytes:
    header = struct.pack(">II", width, height) + b"\x08\x02\x00\x00\x00"
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + header + b"\x00" * 20


def jpeg(width: int = 640, height: int = 480) -> bytes:
    app0 = b"\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 9
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + b"\x03" + b"\x00" * 9
    return b"\xff\xd8" + app0 + frame + b"\xff\xd9"


def webp(width: int = 10, height: int = 10) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00" + size


def gif(width: int = 10, height: int = 10) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\x00" * 8


def heic(width: int = 10, height: int = 10) -> bytes:
    ispe = b"\x00\x00\x00\x14ispe\x00\x00\x00\x00" + struct.pack(">II", width, height)
    return b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + ispe


def office(member: str, *more: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in (member, *more):
            archive.writestr(name, "x")
    return buffer.getvalue()


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (jpeg(), "image/jpeg"),
        (png(), "image/png"),
        (gif(), "image/gif"),
        (webp(), "image/webp"),
        (heic(), "image/heic"),
        (b"%PDF-1.7\n", "application/pdf"),
        (office("word/document.xml"), WORD),
        (office("xl/workbook.xml"), SHEET),
        (office("word/document.xml", "word/vbaProject.bin"), OPAQUE),
        (office("photo.jpg"), "application/zip"),
        (b"PK\x03\x04 broken", OPAQUE),
        (b"\x00\x00\x00\x18ftypisom\x00\x00", "video/mp4"),
        (b"\x00\x00\x00\x18ftypM4A \x00\x00", "audio/mp4"),
        (b"OggS\x00\x02" + b"\x00" * 30, "audio/ogg"),
        (b"ID3\x04" + b"\x00" * 30, "audio/mpeg"),
        (b"\xff\xfb\x90\x64" + b"\x00" * 30, "audio/mpeg"),
        (b"#!AMR\n" + b"\x00" * 30, "audio/amr"),
        ("Réclamation\nحجر".encode(), "text/plain"),
        (b"<html><body>", OPAQUE),
        (b"  <?xml version='1.0'?><svg/>", OPAQUE),
        (b"GARBAGE <script>alert(1)</script>", OPAQUE),
        (b"#!/bin/sh\nrm", OPAQUE),
        (b"MZ\x90", OPAQUE),
        (b"\x7fELF\x02", OPAQUE),
        (b"\x00\x01\x02\x03", OPAQUE),
    ],
)
def test_a_file_is_what_its_bytes_say(data: bytes, mime: str) -> None:
    assert detect_type(data) == mime


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_have_a_type_and_never_crash(data: bytes) -> None:
    for prefix in (
        b"",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF0000WEBP",
        b"PK\x03\x04",
        b"0000ftyp",
        b"GIF89a",
    ):
        mime = detect_type(prefix + data)
        image_size(prefix + data, mime)


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (png(7, 9), "image/png"),
        (jpeg(7, 9), "image/jpeg"),
        (gif(7, 9), "image/gif"),
        (webp(7, 9), "image/webp"),
    ],
)
def test_the_size_of_a_picture_is_read_from_its_header(data: bytes, mime: str) -> None:
    assert image_size(data, mime) == (7, 9)


@pytest.mark.parametrize(
    ("data", "name", "claimed", "reason"),
    [
        (b"", "a.jpg", "image/jpeg", "empty"),
        (b"x" * (MAX + 1), "a.txt", "text/plain", "100001 bytes"),
        (b"just words", "a.jpg", "image/jpeg", "claims to be a picture"),
        (b"%PDF-1.7", "a.png", "image/png; x=y", "claims to be a picture"),
        (b"<svg/>", "a.png", "image/png", "claims to be a picture"),
        (b"\xff\xd8\xff\xe0", "a.jpg", "image/jpeg", "damaged"),
        (png(20_000, 20_000), "a.png", "image/png", "pixels"),
        (jpeg(65_000, 10), "a.jpg", "", "pixels"),
        (heic(40_000, 40_000), "a.heic", "image/heic", "pixels"),
    ],
)
def test_a_file_that_harms_or_lies_is_refused_with_the_reason(
    data: bytes, name: str, claimed: str, reason: str
) -> None:
    with pytest.raises(Malformed, match=reason):
        inspect_file(data, name, claimed, max_bytes=MAX)


def test_a_picture_that_claims_nothing_is_recognised() -> None:
    attachment = inspect_file(jpeg(), "", "", max_bytes=MAX)
    assert (attachment.kind, attachment.mime, attachment.name) == ("image", "image/jpeg", "image.jpg")


def test_a_voice_note_of_a_browser_stays_a_voice_note() -> None:
    data = b"\x1aE\xdf\xa3" + b"\x00" * 20
    assert inspect_file(data, "v", "audio/webm;codecs=opus", max_bytes=MAX).kind == "audio"
    assert inspect_file(data, "v", "", max_bytes=MAX).kind == "video"


@pytest.mark.parametrize(
    ("name", "mime", "safe"),
    [
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\x\\photo.JPG", "image/jpeg", "photo.jpg"),
        ("photo.png", "image/jpeg", "photo.jpg"),
        ("facture.2024", "application/pdf", "facture.2024.pdf"),
        ("facture\u202efdp.exe", OPAQUE, "facturefdp.exe.bin"),
        ("a\x00b\n\x1b.pdf", "application/pdf", "ab.pdf"),
        ("setup.exe", OPAQUE, "setup.exe.bin"),
        ("page.HTML", OPAQUE, "page.html.bin"),
        ("run.sh", "text/plain", "run.sh.bin"),
        ("notes.log", "text/plain", "notes.log"),
        ("صورة الآجر.jpeg", "image/jpeg", "صورة الآجر.jpeg"),
        ("", OPAQUE, "file.bin"),
        ("...", "image/png", "image.png"),
        ('a<b>:"c|d?*.pdf', "application/pdf", "abcd.pdf"),
        (".htaccess", "text/plain", "htaccess.txt"),
    ],
)
def test_a_name_is_made_safe(name: str, mime: str, safe: str) -> None:
    assert safe_name(name, mime) == safe


@given(
    st.text(st.characters(exclude_categories=[]), max_size=300),
    st.sampled_from(["image/jpeg", OPAQUE, "text/plain"]),
)
def test_no_name_can_leave_its_folder_or_disguise_itself(name: str, mime: str) -> None:
    safe = safe_name(name, mime)
    assert 0 < len(safe) <= 120
    assert not set(safe) & set('/\\<>:"|?*')
    assert safe == safe.strip(". ")
    assert all(unicodedata.category(char) not in ("Cc", "Cs", "Co") for char in safe)
    assert not safe.lower().endswith((".exe", ".html", ".svg", ".js", ".bat"))


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_file_is_kept_under_the_hash_of_its_content_and_comes_back(tmp_path: Path) -> None:
    store = MediaStore(tmp_path / "media", MAX)
    data = jpeg()
    attachment = await store.put(data, "photo.jpg", "image/jpeg")
    digest = hashlib.sha256(data).hexdigest()
    assert attachment.ref == f"media:{digest}"
    media = await MediaStore(tmp_path / "media", MAX).get(attachment.ref)
    assert media is not None
    assert (media.data, media.attachment) == (data, attachment)
    assert (tmp_path / "media" / digest[:2] / digest[2:4] / digest).read_bytes() == data


async def test_the_same_file_twice_is_kept_once_and_each_keeps_its_name(tmp_path: Path) -> None:
    store = MediaStore(tmp_path, MAX)
    first = await store.put(jpeg(), "a.jpg", "image/jpeg")
    second = await store.put(jpeg(), "b.jpg", "image/jpeg")
    assert (first.ref, first.name, second.name) == (second.ref, "a.jpg", "b.jpg")
    assert len(files_in(tmp_path)) == 2  # the file and its description


async def test_a_file_cut_short_by_a_crash_is_written_again(tmp_path: Path) -> None:
    store = MediaStore(tmp_path, MAX)
    attachment = await store.put(jpeg(), "a.jpg", "image/jpeg")
    digest = attachment.ref.removeprefix("media:")
    (tmp_path / digest[:2] / digest[2:4] / digest).write_bytes(b"\xff\xd8")
    await store.put(jpeg(), "a.jpg", "image/jpeg")
    media = await store.get(attachment.ref)
    assert media is not None
    assert media.data == jpeg()


async def test_a_refused_file_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        await MediaStore(tmp_path, MAX).put(b"no photo", "a.jpg", "image/jpeg")
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "media:",
        "media:" + "a" * 63,
        "media:" + "A" * 64,
        "media:../../etc/passwd",
        "telegram:1",
        f"media:{'a' * 64}\n",
    ],
)
async def test_a_reference_that_is_none_finds_nothing(tmp_path: Path, ref: str) -> None:
    assert await MediaStore(tmp_path, MAX).get(ref) is None


async def test_an_unknown_reference_finds_nothing(tmp_path: Path) -> None:
    assert await MediaStore(tmp_path, MAX).get("media:" + "a" * 64) is None
