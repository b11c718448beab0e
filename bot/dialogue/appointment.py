"""Appointments in a conversation: book, move, cancel, ask when; only ever the contact's own.

source: domain §7 AP, E7
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.appointments.acts import (
    AcceptAppointment,
    AppointmentAct,
    AppointmentView,
    BookAppointment,
    CancelAppointment,
    MoveAppointment,
    StopWaiting,
    WaitForPlace,
)
from bot.appointments.kinds import Kind
from bot.appointments.slots import Slot, Wanted, cells_of, offer
from bot.appointments.wish import wants_to_move
from bot.dialogue.appointment_words import (
    Desk,
    booked_reply,
    cancelled_reply,
    forgotten,
    merged,
    open_desk,
    remembering,
    slots_at,
    slots_json,
    slots_reply,
    wanted_at,
    wanted_json,
    wanted_of,
)
from bot.dialogue.labels import button
from bot.dialogue.memory import moment_at, text_at, texts_at
from bot.dialogue.talk import Talk
from bot.dialogue.turn import Decision, Reply
from channels.port import Button

BY = "appointment"
ANSWER_WITHIN = timedelta(days=2)
INVITED_WITHIN = timedelta(days=7)
"""So long a yes, or a day alone, answers an offered appointment. source: E8"""
SHORT_WORDS = 4


def decide_appointment(talk: Talk) -> Decision | None:
    """A wish about an appointment, in words of its own."""
    desk = open_desk(talk)
    if desk is None or talk.choice or talk.wants_person:
        return None
    return _begin(desk) or _invited(desk)


def _invited(desk: Desk) -> Decision | None:
    """A yes, or a time, to a reminder that asked whether an appointment is wanted."""
    asked = next((one for one in desk.talk.turn.asked if one.question == "appointment"), None)
    unwilling = desk.talk.says("defect") or desk.talk.asks or desk.talk.says_no
    if asked is None or unwilling or desk.booked or desk.now - asked.at > INVITED_WITHIN:
        return None
    return _book(desk) if desk.talk.says_yes or desk.wish.asked.says_something else None


def decide_appointment_reply(talk: Talk) -> Decision | None:
    """The answer to a question about an appointment; anything else is somebody else's matter."""
    desk = open_desk(talk)
    if desk is None or not desk.memory or talk.wants_person:
        return None
    asked_at, stage = moment_at(desk.memory, "asked_at"), text_at(desk.memory, "stage")
    if asked_at is None or talk.turn.now - asked_at > ANSWER_WITHIN or stage not in _STAGES:
        return None
    return _STAGES[stage](desk)


def _begin(desk: Desk) -> Decision | None:
    action = desk.wish.action
    if action == "book":
        return _book(desk)
    if action == "show":
        return _show(desk)
    if action in ("move", "cancel", "unable"):
        if action == "unable":
            return _unable(desk) if desk.booked else None
        if not desk.booked:
            return _nothing(desk)
        return _of_which(desk, action)
    return None


def _decided(
    desk: Desk, why: str, *replies: Reply, state: Mapping[str, Any], act: AppointmentAct | None = None
) -> Decision:
    return Decision(by=BY, why=why, replies=replies, state=state, appointment=act)


# booking


def _book(desk: Desk) -> Decision:
    book = desk.talk.company.appointments
    if len(desk.booked) >= book.most:
        return _decided(
            desk, "has as many appointments as one may have", _listed(desk, "appointment/full"),
            state=forgotten(desk),
        )  # fmt: skip
    wanted = wanted_of(desk)
    kind = desk.kind(desk.wish.kind) or (next(iter(book.kinds.values())) if len(book.kinds) == 1 else None)
    if kind is not None:
        return _offer(desk, kind, wanted)
    kinds = [one for one in book.kinds.values() if not wanted.resource or wanted.resource in one.resources]
    if len(kinds) == 1:
        return _offer(desk, kinds[0], wanted)
    names = [one.name(desk.talk.language) for one in kinds]
    values = [f"kind:{one.id}" for one in kinds]
    buttons = [Button(name, value) for name, value in zip(names, values, strict=True)]
    shown = desk.talk.buttons(*buttons) if len(buttons) <= desk.talk.turn.buttons else ()
    reply = Reply(template="appointment/which_kind", variables={"kinds": names}, buttons=shown)
    state = remembering(desk, "kind", offered=values, wanted=wanted_json(wanted))
    return _decided(desk, "wants an appointment: asked which", reply, state=state)


def _kind_chosen(desk: Desk) -> Decision | None:
    chosen = desk.talk.choice.partition("kind:")[2] or desk.wish.kind
    kind = desk.kind(chosen)
    if kind is not None:
        return _offer(desk, kind, merged(desk, wanted_at(desk.memory)))
    return _begin(desk) if desk.wish.action else _dropped(desk)


def _offer(
    desk: Desk, kind: Kind, wanted: Wanted, *, move: AppointmentView | None = None, taken: bool = False
) -> Decision:
    """Offer places, or the waiting list where there are none."""
    company = desk.talk.company
    here = (move.starts_at,) if move else ()
    slots, exact = offer(
        kind,
        company.calendar,
        _taken(desk, move),
        replace(wanted, besides=(*wanted.besides, *here)),
        now=desk.now,
        zone=desk.agenda.zone,
        count=company.appointments.choices,
    )
    if not slots:
        if wanted.besides:  # no others: from the beginning again
            return _offer(desk, kind, replace(wanted, besides=()), move=move)
        return _no_place(desk, kind, move)
    reply = slots_reply(desk, kind, slots, exact=exact, moving=move is not None, taken=taken)
    state = remembering(
        desk,
        "slots",
        offered=[f"slot:{number}" for number in range(1, len(slots) + 1)],
        kind=kind.id,
        slots=slots_json(slots),
        wanted=wanted_json(wanted),
        move=move.id if move else "",
    )
    return _decided(desk, f"offered {len(slots)} places for {kind.id}", reply, state=state)


def _taken(desk: Desk, move: AppointmentView | None) -> Mapping[str, Any]:
    """What is held; an appointment that moves gives its own place back."""
    if move is None:
        return desk.agenda.taken
    kind = desk.kind(move.kind)
    own = set(cells_of(move.starts_at, move.ends_at, kind.pause if kind else timedelta(0)))
    held = desk.agenda.taken
    return {**held, move.resource: set(held.get(move.resource, ())) - own}


def _no_place(desk: Desk, kind: Kind, move: AppointmentView | None) -> Decision:
    name = kind.name(desk.talk.language)
    if move is not None:
        reply = Reply(
            template="appointment/no_place_kept", variables={"kind": name, "when": desk.when(move.starts_at)}
        )
        return _decided(desk, "no place to move to", reply, state=forgotten(desk))
    if kind.id in desk.agenda.waits:
        reply = Reply(template="appointment/waiting", variables={"kind": name})
        return _decided(desk, "nothing is free; waits already", reply, state=forgotten(desk))
    language = desk.talk.language
    buttons = desk.talk.buttons(button("yes", language, key="plain_yes"), button("no", language))
    reply = Reply(template="appointment/none", variables={"kind": name}, buttons=buttons)
    state = remembering(desk, "waiting", offered=["yes", "no"], kind=kind.id)
    return _decided(desk, f"nothing is free for {kind.id}", reply, state=state)


def _slot_chosen(desk: Desk) -> Decision | None:
    kind, slots = desk.kind(text_at(desk.memory, "kind")), slots_at(desk.memory)
    if kind is None or not slots:
        return None
    move_id = text_at(desk.memory, "move")
    move = desk.own(move_id) if move_id else None
    if move_id and move is None:
        return _nothing(desk)  # cancelled meanwhile
    slot = _picked(desk, slots)
    if slot is not None:
        return _take(desk, kind, slot, move)
    if desk.wish.action in ("cancel", "show", "unable") and not desk.wish.asked.says_something:
        return _begin(desk)
    if desk.talk.wants_cancel or _declines(desk):
        return _dropped(desk)
    if desk.talk.choice == "more" or (desk.wish.more and not desk.wish.asked.says_something):
        before = wanted_at(desk.memory)
        shown = (*before.besides, *(slot.starts_at for slot in slots))
        return _offer(desk, kind, replace(before, besides=shown), move=move)
    if desk.wish.asked.says_something or desk.wish.resource:
        named = desk.kind(desk.wish.kind) or kind
        return _offer(desk, named, merged(desk, wanted_at(desk.memory)), move=move)
    return _begin(desk) if desk.wish.action else None


def _picked(desk: Desk, slots: Sequence[Slot]) -> Slot | None:
    """By button, number, ordinal, a yes to the only one, or words that fit one of them alone."""
    pressed = desk.talk.choice.partition("slot:")[2]
    if desk.talk.choice:
        number = int(pressed) if pressed.isdecimal() else 0
        return slots[number - 1] if 1 <= number <= len(slots) else None
    ordinal, asked = desk.wish.ordinal, desk.wish.asked
    if ordinal == -1:
        return slots[-1]
    if 1 <= ordinal <= len(slots):
        return slots[ordinal - 1]
    if asked.says_something:
        wanted = wanted_of(desk)
        fitting = [slot for slot in slots if wanted.fits(slot, desk.agenda.zone)]
        return fitting[0] if len(fitting) == 1 else None
    return slots[0] if len(slots) == 1 and desk.talk.says_yes else None


def _take(desk: Desk, kind: Kind, slot: Slot, move: AppointmentView | None) -> Decision:
    """Book or move; where somebody was quicker, another of those who are met, else other times."""
    held = _taken(desk, move)
    cells = cells_of(slot.starts_at, slot.starts_at + kind.lasts, kind.pause)
    able = [slot.resource, *(name for name in kind.resources if name != slot.resource)]
    if wanted_at(desk.memory).resource:
        able = able[:1]
    resource = next((name for name in able if not set(held.get(name, ())) & set(cells)), None)
    if resource is None or slot.starts_at <= desk.now:
        wanted = replace(wanted_at(desk.memory), at=None)
        return _offer(desk, kind, wanted, move=move, taken=True)
    ends_at = slot.starts_at + kind.lasts
    act: AppointmentAct
    if move is not None:
        appointment_id, token, sequence = move.id, move.token, move.sequence + 1
        act = MoveAppointment(
            before=move, resource=resource, starts_at=slot.starts_at, ends_at=ends_at, pause=kind.pause
        )
    else:
        appointment_id, token, sequence = desk.agenda.new_id, desk.agenda.new_token, 0
        act = BookAppointment(
            id=appointment_id,
            token=token,
            kind=kind.id,
            resource=resource,
            starts_at=slot.starts_at,
            ends_at=ends_at,
            pause=kind.pause,
            place=kind.place,
            wait_id=desk.agenda.waits.get(kind.id, ""),
        )
    reply = booked_reply(
        desk,
        appointment_id=appointment_id,
        token=token,
        kind_id=kind.id,
        resource=resource,
        starts_at=slot.starts_at,
        ends_at=ends_at,
        place=move.place if move else kind.place,
        sequence=sequence,
        moved=move is not None,
    )
    why = f"{'moved to' if move else 'booked'} {slot.starts_at:%Y-%m-%d %H:%M} UTC with {resource}"
    return _decided(desk, why, reply, state=forgotten(desk), act=act)


def _declines(desk: Desk) -> bool:
    few = desk.talk.reading.intents.word_count <= SHORT_WORDS
    return desk.talk.says_no and few and not desk.wish.more


def _dropped(desk: Desk) -> Decision | None:
    if not (desk.talk.wants_cancel or _declines(desk)):
        return None
    return _decided(desk, "dropped it", Reply(template="appointment/dropped"), state=forgotten(desk))


def _waits(desk: Desk) -> Decision | None:
    """Yes or no to the waiting list."""
    kind = desk.kind(text_at(desk.memory, "kind"))
    if kind is None:
        return None
    if desk.talk.says_yes:
        reply = Reply(template="appointment/waiting", variables={"kind": kind.name(desk.talk.language)})
        return _decided(
            desk, f"waits for a place for {kind.id}", reply, state=forgotten(desk), act=WaitForPlace(kind=kind.id)
        )  # fmt: skip
    if desk.wish.asked.says_something or desk.wish.action:
        return _offer(desk, kind, wanted_of(desk))
    return _dropped(desk)


# a place kept for somebody who waited


def _offered(desk: Desk) -> Decision | None:
    """Yes or no to a place that fell free. source: E9, first come first served"""
    one = desk.own(text_at(desk.memory, "id"))
    if one is None or one.status != "proposed":
        return None
    if desk.talk.says_yes or desk.wish.ordinal == 1:
        reply = booked_reply(
            desk,
            appointment_id=one.id,
            token=one.token,
            kind_id=one.kind,
            resource=one.resource,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            place=one.place,
            sequence=one.sequence,
            moved=False,
        )
        act = AcceptAppointment(before=one, wait_id=desk.agenda.waits.get(one.kind, ""))
        return _decided(desk, "took the place that was kept", reply, state=forgotten(desk), act=act)
    if desk.talk.says_no or desk.talk.wants_cancel:
        reply = Reply(template="appointment/offer_declined")
        act_ = CancelAppointment(before=one, wait_id=desk.agenda.waits.get(one.kind, ""))
        return _decided(desk, "did not want the place", reply, state=forgotten(desk), act=act_)
    return None


# one's own appointments


def _show(desk: Desk) -> Decision:
    if not desk.booked:
        return _nothing(desk)
    return _decided(desk, "asked when", _listed(desk, "appointment/list"), state=forgotten(desk))


def _listed(desk: Desk, template: str) -> Reply:
    return Reply(template=template, variables={"appointments": [_line(desk, one) for one in desk.booked]})


def _line(desk: Desk, one: AppointmentView) -> str:
    place = f", {one.place}" if one.place else ""
    return f"{desk.kind_name(one.kind)} — {desk.when(one.starts_at)}{place}"


def _nothing(desk: Desk) -> Decision:
    reply = Reply(template="appointment/nothing")
    act = None
    state = forgotten(desk)
    if desk.wish.action == "cancel" and desk.agenda.waits:
        act = StopWaiting(wait_id=next(iter(desk.agenda.waits.values())))
        reply = Reply(template="appointment/no_longer_waiting")
    return _decided(desk, "has no appointment to come", reply, state=state, act=act)


def _of_which(desk: Desk, action: str) -> Decision:
    """The one that is meant: the only one, the one on a day that was named, else the customer says which."""
    own = desk.booked
    if len(own) > 1 and desk.wish.asked.days:
        days = desk.wish.asked.days
        named = [one for one in own if one.starts_at.astimezone(desk.agenda.zone).date() in days]
        own = tuple(named) if named and action == "cancel" else own
    if len(own) > 1 and desk.wish.kind:
        own = tuple(one for one in own if one.kind == desk.wish.kind) or own
    if len(own) == 1:
        return _meant(desk, action, own[0])
    lines = [_line(desk, one) for one in own]
    values = [f"appointment:{number}" for number in range(1, len(own) + 1)]
    state = remembering(
        desk, "which", offered=values, ids=[one.id for one in own], act=action, wanted=wanted_json(wanted_of(desk))
    )  # fmt: skip
    reply = Reply(template="appointment/which", variables={"appointments": lines})
    return _decided(desk, f"asked which one to {action}", reply, state=state)


def _which(desk: Desk) -> Decision | None:
    ids = texts_at(desk.memory, "ids")
    pressed = desk.talk.choice.partition("appointment:")[2]
    number = int(pressed) if pressed.isdecimal() else desk.wish.ordinal
    if not 1 <= number <= len(ids):
        return _dropped(desk) or (_begin(desk) if desk.wish.action else None)
    one = desk.own(ids[number - 1])
    if one is None:
        return _nothing(desk)
    wanted = wanted_at(desk.memory)
    return _meant(desk, text_at(desk.memory, "act"), one, wanted)


def _meant(desk: Desk, action: str, one: AppointmentView, wanted: Wanted | None = None) -> Decision:
    if action == "move":
        kind = desk.kind(one.kind)
        if kind is None:  # not booked by the bot any more: people see to it
            return _nothing(desk)
        return _offer(desk, kind, wanted or wanted_of(desk), move=one)
    language = desk.talk.language
    reply = Reply(
        template="appointment/cancel_confirm",
        variables={"kind": desk.kind_name(one.kind), "when": desk.when(one.starts_at)},
        buttons=desk.talk.buttons(button("yes", language, key="plain_yes"), button("no", language)),
    )
    state = remembering(desk, "cancel", offered=["yes", "no"], id=one.id)
    return _decided(desk, "asked whether to cancel", reply, state=state)


def _cancelled(desk: Desk) -> Decision | None:
    one = desk.own(text_at(desk.memory, "id"))
    if one is None:
        return _nothing(desk) if desk.talk.says_yes else None
    if desk.talk.says_yes or (desk.wish.action == "cancel" and not desk.talk.says_no):
        act = CancelAppointment(before=one)
        reply = cancelled_reply(desk, one)
        return _decided(desk, "cancelled by the customer", reply, state=forgotten(desk), act=act)
    if desk.talk.says_no:
        return _kept(desk, one)
    if desk.wish.action == "move" or desk.wish.asked.says_something:
        return _meant(desk, "move", one)
    return _begin(desk) if desk.wish.action else None


def _kept(desk: Desk, one: AppointmentView) -> Decision:
    variables = {"kind": desk.kind_name(one.kind), "when": desk.when(one.starts_at)}
    reply = Reply(template="appointment/kept", variables=variables)
    return _decided(desk, "keeps the appointment", reply, state=forgotten(desk))


def _unable(desk: Desk) -> Decision:
    one = desk.booked[0]
    language = desk.talk.language
    reply = Reply(
        template="appointment/unable",
        variables={"kind": desk.kind_name(one.kind), "when": desk.when(one.starts_at)},
        buttons=desk.talk.buttons(*(button(key, language) for key in ("move", "cancel_appointment", "keep"))),
    )
    state = remembering(desk, "unable", offered=["move", "cancel_appointment", "keep"], id=one.id)
    return _decided(desk, "can't come: asked whether to move or cancel", reply, state=state)


def _unable_answered(desk: Desk) -> Decision | None:
    one = desk.own(text_at(desk.memory, "id"))
    if one is None:
        return None
    choice = desk.talk.choice
    if choice == "keep":
        return _kept(desk, one)
    if choice == "cancel_appointment" or desk.talk.wants_cancel or desk.wish.action == "cancel":
        act = CancelAppointment(before=one)
        return _decided(
            desk, "cancelled by the customer", cancelled_reply(desk, one), state=forgotten(desk), act=act
        )  # fmt: skip
    said = desk.talk.says_yes or wants_to_move(desk.talk.text) or desk.wish.asked.says_something
    if choice == "move" or said:
        return _meant(desk, "move", one)
    return _begin(desk) if desk.wish.action else None


_STAGES: Mapping[str, Callable[[Desk], Decision | None]] = {
    "kind": _kind_chosen,
    "slots": _slot_chosen,
    "waiting": _waits,
    "offered": _offered,
    "which": _which,
    "cancel": _cancelled,
    "unable": _unable_answered,
}
