"""Words by which an answer is told from a story, in the languages and dialects of the bot."""

from __future__ import annotations

from typing import Final

from bot.understanding.normalise import words_of

WHEN: Final = frozenset(
    words_of(
        """
        lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août
        septembre octobre novembre décembre jour jours journée semaine semaines mois an ans année années
        heure heures minutes matin matinée soir soirée midi nuit après-midi hier avant-hier aujourd'hui
        récemment longtemps toujours début veille lendemain week-end weekend livraison réception
        déchargement arrivée ouverture pose achat ramadan aïd hiver été printemps automne maintenant depuis
        monday tuesday wednesday thursday friday saturday sunday january february march april may june july
        august september october november december day days week weeks month months year years hour hours
        minutes morning evening afternoon night noon yesterday today tonight recently long always beginning
        delivery arrival unloading since ago now
        الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد جانفي فيفري مارس أفريل ماي جوان جويلية أوت سبتمبر
        أكتوبر نوفمبر ديسمبر يناير فبراير أبريل يونيو يوليوز غشت شتنبر نونبر دجنبر يوم يومين أيام أسبوع
        أسبوعين أسابيع سيمانة شهر شهرين أشهر شهور سنة عام ساعة ساعات صباح الصباح مساء العشية ليلة الليل أمس
        البارح البارحة اليوم منذ قبل مؤخرا حديثا دائما الوصول التسليم الاستلام التوصيل رمضان العيد الآن بكري
        nhar youm lyoum elyoum simana simanat simantin chhar chhour 3am sbah ssbah sba7 ssba7 3chiya lil
        lbareh bareh lbare7 elbareh tnin tlata larb3a lkhmis khmis jem3a sebt lhad bekri mn men ml hadi
        """
    )
) - {"an", "après", "week", "end", "d", "hui", "avant"} | {"week", "weekend"}  # fmt: skip
"""A time is told: a day, a month, a part of the day, an event of the delivery."""

SPEAKERS: Final = frozenset(
    words_of(
        """
        je j nous vous on ils pas plus rien pourquoi comment
        i you we they not nothing nobody why how
        أنا نحن أنتم انتوما راكم لماذا علاش كيف
        ana ntouma rakoum rakom 3lach kifach
        """
    )
)
"""Somebody speaks of people or denies: a sentence, and not the name of a product."""

NOTHING: Final = frozenset(words_of("rien du tout nothing at all لا شيء والو walou"))
