"""What the web chat itself says to a visitor: why something was not taken."""

from __future__ import annotations

from collections.abc import Sequence

_WORDS: dict[str, dict[str, str]] = {
    "malformed": {
        "fr": "Ce message n’a pas pu être lu. Veuillez recharger la page et réessayer.",
        "ar": "تعذّرت قراءة هذه الرسالة. يُرجى إعادة تحميل الصفحة والمحاولة من جديد.",
        "en": "This message could not be read. Please reload the page and try again.",
    },
    "empty": {
        "fr": "Le message est vide.",
        "ar": "الرسالة فارغة.",
        "en": "The message is empty.",
    },
    "too_long": {
        "fr": "Votre message est trop long ({limit} caractères au plus). Envoyez-le en plusieurs fois.",
        "ar": "رسالتك طويلة جدًا ({limit} حرف على الأكثر). يُرجى إرسالها على عدة مرات.",
        "en": "Your message is too long ({limit} characters at most). Please send it in parts.",
    },
    "too_many_files": {
        "fr": "Trop de fichiers dans un message ({limit} au plus).",
        "ar": "ملفات كثيرة في رسالة واحدة ({limit} على الأكثر).",
        "en": "Too many files in one message ({limit} at most).",
    },
    "bad_file": {
        "fr": "Ce fichier n’a pas pu être joint. Veuillez l’ajouter à nouveau.",
        "ar": "تعذّر إرفاق هذا الملف. يُرجى إضافته من جديد.",
        "en": "This file could not be attached. Please add it again.",
    },
    "file_too_large": {
        "fr": "Ce fichier est trop volumineux ({limit} Mo au plus).",
        "ar": "هذا الملف كبير جدًا ({limit} م.ب على الأكثر).",
        "en": "This file is too large ({limit} MB at most).",
    },
    "file_refused": {
        "fr": "Ce fichier est vide, endommagé ou n’est pas ce qu’il prétend être. Choisissez-en un autre.",
        "ar": "هذا الملف فارغ أو تالف أو ليس من النوع المعلن. يُرجى اختيار ملف آخر.",
        "en": "This file is empty, damaged or not what it claims to be. Please choose another.",
    },
    "slow_down": {
        "fr": "Beaucoup de messages à la fois : les suivants partent dans un instant.",
        "ar": "رسائل كثيرة دفعة واحدة: ستُرسَل البقية بعد لحظات.",
        "en": "Many messages at once: the next ones will leave in a moment.",
    },
    "overloaded": {
        "fr": "Nous n’avons pas pu enregistrer votre message. Il sera renvoyé dans un instant.",
        "ar": "لم نتمكن من تسجيل رسالتك. سيُعاد إرسالها بعد لحظات.",
        "en": "We could not save your message. It will be sent again in a moment.",
    },
    "forbidden": {
        "fr": "Cette page n’est pas autorisée à utiliser cette messagerie.",
        "ar": "هذه الصفحة غير مسموح لها باستعمال هذه المحادثة.",
        "en": "This page is not allowed to use this chat.",
    },
    "unauthorised": {
        "fr": "Votre session a expiré. Veuillez recharger la page.",
        "ar": "انتهت صلاحية جلستك. يُرجى إعادة تحميل الصفحة.",
        "en": "Your session has expired. Please reload the page.",
    },
    "not_found": {
        "fr": "Ce fichier n’existe plus.",
        "ar": "هذا الملف لم يعد موجودًا.",
        "en": "This file no longer exists.",
    },
}
CODES = frozenset(_WORDS)


def explain(code: str, language: str, **values: object) -> str:
    """The words for `code` in a visitor's language, English where we don't speak it."""
    words = _WORDS[code]
    return words.get(language[:2].lower(), words["en"]).format(**values)


def choose_language(hint: str, languages: Sequence[str]) -> str:
    """The first of ours that a `language` or Accept-Language hint asks for, else our first."""
    for wanted in hint.split(","):
        short = wanted.split(";")[0].strip().lower()[:2]
        if short in languages:
            return short
    return languages[0]
