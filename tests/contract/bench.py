"""What the contract suite needs of a channel: a door, its provider's side, and how it can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from channels.port import Button, Door, HookRequest, SendError
from tests.fakes import FakeHost

PAYLOADS = Path(__file__).parent / "payloads"
BUDGET_S = 1.0  # the total time that doors under test give a call


class Trouble(StrEnum):
    """What can become of a send besides success."""

    THROTTLED = "the provider asks to wait 7 seconds"
    OPTED_OUT = "the customer has blocked us"
    REFUSED = "the provider refuses the message"
    LOGIN = "the provider doesn't know our credentials"
    UNAVAILABLE = "the provider answers 503"
    BAD_GATEWAY = "a gateway answers 502 with a page"
    REDIRECTED = "the answer points to another host"
    GARBAGE = "the answer is a success that can't be read"
    CUT = "the line is cut after the provider took the message"
    HANGING = "the provider takes the message and never answers"
    UNREACHABLE = "nobody listens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One message as the provider took it, in the port's terms."""

    provider_id: str
    to: str
    text: str
    buttons: tuple[Button, ...] = ()
    reply_to: str = ""
    file: bytes | None = None


class Bench(Protocol):
    """A door that is connected to its provider's stand-in."""

    @property
    def door(self) -> Door: ...

    @property
    def host(self) -> FakeHost: ...

    @property
    def to(self) -> str:
        """An address that takes messages."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never show up anywhere."""
        ...

    def arrived(self) -> list[Arrived]: ...

    def plan(self, trouble: Trouble) -> None:
        """Let this happen to the next send."""
        ...

    def earlier(self) -> str:
        """The provider id of a message that the customer wrote before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCase:
    """One row of the table: a channel and what its contract looks like."""

    channel: str
    build: Callable[[FakeHost], Door]  # without a provider: for what is pure
    open: Callable[[], AbstractAsyncContextManager[Bench]]
    troubles: Mapping[Trouble, type[SendError]]
    exempt: Mapping[Trouble, str] = field(default_factory=dict)  # what can't happen here, and why
    sign: Callable[[bytes], HookRequest] | None = None  # a provider's call; None: no provider calls us
    forgeries: Callable[[bytes], list[HookRequest]] = lambda raw: []  # calls that must not be trusted
    presses: bool = True  # customers can press buttons there
    points: bool = True  # an answer can point at the message it answers

    @property
    def payloads(self) -> list[Path]:
        return sorted((PAYLOADS / self.channel).glob("*.json"))
