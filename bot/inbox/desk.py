"""The inbox of one process: what follows the changes, and what agents do. Built in two steps, with the program."""

from __future__ import annotations

from collections.abc import Callable

from bot.clock import Clock
from bot.ids import IdMaker
from bot.inbox.acts import WAKE, InboxActs
from bot.inbox.answering import LEAVE, Answering
from bot.inbox.follower import InboxFollower
from bot.inbox.live import LiveInbox
from bot.people import People
from bot.plans import Plan
from bot.store.port import ConversationState, Store
from scheduler.clock_loop import Job
from scheduler.due import Handler


class InboxDesk:
    """`follower` and `live` are there from the start, `acts` and `answering` once people can act."""

    acts: InboxActs
    answering: Answering

    def __init__(self, store: Store, *, clock: Clock, ids: IdMaker, tell: Callable[[str], None]) -> None:
        self._clock = clock
        self._ids = ids
        self.live = LiveInbox(clock, tell, store.worker_id)
        self.follower = InboxFollower(store, self.live, clock=clock)

    def people_act(self, people: People) -> None:
        """People can act from now on."""
        self.acts = InboxActs(people, self.live, clock=self._clock, ids=self._ids)
        self.answering = Answering(people, self.live, clock=self._clock, ids=self._ids)

    def handlers(self) -> dict[str, Handler]:
        """By kind of timer."""
        return {WAKE: self.acts.wake, LEAVE: self.answering.leave}

    def jobs(self) -> list[tuple[float, str, Job]]:
        """Seconds between two runs, name, work."""
        return [(1, "search", self.follower.index), (30, "inbox", self.follower.sweep)]

    def announcing(
        self, announce: Callable[[ConversationState, Plan], None]
    ) -> Callable[[ConversationState, Plan], None]:
        """What is told of a commit, told to the inbox as well."""

        def both(state: ConversationState, plan: Plan) -> None:
            announce(state, plan)
            self.follower.touch(state.id)

        return both

    def forgetting(self, forget: Callable[[str, str], None]) -> Callable[[str, str], None]:
        """What is told of a change outside of the lanes, told to the inbox as well."""

        def both(account_id: str, thread: str) -> None:
            forget(account_id, thread)
            self.follower.touch_thread(account_id, thread)

        return both
