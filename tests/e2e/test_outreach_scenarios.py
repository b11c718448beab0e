"""What is sent unasked, from a customer's data to their phone or mailbox: scenarios of the domain on the real program.

One program serves them all, with the stand-ins of the complaint scenarios; its clock goes through the autumn of 2034.
Every scenario has people of its own. The guards are those of the demo's configuration but for quiet hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email import message_from_bytes
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.story import ALGIERS, Program, Story, until
from tests.standins.mail_server import MailServer
from tests.standins.twilio_api import TwilioApi

pytestmark = pytest.mark.xdist_group("outreach scenarios")  # one program for all of them

_numbers = count(100)
SENT = ("sent", "")
_MORE = """
outreach: {secret: "oooooooooooooooooooooooooooooooooooooooo", sms_segments: 2}
contacts: {fields: {effectif: {type: number, label: Effectif}}}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with TwilioApi() as twilio, MailServer() as mails:
        running = Program(tmp_path_factory.mktemp("outreach"), twilio, mails)
        with running.config.open("a") as config:
            config.write(_MORE)
        running.start()
        running.advance_to(at(9, 4, 9, 30))
        try:
            yield running
        finally:
            assert running.stop() == 0


def at(month: int, day: int, hour: int = 10, minute: int = 0, *, year: int = 2034) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ALGIERS)


def today(program: Program) -> date:
    return program.now().astimezone(ALGIERS).date()


def next_morning(program: Program, *, days: int = 1) -> None:
    """To half past nine, when what is due at nine has been planned and sent."""
    day = today(program) + timedelta(days=days)
    program.advance_to(datetime(day.year, day.month, day.day, 8, 55, tzinfo=ALGIERS))
    program.advance(timedelta(minutes=35))


def customer(program: Program, **more: Any) -> dict[str, Any]:
    number = next(_numbers)
    given: dict[str, Any] = {"source": "pos", "name": f"Client{number}", "language": "fr"} | more
    made: dict[str, Any] = program.ask("POST", "/contacts", expect=201, **given)
    return made


def have(program: Program, kind: str, who: str, **row: Any) -> None:
    program.ask("POST", f"/{kind}", contact_id=who, **row)


def switch_on(program: Program, *names: str) -> None:
    for name in names:
        program.ask("POST", f"/rules/{name}/on", agent="Samia")


def agrees(program: Program, who: str, purpose: str = "offers") -> None:
    said: dict[str, Any] = {
        "channel": "",
        "purpose": purpose,
        "granted": True,
        "source": "form",
    }
    key = f"yes-{purpose}-{who}"
    program.ask(
        "POST", f"/contacts/{who}/consents", expect=202, key=key, wording="Oui, par formulaire", **said
    )


def tell(program: Program, rule: str, who: str, about: str, **variables: str) -> None:
    occasion = {"contact_id": who, "subject_id": about, "variables": variables}
    assert program.ask("POST", f"/rules/{rule}/occasions", occasions=[occasion]) == {"added": 1}


def outcome(program: Program, who: str, source: str) -> list[tuple[str, str]]:
    """Status and reason of what a rule had for a contact, the latest first; what went out is "sent"."""
    lines = program.ask("GET", f"/contacts/{who}/calendar")
    ours = [line for line in lines if line["source"] == f"rule:{source}"]
    gone = ("queued", "claimed", "accepted", "sent", "delivered", "read")
    return [("sent" if line["status"] in gone else line["status"], line["reason"]) for line in ours]


def ends(program: Program, who: str, source: str, *wanted: tuple[str, str]) -> None:
    """Wait until a rule's messages to a contact have come to this; a minute goes by at each look."""

    def so() -> bool:
        program.advance(timedelta(minutes=1))
        return outcome(program, who, source) == list(wanted)

    try:
        until(so)
    except AssertionError:
        raise AssertionError(f"{source}: {outcome(program, who, source)} and not {wanted}") from None


def writes_in(
    program: Program, account: str, address: str, name: str = "", text: str = "Bonjour"
) -> tuple[Story, str]:
    """Somebody writes for the first time and is answered; their story and who they are to us."""
    person = program.by_sandbox(account, address, name)
    story = Story(program, person)
    story.says(text)
    (found,) = program.ask("GET", f"/contacts?q={address.lstrip('+')}")
    return story, found["id"]


def phone() -> str:
    return f"+213550{next(_numbers):06d}"


def test_e1_a_card_is_warned_of_in_time_and_not_after_it_was_renewed(program: Program) -> None:
    story, lila = writes_in(program, "sms", phone(), "Lila")
    switch_on(program, "card_expiry")
    expires, card = (
        today(program) + timedelta(days=61),
        {"number": "C-E1", "opened_on": "2033-11-05", "points": 120},
    )
    have(program, "loyalty", lila, expires_on=expires.isoformat(), **card)
    next_morning(program)
    first = story.hears("carte", "valable")
    assert "périmée" not in first
    ends(program, lila, "card_expiry", SENT)
    next_morning(program, days=30)
    ends(program, lila, "card_expiry", SENT, SENT)
    later = expires + timedelta(days=365)
    have(
        program, "loyalty", lila, expires_on=later.isoformat(), renewed_on=today(program).isoformat(), **card
    )
    next_morning(program, days=23)
    assert outcome(program, lila, "card_expiry") == [SENT, SENT]
    assert sum("carte" in text for text in story.person.heard()) == 2


def test_e8_a_service_reminder_is_answered_and_not_repeated(program: Program) -> None:
    story, amar = writes_in(program, "sms", phone(), "Amar")
    switch_on(program, "periodic_service")
    due = today(program) + timedelta(days=15)
    have(program, "equipment", amar, product="malaxeur", next_service_on=due.isoformat())
    next_morning(program)
    assert "malaxeur" in story.hears("entretien")
    story.says("Oui, rendez-vous jeudi matin s'il vous plaît")
    next_morning(program, days=11)
    ends(program, amar, "periodic_service", ("stopped", "reply"), SENT)


def test_e9_a_product_is_back_first_for_the_waiting_list_in_its_order_then_for_all(program: Program) -> None:
    switch_on(program, "stock_available")
    waiting = []
    for quantity in ("40", "80", "40"):
        story, who = writes_in(program, "sms", phone(), "Ali")
        have(program, "waiting", who, product="Brique B12", quantity=quantity)
        waiting.append((story, who))
    served = program.ask("POST", "/waiting/available", product="Brique B12", quantity="100")
    assert served == {"told": [waiting[0][1]], "waiting": 2}, (
        "whoever wants more than there is keeps the place"
    )
    ends(program, waiting[0][1], "stock_available", SENT)
    assert "Brique B12" in waiting[0][0].hears("disponible")
    assert outcome(program, waiting[1][1], "stock_available") == []
    served = program.ask("POST", "/waiting/available", product="Brique B12")
    assert served == {"told": [waiting[1][1], waiting[2][1]], "waiting": 0}
    for _, who in waiting[1:]:
        ends(program, who, "stock_available", SENT)
    sent = [program.ask("GET", f"/contacts/{who}/calendar")[0]["at"] for _, who in waiting]
    assert sent == sorted(sent)
    assert program.ask("POST", "/waiting/available", product="Brique B12") == {"told": [], "waiting": 0}
    long = {
        "name": "retour_b12", "purpose": "information", "audience": "tous", "channels": ["sms"],
        "template": "outreach/newsletter", "values": {"title": "La B12 est de retour " * 20, "text": "Elle est là."},
    }  # fmt: skip
    program.ask("POST", "/campaigns", expect=201, agent="Samia", definition=long)
    plan = program.ask("GET", "/campaigns/retour_b12/plan?language=fr")
    assert plan["totals"]["waiting"] == 0
    assert {line["reason"] for line in plan["lines"] if line["address"]} >= {"too_long"}


def test_e11_a_customer_abroad_is_written_to_by_the_free_app_first(program: Program) -> None:
    number = f"+3361200{next(_numbers):04d}"
    far = program.by_whatsapp(number, ProfileName="Nora")
    Story(program, far).says("Bonjour")
    (nora,) = program.ask("GET", f"/contacts?q={number.lstrip('+')}")
    reach: dict[str, Any] = {"channel": "sms", "value": number}
    program.ask("POST", f"/contacts/{nora['id']}/addresses", **reach)
    switch_on(program, "delivery_notice")
    tell(program, "delivery_notice", nora["id"], "CMD-11", order="CMD-11", day="2034-12-20")
    ends(program, nora["id"], "delivery_notice", SENT)
    until(lambda: any("CMD-11" in text for text in far.heard()), "it did not go by WhatsApp")
    lines = program.ask("GET", f"/contacts/{nora['id']}/calendar")
    assert {line["channel"] for line in lines if line["source"] == "rule:delivery_notice"} == {"whatsapp"}


def test_e12_a_newcomer_is_welcomed_once_in_their_own_language(program: Program) -> None:
    switch_on(program, "welcome")
    story, ines = writes_in(program, "sms", phone(), "Ines", "مرحبا، ما هي أوقات العمل؟")
    program.advance(timedelta(minutes=12))
    ends(program, ines, "welcome", SENT)
    next_morning(program)
    assert outcome(program, ines, "welcome") == [SENT]
    program.ask("POST", "/rules/welcome/off", agent="Samia")
    assert sum("Briqueterie Atlas" in text and "مرحبا" in text for text in story.person.heard()) >= 1


def test_e13_a_customer_satisfied_again_who_said_yes_is_asked_to_recommend(program: Program) -> None:
    switch_on(program, "referral_invitation")
    story, sami = writes_in(program, "sms", phone(), "Sami")
    story.complains(
        "Réclamation : les briques B8 de ma commande CMD-13 sont arrivées fendues hier, je veux un échange",
        "passer", "oui",
    )  # fmt: skip
    agrees(program, sami)
    story.act("answer", text="Vos briques neuves partent ce matin.")
    for _ in range(7):  # three working days
        next_morning(program)
        program.advance(timedelta(hours=8))
        if any("convient-elle" in text for text in story.person.heard()):
            break
    story.hears("convient-elle")
    story.says("oui merci")
    story.becomes(closed=True, satisfied=True)
    next_morning(program, days=14)
    while today(program).weekday() in (4, 5):  # closed: offers wait
        next_morning(program)
    ends(program, sami, "referral_invitation", SENT)
    story.hears("recommand")


def test_e14_one_birthday_wish_a_year_with_a_way_out_that_ends_all_wishes(program: Program) -> None:
    switch_on(program, "birthday", "year_end_wishes")
    born = today(program) + timedelta(days=1)
    while born.weekday() in (4, 5):  # no wishes on days the company is closed
        born += timedelta(days=1)
    address = "meriem@example.org"
    meriem = customer(
        program, name="Meriem", birthday=f"{born:%m-%d}", addresses=[{"channel": "email", "value": address}]
    )["id"]  # fmt: skip
    have(program, "purchases", meriem, at="2034-08-20T10:00:00Z", product="B12", amount="1000")
    next_morning(program, days=(born - today(program)).days)
    until(lambda: program.mails_to(address), "no birthday wish")
    next_morning(program)
    (wish,) = program.mails_to(address)
    assert "anniversaire" in wish and "Meriem" in wish
    (taken,) = [mail for mail in list(program.mails.taken) if mail.to == address]
    link = message_from_bytes(taken.content)["List-Unsubscribe"].strip("<>")
    assert link in wish, "people see it, too"
    assert urlsplit(link).path.startswith("/u/")
    assert httpx.post(link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    program.advance_to(at(12, 30, 8, 55))
    next_morning(program)
    ends(program, meriem, "year_end_wishes", ("skipped", "opted_out"))
    assert len(program.mails_to(address)) == 1


def test_e17_too_many_offers_wait_while_receipts_still_pass(program: Program) -> None:
    """The clock stands in January 2035 from here on, on a Sunday, when the company is open."""
    program.advance_to(at(1, 7, 10, year=2035))
    address = "farid@example.org"
    farid = program.by_mail(address, "Farid")
    Story(program, farid).says("Bonjour, quels sont vos horaires ?")
    (found,) = program.ask("GET", f"/contacts?q={address}")
    agrees(program, found["id"])
    switch_on(program, "limited_offer", "coupon_expiry")
    tell(program, "limited_offer", found["id"], "O1", offer="Dix pour cent sur les B12", until="2035-01-31")
    until(lambda: any("Dix pour cent" in text for text in farid.heard()), "the first offer did not go")
    tell(program, "coupon_expiry", found["id"], "K1", code="ATLAS10", until="2035-01-31")
    until(
        lambda: outcome(program, found["id"], "coupon_expiry") == [("planned", "cap_day")],
        "the cap does not hold",
    )
    before = len(farid.heard())
    farid.say("Réclamation : les B12 de CMD-17 sont cassées")
    until(lambda: len(farid.heard()) > before, "no receipt")
    assert not any("ATLAS10" in text for text in farid.heard())


def test_e18_in_discreet_mode_a_name_routes_and_is_not_said(program: Program) -> None:
    number = phone()
    customer(program, name="Yasmine", mode="discreet", addresses=[{"channel": "sms", "value": number}])
    story = Story(program, program.by_sandbox("sms", number, "Yasmine"))
    story.complains(
        "Bonjour, réclamation : mes briques B12 de la commande CMD-18 sont arrivées cassées hier à Sétif, "
        "je veux un remboursement", "oui", "oui",
    )  # fmt: skip
    story.act("answer", text="Votre remboursement part demain.")
    story.hears("remboursement part demain")
    assert not any("Yasmine" in text for text in story.person.heard()), story.person.heard()
    assert story.case()["contact_name"] == "Yasmine", "those who work on it know"
    (known,) = program.ask("GET", f"/contacts?q={number.lstrip('+')}")
    program.ask("PATCH", f"/contacts/{known['id']}", version=known["version"], mode="")
    story.act("answer", text="Il est parti.")
    assert "Yasmine" in story.hears("Il est parti")


def test_e23_a_return_stops_the_win_back(program: Program) -> None:
    switch_on(program, "win_back")
    gone, back = f"gone{next(_numbers)}@example.org", f"back{next(_numbers)}@example.org"
    people = []
    for address in (gone, back):
        who = customer(program, addresses=[{"channel": "email", "value": address}])["id"]
        agrees(program, who)
        last = program.now() - timedelta(days=179)
        have(program, "purchases", who, at=last.isoformat(), product="B8", amount="1000")
        people.append(who)
    next_morning(program)
    for address in (gone, back):
        until(lambda address=address: program.mails_to(address), f"nothing to {address}")  # type: ignore[misc]
    have(program, "purchases", people[1], at=program.now().isoformat(), product="B12", amount="500")
    next_morning(program, days=30)
    until(lambda: len(program.mails_to(gone)) == 2, "no second word to who stayed away")
    assert [status for status, _ in outcome(program, people[1], "win_back")] in (
        ["sent"],
        ["stopped", "sent"],
    )
    assert len(program.mails_to(back)) == 1


def test_e29_a_limited_offer_goes_to_those_who_said_yes_with_one_reminder(program: Program) -> None:
    switch_on(program, "limited_offer", "offer_reminder")
    people = {}
    for name in ("yes", "no"):
        address = f"{name}{next(_numbers)}@example.org"
        who = customer(program, addresses=[{"channel": "email", "value": address}])["id"]
        have(program, "purchases", who, at="2034-12-20T10:00:00Z", product="B12", amount="1000")
        people[name] = (who, address)
    agrees(program, people["yes"][0])
    while today(program).weekday() in (4, 5):
        next_morning(program)
    last_day = (today(program) + timedelta(days=10)).isoformat()
    for who, _ in people.values():
        tell(program, "limited_offer", who, "O29", offer="Palette offerte", until=last_day)
    until(lambda: program.mails_to(people["yes"][1]), "the offer did not go")
    ends(program, people["no"][0], "limited_offer", ("skipped", "no_consent"))
    next_morning(program, days=7 if today(program).weekday() in (2, 3) else 4)
    tell(program, "offer_reminder", people["yes"][0], "O29", offer="Palette offerte", until=last_day)
    until(lambda: len(program.mails_to(people["yes"][1])) == 2, "no reminder")
    assert program.mails_to(people["no"][1]) == []


def test_e30_a_base_is_brought_in_and_a_rule_limited_to_its_best_customers(program: Program) -> None:
    """Sixty thousand stand in the benchmarks; here is the whole way with three hundred."""
    heads = "Numéro client;Nom complet;E-mail;Zone;Effectif"
    rows = [f"A{n};Client {n};a{n}@example.org;{'Sétif' if n % 3 else 'Alger'};{n}" for n in range(300)]
    brings_in(program, "contacts", [heads, *rows])
    heads = "Numéro client;Date;Produit;Montant;Commande"
    days = [today(program) - timedelta(days=ago) for ago in (3, 4, 5)]
    bought = [
        f"A{n};{day:%d/%m/%Y};B12;{n * 1000};A{n}-{day}" for n in range(300) for day in days[: 1 + n // 100]
    ]
    brings_in(program, "purchases", [heads, *bought])
    best = 'zone = "Sétif" and purchases >= 3 and amount >= 600 000 DZD and field "effectif" >= 290'
    seen = program.ask("POST", "/segments/preview", rule=best)
    assert seen["count"] == 7
    with_mistake = {"changes": {"segment": best.replace("effectif", "effectifs")}, "agent": "Samia"}
    assert "effectif" in str(program.ask("PATCH", "/rules/survey", expect=422, **with_mistake))
    steps = [{"after": "10d", "template": "outreach/survey"}]
    changes = {"segment": best, "when": {"kind": "date", "of": "purchase.at"}, "steps": steps}
    program.ask("PATCH", "/rules/survey", changes=changes, agent="Samia")
    preview = program.ask("GET", "/rules/survey/preview?days=30&limit=100")
    assert {line["name"] for line in preview["lines"]} == {f"Client {n}" for n in range(290, 300) if n % 3}


def brings_in(program: Program, kind: str, lines: list[str]) -> None:
    content = "\n".join(lines).encode()
    begun = program.http.post(f"/api/v1/imports/{kind}?file_name={kind}.csv", content=content)
    assert begun.status_code == 202, begun.text
    done = until(lambda: _done(program, begun.json()["id"]), "the file is not brought in")
    assert (done["status"], done["refused"]) == ("done", 0), done


def _done(program: Program, import_id: str) -> dict[str, Any] | None:
    found: dict[str, Any] = program.ask("GET", f"/imports/{import_id}")
    return found if found["status"] != "running" else None
