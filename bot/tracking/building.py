"""Followed links, put together from the configuration."""

from __future__ import annotations

from bot.config import Config
from bot.tracking.tokens import FollowedLinks


def followed_links(config: Config) -> FollowedLinks | None:
    """None without a secret or an address the outside knows us by: then links are written as they are."""
    base, outreach = config.server.public_url, config.outreach
    if not base or outreach.secret is None:
        return None
    return FollowedLinks(
        base,
        outreach.secret.get_secret_value(),
        [old.get_secret_value() for old in outreach.old_secrets],
        clicks=outreach.tracking.clicks,
        opens=outreach.tracking.opens,
    )
