"""The endpoint for embeddings against a real HTTP server: what is asked, what is believed, and every way to fail."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from bot.clock import Clock
from bot.config import EmbeddingEndpoint, FaqConfig
from bot.model_endpoint import EndpointMeanings
from bot.understanding.faq import FaqIndex
from tests.unit.test_faq_meanings import SHOP

KEY = "key-that-nobody-may-see"


class Service(ThreadingHTTPServer):
    """Tells vectors as told; each request is kept."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, dict[str, Any], str]] = []
        self.answer: bytes | None = None  # instead of vectors
        self.status = 200
        self.location = ""
        self.go = threading.Event()
        self.go.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def vectors(self, texts: list[str]) -> bytes:
        """Backwards, since the order isn't promised."""
        rows = [{"index": at, "embedding": vector(text)} for at, text in enumerate(texts)]
        return json.dumps({"object": "list", "data": rows[::-1]}).encode()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        service = self.server
        assert isinstance(service, Service)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        service.requests.append((self.path, body, self.headers.get("Authorization", "")))
        service.go.wait(5)
        answer = service.vectors(body["input"]) if service.answer is None else service.answer
        self.send_response(service.status)
        if service.location:
            self.send_header("Location", service.location)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the tests look at `requests`."""


def vector(text: str) -> list[float]:
    return [float(len(text)), float(text.count("a")), 1.0]


class Later(Clock):
    """A clock that tests move."""

    def __init__(self) -> None:
        super().__init__()
        self.passed_s = 0.0

    def monotonic(self) -> float:
        return 1_000 + self.passed_s


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as started:
        thread = threading.Thread(target=started.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield started
        started.go.set()
        started.shutdown()
        thread.join()


def asked(service: Service, clock: Clock | None = None, **more: Any) -> EndpointMeanings:
    settings = EmbeddingEndpoint(url=service.url, model="some-model", key=KEY, **more)
    return EndpointMeanings(settings, clock or Clock())


def test_phrasings_are_asked_for_in_batches_and_come_back_in_order_with_length_one(service: Service) -> None:
    texts = [f"phrasing {'a' * at}" for at in range(130)]
    rows = asked(service).learn(texts)
    assert rows is not None
    wanted = np.array([vector(text) for text in texts])
    assert np.allclose(rows, wanted / np.linalg.norm(wanted, axis=1, keepdims=True), atol=1e-5)
    assert [len(body["input"]) for _, body, _ in service.requests] == [64, 64, 2]
    path, body, key = service.requests[0]
    assert (path, body["model"], key) == ("/v1/embeddings", "some-model", f"Bearer {KEY}")


def test_with_a_cache_a_restart_asks_nothing_again(service: Service, tmp_path: Path) -> None:
    first = asked(service, cache=tmp_path / "kept.npz").learn(["a", "bb"])
    again = asked(service, cache=tmp_path / "kept.npz").learn(["bb", "a"])
    assert first is not None and again is not None
    assert len(service.requests) == 1
    assert np.allclose(again[::-1], first, atol=1e-3)


async def test_a_message_is_asked_for_once_and_never_while_others_wait(service: Service) -> None:
    meanings = asked(service)
    assert meanings.of("salam") is None
    assert service.requests == []
    for _ in range(2):
        await meanings.prepare("salam")
    found = meanings.of("salam")
    assert found is not None and np.linalg.norm(found) == pytest.approx(1)
    assert len(service.requests) == 1


BROKEN: dict[str, bytes] = {
    "no JSON": b"<html>",
    "no list": b'{"data": 7}',
    "a vector too few": b'{"data": []}',
    "a vector too many": b'{"data": [{"index": 0, "embedding": [1, 2]}, {"index": 1, "embedding": [1, 2]}]}',
    "another index": b'{"data": [{"index": 3, "embedding": [1, 2]}]}',
    "no numbers": b'{"data": [{"index": 0, "embedding": ["a", "b"]}]}',
    "not finite": b'{"data": [{"index": 0, "embedding": [1e999, 2]}]}',
    "zeros": b'{"data": [{"index": 0, "embedding": [0, 0]}]}',
    "endless": b'{"data": [{"index": 0, "embedding": [' + b"1," * 9_000 + b"1]}]}",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
async def test_an_answer_that_is_none_is_as_no_answer(
    answer: bytes, service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    service.answer = answer
    meanings = asked(service)
    await meanings.prepare("salam")
    assert meanings.of("salam") is None
    said = capfd.readouterr()
    assert "embedding_endpoint_failed" in said.out + said.err
    assert KEY not in said.out + said.err
    assert "salam" not in said.out + said.err


@pytest.mark.parametrize("status", [301, 307, 401, 429, 500])
async def test_a_refusal_is_not_asked_again_at_once_and_a_redirect_not_followed(
    status: int, service: Service
) -> None:
    service.status, service.location = status, f"{service.url}/elsewhere"
    clock = Later()
    meanings = asked(service, clock)
    for _ in range(3):
        await meanings.prepare("salam")
    assert len(service.requests) == 1
    service.status, clock.passed_s = 200, 31.0
    await meanings.prepare("salam")
    assert meanings.of("salam") is not None
    assert {path for path, _, _ in service.requests} == {"/v1/embeddings"}


async def test_who_is_slow_is_not_waited_for(service: Service) -> None:
    service.go.clear()
    meanings = asked(service, timeout_s=0.05)
    await meanings.prepare("salam")
    service.go.set()
    assert meanings.of("salam") is None


async def test_vectors_of_another_length_than_the_phrasings_are_not_compared(service: Service) -> None:
    meanings = asked(service)
    assert await asyncio.to_thread(meanings.learn, ["a", "bb"]) is not None
    service.answer = b'{"data": [{"index": 0, "embedding": [1, 2]}]}'
    await meanings.prepare("salam")
    assert meanings.of("salam") is None


def test_an_faq_is_learned_by_words_while_the_service_is_down(service: Service) -> None:
    service.status = 503
    index = FaqIndex.build(SHOP, meanings=asked(service))
    assert index.kinds == frozenset()
    assert index.meanings is None
    assert index.search("opening hours", "en") == FaqIndex.build(SHOP).search("opening hours", "en")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"url": "http://embeddings.example.org/v1", "model": "m"}, "must begin with https"),
        ({"url": "http://169.254.169.254/v1", "model": "m"}, "must begin with https"),
        ({"url": "https://user:word@embeddings.example.org/v1", "model": "m"}, "user name or password"),
        ({"url": "https://embeddings.example.org/v1"}, "model is missing"),
        (
            {"url": "https://embeddings.example.org/v1", "model": "m", "timeout_s": 60},
            "less than or equal to 10",
        ),
    ],
)
def test_an_endpoint_that_would_betray_customers_words_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        EmbeddingEndpoint(**keys)


def test_an_inner_address_may_go_without_https_and_a_model_and_an_endpoint_exclude_each_other() -> None:
    inner = EmbeddingEndpoint(url="http://10.0.0.7:8080/v1", model="m")
    assert EmbeddingEndpoint(url="http://localhost:11434/v1", model="m").url == "http://localhost:11434/v1"
    with pytest.raises(ValidationError, match="keep one of the two"):
        FaqConfig(model=Path("faq-model"), endpoint=inner)
