"""What a mail server's reply means for the message, and for the address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.smtp_errors import Stage, reply_to_error, unaddressed
from channels.port import BadAddress, NotSent, Rejected, SendError, Throttled, Uncertain

REPLIES: list[tuple[Stage, int, str, type[SendError], str]] = [
    (Stage.RECIPIENT, 550, "5.1.1 <x@example.com>: unknown user", BadAddress, "5.1.1"),
    (Stage.RECIPIENT, 550, "no such user here", BadAddress, "550"),
    (Stage.RECIPIENT, 553, "mailbox name not allowed", BadAddress, "553"),
    (Stage.RECIPIENT, 551, "5.1.6 moved to <y@elsewhere.example>", BadAddress, "5.1.6"),
    (Stage.RECIPIENT, 556, "5.1.10 recipient address has null MX", BadAddress, "5.1.10"),
    (Stage.RECIPIENT, 550, "5.2.1 mailbox disabled", BadAddress, "5.2.1"),
    (Stage.RECIPIENT, 552, "5.2.2 mailbox full", Rejected, "5.2.2"),
    (Stage.RECIPIENT, 550, "5.7.1 refused by policy", Rejected, "5.7.1"),
    (Stage.RECIPIENT, 554, "5.7.1 relay access denied", Rejected, "5.7.1"),
    (Stage.RECIPIENT, 450, "4.2.0 Greylisted, see you in 300 seconds", NotSent, "450"),
    (Stage.RECIPIENT, 451, "4.7.1 try again later", NotSent, "451"),
    (Stage.RECIPIENT, 452, "4.2.2 over quota", NotSent, "452"),
    (Stage.CONTENT, 554, "5.7.1 spam message rejected", Rejected, "5.7.1"),
    (Stage.CONTENT, 552, "5.3.4 too big", Rejected, "too_large"),
    (Stage.CONTENT, 552, "message size exceeds limit", Rejected, "too_large"),
    (Stage.CONTENT, 550, "5.1.1 user unknown", BadAddress, "5.1.1"),
    (Stage.CONTENT, 451, "4.3.0 trouble", NotSent, "451"),
    (Stage.CONTENT, 299, "?", Uncertain, "reply"),
    (Stage.CONTENT, -1, "Malformed SMTP response line", Uncertain, "reply"),
    (Stage.SENDER, 553, "5.7.1 sender address not owned by user", NotSent, "553"),
    (Stage.SENDER, 530, "5.7.0 authentication required", NotSent, "530"),
    (Stage.SENDER, 552, "5.3.4 too big", Rejected, "too_large"),
    (Stage.SENDER, 450, "4.7.0 too many messages, wait 2 minutes", Throttled, "450"),
    (Stage.CONNECT, 421, "4.7.0 too many connections from you", Throttled, "421"),
    (Stage.CONNECT, 421, "4.3.2 closing down", NotSent, "421"),
    (Stage.CONNECT, 554, "5.7.1 you are on a list", NotSent, "554"),
    (Stage.LOGIN, 535, "5.7.8 bad credentials", NotSent, "535"),
    (Stage.LOGIN, 454, "4.7.0 temporary failure", NotSent, "454"),
]


@pytest.mark.parametrize(("stage", "code", "text", "expected", "told"), REPLIES)
def test_each_reply_has_its_meaning(
    stage: Stage, code: int, text: str, expected: type[SendError], told: str
) -> None:
    error = reply_to_error(stage, code, text)
    assert (type(error), error.code) == (expected, told)


@pytest.mark.parametrize(
    ("text", "seconds"), [("wait 2 minutes", 120), ("in 7 seconds", 7), ("slow down", 60)]
)
def test_how_long_to_wait_is_read_from_the_words(text: str, seconds: float) -> None:
    error = reply_to_error(Stage.SENDER, 450, f"4.7.0 rate limit, {text}")
    assert isinstance(error, Throttled) and error.retry_after_s == seconds


@given(st.sampled_from(list(Stage)), st.integers(-1, 999), st.text(max_size=300))
def test_any_reply_has_some_meaning_and_only_content_is_ever_in_doubt(
    stage: Stage, code: int, text: str
) -> None:
    error = reply_to_error(stage, code, text)
    assert str(error)
    if stage is not Stage.CONTENT:
        assert not isinstance(error, Uncertain)


def test_addresses_do_not_stand_in_the_words() -> None:
    words = unaddressed("<amel@example.com>: to=<b@example.net> x@y.example\r\nnext")
    assert "@" not in words and "\n" not in words
