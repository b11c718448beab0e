"""The base of every part of the configuration, and the small types its values are made of."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

Language = Literal["fr", "ar", "en"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Section(BaseModel):
    """Frozen, closed to unknown keys, and never showing a value it was given in an error."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        coerce_numbers_to_str=True,  # a number written where text is meant (values from JSON)
    )


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in value:
        raise ValueError("must be an address such as https://example.org")
    if parts.query or parts.fragment:
        raise ValueError("must be an address without ? and #")
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password")
    _ = parts.port  # raises ValueError when it is no port number
    return value.rstrip("/")


def _origin(value: str) -> str:
    url = _http_url(value)
    parts = urlsplit(url)
    if parts.path:
        raise ValueError(
            f"must be an origin (scheme, host, port) without a path: {parts.scheme}://{parts.netloc}"
        )
    return f"{parts.scheme}://{parts.netloc}".lower()  # fmt: skip


def _email_address(value: str) -> str:
    if not re.fullmatch(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]+\.[^@\s<>,;\".]{2,}", value):
        raise ValueError("must be an e-mail address such as support@example.org")
    return value


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Origin = Annotated[str, AfterValidator(_origin)]
EmailAddress = Annotated[str, AfterValidator(_email_address)]
Port = Annotated[int, Field(ge=0, le=65_535)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
