"""Corrections learnt on top of the shipped model: they are heeded, and the rest stays as it was."""

from __future__ import annotations

import numpy as np

from bot.phrasings.lessons import FARTHEST, Lesson, taught
from bot.understanding.faq import FaqIndex
from bot.understanding.intent_model import ROUTES, IntentModel, intent_model
from bot.understanding.intent_tasks import EIGHT, taught_by
from bot.understanding.reading import Understanding
from bot.understanding.route import complains, route_of
from tests.unit.intent_messages import ROUTED

SLANG = (
    "the flurbo is all wonky",
    "my flurbo went wonky overnight",
    "wonky flurbo, second one",
    "this flurbo came wonky",
)
COMPLAINTS = [Lesson(text=text, wishes={"complaint": True, "question": False}) for text in SLANG]


def likely(model: IntentModel, text: str, wish: str) -> float:
    return Understanding(FaqIndex([]), model=model).read(text).intents.likely[wish]


def test_a_lesson_is_heeded_for_messages_like_it() -> None:
    model = taught(intent_model(), COMPLAINTS)
    fresh = "another wonky flurbo in my kitchen"
    assert likely(model, fresh, "complaint") > likely(intent_model(), fresh, "complaint") + 0.2
    assert complains(Understanding(FaqIndex([]), model=model).read(SLANG[0]).intents)


def test_a_lesson_the_other_way_round_takes_a_wish_away() -> None:
    text = "the blue zorp is broken in nicely, as it should"
    unlearnt = taught(intent_model(), [Lesson(text=text, wishes={"complaint": False})])
    assert likely(unlearnt, text, "complaint") < likely(intent_model(), text, "complaint")


def test_the_rest_is_not_unlearnt() -> None:
    learnt = Understanding(FaqIndex([]), model=taught(intent_model(), COMPLAINTS * 25))
    shipped = Understanding(FaqIndex([]))
    same = [
        route_of(learnt.read(text).intents, EIGHT).name == route_of(shipped.read(text).intents, EIGHT).name
        for _, text in ROUTED
    ]
    assert sum(same) >= 0.95 * len(same)


def test_no_weight_moves_far_and_the_shipped_model_stays() -> None:
    before = intent_model().model.weights[0].copy()
    moved = taught(intent_model(), COMPLAINTS * 50).model.weights[0]
    assert 0 < np.abs(moved - before).max() <= FARTHEST + 1e-5
    assert np.array_equal(before, intent_model().model.weights[0])


def test_the_same_lessons_give_the_same_model_and_none_the_shipped_one() -> None:
    one, other = (taught(intent_model(), COMPLAINTS).model.weights[0] for _ in range(2))
    assert np.array_equal(one, other)
    assert taught(intent_model(), []) is intent_model()


def test_a_training_line_says_what_its_task_asks() -> None:
    assert taught_by("complaint", {"text": "x", "label": "1"}) == {"complaint": True}
    assert taught_by("person", {"text": "x", "label": "other"}) == {"person": False}
    assert taught_by("severity", {"text": "x", "severity": "critical"}) == {"critical": True}
    routes = taught_by("intent", {"text": "x", "labels": ["handoff", "complaint"]})
    assert {wish for wish, wished in routes.items() if wished} == {"person", "complaint"}
    assert routes.keys() == set(ROUTES)
    assert taught_by("intent", {"text": "x", "label": "weather"}) == {}
