"""A person owns the conversation: the bot says nothing, and loses nothing. source: IN-14, IN-31

Files and words that belong to a complaint still reach it. An e-mail that waits in a desk's queue is
acknowledged, since every e-mail is (source: IN-02); once an agent has taken over, the agent is the
acknowledgement.
"""

from __future__ import annotations

from bot.dialogue.intake_state import absorb, add_files, add_words, from_state, to_json
from bot.dialogue.memory import with_key
from bot.dialogue.outreach_answers import heard_in_passing
from bot.dialogue.talk import Talk
from bot.dialogue.turn import AddToCase, Decision, Reply

BY = "human"


def decide_human(talk: Talk) -> Decision | None:
    """Silence while people own the conversation."""
    turn = talk.turn
    if turn.owner == "bot" or turn.timer is not None:
        return None
    waiting = turn.owner == "queue"
    intake = from_state(turn.state)
    if intake is not None:
        kept = absorb(add_files(add_words(intake, turn.said), talk.files), talk.reading)
        return Decision(
            by=BY,
            why=f"{turn.owner} owns the conversation: kept with the complaint under way",
            replies=_receipt(talk) if waiting else (),
            state=with_key(turn.state, "intake", to_json(kept)),
        )
    return Decision(
        by=BY,
        why=f"{turn.owner} owns the conversation",
        replies=_receipt(talk) if waiting else (),
        add_to_case=_to_case(talk),
        outreach=heard_in_passing(talk),
    )


def _to_case(talk: Talk) -> AddToCase | None:
    case = talk.newest_open_case()
    if case is None or not talk.files:
        return None
    return AddToCase(case_id=case.id, note=talk.text, evidence=talk.files)


def _receipt(talk: Talk) -> tuple[Reply, ...]:
    return (email_receipt(talk),) if talk.email and talk.turn.said else ()


def email_receipt(talk: Talk) -> Reply:
    """The general acknowledgement of an e-mail, with the case it will be read with. source: IN-02"""
    case = talk.newest_open_case()
    variables = {**talk.opening(talk.topic_desk()), "reference": case.reference if case else ""}
    return Reply(template="receipt/message", variables=variables, purpose="receipt")
