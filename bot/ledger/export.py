"""The ledger for people: a paper that an auditor can read, a sheet with one line a message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy.orm import Session

from bot.ledger.stories import Exceptional, Story
from bot.ledger.verifying import Verdict, stories, within
from bot.ledger.words import WORDS
from bot.paper import Block, Document, Facts, Heading, Paragraph, Table
from bot.paper.sheet import Cell

_PRINTED = 2_000  # exceptions on paper; the sheet has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """For whom it is printed, and of what time."""

    company: str
    language: str
    country: str
    zone: tzinfo
    now: datetime
    since: datetime | None = None
    until: datetime | None = None

    def say(self, name: str, **values: object) -> str:
        return WORDS.get(self.language, WORDS["en"])[name].format(**values)

    def moment(self, at: datetime | None) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}" if at is not None else ""

    def day(self, at: datetime) -> str:
        return (
            f"\u2066{at.astimezone(self.zone):%Y-%m-%d}\u2069"
            if self.language == "ar"
            else (f"{at.astimezone(self.zone):%Y-%m-%d}")
        )


def ledger_document(verdict: Verdict, edition: Edition) -> Document:
    """The account of a time: summary, verification, method, problems, exceptions."""
    say = edition.say
    blocks: list[Block] = [
        Heading(say("summary")),
        Facts(
            (
                (say("received"), str(verdict.received)),
                (say("in_time"), str(verdict.in_time)),
                (say("late_count"), str(verdict.late)),
                (say("never_count"), str(verdict.marks["never"])),
                (say("waiting"), str(verdict.waiting)),
                (say("worst"), say("seconds", value=f"{verdict.worst_s:.1f}")),
                (say("unexplained_count"), str(verdict.unexplained)),
                (say("not_sealed_yet"), str(verdict.not_sealed_yet)),
            )
        ),
        Heading(say("verdict")),
        Paragraph(
            say("sound", rows=verdict.rows, heads=verdict.heads)
            if verdict.sound
            else say("unsound", count=verdict.problem_count),
            strong=not verdict.sound,
        ),
    ]
    if not verdict.heads:
        blocks.append(Paragraph(say("no_heads")))
    blocks.append(Facts(((say("head"), f"{verdict.head.seq}:{verdict.head.hash}"),)))
    blocks += [Heading(say("method_title"), 2), Paragraph(say("method"), small=True)]
    if verdict.problems:
        blocks += [
            Heading(say("problems")),
            Table(
                heads=(say("where"), say("what")),
                rows=tuple((each.where, each.what) for each in verdict.problems[:_PRINTED]),
                widths=(2, 5),
            ),
        ]
    blocks += _exceptions(verdict, edition)
    return Document(
        title=say("title"),
        subtitle=_period(edition),
        company=edition.company,
        language=edition.language,
        country=edition.country,
        printed_at=edition.now.astimezone(edition.zone),
        blocks=tuple(blocks),
    )


def _period(edition: Edition) -> str:
    parts = []
    if edition.since is not None:
        parts.append(edition.say("from", since=edition.day(edition.since)))
    if edition.until is not None:
        parts.append(edition.say("to", until=edition.day(edition.until - timedelta(microseconds=1))))
    return " ".join(parts) or edition.say("whole")


def _exceptions(verdict: Verdict, edition: Edition) -> Iterator[Block]:
    say = edition.say
    yield Heading(say("exceptions"))
    if not verdict.exceptions:
        yield Paragraph(say("none"))
        return
    yield Table(
        heads=(say("message"), say("channel"), say("received_at"), say("after"), say("marks")),
        rows=tuple(_exception(each, edition) for each in verdict.exceptions[:_PRINTED]),
        widths=(4.6, 1.5, 2.6, 1.5, 3),
        numbers=(3,),
    )
    left = verdict.exception_count - min(len(verdict.exceptions), _PRINTED)
    if left:
        yield Paragraph(say("more", count=left))


def _exception(each: Exceptional, edition: Edition) -> tuple[str, ...]:
    return (
        each.journal_id,
        each.channel,
        edition.moment(each.received_at),
        f"{each.seconds:.1f}" if each.seconds is not None else "",
        _marks(each.marks, edition),
    )


def _marks(marks: Sequence[str], edition: Edition) -> str:
    return ("، " if edition.language == "ar" else ", ").join(edition.say(mark) for mark in marks)


def sheet_rows(session: Session, edition: Edition) -> Iterator[Sequence[Cell]]:
    """One line a message, with its heads."""
    yield [
        edition.say(name)
        for name in (
            "message",
            "channel",
            "received_at",
            "due_at",
            "acknowledged_at",
            "after",
            "in_time",
            "marks",
        )
    ]
    for story, _ in stories(session, since=edition.since):
        if story.received_at is not None and within(story.received_at, edition.since, edition.until):
            yield _sheet_row(story, edition)


def _sheet_row(story: Story, edition: Edition) -> Sequence[Cell]:
    after = story.after
    return (
        story.journal_id,
        story.channel,
        edition.moment(story.received_at),
        edition.moment(story.due_at),
        edition.moment(story.acknowledged_at),
        round(after.total_seconds(), 3) if after is not None else None,
        story.in_time(),
        _marks(story.marks(edition.now), edition),
    )
