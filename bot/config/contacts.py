"""What the company keeps about its customers: fields of its own, classes, and for how long."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from bot.config.section import Language, Section

Days = Annotated[int, Field(ge=1, le=3_650)]
Months = Annotated[int, Field(ge=1, le=600)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class ContactField(Section):
    """A field of the company's own."""

    type: Literal["text", "number", "date", "choice", "yes_no"] = Field(
        "text", description="text, number, date, choice or yes_no."
    )
    label: str | dict[Language, str] = Field(
        description="What people read above it, one for all languages or one for each."
    )
    choices: tuple[Words, ...] = Field((), max_length=200, description="What may be chosen, for type choice.")

    @model_validator(mode="after")
    def _choices_where_chosen(self) -> ContactField:
        if (self.type == "choice") != bool(self.choices):
            raise ValueError("choices belong to type choice, which needs them")
        return self

    def labels(self) -> dict[str, str]:
        if isinstance(self.label, str):
            return {"": self.label}
        return {str(language): words for language, words in self.label.items()}


class ContactsConfig(Section):
    """Fields and classes of contacts. source: SE, domain §7"""

    fields: dict[FieldName, ContactField] = Field(
        default_factory=dict, max_length=100, description="The company's own fields, each under a name."
    )
    new_for_days: Days = Field(90, description="Days after the first purchase in which a customer is new.")
    lost_after_days: Days = Field(365, description="Days without a purchase after which a customer is lost.")
    max_file_bytes: Annotated[int, Field(ge=100_000, le=2_000_000_000)] = Field(
        200_000_000, description="The largest file that can be brought in over the API, in bytes."
    )


class RetentionConfig(Section):
    """Months after which data is removed, every night; none keeps it. source: PR"""

    contacts: Months | None = Field(
        None,
        description="Contacts never in touch, without purchases, quotes or refusals, unchanged for so long.",
    )
    purchases: Months | None = Field(None, description="Purchases, after their date.")
    quotes: Months | None = Field(None, description="Quotes that are not open any more, after their date.")
    waiting: Months | None = Field(None, description="Places in waiting lists that were served or left.")
    interests: Months | None = Field(None, description="Declared interests, after they were declared.")
    imports: Months | None = Field(
        3, description="Reports of imports, and the files brought in over the API."
    )
