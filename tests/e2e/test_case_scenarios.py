"""Complaints from their first word to what is learnt from them: scenarios of the domain on the real program.

One program serves them all, by the web chat's socket, by WhatsApp as Twilio brings it, by mail as a mail server
hands it over, by SMS and Telegram as the sandbox plays them. Every scenario has weeks of its own in the summer
of 2034, when no feast falls, so that each date stands here in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.e2e.story import ALGIERS, Person, Program, Story, plain, until
from tests.e2e.test_twilio_program import PHOTO
from tests.standins.mail_server import MailServer
from tests.standins.twilio_api import TwilioApi

YES, NO = {"choice": "yes"}, {"choice": "no"}


pytestmark = pytest.mark.xdist_group("case scenarios")  # one program for all of them


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with TwilioApi() as twilio, MailServer() as mails:
        running = Program(tmp_path_factory.mktemp("story"), twilio, mails)
        running.start()
        try:
            yield running
        finally:
            assert running.stop() == 0


def at(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2034, month, day, hour, minute, tzinfo=ALGIERS)


def test_e10_photos_sent_after_a_delivery_become_evidence_of_the_complaint(program: Program) -> None:
    program.advance_to(at(7, 9))
    omar = program.by_sandbox("telegram", "700000010", "Omar")
    story = Story(program, omar)
    before = len(omar.heard())
    omar.send_photo(PHOTO)
    until(lambda: omar.heard()[before:])
    story.complains("Les briques B12 de la commande CMD-1010 sont arrivées cassées hier à Sétif")
    case = story.case()
    assert [file["mime"] for file in case["evidence"]] == ["image/jpeg"]
    assert (case["product"], case["order_ref"], case["zone"], case["since"]) == (
        "B12", "CMD-1010", "Sétif", "hier",
    )  # fmt: skip


def test_e3_a_late_delivery_goes_through_six_phases_with_an_alert_at_the_due_instant(
    program: Program,
) -> None:
    program.advance_to(at(7, 16))
    amel = program.by_whatsapp("+213550000003", ProfileName="Amel")
    story = Story(program, amel)
    # 1. recueil, in the middle of which the program is killed
    said = story.says("Ma commande CMD-4521 de B8 n'est jamais arrivée à Oran")
    assert said == (
        "Nous sommes désolés d’apprendre cela, Amel. Merci de nous le dire, c’est noté.\n\n"
        "Depuis quand, ou quel jour, avez-vous constaté le problème ?"
    )
    program.kill()
    program.start()
    assert program.now() >= at(7, 16), "its time goes on"
    # 2. enregistrement
    said = story.says("depuis mardi")
    assert "solution" in said
    story.says("une nouvelle livraison")
    story.complains("oui")
    assert amel.heard()[-1] == (
        f"Merci, Amel. Votre réclamation est enregistrée sous la référence {story.reference}.\n\n"
        "Nous avons noté : « Ma commande CMD-4521 de B8 n'est jamais arrivée à Oran »\n\n"
        "Elle est confiée à notre service réclamations, qui vous répondra au plus tard le dimanche 23 juillet"
        " à 17:00.\n\nVous pouvez ajouter des précisions ou des photos ici, à tout moment."
    )
    case = story.case()
    assert (case["object"], case["since"], case["remedy"]) == ("delivery", "depuis mardi", "redelivery")
    assert case["due_explanation"].endswith("échéance dim. 23 juil. 17:00")
    due_at = datetime.fromisoformat(case["due_at"])
    assert due_at == at(7, 23, 17)
    story.act("qualify", code="LIV-02", severity="serious", consequences="chantier arrêté")
    program.relais("case", "take", story.reference, "--as", "Nadia")
    # 3. résolution
    story.act("forward", desk="logistics", question="Quand part le camion ?")
    assert story.hears("service logistique") == (
        f"Bonjour Amel, des nouvelles de votre réclamation {story.reference} : notre service logistique"
        " l’examine en ce moment. Vous aurez notre réponse au plus tard le dimanche 23 juillet à 17:00."
    )
    (told,) = until(lambda: program.mails_to("logistique@example.org"))
    assert "Quand part le camion ?" in told and "+213550000003" not in told and "Amel" not in told
    # Nothing is said for two working days: a word, by an approved template since the window is closed.
    program.advance_to(at(7, 18, 17, 1))
    (given,) = until(amel.approved)
    assert "dimanche 23 juillet à 17:00" in given and "Nadia" in given
    # The due instant itself: not a moment before, at once from then on.
    program.advance_to(due_at - timedelta(seconds=15))
    assert not _overdue(program, story)
    program.advance_to(due_at)
    alert = until(lambda: _overdue(program, story))[0]
    assert datetime.fromisoformat(alert["due_at"]) == due_at
    late = datetime.fromisoformat(alert["created_at"]) - due_at
    assert timedelta(0) <= late < timedelta(seconds=10)
    program.advance_to(at(7, 24, 10, 1))
    until(
        lambda: [
            m for m in program.mails_to("direction@example.org") if story.reference in m and "en retard" in m
        ]
    )
    # 4. clôture
    story.act("department-answer", desk="logistics", answer="Il part ce matin", agent="Samir")
    story.act("answer", text="Vos briques sont livrées ce matin.", copy_to=["sales"])
    assert story.case()["phase"] == "cloture"
    program.advance_to(at(7, 27, 17, 1))
    until(lambda: len(amel.approved()) >= 2)
    said = story.says("oui merci")
    case = story.becomes(closed=True)
    assert (case["phase"], case["outcome"], case["satisfied"]) == ("suivi", "settled", True)
    # 5. suivi, 6. exploitation
    story.act("cause", cause="panne de camion")
    refused = story.act("review", expect=409)
    assert "somebody else" in refused["detail"]
    story.act("review", agent="Samir")
    assert story.act("archive", agent="Samir")["phase"] == "exploitation"
    assert story.deadline("resolution")["status"] == "missed"


def _overdue(program: Program, story: Story) -> list[dict[str, Any]]:
    return [a for a in program.alerts(story.reference, "overdue") if "Traitement" in a["reason"]]


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_e2_an_unhappy_customer_is_heard_to_the_end_whether_they_give_another_chance_or_not(
    program: Program, language: str
) -> None:
    program.advance_to(at(7, 30))
    story = Story(program, program.by_chat(language))
    words = SPOKEN[language]
    for text, answer in words["talk"]:
        assert answer in story.says(text), text
    story.complains(words["yes"])
    registered, question = story.person.heard()[-2:]
    assert story.reference in registered and words["due"] in registered and words["desk"] in registered
    assert question == words["question"]
    choice = YES if language == "fr" else NO
    assert story.says("", **choice) == words["chance"].format(reference=story.reference)
    story.act("take")
    story.act("plan", plan=words["plan"])
    assert words["due"] in story.hears("Nadia", words["plan"])
    story.act("answer", text=words["plan"])


SPOKEN: dict[str, dict[str, Any]] = {
    "fr": {
        "talk": [
            ("Plus de la moitié des briques B12 de ma commande CMD-2020 est cassée", "Depuis quand"),
            ("hier", "photo"),
            ("passer", "solution"),
            ("un échange", "Récapitulons, pour ne rien oublier"),
        ],
        "yes": "oui",
        "due": "dimanche 6 août à 17:00",
        "desk": "notre service réclamations",
        "question": "Une dernière question, si vous le voulez bien : nous laissez-vous l’occasion de regagner"
        " votre confiance ? Répondez « oui » ou « non ».",
        "chance": "Merci, nous y sommes sensibles. Votre dossier {reference} suit son cours, et vous pouvez y"
        " ajouter ce que vous voulez ici.",
        "plan": "Deux palettes neuves partent demain.",
    },
    "ar": {
        "talk": [
            ("وصلت أكثر من نصف طوب B12 من طلبيتي رقم 3030 مكسورة", "منذ متى"),
            ("أمس", "صورة"),
            ("تخطي", "الحل"),
            ("استبدال", "نلخّص"),
        ],
        "yes": "نعم",
        "due": "الأحد 6 أوت",
        "desk": "مصلحة الشكاوى",
        "question": "سؤال أخير إن سمحتم: هل تمنحوننا فرصة لاستعادة ثقتكم؟ أجيبوا بـ «نعم» أو «لا».",
        "chance": "نأسف لذلك ونتفهمه. سيُعالَج ملفكم {reference} بالعناية نفسها، وستتلقون جوابنا كما هو مقرر.",
        "plan": "ستصلكم منصتان جديدتان غدًا.",
    },
}


def test_e2_who_is_not_satisfied_by_the_answer_is_heard_again_with_a_new_date(program: Program) -> None:
    program.advance_to(at(8, 6))
    story = Story(program, program.by_sandbox("telegram", "700000002", "Lila"))
    story.complains("Les briques B8 de ma commande CMD-2121 sont arrivées fendues hier, je veux un échange",
                    "passer", "oui")  # fmt: skip
    story.act("answer", text="Voici un bon de 10 %.")
    program.advance_to(at(8, 9, 17, 1))
    story.hears("La réponse apportée vous convient-elle ?")
    said = story.says("non, je veux mes briques")
    assert f"Votre réclamation {story.reference} est rouverte" in said
    story.becomes(phase="resolution", reopened=1, due_at="2034-08-16T16:00:00Z")
    assert "mercredi 16 août à 17:00" in said
    assert len([text for text in story.person.heard() if "rouverte" in text]) == 1
    story.act("answer", text="Vos briques neuves partent ce matin.")
    assert "Vos briques neuves partent ce matin." in story.hears("partent ce matin")


def test_e4_a_dropped_tablet_stays_good_faith_until_a_person_has_evidence(program: Program) -> None:
    program.advance_to(at(8, 20))
    story = Story(program, program.by_sandbox("sms", "+213550000004"))
    story.complains("Ma tablette de la commande CMD-4040 ne s'allume plus depuis hier, je veux un échange",
                    "passer", "oui")  # fmt: skip
    assert story.case()["faith"] == "good"
    path = f"/cases/{story.reference}/faith"
    alone = program.ask("POST", path, expect=409, faith="bad", evidence="modèle")
    assert "never a program" in alone["detail"]
    assert "evidence" in story.act("faith", faith="bad", expect=409)["detail"]
    found = story.act("faith", faith="bad", evidence="Rapport du technicien : traces de choc")
    assert (found["faith"], found["faith_evidence"]) == ("bad", "Rapport du technicien : traces de choc")
    assert "bad faith" in story.act("propose", kind="refund", description="x", cost=10, expect=409)["detail"]
    assert "forward" in story.act("refuse", reason="Choc", expect=409)["detail"], "what leads there is said"
    story.act("forward", desk="technical", question="Que voyez-vous ?")
    assert "conciliation" in story.act("refuse", reason="Choc", expect=409)["detail"]
    story.act("conciliate", note="Réparation à moitié prix, refusée")
    story.act("refuse", reason="La garantie ne couvre pas les chutes.")
    assert "La garantie ne couvre pas les chutes." in story.hears("Nous regrettons")
    assert "traces de choc" not in " ".join(story.person.heard())


def test_e5_e20_the_sellers_fault_is_made_good_and_counted_and_the_third_time_somebody_else_approves(
    program: Program,
) -> None:
    program.advance_to(at(8, 27))
    karim = program.by_mail("karim@example.com", "Karim Haddad")
    story = Story(program, karim)
    items = []
    for number in range(3):
        text = f"Nouvelle réclamation : le pull en laine de la commande 55{number}1 a rétréci hier au lavage."
        story.complains(f"Bonjour,\n\n{text} Je demande un échange.\n\nKarim Haddad\n")
        assert "dimanche 3 septembre 2034 à 17:00" in karim.heard()[-1], karim.heard()[-1]
        story.act("fault", fault="company", note="étiquette fausse")
        story.act("forward", desk="technical", question="Que dit l'étiquette ?")
        story.act("propose", kind="exchange", description="un pull neuf", cost="2500")
        items.append(story.case()["compensations"][-1])
        if number < 2:
            story.act("grant", compensation=items[-1]["id"])
            assert "nous vous accordons un échange : un pull neuf" in story.hears(
                story.reference, "accordons"
            )
    third = items[2]["id"]
    assert [item["needs_approval"] for item in items] == [False, False, True]
    assert "repeatedly" in story.act("grant", compensation=third, expect=409)["detail"]
    assert "somebody else" in story.act("approve", compensation=third, expect=403)["detail"]
    assert program.alerts(story.reference, "approval")
    story.act("approve", compensation=third, agent="Samir")
    story.act("grant", compensation=third)
    story.hears(story.reference, "accordons")
    program.ask("POST", "/indicators/bases", expect=204, period="2034-08", amounts={"revenue": 300_000})
    figures = program.ask("GET", "/indicators?period=2034-08")
    assert figures["costs"]["compensation_cost"] == 7500, figures["costs"]
    assert figures["rates"]["loss_per_cent_of"]["revenue"] == 2.5, figures["rates"]


def test_e6_a_mail_on_friday_night_and_a_chat_on_sunday_morning_are_one_case(program: Program) -> None:
    program.advance_to(at(9, 8, 22))
    mail = program.by_mail("ines@example.com", "Inès Brahimi")
    story = Story(program, mail)
    story.complains(
        "Bonjour,\n\nma commande CMD-6060 de B8 n'est toujours pas arrivée, elle était prévue mardi.\n\nInès\n"
    )
    assert "jeudi 14 septembre 2034 à 17:00" in mail.heard()[-1], mail.heard()[-1]
    program.advance_to(at(9, 10, 8, 30))
    chat = Story(program, program.by_chat())
    chat.says(f"Bonjour, c'est ines@example.com, je vous ai écrit vendredi ({story.reference})")
    _join(program, story.reference)
    said = chat.says("où en est ma réclamation ?")
    assert story.reference in said and "jeudi 14 septembre à 17:00" in said
    said = chat.says("ma commande CMD-6060 n'est toujours pas arrivée")
    assert story.reference in said and "ajouté" in said
    assert [c["reference"] for c in program.ask("GET", "/cases?q=6060")] == [story.reference]


def _join(program: Program, evidence: str) -> None:
    """A colleague confirms that the two contacts this evidence leads to are one person."""

    def suggested() -> dict[str, Any] | None:
        program.advance(timedelta(seconds=11))
        pairs = program.ask("GET", "/same-person")
        return next((p for p in pairs if any(e["value"] == evidence for e in p["evidence"])), None)

    pair = until(suggested, f"nobody saw that {evidence} is one person")
    program.ask("POST", f"/same-person/{pair['id']}/merge", expect=204, agent="Nadia")


def test_e15_a_key_account_on_three_channels_has_one_owner_and_one_timeline(program: Program) -> None:
    program.advance_to(at(9, 17))
    mail = Story(program, program.by_mail("achats@entreprise.example", "Société Nord"))
    mail.complains(
        "Bonjour,\n\nles briques B12 de la commande 8181 sont arrivées cassées hier.\n\nLe service achats\n"
    )
    others: list[tuple[Person, str]] = [
        (program.by_sandbox("sms", "+213550000015"), "SMS"),
        (program.by_sandbox("telegram", "700000015", "Chantier Nord"), "Telegram"),
    ]
    for person, name in others:
        Story(program, person).says(f"Bonjour, ici {name} de achats@entreprise.example pour {mail.reference}")
        _join(program, mail.reference)
    mail.act("assign", owner="Yasmine")
    for person, _ in others:
        said = Story(program, person).says("où en est ma réclamation ?")
        assert mail.reference in said
    lines = program.ask("GET", f"/contacts/{mail.case()['contact_id']}/timeline")
    assert {line["channel"] for line in lines} == {"email", "sms", "telegram"}
    assert mail.case()["owner"] == "Yasmine"
    # E16: she leaves, and her open files go on with somebody else.
    moved = program.ask("POST", "/cases/transfer", agent="Nadia", from_owner="Yasmine", to_owner="Samir")
    assert moved["transferred"] == [mail.reference]
    shown = program.relais("case", "show", mail.reference)
    assert "transfer" in shown and "Samir" in shown and "Yasmine" in shown
    said = Story(program, others[1][0]).says("où en est ma réclamation ?")
    assert "Votre interlocuteur : Samir" in said


def test_e19_a_defect_that_comes_back_in_a_zone_raises_one_alert_and_one_preventive_action(
    program: Program,
) -> None:
    program.advance_to(at(9, 24))
    cases = []
    for number in range(6):
        story = Story(program, program.by_sandbox("sms", f"+21355000019{number}"))
        cases.append(story.complains(
            f"Les hourdis de la commande 919{number} sont arrivés fissurés hier à Tizi Ouzou, je veux un échange",
            "passer", "oui",
        ))  # fmt: skip
    program.advance_to(at(9, 25, 6, 1))

    def found() -> list[dict[str, Any]]:
        return [one for one in program.ask("GET", "/recurrences?open=true") if "Tizi Ouzou" in one["title"]]

    (recurrence,) = until(found)
    assert recurrence["cases"] == 6 and "hourdis" in recurrence["title"]
    alerts = [a for a in program.ask("GET", "/alerts?limit=200") if a["kind"] == "recurrence"]
    assert len([a for a in alerts if "Tizi Ouzou" in a["reason"]]) == 1
    (action,) = [
        a for a in program.ask("GET", "/preventive-actions?status=open") if a["id"] == recurrence["action_id"]
    ]
    assert len(action["cases"]) == 6
    path = f"/preventive-actions/{action['id']}"
    program.ask("POST", f"{path}/take", agent="Samir")
    program.ask("POST", f"{path}/close", agent="Samir", result="palettes filmées deux fois")


def test_e24_dissatisfaction_after_a_purchase_begins_a_complaint_about_it(program: Program) -> None:
    program.advance_to(at(10, 1))
    nour = program.by_sandbox("telegram", "700000024", "Nour")
    story = Story(program, nour)
    story.says("bonjour")
    (talk,) = [t for t in program.ask("GET", "/conversations") if t["contact_name"] == "Nour"]
    program.ask("POST", f"/conversations/{talk['id']}/purchase-check", expect=202, order="CMD-2424", product="B12",
                after_days=7)  # fmt: skip
    program.advance_to(at(10, 7))
    assert len(nour.heard()) == 1
    program.advance_to(at(10, 8, 12))
    story.hears("Votre commande CMD-2424 (B12) vous convient-elle ?".replace("Votre", "votre"))
    story.says("non")
    story.complains("elles sont arrivées fendues", "hier", "passer", "un échange", "oui")
    assert (story.case()["order_ref"], story.case()["product"]) == ("CMD-2424", "B12")
    assert "dimanche 15 octobre à 17:00" in nour.heard()[-1]


def test_e26_a_mystery_customer_is_timed_like_everybody_and_left_out_of_the_figures(program: Program) -> None:
    program.advance_to(at(10, 15))
    week = "2034-10-15..2034-10-21"
    story = Story(program, program.by_chat("en"))
    story.complains(
        "My B8 bricks from order CMD-2626 arrived broken yesterday, I want a refund", "skip", "yes"
    )
    assert "no later than Sunday 22 October" in story.person.heard()[-1]
    assert program.ask("GET", f"/indicators?period={week}")["complaints"] == 1
    assert story.act("mystery", agent="Amina")["mystery"] is True
    figures = program.ask("GET", f"/indicators?period={week}")
    assert (figures["complaints"], figures["mystery"]["complaints"]) == (0, 1), figures
    assert {deadline["kind"] for deadline in story.case()["deadlines"]} >= {"resolution", "first_answer"}


def test_at_the_end_the_ledger_proves_every_receipt_and_the_week_is_reported(program: Program) -> None:
    verdict = program.relais("ledger", "verify")
    received = int(verdict.split(" received")[0].split()[-1])
    assert received >= 18 and "0 unexplained" in verdict, verdict
    assert f"{received} received, {received} acknowledged in time" in verdict, verdict
    paper = program.http.get("/api/v1/report?week=2034-W38&format=pdf")
    assert paper.status_code == 200 and paper.content.startswith(b"%PDF-")
    shown = plain(program.http.get("/api/v1/report?week=2034-W38&format=txt").text)
    assert "hourdis" in shown and "Tizi Ouzou" in shown and "Registre scellé : intact" in shown, shown
    assert "traceback" not in (program.folder / "relais.log").read_text().lower()
