"""Small word lists from which the language of a Latin-script text is told: French, English, Arabizi
("arz").
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.understanding.normalise import word_set

COMMON: Mapping[str, str] = {
    "fr": """
        je tu il elle nous vous ils elles on le la les un une des du de au aux et ou mais donc car ni que
        qui quoi dont ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs est
        sont suis es etes sommes etait etaient sera serait ai as avons avez ont avait aurai pas ne plus
        jamais rien tres trop bien mal avec sans pour par sur sous dans chez entre vers depuis pendant
        avant apres quand comment pourquoi combien quel quelle quels quelles si oui non aussi encore deja
        toujours peu beaucoup moins c j l d n s qu m t y en se me te lui eux moi toi bonjour bonsoir salut
        voudrais veux peux pouvez faire fait dire dit savoir besoin faut avoir etre svp stp cest jai
        jamais quelque chose tout tous toute toutes autre autres meme ici merci voila aujourd hui hier
        demain jour jours semaine semaines mois annee heure heures commande livraison facture brique
        briques prix produit probleme reclamation client magasin numero photo adresse argent remboursement
        attends recu arrive arrivee cassees cassee casse mardi lundi mercredi jeudi vendredi samedi
        dimanche ouvert ouverts horaires quels devis paiement camion chantier puis ca cela quelqu
    """,
    "en": """
        i you he she it we they the a an and or but so because not no nor that which who whom what whose
        this these those my your his her its our their is are am was were be been being have has had do
        does did will would can could should may might must of in on at to for from by with without about
        into over under between since during before after when where why how much many if yes also still
        already always never ever little more less most very too just only there here then than as hello
        hi hey please thanks thank want need know get got make made say said see time day days week weeks
        month year hour today yesterday tomorrow order delivery invoice brick bricks price product problem
        complaint customer shop number picture address money refund waiting received arrived broken monday
        tuesday wednesday thursday friday saturday sunday open opening hours quote payment truck site don
        doesn didn isn hasn haven won t s m re ve ll me him us them any some all other same speak someone
        person help does truck until don dont im ive cant
    """,
    "arz": """
        salam slm wach wech wesh wash kifach kifah kifech win fin wen wayn chhal ch7al chehal bch7al
        bchhal 3lach 3lah 3lech alech waqtach wa9tach wa9tech ki kif hna ana anaya nta nti howa houwa hiya
        hna7na 7na rani rak raki rahi rahou rah rahom rana rakom ta3 ta3i ta3ek tae te3 dyal dyali mta3 li
        lli elli f fi men mn m3a ma3a 3la 3ala 3nd 3end 3andi 3andkom 3ndkom 3ndi 3andna bghit nbghi baghi
        hab 7ab 7abit n7eb nheb nhab nhar nharat yam simana simanat chhar lbareh lbare7 elbareh ghedwa
        ghodwa lyoum elyoum had hadi hada hadak hadik hadou bezaf bzaf chwiya chouia makach makanch kayen
        kayn machi mouch mech moch mazal mazel khoya khouya sahbi sa7bi chokran choukran sahit sa7it
        ya3tik saha sa7a inchallah nchallah inshallah wallah wellah hamdoulah lhamdoulah labas mlih mli7
        mliha khra 7aja haja chi chwi bach besh beh gal galli 9al 9ali goul ngoul 9oul n9der nqder te9der
        t9dro dirou dir ndir tdir rouh nrouh jat jatni ja jaw wsel wselt wasel wselni mawselnich mawslatch
        mawsalch majatch majach ma3reftch men lcommande lfactoura souma b chkoun ida bla wala wla w ou
        lazem khasni khassni kolch ga3 gaa3 3ayit nehder nahder nhder mkassra mkasrin mkassrin briyk yajor
        lyajour yajour drahem drahmi flous na3am n3am ih eyh wah lala barka yekfi hak haka hakda tjibou
        tjibouha twaslou twasloha nchri nechri
    """,
}

BORROWED = word_set(
    """
    ok okay merci mrc salam slm salem stop bonjour bjr bonsoir hello hi hey sorry please svp stp thanks
    bye inchallah nchallah inshallah hamdoulah wallah sms email mail whatsapp facebook telegram photo la
    le les l commande livraison facture a on brique briques prix devis thank
    """
)
"""Words that everybody writes in every language: they never change a conversation's language."""
