"""What the FAQ index is made of: features, the classifier, the calibration; and bad input to all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from bot.understanding import calibration, linear, linear_rows
from bot.understanding.calibration import Evidence, Truths, built_in, fit
from bot.understanding.concepts import concepts_of
from bot.understanding.concepts_life import LIFE
from bot.understanding.concepts_service import SERVICE
from bot.understanding.dialect import bases_of
from bot.understanding.faq import ANSWER_CONFIDENCE, VERBATIM, FaqIndex
from bot.understanding.features import MAX_WORDS, Floats, Ints, distinct, features_of, shares_of
from bot.understanding.likeness import Likeness
from bot.understanding.normalise import words_of
from bot.understanding.ranking import Phrasing, Ranking


@dataclass(frozen=True)
class Entry:
    id: str
    questions: Mapping[str, tuple[str, ...]]
    answers: Mapping[str, str] = field(default_factory=dict)
    category: str = ""


TOPICS = {
    "hours": ("when do you open", "opening hours", "what time do you close", "are you open today"),
    "price": ("how much is a brick", "price of bricks", "brick price list", "what does a brick cost"),
    "delivery": ("do you deliver to my town", "delivery areas", "where do you deliver", "home delivery"),
    "job": ("are you hiring", "how to apply for a job", "job vacancies", "send my cv"),
}
SHOP = [Entry(topic, {"en": texts}) for topic, texts in TOPICS.items()]


def phrasings() -> list[Phrasing]:
    return [
        Phrasing(number, tuple(words_of(text)))
        for number, texts in enumerate(TOPICS.values())
        for text in texts
    ]


def test_a_word_stands_for_its_form_its_stems_its_concept_and_its_letters() -> None:
    found = features_of("livraisons")
    assert {"=livraisons", "~livraison", "@=delivery", " li", "ns "} <= set(found)
    assert "@=delivery" in features_of("tawsil")
    assert features_of("open today") == ("=open today",)


def test_a_pair_of_words_may_name_a_concept() -> None:
    assert set(features_of("top up")) & set(features_of("recharger")) == {"@top up"}


def test_a_word_of_many_meanings_says_each_of_them_less() -> None:
    weights = dict(zip(features_of("شحن"), shares_of("شحن"), strict=True))
    meanings = [weight for feature, weight in weights.items() if feature[0] == "@"]
    assert len(meanings) >= 2
    assert sum(weight**2 for weight in meanings) == pytest.approx(weights["=شحن"] ** 2)


@pytest.mark.parametrize(
    ("word", "base", "concept"),
    [("ماتقبلتش", "تقبلت", "declined"), ("كنستني", "نستني", "wait"), ("تسرقتلي", "سرقت", "stolen"),
     ("عالكارط", "كارط", "card"), ("ماوصلتش", "وصلت", "arrive")],
)  # fmt: skip
def test_a_maghrebi_word_is_taken_apart_until_a_known_one_remains(word: str, base: str, concept: str) -> None:
    assert base in bases_of(word)
    assert {each.strip("=") for each in concepts_of(word)} >= {concept}
    assert ("not" in concepts_of(word)) == word.endswith("ش")


def test_a_short_word_is_not_taken_for_a_denied_one() -> None:
    assert "not" not in concepts_of("معاش")
    assert "عا" not in bases_of("معاش")


def test_the_tables_of_concepts_name_none_twice_and_hold_words_or_pairs() -> None:
    assert not SERVICE.keys() & LIFE.keys()
    terms = [term for written in (SERVICE | LIFE).values() for term in written.split()]
    assert len(terms) > 3_000
    assert [term for term in terms if not 1 <= len(words_of(term.replace("_", " "))) <= 2] == []


def test_a_text_is_cut_to_so_many_words() -> None:
    words = [f"w{number}" for number in range(10_000)]
    assert len([each for each in distinct(words) if " " not in each]) == MAX_WORDS


def test_the_gram_matrix_says_the_same_as_the_postings() -> None:
    texts = [phrasing.words for phrasing in phrasings()] * 5  # often enough to have dense columns
    likeness = Likeness(texts)
    one_by_one = np.array([likeness.to(words) for words in texts])
    np.testing.assert_allclose(likeness.gram(), one_by_one, atol=1e-5)


def test_a_phrasing_is_most_like_itself_and_unknown_words_make_a_text_less_like() -> None:
    likeness = Likeness([phrasing.words for phrasing in phrasings()])
    known = likeness.to(words_of("brick price list"))
    diluted = likeness.to(words_of("brick price list xylophone"))
    assert int(known.argmax()) == int(diluted.argmax()) == 6
    assert diluted.max() < known.max()
    assert likeness.to(words_of("xylophon qqq")).max() < 0.2


def test_both_ways_to_learn_come_to_the_same_scores() -> None:
    asked = phrasings()
    entries = np.array([each.entry for each in asked])
    weights = np.ones(len(asked), np.float32)
    likeness = Likeness([each.words for each in asked])
    gram = likeness.gram()
    short = linear.solve_inverse(linear.inverse_of(gram, weights), entries, weights, len(TOPICS))
    long = linear_rows.solve_few(
        likeness.rows, entries, weights, features=likeness.features, size=len(TOPICS), epochs=60
    )
    scores = [linear.score(gram, shares, linear.bias_of(shares)) for shares in (short, long)]
    np.testing.assert_allclose(scores[0], scores[1], atol=0.08)
    assert (scores[0].argmax(axis=1) == entries).all()


def test_leaving_phrasings_out_is_the_same_as_never_having_had_them() -> None:
    asked = phrasings()
    kept = np.array([number for number in range(len(asked)) if number % 4])
    left_out = np.setdiff1d(np.arange(len(asked)), kept)
    entries = np.array([each.entry for each in asked])[kept]
    weights = np.ones(len(asked), np.float32)
    gram = Likeness([each.words for each in asked]).gram()
    whole = linear.inverse_of(gram, weights)
    without = linear.solve_without(whole, kept, left_out, entries, weights[kept], len(TOPICS))
    never = linear.inverse_of(gram[np.ix_(kept, kept)], weights[kept])
    anew = linear.solve_inverse(never, entries, weights[kept], len(TOPICS))
    np.testing.assert_allclose(without, anew, atol=1e-3)


def random_list(entries: int, each: int) -> tuple[Likeness, Ints, Floats]:
    random = np.random.default_rng(3)
    topics = random.integers(0, 400, (entries, 6))
    texts = [
        [f"word{number}" for number in random.choice(topics[entry], 4, replace=False)]
        for entry in range(entries)
        for _ in range(each)
    ]
    return Likeness(texts), np.repeat(np.arange(entries), each), np.ones(entries * each, np.float32)


def test_the_matrix_inverted_by_halves_is_the_inverse() -> None:
    likeness, _, weights = random_list(130, 4)
    regular = likeness.gram() + linear.BIAS + np.diag(linear.RIDGE / weights)
    np.testing.assert_allclose(
        regular @ linear.inverse_of(likeness.gram(), weights), np.eye(len(weights)), atol=2e-3
    )


def test_a_fit_begun_where_a_like_one_ended_comes_to_the_same() -> None:
    likeness, entries, weights = random_list(30, 6)
    inverse = linear.inverse_of(likeness.gram(), weights)
    kept = np.arange(len(entries))[np.arange(len(entries)) % 6 > 0]
    left_out = np.setdiff1d(np.arange(len(entries)), kept)
    start = linear.targets_of(inverse, entries, weights, 30)
    fits = [
        linear.solve_without(inverse, kept, left_out, entries[kept], weights[kept], 30, start=begin)
        for begin in (None, start[kept])
    ]
    scores = [likeness.gram()[np.ix_(left_out, kept)] @ shares for shares in fits]
    np.testing.assert_allclose(scores[0], scores[1], atol=0.08)


def test_many_entries_each_told_apart_from_the_nearest_find_what_all_together_find() -> None:
    likeness, entries, weights = random_list(200, 5)
    gram = linear.raised(likeness.gram())
    together = linear.solve_inverse(linear.inverse_of(gram, weights), entries, weights, 200)
    apart = linear_rows.solve_many(likeness.rows, entries, weights, size=200)
    asked = np.random.default_rng(4).permutation(len(entries))[:150]
    best = np.array([(apart.of(gram[at]) + apart.bias()).argmax() for at in asked])
    assert (best == entries[asked]).mean() >= 0.97
    wanted = linear.score(gram[asked], together, linear.bias_of(together)).argmax(axis=1)
    assert (best == wanted).mean() >= 0.95


def test_the_likeness_of_listed_phrasings_is_the_same_by_rows_as_by_words() -> None:
    texts = [phrasing.words for phrasing in phrasings()]
    likeness = Likeness(texts)
    by_words = np.array([likeness.to(texts[place]) for place in (0, 5, 9)])
    np.testing.assert_allclose(likeness.of((0, 5, 9)), by_words, atol=1e-5)


def test_the_more_speaks_for_an_entry_the_more_probable_it_is() -> None:
    calibrated = built_in(0.95)
    weak, strong = Evidence(-0.8, 0.1, 0.2, 0.0, 5, 0.3), Evidence(0.6, 1.2, 0.8, 0.4, 5, 0.9)
    doubtful, likely = calibrated.probability(weak), calibrated.probability(strong)
    assert doubtful < 0.2 < 0.9 < likely
    assert calibrated.confidence(doubtful, 0.7) < 0.7 <= calibrated.confidence(likely, 0.7) < VERBATIM
    assert calibrated.confidence(calibrated.limit, 0.7) == pytest.approx(0.7)


def held_out(count: int, *, strangers_like: float) -> tuple[list[Evidence], Truths, Truths]:
    random = np.random.default_rng(5)
    strange = np.arange(count) % 4 == 0
    scores = np.where(strange, strangers_like, 0.4) + random.normal(0, 0.3, count)
    right = ~strange & (random.random(count) < 0.9)
    evidence = [
        Evidence(float(each), float(each) + 0.6, 0.5 + float(each) / 4, 0.1, 6, 0.6) for each in scores
    ]
    return evidence, right, strange


@pytest.mark.parametrize("strangers_like", [-0.9, -0.2, 0.3])
def test_the_threshold_keeps_the_precision_and_rises_with_likelier_strangers(strangers_like: float) -> None:
    evidence, right, strange = held_out(2_000, strangers_like=strangers_like)
    terms = np.array([each.terms() for each in evidence])
    calibrated = fit(terms, right, strange, 0.85)
    given = np.array([calibrated.probability(each) >= calibrated.limit for each in evidence])
    weights = np.where(strange, calibration.STRANGERS * 4, (1 - calibration.STRANGERS) * 4 / 3)
    if given.any():
        chance = (0.85 * 0.15 / given.sum()) ** 0.5
        assert (weights * right)[given].sum() / weights[given].sum() >= 0.85 - chance
    easier = fit(terms, right, strange, 0.6)
    assert easier.limit <= calibrated.limit


def test_where_nothing_tells_strangers_apart_hardly_anything_is_answered() -> None:
    evidence, right, strange = held_out(2_000, strangers_like=0.4)
    calibrated = fit(np.array([each.terms() for each in evidence]), right, strange, 0.95)
    given = [calibrated.probability(each) >= calibrated.limit for each in evidence]
    assert sum(given) < 100


def test_without_anything_held_out_the_built_in_calibration_is_used() -> None:
    none = np.zeros(0, np.bool_)
    assert fit(np.zeros((0, 7)), none, none, 0.95) == built_in(0.95)
    assert built_in(0.99).limit > built_in(0.95).limit > built_in(0.9).limit


def test_the_same_faq_gives_the_same_confidence() -> None:
    one, other = FaqIndex.build(SHOP), FaqIndex.build(SHOP)
    for text in ("brick prices please", "can I work for you", "closing time"):
        assert one.search(text, "en") == other.search(text, "en")


@pytest.mark.parametrize(
    ("text", "entry"),
    [("WHAT TIME DO YOU CLOSE???", "hours"), ("brik prise", "price"), ("delivry aeras", "delivery"),
     ("vacansies", "job"), ("b‍rick pr‌ice", "price"), ("‏opening hours‏", "hours")],
)  # fmt: skip
def test_mistakes_and_invisible_characters_do_not_hide_the_entry(text: str, entry: str) -> None:
    assert FaqIndex.build(SHOP).search(text, "en")[0].entry_id == entry


@pytest.mark.parametrize(
    "text",
    ["", " ", "?", "👍👍🏽👩‍👩‍👧", "‏‏‮", "‍‌", "x", "7", "орening hоurs" * 3,
     "a " * 50_000, "ا" * 100_000, "1234567890" * 10_000, "\x00\x01", "Ω≈ç√"],
)  # fmt: skip
def test_whatever_is_written_nothing_breaks_and_nonsense_is_not_answered(text: str) -> None:
    found = FaqIndex.build(SHOP).search(text, "en")
    assert [match for match in found if match.confidence >= ANSWER_CONFIDENCE] == []


def test_an_faq_with_one_entry_answers_its_own_question_and_refuses_strangers() -> None:
    index = FaqIndex.build([Entry("hours", {"en": ("when do you open",), "fr": ()})])
    assert index.search("when do you open", "en")[0].confidence == VERBATIM
    assert index.search("who won the football match", "fr")[0].confidence < ANSWER_CONFIDENCE


def test_entries_that_contradict_each_other_are_both_suggested_and_neither_answered() -> None:
    same = ("when do you open", "opening hours")
    index = FaqIndex.build([Entry("a", {"en": same}), Entry("b", {"en": same}), SHOP[1], SHOP[2]])
    found = index.search("opening hours", "en")
    assert {match.entry_id for match in found[:2]} == {"a", "b"}
    assert found[0].confidence < ANSWER_CONFIDENCE


def test_an_entry_without_words_is_never_found_and_hurts_nobody() -> None:
    index = FaqIndex.build([Entry("blank", {"en": ("???", "")}), *SHOP])
    assert index.search("price of bricks", "en")[0].entry_id == "price"
    assert "blank" in index
    assert FaqIndex.build([Entry("blank", {"en": ("?",)})]).search("price", "en") == []


def test_an_entrys_id_says_what_it_is_about() -> None:
    named = [
        Entry("spare_keys-2", {"en": ("can I get another one",)}),
        Entry("q7", {"en": ("can I get it sooner",)}),
        *SHOP,
    ]
    assert FaqIndex.build(named).search("keys, a spare", "en")[0].entry_id == "spare_keys-2"


def test_given_strangers_that_look_like_questions_of_ours_make_it_stricter() -> None:
    asked = phrasings()
    near = [("price", "of", f"brick{number}", "lists") for number in range(40)]
    far = [(f"zzz{number}", f"qqq{number}") for number in range(40)]
    limits = [
        Ranking(asked, len(TOPICS), precision=0.95, strangers=strangers).calibration.limit
        for strangers in (near, far)
    ]
    assert limits[0] >= limits[1]
    held_out = Ranking(asked, len(TOPICS), precision=0.95, strangers=near).calibration.held_out
    assert held_out == Ranking(asked, len(TOPICS), precision=0.95).calibration.held_out + 40 - len(asked)


def test_the_answers_words_find_an_entry_that_has_only_a_title() -> None:
    titles = [
        Entry("a", {"en": ("Guarantee",)}, {"en": "Every tile is replaced free of charge for ten years."}),
        Entry("b", {"en": ("Payment",)}, {"en": "You may pay by card, in cash or by bank transfer."}),
        Entry("c", {"en": ("Contact",)}, {"en": "Ring the yard between eight and noon."}),
    ]
    index = FaqIndex.build(titles)
    assert index.search("is a tile replaced for free?", "en")[0].entry_id == "a"
    assert index.search("can I use a bank transfer", "en")[0].entry_id == "b"


def test_phrasings_of_two_entries_that_are_alike_are_named() -> None:
    index = FaqIndex.build([*SHOP, Entry("cost", {"en": ("brick price lists", "quotation")})])
    pairs = index.alike(0.7)
    assert pairs[0][:4] == ("price", "brick price list", "cost", "brick price lists")
    assert 0.7 <= pairs[0][4] <= 1.01


def test_what_an_entry_knows_of_a_question_is_the_same_for_a_left_out_one() -> None:
    texts = [words_of(text) for text in ("brick price list", "price of bricks", "when do you open")]
    likeness = Likeness(texts)
    known = likeness.known(likeness.heard(texts[0]))
    assert known[0] == pytest.approx(1.0, abs=1e-5)
    assert 0.3 < known[1] < 0.7
    assert [likeness.known_to(0, [place]) for place in range(3)] == pytest.approx(known, abs=0.05)
    assert likeness.known_to(0, []) == 0.0
    strange = likeness.known(likeness.heard(words_of("brick price list xylophone")))
    assert 0.2 < strange[0] < 0.8


def test_a_stricter_precision_never_answers_more() -> None:
    asked = phrasings()
    limits = [Ranking(asked, len(TOPICS), precision=wanted).calibration.limit for wanted in (0.8, 0.9, 0.98)]
    assert limits == sorted(limits)
