"""Appointments in the running program, on both databases: booked in conversations and by people, never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from bot.records import Alert, Appointment, AppointmentCell, OutboxMessage, WaitingPlace
from bot.records.base import table_of
from tests.conftest import Database
from tests.integration.lab import TOKEN, Lab, LabClock, LabDoor, real, running

SHORT = """
appointments:
  desk: sales
  keep_offer_min: 60
  kinds:
    advice: {name: {fr: rendez-vous conseil, ar: موعد استشارة, en: advice meeting}, minutes: 60, step_min: 60,
      resources: [Samira], place: "Showroom, Béjaïa", hours: {sun: ["09:00-12:00"]}, horizon_days: 7}
"""
"""Three places a week; the lab's clock begins on a Thursday, the Sunday after has them all."""
TAKEN = ("booked", "changed")
A, B, C = "+213555000101", "+213555000102", "+213555000103"
_appointments = table_of(Appointment).c


def doors() -> dict[str, LabDoor]:
    return {"lab": LabDoor("lab", "whatsapp"), "desk": LabDoor("desk", "email", media=True)}


class AppointmentLab:
    """What tests do with appointments."""

    def __init__(self, lab: Lab, http: httpx.AsyncClient) -> None:
        self.lab = lab
        self.http = http

    async def say(self, who: str, *texts: str, account: str = "lab") -> str:
        """Somebody writes; the last words they get."""
        for text in texts:
            await self.lab.hear_all([{"text": text, "from": who}], account)
            await self.lab.settled()
        return self.heard(who, account)[-1]

    def heard(self, who: str, account: str = "lab") -> list[str]:
        return [call.text.replace("\u202f", " ").replace("\xa0", " ")
                for call in self.lab.doors[account].calls if call.to == who]  # fmt: skip

    async def hears(self, who: str, words: str) -> str:
        await self.lab.until(lambda: any(words in text for text in self.heard(who)))
        return next(text for text in reversed(self.heard(who)) if words in text)

    async def api(self, method: str, path: str, *, expect: int = 200, **body: Any) -> Any:
        answer = await self.http.request(method, f"/api/v1{path}", json=body or None)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def standing(self) -> list[Any]:
        found = await self.lab.rows(Appointment, _appointments.status.in_(TAKEN))
        return sorted(found, key=lambda row: row.starts_at)

    async def contact_of(self, who: str) -> str:
        return str((await self.lab.conversation(who)).contact_id)


@asynccontextmanager
async def appointment_lab(database: Database, folder: Path, extra: str) -> AsyncIterator[AppointmentLab]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        running(database, folder, decide_with=real, doors=doors(), extra=extra) as made,
        httpx.AsyncClient(base_url=made.url, headers=headers) as http,
    ):
        yield AppointmentLab(made, http)


@pytest.fixture
async def lab(database: Database, tmp_path: Path) -> AsyncIterator[AppointmentLab]:
    async with appointment_lab(database, tmp_path, SHORT) as made:
        yield made


@pytest.fixture
async def far(database: Database, tmp_path: Path) -> AsyncIterator[AppointmentLab]:
    """The same, booked three weeks ahead."""
    async with appointment_lab(database, tmp_path, SHORT.replace("days: 7", "days: 21")) as made:
        yield made


async def no_time_is_held_twice(lab: Lab) -> None:
    """What must always be so: cells hold exactly the appointments that stand or are offered."""
    holding = [row for row in await lab.rows(Appointment) if row.status in (*TAKEN, "proposed")]
    held = {(cell.resource, cell.at): cell.appointment_id for cell in await lab.rows(AppointmentCell)}
    wanted = {}
    for row in holding:
        at = row.starts_at
        while at < row.ends_at:
            assert (row.resource, at) not in wanted, "two appointments at once"
            wanted[row.resource, at] = row.id
            at += timedelta(minutes=5)
    assert held == wanted


async def test_a_customer_books_moves_and_cancels_in_their_words(lab: AppointmentLab) -> None:
    said = await lab.say(A, "Bonjour, je voudrais un rendez-vous dimanche")
    assert said.count("dimanche") == 3 and "1. dimanche 8 mars à 09:00" in said
    said = await lab.say(A, "le deuxième")
    assert "Votre rendez-vous est confirmé." in said and "dimanche 8 mars à 10:00" in said
    (one,) = await lab.standing()
    assert f"https://bot.example.org/a/{one.token}.ics" in said  # no calendar files on this door
    assert await lab.lab.rows(AppointmentCell) and len(await lab.lab.rows(AppointmentCell)) == 12
    assert "10:00" in await lab.say(A, "quand est mon rendez-vous ?")
    assert "déplacer" in await lab.say(A, "je veux déplacer mon rendez-vous")
    assert "Votre rendez-vous est déplacé." in await lab.say(A, "11h")
    (moved,) = await lab.standing()
    assert (moved.id, moved.status, moved.sequence) == (one.id, "changed", 1)
    assert moved.starts_at == one.starts_at + timedelta(hours=1)
    assert "Voulez-vous annuler" in await lab.say(A, "finalement annulez mon rendez-vous")
    assert "est annulé" in await lab.say(A, "oui")
    assert await lab.standing() == [] and await lab.lab.rows(AppointmentCell) == []


async def test_a_mail_gets_the_calendar_file_that_moves_and_cancels_the_event(lab: AppointmentLab) -> None:
    who = "karim@example.org"
    await lab.say(who, "I would like an appointment on Sunday at 9am", "1", account="desk")
    await lab.say(who, "please move my appointment to 11", "1", account="desk")
    await lab.say(who, "cancel my appointment", "yes", account="desk")
    files = [call.attachments[0] for call in lab.lab.desk.calls if call.to == who and call.attachments]
    assert [file.mime for file in files] == ["text/calendar"] * 3
    events = []
    for file in files:
        media = await lab.lab.app.media.get(file.ref)
        assert media is not None
        calendar = Calendar.from_ical(media.data)
        event: Any = calendar.walk("VEVENT")[0]
        events.append(
            (str(calendar["METHOD"]), str(event["SEQUENCE"]), event["DTSTART"].dt, str(event["UID"]))
        )
    assert len({uid for *_, uid in events}) == 1
    assert [(method, number) for method, number, *_ in events] == [
        ("PUBLISH", "0"),
        ("PUBLISH", "1"),
        ("CANCEL", "2"),
    ]
    assert events[0][2] == datetime(2026, 3, 8, 8, tzinfo=UTC)  # 09:00 in Algiers
    assert events[1][2] == datetime(2026, 3, 8, 10, tzinfo=UTC)


async def test_of_two_customers_who_choose_the_same_place_at_once_one_gets_it(lab: AppointmentLab) -> None:
    for who in (A, B):
        assert "1. dimanche 8 mars à 09:00" in await lab.say(who, "un rendez-vous dimanche")
    await asyncio.gather(*(lab.lab.hear_all([{"text": "1", "from": who}]) for who in (A, B)))
    await lab.lab.settled()
    last = sorted(lab.heard(who)[-1] for who in (A, B))
    assert "vient d’être prise" in last[0] and "est confirmé" in last[1]
    assert "09:00" not in last[0] and "10:00" in last[0]
    assert len(await lab.standing()) == 1
    await no_time_is_held_twice(lab.lab)


async def test_of_two_processes_that_book_the_same_place_one_does_and_the_other_offers_the_next(
    postgres_database: Database, tmp_path: Path
) -> None:
    """Every round two customers of two processes want the same hour of the same person."""
    clock = LabClock()
    extra = SHORT.replace('hours: {sun: ["09:00-12:00"]}, ', "")
    async with AsyncExitStack() as stack:
        labs = []
        for number in range(2):
            folder = tmp_path / str(number)
            folder.mkdir()
            labs.append(
                await stack.enter_async_context(
                    running(
                        postgres_database, folder, decide_with=real, clock=clock, doors=doors(), extra=extra
                    )
                )
            )
        for round_ in range(3):
            people = [(lab, f"+21355500{number}{round_:02d}0") for number, lab in enumerate(labs)]
            for lab, who in people:
                await lab.hear_all(
                    [{"id": f"a{who}", "text": "je voudrais un rendez-vous lundi", "from": who}]
                )
            await asyncio.gather(*(lab.settled() for lab in labs))
            await asyncio.gather(
                *(lab.hear_all([{"id": f"b{who}", "text": "1", "from": who}]) for lab, who in people)
            )
            await asyncio.gather(*(lab.settled() for lab in labs))
            names = {who for _, who in people}
            answers = {call.to: call.text for lab in labs for call in lab.door.calls if call.to in names}
            won = [text for text in answers.values() if "est confirmé" in text]
            lost = [text for text in answers.values() if "vient d’être prise" in text]
            assert (len(won), len(lost)) == (1, 1), answers
        rows = await labs[0].rows(Appointment, _appointments.status.in_(TAKEN))
        assert len(rows) == 3 == len({(row.resource, row.starts_at) for row in rows})
        await no_time_is_held_twice(labs[0])


async def test_a_place_that_falls_free_is_offered_to_who_waited_first_and_then_to_the_next(
    lab: AppointmentLab,
) -> None:
    """source: E9, in its order"""
    for number in range(3):  # three places in a week, all taken
        await lab.say(f"+21355510000{number}", "un rendez-vous dimanche", "1")
    assert len(await lab.standing()) == 3
    for who in (A, B):
        assert "liste d’attente" in await lab.say(who, "je voudrais un rendez-vous")
        assert "Vous êtes sur la liste d’attente" in await lab.say(who, "oui")
    await lab.say("+213555100001", "annuler mon rendez-vous", "oui")
    assert "10:00" in await lab.hears(A, "Une place s’est libérée")
    assert not any("libérée" in text for text in lab.heard(B))
    assert "liste d’attente" in await lab.say(C, "un rendez-vous dimanche")  # what is kept is not free
    lab.lab.advance(minutes=61)
    await lab.hears(A, "passée à la personne suivante")
    assert "10:00" in await lab.hears(B, "Une place s’est libérée")
    assert "Votre rendez-vous est confirmé." in await lab.say(B, "oui")
    assert len(await lab.standing()) == 3
    waits = {row.contact_id: row.status for row in await lab.lab.rows(WaitingPlace)}
    assert sorted(waits.values()) == ["bought", "left"]
    assert "Nous ne trouvons pas" in await lab.say(A, "annuler mon rendez-vous")
    lab.lab.advance(minutes=61)
    await lab.lab.settled()
    assert len(await lab.standing()) == 3, "the end of an offer that was taken changes nothing"
    await no_time_is_held_twice(lab.lab)


async def test_people_book_move_settle_and_cancel_and_the_contact_hears_of_it(lab: AppointmentLab) -> None:
    await lab.say(A, "bonjour")
    contact = await lab.contact_of(A)
    free = await lab.api("GET", "/appointments/free?kind=advice")
    assert [slot["starts_at"] for slot in free] == [f"2026-03-08T{hour:02d}:00:00Z" for hour in (8, 9, 10)]
    ask = {"agent": "Samira", "contact_id": contact, "kind": "advice"}
    made = await lab.api("POST", "/appointments", expect=201, starts_at=free[0]["starts_at"], **ask)
    assert "dimanche 8 mars à 09:00" in await lab.hears(A, "Votre rendez-vous est confirmé.")
    taken = await lab.api(
        "POST", "/appointments", expect=409, starts_at="2026-03-08T08:30:00Z", anytime=True, **ask
    )
    assert "Samira is taken" in taken["detail"]
    closed = await lab.api("POST", "/appointments", expect=409, starts_at="2026-03-06T09:00:00Z", **ask)
    assert "outside of the hours" in closed["detail"]
    other = await lab.api(
        "POST", "/appointments", expect=201, starts_at=free[1]["starts_at"], tell=False, **ask
    )
    path = f"/appointments/{made['id']}"
    await lab.api("POST", f"{path}/move", expect=409, agent="Samira", starts_at=free[1]["starts_at"])
    moved = await lab.api("POST", f"{path}/move", agent="Samira", starts_at=free[2]["starts_at"])
    assert (moved["status"], moved["sequence"]) == ("changed", 1)
    assert "11:00" in await lab.hears(A, "est déplacé")
    await lab.api(
        "POST", f"/appointments/{other['id']}/cancel", agent="Samira", reason="Le four est en panne."
    )
    assert "Le four est en panne." in await lab.hears(A, "devoir annuler")
    early = await lab.api("POST", f"{path}/outcome", expect=409, agent="Samira", outcome="accepted")
    assert "not begun" in early["detail"]
    lab.lab.clock.advance(timedelta(days=3, hours=1))  # Sunday, after the hour
    lab.lab.advance(seconds=1)
    await lab.lab.until(lambda: recap_owed(lab.lab))
    settled = await lab.api(
        "POST", f"{path}/outcome", agent="Samira", outcome="accepted", recap="Devis B12 pour 12 palettes."
    )
    assert (settled["status"], settled["outcome"]) == ("held", "accepted")
    assert "Devis B12 pour 12 palettes." in await lab.hears(A, "ce que nous avons retenu")
    agenda = await lab.api("GET", f"/appointments?contact={contact}")
    assert [one["status"] for one in agenda] == ["cancelled", "held"]
    await no_time_is_held_twice_but_kept(lab.lab)


async def recap_owed(lab: Lab) -> bool:
    lab.app.loop_clock.wake_all()
    return any("write down what came of" in row.reason for row in await lab.rows(Alert))


async def no_time_is_held_twice_but_kept(lab: Lab) -> None:
    """A time that was used stays held: it is over."""
    cells = [(cell.resource, cell.at) for cell in await lab.rows(AppointmentCell)]
    assert len(cells) == len(set(cells)) == 12


async def test_a_day_that_turns_out_closed_is_told_with_other_places(far: AppointmentLab) -> None:
    await far.say(A, "un rendez-vous dimanche", "1")
    await far.api(
        "POST",
        "/calendar/changes",
        expect=201,
        agent="Nadia",
        kind="closure",
        day="2026-03-08",
        name="Inventaire",
    )
    far.lab.advance(seconds=61)
    said = await far.hears(A, "nous serons fermés")
    assert "(Inventaire)" in said and "dimanche 8 mars à 09:00" in said
    assert "dimanche 15 mars à 09:00" in said
    alerts = [row for row in await far.lab.rows(Alert) if "closed day" in row.reason]
    assert len(alerts) == 1 and alerts[0].desk_id == "sales"
    await far.say(A, "1")
    (one,) = await far.standing()
    assert one.starts_at.date().isoformat() == "2026-03-15" and one.sequence == 1
    for _ in range(2):
        far.lab.advance(seconds=61)
        await far.lab.settled()
    assert sum("serons fermés" in text for text in far.heard(A)) == 1


async def test_nobody_sees_or_touches_the_appointment_of_another(lab: AppointmentLab) -> None:
    await lab.say(A, "un rendez-vous dimanche", "1")
    for text in (
        "quand est mon rendez-vous ?",
        "annuler mon rendez-vous",
        "déplacer mon rendez-vous à lundi",
    ):
        assert "Nous ne trouvons pas de rendez-vous" in await lab.say(B, text)
    assert len(await lab.standing()) == 1


async def test_a_calendar_file_is_fetched_by_its_secret_alone(lab: AppointmentLab) -> None:
    await lab.say(A, "un rendez-vous dimanche", "1")
    (one,) = await lab.standing()
    answer = await lab.http.get(f"/a/{one.token}.ics", headers={"Authorization": ""})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/calendar")
    assert "rendez-vous conseil" in answer.text and str(one.id) in answer.text
    for wrong in (one.id, "x" * 12, f"{one.token}x"):
        assert (await lab.http.get(f"/a/{wrong}.ics")).status_code == 404
    await lab.say(A, "annuler mon rendez-vous", "oui")
    assert "METHOD:CANCEL" in (await lab.http.get(f"/a/{one.token}.ics")).text


async def test_who_holds_as_many_as_allowed_is_told_so(lab: AppointmentLab) -> None:
    for _ in range(3):
        await lab.say(A, "un rendez-vous dimanche", "1")
    assert len(await lab.standing()) == 3
    assert "Vous avez déjà ces rendez-vous" in await lab.say(A, "encore un rendez-vous")
    sent = await lab.lab.rows(OutboxMessage)
    assert len({row.key for row in sent}) == len(sent)
