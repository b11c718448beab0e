"""What people and the bot do with complaints: each call is one transaction, checked against the table of the
life of a case (`bot.complaints.lifecycle`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import case_acts, case_endings, case_justice, department_mail
from bot import case_asks as asks
from bot.case_opening import AlreadyOpen, register
from bot.case_rehearsal import Rehearsal, in_a_savepoint, rehearse
from bot.case_work import BY_HAND, CaseTools, Work, access_case, by_hand_words, set_timer
from bot.clock import Clock
from bot.complaints import lifecycle
from bot.complaints.lifecycle import BOT, ROLES, Doer
from bot.delivery import Delivery
from bot.dialogue.purchase import PURCHASE
from bot.plans import HEARD
from bot.records import Agent, Case, Conversation
from bot.records.base import table_of
from bot.store.changes import NotFound, NotPossible
from bot.store.port import DueTimer, Store
from channels.port import Attachment

_cases = table_of(Case).c
_conversations = table_of(Conversation).c


@dataclass(frozen=True, slots=True)
class _Act:
    model: type[BaseModel]
    do: Callable[[Work, Any], None]


ACTS: Mapping[str, _Act] = {
    "qualify": _Act(asks.Qualify, case_acts.qualify),
    "take": _Act(asks.Take, case_acts.take),
    "assign": _Act(asks.Assign, case_acts.assign),
    "plan": _Act(asks.Plan, case_acts.plan),
    "forward": _Act(asks.Forward, case_acts.forward),
    "department-answer": _Act(asks.DepartmentAnswer, case_acts.department_answer),
    "answer": _Act(asks.Answer, case_acts.answer),
    "answered": _Act(asks.Answered, case_acts.answered),
    "inform": _Act(asks.Inform, case_acts.inform),
    "wait": _Act(asks.Wait, case_acts.wait),
    "resume": _Act(asks.Resume, case_acts.resume),
    "note": _Act(asks.Note, case_acts.note),
    "propose": _Act(asks.Propose, case_justice.propose),
    "approve": _Act(asks.Decide, case_justice.approve),
    "decline": _Act(asks.Decide, case_justice.decline),
    "grant": _Act(asks.Grant, case_justice.grant),
    "conciliate": _Act(asks.Conciliate, case_justice.conciliate),
    "refuse": _Act(asks.Refuse, case_justice.refuse),
    "faith": _Act(asks.FindFaith, case_justice.find_faith),
    "fault": _Act(asks.FindFault, case_justice.find_fault),
    "cause": _Act(asks.FindCause, case_justice.find_cause),
    "close": _Act(asks.Close, case_endings.close),
    "withdraw": _Act(asks.Withdraw, case_endings.withdraw),
    "reopen": _Act(asks.Reopen, case_endings.reopen),
    "merge": _Act(asks.Merge, case_endings.merge),
    "link": _Act(asks.Link, case_endings.link),
    "review": _Act(asks.Review, case_endings.review),
    "archive": _Act(asks.Archive, case_endings.archive),
    "prevent": _Act(asks.Prevent, case_endings.prevent),
    "mystery": _Act(asks.Mystery, case_endings.mark_mystery),
}
"""Every act by the name it has in the API and in the commands."""


class Cases:
    """Builds each act's work, and tells the parts of this and other processes that must know."""

    def __init__(
        self,
        store: Store,
        tools: CaseTools,
        delivery: Delivery,
        *,
        clock: Clock,
        forget: Callable[[str, str], None],
        tell: Callable[[str], None],
    ) -> None:
        self._store = store
        self._tools = tools
        self._delivery = delivery
        self._clock = clock
        self._forget = forget
        self._tell = tell

    async def act(self, reference: str, name: str, ask: Any, *, token: str = "") -> Case:
        """Do one act of `ACTS`. Raises `NotFound`, `NotPossible`, `NotAllowed`, `NotNow`."""

        def work_of(session: Session) -> Work:
            case = access_case(session, reference, version=ask.version)
            return self._work(session, case, doer_of(session, ask.agent, token))

        return await self._do(work_of, lambda work: ACTS[name].do(work, ask))

    async def rehearse(self, reference: str, name: str, ask: Any, *, token: str = "") -> Rehearsal:
        """What an act would do, without doing it. Raises what `act` raises."""

        def look(session: Session) -> Rehearsal:
            case = access_case(session, reference, version=ask.version)
            work = self._work(session, case, doer_of(session, ask.agent, token))
            return rehearse(work, name, ask, ACTS[name].do)

        return await self._store.write(lambda session: in_a_savepoint(session, look))

    async def find(self, reference: str) -> str:
        """The id of the case with this reference. Raises `NotFound`."""
        found = await self._store.fetch_all(select(_cases.id).where(_cases.reference == reference))
        if not found:
            raise NotFound(f"there is no case {reference}")
        return str(found[0].id)

    async def attach(self, reference: str, ask: asks.Attach, file: Attachment, *, token: str = "") -> Case:
        """Put a file into a case. Raises `NotFound`, `NotPossible`, `NotAllowed`, `NotNow`."""

        def work_of(session: Session) -> Work:
            return self._work(session, access_case(session, reference), doer_of(session, ask.agent, token))

        return await self._do(work_of, lambda work: case_acts.attach(work, file))

    async def open(self, ask: asks.Open, *, token: str = "") -> Case:
        """Register a complaint that came by no channel of ours; again with the same key: the same one.

        Raises `NotFound`, `NotPossible`, `NotAllowed`.
        """
        now = self._clock.now()

        def work_of(session: Session) -> Work:
            return register(session, self._tools, ask, doer_of(session, ask.agent, token), now)

        try:
            return await self._do(work_of, lambda work: None)
        except AlreadyOpen as known:
            reference = known.reference
        return await self._store.write(lambda session: access_case(session, reference))

    async def _do(self, work_of: Callable[[Session], Work], do: Callable[[Work], None]) -> Case:
        threads: list[tuple[str, str]] = []

        def change(session: Session) -> Case:
            threads.clear()
            work = work_of(session)
            do(work)
            threads.extend(_threads_of(session, work.case.contact_id))
            return work.done()

        case = await self._store.write(change)
        self._changed(threads)
        return case

    def _work(self, session: Session, case: Case, doer: Doer) -> Work:
        return Work(session=session, tools=self._tools, case=case, doer=doer, now=self._clock.now())

    def _changed(self, threads: list[tuple[str, str]]) -> None:
        for account_id, thread in threads:
            self._forget(account_id, thread)
        self._delivery.wake()
        self._tell("outbox")

    async def transfer(self, ask: asks.Transfer, *, token: str = "") -> list[str]:
        """Hand all open cases of somebody over, with their history; their references. source: E16"""
        threads: list[tuple[str, str]] = []

        def change(session: Session) -> list[str]:
            threads.clear()
            doer = doer_of(session, ask.agent, token)
            lifecycle.check_role(doer, lifecycle.ACTIONS["transfer"].roles, "transferred")
            owners = session.scalars(select(_cases.owner).where(~_cases.closed).distinct())
            names = [name for name in owners if lifecycle.same_person(name, ask.from_owner)]
            query = select(Case).where(_cases.owner.in_(names), ~_cases.closed).with_for_update()
            moved = []
            for case in session.scalars(query).all():
                work = self._work(session, case, doer)
                work.step("transfer", ask.reason, before=case.owner, owner=ask.to_owner)
                case.owner = ask.to_owner
                work.done()
                threads.extend(_threads_of(session, case.contact_id))
                moved.append(case.reference)
            return moved

        references = await self._store.write(change)
        self._changed(threads)
        return references

    async def check_purchase(self, conversation_id: str, ask: asks.CheckPurchase) -> datetime:
        """Ask in a conversation, some days from now, whether a purchase suits; when. Raises `NotFound`."""
        now, rules = self._clock.now(), self._tools.rules
        calendar = self._tools.deadlines.calendars.company
        due_at = calendar.add_working_days(now + timedelta(days=ask.after_days), 0, at=rules.followup_at)
        payload = {"order": ask.order, "product": ask.product}
        key = f"purchase:{conversation_id}:{ask.order or ask.product}"

        def change(session: Session) -> None:
            conversation = session.get(Conversation, conversation_id)
            if conversation is None:
                raise NotFound(f"there is no conversation {conversation_id}")
            account, thread = conversation.account_id, conversation.thread
            set_timer(session, self._tools.ids.new(), key, PURCHASE, due_at, payload, now, account, thread)

        await self._store.write(change)
        return due_at

    # timers

    def handlers(self) -> dict[str, Callable[[DueTimer], Any]]:
        """What comes due without a conversation of its own."""
        return {
            HEARD: self.heard,
            case_acts.REMIND: self.remind,
            BY_HAND: self.by_hand,
            department_mail.DEPARTMENT_MAIL: self.department_replied,
        }

    async def heard(self, timer: DueTimer) -> None:
        """A customer's word reached a case: its clocks go on, start again or end with it."""
        case_id, what = timer.payload["case_id"], timer.payload["what"]
        at = datetime.fromisoformat(timer.payload["at"])

        def work_of(session: Session) -> Work:
            case = session.get(Case, case_id, with_for_update=True)
            if case is None:
                raise NotFound(f"there is no case {case_id}")
            return Work(session=session, tools=self._tools, case=case, doer=BOT, now=at)

        try:
            await self._do(work_of, _HEARD[what])
        except NotFound:
            return  # erased meanwhile

    async def department_replied(self, timer: DueTimer) -> None:
        """A department answered the notice it got."""
        if "forward" not in timer.payload:
            return  # it is written down already

        def work_of(session: Session) -> Work:
            case_id = department_mail.case_of(session, timer.payload)
            case = session.get(Case, case_id, with_for_update=True) if case_id else None
            if case is None:
                raise NotFound("the complaint was erased meanwhile")
            return self._work(session, case, BOT)

        with suppress(NotFound):
            await self._do(work_of, lambda work: department_mail.receive(work, timer.payload))

    async def remind(self, timer: DueTimer) -> timedelta | None:
        """A department still holds a complaint."""
        again: list[datetime | None] = []

        def change(session: Session) -> None:
            again.clear()
            case = session.get(Case, timer.payload["case_id"], with_for_update=True)
            if case is not None:
                work = self._work(session, case, BOT)
                again.append(case_acts.remind(work, timer.payload["forward"]))

        await self._store.write(change)
        self._delivery.wake()
        self._tell("outbox")
        due_at = again[0] if again else None
        return None if due_at is None else max(due_at - self._clock.now(), timedelta(seconds=1))

    async def by_hand(self, timer: DueTimer) -> None:
        """A customer whom nothing of ours reaches is to be told or asked something by a colleague."""

        def change(session: Session) -> None:
            case = session.get(Case, timer.payload["case_id"], with_for_update=True)
            if case is None or case.closed:
                return
            work = self._work(session, case, BOT)
            reason = by_hand_words(timer.payload["about"], self._tools.house.language)
            work.alert(f"{BY_HAND}:{timer.id}", "hand_over", reason)

        await self._store.write(change)
        self._delivery.wake()
        self._tell("outbox")


def _went_on(work: Work) -> None:
    case = work.case
    if case.closed or case.waiting_at is not None:
        return
    key = f"resumed:{case.id}:{work.now.isoformat()}"
    work.go_on("the customer has answered")
    if work.tools.deadlines.rules.pause_while_waiting:  # then the due date is another one
        work.tell("complaint/resumed", key=key, due_at=case.due_at)
    work.alert(key, "hand_over", case.summary)


def _began_again(work: Work) -> None:
    if not work.case.closed:
        work.start_again()


def _ended(work: Work) -> None:
    if work.case.closed:
        case_endings.ended(work, "the customer is satisfied")


_HEARD: Mapping[str, Callable[[Work], None]] = {
    "resumed": _went_on,
    "reopened": _began_again,
    "satisfied": _ended,
}


def doer_of(session: Session, agent: str | None, token: str) -> Doer:
    """Who acts, and in which roles.

    An agent we know has the roles given to them. A name we don't know is believed on the word of the calling
    system, which has every right; without a name it is that system itself which acts. Raises `NotPossible` for
    an agent who has left.
    """
    every = frozenset(ROLES)
    if agent is None:
        return Doer(name=f"token:{token}", roles=every, is_person=False)
    # Compared here: databases differ in what they take for the small form of É.
    known = [
        one
        for one in session.scalars(select(Agent))
        if lifecycle.same_person(agent, one.name) or lifecycle.same_person(agent, one.email)
    ]
    if not known:
        return Doer(name=agent, roles=every)
    here = [one for one in known if one.active]
    if not here:
        raise NotPossible(f"{agent} does not work here any more")
    if len(here) > 1:
        raise NotPossible(f"several agents are called {agent}: name them by their e-mail address")
    roles = {"manager" if role == "administrator" else role for role in here[0].roles}
    return Doer(name=here[0].name, roles=frozenset(roles), desk=here[0].desk_id or "")


def _threads_of(session: Session, contact_id: str) -> list[tuple[str, str]]:
    found = session.execute(
        select(_conversations.account_id, _conversations.thread).where(
            _conversations.contact_id == contact_id
        )
    )
    return [(account_id, thread) for account_id, thread in found]
