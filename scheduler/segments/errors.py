"""What is wrong with a rule, where, and what to write instead: in French, Arabic and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

LANGUAGES: Final = ("en", "fr", "ar")

_SAYINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "empty": {
        "en": "The rule is empty. For all contacts write: everybody.",
        "fr": "La règle est vide. Pour tous les contacts, écrivez : tous.",
        "ar": "القاعدة فارغة. لاختيار جميع جهات الاتصال اكتب: الجميع.",
    },
    "too_long": {
        "en": "The rule is too long: {limit} at most.",
        "fr": "La règle est trop longue : {limit} au plus.",
        "ar": "القاعدة طويلة جدا: {limit} على الأكثر.",
    },
    "too_deep": {
        "en": "Too many brackets within brackets: {limit} at most.",
        "fr": "Trop de parenthèses imbriquées : {limit} au plus.",
        "ar": "عدد كبير من الأقواس المتداخلة: {limit} على الأكثر.",
    },
    "bad_character": {
        "en": "“{found}” can't stand here.",
        "fr": "« {found} » n'a pas sa place ici.",
        "ar": "لا مكان للرمز «{found}» هنا.",
    },
    "open_quote": {
        "en": "The quotation mark is not closed.",
        "fr": "Le guillemet n'est pas fermé.",
        "ar": "علامة الاقتباس غير مغلقة.",
    },
    "open_bracket": {
        "en": "The bracket is not closed.",
        "fr": "La parenthèse n'est pas fermée.",
        "ar": "القوس غير مغلق.",
    },
    "unknown_field": {
        "en": "“{found}” is not a field.{nearest}",
        "fr": "« {found} » n'est pas un champ.{nearest}",
        "ar": "«{found}» ليس حقلا معروفا.{nearest}",
    },
    "unknown_choice": {
        "en": "“{found}” is not one of the values: {choices}.{nearest}",
        "fr": "« {found} » ne fait pas partie des valeurs : {choices}.{nearest}",
        "ar": "«{found}» ليس من القيم الممكنة: {choices}.{nearest}",
    },
    "unknown_own_field": {
        "en": "The company has no field “{found}” of its own.{nearest}",
        "fr": "L'entreprise n'a pas de champ « {found} ».{nearest}",
        "ar": "ليس لدى الشركة حقل باسم «{found}».{nearest}",
    },
    "unknown_currency": {
        "en": "“{found}” is not a currency: write three letters, such as DZD.{nearest}",
        "fr": "« {found} » n'est pas une monnaie : écrivez trois lettres, comme DZD.{nearest}",
        "ar": "«{found}» ليست عملة: اكتب ثلاثة أحرف مثل DZD.{nearest}",
    },
    "test_expected": {
        "en": "After “{field}” {expected} is expected.",
        "fr": "Après « {field} », on attend {expected}.",
        "ar": "بعد «{field}» يُنتظر {expected}.",
    },
    "unexpected": {
        "en": "“{found}” is not expected here; {expected} could follow.",
        "fr": "« {found} » n'est pas attendu ici ; on peut écrire {expected}.",
        "ar": "«{found}» غير منتظر هنا؛ يمكن كتابة {expected}.",
    },
    "quote_words": {
        "en": "“{found}” is not expected here. Put a value of several words in quotation marks: "
        '"{before} {found}".',
        "fr": "« {found} » n'est pas attendu ici. Mettez une valeur de plusieurs mots entre guillemets : "
        '"{before} {found}".',
        "ar": "«{found}» غير منتظر هنا. ضع القيمة المكوّنة من عدة كلمات بين علامتي اقتباس: "
        '"{before} {found}".',
    },
    "bad_date": {
        "en": "“{found}” is not a day of the calendar: write year-month-day, such as 2026-03-05.",
        "fr": "« {found} » n'est pas un jour du calendrier : écrivez année-mois-jour, comme 2026-03-05.",
        "ar": "«{found}» ليس يوما في التقويم: اكتب السنة-الشهر-اليوم مثل 2026-03-05.",
    },
    "dates_crossed": {
        "en": "The period ends before it begins.",
        "fr": "La période se termine avant de commencer.",
        "ar": "تنتهي الفترة قبل أن تبدأ.",
    },
    "bad_count": {
        "en": "{found} is not a possible length: from 1 to {limit}.",
        "fr": "{found} n'est pas une durée possible : de 1 à {limit}.",
        "ar": "{found} ليست مدة ممكنة: من 1 إلى {limit}.",
    },
    "bad_number": {
        "en": "{found} is too large, or has more than three decimals.",
        "fr": "{found} est trop grand, ou a plus de trois décimales.",
        "ar": "{found} عدد كبير جدا أو به أكثر من ثلاثة أرقام عشرية.",
    },
    "bad_class": {
        "en": "Classes go from 1 (the lowest fifth) to 5 (the best).",
        "fr": "Les classes vont de 1 (le cinquième le plus faible) à 5 (le meilleur).",
        "ar": "تتراوح الفئات من 1 (الخُمس الأدنى) إلى 5 (الأفضل).",
    },
    "not_of_this": {
        "en": "“{field}” can't be limited by {part}.",
        "fr": "« {field} » ne peut pas être limité par {part}.",
        "ar": "لا يمكن تحديد «{field}» حسب {part}.",
    },
    "needs": {
        "en": "“{field}” needs {part}.",
        "fr": "« {field} » demande {part}.",
        "ar": "«{field}» يتطلب {part}.",
    },
    "test_not_possible": {
        "en": "“{field}” is {kind} and can't be tested so: {expected} is expected.",
        "fr": "« {field} » est {kind} et ne se compare pas ainsi : on attend {expected}.",
        "ar": "«{field}» هو {kind} ولا يُقارن هكذا: يُنتظر {expected}.",
    },
    "bad_form": {
        "en": "The form can't be read: {where} {what}.",
        "fr": "Le formulaire ne peut pas être lu : {where} {what}.",
        "ar": "لا يمكن قراءة الاستمارة: {where} {what}.",
    },
}

_NEAREST: Final = {
    "en": " Did you mean “{words}”?",
    "fr": " Vouliez-vous dire « {words} » ?",
    "ar": " هل تقصد «{words}»؟",
}
_OR: Final = {"en": "” or “", "fr": " » ou « ", "ar": "» أو «"}

THINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "field": {"en": "a field", "fr": "un champ", "ar": "حقل"},
    "value": {"en": "a value", "fr": "une valeur", "ar": "قيمة"},
    "text": {
        "en": "a text in quotation marks",
        "fr": "un texte entre guillemets",
        "ar": "نص بين علامتي اقتباس",
    },
    "number": {"en": "a number", "fr": "un nombre", "ar": "عدد"},
    "amount": {
        "en": "an amount, such as 50 000 DZD",
        "fr": "un montant, comme 50 000 DZD",
        "ar": "مبلغ مثل 50 000 DZD",
    },
    "period": {
        "en": "a period, such as in the last 30 days",
        "fr": "une période, comme dans les 30 derniers jours",
        "ar": "فترة مثل خلال آخر 30 يوما",
    },
    "length": {"en": "for 6 months", "fr": "depuis 6 mois", "ar": "منذ 6 أشهر"},
    "and_or": {"en": "and, or", "fr": "et, ou", "ar": "و، أو"},
    "closing": {"en": "a closing bracket", "fr": "une parenthèse fermante", "ar": "قوس إغلاق"},
    "opening": {"en": "an opening bracket", "fr": "une parenthèse ouvrante", "ar": "قوس افتتاح"},
    "comma": {
        "en": "a comma or a closing bracket",
        "fr": "une virgule ou une parenthèse",
        "ar": "فاصلة أو قوس",
    },
    "one_of": {"en": "=, !=, in (…)", "fr": "=, !=, parmi (…)", "ar": "=، !=، ضمن (…)"},
    "compared": {"en": "=, <, <=, > or >=", "fr": "=, <, <=, > ou >=", "ar": "= أو < أو <= أو > أو >="},
    "nothing": {"en": "nothing more", "fr": "rien de plus", "ar": "لا شيء آخر"},
    "products": {"en": "a product", "fr": "un produit", "ar": "منتج"},
    "ranges": {"en": "a product range", "fr": "une gamme", "ar": "تشكيلة منتجات"},
    "status": {"en": "a state", "fr": "un état", "ar": "حالة"},
    "channel": {"en": "a channel", "fr": "un canal", "ar": "قناة"},
    "purpose": {
        "en": "a purpose: service, information or offers",
        "fr": "un objet : service, information ou offres",
        "ar": "غرض: خدمة أو معلومات أو عروض",
    },
    "name": {
        "en": "a name in quotation marks",
        "fr": "un nom entre guillemets",
        "ar": "اسم بين علامتي اقتباس",
    },
    "kind_text": {"en": "a text", "fr": "un texte", "ar": "نص"},
    "kind_choice": {"en": "a choice", "fr": "un choix", "ar": "اختيار"},
    "kind_number": {"en": "a number", "fr": "un nombre", "ar": "عدد"},
    "kind_money": {"en": "an amount", "fr": "un montant", "ar": "مبلغ"},
    "kind_moment": {"en": "a date", "fr": "une date", "ar": "تاريخ"},
    "kind_day": {"en": "a date", "fr": "une date", "ar": "تاريخ"},
    "kind_yearday": {"en": "a day of the year", "fr": "un jour de l'année", "ar": "يوم من السنة"},
    "kind_flag": {"en": "a yes or no", "fr": "un oui ou non", "ar": "نعم أو لا"},
    "kind_own": {"en": "a field of your own", "fr": "un champ de l'entreprise", "ar": "حقل خاص بالشركة"},
    "kind_class": {
        "en": "a class from 1 to 5",
        "fr": "une classe de 1 à 5",
        "ar": "فئة من 1 إلى 5",
    },
}


class RuleError(Exception):
    """A rule that can't be used. `at` and `length` say which characters of the text are meant."""

    def __init__(
        self,
        code: str,
        *,
        at: int = 0,
        length: int = 0,
        nearest: Sequence[str] = (),
        things: Mapping[str, str] | None = None,
        field: Mapping[str, str] | None = None,
        **detail: object,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.at = at
        self.length = length
        self.nearest = tuple(nearest)
        self._things = dict(things or {})  # keys of THINGS, said in the reader's language
        self._field = dict(field or {})  # a field's name by language
        self._detail = detail

    def words(self, language: str) -> str:
        """The sentence a person reads."""
        language = language if language in LANGUAGES else "en"
        said = _OR[language].join(self.nearest)
        values = {
            **self._detail,
            **{name: THINGS[thing][language] for name, thing in self._things.items()},
            "nearest": _NEAREST[language].format(words=said) if said else "",
        }
        if self._field:
            values["field"] = self._field[language]
        return _SAYINGS[self.code][language].format(**values)

    def placed(self, at: int, length: int) -> RuleError:
        """The same error, at these characters."""
        self.at, self.length = at, length
        return self

    def __str__(self) -> str:
        return f"{self.words('en')} (character {self.at + 1})"


def nearest(word: str, known: Sequence[str], *, many: int = 2) -> list[str]:
    """The known words that look most like this one."""
    lowered = {each.casefold(): each for each in known}
    return [lowered[each] for each in get_close_matches(word.casefold(), lowered, n=many, cutoff=0.6)]
