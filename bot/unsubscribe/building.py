"""The way out, put together from the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.clock import Clock
from bot.config import Config
from bot.ids import IdMaker
from bot.store.port import Store
from bot.templating import Templates
from bot.unsubscribe.choices import Choices
from bot.unsubscribe.confirmations import Confirmations
from bot.unsubscribe.links import Links
from bot.unsubscribe.pages import UnsubscribePages
from channels.frozen import frozen
from channels.port import Door


@frozen
class WayOut:
    """`links` for those who write messages, `confirmations` for those who are told of a yes."""

    links: Links
    confirmations: Confirmations
    pages: UnsubscribePages


def base_url(config: Config, *, demo: bool = False) -> str:
    """The address the outside knows us by; in the demo the one we listen at; else ""."""
    server = config.server
    return server.public_url or (f"http://{server.host}:{server.port}" if demo else "")


def links_of(config: Config, *, demo: bool = False) -> Links | None:
    """None without a secret or an address the outside knows us by: then no message carries a link."""
    base, outreach = base_url(config, demo=demo), config.outreach
    if not base or outreach.secret is None:
        return None
    return Links(
        base, outreach.secret.get_secret_value(), [old.get_secret_value() for old in outreach.old_secrets]
    )


def way_out(
    config: Config,
    store: Store,
    templates: Templates,
    doors: Mapping[str, Door],
    *,
    clock: Clock,
    ids: IdMaker,
    wake: Callable[[], None],
    demo: bool = False,
) -> WayOut | None:
    """None where there are no links."""
    links = links_of(config, demo=demo)
    if links is None:
        return None
    company, outreach = config.company, config.outreach
    confirmations = Confirmations(links, templates, doors, ids, language=company.language)
    choices = Choices(
        ids,
        confirmations,
        needs_yes=frozenset(outreach.needs_yes),
        confirm_within=timedelta(hours=outreach.confirm_within_h),
    )
    pages = UnsubscribePages(
        store,
        links,
        choices,
        clock=clock,
        company=company.name,
        languages=tuple(dict.fromkeys((company.language, *company.languages))),
        wake=wake,
    )
    return WayOut(links=links, confirmations=confirmations, pages=pages)
