"""The part of the configuration on the FAQ: its files, and what may tell how near sentences are in meaning."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from bot.config.section import HttpUrl, Section


class EmbeddingEndpoint(Section):
    """A service that tells how near sentences are in meaning; it speaks OpenAI's protocol for embeddings."""

    url: HttpUrl | None = Field(
        None, description="Its address up to /embeddings. Empty: off; customers' words stay here."
    )
    model: Annotated[str, StringConstraints(max_length=200)] = Field(
        "", description="The model's name there."
    )
    key: SecretStr = Field(SecretStr(""), description="Its key, if it wants one.")
    timeout_s: Annotated[float, Field(ge=0.05, le=10)] = Field(
        0.8, description="How long a message waits for it before the FAQ is searched without it, in seconds."
    )
    cache: Path | None = Field(
        None, description="A file that keeps what it said of your phrasings. Empty: asked at each start."
    )

    @field_validator("url")
    @classmethod
    def _kept_private(cls, value: str | None) -> str | None:
        if value is not None and value.startswith("http:") and not _is_near(urlsplit(value).hostname or ""):
            raise ValueError("must begin with https: customers' words would cross the network open to all")
        return value

    @model_validator(mode="after")
    def _named(self) -> EmbeddingEndpoint:
        if self.url is not None and not self.model:
            raise ValueError("model is missing: the name of the model that the endpoint shall use")
        return self


def _is_near(host: str) -> bool:
    """Whether a host is this machine, or an address of its own network."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or (address.is_private and not address.is_link_local)


class FaqConfig(Section):
    """Questions the bot answers by itself."""

    files: tuple[Path, ...] = Field((), description="FAQ files; * stands for any name, such as faq/*.yaml.")
    keep_candidates_days: Annotated[int, Field(ge=1, le=3_650)] = Field(
        180, description="Days after which a question that got no answer is forgotten."
    )
    model: Path | None = Field(
        None,
        description="The folder of an imported sentence model (relais faq import-model). Empty: words alone.",
    )
    endpoint: EmbeddingEndpoint = Field(
        EmbeddingEndpoint(), description="Instead of a model of your own, a service elsewhere."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> FaqConfig:
        if self.model is not None and self.endpoint.url is not None:
            raise ValueError("has a model and an endpoint: keep one of the two")
        return self

    @property
    def keep(self) -> timedelta:
        """How long a question that got no answer is kept."""
        return timedelta(days=self.keep_candidates_days)
