"""Routes, opt-outs, danger and languages on messages the models never saw; the shipped files are up to date."""

from __future__ import annotations

from time import process_time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.phrasings.learn import Settings, fitted_slope, folds, learn
from bot.phrasings.material import LANGUAGES, fingerprint, load_examples
from bot.phrasings.train import intent_rows
from bot.understanding.additive import AdditiveModel, features, pack, unpack
from bot.understanding.evaluation import area_under_curve, by_label, macro_f1, percentile, score_of
from bot.understanding.faq import FaqIndex
from bot.understanding.intent_model import SHAPE, WISHES, flags, intent_model, spoken
from bot.understanding.intent_tasks import EIGHT, said_wishes
from bot.understanding.language_model import writing_of
from bot.understanding.normalise import clean, words_of
from bot.understanding.reading import Reading, Understanding
from bot.understanding.route import (
    asks_for_person,
    complains,
    complaint_strength,
    is_critical,
    opts_out,
    route_of,
)
from tests.unit.intent_messages import CRITICAL, ORDINARY, ROUTED
from tests.unit.public_posts import COMPLAINING, HARMLESS

PLAIN = Understanding(FaqIndex([]), products=("B8", "B12"))


def read(text: str) -> Reading:
    return PLAIN.read(text)


# what is wanted


def test_messages_never_seen_take_the_right_one_of_eight_routes_mostly() -> None:
    pairs = [((wish,), (route_of(read(text).intents, EIGHT).name,)) for wish, text in ROUTED]
    assert macro_f1(by_label(pairs, EIGHT)) >= 0.85
    assert sum(right == said for right, said in pairs) / len(pairs) >= 0.85


def test_a_complaint_is_told_from_everything_else_in_four_languages() -> None:
    right = [wish == "complaint" for wish, _ in ROUTED]
    said = [complains(read(text).intents) for _, text in ROUTED]
    both = sum(one and other for one, other in zip(right, said, strict=True))
    assert score_of(both, sum(said) - both, sum(right) - both).f1 >= 0.93


def test_complaints_among_public_posts_rank_above_everything_else() -> None:
    posts = [*((text, True) for text in COMPLAINING), *((text, False) for text in HARMLESS)]
    likely = [complaint_strength(read(text).intents) for text, _ in posts]
    area = area_under_curve(likely, [complaining for _, complaining in posts])
    assert area is not None
    assert area >= 0.9


@pytest.mark.parametrize(
    "text",
    [
        "I need assistance to change my invoice address",
        "help me cancel order 77120",
        "I don't know how to see the fees",
        "j'ai besoin d'aide pour ouvrir un compte",
        "je ne sais pas comment suivre mon colis",
        "أحتاج مساعدة في إلغاء الطلب",
        "محتاج معاونة باش نبدل لادريس",
        "me7taj t3awnouni bach nsejel",
        "I want to send money to a person in Spain",
        "the room is for one person",
    ],
)
def test_to_need_help_is_no_wish_for_a_person(text: str) -> None:
    assert not asks_for_person(read(text).intents)


def test_the_name_of_an_account_and_a_link_say_nothing() -> None:
    plain = read("thank you for the quick answer").intents.likely
    for named in ("@terriblescam thank you for the quick answer", "<user> thank you for the quick answer"):
        assert read(named).intents.likely["complaint"] < 0.5
    assert plain["complaint"] < 0.5
    assert spoken("@brokenphone hi https://t.example/awful", ()) == ["hi"]
    assert spoken("write to nadia@example.org", ["as", "given"]) == words_of("write to nadia@example.org")


def test_who_asks_for_a_person_is_heard_and_nobody_else() -> None:
    for wish, text in ROUTED:
        assert asks_for_person(read(text).intents) == (wish == "person"), text


@pytest.mark.parametrize("text", CRITICAL)
def test_danger_is_never_missed(text: str) -> None:
    assert is_critical(read(text).intents)


def test_most_wishes_for_no_more_messages_are_found() -> None:
    wished = [text for wish, text in ROUTED if wish == "opt_out"]
    assert sum(opts_out(read(text).intents) for text in wished) >= 0.85 * len(wished)


def test_nothing_ordinary_is_taken_for_an_opt_out() -> None:
    ordinary = [*ORDINARY, *CRITICAL, *(text for wish, text in ROUTED if wish != "opt_out")]
    assert len(ordinary) > 80
    assert [text for text in ordinary if opts_out(read(text).intents)] == []


@pytest.mark.parametrize(
    "text",
    [
        "my order 4521 never arrived, let me talk to a real person",
        "le colis est arrivé cassé, passez-moi un conseiller svp",
        "الطلبية وصلت مكسورة، أريد التحدث مع موظف",
        "lcommande jat mkasra, 7ab nahder m3a wa7ed",
    ],
)
def test_two_wishes_in_one_message_are_both_heard(text: str) -> None:
    assert {"complaint", "person"} <= set(said_wishes(read(text)))


def test_what_if_is_no_complaint_even_where_the_model_is_sure() -> None:
    assert read("que faire si mes briques arrivent cassées ?").intents.complaint < 2
    assert read("what happens if the parcel is lost or broken?").intents.complaint < 2


def test_the_reasons_for_a_decision_are_words_of_the_message() -> None:
    reading = read("the zip of my suitcase burst on the first trip")
    said = flags(reading.text, reading.tokens, reading.intents.found)
    reasons = intent_model().reasons(reading.tokens, said, "complaint")
    words = {word for word, _ in reasons if " " not in word and not word.startswith(("(", "0x"))}
    assert words <= set(reading.tokens)
    total = sum(worth for _, worth in reasons) + float(
        intent_model().model.weights[1][WISHES.index("complaint")]
    )
    margin = intent_model().model.margins(reading.tokens, said)[WISHES.index("complaint")]
    assert total == pytest.approx(margin, abs=1e-3)


@given(st.text(max_size=200))
def test_any_text_has_a_route_and_honest_probabilities(text: str) -> None:
    intents = read(text).intents
    assert all(0.0 <= share <= 1.0 for share in intents.likely.values())
    assert route_of(intents).name in WISHES


@pytest.mark.parametrize(
    "text",
    [
        "", "?", "👍👍", "a", "@", "@someone", "<url>", "\u200f\u202e", "\u200b" * 5_000, "ﷺ" * 5_000, "١٢٣", "4521",
        "stop " * 30_000, "a" * 100_000, "1/2/" * 25_000, "@a " * 30_000, "« ' " * 30_000, "ѕtор раураl",
    ],
)  # fmt: skip
def test_odd_messages_are_read_without_an_error(text: str) -> None:
    intents = read(text).intents
    assert not is_critical(intents)
    assert not asks_for_person(intents)


# languages


@pytest.mark.parametrize(
    ("text", "writing"),
    [
        ("les voisins organisent un repas dans la cour", "fr"),
        ("the neighbours are having a meal in the yard", "en"),
        ("ينظم الجيران مأدبة في الفناء", "ar"),
        ("الجيران راهم دايرين عراضة في الحوش", "dz"),
        ("ljiran rahom dayrin 3rada f l7ouch", "arabizi"),
        ("3lach ma jitouch", "arabizi"),
        ("où êtes-vous", "fr"),
        ("salut khoya wach rak labas", "arabizi"),
        ("SVP السعر ديال هادي", "dz"),
        ("franchement had le service ma 3andou hatta niveau", "arabizi"),
        ("bon courage khoya w bonne chance pour demain inchallah rabi m3ak", "arabizi"),
        ("la 3eme fois en 7jours, livraison prévue vers 9h", "fr"),
        ("my 2nd parcel came at 9am on the 3rd", "en"),
    ],
)
def test_the_writing_of_a_message_is_told(text: str, writing: str) -> None:
    assert writing_of(words_of(text), clean(text)) == writing


@pytest.mark.parametrize("text", ["", "12 34", "👍", "…"])
def test_without_a_letter_there_is_no_language(text: str) -> None:
    assert writing_of(words_of(text)) is None


def test_borrowed_words_alone_do_not_change_a_language() -> None:
    for language in ("fr", "ar", "en"):
        for text in ("ok merci", "stop", "Brahim", "SMS", "salam"):
            assert PLAIN.read(text, language=language).language == language


# the shipped models and how they are learnt


def test_the_shipped_models_were_learnt_from_the_present_phrasings() -> None:
    """Where this fails: python -m bot.phrasings.train"""
    assert intent_model().made_of == fingerprint()


def test_every_language_has_examples_of_every_wish() -> None:
    examples = load_examples()
    assert len(examples) > 3_000
    for language in LANGUAGES:
        labels = {label for example in examples if example.language == language for label in example.labels}
        assert labels >= set(WISHES), language


def test_learning_twice_gives_the_same_model_and_it_fits_its_examples() -> None:
    examples = [example for example in load_examples() if example.language == "fr"][:400]
    rows = intent_rows(examples)
    one, other = (learn(rows, WISHES, SHAPE, Settings(rounds=4, averaged=2)) for _ in range(2))
    assert np.array_equal(one.weights[0], other.weights[0])
    right = sum((one.of_features(row.at, row.weights)[0] > 0) == bool(row.right[0]) for row in rows)
    assert right / len(rows) > 0.95


def test_a_packed_model_reads_as_it_was() -> None:
    table = np.zeros((1 << 16, 2), dtype=np.float32)
    brought = features(["late", "parcel"], (), SHAPE)
    table[list(brought)] = (0.5, -0.25)
    model = AdditiveModel(("yes", "no"), table, np.array([0.1, 0.2], dtype=np.float32), SHAPE)
    again, header = unpack(pack(model.labels, *model.weights, {"made_of": "x"}), SHAPE)
    assert header["made_of"] == "x"
    assert again.margins(["late", "parcel"]) == pytest.approx(model.margins(["late", "parcel"]), abs=0.01)


def test_features_learnt_are_the_features_read() -> None:
    words = words_of("the parcel is not here, still waiting 4521")
    model = intent_model().model
    found = features(words, ("?",), SHAPE)
    at, weights = np.array(list(found)), np.array(list(found.values()), dtype=np.float32)
    assert model.of_features(at, weights).tolist() == pytest.approx(model.margins(words, ("?",)), abs=1e-3)


def test_a_group_is_never_torn_between_folds() -> None:
    groups = [number // 3 for number in range(60)]
    parts = folds(groups, 4)
    assert sorted(number for part in parts for number in part) == list(range(60))
    where = [{groups[number] for number in part} for part in parts]
    assert all(not where[i] & where[j] for i in range(4) for j in range(i))


def test_calibration_makes_probabilities_of_margins() -> None:
    rng = np.random.default_rng(3)
    margins = rng.normal(size=4_000).astype(np.float32) * 3
    right = (rng.random(4_000) < 1 / (1 + np.exp(-(0.5 * margins - 1)))).astype(np.float32)
    slope, shift = fitted_slope(margins, right)
    assert slope == pytest.approx(0.5, abs=0.06)
    assert shift == pytest.approx(-1.0, abs=0.15)


# figures


def test_scores_count_what_was_right_wrong_and_missed() -> None:
    scores = by_label([(["a"], ["a"]), (["a"], ["b"]), (["b"], ["b"]), (["a", "b"], ["a"])], ["a", "b"])
    assert (scores["a"].right, scores["a"].wrong, scores["a"].missed) == (2, 0, 1)
    assert scores["b"].f1 == pytest.approx(2 / 4)
    assert score_of(0, 0, 0).f1 == 1.0
    assert score_of(0, 3, 0).precision == 0.0


def test_the_area_under_the_curve_counts_ties_by_half() -> None:
    assert area_under_curve([0.9, 0.8, 0.1], [True, True, False]) == 1.0
    assert area_under_curve([0.5, 0.5], [True, False]) == 0.5
    assert area_under_curve([0.1, 0.9], [True, False]) == 0.0
    assert area_under_curve([0.1], [True]) is None
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def test_reading_a_message_costs_far_below_a_millisecond() -> None:
    """A guard against an accidental slow path, some five times above what is measured."""
    texts = [text for _, text in ROUTED]
    for text in texts:
        read(text)
    before = process_time()
    for text in texts * 5:
        read(text)
    assert (process_time() - before) / (5 * len(texts)) < 0.001
