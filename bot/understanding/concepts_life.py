"""What people ask about beside goods and money: time, health, school, work, home, food, talk.

A concept a line: English, French, standard Arabic, then Maghrebi; two words that belong together are joined
by "_". A word may name several concepts.
"""

from __future__ import annotations

from typing import Final

LIFE: Final = {
    # time
    "time of day": "time clock hour hours oclock heure heures ساعة توقيت ساعه",
    "date": "date dates calendar day calendrier jour jours agenda تاريخ يوم ايام تقويم nhar yom",
    "soon": "soon shortly bientot prochainement قريبا عن_قريب",
    "start": (
        "start starts begin begins beginning started commencer commence debut debuter debute بداية ابدا "
        "يبدا بدا نبدا ybda"
    ),
    "end": (
        "end ends ending finish stop stops over fin finir terminer arreter finit نهاية ينتهي انهاء توقف "
        "يكمل يسالي ysali ykemel"
    ),
    "today": "today tonight aujourdhui ce_soir اليوم ليوم lyoum lyom",
    "tomorrow": "tomorrow demain غدا بكرة غدوة ghedwa ghda",
    "yesterday": "yesterday hier امس البارح لبارح lbare7 lbareh",
    "now": (
        "now currently right_now immediately maintenant actuellement الان حاليا دابا توا درك دروك daba "
        "tawa derwek"
    ),
    "week": "week weeks weekend semaine semaines اسبوع اسابيع سيمانة simana",
    "month": "month months monthly mois mensuel شهر اشهر شهري chhar",
    "year": "year years annual yearly annee annees annuel سنة سنوات عام سنوي 3am",
    "daily": "daily everyday every_day quotidien chaque_jour يومي كل_يوم يوميا koul_nhar",
    "often": "often frequency frequently regularly souvent frequemment regulierement غالبا كثيرا تكرار",
    "remind": (
        "remind reminder reminders alert alarm notify notification rappel rappeler rappelle alerte تذكير "
        "ذكرني تنبيه منبه فكرني fekerni"
    ),
    "timer": "timer stopwatch countdown minuteur chronometre مؤقت عداد",
    "zone": "timezone zone timezones fuseau",
    "open hours": (
        "open opens opening hours closed closes ouvert ouverts ouverte ouverture horaires horaire ferme "
        "fermes fermeture مفتوح مفتوحة فتح دوام مغلق يفتح يحل يسد حالين"
    ),
    "holiday": "holiday holidays feast bank_holiday ferie feries fete عطلة عيد اعياد عيد_وطني",
    # places and people
    "where": "where location located place whereabouts lieu endroit اين موقع مكان وين فين win fin",
    "home": "home house domicile maison chez_moi residence منزل بيت دار الدار dar",
    "city": "city town ville municipality municipalities commune municipalite مدينة بلدية ولاية medina",
    "region": "region regions area areas territoire zone zones منطقة مناطق جهة",
    "people": (
        "people persons person individual individuals personnes personne individus gens شخص اشخاص ناس nas"
    ),
    "family": (
        "family relatives parents parent mother father famille mere pere عائلة والدين ام اب والدي famila"
    ),
    "child": (
        "child children kid kids baby babies enfant enfants bebe طفل اطفال ولد رضيع دراري صغار wlad drari"
    ),
    "elderly": "elderly senior seniors aged older grandparents agees aine aines vieux مسن مسنين كبار",
    "pregnant": "pregnant pregnancy enceinte enceintes grossesse حامل حوامل حمل بالحمل",
    "citizen": "citizen citizens resident residents citoyen citoyens nationalite مواطن مواطنين مقيم",
    "traveller": "traveller travellers traveler travelers voyageur voyageurs مسافر مسافرين",
    "animal": ("animal animals pet pets dog dogs cat cats animaux chien chiens حيوان حيوانات كلب قط"),
    # health
    "ill": "ill sick illness disease sickness unwell malade malades maladie maladies مريض مرض امراض mrid",
    "symptom": "symptom symptoms symptome symptomes signs cough fever toux fievre اعراض عرض سعال حمى سخانة",
    "virus": (
        "virus coronavirus covid covid19 corona pandemic epidemic outbreak pandemie epidemie فيروس كورونا "
        "كوفيد وباء جائحة"
    ),
    "infected": (
        "infected infect contaminated positive contagious contract infecte infectee contamine contaminee "
        "attrape attraper contagieux مصاب عدوى معدي انتقال"
    ),
    "spread": (
        "spread transmit transmitted transmission propagation propage transmettre transmet transmis "
        "انتشار ينتشر ينتقل"
    ),
    "test": "test tests tested testing screening depistage tester teste فحص اختبار تحليل فحوصات تيست",
    "mask": "mask masks face_mask masque masques couvre_visage visiere قناع كمامة كمامات ماسك bavette",
    "isolate": (
        "isolate isolated isolation quarantine quarantined confinement isolement quarantaine confine عزل "
        "حجر حجر_صحي انعزال"
    ),
    "protect": (
        "protect protection protective prevent prevention avoid precaution precautions safe safety "
        "proteger prevenir eviter securite حماية وقاية احمي تجنب احتياط سلامة"
    ),
    "clean": (
        "clean cleaning disinfect disinfection wash washing sanitize sanitizer hygiene nettoyer nettoyage "
        "desinfecter desinfection laver lavage تنظيف تعقيم غسل نظافة ghsil"
    ),
    "distance apart": "distancing distance apart distanciation metres metre feet تباعد مسافة",
    "doctor": (
        "doctor doctors physician medical nurse medecin medecins docteur infirmiere طبيب اطباء دكتور tbib"
    ),
    "hospital": "hospital hospitals clinic hopital hopitaux clinique مستشفى عيادة سبيطار sbitar",
    "medicine": (
        "medicine medication medications drug drugs prescription treatment cure pill traitement remede "
        "medicament medicaments ordonnance دواء ادوية علاج وصفة dwa"
    ),
    "symptom care": "care caring healthcare health soins sante صحة رعاية علاج",
    "death": "die dies death deaths dead fatal mortality mourir deces mort mortel وفاة موت",
    "gather": (
        "gather gathering gatherings party parties event events crowd group groups rassemblement "
        "rassemblements evenement fete reunion تجمع تجمعات حفل مناسبة"
    ),
    "visit": "visit visits visiting visitor visitors visite visites visiter visiteurs زيارة زوار ازور نزور",
    "go out": (
        "go_out leave outside outdoors walk sortir sortie dehors exterieur promener خروج اخرج نخرج برا "
        "nokhroj"
    ),
    # school and work
    "school": (
        "school schools college classroom class classes university ecole ecoles classe cours universite "
        "cegep مدرسة مدارس دراسة جامعة قسم lecole"
    ),
    "childcare": "daycare childcare nursery kindergarten garderie garderies garde creche cpe حضانة روضة",
    "student": "student students pupil pupils etudiant etudiants eleve eleves طالب طلاب تلميذ تلاميذ",
    "teacher": "teacher teachers professor enseignant enseignants professeur استاذ معلم مدرس",
    "exam": "exam exams examination test_results diploma examen examens epreuve diplome امتحان شهادة",
    "work": (
        "work job jobs employment working career travail travailler emploi emplois عمل شغل وظيفة خدمة khedma"
    ),
    "worker": (
        "worker workers employee employees staff personnel travailleur travailleurs employe employes "
        "salarie salaries عامل عمال موظف موظفين khedam"
    ),
    "employer": "employer employers boss manager employeur employeurs patron مدير رب_عمل",
    "company": (
        "company companies business businesses firm enterprise entreprise entreprises societe commerce "
        "commerces شركة شركات مؤسسة charika"
    ),
    "unemployed": "unemployed unemployment layoff laid_off chomage chomeur licencie بطالة عاطل",
    "benefit": (
        "benefit benefits aid allowance compensation eligible eligibility assistance aide aides "
        "prestation prestations indemnite indemnisation admissible اعانة منحة تعويض استحقاق"
    ),
    "remote work": "telework teleworking remote remotely teletravail ",
    "leave days": "pto vacation_days day_off time_off leave conges conge اجازة عطلة",
    "rule": (
        "rule rules regulation regulations law legal measure measures guideline guidelines regle regles "
        "loi mesure mesures consigne consignes قانون قواعد اجراء اجراءات تعليمات"
    ),
    "penalty": "fine fines penalty penalties ticket sanction amende amendes غرامة عقوبة",
    "police": "police officer officers cop policier شرطة بوليس امن",
    "government": (
        "government state authority authorities ministry gouvernement etat ministere autorites حكومة دولة "
        "وزارة سلطات"
    ),
    # home and devices
    "light": "light lights lamp bulb lumiere lumieres lampe ampoule ضوء اضواء مصباح daw",
    "volume": "volume louder quieter loud sound mute صوت",
    "music": (
        "music song songs track tune playlist album artist singer band musique chanson chansons chanteur "
        "موسيقى اغنية اغاني ghniya"
    ),
    "play": "play playing jouer joue mettre_musique شغل العب",
    "radio": "radio station fm radios راديو اذاعة",
    "podcast": "podcast podcasts episode episodes بودكاست",
    "film": "film films movie movies cinema theater show series serie فيلم افلام سينما",
    "game": "game games jeu jeux لعبة العاب",
    "book to read": "audiobook audiobooks livre livres novel roman كتاب كتب",
    "news": "news headlines actualite actualites nouvelles journal اخبار خبر",
    "temperature": "temperature thermostat degrees heat heating heater chauffage degres حرارة درجة تدفئة",
    "weather": (
        "weather forecast rain snow sunny cloudy humid humidity meteo pluie neige temps_fait طقس جو مطر "
        "ثلج chta"
    ),
    "clean house": "vacuum hoover robot aspirateur مكنسة",
    "device": "device devices gadget machine appliance appareil appareils جهاز اجهزة",
    "battery": "battery charge batterie pile بطارية",
    "computer": "computer laptop pc tablet ordinateur tablette حاسوب كمبيوتر بيسي micro",
    "internet": "internet wifi network connection reseau connexion انترنت شبكة ويفي كونيكسيون cnx",
    "language": "language languages speak spoken langue langues parler لغة لغات",
    "translate": "translate translation say traduire traduction dire_en ترجمة ترجم",
    "spell": "spell spelling orthographe epeler epelle تهجئة",
    "word meaning": "definition define meaning synonym synonyme sens معنى مرادف",
    "calculate": (
        "calculate compute math sum minus multiply divide equation calcul calculer combien_font حساب احسب"
    ),
    "measure": (
        "convert conversion inches centimeters kilos ounces liters measurement unit units unite تحويل "
        "وحدة قياس"
    ),
    "list": "list lists liste listes قائمة قوائم lista",
    "shopping": (
        "shopping grocery groceries shop store courses magasin epicerie supermarche تسوق محل حانوت قضيان "
        "hanout"
    ),
    "todo": "todo to_do task tasks tache taches مهمة مهام",
    "note": "note notes memo نوت ملاحظة",
    # food
    "food": "food meal meals dish eat eating nourriture repas plat manger اكل طعام وجبة ماكلة makla",
    "recipe": (
        "recipe recipes cook cooking bake ingredients ingredient recette recettes cuisiner cuisson وصفة "
        "طبخ مكونات نطيب"
    ),
    "cook time": "boil fry roast grill cook bake cuire طهي",
    "calories": "calorie calories nutrition nutritional healthy protein fat sain سعرات غذائي صحي",
    "drink": "drink drinks beverage coffee tea boisson boissons cafe مشروب قهوة شاي",
    "takeaway": "takeout takeaway takeaways delivery emporter emporte",
    "substitute": "substitute instead replace alternative remplacer substitut بديل عوض",
    # talk and self
    "greet": "hello hi hey morning greetings bonjour salut bonsoir سلام مرحبا اهلا صباح salam",
    "bye": "goodbye bye later see_you aurevoir au_revoir وداعا بسلامة الى_اللقاء bslama",
    "thanks": "thank thanks appreciate grateful merci remercie شكرا يعيشك بارك_الله chokran",
    "yes": "yes yeah yep sure correct absolutely oui ouais exact نعم ايه اجل صحيح wah ih",
    "no": "no nope nah non لا كلا lala",
    "maybe": "maybe perhaps possibly peut_etre ربما يمكن",
    "repeat": "repeat repeated again say_again repeter repete اعد كرر عاود 3awed",
    "joke": "joke jokes funny laugh humor blague blagues نكتة نكت",
    "who are you": "who_are your_name bot robot chatbot artificial انت_شكون",
    "like": "like love enjoy prefer favorite favourite aime prefere favori احب افضل مفضل n7eb",
    "best": "best better top good recommended meilleur meilleurs mieux bon احسن افضل مليح mli7",
    "recommend": (
        "recommend recommendation recommendations suggest suggestion suggestions advice conseil "
        "conseiller recommander اقتراح نصيحة انصحني اقترح"
    ),
    "compare": "compare comparison versus difference comparer comparaison مقارنة فرق الفرق",
    "kind": "kind kinds type types sort category genre sorte categorie نوع انواع صنف",
    "color": "color colour colors couleur couleurs لون الوان",
    "size": "size sizes big large small long tall height width taille grand petit حجم مقاس كبير صغير طول",
    "weight": "weight weigh heavy kilo poids peser وزن ثقيل",
    "quantity": "quantity amount how_many number_of quantite combien كمية كم عدد شحال قداش ch7al 9addach",
    "old": "old older used former ancien ancienne vieux قديم قديمة مستعمل 9dim",
    "new": "new newer brand_new latest nouveau nouvelle neuf neuve جديد جديدة jdid",
    "birthday": "birthday born birth anniversaire naissance عيد_ميلاد ميلاد ولادة",
    "gift": "gift gifts present cadeau cadeaux هدية هدايا cado",
    "share": "share sharing partager partage مشاركة شارك نشارك",
    "save it": "save backup store enregistrer sauvegarder conserver حفظ احفظ",
    "sync": "sync synchronize synchronise pair pairing bluetooth synchroniser مزامنة",
    "reset": "reset restart reboot factory reinitialiser redemarrer اعادة_ضبط اعادة_تشغيل",
    "whisper": "whisper tone voice accent speaking voix صوت نبرة",
    "question": "question questions ask faq demander poser سؤال اسئلة استفسار swal",
    "information": (
        "information info infos informations details renseignement renseignements معلومات معلومة تفاصيل"
    ),
    "privacy": "privacy private confidential confidentialite vie_privee خصوصية سرية",
    "accident": "accident crash injured injury collision blesse حادث حوادث",
    "maintenance": "maintenance service oil_change checkup entretien revision vidange صيانة",
    "emergency": "emergency emergencies urgence urgences طوارئ استعجال",
    "funeral": "funeral burial cemetery funerailles enterrement جنازة دفن",
    "sport": "sport sports gym exercise training football match entrainement رياضة تمرين كرة",
    "religion": "church mosque religious worship eglise mosquee culte مسجد جامع كنيسة صلاة",
    "construction": "construction building works site chantier batiment travaux بناء ورشة اشغال",
    "housing": (
        "rent tenant landlord apartment housing lease loyer logement locataire proprietaire appartement "
        "كراء سكن شقة ايجار"
    ),
    "moving": "moving movers removal demenagement demenager ترحيل انتقال",
    "waste": "waste garbage trash recycling dechets poubelle recyclage نفايات قمامة زبل",
    "water": "water tap eau robinet ماء مياه lma",
    "electricity": "electricity power electric electricite courant كهرباء ضو trisinti",
    "public transport": (
        "bus train metro subway tram transit transport transports autobus حافلة قطار مترو نقل طرامواي"
    ),
}
"""Concept -> its words."""
