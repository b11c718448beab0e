"""Reading of what Twilio posts: a form of names and values, read strictly."""

from __future__ import annotations

from functools import cached_property
from urllib.parse import parse_qsl

from channels.port import Malformed

MAX_FIELDS = 400


class Form:
    """The fields of one call, in the order and the form they were sent in."""

    def __init__(self, raw: bytes) -> None:
        """Raises `Malformed` when the body is no form."""
        try:
            text = raw.decode("utf-8", "replace")
            self.pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace")
        except ValueError:
            raise Malformed(f"the form has more than {MAX_FIELDS} fields") from None

    @cached_property
    def _values(self) -> dict[str, str]:
        values: dict[str, str] = {}
        for key, value in self.pairs:
            if values.setdefault(key, value) != value:
                raise Malformed(f"{key[:40]!r} is given twice, with different values")
        return values

    def get(self, key: str) -> str:
        """A field's value, "" when it is not there. Raises `Malformed` when it has two values."""
        return self._values.get(key, "")

    def first(self, *keys: str) -> str:
        """The first of the fields that has a value: some are known by an old and a new name."""
        return next((value for key in keys if (value := self.get(key))), "")

    def need(self, *keys: str) -> str:
        value = self.first(*keys)
        if not value:
            raise Malformed(f"{keys[0]} is missing")
        return value
