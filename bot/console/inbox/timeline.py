"""The lines of a conversation as elements: words, states, files. Nothing of a customer is ever read as HTML."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from nicegui import ui

from bot.console import Visit, kit
from bot.console.inbox.wording import channel_icon, state_key, state_tone
from bot.inbox.timeline import Line

_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_PREVIEW: Final = 1_500_000  # bytes; larger pictures are downloaded
_LONG: Final = 1_200  # characters after which a message is folded


def draw_line(visit: Visit, line: Line, *, here: str) -> None:
    """One message. `here` is the conversation that is open: lines of other channels say which they are of."""
    side = {"in": "in", "note": "note"}.get(line.direction, "out")
    with ui.element("article").classes(f"line line-{side}").props(f'data-line="{line.id}"'):
        with ui.element("div").classes("line-head"):
            if side == "note":
                kit.icon("note")
            elif line.author == "bot":
                kit.icon("bot")
            kit.text(_author(visit, line), "strong").props("dir=auto")
            if line.conversation_id != here or side == "in":
                with ui.element("span").classes("line-channel"):
                    kit.icon(channel_icon(line.channel))
                    ui.label(
                        visit.t(f"inbox.channel.{line.channel}")
                        if _known(visit, line.channel)
                        else line.channel
                    )
            ui.label(visit.when(line.at)).classes("line-when")
        if line.subject and side == "in":
            kit.text(line.subject, "div", "line-subject").props("dir=auto")
        _words(visit, line.text)
        for file in line.attachments:
            draw_file(visit, file)
        if line.quoted:
            _folded(visit.t("inbox.quoted"), line.quoted)
        _foot(visit, line)


def _author(visit: Visit, line: Line) -> str:
    if line.direction == "in":
        return visit.t("inbox.details")
    if line.author == "bot":
        return visit.t("inbox.bot")
    return visit.t("inbox.you") if line.author == visit.user.name else line.author


def _known(visit: Visit, channel: str) -> bool:
    return visit.words.has(f"inbox.channel.{channel}")


def _words(visit: Visit, text: str) -> None:
    if not text:
        return
    if len(text) <= _LONG:
        kit.text(text, "div", "line-text").props("dir=auto")
        return
    kit.text(text[:_LONG] + " …", "div", "line-text").props("dir=auto")
    _folded(visit.t("inbox.more"), text[_LONG:])


def _folded(summary: str, text: str) -> None:
    with ui.element("details").classes("line-more"):
        kit.text(summary, "summary")
        kit.text(text, "div", "line-text").props("dir=auto")


def _foot(visit: Visit, line: Line) -> None:
    key, notes = state_key(line), []
    if line.edited:
        notes.append(visit.t("inbox.edited"))
    if line.automatic:
        notes.append(visit.t("inbox.automatic"))
    if not key and not notes:
        return
    with ui.element("div").classes("line-foot"):
        for note in notes:
            ui.label(note)
        if key:
            state = ui.label(visit.t(key)).classes(f"line-state tone-{state_tone(line) or 'plain'}")
            if line.error:
                state.tooltip(line.error[:300])


def draw_file(visit: Visit, file: Mapping[str, Any]) -> None:
    """A file by its name; pictures of safe kinds can be looked at, everything is downloaded, nothing is opened."""
    ref, name = str(file.get("ref", "")), str(file.get("name", "")) or str(file.get("kind", "file"))
    stored = ref.startswith("media:")

    async def download() -> None:
        media = await visit.services.host.load_media(ref)
        if media is None:
            kit.say(visit.t("inbox.file.not_here"), "warn")
            return
        ui.download.content(media.data, name, "application/octet-stream")

    async def preview() -> None:
        media = await visit.services.host.load_media(ref)
        if media is None or media.attachment.mime not in _PICTURES or len(media.data) > _PREVIEW:
            await download()
            return
        source = f"data:{media.attachment.mime};base64,{base64.b64encode(media.data).decode()}"
        with ui.dialog() as dialog, ui.element("div").classes("dialog picture"):
            ui.element("img").props(f'src="{source}"').props["alt"] = name
            with ui.element("div").classes("dialog-acts"):
                kit.button(visit.t("inbox.file.download"), download)
                kit.button(visit.t("shell.close"), dialog.close)
        dialog.open()

    with ui.element("div").classes("line-file"):
        kit.icon("file")
        kit.text(name, "span", "line-file-name").props("dir=auto")
        if not stored:
            ui.label(visit.t("inbox.file.not_here")).classes("hint")
        elif file.get("mime") in _PICTURES:
            kit.button(visit.t("inbox.file.preview"), preview, kind="quiet")
        else:
            kit.button(visit.t("inbox.file.download"), download, kind="quiet")
