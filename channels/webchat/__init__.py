"""Web chat: a widget for any page, its WebSocket and its files."""
