"""What every door makes of what comes in: captured payloads, doubles, damage and forgery."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import port
from channels.port import Door, EntryKind, InboundError, Malformed, Untrusted
from tests.contract.bench import DoorCase
from tests.contract.captured import Captured, as_written, load
from tests.contract.doors import DOORS
from tests.fakes import FakeHost

ALL = [(case, load(path)) for case in DOORS for path in case.payloads]
GOOD = [(case, captured) for case, captured in ALL if not captured.error]
BAD = [(case, captured) for case, captured in ALL if captured.error]
BUILT: dict[str, Door] = {case.channel: case.build(FakeHost()) for case in DOORS}


def named(value: object) -> str:
    return value.channel if isinstance(value, DoorCase) else getattr(value, "name", "")


def read(door: Door, raw: bytes) -> dict[str, Any]:
    """Read an entry by whichever reader is its own, as a payload file writes it."""
    try:
        return as_written(door.parse(raw))
    except InboundError:
        return as_written(door.parse_status(raw))


def test_every_channel_has_payloads_of_each_kind(case: DoorCase) -> None:
    captured = [load(path) for path in case.payloads]
    assert any(one.message for one in captured), "a message"
    assert any(one.error == "Malformed" for one in captured), "something broken"
    assert any(one.message and one.message.get("attachments") for one in captured), "a file"
    pressed = any(one.message and one.message.get("choice") for one in captured)
    assert pressed == case.presses, "a pressed button"


@pytest.mark.parametrize(("case", "captured"), GOOD, ids=named)
def test_a_captured_payload_becomes_exactly_this(case: DoorCase, captured: Captured) -> None:
    door = BUILT[case.channel]
    expected = captured.message or captured.status
    assert expected, "a good payload says what it becomes"
    reader = door.parse if captured.message else door.parse_status
    assert as_written(reader(captured.raw)) == expected
    if case.sign is not None:
        (envelope,) = door.open_hook(case.sign(captured.raw))
        assert as_written(envelope) == captured.envelope
        assert read(door, envelope.raw) == expected, "what is journaled reads the same"


@pytest.mark.parametrize(("case", "captured"), BAD, ids=named)
def test_what_is_not_a_message_is_refused_with_its_place(case: DoorCase, captured: Captured) -> None:
    door = BUILT[case.channel]
    with pytest.raises(getattr(port, captured.error)) as raised:
        if case.sign is not None:
            door.open_hook(case.sign(captured.raw))
        door.parse(captured.raw)
    assert captured.says in str(raised.value)


@pytest.mark.parametrize(("case", "captured"), GOOD, ids=named)
def test_envelope_and_message_agree_on_identity(case: DoorCase, captured: Captured) -> None:
    if case.sign is None or captured.message is None:
        assert captured.status or captured.message
        return
    door = BUILT[case.channel]
    (envelope,) = door.open_hook(case.sign(captured.raw))
    message = door.parse(envelope.raw)
    assert (message.provider_id, message.thread) == (envelope.provider_id, envelope.thread)
    assert (envelope.kind is EntryKind.EDIT) == bool(message.edits)


async def test_a_payload_that_comes_twice_is_one_entry(case: DoorCase) -> None:
    host = FakeHost()
    door = BUILT[case.channel]
    identities = set()
    for captured in (captured for row, captured in GOOD if row is case):
        if case.sign is None:
            identities |= {door.parse(captured.raw).provider_id} if captured.message else set()
            assert read(door, captured.raw) == read(door, captured.raw)
            continue
        envelopes = door.open_hook(case.sign(captured.raw))
        again = door.open_hook(case.sign(captured.raw))
        assert [one.provider_id for one in envelopes] == [one.provider_id for one in again]
        await host.accept(case.channel, envelopes)
        assert not any(await host.accept(case.channel, again))
        identities |= {one.provider_id for one in envelopes}
    assert identities


def test_a_call_without_the_right_secret_is_not_trusted(case: DoorCase) -> None:
    good = next(captured for row, captured in GOOD if row is case)
    forgeries = case.forgeries(good.raw)
    assert bool(forgeries) == (case.sign is not None)
    for forgery in forgeries:
        with pytest.raises(Untrusted):
            BUILT[case.channel].open_hook(forgery)


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"null", b"[" * 100_000, b'{"a":' * 5_000, b"0" * 5_000])
def test_what_is_no_payload_at_all_is_malformed(case: DoorCase, raw: bytes) -> None:
    door = BUILT[case.channel]
    for reader in (door.parse, door.parse_status):
        with pytest.raises(Malformed):
            reader(raw)


LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.just([]),
    st.just({}),
    st.just([[]]),
    st.just([None, 1, "x", {}]),
    st.just(2**80),
    st.just("\ud83d"),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_damaged_payload_raises_inbound_errors_only(data: st.DataObject) -> None:
    case, captured = data.draw(st.sampled_from(ALL))
    damaged = data.draw(damages(captured.raw))
    door = BUILT[case.channel]
    readers = [door.parse, door.parse_status]
    if case.sign is not None:
        readers.append(lambda raw: door.open_hook(case.sign(raw)))  # type: ignore[misc]
    for reader in readers:
        try:
            reader(damaged)
        except InboundError as exc:
            assert str(exc), "the reason is said"


@st.composite
def damages(draw: st.DrawFn, raw: bytes) -> bytes:
    """Bytes cut or flipped; or one value of the JSON, at any depth, replaced or taken away."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw + draw(st.binary(max_size=5))
    if draw(st.booleans()):
        at = draw(st.integers(0, len(raw)))
        return raw[:at] + draw(st.binary(max_size=3)) + raw[at + draw(st.integers(0, 3)) :]
    body = deepcopy(body)
    for _ in range(draw(st.integers(1, 2))):
        _damage(draw, body)
    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body).encode()


def _damage(draw: st.DrawFn, body: Any) -> None:
    node = body
    while isinstance(node, dict | list) and node:
        key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        child = node[key]
        if isinstance(child, dict | list) and child and draw(st.booleans()):
            node = child
            continue
        if draw(st.booleans()):
            del node[key]
        else:
            node[key] = deepcopy(draw(LEAF))  # the next damage may go inside it
        return
