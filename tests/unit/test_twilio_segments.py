"""How many SMS a text is, held against the figures of the standard."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.segments import count_segments, fold_typography, is_gsm7
from channels.twilio.door import TwilioDoor
from tests.contract.twilio_bench import settings as account
from tests.fakes import FakeHost


@pytest.mark.parametrize(
    ("text", "alphabet", "units", "count"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("é" * 160, "GSM-7", 160, 1),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        (
            "a" * 152 + "€" + "b" * 152,
            "GSM-7",
            306,
            3,
        ),  # the pair of € is not torn: 152, then 153, then the rest
        ("ç" * 70, "UCS-2", 70, 1),
        ("ç" * 71, "UCS-2", 71, 2),
        ("ç" * 134, "UCS-2", 134, 2),
        ("ç" * 135, "UCS-2", 135, 3),
        ("م" * 70, "UCS-2", 70, 1),
        ("🧱" * 35, "UCS-2", 70, 1),
        ("🧱" * 36, "UCS-2", 72, 2),
        ("a" * 66 + "🧱" + "b" * 66, "UCS-2", 134, 3),  # neither is a surrogate pair
        ("[]{}\\^~|€\f", "GSM-7", 20, 1),
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ", "GSM-7", 31, 1),
        ("Ç", "GSM-7", 1, 1),
        ("`", "UCS-2", 1, 1),
    ],
)
def test_segments_are_counted_as_the_networks_do(text: str, alphabet: str, units: int, count: int) -> None:
    counted = count_segments(text)
    assert (counted.alphabet, counted.units, counted.count) == (alphabet, units, count)


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=400))
def test_there_is_always_room_for_all_units(text: str) -> None:
    counted = count_segments(text)
    alone, joined = (160, 153) if counted.alphabet == "GSM-7" else (70, 67)
    assert (counted.count == 0) == (text == "")
    if counted.units <= alone:
        assert counted.count <= 1
    else:
        least = -(-counted.units // joined)
        assert least <= counted.count <= -(-counted.units // (joined - 1))


def test_typography_is_folded_only_where_that_alone_saves_segments() -> None:
    french = "L’équipe a bien reçu"
    assert fold_typography(french) == french, "ç needs UCS-2 all the same"
    long = "Votre colis n’est pas arrivé – désolé… « à bientôt »".replace("ô", "o") + " " + "a" * 60
    folded = fold_typography(long)
    assert folded.startswith('Votre colis n\'est pas arrivé - désolé... " à bientot "')
    assert (count_segments(long).count, count_segments(folded).count) == (2, 1)
    short = "L’été"
    assert fold_typography(short) == short, "one segment either way"
    assert fold_typography("«\u202fdit\u202f»" + "a" * 80) == '"dit"' + "a" * 80


@settings(max_examples=300, deadline=None)
@given(text=st.text(alphabet=st.sampled_from("aé’“”«»–…\u00a0\u202f€çم🧱"), max_size=200))
def test_folding_never_costs_more_never_touches_letters_and_is_done_once(text: str) -> None:
    folded = fold_typography(text)
    assert count_segments(folded).count <= count_segments(text).count
    assert [char for char in folded if char.isalpha()] == [char for char in text if char.isalpha()]
    assert fold_typography(folded) == folded
    assert folded == text or is_gsm7(folded) or count_segments(folded).count < count_segments(text).count


def test_the_cost_of_a_text_is_known_where_a_price_is() -> None:
    sms = replace(account("sms"), price_per_segment=Decimal("0.085"))
    door = TwilioDoor(sms, FakeHost())
    assert door.cost("a" * 161) == Decimal("0.170")
    assert door.cost("") == 0
    assert door.cost("é" * 1601) == Decimal("0.085") * 12  # in two messages: 11 segments and 1
    assert TwilioDoor(account("sms"), FakeHost()).cost("a") is None
    assert TwilioDoor(account("whatsapp"), FakeHost()).cost("a") is None
    plain = "n’est" + "a" * 100
    assert door.segments(plain).count == 1
    assert TwilioDoor(replace(sms, fold_typography=False), FakeHost()).segments(plain).count == 2
