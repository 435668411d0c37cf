"""The incidents page as HTML: pure functions from what is on file to what a browser shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sre_agent.api.markup import Child, Markup, el, join
from sre_agent.api.page_frame import document
from sre_agent.domain.alert import FiledAlert
from sre_agent.domain.diagnosis import Hypothesis
from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.journal import JournalEntry
from sre_agent.domain.plan import Step
from sre_agent.ports.archive import IncidentPage, PlanRecord


@dataclass(frozen=True)
class Dossier:
    """Everything the page shows of one incident."""

    incident: Incident
    alerts: tuple[FiledAlert, ...]
    journal: tuple[JournalEntry, ...]
    hypotheses: tuple[Hypothesis, ...]
    plans: tuple[PlanRecord, ...]


def incident_list(found: IncidentPage, *, show: str, who: str) -> str:
    rows = [
        el(
            "tr",
            el("td", _time(each.opened_at), class_="time"),
            el("td", _tag(each.status)),
            el("td", _tag(each.severity)),
            el("td", el("a", each.title, href=f"/incidents/{each.id}")),
            el("td", _conclusion(each), class_="text"),
        )
        for each in found.items
    ]
    table = _table(("Opened (UTC)", "Status", "Severity", "Incident", "Conclusion"), rows)
    words = "unfinished incidents" if show == "unfinished" else "incidents, newest first"
    pages = _pages(found, show)
    body = table if rows else el("p", "Nothing is wrong, or nothing has been sent yet.", class_="note")
    return document("Incidents", el("h2", f"{found.total} {words}"), body, pages, refresh=True, who=who)


def _pages(found: IncidentPage, show: str) -> Markup:
    number, size = found.page.number, found.page.size
    newer = el("a", "← newer", href=f"/?show={show}&page={number - 1}") if number > 1 else None
    older = (
        el("a", "older →", href=f"/?show={show}&page={number + 1}") if number * size < found.total else None
    )
    return el("p", newer, " ", older)


def incident(dossier: Dossier, *, who: str) -> str:
    about = dossier.incident
    facts = join(_tag(about.status), " ", _tag(about.severity), " ", el("code", about.id))
    parts: list[Child] = [
        el("h2", about.title),
        el("p", facts, f" opened {_time(about.opened_at)} UTC", class_="quiet"),
        el("p", _conclusion(about), class_="note") if _conclusion(about) else None,
        _waiting(dossier),
        _hypotheses(dossier.hypotheses),
        *(_plan(record) for record in dossier.plans),
        _alerts(dossier.alerts),
        _journal(dossier.journal),
    ]
    return document(about.title, *parts, refresh=not about.status.is_final, who=who)


def left_alone(alerts: Sequence[FiledAlert], *, who: str) -> str:
    rows = [
        el(
            "tr",
            el("td", _time(each.received_at), class_="time"),
            el("td", each.alert.name),
            el("td", str(each.entity or "")),
            el("td", each.not_investigated_because, class_="text"),
        )
        for each in alerts
    ]
    table = _table(("Received (UTC)", "Alert", "About", "Not investigated because"), rows)
    return document("Left alone", el("h2", "Alerts that were not investigated, and why"), table, who=who)


def _waiting(dossier: Dossier) -> Markup | None:
    if dossier.incident.status is not Status.AWAITING_APPROVAL or not dossier.plans:
        return None
    about, digest = dossier.incident.id, dossier.plans[0].plan.digest
    command = (
        f"sre-agent approve {about} --plan {digest}\nsre-agent reject {about} --plan {digest} --reason '…'"
    )
    return join(el("p", "This plan waits for an answer:", class_="awaiting_approval"), el("pre", command))


def _hypotheses(hypotheses: Sequence[Hypothesis]) -> Markup | None:
    if not hypotheses:
        return None
    rows = [
        el(
            "tr",
            el("td", each.rank, class_="seq"),
            el("td", el("meter", min=0, max=1, value=round(each.confidence, 3)), f" {each.confidence:.0%}"),
            el(
                "td",
                each.statement,
                el("br"),
                el("span", f"{each.cause} · {each.entity}", class_="quiet"),
                class_="text",
            ),
            el("td", "\n".join(f"{one.id}: {one.excerpt}" for one in each.evidence[:3]), class_="text"),
            el("td", each.ruled_out_by or "", class_="text"),
        )
        for each in hypotheses
    ]
    return join(el("h2", "Hypotheses"), _table(("", "Confidence", "Cause", "Evidence", "Ruled out by"), rows))


def _plan(record: PlanRecord) -> Markup:
    judged = {judgement.step: judgement for judgement in (record.ruling.judgements if record.ruling else ())}
    steps = []
    for step in record.plan.steps:
        said = judged.get(step.index)
        verdict = join(_tag(said.verdict), f" {said.rule}: {said.sentence}") if said else None
        steps.append(_step(step, verdict))
    answers = [
        el("p", _tag(each.answer), f" {each.by.name}, {_time(each.at)}: {each.reason or 'no reason given'}")
        for each in record.approvals
    ]
    checks = [
        el("p", _tag(each.recovery), f" {each.summary}", class_="text") for each in record.verifications
    ]
    title = el("h2", f"Plan {record.plan.attempt} for {record.plan.cause} on {record.plan.entity}")
    return join(title, *steps, *answers, *checks)


def _step(step: Step, verdict: Markup | None) -> Markup:
    return join(
        el("p", f"{step.index + 1}. {step.statement} (risk {step.risk}) ", verdict),
        el("pre", step.diff) if step.diff else None,
        el("p", f"Undo: {step.undo.statement}", class_="quiet"),
    )


def _alerts(alerts: Sequence[FiledAlert]) -> Markup | None:
    if not alerts:
        return None
    rows = [
        el("tr", el("td", each.alert.name), el("td", each.alert.status), el("td", _tag(each.severity)),
           el("td", str(each.entity or "")), el("td", each.grouped_by, class_="text"))
        for each in alerts
    ]  # fmt: skip
    return join(el("h2", "Alerts"), _table(("Alert", "State", "Severity", "About", "Grouped by"), rows))


def _journal(entries: Sequence[JournalEntry]) -> Markup:
    rows = [
        el("tr", el("td", each.seq, class_="seq"), el("td", _time(each.at), class_="time"),
           el("td", each.actor), el("td", each.kind), el("td", each.text, class_="text"))
        for each in reversed(entries)
    ]  # fmt: skip
    return join(el("h2", "Journal, newest first"), _table(("", "Time (UTC)", "Who", "What", ""), rows))


def _table(heads: Sequence[str], rows: Sequence[Markup]) -> Markup:
    return el("table", el("thead", el("tr", *(el("th", each) for each in heads))), el("tbody", *rows))


def _tag(word: str) -> Markup:
    return el("span", str(word).replace("_", " "), class_=f"tag {word}")


def _conclusion(about: Incident) -> str:
    cause = f"{about.cause} on {about.cause_entity}" if about.cause else ""
    sure = f" ({about.confidence:.0%})" if about.cause and about.confidence is not None else ""
    return " — ".join(
        part
        for part in (about.outcome and about.outcome.replace("_", " "), f"{cause}{sure}", about.summary)
        if part
    )


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
