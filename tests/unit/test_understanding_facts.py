"""Orders, amounts, dates and goods in many shapes, and what must not be taken for one."""

from __future__ import annotations

import pytest

from bot.understanding.evaluation import score_of
from bot.understanding.fact_matching import agree, found
from bot.understanding.facts import Catalogue, Facts, read_facts
from bot.understanding.faq import FaqIndex
from bot.understanding.goods import goods_in
from bot.understanding.normalise import clean, fold, tokens, words_of
from bot.understanding.reading import Understanding
from tests.unit.fact_messages import NAMED

ANY_THING = Catalogue(())


def facts(text: str) -> Facts:
    cleaned = clean(text)
    return read_facts(cleaned, tokens(fold(cleaned)), ANY_THING)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("j'attends ma commande n° 12 345 depuis mardi", "12 345"),
        ("order 00123842 still not here", "00123842"),
        ("CMD-2025-0142 pas reçue", "CMD-2025-0142"),
        ("#4567 where is it", "4567"),
        ("ma facture F-123 est fausse", "F-123"),
        ("facture n°2210 du 03/05/2025, 0555 11 22 33", "2210"),
        ("tel 0555112233 commande 61002", "61002"),
        ("arrivé le 14.06 au lieu du 10.06, ticket 5 99 12", "5 99 12"),
        ("commande du 12 mars 2025 numero 99123", "99123"),
        ("الكولي نتاعي رقم ٣٣٩١", "3391"),
        ("دفعت 3500 دينار للطلب 8812", "8812"),
        ("win rahi commande 8872 hadi 3 yam", "8872"),
        ("order 4521, 2 lamps broken", "4521"),
        ("tracking number XY44192KZ", "XY44192KZ"),
        ("commande de 500 briques", ""),
        ("commander 300 parpaings", ""),
        ("my order from 2024 never came", ""),
        ("chambre 214 le 14/06 à 15h30", ""),
        ("I paid 1,200 dollars", ""),
        ("my number is 0555 12 34 56", ""),
        ("order of 500 kg", ""),
    ],
)
def test_an_order_is_found_in_any_shape_and_nothing_else_is_one(text: str, order: str) -> None:
    assert facts(text).order == order


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("12 000 da", ("12 000 da",)),
        ("٣٠٠٠ دينار", ("3000 دينار",)),
        ("vous m'avez pris 4500DA deux fois", ("4500DA",)),
        ("I paid $50, then 20 euros", ("$50", "20 euros")),
        ("facturé la livraison 800 alors qu'elle est gratuite", ("800",)),
        ("il coûte 2 millions", ("2 millions",)),
        ("remboursez 150,50 € sur la commande 5512", ("150,50 €",)),
        ("la commande 5512 est payée", ()),
        ("trois briques", ()),
    ],
)
def test_amounts_are_kept_as_written(text: str, amounts: tuple[str, ...]) -> None:
    assert facts(text).amounts == amounts


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("livré le 12/03 au lieu du 10/03", ("le 12/03", "du 10/03")),
        ("bruit dps hier", ("dps hier",)),
        ("en panne depuis deux nuits", ("depuis deux nuits",)),
        ("promised on Monday, it is March 12", ("on Monday", "March 12")),
        ("hadi simana", ("hadi simana",)),
        ("راني نستنى هادي عام", ("هادي عام",)),
        ("commandé il y a 3 jours", ("il y a 3 jours",)),
        ("2025-03-12", ("2025-03-12",)),
        ("rien de neuf", ()),
        ("he sorted it in a minute", ()),
        ("15 pounds a month", ()),
        ("set an alarm", ()),
        ("take cash from an ATM", ()),
        ("open 24/7", ()),
        ("the 2nd floor", ()),
        ("I paid 66.1 dollars and $49.99", ()),
        ("from the 3rd to the 6th of January", ("from the 3rd", "the 6th of January")),
        ("I've been waiting, it's been a week", ("a week",)),
        ("in a few days or next Monday", ("a few days", "next Monday")),
        ("vu İstanbul hier soir", ("hier soir",)),
    ],
)
def test_every_date_day_and_duration_is_found(text: str, dates: tuple[str, ...]) -> None:
    assert facts(text).dates == dates


@pytest.mark.parametrize("field", ["date", "amount", "order_id"])
def test_nearly_every_fact_in_messages_of_five_writings_is_found(field: str) -> None:
    right = wrong = missed = 0
    for text, dates, amounts, order in NAMED:
        read = facts(text)
        named = {"date": dates, "amount": amounts, "order_id": (order,) if order else ()}[field]
        said = {"date": read.dates, "amount": read.amounts, "order_id": (read.order,) if read.order else ()}[
            field
        ]
        met = [each for each in named if any(agree(field, each, other) for other in said)]
        right, missed = right + len(met), missed + len(named) - len(met)
        wrong += max(len(said) - len(met), 0)
    assert score_of(right, wrong, missed).f1 >= 0.95


def test_when_something_happened_is_never_in_the_future() -> None:
    assert facts("samedi prochain vers 15h").since == ""
    assert facts("en panne depuis mardi, passez samedi prochain").since == "depuis mardi"


def test_without_a_catalogue_everyday_things_are_the_products() -> None:
    assert facts("ma machine à laver fuit").products == ("machine a laver",)
    assert facts("نقصني واحد الكرسي").products == ("كرسي",)
    assert facts("9ahwa kanet barda").products == ("9ahwa",)
    assert read_facts("ma machine", ["ma", "machine"], Catalogue(("B8",))).products == ()


def test_a_thing_nobody_listed_is_found_by_whose_it_is() -> None:
    assert goods_in(words_of("my trampoline has a hole")) == ("trampoline",)
    assert goods_in(words_of("mon trampoline est troué")) == ("trampoline",)
    assert goods_in(words_of("my refund has not come")) == ()
    assert goods_in(words_of("ma commande est en retard")) == ()


@pytest.mark.parametrize(
    ("field", "right", "said", "same"),
    [
        ("order_id", "CMD-4521", "cmd 4521", True),
        ("order_id", "4521", "4522", False),
        ("amount", "12000", "12 000 DA", True),
        ("amount", "1,200.50", "1200,50 €", True),
        ("amount", "120", "1200 da", False),
        ("date", "hier", "dps hier", True),
        ("date", "2025-05-03", "du 03/05/2025", True),
        ("date", "lundi", "mardi", False),
        ("product", "الكرسي", "كرسي", True),
        ("product", "machine a laver", "four", False),
    ],
)
def test_a_fact_agrees_however_it_is_spelt(field: str, right: str, said: str, same: bool) -> None:
    assert agree(field, right, said) is same


def test_a_product_counts_only_where_something_is_complained_of() -> None:
    plain = Understanding(FaqIndex([]))
    assert found(plain.read("my toaster is broken and nobody answers"), "product") == ["toaster"]
    assert found(plain.read("do you sell toasters?"), "product") == []
