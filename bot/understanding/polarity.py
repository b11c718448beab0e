"""How a message sounds: marks, capitals, emoji, and words that please or hurt in any business."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from bot.understanding.additive import DENIED_REACH, NEGATIONS
from bot.understanding.normalise import word_set

NEGATIVE = word_set(
    """
    abysmal absurd angry annoyed annoying appalling arrogant ashamed atrocious avoid awful bad badly
    bug buggy bugs bullshit careless cheat cheated clueless cold complain complained complaint complaints
    confused confusing crap crappy crash crashed crashes crashing crashed cry crying damage damaged dead
    deceptive defect defective delay delayed delays died dirty disappoint disappointed disappointing
    disappointment disaster disgrace disgraceful disgusted disgusting dishonest dissatisfied down dreadful
    dropped drops dying embarrassing error errors expired fail failed failing fails failure fake fault
    faulty fed filthy flop forgot fraud freezes freezing froze frozen frustrated frustrating frustration
    furious garbage glitch glitches glitchy gross hate hated hates hell horrendous horrible horrid horrific
    hung hurt ignore ignored ignoring impossible inadequate incompetence incompetent inconvenience
    incorrect inexcusable infuriating insane insult insulting insufficient irritated irritating issue
    issues joke junk lack lacking lag lagging lags late lazy leak leaking leaks lied lies lost lousy ludicrous
    mad mess messed miserable misleading missing mistake mistakes misled mold nasty neglect nightmare
    nonexistent noisy outage outrageous overcharged overpriced pathetic pissed pointless poor poorly
    problem problems rejected refuse refused refusing ridiculous ripped ripoff rotten rubbish rude ruin
    ruined ruining ruins sad scam scammed scammers screwed shady shame shameful shambles shocking shoddy
    sick slow sluggish smell smells stale steal stealing stole stolen stranded stuck stupid suck sucked
    sucks terrible terribly theft thieves tired torn trash trashed troubled trouble unable unacceptable
    unauthorized unbelievable unfair unfortunately unhappy unhelpful unprofessional unreliable unresponsive
    unsafe unusable upset useless vile waste wasted wasting weak weird worse worst worthless wrong wtf ugh
    smh broke broken break breaks cracked scratched shattered smashed dented burnt burned spoiled spilled
    declined denied blocked locked suspended cancelled canceled overdue unresolved unanswered hopeless
    honte honteux horrible nul nulle nuls lamentable pire pires mauvais mauvaise mauvaises catastrophe
    catastrophique decu decue decus deception scandale scandaleux inadmissible inacceptable arnaque arnaques
    voleurs voleur vol panne pannes casse cassee casses cassees abime abimee defectueux defectueuse sale
    impoli impolie agressif incompetent incompetents incapables injoignable retard retards erreur erreurs
    probleme problemes souci soucis perdu perdue manque manquant fissure fissures rate ratee degoutant
    degueulasse froid froide brule brulee insupportable penible minable ridicule furieux enerve colere marre
    mensonge mensongere menti trompe refuse bloque bloquee annule annulee plante bug bugs lent lente cher
    سيء سيئه رديء رديئه اسوا فاشل فاشله كارثه مكسور مكسوره معطل معطله متاخر متاخره تاخر تاخير ناقص خطا مشكل
    مشكله نصب احتيال سرقه وقح غاضب مستاء عيب عار فضيحه خايب خايبه عيان خاسر خاسره مكسر مكسره مهرس زعفان حقره
    khayeb khayba 3iyan khaser khasra mkasser mkasra mherres za3fan 7ogra hogra serqa mochkil mouchkil
    m3atla m3atel t3atlat na9es barda khamja 3ib walou
    """
)
POSITIVE = word_set(
    """
    accommodating adorable adore amazing amazed appreciate appreciated awesome beautiful best better bless
    blessed bravo brilliant charming cheers classy comfortable congrats congratulations cool courteous
    cute dazzling delicious delighted easy efficient enjoy enjoyed enjoying enjoyable excellent
    exceptional excited exciting fab fabulous fair fantastic fast fave favorite favourite fresh friendly
    fun funny generous genius glad good gorgeous grateful great greatest haha happy helpful hero heroes
    honest hooray impressed impressive incredible joy kind kudos lol lovely loved loves loving love loyal
    magic marvelous neat nice outstanding perfect perfectly phenomenal pleasant pleased pleasure polite
    prompt props proud quick rad recommend recommended refreshing reliable rock rocks satisfied sexy
    shoutout smile smiling smooth smoothly solid spectacular splendid stellar stoked stunning stylish super
    superb sweet swift terrific thank thankful thanks thrilled thx top tremendous ty win winner wonderful
    wow yay yum yummy yes worth excellent merci parfait parfaite genial geniale bravo excellente adorable
    aimable gentil gentille gentils ravi ravie content contente satisfait satisfaite rapide impeccable nickel
    delicieux delicieuse meilleur meilleure recommande adore aime beau belle formidable fantastique
    professionnel sympa sympathique agreable heureux heureuse magnifique reussi regal
    شكرا ممتاز ممتازه رايع رايعه جيد جيده جميل لطيف سعيد سعيده راض راضيه افضل احسن لذيذ احب انصح بارك
    هايل هايله توب واعر واعره بنينه مليح مليحه ظريف مربي
    hayel hayla wa3ra nadi mli7 mli7a bnina sa7it ya3tik top tbarkallah hamdoulah choukran
    """
)
_TIRED = word_set(
    "still yet again already waiting waited hours toujours encore deja attends attend مازال بعد mazal nestenna"
)
_SPANS = word_set(
    """
    min mins minute minutes hr hrs hour hours day days week weeks month months year years jour jours semaine
    semaines heure heures mois ans يوم يومين ايام اسبوع اسبوعين اسابيع شهر شهرين اشهر ساعه ساعتين ساعات سيمانه
    simana simanat yam youmin chhar chahrin sa3a sa3tin sa3at
    """
)
_ASKING = word_set(
    """
    do does did is are can could may will would shall should what when where which who how any est quel quelle
    quels quelles combien comment ou quand qui puis peut faut avez هل كم متي ما كيف اين من واش شحال بشحال كيفاش
    وقتاش وين wach wech chhal ch7al bch7al kifach win fin wa9tach
    """
)
_TELLING = NEGATIVE | POSITIVE
_GLAD_SIGNS = re.compile("[😀😁😂😃😄😅😆😊😍😎🙂😘🥰🤩🤗❤♥💕💙💚💜👍👌👏🙌🙏🎉✨🔥💯😋]")
_SORE_SIGNS = re.compile("[😠😡🤬😤😒🙄😞😟😢😭😩😫😣😖👎💔🤮😑🤦😔😕☹😾]")
_SMILE = re.compile(r"[:;]-?[)D]|<3")
_FROWN = re.compile(r":-?[(/\[]|:'\(|-_-")
MANY: Final = 2


def tone_flags(cleaned: str, tokens: Sequence[str]) -> list[str]:
    """Names of what was noticed; the model learnt what each is worth."""
    said = _marks(cleaned)
    pleased = hurt = denied = 0
    for token in tokens if not _TELLING.isdisjoint(tokens) else ():
        if token in NEGATIVE:
            hurt += 1
        elif token in POSITIVE:
            if denied:
                hurt += 1
            else:
                pleased += 1
        denied = DENIED_REACH if token in NEGATIONS else denied and denied - 1
    if hurt:
        said.append("hurts" if hurt < MANY else "hurts much")
    if pleased:
        said.append("pleases" if pleased < MANY else "pleases much")
    if hurt and pleased:
        said.append("mixed")
    if not (hurt or pleased):
        said.append("even")
    if not _TIRED.isdisjoint(tokens):
        said.append("tired")
    if not NEGATIONS.isdisjoint(tokens):
        said.append("denies")
    if not _SPANS.isdisjoint(tokens):
        said.append("lasts")
    if tokens and tokens[0] in _ASKING and ("?" in cleaned or "؟" in cleaned):
        said.append("asks")
    said.append("short" if len(tokens) <= 3 else "middling" if len(tokens) <= 9 else "long")
    return said


def _marks(cleaned: str) -> list[str]:
    said = []
    if "?" in cleaned or "؟" in cleaned:
        said.append("?!" if "!" in cleaned or "??" in cleaned else "?")
    elif "!" in cleaned:
        said.append("!!" if "!!" in cleaned else "!")
    drawn = ":" in cleaned or ";" in cleaned
    pictured = not cleaned.isascii()
    if ((drawn or "<3" in cleaned) and _SMILE.search(cleaned)) or (pictured and _GLAD_SIGNS.search(cleaned)):
        said.append("glad sign")
    if ((drawn or "-_-" in cleaned) and _FROWN.search(cleaned)) or (pictured and _SORE_SIGNS.search(cleaned)):
        said.append("sore sign")
    if '"' in cleaned or " '" in cleaned or "«" in cleaned or "“" in cleaned:
        said.append("quotes")
    if cleaned.count(". ") + cleaned.count("? ") + cleaned.count("! ") >= MANY:
        said.append("several sentences")
    if "@" in cleaned:
        said.append("@")
    if "http" in cleaned or ("<" in cleaned and "<url>" in cleaned.lower()):
        said.append("link")
    return said
