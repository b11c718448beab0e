"""The company's texts changed while the program runs: checked first, in one step, spoken at once, taken back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from bot.template_desk import Measures, NoSuchText, NotKept, TemplateDesk, begun, sample_of
from bot.templating import CompanyFacts, Templates, following
from templates import BUILT_IN

ATLAS = CompanyFacts(name="Briqueterie Atlas")
KEY = ("outreach/birthday", "ar", "")
RIGHT = "---\npurpose: bulk\nsubject: عيد سعيد\n---\nعيد ميلاد سعيد{% if name %} {{ name|isolate }}{% endif %}. STOP\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    folder.mkdir()
    return folder


def desk_of(own: Path | None, **measures: object) -> tuple[TemplateDesk, Templates]:
    folders = [BUILT_IN, *([own] if own else [])]
    templates = Templates.load(folders, company=ATLAS, trusted=BUILT_IN)
    return TemplateDesk(templates, own, Measures(**measures)), templates  # type: ignore[arg-type]


def files_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


def said(templates: Templates) -> str:
    return templates.render(
        "outreach/birthday", language="ar", channel="whatsapp", variables={"name": "ليلى"}
    ).text


async def test_a_kept_text_is_spoken_at_once_and_the_shipped_one_comes_back(own: Path) -> None:
    desk, templates = desk_of(own)
    shipped = said(templates)
    before = await desk.text(KEY)
    assert before.own is None and before.shipped is not None
    kept = await desk.keep(KEY, RIGHT.replace("\n", "\r\n"), mark=before.mark)
    assert (own / "outreach/birthday/ar.j2").read_text(encoding="utf-8") == RIGHT
    assert said(templates).startswith("عيد ميلاد سعيد")
    assert any(line.startswith("+") for line in kept.difference())
    listed = await desk.one("outreach/birthday")
    assert listed.own == {("ar", "")} and listed.missing == ()
    back = await desk.restore(KEY, mark=kept.mark)
    assert back.own is None and said(templates) == shipped
    assert files_in(own) == []


async def test_a_text_with_an_error_is_refused_with_its_line_and_nothing_is_written(own: Path) -> None:
    desk, templates = desk_of(own)
    shipped, before = said(templates), await desk.text(KEY)
    with pytest.raises(NotKept) as refused:
        await desk.keep(KEY, RIGHT.replace("name|isolate", "nmae|isolate"), mark=before.mark)
    (found,) = refused.value.faults
    assert (refused.value.key, found.line, found.key) == ("faults", 5, "unknown_variable")
    assert "nmae" in found.words("ar") and "name" in found.words("fr") and "did you mean" in found.what
    assert files_in(own) == [] and said(templates) == shipped


async def test_two_who_change_one_text_do_not_overwrite_each_other(own: Path) -> None:
    desk, _ = desk_of(own)
    seen = await desk.text(KEY)
    await desk.keep(KEY, RIGHT, mark=seen.mark)
    with pytest.raises(NotKept, match="changed"):
        await desk.keep(KEY, RIGHT.replace("STOP", "توقف"), mark=seen.mark)
    with pytest.raises(NotKept, match="changed"):
        await desk.restore(KEY, mark=seen.mark)


@pytest.mark.parametrize(
    "key",
    [
        ("../../etc/passwd", "ar", ""),
        ("faq/company", "ar", ""),
        ("outreach/../birthday", "ar", ""),
        ("outreach/birthday", "../ar", ""),
        ("outreach/birthday", "xx", ""),
        ("outreach/birthday", "ar", "pigeon"),
        ("campaign/..", "ar", ""),
        ("campaign/Été", "ar", ""),
    ],
)
async def test_no_name_from_outside_becomes_a_path(own: Path, key: tuple[str, str, str]) -> None:
    desk, _ = desk_of(own)
    with pytest.raises(NoSuchText):
        await desk.text(key)
    with pytest.raises(NoSuchText):
        await desk.keep(key, RIGHT, mark="")


async def test_a_folder_that_leads_elsewhere_is_not_written_to(own: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (own / "outreach").symlink_to(tmp_path / "elsewhere")
    desk, _ = desk_of(own)
    before = await desk.text(KEY)
    with pytest.raises(NotKept, match="unwritable"):
        await desk.keep(KEY, RIGHT, mark=before.mark)
    assert files_in(tmp_path / "elsewhere") == []


async def test_without_a_folder_nothing_can_be_kept() -> None:
    desk, _ = desk_of(None)
    before = await desk.text(KEY)
    assert not desk.writable
    with pytest.raises(NotKept, match="read_only"):
        await desk.keep(KEY, RIGHT, mark=before.mark)


async def test_a_text_for_a_campaign_is_made_with_variables_of_its_own(own: Path) -> None:
    desk, templates = desk_of(own)
    key = ("campaign/rentree", "fr", "")
    before = await desk.text(key)
    source = (
        "---\npurpose: bulk\nsubject: Rentrée\nvariables: offer\n---\n{{ offer }} chez {{ company }}. STOP\n"
    )
    await desk.keep(key, source, mark=before.mark)
    assert "campaign/rentree" in templates.names
    assert (await desk.one("campaign/rentree")).missing == ("ar", "en")


@pytest.mark.parametrize(
    "body",
    [
        "{{ 'x' * 1000000000 }}",
        "{% set a = company %}{% set b = a ~ a %}{{ b }}",
        "{% for a in company %}{% for b in company %}{% for c in company %}x{% endfor %}{% endfor %}{% endfor %}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ company.center(1000000000) }}",
        "{{ company|center(1000000000) }}",
        "{{ '%1000000000d'|format(1) }}",
        "{{ company.__class__.__mro__ }}{{ ''.__class__() }}",
        "{% set a = (company, company) %}{% set b = (a, a) %}{{ b }}",
    ],
)
def test_what_could_keep_the_program_busy_is_refused_before_it_runs(own: Path, body: str) -> None:
    desk, _ = desk_of(own)
    trial = desk.try_out(KEY, f"---\npurpose: bulk\n---\n{body}\n")
    assert trial.refused
    assert {found.line for found in trial.faults} == {4}


def test_every_shipped_text_may_be_edited_as_it_stands() -> None:
    desk, templates = desk_of(None)
    refused = []
    for path in sorted(BUILT_IN.rglob("*.j2")):
        folder, name, file = path.relative_to(BUILT_IN).parts
        language, _, channel = file.removesuffix(".j2").partition(".")
        if desk.try_out((f"{folder}/{name}", language, channel), path.read_text(encoding="utf-8")).refused:
            refused.append(str(path))
    assert refused == []
    assert len(templates.names) > 80


def test_an_sms_is_counted_and_priced_and_too_long_ones_are_told(own: Path) -> None:
    desk, _ = desk_of(own, prices={"sms": Decimal("8.5")})
    key = ("outreach/birthday", "fr", "sms")
    short = desk.try_out(key, "---\npurpose: bulk\n---\nJoyeux anniversaire. STOP\n")
    shown = desk.shown(short, "sms", sample_of(key[0], (), None))
    assert shown.sms is not None and (shown.sms.alphabet, shown.sms.count) == ("GSM-7", 1)
    assert shown.cost == Decimal("8.5")
    long = desk.try_out(key, "---\npurpose: bulk\n---\n" + "Joyeux anniversaire à vous. " * 8)
    assert [found.key for found in long.faults] == ["too_many_sms"] and not long.refused


def test_a_new_text_begins_with_its_relatives_purpose() -> None:
    assert begun([], "campaign/x").startswith("---\npurpose: bulk")
    assert begun(["---\npurpose: service\nsubject: a\n---\n"], "x/y") == "---\npurpose: service\n---\n"


async def test_texts_changed_by_hand_are_spoken_and_faulty_ones_are_not(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOOK_S", 0.01)
    _, templates = desk_of(own)
    shipped = said(templates)
    task = asyncio.create_task(following.follow(templates, own))
    try:
        path = own / "outreach/birthday/ar.j2"
        path.parent.mkdir(parents=True)
        path.write_text(RIGHT.replace("name|isolate", "nobody|isolate"), encoding="utf-8")
        await asyncio.sleep(0.3)
        assert said(templates) == shipped
        path.write_text(RIGHT, encoding="utf-8")
        async with asyncio.timeout(10):
            while said(templates) == shipped:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
