"""The words of `/chat`, the page to try the widget on. The company and its goods are invented."""

from __future__ import annotations

from typing import Any

SHOP: dict[str, dict[str, Any]] = {
    "fr": {
        "itself": "Français",
        "claim": "La terre cuite, depuis la colline jusqu’à votre chantier.",
        "intro": "Briques, hourdis et tuiles cuits à Béjaïa, livrés sur palette partout dans le pays.",
        "talk": "Poser une question",
        "goods": "Nos produits",
        "bare": "Écrivez-nous : nous répondons ici, et une personne n’est jamais loin.",
        "nav": ("Produits", "Livraison", "Contact"),
        "products": (
            ("B8", "Brique B8", "Cloisons légères, 8 trous", "30 × 20 × 10 cm"),
            ("B12", "Brique B12", "Murs extérieurs, 12 trous", "30 × 20 × 15 cm"),
            ("H16", "Hourdis 16", "Planchers à poutrelles", "53 × 20 × 16 cm"),
        ),
        "promises_title": "Ce que vous pouvez attendre de nous",
        "promises": (
            ("Livraison suivie", "Le transporteur vous prévient la veille, puis une heure avant d’arriver."),
            ("Palettes contrôlées", "Une brique cassée\u202f? Une photo dans la discussion suffit."),
            ("Une vraie réponse", "Toute réclamation reçoit un numéro, un service et une date."),
        ),
        "foot": "Entreprise fictive, pour la démonstration.",
    },
    "ar": {
        "itself": "العربية",
        "claim": "الطين المشوي، من التلّة إلى ورشتكم.",
        "intro": "آجر وهوردي وقرميد مصنوع في بجاية، يُسلَّم على منصات في كل أنحاء البلاد.",
        "talk": "اطرح سؤالًا",
        "goods": "منتجاتنا",
        "bare": "راسلنا: نجيبك هنا، وهناك دائمًا شخص قريب لمساعدتك.",
        "nav": ("المنتجات", "التوصيل", "اتصل بنا"),
        "products": (
            ("B8", "آجر B8", "جدران فاصلة خفيفة، 8 ثقوب", "30 × 20 × 10 سم"),
            ("B12", "آجر B12", "جدران خارجية، 12 ثقبًا", "30 × 20 × 15 سم"),
            ("H16", "هوردي 16", "أسقف ذات عوارض", "53 × 20 × 16 سم"),
        ),
        "promises_title": "ما يمكنكم انتظاره منا",
        "promises": (
            ("توصيل متابَع", "يُعلمكم الناقل في اليوم السابق، ثم قبل ساعة من وصوله."),
            ("منصات مراقَبة", "آجرة مكسورة؟ صورة واحدة في المحادثة تكفي."),
            ("جواب حقيقي", "كل شكوى تنال رقمًا ومصلحة وتاريخًا."),
        ),
        "foot": "شركة خيالية، لأغراض العرض.",
    },
    "en": {
        "itself": "English",
        "claim": "Fired clay, from the hill to your building site.",
        "intro": "Bricks, hourdis and tiles made in Béjaïa, delivered on pallets all over the country.",
        "talk": "Ask a question",
        "goods": "Our products",
        "bare": "Write to us: we answer here, and a person is never far away.",
        "nav": ("Products", "Delivery", "Contact"),
        "products": (
            ("B8", "Brick B8", "Light partitions, 8 holes", "30 × 20 × 10 cm"),
            ("B12", "Brick B12", "Outer walls, 12 holes", "30 × 20 × 15 cm"),
            ("H16", "Hourdis 16", "Beam-and-block floors", "53 × 20 × 16 cm"),
        ),
        "promises_title": "What you can expect from us",
        "promises": (
            ("Delivery you can follow", "The driver tells you the day before, then an hour ahead."),
            ("Checked pallets", "A broken brick? One photo in the chat is enough."),
            ("A real answer", "Every complaint gets a number, a desk and a date."),
        ),
        "foot": "An invented company, for the demonstration.",
    },
}
