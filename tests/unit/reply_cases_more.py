"""More replies, written after the splitter was done, to see how it does on what it was not made from."""

from __future__ import annotations

from tests.unit.reply_cases import Case

_FR = "Le camion n'est pas passé."
_AR = "لم تصل الشاحنة."
_EN = "The truck did not come."


def _plain(name: str, body: str, text: str) -> Case:
    return Case(name, "plain", body, text)


def _html(name: str, body: str, text: str) -> Case:
    return Case(name, "html", body, text)


def more_cases() -> list[Case]:
    P, H = _plain, _html
    return [
        P(
            "fr weekday time seconds",
            f"{_FR}\n\nLe mer. 4 févr. 2026 à 18:45:02, <sav@example.com> a écrit :\n> Bonjour\n",
            _FR,
        ),
        P("fr with h", f"{_FR}\n\nLe 4 février 2026 à 18h45, sav@example.com a écrit :\n\n> Bonjour\n", _FR),
        P(
            "fr french no colon",
            f"{_FR}\n\nLe 4 févr. 2026 18:45, « SAV Atlas » <sav@example.com> a écrit\n\n> Bonjour\n",
            _FR,
        ),
        P("fr name first", f"{_FR}\n\nSAV Atlas <sav@example.com> a écrit :\n> Bonjour\n", _FR),
        P("en name first", f"{_EN}\n\nAtlas Support <sav@example.com> wrote:\n> Hello\n", _EN),
        P(
            "en date first",
            f"{_EN}\n\n2026-02-04 18:45 GMT+01:00 Atlas Support <sav@example.com>:\n\n> Hello\n",
            _EN,
        ),
        P(
            "en 3 line wrap",
            f"{_EN}\n\nOn Wed, Feb 4, 2026 at 6:45 PM The Very Long Named Atlas Customer\nSupport And Comp"
            "laints Desk\n<sav@example.com> wrote:\n\n> Hello\n",
            _EN,
        ),
        P(
            "en nested",
            f"{_EN}\n\nOn 4 Feb 2026 18:45, Atlas wrote:\n> > On 3 Feb 2026, K wrote:\n> > first\n> second\n",
            _EN,
        ),
        P(
            "en quote without attribution",
            "> Is it broken?\n\nYes, all of it.\n\n> Where?\n\nOn the left.",
            "Yes, all of it.\n\n\nOn the left.",
        ),
        P(
            "fr inline three",
            "Le 4/2/2026 18:45, SAV a écrit :\n> Quand ?\nHier.\n> Où ?\nÀ Sétif.\n> Combien ?\nTrois.",
            "Hier.\nÀ Sétif.\nTrois.",
        ),
        P("ar inline", "في 4/2/2026 18:45، كتب SAV:\n> متى؟\nأمس.\n> أين؟\nفي سطيف.", "أمس.\nفي سطيف."),
        P(
            "ar header block bidi",
            f"{_AR}\n\n\u200fمن: أطلس <sav@example.com>\n\u200fتاريخ الإرسال: 4 فبراير 2026\n\u200fإلى: k@"
            "example.org\n\u200fالموضوع: طلب\n\nمرحبا",
            _AR,
        ),
        P(
            "fr header date form",
            f'{_FR}\n\nDe : "SAV" <sav@example.com>\nDate : mercredi 4 février 2026 à 18:45\nÀ : k@examp'
            "le.org\nCc : l@example.org\nObjet : Re: commande\n\nBonjour",
            _FR,
        ),
        P(
            "en header reply-to",
            f"{_EN}\n\nFrom: Atlas <sav@example.com>\nReply-To: sav@example.com\nDate: Wednesday, 4 Februa"
            "ry 2026 at 18:45\nTo: K <k@example.org>\nSubject: Re: order\n\nHello",
            _EN,
        ),
        P(
            "en sent from outlook",
            f"{_EN}\n\nSent from Outlook for iOS\n________________________________\nFrom: Atlas "
            "<sav@example.com>\nSent: Wednesday, February 4, 2026 6:45:02 PM\nTo: K <k@example.org>\nSubj"
            "ect: order\n\nHello",
            _EN,
        ),
        P(
            "fr outlook ios",
            f"{_FR}\n\nTéléchargez Outlook pour iOS<https://example.com/o>\n______________________________"
            "__\nDe : Atlas <sav@example.com>\nEnvoyé : mercredi 4 février 2026 18:45\nÀ : K\nObjet : com"
            "mande\n\nBonjour",
            _FR,
        ),
        P(
            "fr windows mail",
            f"{_FR}\n\nProvenance : Courrier pour Windows\n\nDe : Atlas\nEnvoyé le :mercredi 4 février 202"
            "6 18:45\nÀ : K\nObjet :commande\n\nBonjour",
            _FR,
        ),
        P("fr signature name only", f"{_FR}\n\nCordialement\nKarim", f"{_FR}\n\nCordialement\nKarim"),
        P("fr block after name without closing", f"{_FR}\n\n--\nKarim Exemple\nChef\n06 00 00 00 00", _FR),
        P(
            "fr cdt contact",
            f"{_FR}\n\nCdt,\n\nKarim Exemple\nGérant\nSARL Exemple\n12 rue des Oliviers, Béjaïa\nTél 034 0"
            "0 00 00",
            f"{_FR}\n\nCdt,\n\nKarim Exemple",
        ),
        P(
            "ar closing contact",
            f"{_AR}\n\nوشكرا جزيلا\nكريم\nالهاتف: 0555000111",
            f"{_AR}\n\nوشكرا جزيلا\nكريم",
        ),
        P(
            "en kind regards contact",
            f"{_EN}\n\nKind regards,\nKarim\n--\nSample Ltd | www.example.org",
            f"{_EN}\n\nKind regards,\nKarim",
        ),
        P(
            "en disclaimer after closing",
            f"{_EN}\n\nThanks,\nKarim\n\nCONFIDENTIALITY NOTICE: This e-mail is for the addressee only.",
            f"{_EN}\n\nThanks,\nKarim",
        ),
        P(
            "fr environment",
            f"{_FR}\n\nKarim\n\nPensez à l'environnement avant d'imprimer cet e-mail",
            f"{_FR}\n\nKarim",
        ),
        P("fr antivirus", f"{_FR}\n\nSans virus. www.example.com", _FR),
        P("en virus-free", f"{_EN}\n\nVirus-free. www.example.com", _EN),
        P(
            "fr samsung",
            f"{_FR}\n\n\nEnvoyé depuis mon appareil mobile Samsung.\n\n-------- Message d'origine --------"
            "\nDe : SAV <sav@example.com>\nDate : 04/02/2026 18:45 (GMT+01:00)\nÀ : k@example.org\nObjet "
            ": commande\n\nBonjour",
            _FR,
        ),
        P(
            "en samsung",
            f"{_EN}\n\n\nSent from my Samsung Galaxy smartphone.\n\n-------- Original message --------\nFr"
            "om: SAV <sav@example.com>\nDate: 2/4/26 6:45 PM (GMT+01:00)\nTo: k@example.org\nSubject: ord"
            "er\n\nHello",
            _EN,
        ),
        P(
            "ar iphone",
            f"{_AR}\n\nأُرسلت من جهاز الـ iPhone الخاص بي\n\n> في ٤ فبراير ٢٠٢٦، الساعة ٦:٤٥ م، كتب أطلس "
            "<sav@example.com>:\n> \n> مرحبا",
            _AR,
        ),
        P(
            "fr iphone quoted attribution",
            f"{_FR}\n\nEnvoyé de mon iPad\n\n> Le 4 févr. 2026 à 18:45, Atlas <sav@example.com> a écrit :"
            "\n> \n> ﻿Bonjour",
            _FR,
        ),
        P(
            "mixed languages",
            f"{_AR}\n\nOn Wed, Feb 4, 2026 at 6:45 PM أطلس <sav@example.com> wrote:\n\n> مرحبا",
            _AR,
        ),
        P(
            "mixed fr in en client",
            f"{_FR}\n\nOn Wed, 4 Feb 2026 at 18:45, SAV <sav@example.com> wrote:\n\n> Bonjour",
            _FR,
        ),
        P(
            "zimbra plain",
            f'{_FR}\n\n----- Mail original -----\nDe: "SAV" <sav@example.com>\nÀ: "K" <k@example.org>'
            "\nEnvoyé: Mercredi 4 Février 2026 18:45:02\nObjet: commande\n\nBonjour",
            _FR,
        ),
        P(
            "proton plain",
            f"{_EN}\n\nSent with Proton Mail secure email.\n\nOn Wednesday, February 4th, 2026 at 6:45 PM,"
            " Atlas <sav@example.com> wrote:\n\n> Hello",
            _EN,
        ),
        P(
            "long story stays",
            "On Monday I ordered.\nOn Tuesday nothing came.\nFrom: the depot\nThey said: wait.",
            "On Monday I ordered.\nOn Tuesday nothing came.\nFrom: the depot\nThey said: wait.",
        ),
        P(
            "customer lists order",
            "De: 12 palettes\nDate: 4 mars\nMerci de confirmer",
            "De: 12 palettes\nDate: 4 mars\nMerci de confirmer",
        ),
        P(
            "customer quotes answer",
            "Votre réponse disait « le 12/03/2026 » : c'est faux.\nMerci",
            "Votre réponse disait « le 12/03/2026 » : c'est faux.\nMerci",
        ),
        P(
            "address is the matter",
            "Voici mon adresse :\nKarim Exemple\n12 rue des Oliviers\n06000 Béjaïa\nTél 0555 00 01 11",
            "Voici mon adresse :\nKarim Exemple\n12 rue des Oliviers\n06000 Béjaïa\nTél 0555 00 01 11",
        ),
        P(
            "thanks then a question",
            "Merci\nPouvez-vous m'appeler au 0555 00 01 11 ?",
            "Merci\nPouvez-vous m'appeler au 0555 00 01 11 ?",
        ),
        P("thanks then number", "Merci\nMon numéro 0555 00 01 11", "Merci\nMon numéro 0555 00 01 11"),
        P(
            "table with rules",
            "Commande\n------------\n12 palettes\n------------\nTotal 100",
            "Commande\n------------\n12 palettes\n------------\nTotal 100",
        ),
        P(
            "wrote with time inside",
            "Vous avez écrit à 10:04 :\nlivraison demain",
            "Vous avez écrit à 10:04 :\nlivraison demain",
        ),
        H(
            "gmail mobile fr",
            f'<div dir="auto">{_FR}</div><br><div class="gmail_quote gmail_quote_container">'
            '<div dir="ltr" class="gmail_attr">Le mer. 4 févr. 2026, 18:45, SAV &lt;'
            '<a href="mailto:sav@example.com">sav@example.com</a>&gt; a écrit :<br></div>'
            '<blockquote class="gmail_quote"><div>Bonjour</div></blockquote></div>',
            _FR,
        ),
        H(
            "gmail forward",
            '<div dir="ltr">Pour info<br><br><div class="gmail_quote"><div class="gmail_attr">---------- '
            "Forwarded message ---------<br>De : <b>P</b> &lt;p@example.org&gt;<br>Date: mer. 4 févr. 202"
            "6<br>Subject: x<br>To: &lt;k@example.org&gt;<br></div><br>Cassées</div></div>",
            "Pour info",
        ),
        H(
            "gmail forward only",
            '<div dir="ltr"><br><br><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded'
            " message ---------<br>De : <b>P</b> &lt;p@example.org&gt;<br></div><br>Cassées</div></div>",
            "---------- Forwarded message ---------\nDe : P <p@example.org>\nCassées",
        ),
        H(
            "outlook classic fr",
            f"<div class=WordSection1><p class=MsoNormal>{_FR}<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp"
            ";</o:p></p><div>"
            "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
            "<p class=MsoNormal><b>De&nbsp;:</b> SAV &lt;sav@example.com&gt; <br><b>Envoyé&nbsp;:</b> mer"
            "credi 4 février 2026 18:45<br><b>À&nbsp;:</b> K<br><b>Objet&nbsp;:</b> commande</p></div>"
            "</div><p class=MsoNormal>Bonjour</p></div>",
            _FR,
        ),
        H(
            "new outlook signature",
            f'<div class="elementToProof">{_FR}</div><div id="Signature"><p>Karim</p><p>Chef</p></div>'
            '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>De :</b> SAV<br></div><div>Bonjo'
            "ur</div>",
            _FR,
        ),
        H(
            "apple mail lists",
            '<div>Il manque :<ul><li>3 palettes</li><li>2 sacs</li></ul></div><blockquote type="cite">Le '
            "4 févr. 2026 à 18:45, SAV a écrit :<br>Bonjour</blockquote>",
            "Il manque :\n- 3 palettes\n- 2 sacs",
        ),
        H(
            "rtl div",
            f'<div dir="rtl">{_AR}</div><div class="gmail_quote"><div dir="rtl" class="gmail_attr">في الأر'
            "بعاء، 4 فبراير 2026 في 6:45 م تمت كتابة ما يلي بواسطة أطلس &lt;sav@example.com&gt;:</div>"
            '<blockquote class="gmail_quote">مرحبا</blockquote></div>',
            _AR,
        ),
        H(
            "own blockquote",
            "<div>Votre vendeur disait :</div><blockquote>Livraison demain</blockquote><div>Rien.</div>",
            "Votre vendeur disait :\nLivraison demain\nRien.",
        ),
        H(
            "thunderbird inline",
            '<div class="moz-cite-prefix">Le 04/02/2026 à 18:45, SAV a écrit :</div>'
            '<blockquote type="cite"><p>Quand ?</p></blockquote><p>Hier.</p><blockquote type="cite"><p>Où'
            " ?</p></blockquote><p>À Sétif.</p>",
            "Hier.\nÀ Sétif.",
        ),
        H(
            "yahoo mobile",
            f'<p>{_EN}</p><p><a href="https://example.com/y">Sent from Yahoo Mail on Android</a></p>'
            '<blockquote style="margin: 0"><div>On Wed, Feb 4, 2026 at 6:45 PM, Atlas</div><div>&lt;sav@e'
            "xample.com&gt; wrote:</div><div>Hello</div></blockquote>",
            _EN,
        ),
    ]
