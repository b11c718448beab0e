"""Everyday words that dialects say otherwise: question words, verbs, money, cards, telephones.

Standard Arabic, then Maghrebi in Arabic and in Latin letters; French and English where they are borrowed.
Words of negation are left alone: they are parts of other words.
"""

from __future__ import annotations

from typing import Final

EVERYDAY: Final = {
    "how": "كيف كيفيه كيفاش كيفاه شلون kifach kifah kifash comment how",
    "why": "لماذا علاش وعلاش لاش لواش ليش 3lach 3lah 3lech alach pourquoi why",
    "when": "متي وقتاش فوقاش وقتاه امتي ايمتا امتا waqtach wa9tach fo9ach foukach quand when",
    "where at": "اين فين وين فاين فينهي win wen fin feen fayn where",
    "what": "ماذا شنو شنوا شنوه شنيه اش واش وش اشنو اشنوا ايش chno chnou chnowa ach wach quoi what",
    "who": "شكون chkoun chkon qui who",
    "how much": "كم شحال قداش بشحال بقداش ch7al chhal 9adech gedach combien",
    "want": "اريد ارغب بغيت نبغي باغي نحب حاب حابه عاوز بدي bghit nebghi n7eb nheb veux want",
    "can": "يمكن يمكنني استطيع اقدر نقدر نقدرو تقدر ينجم نجم ننجم تنجم يمكنلي n9der nqder nejjem peux can",
    "now": "الان دابا توا توه درك دروك ذرك هلا daba tawa tawwa derk drouk maintenant now",
    "there is": "يوجد هناك كاين كاينه فما ثمه kayen kayn famma",
    "have": "لدي عندي عندنا عندكم معايا 3andi 3endi andi",
    "have not": "معنديش ماعنديش ماعندناش معندناش معندكمش ma3andich m3ndich",
    "this": "هذا هذه هاد هادي هذي هادا هيدا had hadi hada",
    "which": "الذي التي اللي لي elli lli",
    "thing": "شيء شي حاجه حاجات 7aja haja chose thing",
    "much": "كثير كثيرا بزاف برشا ياسر bezzaf bzaf barcha yasser beaucoup",
    "only": "فقط غير كان برك بركا ghir berk seulement",
    "wrong": "خطا خاطيء غلط غالط غالطه غلطه ghalta ghalat erreur faute",
    "problem": "مشكل مشكله مشكلتي مشاكل بروبليم mochkil mouchkil mochkila probleme problem",
    "wait": "انتظر انتظار ننتظر نستنا نستني كنتسنا كنتسني مستني نسنا nestenna kantsenna attendre wait",
    "send": "ارسل ارسلت ارسال ابعث بعثت نبعث بعت صيفط صيفطت نصيفط nb3at sift sifet envoyer send",
    "arrive": "وصل وصلت تصل يصل يوصل وصلات وصلاتني وصلتني جات جاتني جاني wsel weslet jat arriver arrive",
    "buy": "اشتري اشتريت شراء شريت نشري شرا chrit nechri acheter buy",
    "money": "مال اموال نقود نقد مبلغ فلوس دراهم مصاري فلوسي flous drahem argent money cash",
    "card": "بطاقه بطاقتي بطاقات كارطه كارت كارته لاكارط كارطا الكارطه كرته karta carta carte card",
    "account": "حساب حسابي حسابات كونط الكونط كومبت كونت compte kount account",
    "withdraw": "سحب اسحب سحبت سحوبات جبد نجبد جبدت نسحب خرجت jbed njbed retrait retirer withdraw",
    "cash machine": "صراف شباك ديستريبيتور ديستريبتور ديستريبوتور كيشي قيشي guichet distributeur atm",
    "pay for": "ادفع دفعت يدفع دفع خلصت نخلص تخلص khallest nkhalles payer pay",
    "transfer": "تحويل حواله حول حولت تحويلات فيرمون فيرمان نحول virement transfer",
    "top up": "شحن تعبئه اشحن نشارجي شارجي شارج تعمير نعمر rechargement recharge",
    "lost": "فقدت ضاع ضاعت ضيعت ضيعتها توضر توضرت توضرات ودرت ضاعتلي dya3t dhya3t perdu lost",
    "stolen": "سرق سرقت سرقوا سرقو مسروق مسروقه تسرقت سرقوني tsr9 serqou vole stolen",
    "change it": "تغيير اغير غير تبديل ابدل نبدل بدل نغير nbeddel nbedel nghayer changer change",
    "phone": "هاتف هاتفي جوال موبايل تلفون تليفون تيليفون بورطابل بورتابل telifoun portable mobile",
    "works not": "معطل معطله متعطل خسر خسرات ماتمشيش ماتخدمش ماكاتخدمش ميخدمش ماتخدمش khasser",
    "find": "اجد وجدت نلقا نلقي لقيت كنلقي l9it nel9a trouver find",
    "see": "اري رايت شفت نشوف chft chouft nchouf voir see",
    "do": "افعل اعمل ادير ندير دير درت نعمل عملت ndir dir nandir faire",
    "know": "اعرف نعرف عرفت na3raf n3ref savoir know",
    "open it": "افتح فتح نفتح حل نحل nhel n7el ouvrir",
    "refused": "رفض رفضت مرفوض مرفوضه ماتقبلتش ماتقبلش تقبلتش refuse rejected declined",
    "yesterday": "امس البارح لبارح بارح lbare7 lbareh hier yesterday",
    "today": "اليوم ليوم لوم lyoum lyom aujourdhui today",
    "abroad": "خارج الخارج برا barra etranger abroad",
    "town": (
        "alger algiers dzair العاصمه oran wahran وهران setif stif سطيف constantine qsentina قسنطينه "
        "bejaia bgayet بجايه tizi ouzou تيزي وزو "
        "bouira البويره jijel جيجل annaba عنابه blida البليده boumerdes بومرداس batna باتنه "
        "tlemcen تلمسان mostaganem مستغانم skikda سكيكده djelfa الجلفه biskra بسكره medea المديه msila المسيله "
        "ghardaia غردايه ouargla ورقله bordj برج casablanca casa البيضاء rabat الرباط fes فاس marrakech مراكش "
        "tanger طنجه agadir اكادير oujda وجده tunis sfax صفاقس sousse سوسه bizerte بنزرت gabes قابس paris باريس "
        "lyon marseille lille toulouse nantes bordeaux strasbourg montpellier"
    ),
    "weekday": (
        "lundi mardi mercredi jeudi vendredi samedi dimanche monday tuesday wednesday thursday friday saturday sunday "
        "الاثنين الثلاثاء الاربعاء الخميس الجمعه السبت الاحد"
    ),
    "child": "طفل اطفال ولد ولدي اولادي دراري صغار wld wlad drari enfant child",
}
"""Concept -> its words; the first concept that names a word keeps it."""
