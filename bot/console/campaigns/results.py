"""What a campaign brought: nothing is missing, what people did, what it cost, which text won and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from nicegui import ui
from sqlalchemy.orm import Session

from bot.console import Visit, kit, page
from bot.console.campaigns import wording
from bot.console.campaigns.draft import opened
from bot.console.campaigns.people import HEADS, as_csv, known, people, runs_of
from bot.console.campaigns.running import people_dialog, told
from bot.console.campaigns.tables import figure, reasons, table
from bot.console.dashboard import charts
from scheduler.campaigns.book import Mailing
from scheduler.results.read import Counts, Results, campaign_results
from scheduler.results.shares import Share

_SHARES: Final = ("opened", "clicked", "replied", "converted", "opted_out")
_CSV: Final = "text/csv; charset=utf-8"


@page("/campaigns/{name}/results", title="campaigns.results", roles=wording.DECIDERS)
async def results(visit: Visit, name: str) -> None:
    """Of a series: of all its runs together."""
    found = await opened(visit, name)
    if found is None:
        return
    _, mailing = found
    currency = visit.config.company.currency_code

    def read(session: Session) -> tuple[Results, list[str]]:
        return campaign_results(session, name, currency=currency), runs_of(session, mailing.id)

    brought, ids = await visit.store.read(read)
    ui.link(visit.t("campaigns.back_to", name=wording.title_of(mailing)), f"/campaigns/{name}").props(
        "dir=auto"
    )
    with kit.heading(visit.t("campaigns.results_of", name=wording.title_of(mailing))):
        if brought.planned:
            kit.button(visit.t("campaigns.export"), partial(_export, visit, mailing, ids), picture="file")
    if not brought.planned:
        kit.empty(visit.t("campaigns.no_results"), "clock")
        return
    _reckoning(visit, brought, ids, name)
    with ui.element("div").classes("two"):
        _money(visit, brought)
        _did(visit, brought)
    _by(visit, "by_door", {wording.channel(visit, kind): each for kind, each in brought.by_channel.items()})
    _variants(visit, mailing, brought)
    _one(visit, ids, name)


def _reckoning(visit: Visit, brought: Results, ids: list[str], name: str) -> None:
    with kit.section(visit.t("campaigns.nothing_missing"), visit.t("campaigns.nothing_missing_lead")) as card:
        card.props(f"data-balanced={'yes' if brought.balanced else 'no'}")
        left = {kind: sum(getattr(brought, kind).values()) for kind in ("skipped", "failed", "stopped")}
        rows = [
            ("planned", brought.planned), ("sent", brought.sent), ("uncertain", brought.uncertain),
            ("waiting", brought.waiting), ("skipped", left["skipped"]), ("failed", left["failed"]),
            ("stopped", left["stopped"]),
        ]  # fmt: skip
        with ui.element("div").classes("figures"):
            for key, value in rows:
                bad = value and key in ("failed", "uncertain")
                figure(
                    wording.number(visit, value),
                    visit.t(f"campaigns.figure.{key}"),
                    "bad" if bad else "",
                    key,
                )
        sums = " + ".join(wording.number(visit, value) for _, value in rows[1:])
        words = "balanced" if brought.balanced else "balanced_not"
        kind = "notice notice-good" if brought.balanced else "notice notice-bad"
        ui.label(
            visit.t(f"campaigns.{words}", planned=wording.number(visit, brought.planned), sums=sums)
        ).classes(kind)
        for column, status in (("skipped", "skipped"), ("failed", "failed"), ("stopped", "cancelled")):
            why: Mapping[str, int] = getattr(brought, column)
            if why:
                kit.text(visit.t(f"campaigns.column_of.{status}"), "h3")
                reasons(visit, why, partial(_who, visit, ids, name, status), status)
        if brought.uncertain:
            kit.text(visit.t("campaigns.column_of.uncertain"), "h3")
            ui.label(visit.t("campaigns.column_of.uncertain_lead")).classes("hint")
            with ui.element("div").classes("row-acts"):
                kit.button(
                    visit.t("campaigns.who"), partial(people_dialog, visit, ids, name, "uncertain", None)
                )


async def _who(visit: Visit, ids: list[str], name: str, status: str, reason: str) -> None:
    await people_dialog(visit, ids, name, status, reason)


def _money(visit: Visit, brought: Results) -> None:
    with kit.section(visit.t("campaigns.money")), ui.element("div").classes("figures"):
        figure(wording.money(visit, brought.counts.cost), visit.t("campaigns.sending_cost"), key="cost")
        if brought.fixed_cost:
            figure(wording.money(visit, brought.fixed_cost), visit.t("campaigns.fact.fixed"))
        figure(wording.money(visit, brought.counts.income), visit.t("campaigns.income"), key="income")
        tone = "" if brought.profit >= 0 else "bad"
        figure(wording.money(visit, brought.profit), visit.t("campaigns.profit"), tone, "profit")
        if brought.target is not None:
            reached = visit.t(
                "campaigns.reached", n=wording.number(visit, brought.target.reached),
                of=wording.number(visit, brought.target.count),
            )  # fmt: skip
            met = visit.t("campaigns.target_met" if brought.target.met else "campaigns.target_not")
            figure(reached, f"{visit.t(f'campaigns.measure.{brought.target.of}')} · {met}")


def _did(visit: Visit, brought: Results) -> None:
    counts, tracking = brought.counts, visit.config.outreach.tracking
    with kit.section(visit.t("campaigns.did"), visit.t("campaigns.did_lead")):
        rows = [(visit.t("campaigns.head.delivered"), wording.number(visit, counts.delivered), "")]
        for name in _SHARES:
            if (name == "opened" and not tracking.opens) or (name == "clicked" and not tracking.clicks):
                rows.append((visit.t(f"campaigns.measure.{name}"), "—", visit.t("campaigns.not_counted")))
                continue
            share: Share = getattr(counts, name)
            rows.append(
                (
                    visit.t(f"campaigns.measure.{name}"),
                    wording.number(visit, share.count),
                    _rate(visit, share),
                )
            )
        heads = [visit.t(f"campaigns.head.{each}") for each in ("what", "number", "rate")]
        table(visit.t("campaigns.did"), heads, rows)
        if brought.maybe_opened or brought.maybe_clicked:
            ui.label(
                visit.t(
                    "campaigns.maybe",
                    opened=wording.number(visit, brought.maybe_opened),
                    clicked=wording.number(visit, brought.maybe_clicked),
                )
            ).classes("hint")
        steps = [("planned", brought.planned), ("went", counts.sent)]
        steps += [
            (name, getattr(counts, name).count)
            for name in ("clicked", "replied", "converted")
            if name != "clicked" or tracking.clicks
        ]
        names = [visit.t(f"campaigns.funnel.{key}") for key, _ in steps]
        options = charts.bars(names, [value for _, value in steps], rtl=visit.direction == "rtl")
        chart = (
            ui.echart(options, renderer="svg")
            .classes("chart")
            .style(f"height: {charts.height_of(len(steps))}px")
        )
        chart.props("aria-hidden=true")


def _rate(visit: Visit, share: Share) -> str:
    if share.rate is None or share.bounds is None:
        return "—"
    low, high = share.bounds
    return visit.t("campaigns.rate_between", rate=wording.percent(visit, share.rate), low=wording.percent(visit, low),
                   high=wording.percent(visit, high), of=wording.number(visit, share.of))  # fmt: skip


def _by(visit: Visit, title: str, groups: Mapping[str, Counts]) -> None:
    if not groups:
        return
    with kit.section(visit.t(f"campaigns.{title}")):
        keys = ("name", "sent", "delivered", "clicked", "replied", "converted", "opted_out", "cost", "income")
        table(
            visit.t(f"campaigns.{title}"),
            [visit.t(f"campaigns.head.{key}") for key in keys],
            [
                (name, wording.number(visit, each.sent), wording.number(visit, each.delivered),
                 *(_count(visit, each, share) for share in _SHARES[1:]),
                 wording.money(visit, each.cost), wording.money(visit, each.income))
                for name, each in groups.items()
            ],
        )  # fmt: skip


def _count(visit: Visit, counts: Counts, name: str) -> str:
    """A dash for what nobody counts at present, so that it is not read as none."""
    if name == "clicked" and not visit.config.outreach.tracking.clicks:
        return "—"
    share: Share = getattr(counts, name)
    return wording.number(visit, share.count)


def _variants(visit: Visit, mailing: Mailing, brought: Results) -> None:
    if not mailing.definition.letters:
        return
    _by(visit, "by_variant", {key.upper(): each for key, each in brought.by_variant.items()})
    with kit.section(visit.t("campaigns.winner")):
        trial = mailing.definition.trial
        if trial is None:
            ui.label(visit.t("campaigns.winner_none"))
            return
        ui.label(
            visit.t(
                "campaigns.winner_rule",
                measure=visit.t(f"campaigns.measure.{trial.measure}"),
                sure=trial.sure,
                least=trial.least,
                share=trial.share,
                after=trial.after_h,
            )
        ).classes("hint")
        if not mailing.winner:
            ui.label(visit.t("campaigns.winner_not_yet"))
            return
        why: dict[str, Any] = json.loads(mailing.decided_why or "{}")
        how = why.get("how") or "too_few"
        sure = wording.number(visit, why["certainty"]) if why.get("certainty") is not None else "—"
        ui.label(visit.t(f"campaigns.winner_how.{how}", letter=mailing.winner.upper(), sure=sure)).classes(
            "notice"
        )


def _one(visit: Visit, ids: list[str], name: str) -> None:
    """What became of one contact."""
    with kit.section(visit.t("campaigns.single"), visit.t("campaigns.single_lead")):
        with ui.element("div").classes("ask"):
            words = kit.field(visit.t("campaigns.contact"), "type=search dir=auto maxlength=100")

        async def look() -> None:
            text = str(words.value or "").strip()
            shown.clear()
            if not text:
                return
            country = visit.config.company.country
            found = await visit.store.read(lambda session: known(session, text, country))
            contacts = [each.id for each in found]
            rows = (
                await visit.store.read(lambda session: people(session, ids, contacts=contacts))
                if contacts
                else []
            )
            await visit.saw("campaign_people", name)
            with shown:
                if not rows:
                    kit.empty(visit.t("campaigns.not_in_campaign"), "search")
                for each in rows:
                    who, state, where = told(visit, each)
                    with ui.element("div").classes("row"), ui.element("div").classes("row-main"):
                        kit.text(who or visit.t("campaigns.nameless"), "span", "row-title").props("dir=auto")
                        ui.label(state)
                        ui.label(where).classes("hint").props("dir=auto")

        words.on("keydown.enter", look)
        with ui.element("div").classes("row-acts"):
            kit.button(visit.t("campaigns.look_up"), look, picture="search")
        shown = ui.element("div").classes("rows").props("aria-live=polite")


async def _export(visit: Visit, mailing: Mailing, ids: list[str]) -> None:
    if not visit.may(*wording.DECIDERS):
        kit.say(visit.t("shell.not_allowed"), "bad")
        return

    def say(status: str, reason: str, detail: str) -> tuple[str, str]:
        return visit.t(f"campaigns.person.{status}"), wording.reason(visit, reason, detail) if reason else ""

    heads = [visit.t(f"campaigns.csv.{head}") for head in HEADS]
    data = await as_csv(visit.store, ids, language=visit.language, heads=heads, say=say)
    await visit.store.write(visit.noted("exported", "campaign", mailing.name))
    ui.download.content(data, f"{mailing.name}.csv", _CSV)
