"""The agents' inbox with many conversations and many open pages: `python -m benchmarks.console --conversations 100000`.

Prints how long the program needs to follow a database it has never seen, to open the inbox and a conversation in
a browser, how long a customer's message takes to an agent's screen, and what an idle agent costs the server.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect
from sqlalchemy import create_engine

from benchmarks.inbox_world import fill
from bot.inbox import listing
from bot.inbox.finding import find_conversations
from bot.inbox.listing import Asked
from bot.inbox.timeline import open_conversation
from bot.records import InboxEntry, SearchText, migrate
from tests.e2e.browser import open_browser
from tests.e2e.inboxbench import AGENTS, Company, company
from tests.integration.storebench import count_of

_IDLE_S = 10.0


def spread(values: Sequence[float]) -> str:
    """Median, 99th percentile and the worst, in milliseconds."""
    ordered = sorted(values)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.99)]
    return f"median {at[0]:8.1f} ms   p99 {at[1]:8.1f} ms   worst {ordered[-1]:8.1f} ms   ({len(ordered)})"


async def timed(work: Callable[[], Awaitable[Any]], times: int) -> list[float]:
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        await work()
        found.append((time.perf_counter() - begun) * 1_000)
    return found


async def queries(firm: Company, conversations: int) -> None:
    """The reads behind the pages, without a browser."""
    store, now = firm.app.store, firm.clock.now()

    async def read(what: str, work: Callable[[Any], Any], times: int = 40) -> None:
        print(f"  {what:34} {spread(await timed(lambda: store.read(work), times))}")

    for view in ("open", "overdue", "bot", "complaints"):
        asked = Asked(view=view, agent_id="nobody")
        await read(f"first page of {view}", partial(listing.page, asked=asked, now=now))
    asked = Asked(view="bot")
    deep = (10_000_000_000_000 - int(now.timestamp() * 1000) + conversations * 90_000, "")
    await read("a page in the middle", partial(listing.page, asked=asked, now=now, after=deep))
    await read("all counts", partial(listing.counts, agent_id="nobody", now=now))
    for words in ("palette cassée", "briques", "الطلبية", "Benali", "RC-2026-000047", "introuvable"):
        await read(f"search: {words}", partial(find_conversations, asked=words, country="DZ"), 10)
    look = partial(
        open_conversation,
        conversation_id=f"{conversations // 2:032x}",
        doors=firm.app.doors,
        agent_id="nobody",
        now=now,
    )
    await read("a conversation with its customer", look)


async def pages(firm: Company, agents: int) -> None:
    """Browsers: opening, the delay of a message, the cost of standing by."""
    async with open_browser() as browser:
        email = next(iter(AGENTS))
        first = await firm.enter(browser, email)
        opened = [first] + [await first.context.new_page() for _ in range(agents - 1)]
        times = []
        for page in opened:
            begun = time.perf_counter()
            await firm.open(page)
            await expect(page.locator("[data-conversation]").first).to_be_visible(timeout=30_000)
            times.append((time.perf_counter() - begun) * 1_000)
        print(f"  {'open the inbox':34} {spread(times)}")
        times = []
        for number in range(10):
            card = first.locator("[data-conversation]").nth(number)
            name = await card.get_attribute("data-conversation")
            begun = time.perf_counter()
            await card.click()
            await first.wait_for_function(
                f"location.pathname.endsWith('{name}') && document.querySelector('[data-write]')"
            )
            times.append((time.perf_counter() - begun) * 1_000)
        print(f"  {'open a conversation':34} {spread(times)}")
        await firm.open(first)
        await asyncio.sleep(3)
        before = time.process_time()
        await asyncio.sleep(_IDLE_S)
        used = (time.process_time() - before) / _IDLE_S / agents * 100
        print(f"  {'server CPU per idle agent':34} {used:.3f} % of a core ({agents} pages)")
        await delays(firm, first, 60)


async def delays(firm: Company, page: Page, messages: int) -> None:
    """From the provider's call to the words on the screen, by the clock of this machine."""
    await page.evaluate(
        """() => { window.seenAt = {};
        new MutationObserver(() => {
          for (const each of document.querySelectorAll(".convo-preview")) {
            const words = each.textContent;
            if (words.startsWith("mesure ") && !(words in window.seenAt)) window.seenAt[words] = Date.now();
          }
        }).observe(document.querySelector(".inbox-rows"), {childList: true, subtree: true, characterData: true}); }"""
    )
    await firm.whatsapp("je veux parler à une personne", "+213555999001")
    sent = {}
    for number in range(messages):
        words = f"mesure {number}"
        sent[words] = time.time() * 1_000
        await firm.whatsapp(words, "+213555999001")
        await asyncio.sleep(0.4)
    await asyncio.sleep(1)
    seen: dict[str, float] = await page.evaluate("window.seenAt")
    found = [seen[words] - at for words, at in sent.items() if words in seen]
    print(f"  {'message to the agent’s screen':34} {spread(found)}   lost {messages - len(found)}")


async def run(url: str, folder: Path, conversations: int, agents: int) -> None:
    await asyncio.to_thread(migrate.upgrade, url)
    begun = time.perf_counter()
    engine = create_engine(url)
    await asyncio.to_thread(fill, engine, conversations, datetime(2026, 3, 5, 11, 0, tzinfo=UTC))
    print(f"{conversations} conversations written in {time.perf_counter() - begun:.1f} s")
    begun = time.perf_counter()
    async with company(url, folder) as firm:
        while await count_of(firm.app.store, InboxEntry) < conversations:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        print(f"the inbox follows after {time.perf_counter() - begun:.1f} s")
        while await count_of(firm.app.store, SearchText) < conversations * 4:  # noqa: ASYNC110
            await asyncio.sleep(1)
        print(f"the search knows every word after {time.perf_counter() - begun:.1f} s")
        await queries(firm, conversations)
        await pages(firm, agents)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--agents", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/relais.db"
        asyncio.run(run(url, Path(folder), given.conversations, given.agents))


if __name__ == "__main__":
    main()
