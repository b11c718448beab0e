"""The agents' inbox in the running program: order, counts, search, acts, answers; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.dialogue.turn import Decision, HandOver, Turn
from bot.inbox import listing, rows
from bot.inbox.acts import Who
from bot.inbox.answering import Answer, Crossed, Suggested, use_of, waiting_answers
from bot.inbox.finding import find_conversations, folded
from bot.inbox.listing import Asked, Counts, Page
from bot.inbox.live import Changed, Present
from bot.inbox.timeline import open_conversation
from bot.records import (
    Agent,
    AuditEntry,
    Contact,
    Conversation,
    InboxEntry,
    Mention,
    Message,
    OutboxMessage,
    PendingAnswer,
    SearchText,
    SuggestionUse,
)
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from channels.port import Attachment
from tests.conftest import Database
from tests.integration.lab import Lab, LabDoor, running
from tests.integration.storebench import rows_of

LINA, SAMIR = Who(id="agent-lina", name="Lina Haddad"), Who(id="agent-samir", name="Samir")


def hand_over_when_asked(turn: Turn) -> Decision | None:
    """ "help" goes to the sales desk, anything else is said back."""
    from tests.integration.lab import echo

    words = " ".join(said.text for said in turn.said)
    if turn.owner == "bot" and "help" in words:
        urgent = "now" in words
        return Decision(by="test", hand_over=HandOver(desk="sales", reason="asked for", urgent=urgent))
    return echo(turn)


class Bench:
    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.inbox = lab.app.inbox

    async def says(self, number: int, text: str, **more: Any) -> str:
        """A customer writes; the conversation's identifier."""
        thread = f"+2135550001{number:02}"
        await self.lab.hear(text, **{"from": thread, "name": f"Client {number}"} | more)
        await self.lab.settled()
        await self.inbox.follower.catch_up()
        return str((await self.lab.conversation(thread)).id)

    async def page(self, view: Any = "open", *, after: tuple[int, str] | None = None, **more: Any) -> Page:
        asked = Asked(view=view, agent_id=LINA.id, **more)
        now = self.lab.clock.now()
        limit = 40 if after is None and view != "bot" else 2
        return await self.lab.app.store.read(
            lambda session: listing.page(session, asked, now, after=after, limit=limit, country="DZ")
        )

    async def ids(self, view: Any = "open", **more: Any) -> list[str]:
        return [row["conversation_id"] for row in (await self.page(view, **more)).rows]

    async def counts(self) -> Counts:
        now = self.lab.clock.now()
        found = await self.lab.app.store.read(lambda session: listing.counts(session, LINA.id, now))
        true = await self.lab.app.store.read(rows.recount)
        assert {key: value for key, value in found.kept.items() if value} == true
        return found

    async def row(self, conversation_id: str) -> Any:
        (found,) = await self.lab.rows(InboxEntry, table_of(InboxEntry).c.conversation_id == conversation_id)
        return found

    async def answer(self, conversation_id: str, text: str, who: Who = LINA, **more: Any) -> str:
        seq = (await self.row(conversation_id)).last_seq
        given = {"key": f"key-{text}", "seen_seq": seq} | more
        return await self.inbox.answering.send(
            Answer(conversation_id=conversation_id, text=text, **given), who
        )

    async def left(self, *, seconds: float = 7) -> None:
        """The time to undo passes."""
        self.lab.advance(seconds=seconds)
        pending, now = table_of(PendingAnswer).c, self.lab.clock.now()

        async def gone() -> bool:
            return not await self.lab.rows(PendingAnswer, pending.status == "waiting", pending.due_at <= now)

        await self.lab.until(gone)
        await self.lab.settled()


@pytest.fixture
async def bench(database: Database, tmp_path: Path) -> AsyncIterator[Bench]:
    async with running(database, tmp_path, decide_with=hand_over_when_asked) as lab:
        now = lab.clock.now()

        def agents(session: Any) -> None:
            for who in (LINA, SAMIR):
                session.add(
                    Agent(
                        id=who.id,
                        name=who.name,
                        email=f"{who.id}@example.org",
                        roles=["agent"],
                        created_at=now,
                    )
                )

        await lab.app.store.write(agents)
        yield Bench(lab)


async def test_what_waits_for_people_stands_first_and_every_count_is_kept(bench: Bench) -> None:
    calm = await bench.says(1, "bonjour")
    waits = await bench.says(2, "help")
    bench.lab.advance(minutes=1)
    waits_later = await bench.says(3, "help")
    urgent = await bench.says(4, "help now")
    assert await bench.ids() == [urgent, waits, waits_later]
    assert await bench.ids("unassigned") == [urgent, waits, waits_later]
    assert await bench.ids("bot") == [calm]
    counts = await bench.counts()
    assert [counts.of(view, LINA.id) for view in ("open", "unassigned", "bot", "mine")] == [3, 3, 1, 0]
    assert counts.kept["desk", "sales"] == 3
    await bench.inbox.acts.take_over(waits, LINA)
    assert await bench.ids("mine") == [waits]
    counts = await bench.counts()
    assert [counts.of(view, LINA.id) for view in ("open", "unassigned", "mine")] == [3, 2, 1]
    # Whoever writes to people waits for their answer: from then on it has a due instant, and stands before others.
    await bench.says(2, "alors ?")
    row = await bench.row(waits)
    assert row.owed_kind == "next_answer" and row.owed_at is not None
    assert await bench.ids() == [urgent, waits, waits_later]
    bench.lab.clock.advance(row.owed_at - bench.lab.clock.now() - timedelta(minutes=5))
    assert await bench.ids("soon") == [urgent, waits, waits_later] and await bench.ids("overdue") == []
    bench.lab.clock.advance(timedelta(minutes=5, seconds=1))
    assert (await bench.ids("overdue"))[-1] == waits
    assert waits_later not in await bench.ids("overdue")
    assert (await bench.counts()).of("overdue", LINA.id) == len(await bench.ids("overdue"))


async def test_pages_follow_each_other_without_a_gap_while_rows_move(bench: Bench) -> None:
    said = [await bench.says(number, "bonjour") for number in range(1, 6)]
    first = await bench.page("bot")
    assert first.after is not None
    await bench.says(1, "encore")  # goes to the top; what follows is not touched
    second = await bench.page("bot", after=first.after)
    seen = [row["conversation_id"] for page in (first, second) for row in page.rows]
    assert seen == said[:0:-1] and second.after is None


async def test_words_are_found_whatever_their_spelling_and_so_are_names_and_numbers(bench: Bench) -> None:
    french = await bench.says(1, "Où en est ma commande de béton cellulaire ?")
    arabic = await bench.says(2, "أين الطَلَبِيّة من فضلكم", name="Ahmed Benali")
    await bench.says(3, "rien à voir")
    await bench.inbox.follower.index()
    store = bench.lab.app.store

    async def found(words: str) -> list[str]:
        return await store.read(lambda session: find_conversations(session, words, country="DZ"))

    for words in ("beton", "BÉTON cellul", "Commande"):
        assert await found(words) == [french], words
    for words in ("طلبية", "الطلبيه", "والطلبية", "Benali", "+213555000102", "0555 00 01 02"):
        assert await found(words) == [arabic], words
    for words in ("béton rien", "\"'*:&|!()", "introuvable"):
        assert await found(words) == [], words
    assert await bench.ids(words="béton") == [french]
    kept = len(await bench.lab.rows(SearchText))
    await bench.inbox.follower.index()
    assert len(await bench.lab.rows(SearchText)) == kept == 6  # theirs, and the echoes
    assert folded("L" * 3_000 + " fin").endswith(" fin")  # whole, however long


async def test_taking_over_silences_the_bot_while_its_answer_is_on_the_way(
    database: Database, tmp_path: Path
) -> None:
    door = LabDoor("lab", thread_rate_per_s=0.5)
    doors = {"lab": door, "desk": LabDoor("desk")}
    async with running(database, tmp_path, doors=doors) as lab:
        for number in range(4):  # a burst of three goes out at once, the fourth waits for its turn
            await lab.hear(f"m{number}")
            await lab.until(lambda: not lab.app.dispatcher.backlog())
        conversation = (await lab.conversation()).id
        owned = await lab.app.inbox.acts.take_over(conversation, LINA)
        assert owned.cancelled == 1
        lab.advance(seconds=30)
        await lab.settled()
        assert door.texts == ["m0", "m1", "m2"]
        assert (await lab.conversation()).agent_id == LINA.id


async def test_an_answer_can_be_undone_for_some_seconds_and_leaves_once(bench: Bench) -> None:
    conversation = await bench.says(1, "help")
    first = await bench.answer(conversation, "Je regarde.")
    assert first == await bench.answer(conversation, "Je regarde.")  # a double click
    assert (await bench.lab.conversation("+213555000101")).owner == "agent"
    assert await bench.inbox.answering.undo(first, LINA) == "Je regarde."
    await bench.left()
    assert bench.lab.door.texts == []
    with pytest.raises(NotPossible, match="taken back already"):
        await bench.inbox.answering.undo(first, LINA)
    second = await bench.answer(conversation, "Voilà.")
    await bench.left()
    assert bench.lab.door.texts == ["Voilà."]
    await bench.inbox.answering._leave(second, insists=None)  # its timer once more
    assert second == await bench.answer(conversation, "Voilà.")  # a weak line sends the same again
    await bench.left()
    assert bench.lab.door.texts == ["Voilà."]
    with pytest.raises(NotPossible, match="has left already"):
        await bench.inbox.answering.undo(second, LINA)
    assert (await bench.lab.rows(Message, table_of(Message).c.author == LINA.name))[0].text == "Voilà."


async def test_an_answer_later_waits_and_keeps_the_promise_only_when_it_leaves(bench: Bench) -> None:
    conversation = await bench.says(1, "help")
    await bench.inbox.acts.take_over(conversation, LINA)
    await bench.says(1, "alors ?")
    assert (await bench.row(conversation)).owed_kind == "next_answer"
    await bench.answer(conversation, "Demain matin.", at=bench.lab.clock.now() + timedelta(hours=2))
    assert (await bench.row(conversation)).owed_kind == "next_answer"
    bench.lab.advance(hours=1)
    await bench.left(seconds=1)
    assert bench.lab.door.texts == []
    bench.lab.advance(hours=1)
    await bench.left()
    assert bench.lab.door.texts == ["Demain matin."]
    assert (await bench.row(conversation)).owed_at is None


async def test_two_agents_never_answer_across_each_other(bench: Bench) -> None:
    conversation = await bench.says(1, "help")
    seen = (await bench.row(conversation)).last_seq
    await bench.says(1, "et aussi ceci")
    with pytest.raises(Crossed) as crossed:
        await bench.answer(conversation, "Oui.", seen_seq=seen)
    assert crossed.value.by == "contact"
    # Both saw the same and both press send: the second one's words are held, not sent.
    seen = (await bench.row(conversation)).last_seq
    await bench.answer(conversation, "De Lina.", seen_seq=seen)
    held = await bench.answer(conversation, "De Samir.", SAMIR, seen_seq=seen, undo=timedelta(seconds=20))
    await bench.left()
    await bench.left(seconds=20)
    assert bench.lab.door.texts == ["De Lina."]
    (waiting,) = await bench.lab.app.store.read(lambda session: waiting_answers(session, conversation))
    assert (waiting.id, waiting.status, waiting.reason) == (held, "held", f"crossed:{LINA.name}")
    await bench.inbox.answering.insist(held, SAMIR)
    await bench.lab.settled()
    assert bench.lab.door.texts == ["De Lina.", "De Samir."]


async def test_what_became_of_a_suggestion_is_recorded(bench: Bench) -> None:
    suggested = Suggested(entry_id="opening", confidence=0.9, text="Nous ouvrons à 8 h.")
    for number, (text, use) in enumerate(
        {
            "Nous ouvrons à 8 h.": "as_is",
            "Bonjour. Nous ouvrons à 8 h. Merci.": "completed",
            "Nous ouvrons à 9 h.": "modified",
        }.items(),
        1,
    ):
        assert use_of(suggested.text, text) == use
        conversation = await bench.says(number, "help")
        await bench.answer(conversation, text, suggested=suggested)
    await bench.left()
    uses = await bench.lab.rows(SuggestionUse)
    assert sorted(use.use for use in uses) == ["as_is", "completed", "modified"]
    assert {use.agent for use in uses} == {LINA.name}


async def test_files_go_with_an_answer_where_the_channel_takes_them(bench: Bench) -> None:
    conversation = await bench.says(1, "help")
    file = Attachment(kind="file", ref="media:" + "0" * 64, name="devis.pdf", mime="application/pdf", size=10)
    with pytest.raises(NotPossible, match="takes no files"):
        await bench.answer(conversation, "Voici.", attachments=(file,))
    bench.lab.door.capabilities = LabDoor("lab", media=True).capabilities
    await bench.answer(conversation, "Voici.", attachments=(file,))
    await bench.left()
    assert [each.name for each in bench.lab.door.calls[-1].attachments] == ["devis.pdf"]


async def test_snoozed_ones_come_back_at_their_time_and_when_the_customer_writes(bench: Bench) -> None:
    one, other = await bench.says(1, "help"), await bench.says(2, "help")
    until = bench.lab.clock.now() + timedelta(hours=3)
    for each in (one, other):
        await bench.inbox.acts.snooze(each, until, LINA)
    assert await bench.ids() == [] and set(await bench.ids("snoozed")) == {one, other}
    assert (await bench.counts()).of("snoozed", LINA.id) == 2
    bench.lab.advance(minutes=1)
    await bench.says(2, "je suis pressé")
    assert await bench.ids() == [other]
    bench.lab.advance(hours=3)
    await bench.lab.app.due.tick()
    await bench.lab.until(lambda: not bench.lab.app.due._places.locked())
    await bench.inbox.follower.sweep()
    assert set(await bench.ids()) == {one, other}
    assert (await bench.counts()).of("snoozed", LINA.id) == 0
    with pytest.raises(NotPossible, match="a time to come"):
        await bench.inbox.acts.snooze(one, bench.lab.clock.now(), LINA)


async def test_done_gives_back_to_the_bot_and_a_new_message_is_answered_by_it(bench: Bench) -> None:
    conversation = await bench.says(1, "help")
    await bench.inbox.acts.take_over(conversation, LINA)
    with pytest.raises(NotPossible, match="since you looked"):
        await bench.inbox.acts.done(conversation, LINA, seen_seq=0)
    await bench.inbox.acts.done(conversation, LINA)
    assert await bench.ids("done") == [conversation] and await bench.ids() == []
    assert (await bench.counts()).of("done", LINA.id) == 1
    bench.lab.advance(minutes=1)
    await bench.says(1, "merci")
    assert bench.lab.door.texts == ["merci"]  # the bot's echo
    assert await bench.ids("bot") == [conversation]
    assert (await bench.counts()).of("done", LINA.id) == 0


async def test_assigning_and_transferring_keep_the_context(bench: Bench) -> None:
    conversation = await bench.says(1, "help")
    await bench.inbox.acts.assign(conversation, LINA.id, SAMIR)
    assert await bench.ids("mine") == [conversation]
    with pytest.raises(NotFound):
        await bench.inbox.acts.assign(conversation, "nobody", SAMIR)
    with pytest.raises(NotPossible, match="must know"):
        await bench.inbox.acts.transfer(conversation, "technical", "  ", LINA)
    await bench.inbox.acts.transfer(conversation, "technical", "Il demande la fiche du B12.", LINA)
    row = await bench.row(conversation)
    assert (row.owner, row.desk_id, row.agent_id, row.last_direction) == ("queue", "technical", None, "note")
    assert await bench.ids(desk="technical") == [conversation]
    (note,) = await bench.lab.rows(Message, table_of(Message).c.direction == "note")
    assert (note.text, note.author) == ("Il demande la fiche du B12.", LINA.name)
    actions = [line.action for line in await bench.lab.rows(AuditEntry) if line.object_id == conversation]
    assert actions == ["handed_over", "assigned", "transferred"]
    await bench.says(1, "toujours là ?")
    assert bench.lab.door.texts == []  # nobody gave it back: the bot stays silent


async def test_a_note_names_colleagues_and_never_reaches_the_customer(bench: Bench) -> None:
    conversation = await bench.says(1, "help")
    await bench.inbox.acts.note(conversation, "@Lina, regarde s'il te plaît (@personne, @samir)", SAMIR)
    assert [mention.agent_id for mention in await bench.lab.rows(Mention)] == [LINA.id]
    assert await bench.ids("mentions") == [conversation]
    assert (await bench.counts()).mentions == 1
    await bench.inbox.acts.see_mentions(conversation, LINA)
    assert await bench.ids("mentions") == []
    shown = await bench.lab.app.host.history("lab", "+213555000101")
    assert [message.text for message in shown] == ["help"]
    assert not await bench.lab.rows(OutboxMessage, table_of(OutboxMessage).c.account_id == "lab")


async def test_open_pages_hear_of_changes_and_of_each_other(bench: Bench) -> None:
    async with bench.inbox.live.subscribe() as events:
        conversation = await bench.says(1, "help")
        heard = await asyncio.wait_for(events.get(), 5)
        assert isinstance(heard, Changed) and heard.rows[0]["conversation_id"] == conversation
        while not events.empty():
            events.get_nowait()
        here = Present(SAMIR.id, SAMIR.name, conversation, writing=True)
        bench.inbox.live.be(here)
        assert await asyncio.wait_for(events.get(), 5) == here
        assert bench.inbox.live.others_at(conversation, LINA.id) == [here]
        assert bench.inbox.live.others_at(conversation, SAMIR.id) == []
        bench.lab.clock.advance(timedelta(seconds=30))
        assert bench.inbox.live.others_at(conversation, LINA.id) == []


async def test_what_the_rows_missed_the_sweep_finds(bench: Bench) -> None:
    conversation = await bench.says(1, "bonjour")

    def behind_its_back(session: Any) -> None:
        found = session.get(Conversation, conversation)
        found.owner, found.version = "queue", found.version + 1

    await bench.lab.app.store.write(behind_its_back)
    assert await bench.ids() == []
    await bench.inbox.follower.sweep()
    assert await bench.ids() == [conversation]
    await bench.counts()


async def test_a_conversation_opens_with_its_customer_and_every_channel(bench: Bench) -> None:
    conversation = await bench.says(1, "help")
    await bench.answer(conversation, "Je regarde.")
    await bench.left()
    app, now = bench.lab.app, bench.lab.clock.now()
    opened = await app.store.read(
        lambda session: open_conversation(session, conversation, app.doors, agent_id=LINA.id, now=now)
    )
    assert [(line.direction, line.author, line.status) for line in opened.lines] == [
        ("in", "contact", ""),
        ("out", LINA.name, "accepted"),
    ]
    assert opened.agent == LINA.name and opened.customer.contact.name == "Client 1"
    assert [(way.channel, way.closed) for way in opened.ways] == [("sms", "")]
    bench.lab.door.capabilities = LabDoor("lab", window_s=3600).capabilities
    later = now + timedelta(hours=2)
    shut = await app.store.read(
        lambda session: open_conversation(session, conversation, app.doors, agent_id=LINA.id, now=later)
    )
    assert [way.closed for way in shut.ways] == ["window"]
    assert len(await rows_of(app.store, Contact)) == 1
