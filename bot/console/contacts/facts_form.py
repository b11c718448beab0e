"""The facts of a contact, shown, and changed by hand: each field checked like a file's cell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from nicegui import ui
from nicegui.element import Element

from bot.console import Visit, kit
from bot.console.contacts.changing import FIELD, as_typed, keep, read_address, read_form
from bot.console.contacts.finding import CHANNELS, LANGUAGES
from bot.console.contacts.person import Person, agents_for_owner
from bot.console.contacts.wording import CHANGE, birthday_named, channel_icon, channel_named, named
from bot.console.pick import line, pick
from bot.contacts_data.company_fields import CompanyField
from bot.contacts_data.editing import EditRefused, add_address, remove_address
from bot.contacts_data.faults import say
from bot.contacts_data.kinds import ROLES
from bot.contacts_data.unreadable import Unreadable
from bot.records import Address
from bot.store.changes import NotFound

Again = Callable[[], Awaitable[None]]
_TIERS = ("none", "reply_only", "post_purchase", "periodic", "dedicated")
_MODES = ("low_contact", "discreet")


class Facts:
    """The card with who somebody is; it becomes a form where it is to be changed."""

    def __init__(self, visit: Visit, person: Person, card: Element, again: Again) -> None:
        self.visit = visit
        self.person = person
        self.card = card
        self.again = again
        self.own = {field.name: field for field in visit.services.behind.customers.settings.fields}
        self.before = as_typed(person.contact, person.organisation, self.own)
        self.typed = dict(self.before)
        self.faults: dict[str, ui.label] = {}

    def show(self) -> None:
        """What is known; what is not stays out."""
        visit, contact, person = self.visit, self.person.contact, self.person
        self.card.clear()
        with self.card:
            with ui.element("div").classes("ct-card-head"):
                kit.text(visit.t("contacts.facts.title"), "h2")
                if visit.may(*CHANGE):
                    kit.button(visit.t("contacts.facts.change"), self.edit, kind="quiet").props("data-edit")
            with ui.element("dl").classes("ct-facts"):
                self._fact("organisation", self._organisation())
                self._fact("owner", person.owner)
                self._fact("language", contact.language and named(visit, "languages", contact.language))
                self._fact("birthday", birthday_named(visit, contact.born_on, contact.birthday))
                self._fact("zone", ", ".join(filter(None, (contact.zone, contact.country))))
                self._fact("timezone", contact.timezone)
                self._fact("external_id", contact.external_id or "")
                self._fact(
                    "preferred_channel",
                    contact.preferred_channel and channel_named(visit, contact.preferred_channel),
                )
                self._fact("stage", named(visit, "stages", contact.stage))
                self._fact("tier", named(visit, "tiers", contact.tier))
                self._fact("source", named(visit, "sources", contact.source_channel))
                for name, field in self.own.items():
                    if name in contact.fields:
                        self._fact_of(self._label(field), self._own(field, contact.fields[name]))
            if contact.tags:
                with ui.element("div").classes("ct-tags"):
                    for tag in contact.tags:
                        kit.tag(tag).props("dir=auto")

    def _organisation(self) -> str:
        role = self.person.contact.organisation_role
        return " · ".join(filter(None, (self.person.organisation, role and named(self.visit, "roles", role))))

    def _own(self, field: CompanyField, value: object) -> str:
        if isinstance(value, bool):
            return self.visit.t("contacts.yes" if value else "contacts.no")
        return str(value)

    def _label(self, field: CompanyField) -> str:
        labels: Mapping[str, str] = field.labels
        return labels.get(self.visit.language) or labels.get("") or next(iter(labels.values()), field.name)

    def _fact(self, name: str, value: str) -> None:
        self._fact_of(self.visit.t(f"contacts.facts.{name}"), value)

    def _fact_of(self, label: str, value: str) -> None:
        if value:
            with ui.element("div"):
                kit.text(label, "dt", "hint")
                kit.text(value, "dd").props("dir=auto")

    # changed by hand

    async def edit(self) -> None:
        visit = self.visit
        owners = await agents_for_owner(visit.store)
        none = {"": visit.t("contacts.unknown")}
        self.typed, self.faults = dict(self.before), {}
        self.card.clear()
        with self.card:
            kit.text(visit.t("contacts.facts.change_title"), "h2")
            with ui.element("div").classes("ct-form"):
                self._line("name", maxlength=200)
                self._pick("language", none | {each: named(visit, "languages", each) for each in LANGUAGES})
                self._line("birthday", hint="birthday_hint")
                self._line("organisation", hint="organisation_hint", maxlength=255)
                self._pick(
                    "organisation_role", none | {each: named(visit, "roles", each) for each, _ in ROLES}
                )
                self._pick("owner_agent_id", {"": visit.t("contacts.nobody_owns")} | owners, key="owner")
                self._line("zone", maxlength=200)
                self._line("country", hint="country_hint")
                self._line("timezone", hint="timezone_hint")
                self._line("external_id", maxlength=255)
                self._pick(
                    "preferred_channel", none | {each: channel_named(visit, each) for each in CHANNELS}
                )
                self._pick("tier", {each: named(visit, "tiers", each) for each in _TIERS})
                self._pick(
                    "mode",
                    {"": visit.t("contacts.modes.ordinary")}
                    | {each: named(visit, "modes", each) for each in _MODES},
                )
                self._line("tags", hint="tags_hint")
                for field in self.own.values():
                    self._own_field(field)
            with ui.element("div").classes("row-acts"):
                kit.button(visit.t("shell.save"), self.save, kind="main").props("data-save")
                kit.button(visit.t("shell.cancel"), self.show)

    def _line(self, name: str, *, hint: str = "", label: str = "", maxlength: int = 0) -> None:
        words = label or self.visit.t(f"contacts.facts.{name}")
        with ui.element("div").classes("ct-entry"):
            box = line(words, self.typed.get(name, ""), lambda value: self._type(name, value))
            box.props["data-field"] = name
            if maxlength:
                box.props["maxlength"] = maxlength
            if hint:
                ui.label(self.visit.t(f"contacts.facts.{hint}")).classes("hint")
            self._fault(name)

    def _pick(self, name: str, options: dict[str, str], *, key: str = "", label: str = "") -> None:
        words = label or self.visit.t(f"contacts.facts.{key or name}")
        value = self.typed.get(name, "")
        if value not in options:  # such as a language that a newer part knows: it stays as it is
            options = options | {value: value}
        with ui.element("div").classes("ct-entry"):
            pick(words, options, value, lambda chosen: self._type(name, chosen)).props["data-field"] = name
            self._fault(name)

    def _own_field(self, field: CompanyField) -> None:
        name, label = FIELD + field.name, self._label(field)
        none = {"": self.visit.t("contacts.unknown")}
        if field.type == "choice":
            self._pick(name, none | {each: each for each in field.choices}, label=label)
        elif field.type == "yes_no":
            said = {"yes": self.visit.t("contacts.yes"), "no": self.visit.t("contacts.no")}
            self._pick(name, none | said, label=label)
        else:
            self._line(name, label=label)

    def _fault(self, name: str) -> None:
        wrong = ui.label("").classes("ct-wrong").props("role=alert")
        wrong.set_visibility(False)
        self.faults[name] = wrong

    def _type(self, name: str, value: str) -> None:
        self.typed[name] = value
        self.faults[name].set_visibility(False)

    async def save(self) -> None:
        visit, person = self.visit, self.person
        if not visit.may(*CHANGE):
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        customers = visit.services.behind.customers
        read = read_form(self.typed, self.before, customers.ways(), visit.language)
        for name, words in read.wrong.items():
            self.faults[name].set_text(words)
            self.faults[name].set_visibility(True)
        if read.wrong:
            kit.say(visit.count("contacts.facts.wrong", len(read.wrong)), "warn")
            return
        edit = customers.edit(visit.user.agent_id)
        contact = person.contact
        try:
            await visit.store.write(lambda session: keep(session, contact.id, read, contact.version, edit))
        except EditRefused as error:
            kit.say(visit.t(f"contacts.refused.{error.code}", value=error.detail.get("value", "")), "bad")
            return
        except NotFound:
            kit.say(visit.t("contacts.gone"), "bad")
            return
        kit.say(visit.t("shell.saved"))
        await self.again()


def draw_addresses(visit: Visit, person: Person, again: Again) -> None:
    """How to reach somebody; more by hand, and away again."""
    with kit.section(visit.t("contacts.reach.title")):
        with ui.element("div").classes("rows"):
            for address in person.addresses:
                _address(visit, person, address, again)
        if not person.addresses:
            ui.label(visit.t("contacts.reach.none")).classes("hint")
        if visit.may(*CHANGE):
            _more(visit, person, again)


def _address(visit: Visit, person: Person, address: Address, again: Again) -> None:
    channel, value = address.channel, address.value

    async def remove() -> None:
        words = visit.t("contacts.reach.remove_lead", value=value)
        if not await kit.confirm(
            visit,
            visit.t("contacts.reach.remove_title"),
            words,
            visit.t("contacts.reach.remove"),
            kind="danger",
        ):
            return
        if not visit.may(*CHANGE):
            kit.say(visit.t("shell.not_allowed"), "bad")
            return
        edit = visit.services.behind.customers.edit(visit.user.agent_id)
        with suppress(NotFound):  # somebody else took it away: the same is wanted
            await visit.store.write(
                lambda session: remove_address(session, person.contact.id, (channel, value), edit)
            )
        await again()

    with ui.element("div").classes("row"):
        kit.icon(channel_icon(channel))
        with ui.element("div").classes("row-main"):
            kit.text(value, "bdi", "ct-value").props("dir=ltr")
            ui.label(channel_named(visit, channel)).classes("hint")
        if address.state != "ok":
            kit.tag(named(visit, "address_states", address.state), "bad")
        elif address.verified_at is not None:
            kit.tag(visit.t("contacts.reach.verified"), "good")
        if visit.may(*CHANGE):
            kit.button(visit.t("contacts.reach.remove"), remove, kind="quiet")


def _more(visit: Visit, person: Person, again: Again) -> None:
    chosen = {"channel": "sms", "value": ""}
    with ui.element("div").classes("ct-inline"):
        pick(
            visit.t("contacts.add.channel"),
            {each: channel_named(visit, each) for each in CHANNELS if each != "webchat"},
            "sms",
            lambda value: chosen.update(channel=value),
        )
        line(visit.t("contacts.add.address"), "", lambda value: chosen.update(value=value), maxlength=255)

        async def keep_it() -> None:
            if not visit.may(*CHANGE):
                kit.say(visit.t("shell.not_allowed"), "bad")
                return
            customers = visit.services.behind.customers
            try:
                address = read_address(customers, chosen["channel"], chosen["value"])
                edit = customers.edit(visit.user.agent_id)
                await visit.store.write(
                    lambda session: add_address(session, person.contact.id, address, edit)
                )
            except Unreadable as error:
                kit.say(say(error.code, error.detail, visit.language), "bad")
                return
            except EditRefused as error:
                kit.say(visit.t(f"contacts.refused.{error.code}", value=error.detail.get("value", "")), "bad")
                return
            await again()

        kit.button(visit.t("contacts.reach.add"), keep_it, picture="plus")
