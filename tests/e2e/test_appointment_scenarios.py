"""Appointments on the real program from the first contact to the follow-up, through the chat's own socket, by mail as
a mail server hands it over, by WhatsApp as Twilio brings it; the clock moved. source: E7, E8, CH-15
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from tests.e2e.story import ALGIERS, Program, Story, until
from tests.standins.mail_server import MailServer
from tests.standins.twilio_api import TwilioApi

pytestmark = pytest.mark.xdist_group("appointment scenarios")  # one program for all of them
_KINDS = """
appointments:
  kinds:
    advice: {name: {fr: rendez-vous conseil, ar: موعد استشارة, en: advice meeting}, minutes: 60, step_min: 60,
      resources: [Samira], place: "Showroom, Béjaïa"}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with TwilioApi() as twilio, MailServer() as mails:
        running = Program(tmp_path_factory.mktemp("appointments"), twilio, mails)
        running.config.write_text(running.config.read_text() + _KINDS)
        running.start()
        for rule in ("appointment_reminder", "appointment_proposal", "periodic_service"):
            running.ask("POST", f"/rules/{rule}/on", agent="Nadia")
        try:
            yield running
        finally:
            assert running.stop() == 0


def at(day: int, hour: int = 10, minute: int = 0) -> datetime:
    """June 2034, without a feast; the 4th is a Sunday."""
    return datetime(2034, 6, day, hour, minute, tzinfo=ALGIERS)


def agenda(program: Program, contact: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program.ask("GET", f"/appointments?contact={contact}")
    return found


def test_e7_an_appointment_from_the_first_contact_to_the_follow_up(program: Program) -> None:
    """By WhatsApp: booked, reminded of, recalled, followed up by its outcome."""
    program.advance_to(at(4))
    karim = program.by_whatsapp("+213550111001", ProfileName="Karim")
    story = Story(program, karim)
    said = story.says("Salam, je voudrais un rendez-vous mardi après-midi")
    assert "1. mardi 6 juin à 12:00" in said
    said = story.says("le dernier")
    assert "Votre rendez-vous est confirmé." in said and "mardi 6 juin à 16:00" in said
    (one,) = agenda(program)
    assert f"Pour votre agenda : {one['calendar_file']}" in said
    event: Any = Calendar.from_ical(httpx.get(one["calendar_file"]).text).walk("VEVENT")[0]
    assert event["DTSTART"].dt == at(6, 16)
    program.kill()
    program.start()  # what stands survives
    story.hears("confirmé")
    assert "lundi 5 juin" in story.says("je veux déplacer mon rendez-vous à lundi 15h")
    assert "Votre rendez-vous est déplacé." in story.says("oui")
    program.advance_to(at(5, 12, 1))
    karim.say("merci")  # the window of WhatsApp is open
    story.hears("Nous vous rappelons votre rendez-vous", "lundi 5 juin à 15:00")
    program.advance_to(at(5, 17, 5))
    until(lambda: program.alerts("write down what came of the appointment"))
    said = program.relais(
        "appointment",
        "outcome",
        one["id"],
        "proposal",
        "--agent",
        "Samira",
        "--recap",
        "Devis pour 12 palettes.",
    )
    assert "proposal" in said
    story.hears("ce que nous avons retenu", "Devis pour 12 palettes.")
    (settled,) = agenda(program, one["contact_id"])
    assert (settled["status"], settled["outcome"], settled["sequence"]) == ("held", "proposal", 1)


def test_e8_a_yes_to_the_service_reminder_books_once(program: Program) -> None:
    program.advance_to(at(6, 18))
    number = "+213550111008"
    story = Story(program, program.by_sandbox("sms", number, "Amar"))
    story.says("Bonjour")
    (amar,) = program.ask("GET", f"/contacts?q={number.lstrip('+')}")
    due: dict[str, Any] = {"product": "malaxeur", "next_service_on": at(22).date().isoformat()}
    program.ask("POST", "/equipment", contact_id=amar["id"], **due)
    program.advance_to(at(8, 8, 55))

    def reminded() -> bool:
        program.advance(timedelta(minutes=10))
        return any("malaxeur" in text and "Répondez OUI" in text for text in story.person.heard())

    until(reminded, "the reminder did not come")
    assert "1. " in story.says("Oui")
    assert "Rendez-vous confirmé" in story.says("le premier")
    assert len(agenda(program, amar["id"])) == 1
    story.says("Oui")
    assert len(agenda(program, amar["id"])) == 1


def test_a_chat_gets_the_calendar_file_and_sees_only_its_own(program: Program) -> None:
    program.advance_to(at(11))
    visitor, other = program.by_chat("en"), program.by_chat("fr")
    story = Story(program, visitor)
    story.says("Hello, I need an appointment on Tuesday at 9am")
    assert "Your appointment is confirmed." in story.says("yes")
    (file,) = until(lambda: [shown for shown in visitor.shown() if shown.get("files")])[-1]["files"]
    assert file["name"] == "rdv.ics"
    assert "Nous ne trouvons pas de rendez-vous" in Story(program, other).says("annuler mon rendez-vous")
    assert "Would you like to cancel" in story.says("cancel my appointment")
    assert "is cancelled" in story.says("yes")


def test_a_mail_in_arabic_books_and_the_place_is_taken_for_others(program: Program) -> None:
    program.advance_to(at(18))
    amina = program.by_mail("amina@example.org", "Amina")
    story = Story(program, amina)
    assert "09:00" in story.says("السلام عليكم، أريد موعدا يوم الثلاثاء على الساعة 9")
    assert "تم تأكيد موعدكم" in story.says("نعم")
    (mail,) = [taken for taken in program.mails.taken if b"text/calendar" in taken.content]
    assert mail.to == "amina@example.org"
    late = Story(program, program.by_whatsapp("+213550111002"))
    said = late.says("un rendez-vous mardi à 9h")
    assert "Rien n’est libre à ce moment-là" in said and "mardi 20 juin à 09:00" not in said
    refused = program.ask(
        "POST", "/appointments", expect=409, agent="Samira", contact_id=agenda(program)[0]["contact_id"],
        kind="advice", starts_at=(at(20, 9) + timedelta(minutes=30)).isoformat(),
    )  # fmt: skip
    assert "Samira is taken" in refused["detail"]
