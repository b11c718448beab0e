"""Which conversation a mail belongs to: strangers are never merged, and only the addressee's answer joins."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.settings import EmailSettings, ListenSettings, SmtpSettings
from channels.email.threads import Threads, mailbox_of

SETTINGS = EmailSettings(
    account_id="mail",
    address="support@example.org",
    aliases={"sales@example.org": "sales"},
    secret="a secret of this account",
    address_tag=True,
    smtp=SmtpSettings(host="smtp.example.org", port=587),
)
THREADS = Threads(SETTINGS)
AMEL, BILAL = "amel@example.com", "bilal@example.com"


def sent(to: str = AMEL, *, thread: str = "", outbox_id: str = "o1") -> tuple[str, str]:
    """The Message-ID and the tagged address of a message of ours."""
    token = THREADS.token(thread or THREADS.thread_of(to), outbox_id, to)
    return THREADS.message_id(token), THREADS.tagged(token)


def test_a_person_has_one_conversation_and_strangers_have_others() -> None:
    assert THREADS.thread_of(AMEL) == THREADS.thread_of("Amel@Example.COM ")
    assert THREADS.thread_of(AMEL) != THREADS.thread_of(BILAL)
    assert THREADS.thread_of(AMEL) != THREADS.thread_of("amel+shop@example.com")
    assert len(THREADS.thread_of(AMEL)) == 20


def test_a_conversation_s_key_survives_a_new_secret_and_differs_between_accounts() -> None:
    assert Threads(replace(SETTINGS, secret="another")).thread_of(AMEL) == THREADS.thread_of(AMEL)
    other = replace(SETTINGS, address="info@example.org")
    assert Threads(other).thread_of(AMEL) != THREADS.thread_of(AMEL)


def test_an_answer_names_the_message_it_answers() -> None:
    message_id, _ = sent()
    place = THREADS.place(AMEL, sent_to=["support@example.org"], answers=["x@y.example", message_id])
    assert (place.thread, place.reply_to) == (THREADS.thread_of(AMEL), message_id)


def test_without_any_sign_a_mail_belongs_to_its_sender_alone() -> None:
    place = THREADS.place(AMEL, sent_to=["support@example.org"], answers=["unknown@mail.example.com"])
    assert (place.thread, place.reply_to) == (THREADS.thread_of(AMEL), "")


@pytest.mark.parametrize("by_tag", [True, False])
def test_who_was_written_to_in_another_s_conversation_joins_it(by_tag: bool) -> None:
    thread = THREADS.thread_of(AMEL)
    message_id, tagged = sent(BILAL, thread=thread)
    place = THREADS.place(BILAL, sent_to=[tagged] if by_tag else [], answers=[] if by_tag else [message_id])
    assert (place.thread, place.reply_to) == (thread, message_id)


@pytest.mark.parametrize("by_tag", [True, False])
def test_a_stranger_who_was_forwarded_our_mail_does_not_join_but_is_seen_to_answer(by_tag: bool) -> None:
    message_id, tagged = sent(AMEL)
    place = THREADS.place(BILAL, sent_to=[tagged] if by_tag else [], answers=[] if by_tag else [message_id])
    assert place.thread == THREADS.thread_of(BILAL)
    assert place.reply_to == message_id


def test_the_first_message_that_admits_the_sender_wins_over_a_nearer_one_that_does_not() -> None:
    forwarded, _ = sent(AMEL)
    own, _ = sent(BILAL, thread=THREADS.thread_of(AMEL), outbox_id="o2")
    assert THREADS.place(BILAL, sent_to=[], answers=[forwarded, own]).reply_to == own


def test_who_gets_mail_under_a_tag_of_their_own_answers_from_the_plain_address() -> None:
    shop = "amel+shop@example.com"
    message_id, _ = sent(shop)
    place = THREADS.place(AMEL, sent_to=[], answers=[message_id])
    assert place.thread == THREADS.thread_of(shop)
    assert mailbox_of("+odd@example.com") == "+odd@example.com"


@pytest.mark.parametrize("change", [str.upper, str.title, lambda text: f" {text} "])
def test_servers_that_change_the_case_of_our_names_do_no_harm(change: object) -> None:
    assert callable(change)
    message_id, tagged = sent()
    assert THREADS.place(AMEL, sent_to=[], answers=[change(message_id)]).reply_to == message_id
    assert THREADS.place(AMEL, sent_to=[change(tagged)], answers=[]).reply_to == message_id


def test_a_message_in_a_foreign_thread_stands_in_the_addressee_s_own() -> None:
    token = THREADS.token("+213555000111", "o1", AMEL)
    assert token.thread == THREADS.thread_of(AMEL)


def test_a_message_is_named_the_same_at_each_try_and_others_differently() -> None:
    assert sent() == sent()
    assert len({sent()[0], sent(outbox_id="o2")[0], sent(BILAL)[0]}) == 3


def test_a_tag_fits_into_an_address() -> None:
    _, tagged = sent()
    assert len(tagged.partition("@")[0]) <= 64
    with pytest.raises(ValueError, match="at most 16 characters"):
        replace(SETTINGS, address="customer-service-algiers@example.org")


@given(st.integers(0, 46), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_token_with_any_letter_changed_is_not_ours_or_admits_nobody(at: int, letter: str) -> None:
    token = THREADS.token(THREADS.thread_of(AMEL), "o1", AMEL)
    forged = token.text[:at] + letter + token.text[at + 1 :]
    read = THREADS.read_message_id(f"{forged}.relais@example.org")
    if forged != token.text:
        assert read is None or (at >= 39 and not THREADS.admits(read, AMEL))


@given(st.text(max_size=80))
def test_whatever_stands_in_a_header_is_only_ever_not_ours(text: str) -> None:
    assert THREADS.read_message_id(text) is None
    assert THREADS.read_message_id(f"{text}.relais@example.org") is None
    assert THREADS.read_tagged(f"support+{text}@example.org") is None


def test_names_made_with_another_secret_are_not_ours() -> None:
    message_id, tagged = sent()
    others = Threads(replace(SETTINGS, secret="another"))
    assert others.read_message_id(message_id) is None and others.read_tagged(tagged) is None


def test_our_addresses_are_known_with_and_without_tags_and_no_others() -> None:
    _, tagged = sent()
    known = {"support@example.org": "support@example.org", "SALES@example.org": "sales@example.org"}
    known |= {tagged: "support@example.org", "sales+x@example.org": "sales@example.org"}
    assert {address: THREADS.untagged(address) for address in known} == known
    for stranger in ("support@example.com", "xsupport@example.org", "", "support", "@example.org"):
        assert THREADS.untagged(stranger) == ""


def test_another_delimiter_is_possible() -> None:
    threads = Threads(replace(SETTINGS, tag_delimiter="-"))
    token = threads.token(threads.thread_of(AMEL), "o1", AMEL)
    assert threads.tagged(token).startswith("support-")
    assert threads.read_tagged(threads.tagged(token)) == token


def test_an_account_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="give `smtp`"):
        EmailSettings(account_id="m", address="a@example.org")
    with pytest.raises(ValueError, match="must be an e-mail address"):
        EmailSettings(account_id="m", address="nobody", listen=ListenSettings(host="::1", port=24))
    assert "a secret" not in repr(SETTINGS)
