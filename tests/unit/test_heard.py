"""When a message counts as sent, whatever its sender's clock says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.plans import Heard
from channels.port import InboundMessage

RECEIVED = datetime(2026, 3, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent_before", "believed"),
    [
        (timedelta(hours=2), True),
        (timedelta(days=4), True),
        (timedelta(days=6), False),  # longer than mail servers try
        (timedelta(days=3_000), False),  # a telephone whose clock begins in 2018
        (timedelta(hours=-1), False),
    ],
)
def test_a_senders_clock_is_believed_only_where_the_message_can_have_been_under_way(
    sent_before: timedelta, believed: bool
) -> None:
    sent_at = RECEIVED - sent_before
    message = InboundMessage(provider_id="m1", thread="t", sender="amel@example.com", sent_at=sent_at)
    heard = Heard(journal_id="j1", received_at=RECEIVED, message=message)
    assert heard.at == (sent_at if believed else RECEIVED)
