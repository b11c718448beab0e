"""What was wrong with a row, in words a marketer understands, in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[dict[str, tuple[str, str, str]]] = {
    # code: French, Arabic, English
    "bad_phone": (
        "« {value} » n'est pas un numéro de téléphone valable",
        "«{value}» ليس رقم هاتف صحيحا",
        "“{value}” is not a valid telephone number",
    ),
    "phone_cut": (
        "« {value} » : le tableur a raccourci ce numéro. Mettez la colonne au format Texte et saisissez-le de nouveau",
        "«{value}»: اختصر برنامج الجداول هذا الرقم. اجعل العمود بتنسيق نص ثم أعد إدخاله",
        "“{value}”: the spreadsheet has shortened this number. Format the column as text and enter it again",
    ),
    "bad_email": (
        "« {value} » n'est pas une adresse e-mail valable",
        "«{value}» ليس عنوان بريد إلكتروني صحيحا",
        "“{value}” is not a valid e-mail address",
    ),
    "bad_date": (
        "« {value} » n'est pas une date",
        "«{value}» ليس تاريخا",
        "“{value}” is not a date",
    ),
    "date_order": (
        "« {value} » : le mois semble écrit avant le jour. Relancez avec --dates mdy si c'est le cas partout",
        "«{value}»: يبدو أن الشهر مكتوب قبل اليوم. أعد العملية مع --dates mdy إذا كان ذلك في كل الملف",
        "“{value}”: the month seems to stand before the day. Use --dates mdy if it does everywhere",
    ),
    "date_ahead": (
        "« {value} » est dans le futur",
        "«{value}» تاريخ في المستقبل",
        "“{value}” lies in the future",
    ),
    "bad_amount": (
        "« {value} » n'est pas un montant",
        "«{value}» ليس مبلغا",
        "“{value}” is not an amount",
    ),
    "bad_count": (
        "« {value} » n'est pas un nombre entier",
        "«{value}» ليس عددا صحيحا",
        "“{value}” is not a whole number",
    ),
    "bad_choice": (
        "« {value} » n'est pas prévu ici. Possible : {known}",
        "«{value}» غير وارد هنا. الممكن: {known}",
        "“{value}” is not foreseen here. Possible: {known}",
    ),
    "bad_yes_no": (
        "« {value} » n'est ni oui ni non",
        "«{value}» ليس نعم ولا لا",
        "“{value}” is neither yes nor no",
    ),
    "too_long": (
        "Le texte dépasse {limit} caractères",
        "يتجاوز النص {limit} حرفا",
        "The text is longer than {limit} characters",
    ),
    "missing": (
        "Il manque : {needed}",
        "ينقص: {needed}",
        "Missing: {needed}",
    ),
    "no_one": (
        "Ni adresse, ni téléphone, ni numéro de client : rien ne dit de qui il s'agit",
        "لا عنوان ولا هاتف ولا رقم زبون: لا شيء يبيّن من هو المعني",
        "No address, no telephone, no customer number: nothing says who this is",
    ),
    "double_in_file": (
        "Déjà présent plus haut dans ce fichier : {name}",
        "موجود من قبل في هذا الملف: {name}",
        "Stands further up in this file already: {name}",
    ),
    "double": (
        "Déjà connu : {name}",
        "معروف من قبل: {name}",
        "Known already: {name}",
    ),
    "address_taken": (
        "{value} appartient déjà à {name}",
        "{value} يخص {name} من قبل",
        "{value} belongs to {name} already",
    ),
    "contact_unknown": (
        "Aucun contact ne correspond à {value}",
        "لا توجد جهة اتصال توافق {value}",
        "No contact matches {value}",
    ),
    "owner_unknown": (
        "Aucun agent ne porte le nom ou l'adresse {value}",
        "لا يوجد موظف بالاسم أو العنوان {value}",
        "There is no agent named {value}",
    ),
    "consent_without_evidence": (
        "Accord non repris : sans sa date et sa source, il ne peut pas être prouvé",
        "لم تؤخذ الموافقة: دون تاريخها ومصدرها لا يمكن إثباتها",
        "Consent not taken: without its date and source it can't be proved",
    ),
    "quote_open": (
        "Un guillemet n'est pas fermé sur cette ligne",
        "علامة اقتباس غير مغلقة في هذا السطر",
        "A quotation mark is not closed on this line",
    ),
    "more_cells": (
        "La ligne a plus de cellules que le titre : {count} au lieu de {headings}",
        "في السطر خلايا أكثر من العناوين: {count} بدل {headings}",
        "The row has more cells than there are headings: {count} instead of {headings}",
    ),
    "lost_letters": (
        "Des lettres sont illisibles : vérifiez l'encodage du fichier",
        "بعض الحروف غير مقروءة: تحقق من ترميز الملف",
        "Some letters can't be read: check the file's encoding",
    ),
    "database_refused": (
        "La base de données refuse cette ligne",
        "قاعدة البيانات ترفض هذا السطر",
        "The database refuses this row",
    ),
}
LANGUAGES: Final = ("fr", "ar", "en")


def say(code: str, detail: Mapping[str, object], language: str) -> str:
    """The fault as a sentence; the code itself where a newer program wrote it."""
    words = WORDS.get(code)
    if words is None:
        return code
    at = LANGUAGES.index(language) if language in LANGUAGES else 2
    return words[at].format_map(_Said(detail))


class _Said(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"
