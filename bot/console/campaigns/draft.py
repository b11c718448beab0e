"""Opening and keeping a draft: what the steps of the form share."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from bot.campaign_desk import CampaignDesk, DraftChanged
from bot.console import Visit, kit
from bot.console.campaigns import wording
from bot.console.campaigns.controls import Form
from bot.console.campaigns.forms import Data, definition_of, fields_of
from bot.store.changes import NotFound, NotPossible
from scheduler.campaigns.book import Mailing
from scheduler.campaigns.definition import CampaignError
from scheduler.segments import RuleError

STEPS = ("whom", "what", "when", "plan")


def data_of(mailing: Mailing) -> Data:
    """The definition as JSON, only what was said."""
    found: dict[str, Any] = mailing.definition.model_dump(mode="json", exclude_unset=True)
    return found


async def opened(visit: Visit, name: str) -> tuple[CampaignDesk, Mailing] | None:
    """The campaign of a page; None where there is none, which the page says then."""
    desk = visit.services.behind.campaigns
    if desk is None:
        kit.empty(visit.t("shell.unavailable"), "warning")
        return None
    try:
        return desk, (await desk.show(name)).mailing
    except NotFound:
        ui.link(visit.t("campaigns.back"), "/campaigns")
        kit.empty(visit.t("campaigns.gone"), "question")
        return None


async def opened_draft(visit: Visit, name: str) -> tuple[CampaignDesk, Mailing] | None:
    """The same of a draft that this user may change."""
    found = await opened(visit, name)
    if found is None:
        return None
    if found[1].status != "draft":
        ui.link(wording.title_of(found[1]), f"/campaigns/{name}").props("dir=auto")
        kit.empty(visit.t("campaigns.started_already"), "lock")
        return None
    return found


def head(visit: Visit, step: str, mailing: Mailing | None) -> None:
    """The title and the way through the steps; those without a draft behind them can't be entered yet."""
    title = wording.title_of(mailing) if mailing is not None else visit.t("campaigns.new")
    kit.heading(title, visit.t(f"campaigns.lead_{step}"))
    with (
        ui.element("nav").classes("steps").props(f'aria-label="{visit.t("campaigns.steps")}"'),
        ui.element("ol"),
    ):
        for number, each in enumerate(STEPS, 1):
            with ui.element("li"):
                words = f"{number}. {visit.t(f'campaigns.step.{each}')}"
                if mailing is None or (each != "plan" and not visit.may(*wording.MAKERS)):
                    here = kit.text(words, "span", "step")
                else:
                    here = ui.link(words, f"/campaigns/{mailing.name}/{each}").classes("step")
                if each == step:
                    here.props("aria-current=step")


async def keep(
    visit: Visit, desk: CampaignDesk, data: Data, form: Form, *, version: int | None, replace: bool = True
) -> Mailing | None:
    """Write the draft down; None where it was refused, which the user has been told at the field."""
    if not visit.may(*wording.MAKERS):
        kit.say(visit.t("shell.not_allowed"), "bad")
        return None
    try:
        definition = definition_of(data)
        kept = await desk.new(definition, by=visit.user.name, replace_draft=replace, version=version)
    except CampaignError as error:
        form.show({name or "title": "refused" for name in fields_of(error)})
        return None
    except RuleError as error:
        form.wrong("audience", error.words(visit.language))
        kit.say(error.words(visit.language), "warn")
        return None
    except DraftChanged:
        kit.say(visit.t("campaigns.changed_meanwhile"), "bad")
        return None
    except NotPossible:
        kit.say(visit.t("campaigns.fault.taken"), "bad")
        return None
    await visit.store.write(visit.noted("campaign_written", "campaign", kept.name, version=kept.version))
    return kept


def next_to(visit: Visit, name: str, step: str) -> None:
    kit.say(visit.t("campaigns.kept"))
    ui.navigate.to(f"/campaigns/{name}/{step}")
