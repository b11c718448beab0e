"""What may be asked of a case, checked at the edge: one model an act, the same for the API and the commands."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from channels.text import clean_text


def _said(text: str) -> str:
    cleaned = clean_text(text).strip()
    if not cleaned:
        raise ValueError("it is empty")
    return cleaned


def _cleaned(text: str) -> str:
    return clean_text(text).strip()


Words = Annotated[str, StringConstraints(min_length=1, max_length=20_000), AfterValidator(_said)]
Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_cleaned)]
Prose = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_cleaned)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_said)]
DeskId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Reference = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,5}-\d{4}-\d{2,8}$")]


class Act(BaseModel, extra="forbid"):
    """Something done with a case."""

    agent: Name | None = Field(
        None, description="Who does it, by name or e-mail address. Without: the calling system."
    )
    version: int | None = Field(
        None, description="The case's version it was decided on: if it changed since, nothing is done (409)."
    )


class Open(Act):
    """A complaint that came otherwise than by a channel of ours, with what is known of its customer."""

    version: None = None
    channel: Literal["phone", "letter", "counter", "fax", "other"]
    summary: Words
    received_at: AwareDatetime | None = Field(None, description="When it came. Without: now.")
    contact_id: Line = Field("", description="Whose it is, where that is known. Else name, phone or e-mail.")
    name: Line = ""
    phone: Line = Field("", description="National, as the company's country dials it, or with its +.")
    email: Annotated[
        str, StringConstraints(pattern=r"^([^@\s]{1,64}@[^@\s]+\.[^@\s]+)?$", max_length=254)
    ] = ""
    language: Literal["", "fr", "ar", "en"] = ""
    object: Literal["price", "quality", "delivery", "packaging", "other"] = "other"
    product: Line = ""
    order_ref: Line = ""
    since: Line = ""
    remedy: Line = ""
    zone: Line = ""
    severity: Literal["normal", "serious", "critical"] = "normal"
    consequences: Prose = ""
    code: Line = ""
    desk: DeskId | None = None
    told: bool = Field(
        False, description="The customer was told the reference and the date already: no receipt is written."
    )
    key: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,100}$")] | None = Field(
        None, description="Made by the caller: a repeated call with it opens nothing more."
    )

    @model_validator(mode="after")
    def _of_somebody(self) -> Open:
        if not (self.contact_id or self.name or self.phone or self.email):
            raise ValueError("say whose it is: contact_id, name, phone or email")
        return self


class Qualify(Act):
    """Code, object, product, zone, severity, consequences, declaration of the anomaly. source: CO-05"""

    code: Line | None = None
    object: Literal["price", "quality", "delivery", "packaging", "other"] | None = None
    product: Line | None = None
    order_ref: Line | None = None
    zone: Line | None = None
    severity: Literal["normal", "serious", "critical"] | None = None
    consequences: Prose | None = None
    anomaly: Prose | None = None


class Take(Act):
    """Be in charge of it, by name."""


class Assign(Act):
    """Put a named person, or a desk, in charge."""

    owner: Name
    desk: DeskId | None = None


class Plan(Act):
    """The action plan, told to the customer with the name of who is in charge."""

    plan: Words


class Forward(Act):
    """Hand it to a department with a question. source: CO-06"""

    desk: DeskId
    question: Words


class DepartmentAnswer(Act):
    """A department's answer to what it was asked."""

    desk: DeskId
    answer: Words


class Answer(Act):
    """The answer, sent to the customer; `copy_to` are departments that learn of it. source: CO-06"""

    text: Words
    outcome: Literal["settled"] | None = None
    copy_to: tuple[DeskId, ...] = ()
    key: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,100}$")] | None = Field(
        None, description="Made by the caller: a repeated call with it sends nothing more."
    )


class Answered(Act):
    """It was answered otherwise (by telephone, at the counter): note it."""

    note: Prose = ""


class Inform(Act):
    """A word to the customer on how it stands; the date that was promised is added. source: CO-21"""

    text: Words
    key: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,100}$")] | None = Field(
        None, description="Made by the caller: a repeated call with it sends nothing more."
    )


class Wait(Act):
    """Ask the customer for something. Where `complaints.pause_while_waiting` is on, the clocks stand still."""

    question: Words


class Resume(Act):
    """The clocks go on: what was asked for came another way."""

    note: Prose = ""


class Propose(Act):
    """A compensation and what it costs the company. source: CO-28"""

    kind: Literal["refund", "exchange", "service", "discount", "goodwill"]
    description: Words
    cost: Annotated[Decimal, Field(ge=0, lt=Decimal("100000000000"), decimal_places=3)]


class Decide(Act):
    """Say yes or no to a proposed compensation, by its id."""

    compensation: str
    reason: Prose = ""


class Grant(Act):
    """Give a compensation, and tell the customer."""

    compensation: str


class Conciliate(Act):
    """What was offered to find an agreement, and what came of it. source: CO-37"""

    note: Words


class Refuse(Act):
    """Say no, with the reason the customer is told. source: CO-37"""

    reason: Words


class Close(Act):
    """End it; the outcome where it has none yet."""

    outcome: Literal["settled", "refused"] | None = None
    note: Prose = ""


class Withdraw(Act):
    """The customer gives it up; in whose words."""

    note: Words


class Reopen(Act):
    """Take it up again, with a new deadline."""

    reason: Words


class Merge(Act):
    """The same matter was registered twice: `into` is the one that lives on."""

    into: Reference


class Link(Act):
    """Two cases that belong together."""

    other: Reference
    kind: Literal["same_matter", "recurrence"] = "same_matter"
    note: Prose = ""


class Note(Act):
    """A word for colleagues; the customer does not see it."""

    text: Words


class Attach(Act):
    """Put a file into the case; the file itself is the body of the call."""

    version: None = None


class FindFaith(Act):
    """Good faith is taken for granted; bad faith needs recorded evidence. source: CO-24"""

    faith: Literal["good", "bad"]
    evidence: Prose = ""


class FindFault(Act):
    """Whose fault it was. source: CO-27"""

    fault: Literal["undetermined", "company", "customer"]
    note: Prose = ""


class FindCause(Act):
    """The root cause, for the Pareto of causes. source: CO-11"""

    cause: Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_said)]
    note: Prose = ""


class Review(Act):
    """Looked at by somebody else than its owner. source: CO-11"""

    note: Prose = ""


class Archive(Act):
    """Put it away."""

    note: Prose = ""


class Mystery(Act):
    """A mystery customer's: timed like the others, left out of the indicators. source: E26"""

    mystery: bool = True


class Prevent(Act):
    """Something to be done so that the cause does not come back. source: CO-09"""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300), AfterValidator(_said)]
    owner: Line = ""
    due_on: date | None = None


class CheckPurchase(BaseModel, extra="forbid"):
    """Ask a customer, so many days after a purchase, whether it suits. source: E24"""

    order: Line = ""
    product: Line = ""
    after_days: Annotated[int, Field(ge=0, le=365)] = 7


class Transfer(BaseModel, extra="forbid"):
    """All open cases of somebody who leaves. source: E16"""

    agent: Name | None = None
    from_owner: Name
    to_owner: Name
    reason: Prose = ""


class OpenPrevention(Prevent):
    """A preventive action that no single case raised."""

    cause: Line = ""
    product: Line = ""
    zone: Line = ""


class TakePrevention(Act):
    """Be the one who does it."""

    due_on: date | None = None


class ClosePrevention(Act):
    """How it ended."""

    status: Literal["done", "dropped"] = "done"
    result: Words
