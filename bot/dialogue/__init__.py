"""What to do about what was said: pure deciders, tried in order. See `dialogue.py`."""

from bot.dialogue.company import Company
from bot.dialogue.dialogue import Dialogue

__all__ = ["Company", "Dialogue"]
