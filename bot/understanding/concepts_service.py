"""What customers of any service say in many ways: money, cards, accounts, parcels, appointments, devices.

A concept a line: English, French, standard Arabic, then Maghrebi in Arabic and in Latin letters; two words
that belong together are joined by "_". A word may name several concepts.
"""

from __future__ import annotations

from typing import Final

SERVICE: Final = {
    # money
    "fee": (
        "fee fees charge charges charged commission surcharge frais facturee preleve prelevement prelever "
        "رسم رسوم عمولة مصاريف خصمت اقتطاع اقتطعوا نقصولي تنقصو frais_bancaires"
    ),
    "cost": (
        "cost costs price prices pricing prix tarif cout coute couter سعر اسعار ثمن تكلفة كلفة سوم soum souma"
    ),
    "free of charge": (
        "free complimentary gratuit gratuite gratuits gratuitement مجاني مجانا مجانية باطل بلاش fabor batel"
    ),
    "refund": (
        "refund refunds refunded reimburse reimbursed reimbursement rembourser remboursement rembourse "
        "remboursee remboursez money_back استرداد استرجاع استرد تعويض ترجيع نرجع رجعولي يرجعولي ترجعولي "
        "rembourssement"
    ),
    "cancel": (
        "cancel cancels cancelled canceled cancelling canceling cancellation revoke abort annuler "
        "annulation annule annulee resilier resiliation الغاء الغي تلغي يلغي الغيت ملغى نلغي نبطل ابطال "
        "نحبس annuli nannuli lagha nelghi"
    ),
    "reverse": "reverse reversed revert reverted undo undone inverser revenir عكس تراجع ارتداد نرجع",
    "exchange rate": (
        "exchange_rate conversion convert converted converting currency currencies forex fx rate rates "
        "taux taux_change devise devises convertir عملة عملات صرف تصريف سعر_صرف تحويل_عملات دوفيز douvise"
    ),
    "abroad money": (
        "euro euros dollar dollars pound pounds sterling dinar dinars dirham dirhams يورو دولار جنيه "
        "دينار درهم"
    ),
    "cash": (
        "cash banknote banknotes bills coins especes liquide liquidite billets نقد نقود نقدا كاش فلوس "
        "سيولة kach flous"
    ),
    "money": (
        "money funds fund sum amount argent fonds montant somme مال اموال مبلغ مبالغ فلوس دراهم مصاري "
        "flous drahem masari"
    ),
    "balance": "balance balances solde soldes رصيد رصيدي ارصدة صولد رصيدو rasid",
    "bank": "bank banks banking banque banques bancaire بنك بنوك مصرف بانكة لبانكة banka",
    "branch": "branch branches agency agence agences guichet فرع فروع وكالة وكالات لاجونس lagence",
    "bill": "bill bills invoice invoices facture factures facturation فاتورة فواتير فكتورة فاكتورة factura",
    "receipt": "receipt receipts proof voucher recu ticket justificatif وصل ايصال اثبات توصيل_دفع ",
    "statement": (
        "statement statements releve releves history historique transactions كشف كشوف كشف_حساب بيان سجل "
        "ruleve"
    ),
    "transaction": "transaction transactions operation operations معاملة معاملات عملية عمليات حركة عملية_دفع",
    "debit": (
        "debit debits debited debiter debite prelevement deducted deduct withdrawn خصم مخصوم اقتطع سحبوا "
        "قطعولي نقصو direct_debit"
    ),
    "credited": (
        "credited credit deposit deposits deposited crediter credite depot deposer versement verser ايداع "
        "اودع دفعة وديعة نحط حطيت"
    ),
    "twice": (
        "twice double doubled duplicate duplicated again deux_fois doublon مرتين مكرر مضاعف زوج_مرات "
        "جوج_مرات زوز_مرات مرتان"
    ),
    "withdraw": (
        "withdraw withdrawal withdrawals withdrawing withdrew cash_out retrait retraits retirer retire "
        "سحب اسحب سحبت نسحب جبد نجبد جبدت خرجت نخرج njbed jbedt"
    ),
    "cash machine": (
        "atm atms cashpoint cash_machine dab gab distributeur distributeurs guichet_automatique صراف "
        "صرافات صراف_الي ماكينة جهاز_صراف شباك ديستريبيتور ديستريبتور ديستريبوتور كيشي قيشي الموزع موزع"
    ),
    "transfer": (
        "transfer transfers transferred transferring wire remittance send_money virement virements virer "
        "transfert transferer تحويل تحويلات حوالة حوالات حول حولت احول يحول نحول فيرمون فيرمان virma "
    ),
    "recipient": (
        "recipient recipients beneficiary beneficiaries payee destinataire beneficiaire مستفيد مستلم "
        "مستفيدين متلقي"
    ),
    "sender": "sender expediteur مرسل",
    "top up": (
        "top_up topup topups topped topping top_ups reload recharge recharging recharger rechargement "
        "recharges شحن اشحن تعبئة عبئة شحنت نشارجي شارجي شارجيت شارج تعمير نعمر عمرت flexy charger nflexi"
    ),
    "automatic": (
        "automatic automatically auto automatique automatiquement تلقائي تلقائيا اوتوماتيك اوتوماتيكي "
        "otomatik"
    ),
    "instalment": (
        "instalment instalments installment installments tranches echeance mensualite mensualites تقسيط "
        "اقساط قسط فاسيليتي facilite taqsit"
    ),
    "loan": (
        "loan loans mortgage lend lending borrow pret prets emprunt emprunter قرض قروض سلفة نتسلف كريدي "
        "kridi credi"
    ),
    "interest": "interest apr interets فائدة فوائد",
    "savings": "savings save saving epargne epargner livret ادخار توفير نوفر",
    "income": (
        "income salary wage wages paycheck payday salaire paie paye revenu راتب رواتب اجرة معاش شهرية "
        "خلصة chahriya"
    ),
    "tax": "tax taxes vat impot impots tva fiscal taxe ضريبة ضرائب جباية",
    "limit": (
        "limit limits maximum max cap ceiling limite limites plafond plafonds maximal حد حدود سقف اقصى بلافون"
    ),
    "restricted": (
        "restriction restrictions restricted allowed prohibited permitted interdit autorise permis مسموح "
        "ممنوع قيود مقيد"
    ),
    "cheque": "check cheque cheques checks checkbook chequier شيك شيكات دفتر_شيكات chik",
    "budget": (
        "budget budgets spending spend spent spendings expenses expense depense depenses depenser انفاق "
        "ميزانية نفقات صرفت صرف مصروف"
    ),
    "score": "score rating ratings note classement تقييم نقاط درجة",
    "points": (
        "points rewards reward loyalty miles fidelite recompense recompenses cashback نقاط مكافات ولاء جوائز"
    ),
    "discount": (
        "discount discounts coupon coupons promo voucher promotion remise reduction reductions rabais "
        "soldes تخفيض تخفيضات خصم عروض بروموسيون takhfid"
    ),
    "offer": "offer offers deal deals offre offres عرض عروض",
    "subscription": (
        "subscription subscribe subscribed membership plan abonnement abonner forfait formule اشتراك "
        "اشترك مشترك باقة abonnma"
    ),
    "unsubscribe": "unsubscribe unsubscribed desabonner desinscrire desabonnement الغاء_اشتراك",
    "insurance": "insurance insured coverage assurance assure assurances تامين مؤمن لاسورانس",
    # cards, codes, accounts
    "card": (
        "card cards carte cartes بطاقة بطاقات بطاقتي كارط كارطة كارت كارتة لاكارط كارتي كرتة karta carta "
        "lacarte"
    ),
    "physical": "physical plastic physique فعلية ملموسة مادية بلاستيكية",
    "virtual": (
        "virtual disposable temporary one_time virtuel virtuelle jetable ephemere temporaire افتراضية "
        "افتراضي مؤقتة"
    ),
    "contactless": "contactless nfc tap sans_contact لاتلامسي تلامس بدون_لمس",
    "digital wallet": "apple_pay google_pay wallet wallets portefeuille محفظة ابل جوجل",
    "visa mastercard": "visa mastercard amex maestro cib edahabia فيزا ماستركارد ماستر الذهبية",
    "pin": "pin passcode code_secret code_pin رمز رمز_سري رقم_سري كود كود_سري القن_سري ",
    "password": (
        "password passwords passcode login_details mot_passe mdp كلمة_مرور كلمة_سر مودباس باسوورد modpass"
    ),
    "code": "code codes otp كود رمز رموز",
    "blocked": (
        "blocked block locked lock frozen freeze freezing suspended suspend bloque bloquee bloquer "
        "verrouille gele محظور محجوب مقفل مجمد مغلق موقوف حبس تبلوكات مبلوكي تبلوكا bloki tbloka mbloki"
    ),
    "unblock": (
        "unblock unlock unblocked unlocked unfreeze debloquer deverrouiller فتح الغاء_حظر نديبلوكي "
        "ديبلوكي débloqui deblok"
    ),
    "declined": (
        "declined decline declines rejected reject refused refuse denied failed fail fails failure "
        "unsuccessful refusee rejete rejetee echoue echouee echec رفض رفضت مرفوض مرفوضة فشل فشلت ماتقبلتش "
        "ماتقبلش تقبلتش ترفضت ماتعداش ماتعدات ma9belch"
    ),
    "not working": (
        "broken doesnt isnt malfunction malfunctioning faulty defective broke defectueux defectueuse "
        "panne marche_pas fonctionne_pas معطل معطلة لايعمل لاتعمل متعطل خاسر خسر خسرات ماتخدمش ماكتخدمش "
        "ميخدمش ماتمشيش ماكاتخدمش ماخدامش مايخدمش khasser makhdamch"
    ),
    "works": (
        "work works working function functioning fonctionne fonctionner marche marcher يعمل تعمل تشتغل "
        "يشتغل خدام خدامة تخدم يخدم تمشي khedam tekhdem"
    ),
    "pending": (
        "pending processing process outstanding en_attente en_cours traitement معلق معلقة قيد_انتظار "
        "قيد_معالجة قيد_تنفيذ مازالت مازال لازال لازالت "
    ),
    "completed": (
        "completed complete done finished finalised termine terminee effectue effectuee اكتمل مكتمل تمت "
        "انتهى كملت سالات سالا تكمل"
    ),
    "approved": (
        "approved accept accepted approve approval accepte acceptee accepter approuve موافقة قبول مقبول "
        "قبلت تقبل وافق"
    ),
    "activate": (
        "activate activating activation activated enable enabled active activer actives تفعيل تنشيط افعل "
        "تفعل نفعل نشط نكتيفي اكتيفي nactivi"
    ),
    "deactivate": "deactivate disable disabled turn_off switch_off desactiver تعطيل ايقاف نوقف نسكر",
    "expire": (
        "expire expires expired expiry expiration expiring expirer expiree perime perimee انتهت صلاحية "
        "منتهية تنتهي تاريخ_انتهاء كملت_المدة"
    ),
    "renew": (
        "renew renewal replacement replace renouveler renouvellement remplacer remplacement تجديد جدد "
        "بديل بديلة استبدال نبدل نجدد"
    ),
    "account": "account accounts compte comptes حساب حسابي حسابات كونط كومبت كونت لكونط kount conte",
    "open account": (
        "open_account opening sign_up signup register registration registering enrol enroll enrollment "
        "inscrire inscription ouvrir_compte creer تسجيل اسجل فتح_حساب نسجل تسجلت nsejel inscri"
    ),
    "close account": (
        "close_account closure terminate delete deleting deletion remove erase fermer cloturer cloture "
        "supprimer suppression اغلاق حذف احذف مسح اقفال نسكر نمسح نسد"
    ),
    "login": (
        "login log_in sign_in signin logging logon connecter connexion se_connecter دخول الدخول ولوج "
        "نكونيكتي ندخل nconnecti ndkhol"
    ),
    "username": "username userid user identifiant utilisateur pseudo مستخدم اسم_مستخدم",
    "identity": (
        "identity identification id passport passeport licence_conduire identite piece_identite "
        "carte_identite هوية بطاقة_تعريف جواز جواز_سفر لاكارت_ناسيونال بيان_هوية"
    ),
    "verify": (
        "verify verification verifying verified confirm validate validation prove proving verifier "
        "valider confirmer confirmation تحقق تاكيد اثبات توثيق التحقق نتاكد ناكد nverifi"
    ),
    "reason": (
        "reason reasons why explanation explain raison raisons pourquoi motif سبب اسباب لماذا علاش وعلاش "
        "لاش لواش ليش 3lach 3lah alach"
    ),
    "personal details": (
        "details detail personal information particulars coordonnees donnees informations_personnelles "
        "معلومات بيانات تفاصيل معطيات"
    ),
    "name": "name names surname nom prenom اسم لقب اسمي سمية سميتي smiya",
    "address": "address addresses adresse adresses عنوان عنواني عناوين ادريسة لادريس ladresse",
    "moved": (
        "moved move moving relocate relocating relocated demenager demenagement demenage انتقلت انتقال "
        "انتقل رحلت تحولت rhelt"
    ),
    "age": (
        "age old minimum_age young minor under_18 kid kids child children teenager enfant enfants mineur "
        "majeur عمر سن قاصر طفل اطفال ابني ابنتي ولدي بنتي دراري صغار"
    ),
    "someone else": (
        "someone somebody friend friends another_person quelqu_un autrui ami amis proche شخص صديق صديقي "
        "اصدقاء واحد صاحبي صحابي sa7bi"
    ),
    "fraud": (
        "fraud fraudulent unauthorised unauthorized scam scammed phishing suspicious hacked compromised "
        "fraude frauduleux arnaque pirate piratage escroquerie احتيال نصب مشبوه مخترق قرصنة تهكر تهكرت "
        "n9ab"
    ),
    "unknown": (
        "recognise recognize unrecognised unrecognized unfamiliar unknown inconnu inconnue reconnais "
        "لااعرف مجهول غريب ماعرفتش مانعرفش معرفتوش"
    ),
    "dispute": (
        "dispute disputing contest challenge claim contester contestation litige reclamer reclamation "
        "اعتراض اعترض نزاع مطالبة شكوى chikaya"
    ),
    "lost": (
        "lost lose losing missing misplaced misplace perdu perdue perdre egare egaree فقدت ضاعت ضاع ضائع "
        "مفقود ضيعت ضيعتها توضر توضرت ودرت ضاعتلي تلفت dya3t wdert tlef"
    ),
    "stolen": (
        "stolen stole steal theft thief robbed mugged vole volee voler vol سرقت سرق سرقة مسروق مسروقة "
        "تسرقت سرقوني سرقولي tsr9t serqou"
    ),
    "found": (
        "found find located locate trouve retrouve retrouver trouver وجدت اجد عثرت لقيت نلقى نلقا l9it nel9a"
    ),
    "forgot": "forgot forgotten forget remember oublie oublier rappelle نسيت نسي تذكر انسى nsit",
    "retrieve": "retrieve recover recovery recuperer recuperation get_back استعادة استرجاع نسترجع نرجع",
    "swallowed": (
        "swallowed swallow stuck ate eaten retained kept avale avalee coince coincee retenue ابتلع بلع "
        "بلعت بلعاتها علقت عالق حبسها كلا كلات blaa bl3at"
    ),
    "order card": (
        "order ordered ordering request requested commander commande demande demander طلب اطلب طلبت طلبية "
        "نطلب كوموند nkomandi ntleb"
    ),
    "limit reached": "exceeded exceed reached over depasse depassement atteint تجاوزت تجاوز فات فتت",
    "supported": (
        "support supported supports accept accepts accepted compatible prend_charge acceptes accepte "
        "مدعوم تدعم يقبل تقبل مقبولة"
    ),
    "country": (
        "country countries nation pays etranger europe eu uk usa overseas international "
        "internationally abroad foreign dehors بلد بلدان دولة دول خارج اجنبية خارجا اوروبا برا بلاد bled "
        "barra"
    ),
    "salary": "direct_deposit domiciliation payroll راتب",
    # parcels, time and states
    "arrive": (
        "arrive arrives arrived arriving receive received receiving come came get_here show_up arriver "
        "arrivee recu recevoir recois وصل وصلت تصل يصل استلمت استلام استلم توصل وصلات وصلاتني جات جاتني "
        "جاني وصلني تجيني wsel wselni jat jatni"
    ),
    "deliver": (
        "deliver delivery delivered deliveries ship shipped shipping dispatch dispatched send sent "
        "livraison livrer livre livree expedition expedier envoi envoyer توصيل تسليم شحن ايصال ارسال يرسل "
        "ارسل بعث يبعث صيفط يصيفط تصيفط sift tawsil livri nlivri"
    ),
    "track": (
        "track tracking trace follow status whereabouts suivi suivre suivez statut ou_est تتبع متابعة "
        "حالة وين_راه وين_وصلت فين_وصلات tracki win_rah"
    ),
    "how long": (
        "how_long long duration time_take delay delays delai delais combien_temps duree كم_من مدة كم_مدة "
        "وقت كم_يستغرق شحال_من قداش_وقت قداه_وقت شحال_وقت ch7al_wa9t"
    ),
    "late": (
        "late later overdue delayed delay lateness behind retard retards tard retarde تاخر متاخر تاخير "
        "تاخرت معطل تعطلت تعطل بطات بطا تعطلو retar t3atel"
    ),
    "fast": (
        "fast faster quick quickly quicker speed expedite expedited express rush urgent urgently asap "
        "rapide rapidement vite urgence سريع سرعة بسرعة اسرع عاجل مستعجل فيسع بالزربة دغيا bzerba "
        "daghya fissa3"
    ),
    "wait": (
        "wait waiting waited awaiting attendre attends attente attendu انتظر انتظار ننتظر نستنى نستنا "
        "كنتسنى نسنى نستنو nestenna kantsena"
    ),
    "still": "still yet encore toujours لازال لايزال بعد مازال مازالت باقي باقا mazal ma7adch ba9i",
    "not": (
        "not no never dont cant cannot wont didnt hasnt havent isnt doesnt wasnt couldnt unable pas "
        "jamais لا لم ليس لن ماشي مش مكانش مكاينش machi mouch"
    ),
    "disappeared": (
        "disappeared disappear vanished gone missing disparu disparue disparition اختفى اختفت طار غبر "
        "غبرات طارت ghber"
    ),
    "wrong": (
        "wrong incorrect incorrectly mistake mistaken error erroneous inaccurate erreur faux fausse "
        "errone incorrecte trompe خطا خاطئ خاطئة غير_صحيح غلط غالط غالطة غلطت غلطة ghalta ghlat"
    ),
    "different": (
        "different other another else differ autre autres differente مختلف مختلفة اخر اخرى واحد_اخر اوخرى "
        "wa7ed_akhor"
    ),
    "extra": (
        "extra additional more second supplementary supplementaire additionnel deuxieme اضافي اضافية "
        "زيادة ثانية زايدة"
    ),
    "problem": (
        "problem problems issue issues trouble troubles difficulty probleme problemes souci soucis مشكل "
        "مشكلة مشاكل عطب بروبليم mochkil mouchkil"
    ),
    "fix": (
        "fix fixed repair repaired solve solved resolve reparer reparation resoudre regler حل اصلاح تصليح "
        "نصلح يتصلح نحل nssel7 nsal7"
    ),
    "help": (
        "help assist assistance support aide aider aidez مساعدة ساعدني عاونوني تعاونني معاونة دعم "
        "3awnouni 3awni"
    ),
    "change": (
        "change changes changed changing modify edit update updated updating alter amend switch changer "
        "changement modifier modification mettre_jour تغيير اغير غير تعديل تحديث نبدل بدلت نغير تبديل "
        "nbedel nbadel"
    ),
    "set up": (
        "set_up setup configure setting settings configurer configuration parametre parametres reglage "
        "installer اعداد ضبط تهيئة اعدادات نكونفيغوري"
    ),
    "create": "create make generate creer generer انشاء انشئ عمل اصنع نصاوب نعمل ندير",
    "add": (
        "add adding added include link linked linking connect attach ajouter ajout lier relier اضافة اضيف "
        "اربط ربط نزيد نربط nzid"
    ),
    "get": "obtain acquire obtenir avoir حصول احصل نجيب ناخذ ناخد nakhoud njib",
    "use": (
        "use using used usage utiliser utilisation استخدام استعمال استخدم استعمل نستعمل نخدم_بها nesta3mel"
    ),
    "show": (
        "show showing appear appearing display visible see view apparaitre affiche afficher voir يظهر "
        "تظهر ظهر يبان تبان نشوف بانت tban nchouf"
    ),
    "check": "check checking look_up consult see verifier consulter regarder اطلع تفقد فحص نشوف نتاكد",
    "explain": (
        "explain explanation meaning mean means definition define expliquer explication signifie شرح فسر "
        "معنى تعريف يعني تفهمني chno_ma3na"
    ),
    "available": (
        "available availability in_stock disponible disponibles disponibilite متوفر متوفرة متاح متاحة "
        "كاين كاينة موجود kayen mawjoud"
    ),
    "need": (
        "need needed necessary require required must necessaire requis obligatoire besoin احتاج ضروري "
        "مطلوب لازم يلزم خاصني محتاج khassni lazem"
    ),
    "possible": (
        "possible possibility can able allowed peut_on ممكن يمكن امكانية نقدر نجم ينجم واش_يمكن momkin n9der"
    ),
    "happen": ("happen happened happening occur occurred passe حدث يحدث حصل صار وقع صرا طرا wa9a3 sra"),
    "document": (
        "document documents paper papers paperwork form forms formulaire papier papiers dossier pieces "
        "وثيقة وثائق مستندات اوراق استمارة ملف كواغط وراق kwaghet wra9"
    ),
    "photo": "photo photos picture pictures image selfie صورة صور تصويرة taswira",
    "file": "upload download attach attachment telecharger joindre piece_jointe تحميل رفع ملف telecharji",
    # contact
    "agent": (
        "agent human representative operator advisor conseiller operateur humain موظف وكيل مستشار عون بشر"
    ),
    "service": "customer_service helpdesk hotline service_client خدمة_عملاء خدمة_زبائن سيرفيس_كليان",
    "phone": (
        "phone phones telephone mobile cell smartphone portable هاتف جوال موبايل نقال تلفون تليفون "
        "بورطابل بورتابل telifoun tilifoun portabl"
    ),
    "number": "number numbers numero numeros رقم ارقام نمرة نيميرو nimiro ra9m",
    "email": "email mail emails courriel mel بريد ايميل الكتروني imayl",
    "text message": "sms text message messages texto رسالة رسائل ميساج msg mesaj",
    "call": "call called calling ring appel appeler appele اتصل اتصال مكالمة نعيط عيطت نتاصل n3ayet ntasel",
    "app": (
        "app application apps website site online appli تطبيق موقع برنامج لابليكاسيون سيت lapplication sit"
    ),
    "complain": (
        "complain complaint complaints plainte plaindre reclamation شكوى شكاية اشتكي نشتكي chkaya nechki"
    ),
    "opinion": "review reviews feedback opinion suggestion avis suggestions راي اقتراح تقييم",
    # appointments and travel
    "appointment": (
        "appointment appointments schedule scheduled scheduling meeting meetings rendez_vous rdv موعد "
        "مواعيد اجتماع رونديفو rendivou rendez"
    ),
    "book": (
        "book booking bookings reserve reservation reservations reserver حجز احجز حجوزات نحجز نريزيرفي "
        "nreservi n7jez"
    ),
    "hotel": "hotel hotels motel accommodation lodging hebergement chambre فندق فنادق اوتيل",
    "flight": "flight flights plane airline fly flying airplane vol vols avion طائرة رحلة رحلات طيارة tayara",
    "luggage": (
        "luggage baggage suitcase bag bags carryon bagage bagages valise امتعة حقيبة حقائب فاليز baliza"
    ),
    "travel": (
        "travel travels travelling traveling trip vacation holiday holidays voyage voyager voyages "
        "vacances conge سفر السفر رحلة اجازة عطلة نسافر vacance"
    ),
    "visa permit": "visas permit permits embassy consulate ambassade consulat تاشيرة فيزا سفارة قنصلية",
    "vaccine": (
        "vaccine vaccines vaccination vaccinated shot shots immunization vaccin vaccins vacciner لقاح "
        "لقاحات تطعيم تلقيح جلبة"
    ),
    "restaurant": "restaurant restaurants diner eatery dining resto مطعم مطاعم ريسطو",
    "car": (
        "car cars vehicle auto automobile voiture voitures vehicule سيارة سيارات طوموبيل كرهبة لوطو "
        "tomobil karhba loto"
    ),
    "rent": "rent rental renting hire lease location louer loyer كراء ايجار استئجار نكري kra nekri",
    "fuel": "gas fuel petrol gasoline diesel essence carburant gasoil وقود بنزين ليسانس مازوت lissans",
    "tire": "tire tires tyre tyres wheel pneu pneus اطار عجلة بنو",
    "traffic": "traffic jam congestion circulation embouteillage ازدحام مرور",
    "direction": "direction directions route way itinerary itineraire chemin اتجاه اتجاهات طريق مسار tri9",
    "distance": "distance far miles kilometers km loin مسافة بعيد b3id",
    "near": "near nearby nearest close closest around proche pres proximite قريب اقرب بجانب قريبة 9rib hda",
    "taxi": "taxi cab uber ride vtc تاكسي سيارة_اجرة taksi",
    "parking": "parking park garer stationnement موقف مواقف باركينغ",
}
"""Concept -> its words."""
