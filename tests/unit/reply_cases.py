"""Replies as mail programs write them, with what their writer wrote: the forms of each client, in three languages.

All of it is made up here. A case is (name, kind, body, what was written now).
"""

from __future__ import annotations

from typing import NamedTuple


class Case(NamedTuple):
    name: str
    kind: str  # "plain" or "html"
    body: str
    text: str


OWN = {
    "fr": "Bonjour,\n\nLa moitié des briques B12 est arrivée cassée.\nMerci de me rappeler.",
    "ar": "السلام عليكم،\n\nوصل نصف الطوب مكسورا.\nأرجو الاتصال بي.",
    "en": "Hello,\n\nHalf of the B12 bricks arrived broken.\nPlease call me back.",
}
OLD = {
    "fr": ["Bonjour Monsieur,", "", "Votre commande 4711 est partie ce matin.", "L'équipe Atlas"],
    "ar": ["مرحبا،", "", "تم إرسال طلبكم 4711 هذا الصباح.", "فريق أطلس"],
    "en": ["Dear customer,", "", "Your order 4711 left this morning.", "The Atlas team"],
}
ATTRIBUTIONS = {
    "fr": {
        "gmail": "Le jeu. 12 mars 2026 à 10:04, Briqueterie Atlas <sav@example.com> a\nécrit :",
        "thunderbird": "Le 12/03/2026 à 10:04, Briqueterie Atlas a écrit :",
        "apple": "Le 12 mars 2026 à 10:04, Briqueterie Atlas <sav@example.com> a écrit :",
        "roundcube": "Le 2026-03-12 10:04, Briqueterie Atlas a écrit :",
        "yahoo": "Le jeudi 12 mars 2026 à 10:04:31 UTC+1, Briqueterie Atlas <sav@example.com> a écrit :",
        "samsung": "Le jeu. 12 mars 2026 à 10:04, Briqueterie Atlas\n<sav@example.com> a écrit :",
    },
    "ar": {
        "gmail": "في الخميس، 12 مارس 2026 في 10:04 ص تمت كتابة ما يلي بواسطة\n‪أطلس‬‏ <‪sav@example.com‬‏>:",
        "thunderbird": "في 12‏/3‏/2026 10:04 ص، كتب Briqueterie Atlas:",
        "apple": "في ١٢ مارس ٢٠٢٦، الساعة ١٠:٠٤ ص، كتب أطلس <sav@example.com>:",
        "roundcube": "في 2026-03-12 10:04، كتب Briqueterie Atlas:",
        "yahoo": "في الخميس، 12 مارس 2026 في 10:04:31 ص غرينتش+1، كتب أطلس <sav@example.com>:",
        "samsung": "في الخميس، 12 مارس 2026، 10:04 كتب أطلس\n<sav@example.com>:",
    },
    "en": {
        "gmail": "On Thu, Mar 12, 2026 at 10:04 AM Briqueterie Atlas <sav@example.com>\nwrote:",
        "thunderbird": "On 12/03/2026 10:04, Briqueterie Atlas wrote:",
        "apple": "On 12 Mar 2026, at 10:04, Briqueterie Atlas <sav@example.com> wrote:",
        "roundcube": "On 2026-03-12 10:04, Briqueterie Atlas wrote:",
        "yahoo": "On Thursday, March 12, 2026 at 10:04:31 AM GMT+1, Briqueterie Atlas <sav@example.com> wrote:",
        "samsung": "On Thu, 12 Mar 2026, 10:04 Briqueterie Atlas, <sav@example.com> wrote:",
    },
}
LABELS = {
    "fr": ("De", "Envoyé", "À", "Objet", "jeudi 12 mars 2026 10:04", "Votre commande"),
    "ar": ("من", "تم الإرسال", "إلى", "الموضوع", "الخميس، 12 مارس 2026 10:04", "طلبكم"),
    "en": ("From", "Sent", "To", "Subject", "Thursday, March 12, 2026 10:04 AM", "Your order"),
}
ORIGINAL = {
    "fr": ("-----Message d'origine-----", "-------- Message original --------"),
    "ar": ("-----الرسالة الأصلية-----", "-------- الرسالة الأصلية --------"),
    "en": ("-----Original Message-----", "-------- Original message --------"),
}
DEVICES = {
    "fr": ["Envoyé de mon iPhone", "Envoyé depuis mon mobile Orange", "Obtenir Outlook pour Android",
           "Envoyé à partir de Yahoo Mail sur Android", "Envoyé de mon Galaxy",
           "Envoyé avec la messagerie sécurisée Proton Mail."],
    "ar": ["أُرسلت من الـ iPhone", "تم الإرسال من هاتفي Samsung Galaxy", "الحصول على Outlook لـ Android",
           "تم الإرسال من Yahoo Mail على Android", "أرسلت من جهازي Huawei", "مرسلة من iPad"],
    "en": ["Sent from my iPhone", "Sent from Yahoo Mail on Android", "Get Outlook for Android",
           "Get Outlook for iOS<https://example.com/x>", "Sent from my Galaxy",
           "Sent with Proton Mail secure email."],
}  # fmt: skip
DISCLAIMERS = {
    "fr": "Ce message et ses pièces jointes sont confidentiels et destinés exclusivement à leur destinataire.\n"
    "Si vous l'avez reçu par erreur, merci de le détruire.",
    "ar": "تنبيه: هذه الرسالة سرية وموجهة إلى المرسل إليه فقط.\nإذا وصلتكم خطأ فالرجاء حذفها.",
    "en": "This e-mail and any attachments are confidential and intended solely for the addressee.\n"
    "If you received it in error, please delete it.",
}
CLOSINGS = {
    "fr": ("Cordialement,\nKarim Exemple", "Chef de chantier\nTél. : +213 555 00 01 11\nwww.example.org"),
    "ar": ("مع تحياتي،\nكريم مثال", "مدير المشروع\nهاتف: +213 555 00 01 11\nwww.example.org"),
    "en": ("Best regards,\nKarim Sample", "Site manager\nPhone: +213 555 00 01 11\nwww.example.org"),
}


def _quoted(lines: list[str]) -> str:
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _header_block(lang: str, *, bold: str = "", subject: bool = True) -> str:
    sender, sent, to, about, when, title = LABELS[lang]
    lines = [
        f"{bold}{sender} :{bold} Briqueterie Atlas <sav@example.com>" if lang == "fr"
        else f"{bold}{sender}:{bold} Briqueterie Atlas <sav@example.com>",
        f"{bold}{sent}:{bold} {when}",
        f"{bold}{to}:{bold} karim@example.org",
    ]  # fmt: skip
    return "\n".join([*lines, f"{bold}{about}:{bold} {title}"] if subject else lines)


def _paragraphs(text: str, tag: str = "div") -> str:
    return "".join(f"<{tag}>{line or '<br>'}</{tag}>" for line in text.split("\n"))


def plain_cases(lang: str) -> list[Case]:
    own, old = OWN[lang], OLD[lang]
    cases = [
        Case(f"{lang} {client} top", "plain", f"{own}\n\n{line}\n\n{_quoted(old)}\n", own)
        for client, line in ATTRIBUTIONS[lang].items()
    ]
    gmail = ATTRIBUTIONS[lang]["gmail"]
    cases += [
        Case(f"{lang} {client} bottom", "plain", f"{line}\n{_quoted(old)}\n\n{own}\n", own)
        for client, line in ATTRIBUTIONS[lang].items() if client in ("thunderbird", "roundcube")
    ]  # fmt: skip
    first, last = own.split("\n\n")
    cases += [
        Case(f"{lang} inline answers", "plain",
             f"{gmail}\n\n> {old[0]}\n\n{first}\n\n> {old[2]}\n\n{last}\n", f"{first}\n\n\n{last}"),
        Case(f"{lang} unprefixed quotation", "plain",
             f"{own}\n\n{gmail}\n\n" + "\n".join(old), own),
        Case(f"{lang} outlook desktop", "plain", f"{own}\n\n{_header_block(lang)}\n\n" + "\n".join(old), own),
        Case(f"{lang} outlook web rule", "plain",
             f"{own}\n\n________________________________\n{_header_block(lang)}\n\n" + "\n".join(old), own),
        Case(f"{lang} outlook bold", "plain",
             f"{own}\n\n{_header_block(lang, bold='*')}\n\n" + "\n".join(old), own),
        Case(f"{lang} original message", "plain",
             f"{own}\n\n{ORIGINAL[lang][0]}\n{_header_block(lang)}\n\n" + "\n".join(old), own),
        Case(f"{lang} android original message", "plain",
             f"{own}\n\n{ORIGINAL[lang][1]}\n{_header_block(lang)}\n\n" + "\n".join(old), own),
        Case(f"{lang} standard signature", "plain", f"{own}\n\n-- \nKarim\n+213 555 00 01 11\n", own),
        Case(f"{lang} signature and quotation", "plain",
             f"{own}\n\n-- \nKarim\n\n{ATTRIBUTIONS[lang]['thunderbird']}\n{_quoted(old)}\n", own),
        Case(f"{lang} contact block", "plain",
             f"{own}\n\n{CLOSINGS[lang][0]}\n{CLOSINGS[lang][1]}\n", f"{own}\n\n{CLOSINGS[lang][0]}"),
        Case(f"{lang} disclaimer", "plain", f"{own}\n\n{DISCLAIMERS[lang]}\n", own),
        Case(f"{lang} nothing but words", "plain", own, own),
        Case(f"{lang} disclaimer and quotation", "plain",
             f"{own}\n\n{DISCLAIMERS[lang]}\n\n{gmail}\n\n{_quoted(old)}", own),
    ]  # fmt: skip
    cases += [
        Case(f"{lang} device {number}", "plain", f"{own}\n\n{device}\n", own)
        for number, device in enumerate(DEVICES[lang])
    ]
    cases += [
        Case(f"{lang} device and quotation {number}", "plain",
             f"{own}\n\n{device}\n\n{ATTRIBUTIONS[lang]['apple']}\n\n{_quoted(old)}\n", own)
        for number, device in enumerate(DEVICES[lang][:3])
    ]  # fmt: skip
    return cases


def html_cases(lang: str) -> list[Case]:
    own, old = OWN[lang], "<br>".join(OLD[lang])
    said, block = ATTRIBUTIONS[lang], _header_block(lang).replace("<", "&lt;").replace("\n", "<br>")
    line = {name: text.replace("<", "&lt;").replace("\n", " ") for name, text in said.items()}
    body = _paragraphs(own)
    outlook = _paragraphs(own, 'p class="MsoNormal"').replace('</p class="MsoNormal">', "</p>")
    cases = {
        "gmail": f'<div dir="auto">{body}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f'{line["gmail"]}<br></div><blockquote class="gmail_quote" style="margin:0">{old}</blockquote></div>',
        "gmail signature": f'<div>{body}<br clear="all"><br>-- <br><div class="gmail_signature">Karim<br>'
        f"+213 555 00 01 11</div></div>",
        "outlook desktop": f'<html xmlns:o="x"><head><style>p {{margin:0}}</style></head><body lang="{lang}">'
        f'<div class="WordSection1">{outlook}<p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
        f'<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal"><b>{block}</b></p></div>'
        f'<p class="MsoNormal">{old}</p></div></body></html>',
        "outlook web": f'<div style="font-family:Calibri">{body}</div><div id="appendonsend"></div>'
        f'<hr style="width:98%"><div id="divRplyFwdMsg" dir="ltr">{block}</div><div>{old}</div>',
        "outlook mobile": f'<div>{body}</div><div id="ms-outlook-mobile-signature"><div>{DEVICES[lang][2]}</div></div>'
        f'<hr><div id="divRplyFwdMsg">{block}</div>{old}',
        "apple": f'<html><body style="word-wrap: break-word">{body}<br><div><br><blockquote type="cite"><div>'
        f"{line['apple']}</div><br><div>{old}</div></blockquote></div></body></html>",
        "iphone": f'<body dir="auto">{body}<br><div dir="ltr">{DEVICES[lang][0]}</div><div dir="ltr"><br>'
        f'<blockquote type="cite">{line["apple"]}<br><br></blockquote></div>'
        f'<blockquote type="cite">{old}</blockquote></body>',
        "thunderbird": f'{_paragraphs(own)}<div class="moz-cite-prefix">{line["thunderbird"]}<br></div>'
        f'<blockquote type="cite" cite="mid:a@example.com">{old}</blockquote>',
        "thunderbird bottom": f'<div class="moz-cite-prefix">{line["thunderbird"]}<br></div>'
        f'<blockquote type="cite">{old}</blockquote>{body}<div class="moz-signature">-- <br>Karim</div>',
        "yahoo": f'<div class="yahoo-style-wrap">{body}</div><div id="yahoo_quoted_1" class="yahoo_quoted">'
        f"<div>{line['yahoo']}</div><div>{old}</div></div>",
        "proton": f'<div style="font-family: Arial">{body}</div><div class="protonmail_signature_block">'
        f'{DEVICES[lang][5]}</div><div class="protonmail_quote">{line["gmail"]}<br>'
        f'<blockquote class="protonmail_quote" type="cite">{old}</blockquote></div>',
        "zimbra": f'<div style="font-size: 12pt">{body}<hr id="zwchr"><div><b>{block}</b></div><div>{old}</div></div>',
        "roundcube": f'<p id="reply-intro">{line["roundcube"]}</p><blockquote type="cite">{old}</blockquote>{body}',
        "inline gmail": f'<div class="gmail_quote"><div class="gmail_attr">{line["gmail"]}</div>'
        f'<blockquote class="gmail_quote">{OLD[lang][0]}</blockquote>{body}'
        f'<blockquote class="gmail_quote">{OLD[lang][2]}</blockquote></div>',
        "no quotation": body,
        "hidden preheader": f'<div style="display:none;max-height:0">preview</div>{body}',
    }
    return [Case(f"{lang} html {name}", "html", markup, own) for name, markup in cases.items()]


TRICKY = [
    Case("a story about a letter", "plain", "Le vendeur m'a écrit :\nvotre camion part demain.\nIl n'est jamais venu.",
         "Le vendeur m'a écrit :\nvotre camion part demain.\nIl n'est jamais venu."),
    Case("a story with a date", "plain", "Le 12/03/2026 votre vendeur nous a écrit :\nlivraison demain. Rien !",
         "Le 12/03/2026 votre vendeur nous a écrit :\nlivraison demain. Rien !"),
    Case("a story in English", "plain", "On Monday 9 March 2026 your driver wrote to me:\ncoming at ten.\nHe did not.",
         "On Monday 9 March 2026 your driver wrote to me:\ncoming at ten.\nHe did not."),
    Case("lines like headers", "plain", "De : Béjaïa\nPrix : 100\nMerci", "De : Béjaïa\nPrix : 100\nMerci"),
    Case("dashes as bullets", "plain", "Il manque :\n- 3 palettes\n-- et 2 sacs\nMerci",
         "Il manque :\n- 3 palettes\n-- et 2 sacs\nMerci"),
    Case("an iPhone as the matter", "plain", "Je vous ai envoyé de mon iPhone trois photos, les avez-vous ?",
         "Je vous ai envoyé de mon iPhone trois photos, les avez-vous ?"),
    Case("confidential as the matter", "plain", "Bonjour,\nce message est-il confidentiel ?\nMerci",
         "Bonjour,\nce message est-il confidentiel ?\nMerci"),
    Case("a phone number as the matter", "plain", "Appelez-moi au 0555 00 01 11 demain.\nMerci",
         "Appelez-moi au 0555 00 01 11 demain.\nMerci"),
    Case("a forward and nothing else", "plain",
         "---------- Forwarded message ---------\nDe : Paul <paul@example.org>\nDate: jeu. 12 mars 2026 à 10:04\n"
         "Subject: Briques\nTo: <sav@example.com>\n\nLes briques sont cassées.",
         "---------- Forwarded message ---------\nDe : Paul <paul@example.org>\nDate: jeu. 12 mars 2026 à 10:04\n"
         "Subject: Briques\nTo: <sav@example.com>\n\nLes briques sont cassées."),
    Case("a forward with a word", "plain",
         "Pour info.\n\n---------- Forwarded message ---------\nDe : Paul <paul@example.org>\nDate: 12 mars 2026\n"
         "Subject: Briques\nTo: <sav@example.com>\n\nLes briques sont cassées.", "Pour info."),
    Case("a forward by an iPhone", "plain",
         "Voyez ceci\n\nDébut du message transféré :\n\n> De: Paul <paul@example.org>\n> Objet: Briques\n>\n> Cassées.",
         "Voyez ceci"),
    Case("only a quotation", "plain", "> Bonjour\n> Merci", "> Bonjour\n> Merci"),
    Case("a greater-than in a sentence", "plain", "La largeur > 12 cm est fausse.", "La largeur > 12 cm est fausse."),
    Case("a postscript below the name", "plain",
         "Bonjour\n\nCordialement,\nKarim\nPS : mon numéro a changé, c'est le 0555 00 01 11 désormais.",
         "Bonjour\n\nCordialement,\nKarim\nPS : mon numéro a changé, c'est le 0555 00 01 11 désormais."),
]  # fmt: skip


def all_cases() -> list[Case]:
    return [case for lang in OWN for case in [*plain_cases(lang), *html_cases(lang)]] + TRICKY
