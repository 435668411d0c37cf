"""`policy explain`, `history` and `simulate` as a stranger runs them, on incidents that went through the whole graph.

The incidents are filed in a real database that the API serves; whatever a command says is held against the journal.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from typer.testing import CliRunner

from sre_agent.adapters.clock import SystemClock
from sre_agent.agent_runtime import create_app
from sre_agent.api.parts import Platform
from sre_agent.cli.exits import CommandFailed
from sre_agent.cli.main import app
from sre_agent.domain.journal import JournalEntry, Kind
from sre_agent.domain.law import Role
from sre_agent.law_office import LawOffice
from sre_agent.law_source import LawSource
from tests.components.api.test_on_sqlite import house
from tests.components.past.filed import FiledStage, told_in
from tests.components.stores.twins import template
from tests.scenarios.stories import BY_NAME
from tests.unit.api.api_stage import token_of

ALLOWED = "a step of low risk that the law allows"
APPROVED = "a release is reverted after approval"
REFUSED = "a plan is rejected, and the next is carried out"
UNDONE = "nothing helps"
HELD = "a release nobody may revert"

SHUT = """\
version: 1
actions: {scale: [k8s/scale], rollout_undo: [k8s/rollout_undo]}
rules:
  - {id: nothing-at-all, when: 'true', verdict: denied, reason: "Hands off {target_name}."}
"""
ASKS_TWO = """\
version: 1
actions:
  scale: [k8s/scale]
  rollout_undo: [k8s/rollout_undo]
  create_revert_pull_request: [github/create_revert_pr]
  merge_pull_request: [github/merge_pr]
rules:
  - {id: ask-two, when: 'true', verdict: needs_approval, reason: "Two look at {action}.", people: 2}
"""
OPEN = ASKS_TWO.replace("verdict: needs_approval", "verdict: allowed").replace(", people: 2", "")


@dataclass
class Past:
    """What is on file, and the commands that ask about it."""

    file: Path
    stages: dict[str, FiledStage]
    url: str = ""

    def run(self, *words: str, role: Role = Role.ADMIN) -> tuple[int, str, str]:
        """Exit code, and what stands on the two outputs; an error's own words are told with the second."""
        globals_ = ["--url", self.url, "--token", token_of(role)]
        result = CliRunner().invoke(app, [*globals_, "policy", *words], env={"COLUMNS": "400"})
        if isinstance(result.exception, CommandFailed):
            failed = result.exception
            return failed.code, result.stdout, f"{result.stderr}{failed} {failed.hint}"
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout, result.stderr

    def read(self, *words: str, role: Role = Role.ADMIN) -> Any:
        code, out, err = self.run(*words, "--json", role=role)
        assert code == 0, err
        return json.loads(out)

    def journal(self, story: str) -> list[JournalEntry]:
        return self.stages[story].journal

    def verdicts(self, story: str, *, undo: bool = False) -> list[JournalEntry]:
        said = [each for each in self.journal(story) if each.kind is Kind.VERDICT_GIVEN]
        return [each for each in said if bool(each.body.get("undo")) is undo]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    file = Path(shutil.copy(template(), tmp_path_factory.mktemp("past") / "sre-agent.db"))
    usual, read_only = LawSource().read(), LawSource(profile="read-only").read()
    stages = {name: told_in(file, BY_NAME[name], usual) for name in (ALLOWED, APPROVED, REFUSED, UNDONE)}
    held = replace(BY_NAME[APPROVED], name=HELD, service="web")
    stages[HELD] = told_in(file, held, read_only)
    with served(file) as url:
        yield Past(file, stages, url)


@contextmanager
def served(file: Path) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config("", log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)

        async def serve() -> None:
            async with house(file) as here:
                parts = replace(here.parts, law=LawOffice(LawSource(), SystemClock()))
                config.app = create_app(Platform(parts=parts))
                await server.serve(sockets=[listener])

        thread = threading.Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


def test_the_past_holds_what_laws_are_tried_on(past: Past) -> None:
    said = [each for name in past.stages for each in past.journal(name)]
    kinds = Counter(each.kind for each in said)
    assert all(kinds[kind] for kind in (Kind.APPROVAL_NOT_NEEDED, Kind.APPROVAL_ASKED, Kind.STEP_UNDONE))
    assert {"yes", "no"} <= {each.body.get("answer") for each in said if each.kind is Kind.APPROVAL_ANSWERED}
    assert "denied" in {each.body["verdict"] for each in past.verdicts(HELD)}


@pytest.mark.promise("SHOW-7")
@pytest.mark.parametrize("story", [ALLOWED, APPROVED, REFUSED, UNDONE, HELD])
def test_explain_says_of_each_step_what_the_journal_says(past: Past, story: str) -> None:
    told = past.read("explain", past.stages[story].incident_id, role=Role.VIEWER)
    steps = [(plan, step) for plan in reversed(told["plans"]) for step in plan["steps"]]
    words = ("step", "verdict", "rule", "sentence", "autonomy", "autonomy_by", "by_rules")
    assert [
        {word: step[word] for word in words} | {"plan_digest": plan["plan_digest"]} for plan, step in steps
    ] == [{word: entry.body[word] for word in (*words, "plan_digest")} for entry in past.verdicts(story)]
    for plan, step in steps:
        yes = {each["id"] for each in step["clauses"] if each["answer"] == "yes"}
        assert not plan["same_law"] or step["rule"] in yes


@pytest.mark.parametrize("story", [ALLOWED, UNDONE, HELD])
def test_what_explain_prints_names_each_verdict_rule_and_reason(past: Past, story: str) -> None:
    code, printed, _ = past.run("explain", past.stages[story].incident_id, role=Role.VIEWER)
    assert code == 0
    for entry in past.verdicts(story):
        assert f"{entry.body['verdict']} by {entry.body['rule']}: {entry.body['sentence']}" in printed
    assert ("The law has changed since" in printed) is (story == HELD)


@pytest.mark.promise("SHOW-7")
def test_explain_says_why_a_step_was_taken_back(past: Past) -> None:
    told = past.read("explain", past.stages[UNDONE].incident_id)
    words = ("step", "verdict", "rule", "sentence", "law_digest")
    assert [{word: undo[word] for word in words} for plan in told["plans"] for undo in plan["undos"]] == [
        {word: entry.body[word] for word in words} for entry in past.verdicts(UNDONE, undo=True)
    ]
    assert "Taking step 1 back" in past.run("explain", past.stages[UNDONE].incident_id)[1]


def test_a_plan_of_instructions_is_told_as_such_and_not_as_one_that_was_forgotten(past: Past) -> None:
    told = past.read("explain", past.stages[UNDONE].incident_id)["plans"]
    assert [(plan["verdict"], plan["by_hand"]) for plan in told] == [(None, True), ("allowed", False)]
    assert "instructions for a person" in past.run("explain", past.stages[UNDONE].incident_id)[1]


@pytest.mark.promise("SHOW-7")
def test_history_writes_every_plan_of_every_journal_once(past: Past, tmp_path: Path) -> None:
    out = tmp_path / "past.jsonl"
    code, printed, _ = past.run("history", "--out", str(out), role=Role.VIEWER)
    assert code == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    made = [each for name in past.stages for each in past.journal(name) if each.kind is Kind.PLAN_MADE]
    assert Counter(len(line["plan"]["steps"]) for line in lines) == Counter(
        len(entries(each)) for each in made
    )
    said = [each for name in past.stages for each in past.verdicts(name)]
    judged = [
        (line["ruling"]["plan_digest"], one)
        for line in lines
        if line["ruling"]
        for one in line["ruling"]["judgements"]
    ]
    assert Counter((digest, one["step"], one["verdict"]) for digest, one in judged) == Counter(
        (each.body["plan_digest"], each.body["step"], each.body["verdict"]) for each in said
    )
    assert f"{len(made)} plans written to {out}" in printed
    assert past.run("history", "--out", str(out))[0] == 2, "it is not written over"


def entries(made: JournalEntry) -> list[Any]:
    steps = made.body["steps"]
    assert isinstance(steps, list)
    return steps


def past_files(past: Past, tmp_path: Path) -> tuple[str, str, str]:
    out = tmp_path / "the past.jsonl"
    assert past.run("history", "--out", str(out))[0] == 0
    return "platform", str(past.file), str(out)


@pytest.mark.promise("SHOW-7")
@pytest.mark.parametrize(("law", "way"), [(SHUT, "stricter"), (ASKS_TWO, "both"), (OPEN, "looser")])
def test_another_law_says_of_the_past_what_it_says_wherever_the_past_is_read_from(
    past: Past, tmp_path: Path, law: str, way: str
) -> None:
    file = tmp_path / "my new law (draft).yaml"
    file.write_text(law)
    told, *others = [
        past.read("simulate", str(file), "--against", place) for place in past_files(past, tmp_path)
    ]
    assert others == [told, told]
    rulings = verdicts_on_file(past)
    assert told["plans"] == sum(len(made(past, name)) for name in past.stages)
    assert told["unjudged"] == told["plans"] - len(rulings)
    assert sum(told["counts"].values()) == len(rulings)
    assert Counter(each.split(" → ")[0] for each in Counter(told["counts"]).elements()) == Counter(
        rulings.values()
    )
    for change in told["changes"]:
        assert rulings[change["plan_digest"]] == change["was"]
    ways = {"stricter": told["stricter"], "looser": told["looser"]}
    assert {name for name, count in ways.items() if count} == (
        {"stricter", "looser"} if way == "both" else {way}
    )


def made(past: Past, story: str) -> list[JournalEntry]:
    return [each for each in past.journal(story) if each.kind is Kind.PLAN_MADE]


def verdicts_on_file(past: Past) -> dict[str, str]:
    """Plan's digest → its strictest verdict, as its journal tells it."""
    order, found = ["allowed", "needs_approval", "denied"], dict[str, str]()
    for entry in (each for name in past.stages for each in past.verdicts(name)):
        digest, said = str(entry.body["plan_digest"]), str(entry.body["verdict"])
        found[digest] = max(found.get(digest, said), said, key=order.index)
    return found


def test_what_simulate_prints_is_what_a_script_reads(past: Past, tmp_path: Path) -> None:
    file = tmp_path / "law.yaml"
    file.write_text(ASKS_TWO)
    told, (code, printed, _) = past.read("simulate", str(file)), past.run("simulate", str(file))
    assert code == 0
    assert f"{told['plans']} past plans; {told['unjudged']} never judged" in printed
    assert (
        f"{len(told['changes'])} would go another way: {told['stricter']} stricter, {told['looser']} looser"
        in printed
    )
    for change in told["changes"]:
        assert f"{change['incident_id']} {change['plan_digest'][:12]}" in printed
        for step in change["steps"]:
            line = f"{step['was']} by {step['was_rule']} → {step['now']} by {step['now_rule']}: {step['now_sentence']}"
            assert line in printed
    assert "asked: 1 approver → 2 approver" in printed
    assert "asked: nobody → nobody" not in printed


def test_the_law_that_ruled_would_have_ruled_the_same(past: Past) -> None:
    told = past.read("simulate", str(LawSource().place))
    assert {change["incident_id"] for change in told["changes"]} == {past.stages[HELD].incident_id}


def test_two_people_in_place_of_one_are_stricter_and_one_in_place_of_two_looser(
    past: Past, tmp_path: Path
) -> None:
    file = tmp_path / "law.yaml"
    file.write_text(ASKS_TWO)
    changes = {each["plan_digest"]: each for each in past.read("simulate", str(file))["changes"]}
    asked = [each for each in changes.values() if (each["was"], each["now"]) == ("needs_approval",) * 2]
    assert asked
    assert {(each["was_asked"], each["now_asked"]) for each in asked} == {("1 approver", "2 approver")}


def test_a_wrong_law_is_told_with_line_column_and_remedy_for_people_and_for_scripts(
    past: Past, tmp_path: Path
) -> None:
    file = tmp_path / "law.yaml"
    file.write_text(SHUT.replace("denied", "forbidden").replace("'true'", "'risk >'"))
    code, out, err = past.run("simulate", str(file))
    assert (code, out) == (2, "")
    assert f"{file}:4:" in err
    assert "nothing was tried" in err
    code, out, _ = past.run("simulate", str(file), "--json")
    said = json.loads(out)
    assert (code, said["ok"]) == (2, False)
    assert all(each["line"] == 4 and each["column"] and each["remedy"] for each in said["problems"])
    assert len(said["problems"]) == 2


def test_a_law_too_large_to_be_sent_is_tried_here_on_an_exported_past(past: Past, tmp_path: Path) -> None:
    file = tmp_path / "law.yaml"
    file.write_text(SHUT + "".join(f"# {'-' * 100}\n" for _ in range(2500)))
    code, _, err = past.run("simulate", str(file))
    assert code == 2
    assert "--against past.jsonl" in err
    assert past.read("simulate", str(file), "--against", past_files(past, tmp_path)[2])["stricter"]


def test_only_an_administrator_tries_a_law_on_the_platform_and_everybody_on_a_file(
    past: Past, tmp_path: Path
) -> None:
    file = tmp_path / "law.yaml"
    file.write_text(SHUT)
    assert past.run("simulate", str(file), role=Role.APPROVER)[0] == 4
    assert past.run("simulate", str(file), "--against", str(past.file), role=Role.VIEWER)[0] == 0
