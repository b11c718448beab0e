"""Words of everything a customer may want besides complaining: status, a person, consent, small talk,
short answers.

Same form as `lexicon_complaint`. Short answers ("oui", "2", "annuler") count only where they carry the
message.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.understanding.normalise import word_set

WISHES: Mapping[str, str] = {
    "case_status": """
        3 ou en est _ reclamation, ou en est _ dossier, ou en est _ plainte, suivi _ reclamation
        3 suivi _ dossier, suivre _ reclamation, suivre _ dossier, suite _ reclamation
        3 nouvelles _ reclamation, nouvelles _ dossier, etat _ reclamation, etat _ dossier
        3 avancement _ dossier, avancement _ reclamation, statut _ reclamation, statut _ dossier
        3 des nouvelles de mon, ma reclamation avance, mon dossier avance, quand _ reponse _ reclamation
        3 ou est ma reclamation, ou est mon dossier, delai _ ma reclamation
        3 where is my case, where is my complaint, status _ complaint, status _ case, status _ ticket
        3 news _ complaint, news _ case, progress _ complaint, progress _ case, update on my complaint
        3 update on my case, update _ my complaint, follow up on my complaint, track _ complaint
        3 what happened to my complaint, any news, my case number, how is my complaint
        3 اين وصلت شكوي*, شكواي*, شكاوي*, اين شكواي, اين وصل ملفي, اين ملفي, حاله الشكوي, حاله شكواي
        3 متابعه شكوي*, شكواي*, شكاوي*
        3 متابعه الملف, اخبار شكوي*, شكواي*, شكاوي*, جديد شكوي*, شكواي*, شكاوي*, مصير شكوي*, شكواي*
        3 شكاوي*, وين وصلت شكوي*, شكواي*, شكاوي*, وين وصل* _ شكوي*, شكواي*, شكاوي*
        3 وين وصل* _ ريكلاماسيون, وين راه* شكوي*, شكواي*, شكاوي*, واش صرا في شكوي*, شكواي*, شكاوي*, ملفي وين
        3 win wasl* _ chekwa*, win wasl* _ reclam*, win wsl* _ reclam*, win wsel* _ reclam*
        3 win wsel* _ chekwa*, win wslet _ dossier, win rahi reclam*, win rah* _ dossier, win raha reclam*
        3 wach jdid _ reclam*, wach sra _ reclam*, jdid _ dossier, kayen jdid
        """,
    "order_status": """
        3 ou est ma commande, ou en est ma commande, ou en est _ commande, suivi de commande
        3 suivi _ commande, suivre ma commande, suivre _ commande, statut _ commande, etat _ commande
        3 ou est ma livraison, ou en est ma livraison, ou est mon colis, quand _ recevoir ma commande
        3 quand _ recevrai je, quand _ serai je livre, quand arrive ma commande, quand _ ma livraison
        3 quand _ ma commande, nouvelles de ma commande, etat de ma facture
        3 where is my order, where s my order, wheres my order, status of my order, order status
        3 track my order, track _ order, where is my delivery, where is my package, when will my order
        3 when will i receive my, when does my order, when is my delivery, when will my delivery
        3 اين طلبيتي, اين طلبي, اين طلبيه, اين وصلت طلبيتي, حاله الطلب, حاله طلبيتي, تتبع الطلب
        3 تتبع طلبيتي, متي تصل طلبيتي, متي يصل طلبي, متي ستصل, وين راهي الطلبيه, وين راهي طلبيتي
        3 وين راهي الكوموند, وين الكوموند*, وين طلبيتي, وين وصلت الكوموند*, وين وصلت الطلبيه, وقتاش توصل*
        3 وقتاش تجي, فين وصلات الكوموند, فين هي الطلبيه
        3 win rahi _ commande, win rahi lcommande, win rahi la commande, win _ lcommande
        3 win _ la commande, win _ commande, win _ komand*, win _ talabiya, win talabiti, wa9tach twsal
        3 wa9tach twsel*, wa9tach tji, wa9tech tji, waqtach tji, fin _ commande, fin _ lcommande
        3 wach men wa9t
        """,
    "wants_person": """
        3 parler a quelqu un, parler a une personne, parler a un conseiller, parler a un agent
        3 parler avec quelqu un, parler avec un, parler avec une personne, parler a un humain, un humain
        3 une vraie personne, vrai humain, un conseiller, une conseillere, un agent, un responsable
        3 votre responsable, le directeur, un commercial, un operateur, joindre un, joindre quelqu un
        3 etre rappele*, rappelez moi, appelez moi, me rappeler, pas un robot, pas a un robot
        3 marre du robot, quelqu un au telephone, contacter un conseiller, parler au service
        3 speak to someone, talk to someone, speak to a, talk to a, speak with a, speak with someone
        3 talk with someone, talk to an agent, a human, human being, real person, an agent
        3 a representative, an operator, call me, call me back, a manager, your manager, not a robot
        3 not a bot, human please, human agent
        3 التحدث مع, التحدث الي, اتحدث مع, اتكلم مع, التكلم مع, موظف, مستشار, شخص حقيقي, انسان, ممثل
        3 مسوول, المدير, اتصلوا بي, كلموني, نهدر مع واحد, نهدر مع, نحكي مع, نهضر مع, عيطولي, اتصلو بيا
        3 ماشي روبو*
        3 nehder m3a, nahder m3a, nhder m3a, nehdar m3a, nahdar m3a, nhdar m3a, n7ki m3a, wa7ed nhder
        3 wahed nhder, 3aytouli, 3aytoli, 3aytoulia, 3ayetli, 3ayetouli, insan, moch robot, machi robot
        3 mas2oul, masoul, bnadem
        2 service client, customer service, خدمه الزبائن, خدمه العملاء
        1 agent, conseiller, humain, person, human, someone, quelqu un, personne
        """,
    "opt_out": """
        4 me desabonner, desabonnez moi, desabonne*, desabonnement, desinscri*, ne plus recevoir
        4 plus recevoir, veux plus _ messages, veux plus _ sms, veux plus _ mails, veux plus _ emails
        4 plus m envoyer, plus m ecrire, plus me contacter, ne m envoyez plus, ne m ecrivez plus
        4 ne me contactez plus, arretez de m envoyer, arretez de m ecrire, arretez de me contacter
        4 arretez _ messages, arretez _ sms, arretez vos, supprimez moi de, retirez moi de
        4 retirer de votre liste, rayez moi
        4 unsubscribe, stop sending me, stop sending, stop messaging, stop texting, stop contacting
        4 stop emailing, no more messages, no more sms, no more emails, don t contact me, dont contact me
        4 do not contact me, remove me from, take me off, opt out, opt me out, don t want _ messages
        4 dont want _ messages, don t send me, do not send me
        4 الغاء الاشتراك, الغوا اشتراكي, الغاء اشتراكي, توقفوا عن ارسال, لا ترسلوا لي, لا تراسلوني
        4 لا اريد رسايل*, لا اريد تلقي, لا تتصلوا بي, اوقفوا الرسايل, كفوا عن, ما تبعثوليش, ماتبعثوليش
        4 ما تبعتوليش, ماتبعتوليش, ما نحبش رسايل, حبسو الرسايل, حبسوا الرسايل, ما بقيتش حاب رسايل
        4 matab3atoulich, mateb3atoulich, ma teb3atoulich, ma tab3atoulich, matb3atoulich, ma tb3atoulich
        4 7absou les messages, 7abssou les messages, habsou les messages, 7absou les sms
        4 ma n7ebch les messages, manhebch les messages, manheb messages, 7bess les messages
        """,
    "opt_out_offers": """
        4 plus de pub*, plus de publicite*, pas de pub*, plus vos offres, plus _ promotions, plus _ promos
        4 plus _ newsletter, veux plus _ offres, veux plus _ pub*, stop pub
        4 no more ads, no more offers, no more promotions, no marketing, don t want _ offers
        4 dont want _ offers, stop _ offers, stop _ promotions, stop _ newsletter
        4 لا اريد عروض*, لا اريد اعلانات, بدون اعلانات, كفي اعلانات, ما نحبش العروض, ما نحبش لي بيب
        4 ma n7ebch la pub, manhebch la pub, bla pub
        """,
    "opt_out_maybe": """
        2 laissez moi tranquille, laissez moi, foutez moi la paix, fichez moi la paix, arretez, arrete
        2 ca suffit, stop
        2 leave me alone, stop it, stop this, enough, stop
        2 اتركوني, خلوني, توقف, توقفوا, يكفي, كفي, حبس, حبسو, حبسوا, خليوني, khalouni, khlouni, 7bess
        2 7bes, 7absou, habsou, yekfi, barka, baraka
        """,
    "opt_in": """
        4 me reabonner, reabonnez moi, reabonne*, m abonner, abonnez moi, veux _ recevoir vos offres
        4 veux _ recevoir vos messages, veux bien recevoir vos, recevoir vos promotions
        4 recevoir la newsletter, recevoir vos nouveautes, recevoir vos offres, reinscri*
        4 resubscribe, subscribe me, subscribe to, i want to subscribe, want to receive your
        4 send me your offers, opt in, opt me in, want your newsletter
        4 اريد الاشتراك, اعاده الاشتراك, اشتركوني, اريد تلقي عروض*, اريد استقبال, حاب نشترك
        4 n7eb nechterek, bghit nechterek, nechtarek
        """,
    "messages": """
        1 message*, email*, e mail*, mail, mails, mailing, texts, texting, sms, ads, advert*
        1 newsletter*, offers, promo*, marketing, spam*, subscri*, unsubscri*, contact me, write to me
        1 me _ list, me from, me off, my number, my email from, your list, inbox, database, notification*
        1 pub, pubs, publicit*, courriel*, offres, votre liste, la liste, moi _ liste, vos listes
        1 abonne*, desabonn*, desinscri*, inscris, m ecri*, m envoy*, contactez, mon numero, fichier
        1 رسايل*, رساله, اعلان*, عروض*, نشره, اشتراك*, قايمه, مراسل*, تراسل*, رقمي, بريدي, اشهار, اشهاريه
        1 اشهارات, ميساج*, لي ميساج, لابيب, سميس, ليست, لاليست, نميرو, بروموسيون, تبعث*, تصيفط*, اتصال بي
        1 messages, les messages, teb3at*, siftou*, tsift*, la pub, les sms, numero
        """,
    "no_more": """
        1 stop*, take _ off, off your, quit, no more, don t, dont, do not, not, never, no longer, unsubscri*
        1 remov*, delete, take me, opt out, enough, cancel, leave, lose, too many, tired of, forget
        1 arret*, cesse*, plus, jamais, desabonn*, desinscri*, retir*, supprim*, enlev*, efface*, ray*, marre
        1 trop, lachez, oubli*, fini*, pas interesse*, ne me, ne m
        1 لا تر*, لا اريد, لا ارغب, لا تتصل*, لا احتاج, توقف*, كفوا, كفي, اوقف*, الغاء, الغوا, الغي
        1 احذف*, امسح*, ازيل*, ايقاف, ازعج*, كثيره, حبس*, ما تزيد*, ماتزيد*, ما نحب*, ما نبغي*, ما بغيت*
        1 ما حابش
        1 وقف*, نحي*, نحو, حيد*, مسح*, كره*, صدع*, خلوني, باراكا, ما تبعث*, ماتبعث*
        1 ma, 7abs*, 7bs*, 7bess, habs*, wa9f*, na7i*, na77*, nahi*, 7ayd*, mes7*, kra7*, sda3*, khalouni
        1 baraka, matab*
        1 mateb*, matb*
        """,
    "greeting": """
        2 bonjour, bonsoir, salut, coucou, bjr, bsr, slt, cc, hello, hi, hey, good morning, good afternoon
        2 good evening, greetings
        2 السلام عليكم, سلام عليكم, سلام, مرحبا, اهلا, صباح الخير, مساء الخير, صباح النور, تحيه طيبه
        2 واش راكم, واش راك, لاباس, سلامو عليكم
        2 salam, salem, slm, salam alikoum, salam 3likoum, salem alikoum, assalam, essalam, ahlan, marhaba
        2 sba7 lkhir, sbah lkhir, sbah el kheir, msa lkhir, saha, wach rak, wach rakom, wesh, labas
        """,
    "thanks": """
        2 merci, mrc, mrci, remerci*, thanks, thank you, thx, ty, cheers, much appreciated, super, parfait
        2 genial, nickel, impeccable, great, perfect
        2 شكرا*, مشكور*, بارك الله, يعطيك الصحه, يعطيكم الصحه, صحيت, صحيتو, يرحم والديك, ممتاز, جزاك الله
        2 choukran, chokran, chukran, shukran, baraka allah, barak allah, barakallah, sahit, sa7it, sahha
        2 sa7a, ya3tik sa7a, ya3tik saha, y3tik sa7a, ye3tik saha, y3tik saha, ya3tik essaha, ye3tik
        2 yar7em waldik, tbarkallah
        """,
    "goodbye": """
        2 au revoir, aurevoir, a bientot, bonne journee, bonne soiree, bonne nuit, a plus, a demain, bye
        2 goodbye, see you, have a nice day, good night
        2 مع السلامه, الي اللقاء, وداعا, تصبح* علي خير, بسلامه, نهارك سعيد, beslama, bslama, besslama
        2 tesba7 3la khir, filaman
        """,
}

SHORT: Mapping[str, str] = {
    "yes": """
        2 oui, ouais, ouai, wi, yep, yes, yeah, yup, sure, ok, okay, d accord, dac, exact, exactement
        2 tout a fait, bien sur, c est ca, c est bon, c bon, cbon
        2 c est correct, c est juste, c est exact, correct
        2 je confirme, confirme, confirmer, parfait, valide, valider, right, that s right, that is right
        2 confirmed, i confirm, all good, absolutely
        2 نعم, اجل, بلي, صحيح, اكيد, موافق, تمام, مضبوط, حسنا, اوكي, طبعا, ايه, اييه, واه, ايواه, هيه, صح
        2 معلوم, نوكد, اوكد
        2 na3am, n3am, ih, eih, wah, ayh, eyh, iyeh, yeh, saha, sa7, s7i7, sahih, sa7i7, akid, mli7, mlih
        2 d accord, dakor, hih, normal, ma3loum
        """,
    "no": """
        2 non, nn, nan, nope, no, nop, pas du tout, pas vraiment, c est faux, pas correct, ce n est pas
        2 pas exact, incorrect, faux, wrong, not right, not correct, not at all, not really, never
        2 لا, كلا, ليس صحيح*, غير صحيح, خطا, لالا, ماشي صحيح, مازال, ليس بعد, ابدا
        2 lala, lla, machi s7i7, machi hak, machi haka, ghalet, ghalat, mazal, jamais
        """,
    "cancel": """
        3 annuler, annule, annulez, annuler la reclamation, annuler ma reclamation, laisse tomber
        3 laissez tomber, laisser tomber, abandonner, oubliez, oublie, plus besoin, tant pis, je renonce
        3 cancel, cancel it, cancel that, never mind, nevermind, forget it, drop it
        3 الغاء, الغ, الغي, الغوا, انسي, انسوا, لا داعي, تراجعت, بطلت, خلاص بلاش, خليها, انساو, بلاه, nsaw
        3 nsawha, khaliha, khelliha, khaliwha, batel, batelt, annuli, annuliw
        """,
    "skip": """
        3 passer, passe, passons, sauter, ignorer, suivant, question suivante, je ne sais pas, je sais pas
        3 sais pas, j sais pas, sais plus, ne sais plus
        3 chais pas, jsp, aucune idee, pas de photo*, pas de photos, je n ai pas de
        3 j ai pas de, pas de numero, je ne me souviens pas, me souviens plus, sans photo, rien d autre
        3 aucun, aucune, peu importe
        3 skip, next, next question, i don t know, i dont know, don t know, dont know, dunno, no idea, idk
        3 no photo*, no picture*, i don t have, i dont have, can t remember, not sure, don t remember
        3 none, whatever
        3 تخطي, تجاوز, التالي, لا اعرف, لا ادري, لا اعلم, ليس لدي, لا املك, لا توجد صور*, بدون صور*
        3 لا اتذكر, ما نعرفش, مانعرفش, ماعنديش, ما عنديش, معلاباليش, ما علاباليش, ماكاش, ما كاش
        3 manich 3aref, man3refch, man3rafch, ma n3refch, ma n3rafch, mana3rafch, ma3labalich
        3 ma 3labalich, ma3andich, ma 3andich, ma3ndich, ma 3ndich, makach, ma kach, nsit, fout
        """,
    "correct": """
        3 corriger, corrige, correction, rectifier, rectification, modifier, je corrige
        3 je me suis trompe*, il y a une erreur, c est une erreur, to correct, i want to correct
        3 something is wrong, i made a mistake, not quite, change something, fix it
        3 تصحيح, صحح, اصحح, تعديل, عدل, غلطت, نصحح, نبدل, حاب نصحح, اخطات, nsa77e7, nsahah, nbedel, ghlatt
        3 ghltt
        """,
    "satisfied": """
        2 satisfait*, content*, regle, resolu, resolue, tout est bon, tout va bien, c est regle
        2 c est resolu, satisfied, happy, solved, fixed, resolved, all good, راض*, تم الحل, حلت, تحلت, تحل
        2 مرتاح, فرحان, t7allat, t7al, thal, radi, far7an
        """,
}

CARRIER_STOP = word_set(
    """
    stop stopall unsubscribe arret end quit cancel optout revoke desabonner
    """
)
"""Whole messages that a carrier itself obeys on SMS. source: Twilio, advanced opt-out, default keywords"""

STOP_ANYWHERE = word_set(
    """
    stop stopall unsubscribe arret optout desabonner desabonnement desinscription توقف حبس
    """
)
"""Whole messages that mean "no more messages" on every channel."""

START = word_set("start unstop reprise restart subscribe abonner اشتراك")

TOPICS: Mapping[str, str] = {
    "topic.accounting": """
        2 factur*, comptab*, paiement*, payer, regler, releve, invoice*, billing, payment*, accounting
        2 فاتوره, فواتير, دفع, محاسبه, فكتوره, factoura, faktoura, tkhalas
        """,
    "topic.logistics": """
        2 livr*, livraison*, transport*, camion*, chauffeur*, expedition, deliver*, shipping, truck*
        2 driver*, توصيل, تسليم, شاحنه, نقل, livrizon, tawsil, kamyo
        """,
    "topic.technical": """
        2 techni*, pose, poser, montage, dosage, fiche technique, resistance, dimension*, mortier
        2 technical, install*, mortar, datasheet, تقني*, تركيب, مقاييس, ابعاد
        """,
    "topic.sales": """
        2 devis, achat, acheter, prix, tarif*, commander, commercial, quote, quotation, buy, price*, order
        2 purchase, sales, شراء, سعر, اسعار, عرض سعر, نشري, سومه, nechri, nchri, souma, chhal
        """,
}
