"""REST for other systems, under /api/v1, with bearer tokens."""

from bot.api.routes import api_routes

__all__ = ["api_routes"]
