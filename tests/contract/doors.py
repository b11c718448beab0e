"""The table of doors under contract. Adding a channel is one row here and a folder of captured payloads."""

from __future__ import annotations

from tests.contract.bench import DoorCase
from tests.contract.email_bench import EMAIL
from tests.contract.sandbox_bench import SANDBOX
from tests.contract.telegram_bench import TELEGRAM
from tests.contract.twilio_bench import SMS, WHATSAPP
from tests.contract.webchat_bench import WEBCHAT

DOORS: tuple[DoorCase, ...] = (EMAIL, SANDBOX, TELEGRAM, WEBCHAT, SMS, WHATSAPP)
