"""The second factor's key as a picture: every module where the standard's own encoder puts it."""

from __future__ import annotations

import re

import segno

from bot.console.account.drawing import QUIET, qr_svg
from bot.console.sign_in import provisioning_uri

ADDRESS = provisioning_uri(
    "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "lina@briqueterie-atlas.example", "Briqueterie Atlas"
)


def modules_of(svg: str) -> set[tuple[int, int]]:
    return {(int(row) - QUIET, int(column) - QUIET) for column, row in re.findall(r"M(\d+) (\d+)h1v1", svg)}


def test_the_picture_has_the_modules_of_the_address_and_white_around_them() -> None:
    matrix = segno.make(ADDRESS, error="m", micro=False).matrix
    svg = qr_svg(ADDRESS, "clé")
    dark = {(row, column) for row, line in enumerate(matrix) for column, module in enumerate(line) if module}
    assert modules_of(svg) == dark
    assert f'viewBox="0 0 {len(matrix) + 8} {len(matrix) + 8}"' in svg


def test_nothing_of_the_content_or_the_label_becomes_markup() -> None:
    svg = qr_svg("otpauth://totp/<script>", 'a" onload="x')
    assert "<script" not in svg
    assert 'onload="x' not in svg
