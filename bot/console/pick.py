"""Small native form pieces for pages with many of them: a list to choose from, a day. Imports NiceGUI."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any

from nicegui import ui
from nicegui.element import Element

from bot.console import kit

Changed = Callable[[str], Awaitable[None] | None]


def pick(
    label: str,
    options: Mapping[str, str | Mapping[str, str]],
    value: str,
    changed: Changed,
    *,
    bare: bool = False,
) -> Element:
    """A list of values with their words; a mapping among them is a group, by its title.

    `bare`: the label is for readers of screens only.
    """
    with _labelled(label, bare=bare):
        box = ui.element("select").classes("picked")
        box.props["aria-label"] = label
        with box:
            for each, words in options.items():
                if isinstance(words, str):
                    _option(each, words, chosen=each == value)
                    continue
                group = ui.element("optgroup")
                group.props["label"] = each
                with group:
                    for inner, said in words.items():
                        _option(inner, said, chosen=inner == value)
    return _listened(box, changed)


def _option(value: str, words: str, *, chosen: bool) -> None:
    option = ui.element("option")
    option.props["value"] = value
    if chosen:
        option.props["selected"] = True
    with option:
        ui.label(words).classes("inline")


def line(
    label: str, value: str, changed: Changed, *, kind: str = "text", bare: bool = False, **props: Any
) -> Element:
    """A line of text, a number or a day; told when it is left or Enter is pressed."""
    with _labelled(label, bare=bare):
        box = ui.element("input").classes("picked")
        box.props["type"] = kind
        box.props["value"] = value
        box.props["aria-label"] = label
        box.props["dir"] = "auto"
        for name, said in props.items():
            box.props[name] = said
    return _listened(box, changed)


def _labelled(label: str, *, bare: bool) -> Element:
    if bare:
        return ui.element("div").classes("field picked-bare")
    made = ui.element("label").classes("field")
    with made:
        kit.text(label)
    return made


def _listened(box: Element, changed: Changed) -> Element:
    async def change(event: Any) -> None:
        done = changed(str(event.args if event.args is not None else ""))
        if isawaitable(done):
            await done

    box.on("change", change, js_handler="(event) => emit(event.target.value)")
    return box
