"""The learning loop in the running program: asked, not known, taught, answered; on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.records import AuditEntry, FaqCandidate, FaqChoice, LearnedPhrasing
from bot.records.base import table_of
from tests.conftest import Database
from tests.integration.lab import Lab, real, running
from tests.integration.test_api import HEADERS

FAQ = """
category: shop
entries:
  - id: opening-hours
    questions:
      fr: [Quels sont vos horaires ?, à quelle heure ouvrez-vous, heures d'ouverture]
      en: [What are your opening hours?]
    answer: {fr: Nous ouvrons à 8 heures., en: We open at 8.}
  - id: delivery-fee
    questions:
      fr: [Combien coûte la livraison ?, frais de livraison, prix du transport]
      en: [How much is delivery?]
    answer: {fr: Le transport est sur le devis., en: Transport is on the quote.}
  - id: payment
    questions:
      fr: [Comment puis-je payer ?, acceptez-vous la carte, paiement par chèque]
      en: [How can I pay?]
    answer: {fr: En espèces ou par virement., en: Cash or transfer.}
"""
UNKNOWN = "vous faites la peinture au pistolet ?"
WHO = {"agent": "Lina"}


class Shop:
    """The running program with a small FAQ, and its API."""

    def __init__(self, lab: Lab, http: httpx.AsyncClient, faq: Path) -> None:
        self.lab = lab
        self.http = http
        self.faq = faq

    async def api(self, method: str, path: str, **more: Any) -> Any:
        answer = await self.http.request(method, f"/api/v1/faq{path}", headers=HEADERS, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def ask(self, text: str, sender: str = "+213555000101") -> str:
        """The bot's answer to a customer."""
        before = len(self.lab.door.texts)
        await self.lab.hear(text, **{"from": sender, "id": f"{sender}-{text}"})
        await self.lab.settled()
        return "\n".join(self.lab.door.texts[before:])

    async def groups(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.api("GET", "/candidates")
        return found


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    path = tmp_path / "faq" / "shop.yaml"
    path.parent.mkdir()
    path.write_text(FAQ, encoding="utf-8")
    return path


@asynccontextmanager
async def shop_of(database: Database, folder: Path, faq: Path, **more: Any) -> AsyncIterator[Shop]:
    async with (
        running(database, folder, decide_with=real, faq=faq.parent, **more) as lab,
        httpx.AsyncClient(base_url=lab.url, timeout=30) as http,
    ):
        yield Shop(lab, http, faq)


@pytest.fixture
async def shop(database: Database, tmp_path: Path, faq: Path) -> AsyncIterator[Shop]:
    async with shop_of(database, tmp_path, faq) as found:
        yield found


@pytest.fixture
async def small_shop(sqlite_database: Database, tmp_path: Path, faq: Path) -> AsyncIterator[Shop]:
    """For what is the same on both databases."""
    async with shop_of(sqlite_database, tmp_path, faq) as found:
        yield found


async def test_a_question_nobody_knew_is_accepted_once_and_answered_at_once(shop: Shop) -> None:
    first = await shop.ask(f"{UNKNOWN} mon numéro 0550 00 00 12", "+213555000101")
    assert "virement" not in first
    await shop.ask(UNKNOWN, "+213555000102")
    await shop.ask(UNKNOWN.upper(), "+213555000103")
    (group,) = await shop.groups()
    assert group["size"] == 3
    assert [(said["text"], said["count"]) for said in group["said"]] == [
        (UNKNOWN, 2),
        (f"{UNKNOWN} mon numéro [phone]", 1),
    ]
    wanted = [said["id"] for said in group["said"]][:1]
    done = await shop.api("POST", "/candidates/accept", json=WHO | {"candidates": wanted, "entry": "payment"})
    assert (done["settled"], len(done["phrasings"]), done["live"]) == (2, 1, True)
    assert "virement" in await shop.ask("Vous faites la peinture au pistolet", "+213555000104")
    (learned,) = await shop.api("GET", "/phrasings")
    assert (learned["entry"], learned["language"], learned["created_by"]) == ("payment", "fr", "Lina")
    rows = await shop.lab.rows(AuditEntry, table_of(AuditEntry).c.actor == "Lina")
    assert {row.action for row in rows} == {"faq_candidates_accepted", "faq_phrasing_learned"}


async def test_a_phrasing_taken_back_is_not_answered_any_more(shop: Shop) -> None:
    await shop.api("POST", "/entries/payment/phrasings", json=WHO | {"text": UNKNOWN})
    assert "virement" in await shop.ask(UNKNOWN, "+213555000101")
    (learned,) = await shop.api("GET", "/phrasings")
    await shop.api("POST", f"/phrasings/{learned['id']}/withdraw", json=WHO)
    assert "virement" not in await shop.ask(UNKNOWN, "+213555000102")
    assert await shop.api("GET", "/phrasings") == []
    (gone,) = await shop.api("GET", "/phrasings?withdrawn=true")
    assert gone["withdrawn_by"] == "Lina"


async def test_a_new_entry_is_made_from_what_was_asked_and_taken_back(shop: Shop) -> None:
    await shop.ask(UNKNOWN)
    (group,) = await shop.groups()
    made = {"id": "spray-painting", "answer": {"fr": "Oui, sur rendez-vous."}, "candidates": [group["id"]]}
    done = await shop.api("POST", "/entries", json=WHO | made)
    assert done["settled"] == 1 and done["live"]
    assert await shop.groups() == []
    assert "Oui, sur rendez-vous." in await shop.ask(UNKNOWN, "+213555000102")
    shown = await shop.api("GET", "/entries/spray-painting")
    assert shown["questions"] == {"fr": [UNKNOWN]}
    await shop.api("POST", "/entries/spray-painting/withdraw", json=WHO)
    assert "rendez-vous" not in await shop.ask(UNKNOWN, "+213555000103")


async def test_what_was_learned_is_known_again_after_a_restart(
    database: Database, tmp_path: Path, faq: Path
) -> None:
    async with shop_of(database, tmp_path, faq) as shop:
        await shop.api("POST", "/entries/payment/phrasings", json=WHO | {"text": UNKNOWN})
        await shop.api("POST", "/corrections", json=WHO | {"text": "ma vitre", "wishes": ["person"]})
    async with shop_of(database, tmp_path, faq) as shop:
        assert "virement" in await shop.ask(UNKNOWN)
        status = await shop.api("GET", "/status")
        assert (status["learned_phrasings"], status["corrections"], status["orphans"]) == (1, 1, 0)
        shop.faq.write_text(FAQ.replace("payment", "paying"), "utf-8")
        assert await shop.lab.app.live_faq.learned_now()
        assert (await shop.api("GET", "/status"))["orphans"] == 1
        assert "virement" not in await shop.ask(UNKNOWN, "+213555000102")


async def test_what_a_customer_picks_from_the_suggestions_is_told(shop: Shop) -> None:
    said = await shop.ask("la livraison ou bien les horaires")
    assert "1" in said
    await shop.ask("1")
    (group,) = await shop.groups()
    assert sum(group["picked"].values()) == 1
    (choice,) = await shop.lab.rows(FaqChoice)
    assert group["picked"] == {choice.entry_id: 1}
    assert group["reasons"] == {"suggested": 1}


async def test_an_answer_of_the_bot_is_reported_as_wrong_and_set_right(small_shop: Shop) -> None:
    assert "devis" in await small_shop.ask("prix transport")
    conversation = await small_shop.lab.conversation()
    told = await small_shop.http.get(f"/api/v1/conversations/{conversation.id}/messages", headers=HEADERS)
    answer = [message for message in told.json() if message["direction"] == "out"][-1]
    report = WHO | {"message": answer["id"], "reason": "disliked", "entry": "payment"}
    done = await small_shop.api("POST", "/wrong-answers", json=report)
    assert done["accepted"]["entry"] == "payment"
    assert "virement" in await small_shop.ask("prix transport", "+213555000102")


async def test_an_agents_answer_after_the_bots_is_kept_beside_the_question(shop: Shop) -> None:
    await shop.ask("prix transport")
    conversation = (await shop.lab.conversation()).id
    base = f"/api/v1/conversations/{conversation}"
    await shop.http.post(f"{base}/take-over", headers=HEADERS, json=WHO)
    for key in ("answer-01", "answer-01"):
        reply = WHO | {"text": "Appelez le 0550 00 00 12.", "key": key}
        assert (await shop.http.post(f"{base}/replies", headers=HEADERS, json=reply)).status_code == 202
    (group,) = await shop.groups()
    assert (group["reasons"], group["answers"]) == ({"corrected": 1}, ["Appelez le [phone]."])


async def test_a_changed_file_is_live_without_a_restart_and_a_broken_one_changes_nothing(
    small_shop: Shop,
) -> None:
    small_shop.faq.write_text(FAQ.replace("à 8 heures", "à 9 heures").replace("payment", "paying"), "utf-8")
    live = small_shop.lab.app.live_faq

    async def look() -> dict[str, Any]:
        assert await live.learned_now()
        found: dict[str, Any] = await small_shop.api("GET", "/status")
        return found

    assert (await look())["problems"] == []
    assert "9 heures" in await small_shop.ask("Quels sont vos horaires ?", "+213555000101")
    small_shop.faq.write_text(FAQ.replace("answer:", "anwser:"), "utf-8")
    (*_, last) = (await look())["problems"]
    assert "shop.yaml" in last
    assert "9 heures" in await small_shop.ask("Quels sont vos horaires ?", "+213555000102")
    numbers = (await small_shop.http.get("/metrics")).text
    assert "relais_faq_broken 1.0" in numbers
    assert 'relais_faq_reloads_total{outcome="broken"} 1.0' in numbers
    small_shop.faq.write_text(FAQ, "utf-8")
    assert (await look())["problems"] == []
    assert "relais_faq_broken 0.0" in (await small_shop.http.get("/metrics")).text
    assert "8 heures" in await small_shop.ask("Quels sont vos horaires ?", "+213555000103")


async def test_a_suggestion_offered_before_a_reload_is_answered_after_it(small_shop: Shop) -> None:
    await small_shop.ask("la livraison ou bien les horaires")
    small_shop.faq.write_text(FAQ.replace("sur le devis", "offert").replace("à 8 heures", "tôt"), "utf-8")
    assert await small_shop.lab.app.live_faq.learned_now()
    answer = await small_shop.ask("1")
    assert "offert" in answer or "tôt" in answer


async def test_a_corrected_intent_is_followed_for_the_same_words_and_nearly_the_same(
    small_shop: Shop,
) -> None:
    words = "ma palette penche du mauvais bord"
    tried = await small_shop.api("POST", "/try", json={"text": words})
    assert tried["decided_by"] != "person"
    made = await small_shop.api("POST", "/corrections", json=WHO | {"text": words, "wishes": ["person"]})
    assert made["live"]
    for said in (words, words.upper(), "Bonjour, ma palette penche du mauvaix bord svp"):
        tried = await small_shop.api("POST", "/try", json={"text": said})
        assert (tried["decided_by"], tried["wish"], tried["corrected"]) == ("person", "person", words)
    await small_shop.api("POST", f"/corrections/{made['id']}/withdraw", json=WHO)
    assert (await small_shop.api("POST", "/try", json={"text": words}))["corrected"] == ""


async def test_the_try_it_box_says_what_the_bot_would_do_and_keeps_nothing(small_shop: Shop) -> None:
    tried = await small_shop.api("POST", "/try", json={"text": "frais de livraison"})
    assert (tried["decided_by"], tried["answer"]) == ("faq", "Le transport est sur le devis.")
    assert tried["matches"][0]["entry"] == "delivery-fee"
    assert tried["words"].startswith("It answers: delivery-fee is nearest at 99%")
    unknown = await small_shop.api("POST", "/try", json={"text": UNKNOWN})
    assert (unknown["decided_by"], unknown["answer"]) == ("not understood", "")
    assert await small_shop.groups() == []


REFUSED: list[tuple[str, dict[str, Any], int, str]] = [
    ("/candidates/accept", {"candidates": ["0" * 32], "entry": "payment"}, 404, "no candidate"),
    ("/candidates/accept", {"candidates": ["0" * 32], "entry": "nowhere"}, 404, "no entry nowhere"),
    ("/candidates/dismiss", {"candidates": []}, 422, "at least 1"),
    ("/entries", {"id": "payment", "answer": {"fr": "x"}, "phrasings": ["y z"]}, 409, "already"),
    ("/entries", {"id": "fresh", "answer": {"fr": "x"}}, 409, "a way of asking"),
    ("/entries/payment/phrasings", {"text": "frais de livraison"}, 409, "of the entry delivery-fee"),
    ("/entries/payment/phrasings", {"text": "0550 00 00 12"}, 409, "nothing is left"),
    ("/phrasings/unknown/withdraw", {}, 404, "no learned phrasing"),
    ("/corrections", {"text": "hello you", "wishes": ["flying"]}, 409, "known: complaint"),
    ("/wrong-answers", {"message": "0" * 32}, 404, "no words of a customer"),
]


async def test_what_can_not_be_done_is_said_in_words(small_shop: Shop) -> None:
    for path, body, code, words in REFUSED:
        answer = await small_shop.http.post(f"/api/v1/faq{path}", headers=HEADERS, json=WHO | body)
        assert (answer.status_code, words in answer.text) == (code, True), answer.text
        assert (await small_shop.http.post(f"/api/v1/faq{path}", json=WHO | body)).status_code == 401
    for path in ("/status", "/entries", "/entries/payment", "/candidates", "/phrasings", "/corrections"):
        assert (await small_shop.http.get(f"/api/v1/faq{path}")).status_code == 401
    assert await small_shop.lab.rows(LearnedPhrasing) == []


async def test_a_candidate_is_decided_once(shop: Shop) -> None:
    await shop.ask(UNKNOWN)
    (group,) = await shop.groups()
    asked = WHO | {"candidates": [group["id"]]}
    assert await shop.api("POST", "/candidates/dismiss", json=asked) == {"settled": 1}
    again = await shop.http.post("/api/v1/faq/candidates/dismiss", headers=HEADERS, json=asked)
    assert (again.status_code, "dismissed already, by Lina" in again.text) == (409, True)
    assert await shop.groups() == []


async def test_candidates_are_forgotten_when_their_time_is_over(shop: Shop) -> None:
    await shop.ask(UNKNOWN)
    desk = shop.lab.app.learning
    assert await desk.tidy() == 0
    shop.lab.clock.advance(timedelta(days=181))
    assert await desk.tidy() == 1
    assert await shop.lab.rows(FaqCandidate) == []


async def test_what_an_earlier_release_kept_as_it_was_written_is_masked(shop: Shop) -> None:
    old = FaqCandidate(
        id="0" * 32,
        conversation_id="c",
        text="mon numéro 0550 00 00 12",
        nearest=[],
        created_at=shop.lab.clock.now(),
    )
    await shop.lab.app.store.write(lambda session: session.add(old))
    assert await shop.groups() == []  # not before it is masked
    assert await shop.lab.app.learning.tidy() == 0
    (group,) = await shop.groups()
    assert group["said"][0]["text"] == "mon numéro [phone]"


async def test_two_processes_on_one_database_both_learn(
    postgres_database: Database, tmp_path: Path, faq: Path
) -> None:
    (tmp_path / "two").mkdir()
    async with (
        shop_of(postgres_database, tmp_path, faq) as one,
        shop_of(postgres_database, tmp_path / "two", faq) as two,
    ):
        await one.api("POST", "/entries/payment/phrasings", json=WHO | {"text": UNKNOWN})

        async def known() -> bool:
            tried = await two.api("POST", "/try", json={"text": UNKNOWN})
            return bool(tried["decided_by"] == "faq")

        await two.lab.until(known, within_s=5)
        assert two.lab.app.live_faq.learned == one.lab.app.live_faq.learned
