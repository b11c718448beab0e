"""Contacts, their data and files over the API, against the running program on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.records import Agent, AuditEntry, Consent, Contact, Conversation, DataImport, Message
from bot.records.base import table_of
from tests.conftest import Database
from tests.fakes import NOON
from tests.integration.lab import TOKEN, Lab, LabDoor, running

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
AGENT = "a" * 32
FILE = (
    "N° client;Nom complet;Téléphone;E-mail;Né le;Accepte les offres;Date accord;Source accord\n"
    "C1;BENALI Karim;0550 00 00 01;karim@example.org;05/03/1985;oui;01/02/2026;Salon 2026\n"
    "C2;أمينة بن علي;2.13E+11;amina@example.org;٠٥/٠٣;oui;;\n"
    "C3;Zohra;0550000003;zohra@example;31/02/1990;non;;\n"
    "C1;Karim B.;0660000001;;;;;\n"
    ";Personne;;;;;;\n"
)


class Client:
    def __init__(self, lab: Lab, http: httpx.AsyncClient) -> None:
        self.lab = lab
        self.http = http

    async def api(self, method: str, path: str, **more: Any) -> httpx.Response:
        return await self.http.request(method, f"/api/v1{path}", headers=HEADERS, **more)

    async def made(self, **values: Any) -> dict[str, Any]:
        answer = await self.api("POST", "/contacts", json=values)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def brought_in(
        self, body: str | bytes = FILE, kind: str = "contacts", **query: Any
    ) -> dict[str, Any]:
        content = body.encode() if isinstance(body, str) else body
        begun = await self.api("POST", f"/imports/{kind}", content=content, params=query)
        assert begun.status_code == 202, begun.text
        import_id = begun.json()["id"]

        async def ended() -> bool:
            return bool((await self.api("GET", f"/imports/{import_id}")).json()["status"] != "running")

        await self.lab.until(ended)
        found: dict[str, Any] = (await self.api("GET", f"/imports/{import_id}")).json()
        return found


@pytest.fixture
async def client(database: Database, tmp_path: Path) -> AsyncIterator[Client]:
    async with running(database, tmp_path) as lab, httpx.AsyncClient(base_url=lab.url) as http:
        await lab.app.store.write(
            lambda session: session.add(
                Agent(id=AGENT, name="Lina", email="lina@example.org", roles=["agent"], created_at=NOON)
            )
        )
        yield Client(lab, http)


async def test_a_contact_is_added_found_changed_and_reached_in_one_more_way(client: Client) -> None:
    made = await client.made(
        name="Karim Benali",
        birthday="05/03/1985",
        country="Algérie",
        addresses=[
            {"channel": "sms", "value": "0550 00 00 01"},
            {"channel": "email", "value": "K@Example.org"},
        ],
        source="trade_fair",
    )
    assert (made["born_on"], made["birthday"], made["country"]) == ("1985-03-05", "03-05", "DZ")
    assert {(a["channel"], a["value"]) for a in made["addresses"]} == {
        ("sms", "+213550000001"),
        ("email", "k@example.org"),
    }
    for words in ("benali", "0550000001", "k@example.org", made["id"]):
        (found,) = (await client.api("GET", "/contacts", params={"q": words})).json()
        assert found["id"] == made["id"], words
    assert (await client.api("GET", "/contacts", params={"q": "%"})).json() == []
    path = f"/contacts/{made['id']}"
    changed = await client.api("PATCH", path, json={"version": 1, "tags": ["vip"], "birthday": "03-06"})
    assert (changed.json()["version"], changed.json()["born_on"], changed.json()["birthday"]) == (
        2,
        None,
        "03-06",
    )
    late = await client.api("PATCH", path, json={"version": 1, "name": "Autre"})
    assert late.status_code == 409 and "read it again" in late.json()["detail"]
    await client.api("POST", f"{path}/addresses", json={"channel": "whatsapp", "value": "+213550000001"})
    left = await client.api("DELETE", f"{path}/addresses/email/k@example.org")
    assert {a["channel"] for a in left.json()["addresses"]} == {"sms", "whatsapp"}
    audit = await client.lab.rows(AuditEntry, table_of(AuditEntry).c.object_id == made["id"])
    assert {entry.action for entry in audit} == {
        "contact_added", "contact_changed", "address_added", "address_removed"
    }  # fmt: skip
    assert {entry.actor for entry in audit} == {"api:test"}


async def test_what_a_contact_can_not_have_is_said(sqlite_database: Database, tmp_path: Path) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"birthday": "31/02/1990"}, "not a date"),
        ({"country": "Atlantis"}, "not foreseen"),
        ({"timezone": "Mars/Base"}, "not foreseen"),
        ({"language": "de"}, "fr, ar, en"),
        ({"fields": {"unknown": 1}}, "unknown"),
        ({"addresses": [{"channel": "email", "value": "nobody"}]}, "e-mail"),
        ({"addresses": [{"channel": "pigeon", "value": "x"}]}, "pigeon"),
        ({"nonsense": 1}, "nonsense"),
    ]
    files = [
        ("contacts", b"", "", "must be the file"),
        ("contacts", b"\xd0\xcf\x11\xe0rest", "", "old or encrypted"),
        ("contacts", b"PK\x03\x04rest", "", "not a sound .xlsx"),
        ("nonsense", b"a;b", "", "nonsense"),
        ("contacts", FILE.encode(), "Nom complett=name", "is it “Nom complet”?"),
        ("contacts", FILE.encode(), "Né le=birthdy", "is it birthday?"),
    ]
    async with running(sqlite_database, tmp_path) as lab, httpx.AsyncClient(base_url=lab.url) as http:
        client = Client(lab, http)
        for values, words in wrong:
            refused = await client.api("POST", "/contacts", json=values)
            assert refused.status_code == 422 and words in refused.text
        for kind, body, mapping, words in files:
            params = {"map": mapping} if mapping else {}
            refused = await client.api("POST", f"/imports/{kind}", content=body, params=params)
            assert refused.status_code == 422 and words in refused.text
            assert "Traceback" not in refused.text
        assert await lab.rows(Contact) == []


async def test_one_address_is_one_contacts_and_contacts_come_a_page_at_a_time(client: Client) -> None:
    one = await client.made(name="Karim", addresses=[{"channel": "whatsapp", "value": "+213550000001"}])
    for channel in ("whatsapp", "sms"):
        twice = await client.api(
            "POST", "/contacts", json={"addresses": [{"channel": channel, "value": "0550000001"}]}
        )
        assert twice.status_code == 409 and "belongs to contact" in twice.json()["detail"]
    made = [one["id"], *[(await client.made(name=f"N{number}"))["id"] for number in range(4)]]
    first = (await client.api("GET", "/contacts", params={"limit": 2})).json()
    rest = (await client.api("GET", "/contacts", params={"limit": 9, "after": first[-1]["id"]})).json()
    assert [row["id"] for row in (*first, *rest)] == made


ROWS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "purchases",
        {"external_id": "L1", "at": "2026-02-01T10:00:00Z", "product": "B8", "amount": "1200.5"},
        {"amount": "1300"},
    ),
    (
        "quotes",
        {"reference": "D-1", "issued_at": "2026-02-01T10:00:00Z", "amount": "10"},
        {"status": "accepted"},
    ),
    (
        "equipment",
        {"product": "Four", "serial": "S1", "installed_on": "2026-01-31", "service_every_months": 1},
        {"last_service_on": "2026-02-01"},
    ),
    ("loyalty", {"number": "CF-1", "points": 10}, {"points": 30}),
    ("waiting", {"product": "B12"}, {"quantity": "3"}),
    ("interests", {"topic": "Isolation"}, {"source": "chat"}),
]


async def test_customers_data_is_kept_once_and_brought_up_to_date(client: Client) -> None:
    contact = await client.made(external_id="C1", addresses=[{"channel": "email", "value": "k@example.org"}])
    for kind, row, again in ROWS:
        first = await client.api("POST", f"/{kind}", json=row | {"email": "k@example.org"})
        assert (first.status_code, first.json()["result"]) == (200, "added"), first.text
        kept_id = first.json()["id"]
        same = await client.api("POST", f"/{kind}", json=row | {"contact_external_id": "C1"})
        assert same.json() == {"id": kept_id, "result": "unchanged"}
        changed = await client.api("POST", f"/{kind}", json=row | {"contact_id": contact["id"]} | again)
        assert changed.json() == {"id": kept_id, "result": "changed"}
        (kept,) = (await client.api("GET", f"/{kind}", params={"contact_id": contact["id"]})).json()
        assert kept["id"] == kept_id
        if kind == "equipment":
            assert kept["next_service_on"] == "2026-02-28"
        stranger = await client.api("POST", f"/{kind}", json=row | {"email": "other@example.org"})
        assert stranger.status_code == 409 and "No contact matches" in stranger.json()["detail"]
        assert (await client.api("POST", f"/{kind}", json=row)).status_code == 422


async def test_a_key_account_has_one_owner_and_one_timeline_over_three_channels(
    database: Database, tmp_path: Path
) -> None:
    """source: E15"""
    doors = {"lab": LabDoor("lab"), "desk": LabDoor("desk", "email"), "wa": LabDoor("wa", "whatsapp")}
    async with (
        running(database, tmp_path, doors=doors) as lab,
        httpx.AsyncClient(base_url=lab.url) as http,
    ):
        client = Client(lab, http)
        await lab.app.store.write(
            lambda session: session.add(
                Agent(id=AGENT, name="Lina", email="lina@example.org", roles=["agent"], created_at=NOON)
            )
        )
        company = await client.api("POST", "/organisations", json={"name": "SARL Atlas", "owner": "Lina"})
        members = []
        for name, role, channel, value in (
            ("Karim", "buyer", "sms", "+213555000101"),
            ("Amina", "decider", "email", "amina@example.org"),
            ("Zohra", "user", "whatsapp", "+213555000103"),
        ):
            members.append(
                await client.made(
                    name=name,
                    organisation_id=company.json()["id"],
                    organisation_role=role,
                    addresses=[{"channel": channel, "value": value}],
                )
            )
        for account, sender, text in (
            ("lab", "+213555000101", "le prix des B8 ?"),
            ("desk", "amina@example.org", "notre contrat"),
            ("wa", "+213555000103", "photo du chantier"),
        ):
            lab._numbers += 1
            envelope = doors[account].envelope(id=f"e{lab._numbers}", text=text, **{"from": sender})
            await lab.app.intake.accept(account, [envelope])
            await lab.settled()
        shown = (await client.api("GET", f"/organisations/{company.json()['id']}")).json()
        assert shown["owner_agent_id"] == AGENT
        assert {(m["name"], m["role"]) for m in shown["contacts"]} == {
            ("Karim", "buyer"), ("Amina", "decider"), ("Zohra", "user")
        }  # fmt: skip
        told = (await client.api("GET", f"/organisations/{company.json()['id']}/timeline")).json()
        heard = [
            (line["contact_name"], line["channel"], line["text"])
            for line in told
            if line["direction"] == "in"
        ]
        assert heard == [
            ("Karim", "sms", "le prix des B8 ?"),
            ("Amina", "email", "notre contrat"),
            ("Zohra", "whatsapp", "photo du chantier"),
        ]
        assert len(await lab.rows(Contact)) == 3 and len(await lab.rows(Conversation)) == 3
        assert len(await lab.rows(Message)) == 6


async def test_a_file_is_looked_at_brought_in_and_its_faults_told_in_three_languages(client: Client) -> None:
    looked = await client.api("POST", "/imports/contacts", content=FILE.encode(), params={"preview": True})
    assert looked.status_code == 202 and looked.json()["rows"] == 5
    assert {c["heading"]: c["taken_as"] for c in looked.json()["columns"]}["Né le"] == "birthday"
    assert await client.lab.rows(Contact) == [] and await client.lab.rows(DataImport) == []
    done = await client.brought_in(file_name="clients.csv")
    assert (done["status"], done["rows"], done["added"], done["refused"]) == ("done", 5, 3, 1)
    contacts = {row.external_id: row for row in await client.lab.rows(Contact)}
    assert (contacts["C1"].name, contacts["C1"].birthday) == ("Karim Benali", "03-05")
    assert (contacts["C2"].name, contacts["C2"].birthday, contacts["C2"].born_on) == (
        "أمينة بن علي",
        "03-05",
        None,
    )
    consents = {(row.contact_id, row.granted, row.source) for row in await client.lab.rows(Consent)}
    assert consents == {(contacts["C1"].id, True, "import_dated"), (contacts["C3"].id, False, "import")}
    faults = (await client.api("GET", f"/imports/{done['id']}/faults", params={"language": "ar"})).json()
    assert [(fault["line"], fault["code"]) for fault in faults] == [
        (3, "phone_cut"), (3, "consent_without_evidence"), (4, "bad_email"), (4, "bad_date"),
        (5, "double_in_file"), (6, "no_one"),
    ]  # fmt: skip
    assert all("؟" not in fault["words"] and fault["words"] != fault["code"] for fault in faults)
    page = await client.api(
        "GET", f"/imports/{done['id']}/faults", params={"after_line": 4, "after_id": faults[3]["id"]}
    )
    assert [fault["line"] for fault in page.json()] == [5, 6]
    report = (await client.api("GET", f"/imports/{done['id']}/report", params={"language": "fr"})).text
    lines = report.removeprefix("\ufeff").splitlines()
    assert lines[0].endswith("Source accord;Ligne;Reprise;Raison")
    assert lines[1].startswith("C2;أمينة بن علي;2.13E+11;") and "le tableur a raccourci" in lines[1]
    assert [line.split(";")[9] for line in lines[1:]] == ["oui", "oui", "oui", "non"]


async def test_the_same_file_again_changes_nothing_and_says_so(client: Client) -> None:
    await client.brought_in()
    refused = await client.api("POST", "/imports/contacts", content=FILE.encode())
    assert refused.status_code == 409 and "was brought in on" in refused.json()["detail"]
    again = await client.brought_in(again=True)
    assert (again["added"], again["refused"]) == (0, 1)
    assert len(await client.lab.rows(Consent)) == 2
    versions = {row.external_id: row.version for row in await client.lab.rows(Contact)}
    await client.brought_in(again=True)
    assert {row.external_id: row.version for row in await client.lab.rows(Contact)} == versions
