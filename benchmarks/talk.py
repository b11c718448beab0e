"""What the customers of the benchmark say: real questions and complaints, in three languages, mistakes included."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

_SCRIPTS: tuple[tuple[str, ...], ...] = (
    (
        "bonjour",
        "vous ouvrez a quelle heure le samedi ?",
        "et le prix de la brique B12 svp",
        "merci beaucoup",
    ),
    ("السلام عليكم", "ما هي أوقات العمل؟", "كيف يمكنني الدفع؟", "شكرا"),
    ("hello", "do you deliver to Setif?", "how can i pay my invoice", "thanks a lot"),
    ("livraison possible a tizi ouzou ?", "c koi la difference entre B8 et B12", "ou est votre depot"),
    (
        "Je ne suis pas content du tout, la livraison de mercredi est arrivée avec la moitié des briques cassées",
        "des B12, commande 45871",
        "depuis mercredi",
        "passer",
        "un échange",
        "oui",
    ),
    (
        "اشتكي من جودة الآجر، وصل مكسورا",
        "B8",
        "منذ أسبوع",
        "لا أعرف",
        "تعويض",
        "نعم",
    ),
    (
        "I want to complain, my order of hourdis came two weeks late and nobody answered the phone",
        "order 99120",
        "skip",
        "a refund",
        "yes",
    ),
    ("wach kayen livraison l bejaia", "chhal dir brique", "sahit"),
    ("asdkjh qwe zxc", "le chat mange la souris dans le jardin", "parler à un conseiller"),
    ("où est ma réclamation ?", "vos tarifs pour les professionnels", "au revoir"),
)


def messages(count: int, *, conversations: int, run: str) -> Iterator[bytes]:
    """Bodies for the sandbox's hook: each conversation follows one script, again and again, in turn."""
    position = 0
    for number in range(count):
        customer = number % conversations
        script = _SCRIPTS[customer % len(_SCRIPTS)]
        position = number // conversations
        text = script[position % len(script)]
        yield orjson.dumps(
            {
                "id": f"{run}-{number}",
                "from": f"+2135{run[:2]}{customer:06d}",
                "text": text,
                "order": position + 1,
            }
        )
