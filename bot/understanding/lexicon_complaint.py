"""Words that make a complaint: what went wrong, how badly, how the customer feels, what they ask for.

French, English, Arabic and Maghreb dialect in both scripts. A line is a weight and its phrases; `*` ends a
word's beginning, `_` lets up to three words stand between.
"""

from __future__ import annotations

from collections.abc import Mapping

COMPLAINT: Mapping[str, str] = {
    "complaint": """
        3 reclamation*, reclamer, une plainte, porter plainte, deposer plainte, me plaindre, je me plains
        3 reklama*
        3 insatisf*, mecontent*, pas satisfait*, pas content*, pas contente, decu, decue, decus
        3 inadmissible, inacceptable
        3 scandal*, honteux, une honte, arnaqu*, escroc*, voleurs, vous m avez vole, litige
        3 complain*, dissatisfied, unhappy, not happy, not satisfied, disappoint*, unacceptable, scam*
        3 ripped off, outrageous
        3 شكوي*, شكواي*, شكاوي*, اشتكي, اشكي, شكايه, تظلم, غير راض*, لست راضي*, مستاء*, غير مقبول, نصب
        3 احتيال, خيبه
        3 نشكي, نشتكي, حقرتوني, حقره, سرقتوني, ماشي مليح*, ما عجبنيش, ماعجبنيش, ما عجبتنيش, ماعجبتنيش
        3 nechki, nchki, nshki, nechteki, chekwa, chakwa, chikaya, ma3jebnich, ma 3jebnich, ma3jbatnich
        3 ma3jbetnich, machi mli7*, machi mlih*, 7agra, hogra
        2 personne ne repond, personne repond, ne repondez pas, repondez jamais, sans reponse
        2 nobody answers, nobody answered, no one answers, nobody picks up, no reply from you, nobody replies
        2 لا احد يرد, لا احد يجيب, ماكاش لي يرد, واحد ما يرد, makach li yrod, makan li yrod
        2 gros probleme, un vrai probleme, grave probleme, j ai un probleme, jai un probleme
        2 i have a problem, have an issue, serious problem, عندي مشكل*, لدي مشكل*, مشكله كبيره
        2 3andi mochkil*, 3ndi mochkil*, 3andi mouchkil*, 3ndi mouchkil*, 3andi probl*, 3ndi probl*
        2 j ai un souci, jai un souci, j ai eu un souci, j ai eu un probleme, un souci avec, un probleme avec
        2 des problemes avec, un souci sur, un probleme sur, problem with, issue with, trouble with
        2 something is wrong, something went wrong, مشكل في, مشكله في, مشكل مع, مشكله مع
        2 mochkil fi, mochkil f, mochkil m3a, mouchkil fi, mouchkil f, probleme m3a, probleme f
        1 probleme*, souci, soucis, problem, problems, issue, issues, مشكل, مشكله, مشاكل, mochkil*
        1 mouchkil*, mochkila, retard*, delayed, late, رجع*, erreur*, mistake
        """,
    "defect": """
        2 fendu, fendue, fendus, fendues, fendill*
        2 cass*, brise*, fissur*, fele, feles, felees, abim*, endommag*, defectueu*, defaut*, ebrech*
        2 effrit*, pourri*, raye*
        2 non conforme*, pas conforme*, mauvaise qualite, mauvais produit, mauvais article*
        2 qualite mediocre, tombe en panne, en panne, ne marche pas, marche pas, ne marchent pas
        2 ne fonctionne pas, fonctionne pas, ne fonctionnent pas, hors service
        2 pas recu, jamais recu, rien recu, toujours pas _ recu, toujours pas _ arriv*
        2 toujours pas _ livr*, pas _ ete livr*, pas livr*, pas encore livr*, jamais livr*, jamais arriv*
        2 toujours rien, pas encore recu
        2 est pas arriv*, sont pas arriv*, n a pas ete livr*, retard* _ livraison, livraison _ retard*
        2 en retard, trop de retard, livre trop tard, deux semaines de retard, jours de retard
        2 semaines de retard
        2 manqu*, il manque, incomplet*, erreur de livraison, erreur de facturation
        2 erreur dans ma facture, erreur sur ma facture, facture _ fausse, trompe, trompes
        2 moitie case, sont case, tout case, toute case, briques case, arrive case, arrivees case
        2 devait arriver, devaient arriver, devait etre livr*, devaient etre livr*, aurait du arriver
        2 aurait du etre livr*, devait venir, was supposed to, were supposed to, should have arrived
        2 كان لازم توصل, كان من المفروض, كان المفروض
        2 mauvaise commande, pas la bonne, pas le bon, pas ce que j ai commande, au lieu de
        2 factur* _ deux fois, debite* deux fois, preleve* deux fois, paye deux fois, trop factur*
        2 surfactur*, pas le prix, prix _ different, double factur*
        2 mal emball*, emballage* _ dechir*, emballage _ ouvert, palette* _ ouvert*, palette* _ renvers*
        2 carton* _ dechir*, mouille, mouilles, mouillee, mouillees, mal poli*, mal recu*, mal accueil*
        2 insult* par, agressif
        2 broken, cracked, damaged, defect*, faulty, chipped, smashed, shattered, crumbl*, wrong item*
        2 wrong product*, wrong order, wrong size, wrong bricks, poor quality, bad quality, does not work
        2 doesn t work, doesnt work, not working, stopped working
        2 never arrived, not arrived, hasn t arrived, hasnt arrived, has not arrived, haven t received
        2 havent received, have not received, not received, never received, still waiting, still no
        2 late delivery, delivery _ late, arrived late, is late, are late, days late, weeks late, overdue
        2 missing, incomplete, overcharg*, charged _ twice, billed _ twice, charged twice, billed twice
        2 wrong amount, wrong price
        2 invoice _ wrong, badly packed, packaging _ torn, torn packaging, rude, ruined, cheated
        2 مكسور*, مكسر*, تكسر*, انكسر*, مشقق*, متشقق*, معطوب*, تالف*, معيب*, عيب, عطل, معطل*, لا يعمل
        2 لا تعمل, فاسد*, رديء*, رديي*, سيءه, سيي*, مبلل*, ممزق*
        2 لم يصل*, لم تصل*, لم استلم, لم اتلق, لم نستلم, ما وصل*, ما وصلني*, تاخر*, متاخر*, تاخير, ناقص*
        2 خطا في, خاطي*, لم يتم توصيل*, لم يتم تسليم*, مرتين
        2 مكسره, مهرس*, مهرسين, مكسرين, خاسر*, خسر, خسرت, مافيهاش, ماوصل*, ما جات*, ماجات*, ماجاش, ما لحق*
        2 مالحق*, ما يخدمش, مايخدمش, ما تخدمش, ماتخدمش, روطار, غلطو, غلطتو
        2 mkasser*, mkesser*, mkassr*, mkesr*, mksr*, mkssr*, mkasr*, mherres*, mharres*, mhers*, khasser*
        2 khasr*, khaser*, mekhsour*, fased, mchagga*, mche99*
        2 mawsel*, mawsal*, mawsl*, ma wsel*, ma wsal*, ma wsl*, mawesl*, ma weslet*, ma waslet*, majat*
        2 ma jat*, majach, ma jach, mal7ge*, ma l7ge*, mal7a9*, mala7ge*, t3atl*, m3atl*, t3attl*
        2 mat3atla, retar, rotar, nagsa, nagess, na9sa, na9es, naqsa
        2 mayekhdemch, ma yekhdemch, matekhdemch, mayemchich, ma yemchich, ghaltou, ghaltin, ghalta
        2 ghaltou fi
        """,
    "not_complaint": """
        3 pas de probleme*, aucun probleme*, aucun souci, pas de souci*, no problem*, no issue*, لا مشكله
        3 ماكاش مشكل*, makach mochkil*, makan mochkil
        2 rien de casse, pas casse, not broken, bien recu
        3 plus de probleme*, probleme regle, probleme resolu, problem solved
        """,
    "hypothetical": """
        3 que faire si, que faire en cas, que se passe t il si, que se passe t il en cas, et si, si jamais
        3 en cas de, en cas d, que dois je faire si, comment faire si, si un, si une, si les, si mes
        3 si ma, si mon
        3 est ce que vous rempla*, remplacez vous, reprenez vous, acceptez vous, y a t il une garantie
        3 quelle est votre, quelles sont vos, quels sont vos, quel est votre, quel est le delai
        3 quels sont les
        3 comment faire, comment deposer, comment faire une, comment retourner, comment signaler
        3 comment puis je, comment se passe, ou puis je, a qui dois je, procedure*, marche a suivre
        3 what if, what happens if, what should i do if, in case of, what do i do if, if my, if the
        3 if some, if a, if i, do you replace, do you accept, what is your, what are your, how do i
        3 how can i, how to, where can i, is there a warranty, are there
        3 اجراءات, ما الاجراء
        3 ماذا لو, ماذا افعل اذا, اذا كان, اذا كانت, اذا وصل*, في حاله, هل يمكن, هل تقبل*, هل تستبدل*
        3 كيف يمكن*, كيف اقدم, كيف يتم, ما هي, ما هو, واش ندير اذا, كيفاش ندير, كيفاش, لو كان
        3 ida kan, ida kanet, ila kan, lokan, kifach, kifech, kifah, chkoun lazem, wach ndir ida, win n9der
        """,
    "complain_wish": """
        2 deposer, deposer plainte, porter plainte, faire une reclamation, faire une plainte, me plaindre
        2 file a, make a complaint, lodge, to complain, ايداع, تقديم, اقدم, نقدم, ندير شكوي
        """,
    "already_told": """
        2 deja dit, deja explique, deja envoye, deja repondu, deja donne, je l ai dit, j ai dit, relisez
        2 already told, already said, already sent, already gave, i told you, i just told, read again
        2 قلت لكم, قلتلكم, سبق ان, قلته, قلتها, golt lkom, goltlkom, goltelkom, gotlkom, deja golt
        """,
    "same_matter": """
        2 et aussi, et en plus, en plus de ca, de plus, j ajoute, j oubliais, a propos de ma reclamation
        2 pour ma reclamation, concernant ma reclamation, concernant mon dossier, encore un mot
        2 and also, in addition, i forgot to say, about my complaint, regarding my complaint
        2 about my case, regarding my case, one more thing
        2 وايضا, وكذلك, وزيد, بالاضافه, بخصوص شكواي, حول شكواي, نسيت نقول, w zid, wzid, nsit ngoul
        2 nsit ngolkom
        """,
    "new_matter": """
        3 autre reclamation, nouvelle reclamation, autre probleme, nouveau probleme, autre commande
        3 une autre plainte
        3 another complaint, new complaint, another problem, different problem, another order
        3 a different order
        3 شكوي اخري, شكوي جديده, مشكل اخر, مشكله اخري, طلبيه اخري, mochkil akhor, mochkil wa7dakhor
        3 مشكل واحد اخر
        """,
}

OBJECTS: Mapping[str, str] = {
    "object.delivery": """
        2 retard*, pas recu, jamais recu, rien recu, jamais arriv*, jamais livr*, pas arriv*, pas livr*
        2 delai*, attends depuis, devait arriver, devaient arriver, devait etre livr*, devaient etre livr*
        2 aurait du arriver, aurait du etre livr*, was supposed to, should have arrived
        1 livr*, arriv*, transport*, chauffeur, camion, expedi*
        2 late, delay*, waiting, never arrived, not arrived, not received, never received
        1 deliver*, arrived, received, shipping, shipment, truck, driver
        2 تاخر*, متاخر*, تاخير, توصيل*, تسليم, لم يصل*, لم تصل*, لم استلم, ما وصل*, ماوصل*, شاحنه, ما جات*
        2 ماجات*, روطار, شحن, كاميو
        2 retar, rotar, livrizon, livrer, tawsil, wsel*, wslet*, wselt*, mawsel*, mawsal*, mawsl*, majat*
        2 ma jat*, kamyo, kamion, t3atl*, mal7ge*, ma l7ge*
        """,
    "object.quality": """
        3 cass*, brise*, fissur*, fele*, abim*, endommag*, defectueu*, defaut*, ebrech*, effrit*, qualite
        3 fendu, fendue, fendus, fendues, fendill*
        3 panne, non conforme*, pas conforme*, marche pas, fonctionne pas, mauvais produit, pourri*, raye*
        3 effondr*, ecroul*, mauvaise commande, pas la bonne, pas le bon, wrong bricks, collaps*
        3 broken, cracked, damaged, defect*, faulty, chipped, smashed, shattered, crumbl*, quality
        3 not working, doesn t work, does not work, wrong item*, wrong product*
        3 مكسور*, مكسر*, تكسر*, انكسر*, مشقق*, معطوب*, تالف*, معيب*, عيب, جوده, معطل*, لا يعمل, لا تعمل
        3 فاسد*, رديي*, مهرس*, خاسر*, نوعيه, كاليتي
        3 mkas*, mkes*, mksr*, mkssr*, mherres*, mharres*, khas*, fased, kalite, 9alite, qualiti, calite
        """,
    "object.price": """
        3 prix, factur*, facture, tarif*, debite*, preleve*, paye deux fois, trop cher, surfactur*
        3 montant, paiement, remise
        3 price*, invoice*, charged, overcharg*, billed, bill, paid twice, amount, payment, expensive
        3 سعر, اسعار, ثمن, فاتوره, مبلغ, دفع*, غالي*, سومه, فكتوره, تخليص
        3 prix, souma, souma, factoura, faktoura, khalast, khellast, ghali*, ghalya
        """,
    "object.packaging": """
        4 emballage*, mal emball*, carton*, dechir*, film plastique, mouille*
        4 packag*, packed, torn, box, boxes, wet
        4 تغليف, غلاف, علبه, كرطون*, كارطون*, ممزق*, مبلل*
        2 palette*, pallet*, باليت*, منصه
        4 emballaj*, kartouna, karton*, tghlif
        """,
}

FEELINGS: Mapping[str, str] = {
    "angry": """
        2 furieu*, en colere, colere, inadmissible, inacceptable, scandal*, honteux, une honte
        2 honte a vous, arnaqu*, escroc*, voleurs, ras le bol, marre, excede*, foutez, se moquer, se fout
        2 vous moquez, foutage, nul, nulle, nuls, incompetent*, catastroph*, lamentable, jamais vu ca
        2 derniere fois
        2 furious, angry, outrageous, unacceptable, disgrac*, scam*, thieves, fed up, sick of, incompetent
        2 ridiculous, pathetic, worst, terrible, disgusted, useless
        2 غاضب*, غضب*, فضيحه, عار, حشومه, نصابين, نصابه, محتال*, لصوص, سراقين, سراق, غير مقبول, سيم من
        2 ملي*ت, كرهت, كرهتونا, طلعتولي, عيب عليكم, مهزله, زعفان*
        2 za3fan*, z3aft, za3faf, 7chouma, hchouma, chouma, serra9in, sera9in, karahtouna, kreht, kraht
        2 ta3ayit, taba3tou, ya3tikom, 3ayb 3likom, 3ib 3likom
        """,
    "abuse": """
        3 connard*, connasse*, salaud*, salop*, encul*, batard*, fils de pute, fdp, putain de, ta gueule
        3 va te faire, allez vous faire, merde, abruti*, debile*, cretin*, imbecile*, bande de
        3 fuck*, asshole*, bastard*, idiot*, moron*, shit*, stupid, bullshit, screw you, go to hell
        3 كلب, كلاب, حمار, حمير, حقير*, غبي*, اغبياء, تافه*, لعنه, يلعن, قحبه, زبي, نعل
        3 7mar, hmar, 7mir, kelb, klab, k7ba, 9a7ba, zebi, zbi, n3al, yan3al, na3al, m9awed
        """,
    "critical": """
        3 bless*, accident*, hopital, urgences, danger*, mort, mourir, effondr*, ecroul*, s est affaisse
        3 risque pour, incendie, enfant _ touche, electrocut*, chute d un mur
        3 avocat*, tribunal, huissier*, mise en demeure, journaliste*, les journaux, la presse, television
        3 association de consommateurs, vous poursuivre, poursuites, un proces, en proces, police
        3 gendarmerie
        3 injur*, hurt, accident*, hospital, danger*, collaps*, unsafe, fire hazard, died, death, lawyer*
        3 attorney, in court, to court, sue, suing, legal action, the press, newspaper*, journalist*, police
        3 broke his, broke her, broken arm, broken leg, broke my leg, broke my arm, broke an arm, broke a leg
        3 vomit*, choked, choking, poisoned, food poisoning, bleeding, burned my, burnt my, solicitor, caught fire
        3 on fire, exploded, gas leak, electric shock, mould in, needle in, carbon monoxide
        3 s est casse le, s est casse la, vomit*, intoxi*, a pris feu, a explose, fuite de gaz, saigne*, pompiers
        3 a avale une, brulures, moisi* _ lait
        3 تسمم*, تتقيا, يتقيا, ابتلع, انفجر*, احترق*, اشتعل*, تسرب غاز, قضيه, دعوي, كسرت يد*, القضاء
        3 تفرقع*, طرطق*, تحرق*, شعلت فيه, tfarg3*, tfar9*, tarta9*, t7er9*, tsemm*, tet9aya, da3wa
        3 جرح*, اصاب*, مصاب*, حادث*, مستشفي, خطر*, خطير*, انهار*, انهيار, سقط*, موت, وفاه, محامي*, محكمه
        3 قضاء, صحافه, جريده, شرطه, درك, طاح*, تجرح*
        3 mjrou7, tjra7*, tjre7*, sbitar, mosta7fa, khatar, khatir, ta7 3la, ta7et, riba, mou7ami, avoca
        3 mahkama, ma7kama, sahafa, jarida, boulis
        """,
    "serious": """
        2 urgent*, chantier _ arrete*, chantier _ bloque*, chantier a l arret, bloque*, tout est casse
        2 toute la livraison, toutes les briques, plus de la moitie, grave*, fissur* _ mur*
        2 mur* _ fissur*
        2 urgent*, site _ stopped, stopped work, whole delivery, all broken, everything is broken
        2 more than half, half of, serious*
        2 عاجل*, مستعجل*, ورشه متوقفه, متوقف*, كلها مكسوره, كلش مكسر, نصف, اكثر من نصف, خطيره, قاع مكسر*
        2 mosta3jel, msta3jel, urgen, kolch mkas*, ga3 mkas*, chantier 7abes, chantier habes, nos mkas*
        """,
}

REMEDIES: Mapping[str, str] = {
    "remedy.refund": """
        3 rembours*, rendre mon argent, rendez moi mon argent, mon argent, recuperer mon argent, un avoir
        3 avoir sur, annuler la commande, annuler ma commande
        3 refund*, money back, my money, reimburs*, credit note, cancel my order, cancel the order
        3 استرداد, استرجاع, ارجاع المال, اعاده المال, تعويض مالي, فلوسي, دراهمي, رجعولي دراهم*
        3 ردولي دراهم*, تعويض*, عوضوني
        3 drahmi, drahem, flousi, floussi, rembours*, ramboursi*, raj3ouli, rej3ouli, 3awdouni
        """,
    "remedy.exchange": """
        3 echang*, remplac*, autre produit, produit neuf, nouvelles briques, nouvelle palette, changer les
        3 changez les, me les changer
        3 exchang*, replac*, new ones, a new one, swap
        3 استبدال*, تبديل*, استبدلوا, بدلوه*, بدلوها*, تبدلوه*, يبدلوه*, بدلولي, تبدلولي
        3 جديده بدلها
        3 tbedlou*, tbadlou*, bedlou*, badlou*, tebdil, nbedel, nbadel, nbadlou
        """,
    "remedy.redelivery": """
        3 relivr*, nouvelle livraison, livrez moi, livrez le, relancer la livraison, etre livre
        3 completer la livraison, livrer le reste, livrer ce qui manque, recevoir ma commande
        3 je veux mes briques, je veux ma commande, je veux ma livraison, livriez, livrez nous
        3 i want my bricks, i want my order, i want my delivery, اريد طلبيتي, نحب لكوموند, حاب سلعتي
        3 livrer rapidement, livrer au plus vite
        3 redeliver*, deliver again, new delivery, deliver it, send the rest, send the missing
        3 get my order, deliver the
        3 اعاده التوصيل, توصيل جديد, اعاده التسليم, وصلوا لي, وصلولي, جيبولي, تجيبولي, ابعثوا لي
        3 اكمال الطلبيه, تكملولي
        3 jibouli, tjibouli, jiboli, livriwli, wesslouli, weslouli, b3atouli, tkamlouli
        """,
    "remedy.repair": """
        3 repar*, technicien, intervention, reparation
        3 repair*, fix it, technician
        3 اصلاح*, تصليح*, صلحو*, تقني
        3 tsel7ou*, sel7ou*, sal7ou*, tasli7, technicien
        """,
    "remedy.explanation": """
        3 explication*, expliqu*, comprendre pourquoi, savoir pourquoi, des excuses, juste comprendre
        3 explanation*, explain, know why, understand why, an apology, apologise, apologize
        3 تفسير*, توضيح*, شرح, لماذا, اعتذار*, نفهم علاش, نعرف علاش, تفهموني
        3 tafsir, nefhem, n3ref 3lach, nfhem 3lach, tfahmouni, tfehmouni
        """,
    "remedy.discount": """
        3 une remise, remise de, ristourne, geste commercial, reduction, un rabais, dedommag*
        3 compensation, indemnis*
        3 discount, goodwill, price reduction, compensat*, voucher
        3 تخفيض*, خصم, حسم, تنقصولي, نقصولي
        3 remise, tna9sou*, tnaqsou*, na9souli, takhfid
        """,
}
