"""The demo's time, moved by hand and kept over a restart."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.demo import keep_time, kept_time


def test_a_restart_finds_the_time_where_it_was_left(tmp_path: Path) -> None:
    assert kept_time(tmp_path) == timedelta()
    keep_time(tmp_path, timedelta(days=3, seconds=7))
    keep_time(tmp_path, timedelta(days=4))
    assert kept_time(tmp_path) == timedelta(days=4)
    assert [path.name for path in tmp_path.iterdir()] == ["clock-moved"]


@pytest.mark.parametrize("spoilt", ["", "soon", "-86400", "1e300", "nan", "inf"])
def test_a_spoilt_file_moves_nothing(tmp_path: Path, spoilt: str) -> None:
    (tmp_path / "clock-moved").write_text(spoilt)
    assert kept_time(tmp_path) == timedelta()
