"""Things people buy or use, by their everyday names: what a complaint is about where there is no catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.understanding.normalise import word_set, words_of
from bot.understanding.phrases import Phrase, PhraseIndex

_NAMES = """
telephone, telephones, smartphone, portable, mobile, iphone, tablette, ordinateur, ordi, pc, laptop,
ecran, clavier, souris, imprimante, casque, ecouteurs, enceinte, chargeur, cable, batterie, montre,
camera, appareil photo, console, manette, tele, televiseur, television, decodeur, modem, routeur, fibre,
internet, wifi, connexion, ligne, carte sim, application, appli, app, site, site web, logiciel, carte
bancaire, carte, refrigerateur, frigo, congelateur, four, micro ondes, machine a laver, lave linge, lave
vaisselle, seche linge, aspirateur, fer a repasser, mixeur, robot, blender, cafetiere, machine a cafe,
bouilloire, grille pain, climatiseur, clim, climatisation, chauffage, chauffe eau, chaudiere, radiateur,
ventilateur, canape, fauteuil, chaise, chaises, table, lit, matelas, armoire, placard, commode, etagere,
lampe, tapis, rideau, rideaux, miroir, coussin, drap, couette, vaisselle, assiette, assiettes, verre,
verres, tasse, tasses, casserole, poele, robe, pantalon, jean, chemise, t shirt, pull, pullover, veste,
manteau, blouson, chaussure, chaussures, baskets, bottes, sandales, sac, sac a dos, valise, lunettes,
bague, collier, bracelet, parfum, creme, shampoing, maquillage, voiture, moto, scooter, velo, trottinette,
pneu, pneus, moteur, frein, freins, poussette, jouet, jouets, poupee, cahier, pizza, burger, sandwich,
tacos, couscous, viande, poulet, poisson, soupe, salade, gateau, pain, cafe, jus, yaourt, lait, fromage,
fruits, brique, briques, carreaux, carrelage, tuile, tuiles, parpaings, hourdis, ciment, sable, peinture,
porte, fenetre, robinet, evier, lavabo, douche, perceuse, tondeuse, medicament, medicaments, billet,
billets, prothese, cuisine, piscine, phone, cell phone, computer, tablet, screen, keyboard, mouse,
printer, headphones, earphones, earbuds, speaker, charger, battery, watch, game, tv, router, broadband,
website, software, credit card, debit card, fridge, freezer, oven, microwave, washing machine, washer,
dishwasher, dryer, vacuum, vacuum cleaner, kettle, toaster, coffee machine, coffee maker, heater, boiler,
air conditioner, air conditioning, heating, fan, sofa, couch, armchair, chair, chairs, bed, mattress,
wardrobe, shelf, desk, lamp, carpet, rug, curtains, mirror, pillow, blanket, plates, glasses, cups, mugs,
cup, mug, pan, dress, trousers, jeans, shirt, sweater, jumper, jacket, coat, shoes, shoe, sneakers,
trainers, boots, sandals, bag, backpack, suitcase, sunglasses, necklace, perfume, cream, car, motorbike,
bike, bicycle, tyre, tyres, tire, tires, engine, brakes, stroller, pram, toy, toys, doll, chicken, fish,
soup, salad, cake, bread, coffee, tea, juice, yogurt, milk, cheese, fries, meal, steak, bricks, brick,
tiles, cement, paint, door, window, tap, sink, shower, drill, lawnmower, lawn mower, medicine, tickets,
vase, elevator, lift, pool, cooker, stove, هاتف, حاسوب, كمبيوتر, لابتوب, شاشه, طابعه, سماعه, سماعات, شاحن,
بطاريه, ساعه, كاميرا, تلفاز, تلفزيون, تلفزه, مودم, انترنت, واي فاي, ويفي, فيبر, تطبيق, موقع, بطاقه, ثلاجه,
فرن, غساله, مكنسه, خلاط, مكيف, مدفاه, تدفيه, سخان, مروحه, اريكه, كنبه, كرسي, كراسي, طاوله, سرير, خزانه,
مصباح, سجاده, ستاير, مراه, صحون, كووس, اكواب, فستان, سروال, قميص, معطف, حذاء, حقيبه, نظارات, نظاره, خاتم,
عطر, سياره, دراجه, عجلات, محرك, لعبه, كتاب, بيتزا, دجاج, سمك, حساء, سلطه, كعكه, خبز, قهوه, شاي, عصير,
حليب, جبن, لحم, اجر, بلاط, اسمنت, طلاء, باب, نافذه, دواء, طوب, قرميد, مغسله, حنفيه, تذاكر, تيليفون,
تليفون, بورطابل, فريجيدير, فريجو, ماشينه, كليماتيزور, كليم, شوفاج, صباط, كارطه, لاكارط, امبريمانت,
لامبريمانت, كونيكسيون, ابليكاسيون, سيت, كوافيس, طابله, فوطوي, كنابي, ماطلا, لوطو, طوموبيل, موطور, بيسكليت,
ساك, ياجور, سيمان, كاسكيط, كابل, تابلات, بيسي, ميكرو, كافي, قهيوه, طاكوس, كسكس, روبه, فيستا, مونتر, نضاضر,
باراسول, جاج, tilifoun, telifoun, tilifon, portabl, mobilat, micro, frigidaire, tellaja, machina, klima,
chofaj, tilivizion, tilfaza, telfaza, sebbat, sabat, spadri, serwal, qamija, keswa, roba, saya, vista,
magana, ndader, kersi, korsi, krasa, tabla, kanapi, fotoy, farach, matla, zarbiya, tomobil, loto,
bisklita, vilo, bateri, charjour, kabl, kask, wi fi, konexion, cnx, sim, la puce, puce, 9ahwa, kahwa,
atay, khobz, djaj, l7em, 7lib, 3asir, gato, yajour, lyajour, lbrik, briyk, siman, zlij, dwa, sak, valiza,
kartouche
"""
_POSSESSIVES = word_set("mon ma mes notre nos my our un une des le la les the a l")
_OWNED_AFTER = word_set("تاعي ديالي نتاعي تاعنا ديالنا ta3i dyali nta3i ta3na dyalna te3i")
NOT_GOODS = word_set(
    """
    commande commandes cmd colis paquet livraison remboursement argent compte facture dossier reclamation plainte
    demande paiement reponse message mail rendez rdv adresse numero nom client probleme souci retour service contrat
    abonnement virement reservation chambre chantier maison fils fille mari femme mere pere bebe enfant ticket avocat
    produit produits article articles faute vol avion train mot temps jour semaine mois travail cas tout part
    order orders parcel package delivery refund money account invoice bill case complaint claim request payment reply
    message email appointment address number name customer problem issue return service contract subscription booking
    room house son daughter husband wife mother father baby child kid lawyer ticket item items product products flight
    luggage time day week month work site job seat question card reservation luggage data fault life mum mom friend
    lcommande talabiya flous flousi drahem drahmi l7a9 mochkil
    """
)
MOST: Final = 3


def _spoken(name: str) -> set[tuple[str, ...]]:
    words = tuple(words_of(name))
    forms = {words} if words else set()
    if words and words[0].isascii():
        forms |= {(f"l{words[0]}", *words[1:]), (f"{words[0]}s", *words[1:])}
    return forms


_INDEX = PhraseIndex(
    Phrase(name, 1.0, words)
    for name in dict.fromkeys(map(str.strip, _NAMES.replace("\n", " ").split(",")))
    if name
    for words in _spoken(name)
)


def goods_in(tokens: Sequence[str]) -> tuple[str, ...]:
    """Names of goods in the order of the text, in the customer's folded words; the longest where they overlap."""
    hits = sorted(_INDEX.find(tokens), key=lambda hit: (hit.start, -hit.end))
    found: dict[str, None] = {}
    reached = 0
    for hit in hits:
        if hit.start >= reached:
            found[" ".join(tokens[hit.start : hit.end])] = None
            reached = hit.end
    if not found and (owned := _owned(tokens)):
        found[owned] = None
    return tuple(found)[:MOST]


def _owned(tokens: Sequence[str]) -> str:
    """A thing called "my …": nobody can list them all."""
    for at, token in enumerate(tokens):
        if token in _OWNED_AFTER and at and tokens[at - 1] not in NOT_GOODS:
            return tokens[at - 1]
        if token in ("my", "mon", "ma", "mes") and at + 1 < len(tokens):
            thing = tokens[at + 1]
            if thing not in NOT_GOODS and thing.isalpha() and len(thing) >= 3:
                return thing
    return ""
