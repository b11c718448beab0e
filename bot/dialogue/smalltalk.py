"""Greetings, thanks, goodbyes, insults, and things we can't read."""

from __future__ import annotations

from bot.dialogue.complaint import added_reply
from bot.dialogue.intake_questions import ask
from bot.dialogue.intake_state import from_state
from bot.dialogue.labels import button
from bot.dialogue.memory import count_at, file_json, files_at, mapping_at, with_key, without
from bot.dialogue.talk import OPENING_COMMANDS, Talk, hand_over, handover_reply
from bot.dialogue.turn import AddToCase, Decision, Reply
from channels.port import Button

BY = "small talk"
SHORT = 6
CALM_ANSWERS = 2
KEPT_FILES = 20
_PLEASED = frozenset("👍👌🙏❤♥😊🙂😀😄☺✅👏🤝💯🏻🏼🏽🏾🏿\ufe0f\u200d")


def decide_start(talk: Talk) -> Decision | None:
    """Greet who opens the conversation; a complaint under way goes on where it stood."""
    if talk.command not in OPENING_COMMANDS:
        return None
    greeting = _say(talk, "reply/greeting", f"/{talk.command}")
    intake = from_state(talk.turn.state)
    if intake is None:
        return greeting
    hello = (Reply(template="reply/greeting"),)
    return ask(talk, intake, intake.stage, by=BY, why="opened the conversation again", before=hello)


def decide_small_talk(talk: Talk) -> Decision | None:
    if talk.wants_cancel:
        return _say(talk, "reply/cancelled", "nothing under way to cancel")
    if talk.choice:
        return None
    if talk.says("abuse"):
        return _calm(talk)
    if talk.reading.intents.word_count > SHORT:
        return None
    for intent in ("goodbye", "thanks", "greeting"):
        if talk.says(intent) and not talk.asks:
            return _say(talk, f"reply/{intent}", f"said {talk.reading.intents.words(intent)[0]}")
    if _agrees(talk):
        return _say(talk, "reply/thanks", "agreed, with nothing asked")
    if talk.says("greeting") and talk.reading.intents.word_count <= 4:
        return _say(talk, "reply/greeting", "greeted")
    return None


def _agrees(talk: Talk) -> bool:
    """An "ok" or a thumb up, which wants no answer but a kind one."""
    if talk.reading.empty:
        return bool(talk.text) and all(sign in _PLEASED for sign in talk.text if not sign.isspace())
    return talk.says_yes and talk.reading.intents.word_count <= 2 and not talk.asks


def _say(talk: Talk, template: str, why: str) -> Decision:
    buttons: tuple[Button, ...] = ()
    if template == "reply/greeting" and talk.turn.buttons:
        buttons = talk.buttons(button("complain", talk.language), button("person", talk.language))
    return Decision(
        by=BY,
        why=why,
        replies=(Reply(template=template, buttons=buttons),),
        state=without(talk.turn.state, "misses", "offered"),
    )


def _calm(talk: Talk) -> Decision:
    """Stay calm; after a few insults a person decides what to say."""
    insults = count_at(talk.turn.state, "insults") + 1
    if insults > CALM_ANSWERS:
        desk = talk.topic_desk()
        return Decision(
            by=BY,
            why="insulted again: a person takes it",
            replies=(handover_reply(talk, desk),),
            state=without(talk.turn.state, "insults", "offered"),
            hand_over=hand_over(desk, "insults the bot", urgent=True),
        )
    return Decision(
        by=BY,
        why="insulted: stayed calm",
        replies=(Reply(template="reply/calm"),),
        state=with_key(talk.turn.state, "insults", insults),
    )


def decide_wordless(talk: Talk) -> Decision | None:
    """A file, sticker or voice note without words: evidence where there is a case, else kept and asked
    about.
    """
    what = next((said.unsupported for said in talk.turn.said if said.unsupported), "")
    if talk.text.strip() or talk.choice or not (talk.files or what):
        return None
    case = talk.newest_open_case()
    if case is not None and talk.files:
        return Decision(
            by=BY,
            why=f"files for {case.reference}",
            replies=(added_reply(talk, case),),
            add_to_case=AddToCase(case_id=case.id, evidence=talk.files),
        )
    kind = what or {"audio": "voice"}.get(talk.files[0].kind, talk.files[0].kind)
    return Decision(
        by=BY,
        why=f"{kind} without words: asked for some",
        replies=(Reply(template="reply/words_please", variables={"what": kind}),),
        state=_with_files(talk) if talk.files else None,
    )


def _with_files(talk: Talk) -> dict[str, object]:
    """Keep the files: they become evidence if a complaint follows. source: E10"""
    before = mapping_at(talk.turn.state, "files")
    kept = (*(files_at(before, "items") if before else ()), *talk.files)[-KEPT_FILES:]
    items = [file_json(file) for file in kept]
    return with_key(talk.turn.state, "files", {"at": talk.turn.now.isoformat(), "items": items})
