"""Meanings from a service that speaks OpenAI's protocol for embeddings, and its failures, which stop nothing.

The address is the operator's own and stands in the configuration: no redirect is followed and no proxy of the
environment taken, so words and key go there and nowhere else. source: OpenAI API reference, "Create embeddings"
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import httpx
import numpy as np
import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.clock import Clock
from bot.config import EmbeddingEndpoint
from bot.model_meanings import Kept, Recent
from bot.understanding.embedding.bert import to_length_one
from bot.understanding.embedding.choice import Hearing
from bot.understanding.features import Floats

log = structlog.get_logger()

_AT_ONCE: Final = 64  # phrasings in one call
_LEARN_S: Final = 120.0  # in all, for the phrasings of an FAQ
_CALL_S: Final = 20.0
_REST_S: Final = 30.0  # without asking, after it failed: messages must not wait for nothing
_MOST_BYTES: Final = 20_000_000
_MOST_SIZE: Final = 8_192
_MOST_TEXT: Final = 2_000


class EndpointError(Exception):
    """The service didn't answer as it should: says how."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")
    index: int = Field(ge=0)
    embedding: Annotated[list[float], Field(min_length=2, max_length=_MOST_SIZE)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")
    data: Annotated[list[_Row], Field(max_length=_AT_ONCE)]


class EndpointMeanings:
    """What the service said of phrasings and of the last messages."""

    def __init__(self, settings: EmbeddingEndpoint, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._recent = Recent()
        self._size = 0
        self._rests_until = 0.0
        self._missed = 0  # messages that were searched without it, since it last answered

    @property
    def hearing(self) -> Mapping[str, Hearing]:
        """Nothing is known of it: the FAQ's own questions decide."""
        return {}

    def learn(self, texts: Sequence[str]) -> Floats | None:
        """None, and a line in the log, where the service fails: the FAQ is then searched by words."""
        try:
            return self._learn(list(texts))
        except EndpointError as error:
            log.warning("embedding_endpoint_failed", while_="learning", error=str(error))
            return None

    def of(self, text: str) -> Floats | None:
        """What `prepare` fetched; asking here would hold everybody up."""
        return self._recent.get(text[:_MOST_TEXT])

    async def prepare(self, text: str) -> None:
        """Ask for a message's meaning, within the time it may take. Never raises."""
        text = text[:_MOST_TEXT]
        if not text.strip() or self._recent.get(text) is not None:
            return
        if self._clock.monotonic() < self._rests_until:
            self._missed += 1
            return
        try:
            async with asyncio.timeout(self._settings.timeout_s), self._client() as client:
                rows = _rows(await self._fetch(client, [text]), 1)
        except (EndpointError, httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            self._failed(error)
            return
        if self._size and rows.shape[1] != self._size:
            self._failed(EndpointError(f"vectors of {rows.shape[1]} numbers, not {self._size} as before"))
            return
        if self._missed:
            log.info("embedding_endpoint_back", missed=self._missed)
            self._missed = 0
        self._recent.put(text, rows[0])

    def _failed(self, error: Exception) -> None:
        self._missed += 1
        self._rests_until = self._clock.monotonic() + _REST_S
        said = str(error) if isinstance(error, EndpointError) else type(error).__name__
        log.warning("embedding_endpoint_failed", while_="reading", error=said, missed=self._missed)

    def _learn(self, texts: list[str]) -> Floats:
        file, model = self._settings.cache, self._settings.model
        if file is None:
            rows = self._ask(texts)
        else:
            kept = Kept(file, f"{self._settings.url} {model}")
            rows = kept.rows(texts, self._ask)
        self._size = rows.shape[1]
        return rows

    def _ask(self, texts: list[str]) -> Floats:
        """Many texts, in a thread of its own. Raises `EndpointError`."""
        try:
            return asyncio.run(self._ask_all(texts))
        except TimeoutError:
            raise EndpointError(f"it took more than {_LEARN_S:.0f} s for {len(texts)} phrasings") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EndpointError(type(error).__name__) from None

    async def _ask_all(self, texts: list[str]) -> Floats:
        found: list[Floats] = []
        async with asyncio.timeout(_LEARN_S), self._client() as client:
            for at in range(0, len(texts), _AT_ONCE):
                some = [text[:_MOST_TEXT] for text in texts[at : at + _AT_ONCE]]
                found.append(_rows(await self._fetch(client, some), len(some)))
        if len({rows.shape[1] for rows in found}) > 1:
            raise EndpointError("its vectors differ in length")
        return np.concatenate(found) if found else np.zeros((0, 0), np.float32)

    def _client(self) -> httpx.AsyncClient:
        key = self._settings.key.get_secret_value()
        return httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=_CALL_S,
            trust_env=False,
            follow_redirects=False,
        )

    async def _fetch(self, client: httpx.AsyncClient, texts: list[str]) -> bytes:
        body: dict[str, Any] = {"model": self._settings.model, "input": texts, "encoding_format": "float"}
        url = f"{self._settings.url}/embeddings"
        async with client.stream("POST", url, json=body) as response:
            if response.status_code != 200:
                raise EndpointError(f"it answered with status {response.status_code}")
            found = bytearray()
            async for some in response.aiter_bytes():
                found += some
                if len(found) > _MOST_BYTES:
                    raise EndpointError("its answer is too long")
        return bytes(found)


def _rows(answer: bytes, count: int) -> Floats:
    """The vectors in the order in which they were asked for. Raises `EndpointError`."""
    try:
        rows = sorted(_Answer.model_validate_json(answer).data, key=lambda row: row.index)
    except ValidationError:
        raise EndpointError("its answer is no list of embeddings") from None
    if [row.index for row in rows] != list(range(count)) or len({len(row.embedding) for row in rows}) != 1:
        raise EndpointError("its answer has not one vector a text")
    vectors = np.array([row.embedding for row in rows], np.float32)
    if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
        raise EndpointError("its vectors hold no numbers to compare")
    return to_length_one(vectors)
