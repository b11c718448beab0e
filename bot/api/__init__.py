"""REST for other systems, under /api/v1, with bearer tokens."""

from bot.api.routes import Behind, api_application

__all__ = ["Behind", "api_application"]
