"""What `policy explain`, `simulate` and `history` do: past plans from the platform, its database, or a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from sre_agent.api.policy_reasons import IncidentPolicy, PlanPolicy, StepPolicy, UndoPolicy
from sre_agent.api.policy_views import MOST_CHARS, MOST_FILES, MOST_PLANS
from sre_agent.api.views import IncidentList, PlanList
from sre_agent.cli.client import Client
from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.lines import text_lines, wrong_line
from sre_agent.cli.policy_files import existing, told
from sre_agent.cli.screen import console, print_json, working
from sre_agent.domain.json_lines import BadLine, read_line
from sre_agent.domain.shown import one_line
from sre_agent.errors import StoreUnavailable
from sre_agent.law_source import SHIPPED, LawSource, law_files, read_files
from sre_agent.policy.problems import LawError
from sre_agent.policy.simulating import PastPlan, PlanChange, Simulation, simulate

PLATFORM = "platform"
_PAGE = 100
_HINT = "each line is one JSON object with `plan` and `ruling`; `sre-agent policy history` writes them"
_NAME_A_PAST = "name a file that `sre-agent policy history` wrote, a database file, or `platform`"


def explain_incident(client: Client, incident: str, *, every: bool, as_json: bool) -> None:
    found = client.get(f"/api/v1/incidents/{incident}/policy", IncidentPolicy)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    if not found.plans:
        console().print("No plan was made for this incident, so nothing was judged.")
    for plan in found.plans:
        _show_plan(plan, every=every)


def _show_plan(plan: PlanPolicy, *, every: bool) -> None:
    screen = console()
    screen.print(f"Plan {plan.attempt} ({plan.plan_digest[:12]}): {_said_of(plan)}")
    if plan.ruling_law and not plan.same_law:
        screen.print("  The law has changed since; rules are heard again under the one in force now.")
    for step in plan.steps:
        _show_step(step, every=every)
    for undo in plan.undos:
        _show_undo(undo)


def _said_of(plan: PlanPolicy) -> str:
    if plan.verdict is not None:
        return f"{plan.verdict}, autonomy {plan.autonomy}"
    return "instructions for a person, so nothing was judged" if plan.by_hand else "not judged yet"


def _show_undo(undo: UndoPolicy) -> None:
    console().print(
        f"  Taking step {undo.step + 1} back, at {undo.at:%Y-%m-%d %H:%M:%S} UTC, under law {undo.law_digest[:12]}:\n"
        f"     {undo.verdict} by {undo.rule}: {one_line(undo.sentence, 600)}"
    )


def _show_step(step: StepPolicy, *, every: bool) -> None:
    screen = console()
    screen.print(f"  {step.step + 1}. {one_line(step.statement, 300)}")
    screen.print(f"     {step.verdict} by {step.rule}: {one_line(step.sentence, 600)}")
    screen.print(
        f"     autonomy {step.autonomy} by {step.autonomy_by or 'none'}; the rules alone: {step.by_rules or 'unknown'}"
    )
    if not step.clauses:
        screen.print("     The facts of this ruling are not on file, so the rules cannot be heard again.")
    for clause in step.clauses:
        if every or clause.answer in ("yes", "no_answer"):
            mark = {"yes": "+", "no": "-", "no_answer": "!", "not_about": " "}[clause.answer]
            screen.print(
                f"     {mark} {clause.id} ({clause.says}, {Path(clause.file).name}:{clause.line}) {one_line(clause.why, 400)}"
            )


def simulate_law(client: Client, path: Path | None, profile: str, against: str, *, as_json: bool) -> None:
    place = existing(path or SHIPPED)
    try:
        engine = LawSource(place, profile).read()
    except LawError as wrong:
        _show_mistakes(wrong, as_json=as_json)
        raise CommandFailed(ExitCode.USAGE, f"{len(wrong.problems)} mistake(s); nothing was tried") from None
    with working("trying the law on the past"):
        if against == PLATFORM:
            found = _by_the_platform(client, place, profile)
        else:
            past = _past_of(existing(Path(against), _NAME_A_PAST))
            found = simulate(engine.law, ((each.plan, each.ruling) for each in past))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _show_simulation(found)
    if against == PLATFORM and found.plans >= MOST_PLANS:
        told_late = "older ones were not heard; `policy history` and `--against FILE` hear more"
        console(error=True).print(f"The {MOST_PLANS} plans of the newest incidents were heard; {told_late}.")


def _show_mistakes(wrong: LawError, *, as_json: bool) -> None:
    if as_json:
        print_json({"ok": False, "problems": told(wrong.problems)})
        return
    for each in wrong.problems:
        console(error=True).print(str(each))


def _by_the_platform(client: Client, place: Path, profile: str) -> Simulation:
    files = read_files(law_files(place))
    if len(files) > MOST_FILES or any(len(one.text) > MOST_CHARS for one in files):
        raise CommandFailed(
            ExitCode.USAGE,
            f"the platform takes {MOST_FILES} files of {MOST_CHARS} characters at most",
            hint="try a law as large as this one here: write the past with `sre-agent policy history --out past.jsonl`, "
            "and add `--against past.jsonl`",
        )
    sent = [{"name": _short(one.name), "text": one.text} for one in files]
    body = {"files": sent, "profile": profile, "limit": MOST_PLANS}
    return client.post("/api/v1/policies/simulate", Simulation, body, patient=True)


def _short(name: str) -> str:
    """A file's name as an answer may carry it."""
    return "".join(each for each in Path(name).name if each.isprintable())[:200] or "policies.yaml"


def _past_of(file: Path) -> Iterator[PastPlan]:
    """From a database file, or from lines as `policy history` writes them. Raises CommandFailed."""
    if file.is_file() and _is_database(file):
        yield from _plans_in(file)
        return
    for number, line in text_lines(file, hint=_HINT):
        try:
            yield read_line(PastPlan, line)
        except BadLine as wrong:
            raise wrong_line(file, number, wrong.column, f"no past plan: {wrong}", hint=_HINT) from None


def _is_database(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(16) == b"SQLite format 3\x00"


def _plans_in(database: Path) -> list[PastPlan]:
    # imported here: the database costs what no other command should pay
    from sre_agent.bootstrap_store import past_plans

    try:
        return asyncio.run(past_plans(f"sqlite+aiosqlite:///{database.resolve()}"))
    except StoreUnavailable as wrong:
        raise CommandFailed(
            ExitCode.USAGE,
            f"{database} is no database of this platform, or of another version of it ({wrong})",
            hint="name its `sre-agent.db`, brought up to date by `sre-agent db upgrade`; or a file that "
            "`sre-agent policy history` wrote",
        ) from None


def _show_simulation(found: Simulation) -> None:
    screen = console()
    screen.print(
        f"{found.plans} past plans; {found.unjudged} never judged, or without facts on file: nothing can be said of these"
    )
    for what, count in found.counts.items():
        screen.print(f"  {count:6}  {what}")
    screen.print(
        f"{len(found.changes)} would go another way: {found.stricter} stricter, {found.looser} looser"
    )
    for change in found.changes:
        _show_change(change)


def _show_change(change: PlanChange) -> None:
    screen = console()
    asked = (change.was_asked, change.now_asked)
    who = f" (asked: {asked[0] or 'nobody'} → {asked[1] or 'nobody'})" if any(asked) else ""
    screen.print(f"{change.incident_id} {change.plan_digest[:12]} {change.cause} on {change.target}: "
                 f"{change.was} → {change.now}{who}")  # fmt: skip
    for step in change.steps:
        screen.print(f"    {step.index + 1}. {one_line(step.statement, 200)}")
        screen.print(
            f"       {step.was} by {step.was_rule} → {step.now} by {step.now_rule}: {one_line(step.now_sentence, 400)}"
        )


def write_history(client: Client, out: Path, limit: int) -> None:
    if out.exists():
        raise CommandFailed(ExitCode.USAGE, f"{out} is there already; name a new file with --out")
    with working("reading past plans"):
        past = list(islice(_from_platform(client), limit))
    try:
        with out.open("x", encoding="utf-8") as file:
            file.writelines(f"{each.model_dump_json()}\n" for each in past)
    except OSError as wrong:
        raise CommandFailed(ExitCode.USAGE, f"{out} cannot be written: {wrong.strerror}") from None
    count = len(past)
    console().print(f"{count} plans written to {out}\nNext: sre-agent policy simulate FILE --against {out}")


def _from_platform(client: Client) -> Iterator[PastPlan]:
    number, more = 1, True
    while more:
        page = client.get("/api/v1/incidents", IncidentList, {"page": number, "size": _PAGE})
        for incident in page.items:
            for each in client.get(f"/api/v1/incidents/{incident.id}/plans", PlanList).items:
                yield PastPlan(plan=each.plan, ruling=each.ruling)
        more, number = number * _PAGE < page.total, number + 1
