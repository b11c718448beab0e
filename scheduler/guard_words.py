"""Why a message is left out or waits, in words for the people who plan it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_LATE: Final = {
    "fr": " Ce serait ensuite trop tard pour ce message.",
    "ar": " وبعد ذلك يكون الأوان قد فات على هذه الرسالة.",
    "en": " After that it would be too late for this message.",
}

REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "contact_gone": {
        "fr": "Ce contact n’existe plus.",
        "ar": "لم تعد جهة الاتصال هذه موجودة.",
        "en": "This contact exists no more.",
    },
    "unmarked": {
        "fr": "On ne sait pas à quel contact ce message s’adresse.",
        "ar": "لا يُعرف إلى أي جهة اتصال تتوجه هذه الرسالة.",
        "en": "It is not known which contact this message is for.",
    },
    "no_address": {
        "fr": "Ce contact n’a pas d’adresse sur ce canal.",
        "ar": "ليس لجهة الاتصال هذه عنوان على هذه القناة.",
        "en": "This contact has no address on this channel.",
    },
    "suppressed": {
        "fr": "L’adresse figure sur la liste des adresses à ne jamais contacter.",
        "ar": "العنوان مدرج في قائمة العناوين التي لا يُتصل بها أبدًا.",
        "en": "The address stands on the list of those never to be contacted.",
    },
    "bad_address": {
        "fr": "L’adresse ne peut plus être jointe ({state}).",
        "ar": "لم يعد بالإمكان الوصول إلى هذا العنوان ({state}).",
        "en": "The address can no longer be reached ({state}).",
    },
    "opted_out": {
        "fr": "Le contact a demandé à ne plus recevoir ces messages ({at}).",
        "ar": "طلبت جهة الاتصال عدم تلقي هذه الرسائل ({at}).",
        "en": "The contact asked not to receive these messages ({at}).",
    },
    "no_consent": {
        "fr": "Le contact n’a pas donné son accord pour ces messages ({purpose}).",
        "ar": "لم توافق جهة الاتصال على تلقي هذه الرسائل ({purpose}).",
        "en": "The contact has not agreed to receive these messages ({purpose}).",
    },
    "never_in_touch": {
        "fr": "Le contact ne nous a jamais écrit ni rien acheté : pas de message promotionnel.",
        "ar": "لم تراسلنا جهة الاتصال ولم تشترِ منا قط: لا رسائل ترويجية.",
        "en": "The contact never wrote to us nor bought anything: no promotional message.",
    },
    "complaint_open": {
        "fr": "Une réclamation de ce contact est en cours.",
        "ar": "لدى جهة الاتصال شكوى قيد المعالجة.",
        "en": "A complaint of this contact is still open.",
    },
    "duplicate": {
        "fr": "Un autre contact reçoit déjà ce message à la même adresse.",
        "ar": "تتلقى جهة اتصال أخرى هذه الرسالة على العنوان نفسه.",
        "en": "Another contact gets this message at the same address already.",
    },
    "window_closed": {
        "fr": "WhatsApp n’accepte ici qu’un modèle approuvé, et ce message n’en a pas.",
        "ar": "لا يقبل واتساب هنا إلا قالبًا معتمدًا، وليس لهذه الرسالة قالب.",
        "en": "WhatsApp takes only an approved template here, and this message has none.",
    },
    "missing_variable": {
        "fr": "Il manque une donnée dont le texte a besoin : {names}.",
        "ar": "تنقص معلومة يحتاجها النص: {names}.",
        "en": "Something the text needs is missing: {names}.",
    },
    "banned_word": {
        "fr": "Le texte contient une expression interdite : « {word} ».",
        "ar": "يحتوي النص على عبارة ممنوعة: «{word}».",
        "en": "The text holds a banned expression: “{word}”.",
    },
    "bad_link": {
        "fr": "Ce lien ne peut pas être envoyé : {link}. Il faut https et un site autorisé, sans raccourcisseur.",
        "ar": "لا يمكن إرسال هذا الرابط: {link}. يلزم https وموقع مسموح به ودون خدمة تقصير.",
        "en": "This link can’t be sent: {link}. It needs https and an allowed site, without a shortener.",
    },
    "no_way_out": {
        "fr": "Le message ne dit pas comment se désinscrire : il faut un lien de désinscription ou le mot STOP.",
        "ar": "لا تبيّن الرسالة كيفية إلغاء الاشتراك: يلزم رابط لإلغاء الاشتراك أو كلمة STOP.",
        "en": "The message does not say how to unsubscribe: it needs an unsubscribe link or the word STOP.",
    },
    "too_long": {
        "fr": "Le texte est trop long pour ce canal : {size} au lieu de {limit}.",
        "ar": "النص أطول مما تسمح به هذه القناة: {size} بدلًا من {limit}.",
        "en": "The text is too long for this channel: {size} instead of {limit}.",
    },
    "too_late": {
        "fr": "Le moment de ce message est passé.",
        "ar": "فات أوان هذه الرسالة.",
        "en": "The time for this message has passed.",
    },
    "cap_day": {
        "fr": "Le contact a déjà reçu assez de messages promotionnels ce jour-là.",
        "ar": "تلقت جهة الاتصال ما يكفي من الرسائل الترويجية في ذلك اليوم.",
        "en": "The contact has had enough promotional messages that day.",
    },
    "cap_week": {
        "fr": "Le contact a déjà reçu assez de messages promotionnels en sept jours.",
        "ar": "تلقت جهة الاتصال ما يكفي من الرسائل الترويجية في سبعة أيام.",
        "en": "The contact has had enough promotional messages in seven days.",
    },
    "quiet_hours": {
        "fr": "C’est une heure calme chez le contact.",
        "ar": "الوقت لدى جهة الاتصال ضمن ساعات الهدوء.",
        "en": "It is a quiet hour where the contact lives.",
    },
    "weekday": {
        "fr": "Aucun message promotionnel ne part ce jour de la semaine.",
        "ar": "لا تُرسل رسائل ترويجية في هذا اليوم من الأسبوع.",
        "en": "No promotional message goes out on this day of the week.",
    },
    "holiday": {
        "fr": "C’est un jour férié ou de fermeture.",
        "ar": "إنه يوم عطلة أو إغلاق.",
        "en": "It is a public holiday or a day the company is closed.",
    },
}
"""Every code of `scheduler.guards`; a test checks that none is without words."""

_STATES: Final[Mapping[str, Mapping[str, str]]] = {
    "hard_bounce": {"fr": "adresse inexistante", "ar": "عنوان غير موجود", "en": "it does not exist"},
    "blocked": {"fr": "bloquée", "ar": "محظور", "en": "blocked"},
    "service": {"fr": "rappels", "ar": "تذكيرات", "en": "reminders"},
    "information": {"fr": "informations", "ar": "أخبار", "en": "news"},
    "offers": {"fr": "offres", "ar": "عروض", "en": "offers"},
}


def in_words(code: str, detail: Mapping[str, str], language: str) -> str:
    """The reason in fr, ar or en; another language reads English, an unknown code itself."""
    texts = REASONS.get(code)
    if texts is None:
        return code
    spoken = language if language in texts else "en"
    said = {name: _STATES.get(value, {}).get(spoken, value) for name, value in detail.items()}
    return texts[spoken].format_map(_Blank(said)) + (_LATE[spoken] if detail.get("late") else "")


class _Blank(dict[str, str]):
    """A detail nobody gave leaves a dash, never an error."""

    def __missing__(self, key: str) -> str:
        return "–"
