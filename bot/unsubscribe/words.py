"""What the pages of `/u/` say, in three languages."""

from __future__ import annotations

from typing import Any, Final

DIRECTION: Final = {"fr": "ltr", "ar": "rtl", "en": "ltr"}
ITSELF: Final = {"fr": "Français", "ar": "العربية", "en": "English"}

WORDS: Final[dict[str, dict[str, Any]]] = {
    "fr": {
        "title": "Vos messages de {company}",
        "for": "Pour {address}",
        "stop_lead": "Souhaitez-vous ne plus recevoir nos informations et nos offres sur ce canal ({channel}) ?",
        "stop_service_lead": "Souhaitez-vous ne plus recevoir nos rappels sur ce canal ({channel}) ?",
        "stop": "Me désinscrire",
        "stop_all": "Tout arrêter, sur tous les canaux",
        "always": "Nous continuerons à répondre à vos questions et à vos réclamations.",
        "choose": "Choisir ce que je reçois",
        "back": "Retour",
        "stopped": "C’est fait : vous êtes désinscrit.",
        "stopped_all": "C’est fait : vous ne recevrez plus aucun message que vous n’avez pas demandé.",
        "stopped_more": "Un message déjà en route peut encore vous parvenir.",
        "choices_lead": "Cochez ce que vous souhaitez recevoir, et par quel canal.",
        "nothing_reachable": "Nous n’avons aucune adresse pour vous écrire.",
        "less": "M’écrire moins souvent",
        "language": "Langue de nos messages",
        "save": "Enregistrer",
        "saved": "Vos choix sont enregistrés.",
        "asked": "Un message vous a été envoyé ({channels}) : confirmez, et ce que vous avez coché vous sera envoyé.",
        "write_start": "Pour recevoir de nouveau nos messages ({channels}), écrivez-nous START sur ce canal.",
        "confirm_lead": "Confirmez-vous que vous souhaitez recevoir : {what} ({channel}) ?",
        "confirm": "Oui, je confirme",
        "confirmed": "Merci, c’est noté. Vous pouvez changer d’avis à tout moment.",
        "expired": "Ce lien n’est plus valable. Rien n’a été changé.",
        "gone": "Nous n’avons plus de données à cette adresse : vous ne recevrez rien de nous.",
        "unknown": "Ce lien n’est pas complet ou n’est pas de nous. Rien n’a été changé.",
        "unknown_more": "Ouvrez de nouveau le lien du message, ou répondez-lui avec le mot STOP.",
        "later": "Un instant : cela n’a pas pu être enregistré. Veuillez réessayer.",
        "purposes": {
            "service": ("Rappels", "échéances, rendez-vous, entretien"),
            "information": ("Informations", "nouvelles de l’entreprise, vœux"),
            "offers": ("Offres", "promotions et nouveautés"),
        },
        "channels": {
            "email": "e-mail",
            "sms": "SMS",
            "whatsapp": "WhatsApp",
            "telegram": "Telegram",
            "webchat": "chat du site",
        },
        "legend": "Par {channel}",
    },
    "ar": {
        "title": "رسائلكم من {company}",
        "for": "للعنوان {address}",
        "stop_lead": "هل ترغبون في عدم تلقي أخبارنا وعروضنا على هذه القناة ({channel})؟",
        "stop_service_lead": "هل ترغبون في عدم تلقي تذكيراتنا على هذه القناة ({channel})؟",
        "stop": "إلغاء اشتراكي",
        "stop_all": "إيقاف كل الرسائل على جميع القنوات",
        "always": "سنواصل الإجابة عن أسئلتكم وشكاواكم.",
        "choose": "اختيار ما أتلقاه",
        "back": "رجوع",
        "stopped": "تم إلغاء اشتراككم.",
        "stopped_all": "تم: لن تصلكم بعد الآن أي رسالة لم تطلبوها.",
        "stopped_more": "قد تصلكم رسالة كانت قد أُرسلت من قبل.",
        "choices_lead": "ضعوا علامة أمام ما ترغبون في تلقيه وعلى أي قناة.",
        "nothing_reachable": "ليس لدينا أي عنوان لنراسلكم عليه.",
        "less": "راسلوني مرات أقل",
        "language": "لغة رسائلنا",
        "save": "حفظ",
        "saved": "تم حفظ اختياراتكم.",
        "asked": "أرسلنا إليكم رسالة ({channels}): افتحوها وأكّدوا لتتلقوا ما اخترتموه.",
        "write_start": "لتلقي رسائلنا من جديد ({channels})، اكتبوا لنا START على تلك القناة.",
        "confirm_lead": "هل تؤكدون رغبتكم في تلقي: {what} ({channel})؟",
        "confirm": "نعم، أؤكد",
        "confirmed": "شكرًا، تم التسجيل. يمكنكم تغيير رأيكم في أي وقت.",
        "expired": "لم يعد هذا الرابط صالحًا. لم يتغير أي شيء.",
        "gone": "لم تعد لدينا بيانات لهذا العنوان: لن يصلكم منا شيء.",
        "unknown": "هذا الرابط غير كامل أو ليس منا. لم يتغير أي شيء.",
        "unknown_more": "افتحوا رابط الرسالة من جديد، أو أجيبوا عليها بكلمة STOP.",
        "later": "لحظة من فضلكم: تعذّر الحفظ. يُرجى إعادة المحاولة.",
        "purposes": {
            "service": ("تذكيرات", "آجال ومواعيد وصيانة"),
            "information": ("أخبار", "أخبار المؤسسة والتهاني"),
            "offers": ("عروض", "تخفيضات ومنتجات جديدة"),
        },
        "channels": {
            "email": "البريد الإلكتروني",
            "sms": "الرسائل القصيرة",
            "whatsapp": "واتساب",
            "telegram": "تيليغرام",
            "webchat": "محادثة الموقع",
        },
        "legend": "عبر {channel}",
    },
    "en": {
        "title": "Your messages from {company}",
        "for": "For {address}",
        "stop_lead": "Would you like to stop receiving our news and offers on this channel ({channel})?",
        "stop_service_lead": "Would you like to stop receiving our reminders on this channel ({channel})?",
        "stop": "Unsubscribe me",
        "stop_all": "Stop everything, on every channel",
        "always": "We will go on answering your questions and complaints.",
        "choose": "Choose what I receive",
        "back": "Back",
        "stopped": "Done: you are unsubscribed.",
        "stopped_all": "Done: you will get no more messages you did not ask for.",
        "stopped_more": "A message that is already on its way may still reach you.",
        "choices_lead": "Tick what you would like to receive, and on which channel.",
        "nothing_reachable": "We have no address to write to you.",
        "less": "Write to me less often",
        "language": "Language of our messages",
        "save": "Save",
        "saved": "Your choices are saved.",
        "asked": "A message was sent to you ({channels}): open it and confirm, to receive what you ticked.",
        "write_start": "To receive our messages again ({channels}), write START to us on that channel.",
        "confirm_lead": "Do you confirm that you would like to receive: {what} ({channel})?",
        "confirm": "Yes, I confirm",
        "confirmed": "Thank you, it is noted. You can change your mind at any time.",
        "expired": "This link is no longer valid. Nothing was changed.",
        "gone": "We hold no data for this address any more: you will get nothing from us.",
        "unknown": "This link is not complete, or not ours. Nothing was changed.",
        "unknown_more": "Open the link of the message again, or answer it with the word STOP.",
        "later": "One moment: this could not be saved. Please try again.",
        "purposes": {
            "service": ("Reminders", "due dates, appointments, servicing"),
            "information": ("News", "of the company, seasonal wishes"),
            "offers": ("Offers", "promotions and new products"),
        },
        "channels": {
            "email": "e-mail",
            "sms": "SMS",
            "whatsapp": "WhatsApp",
            "telegram": "Telegram",
            "webchat": "web chat",
        },
        "legend": "By {channel}",
    },
}


def words_in(language: str) -> dict[str, Any]:
    return WORDS.get(language, WORDS["en"])


def channel_name(channel: str, language: str) -> str:
    name: str = words_in(language)["channels"].get(channel, channel)
    return name


def purpose_names(purposes: tuple[str, ...], language: str) -> str:
    """What they are called, in a row."""
    known = words_in(language)["purposes"]
    return ("، " if language == "ar" else ", ").join(known[each][0] for each in purposes if each in known)


def masked(channel: str, address: str) -> str:
    """Enough of an address for its owner to know it, too little for whoever was forwarded the message."""
    if channel == "email":
        local, _, domain = address.partition("@")
        return f"{local[:1]}•••@{domain}"
    return f"{address[:4]}•••{address[-2:]}" if len(address) > 8 else "•••"
