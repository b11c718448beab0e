"""The console's words in French, Arabic and English, from YAML files: one for each language and part.

`words/<language>.yaml` beside this file holds what all pages share; a part keeps its own in
`<part>/words/<language>.yaml`, and its keys begin with the part's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from babel import Locale

LANGUAGES: Final = ("fr", "ar", "en")
DIRECTION: Final[Mapping[str, str]] = {"fr": "ltr", "ar": "rtl", "en": "ltr"}
OWN_NAMES: Final[Mapping[str, str]] = {"fr": "Français", "ar": "العربية", "en": "English"}
_HERE: Final = Path(__file__).parent


class Words:
    """What the pages say in one language."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts
        self._plural = Locale.parse(language).plural_form

    def __call__(self, key: str, /, **values: object) -> str:
        """The words of a key, with its {places} filled. Raises KeyError for a key nobody wrote."""
        text = self._texts[key]
        return text.format(**values) if values else text

    def count(self, key: str, number: int, /, **values: object) -> str:
        """The words for a number of things: `key.one`, `key.two`, `key.few`, `key.many`, else `key.other`."""
        form = f"{key}.{self._plural(number)}"
        chosen = self._texts[form if form in self._texts else f"{key}.other"]
        return chosen.format(n=number, **values)

    def has(self, key: str) -> bool:
        return key in self._texts


def word_files(language: str) -> list[tuple[str, Path]]:
    """The prefix and file of each part; the shared words have none."""
    files = [("", _HERE / f"{language}.yaml")]
    parts = sorted(_HERE.parent.glob(f"*/words/{language}.yaml"))
    return files + [(path.parent.parent.name, path) for path in parts]


@cache
def words_in(language: str) -> Words:
    """The words of a language; of the first one where that is none of ours."""
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    texts: dict[str, str] = {}
    for prefix, path in word_files(spoken):
        loaded = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for key, text in _flat(loaded, prefix):
            if key in texts:
                raise ValueError(f"{path.name}: {key} is written twice")
            texts[key] = text
    return Words(spoken, texts)


def _flat(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        whole = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, Mapping):
            yield from _flat(value, whole)
        else:
            yield whole, str(value).strip()
