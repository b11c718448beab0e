"""One message understood: the small surface the deciders use; everything behind it may be replaced."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy

from bot.understanding.corrections import Correction, Corrections, corrected
from bot.understanding.embedding.choice import Meanings
from bot.understanding.facts import Catalogue, Facts, Products, read_facts
from bot.understanding.faq import Entry, FaqIndex, Match
from bot.understanding.intent import Intents, read_intents
from bot.understanding.intent_model import IntentModel
from bot.understanding.language import choose, detect
from bot.understanding.normalise import clean, fold, tokens


class Reading:
    """What one text says. FAQ matches are looked for when first asked."""

    __slots__ = (
        "_faq", "_matches", "arabizi", "correction", "facts", "intents", "language", "language_sure", "text",
        "tokens",
    )  # fmt: skip

    def __init__(
        self,
        *,
        text: str,
        tokens: Sequence[str],
        language: str,
        language_sure: bool,
        arabizi: bool,
        intents: Intents,
        facts: Facts,
        faq: FaqIndex,
        correction: Correction | None = None,
    ) -> None:
        self.text = text  # cleaned, cut to what is understood
        self.tokens = tokens
        self.language = language
        self.language_sure = language_sure
        self.arabizi = arabizi
        self.intents = intents
        self.facts = facts
        self.correction = correction  # a person's word about this text, followed in `intents`
        self._faq = faq
        self._matches: list[Match] | None = None

    @property
    def matches(self) -> list[Match]:
        """The nearest FAQ entries, best first."""
        if self._matches is None:
            self._matches = self._faq.search_tokens(self.tokens, self.language, text=self.text)
        return self._matches

    @property
    def best(self) -> Match | None:
        return self.matches[0] if self.matches else None

    @property
    def empty(self) -> bool:
        """Whether there is no word or number to understand (blank, emoji, punctuation)."""
        return not self.tokens


class Understanding:
    """Reads texts with the company's FAQ, catalogue and languages. Holds no conversation."""

    def __init__(
        self,
        faq: FaqIndex,
        *,
        products: Products = (),
        zones: Iterable[str] = (),
        languages: Sequence[str] = ("fr", "ar", "en"),
        default_language: str = "fr",
        corrections: Corrections | None = None,
        model: IntentModel | None = None,
    ) -> None:
        self.faq = faq
        self.corrections = corrections or Corrections()
        self._model = model  # of what messages want; None for the shipped one
        self._catalogue = Catalogue(products, zones)
        self._languages = tuple(languages)
        self._default = default_language

    @classmethod
    def build(
        cls,
        entries: Iterable[Entry],
        *,
        products: Products = (),
        zones: Iterable[str] = (),
        languages: Sequence[str] = ("fr", "ar", "en"),
        default_language: str = "fr",
        meanings: Meanings | None = None,
    ) -> Understanding:
        """Index the FAQ and get ready; cheap enough to do again whenever the FAQ changes."""
        return cls(
            FaqIndex.written(entries, meanings=meanings),
            products=products,
            zones=zones,
            languages=languages,
            default_language=default_language,
        )

    def changed(self, *, faq: FaqIndex, corrections: Corrections) -> Understanding:
        """The same company with another FAQ and other corrections; this one stays as it is."""
        other = copy(self)
        other.faq, other.corrections = faq, corrections
        return other

    def read(self, text: str, *, language: str = "", hint: str = "") -> Reading:
        """Understand one text. `language` is the conversation's so far, `hint` a BCP 47 tag or ""."""
        cleaned = clean(text)
        folded = fold(cleaned)
        words = tokens(folded)
        guess = detect(words)
        chosen, sure = choose(guess, conversation=language, fallback=self.supported(hint))
        intents = read_intents(words, cleaned, self._model)
        correction = self.corrections.find(words)
        if correction is not None:
            intents = corrected(intents, correction)
        return Reading(
            text=cleaned,
            tokens=words,
            language=self.supported(chosen),
            language_sure=sure,
            arabizi=guess.arabizi,
            intents=intents,
            facts=read_facts(cleaned, words, self._catalogue, intents.best("remedy.")),
            faq=self.faq,
            correction=correction,
        )

    def supported(self, tag: str) -> str:
        """The company's language nearest to a BCP 47 tag, else its default."""
        primary = tag.replace("_", "-").split("-")[0].lower()
        return primary if primary in self._languages else self._default
