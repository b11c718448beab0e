"""What can be wrong with a template file, in the words of the three languages; each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

Words = Mapping[str, str]

_FAULTS: Final[Mapping[str, Words]] = {
    "unknown_variable": {
        "en": "“{template}” is given no variable “{name}”{near}",
        "fr": "« {template} » ne reçoit pas de variable « {name} »{near}",
        "ar": "لا يتلقى «{template}» متغيرًا باسم «{name}»{near}",
    },
    "undeclared_variable": {
        "en": "variable “{name}” is used but not declared: add it to the header's variables",
        "fr": "la variable « {name} » est utilisée sans être déclarée : ajoutez-la à la ligne variables de l’en-tête",
        "ar": "المتغير «{name}» مستعمل دون تصريح: أضفه إلى سطر variables في الترويسة",
    },
    "unknown_filter": {
        "en": "unknown filter “{name}”{near}",
        "fr": "filtre inconnu « {name} »{near}",
        "ar": "مرشّح غير معروف «{name}»{near}",
    },
    "unknown_test": {
        "en": "unknown test “{name}”{near}",
        "fr": "test inconnu « {name} »{near}",
        "ar": "اختبار غير معروف «{name}»{near}",
    },
    "stands_alone": {
        "en": "a template stands alone: include, import and extends are not available",
        "fr": "un modèle se suffit : include, import et extends ne sont pas disponibles",
        "ar": "النموذج قائم بذاته: لا تتوفر include وimport وextends",
    },
    "syntax": {
        "en": "syntax: {message}",
        "fr": "une accolade ou un mot du code n’est pas bien écrit ({message})",
        "ar": "قوس أو كلمة من الشيفرة غير مكتوبة كما يجب ({message})",
    },
    "cant_compile": {
        "en": "can't be compiled: {message}",
        "fr": "ne peut être compilé : {message}",
        "ar": "تعذر التجميع: {message}",
    },
    "banned": {
        "en": "“{word}” blames or frightens the customer: say it otherwise",
        "fr": "« {word} » accuse ou effraie le client : dites-le autrement",
        "ar": "«{word}» تلوم العميل أو تخيفه: عبّروا بطريقة أخرى",
    },
    "promise": {
        "en": "“{words}” promises a date or delay by hand: use a computed one, such as due_at|datetime",
        "fr": "« {words} » promet une date ou un délai à la main : utilisez une date calculée, comme due_at|datetime",
        "ar": "«{words}» وعد مكتوب باليد بتاريخ أو أجل: استعملوا تاريخًا محسوبًا مثل due_at|datetime",
    },
    "unused_variable": {
        "en": "variable “{name}” is declared but not used",
        "fr": "la variable « {name} » est déclarée mais ne sert pas",
        "ar": "المتغير «{name}» مصرّح به لكنه غير مستعمل",
    },
    "never_said": {
        "en": "the bot never says “{template}”{near}",
        "fr": "le robot ne dit jamais « {template} »{near}",
        "ar": "لا يقول الروبوت «{template}» أبدًا{near}",
    },
    "fails": {
        "en": "fails when rendered: {error}",
        "fr": "échoue au moment d’écrire le message : {error}",
        "ar": "يفشل عند كتابة الرسالة: {error}",
    },
    "unreadable": {
        "en": "can't be read as UTF-8 text: {error}",
        "fr": "n’est pas un texte UTF-8 lisible : {error}",
        "ar": "ليس نصًا مقروءًا بترميز UTF-8: {error}",
    },
    "no_header": {
        "en": "no header: begin the file with --- lines (purpose, subject)",
        "fr": "pas d’en-tête : commencez par des lignes entre --- et --- (purpose, subject)",
        "ar": "لا ترويسة: ابدأ بأسطر بين --- و--- (purpose وsubject)",
    },
    "open_header": {
        "en": "the header is not closed: add a line of --- after it",
        "fr": "l’en-tête n’est pas fermé : ajoutez une ligne --- après lui",
        "ar": "الترويسة غير مغلقة: أضف سطر --- بعدها",
    },
    "unknown_field": {
        "en": "unknown header field “{key}”{near}",
        "fr": "champ d’en-tête inconnu « {key} »{near}",
        "ar": "حقل ترويسة غير معروف «{key}»{near}",
    },
    "unknown_field_known": {
        "en": "unknown header field “{key}” (known: {known})",
        "fr": "champ d’en-tête inconnu « {key} » (connus : {known})",
        "ar": "حقل ترويسة غير معروف «{key}» (المعروفة: {known})",
    },
    "field_twice": {
        "en": "header field “{key}” stands twice: keep one",
        "fr": "le champ d’en-tête « {key} » est là deux fois : gardez-en un",
        "ar": "حقل الترويسة «{key}» مكرر: أبقِ واحدًا",
    },
    "no_purpose": {
        "en": "no purpose (one of: {known})",
        "fr": "la ligne purpose manque (l’un de : {known})",
        "ar": "سطر purpose ناقص (واحد من: {known})",
    },
    "unknown_purpose": {
        "en": "unknown purpose “{purpose}”{near} (one of: {known})",
        "fr": "purpose inconnu « {purpose} »{near} (l’un de : {known})",
        "ar": "قيمة purpose غير معروفة «{purpose}»{near} (واحد من: {known})",
    },
    "not_here": {
        "en": "“{what}” can't be used in a text edited here: keep to the variables, if, for over a list, and filters",
        "fr": "« {what} » n’est pas permis dans un texte modifié ici : tenez-vous aux variables, if, for et filtres",
        "ar": "لا يُسمح بـ«{what}» في نص يُعدَّل هنا: اكتفوا بالمتغيرات وif وfor والمرشّحات",
    },
    "empty": {
        "en": "there is no text: write what the customer is to read",
        "fr": "il n’y a pas de texte : écrivez ce que le client doit lire",
        "ar": "لا نص هنا: اكتبوا ما سيقرأه العميل",
    },
    "too_many_sms": {
        "en": "takes {count} SMS, {allowed} at most are sent (outreach.sms_segments): shorten it",
        "fr": "occupe {count} SMS, {allowed} au plus sont envoyés (outreach.sms_segments) : raccourcissez-le",
        "ar": "يشغل {count} رسائل SMS والحد الأقصى {allowed} (outreach.sms_segments): اختصروه",
    },
    "too_long": {
        "en": "has {count} characters, {channel} takes {allowed}: shorten it",
        "fr": "compte {count} caractères, {channel} en accepte {allowed} : raccourcissez-le",
        "ar": "فيه {count} حرفًا و{channel} يقبل {allowed}: اختصروه",
    },
}
_NEAR: Final[Words] = {
    "en": "; did you mean “{near}”?",
    "fr": " ; vouliez-vous écrire « {near} » ?",
    "ar": "؛ هل تقصد «{near}»؟",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong in one file, at a line of it. Made by `fault`."""

    line: int
    key: str
    warning: bool = False
    values: Mapping[str, str] = field(default_factory=dict)

    def words(self, language: str) -> str:
        """In fr, ar or en."""
        near = self.values.get("near", "")
        hint = _NEAR[language].format(near=near) if near else ""
        return _FAULTS[self.key][language].format(**{**self.values, "near": hint})

    @property
    def what(self) -> str:
        """In English, for commands and logs."""
        return self.words("en")


def fault(line: int, key: str, /, *, warning: bool = False, **values: object) -> Fault:
    return Fault(
        line=line, key=key, warning=warning, values={name: str(each) for name, each in values.items()}
    )


def nearest_of(word: str, known: Iterable[str]) -> str:
    """What a mistyped word may have meant; "" when nothing is near."""
    found = get_close_matches(word, list(known), n=1)
    return found[0] if found else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The same as a hint in English."""
    found = nearest_of(word, known)
    return _NEAR["en"].format(near=found) if found else ""
