"""REST for other systems, under /api/v1, with bearer tokens."""

from bot.api.routes import api_application

__all__ = ["api_application"]
