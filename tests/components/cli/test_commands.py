"""The commands against a real API on a socket: what they print, what scripts get, and how they exit."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from sre_agent.adapters.clock import SystemClock
from sre_agent.agent_runtime import create_app
from sre_agent.api.parts import Platform
from sre_agent.domain.ids import JournalKey
from sre_agent.domain.incident import Incident, Outcome, Status
from sre_agent.domain.journal import JournalDraft, Kind
from sre_agent.domain.law import Role
from sre_agent.domain.plan import Plan
from sre_agent.ports.ledger import ChangeSet, IncidentUpdate
from tests.contracts.ledger_records import mitigation
from tests.unit.api.api_stage import Stage, token_of


@dataclass
class Shop:
    """A stage whose API is served from a thread, and the commands run against it as a person would."""

    stage: Stage
    url: str
    home: Path

    def run(self, *words: str, role: Role = Role.ADMIN, typed: str = "") -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "SRE_AGENT_URL": self.url,
            "SRE_AGENT_TOKEN": token_of(role),
        }
        return subprocess.run(
            [sys.executable, "-m", "sre_agent.cli.main", *words],
            env=env,
            input=typed,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def awaiting(self) -> tuple[Incident, Plan]:
        return asyncio.run(self.stage.awaiting())

    def end(self, incident: Incident, status: Status, outcome: Outcome) -> None:
        now = self.stage.clock.now()
        kind = Kind.ESCALATED if status is Status.ESCALATED else Kind.INCIDENT_ENDED
        entry = JournalDraft(key="end", kind=kind, actor="sre-agent", text="It is over.", at=now, body={"status": status})  # type: ignore[arg-type]
        update = IncidentUpdate(status=status, outcome=outcome, cause="leak", confidence=0.9)
        change = ChangeSet(incident_id=incident.id, at=now, entries=(entry,), update=update)
        asyncio.run(self.stage.parts.ledger.write(change))

    def join(self, leader: Incident) -> Incident:
        """Another incident, which has joined the leader and is over itself."""
        now = self.stage.clock.now()
        other = asyncio.run(self.stage.incident("frontend"))
        joins = JournalDraft(
            key=JournalKey("joins"), kind=Kind.INCIDENT_MERGED, actor="planner", text=f"Joins {leader.id}.", at=now,
            body={"into": leader.id},
        )  # fmt: skip
        ended = IncidentUpdate(
            status=Status.CLOSED, outcome=Outcome.MERGED, merged_into=leader.id, closed_at=now
        )
        left = ChangeSet(incident_id=other.id, at=now, entries=(joins,), update=ended)
        diagnosed = JournalDraft(
            key=JournalKey("cause"), kind=Kind.DIAGNOSIS_MADE, actor="planner", text="A leak.", at=now
        )
        taken = ChangeSet(incident_id=leader.id, at=now, entries=(diagnosed,))
        asyncio.run(self.stage.parts.ledger.merge(left, taken))
        return other


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    stage = Stage(clock=SystemClock())  # type: ignore[arg-type]
    asyncio.run(stage.open_the_doors())
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(Platform(parts=stage.parts)), log_config=None, timeout_graceful_shutdown=1
            )
        )
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        try:
            yield Shop(stage, f"http://127.0.0.1:{listener.getsockname()[1]}", tmp_path)
        finally:
            server.should_exit = True
            thread.join(10)


def test_incidents_are_listed_for_people_and_for_scripts(shop: Shop) -> None:
    assert "No incidents" in shop.run("incidents", "list").stdout
    incident, _ = shop.awaiting()
    people = shop.run("incidents", "list", "--status", "awaiting_approval")
    script = shop.run("incidents", "list", "--json")
    assert people.returncode == 0
    assert "checkout is slow" in people.stdout
    assert "\x1b" not in people.stdout
    assert [each["id"] for each in json.loads(script.stdout)["items"]] == [incident.id]


def test_one_incident_is_shown_with_its_plan_and_the_next_command(shop: Shop) -> None:
    incident, made = shop.awaiting()
    people = shop.run("incidents", "show", incident.id)
    assert "Restart Deployment shop/checkout." in people.stdout
    assert f"sre-agent approve {incident.id}" in people.stdout
    assert (
        json.loads(shop.run("incidents", "show", incident.id, "--json").stdout)["plans"]["items"][0]["digest"]
        == made.digest
    )


def test_what_is_absent_refused_or_unreachable_has_its_exit_code(shop: Shop) -> None:
    incident, _ = shop.awaiting()
    absent = shop.run("incidents", "show", "inc_unknown")
    refused = shop.run("cancel", incident.id, role=Role.VIEWER)
    stranger = shop.run("--token", "nonsense", "incidents", "list")
    nobody = shop.run("--url", "http://127.0.0.1:1", "incidents", "list")
    misspelt = shop.run("incidents", "list", "--status", "ajar")
    assert [each.returncode for each in (absent, refused, stranger, nobody, misspelt)] == [3, 4, 4, 5, 2]
    assert "responder" in refused.stderr
    assert "SRE_AGENT_TOKEN" in stranger.stderr
    assert absent.stdout == ""


def test_a_plan_is_approved_by_the_beginning_of_its_digest(shop: Shop) -> None:
    incident, made = shop.awaiting()
    assert shop.run("approve", incident.id, "--plan", "0123456789").returncode == 3
    assert shop.run("approve", incident.id, "--plan", made.digest[:4]).returncode == 2
    said = shop.run("approve", incident.id, "--plan", made.digest[:12], "--reason", "go", "--json")
    assert json.loads(said.stdout)["complete"] is True
    assert len(shop.stage.store.state.approvals) == 1


def test_whoever_cannot_be_asked_has_not_approved(shop: Shop) -> None:
    incident, made = shop.awaiting()
    said = shop.run("approve", incident.id, typed="y\n")
    assert said.returncode == 2
    assert "+<new>" in said.stderr
    assert f"--plan {made.digest[:12]}" in said.stderr
    assert shop.stage.store.state.approvals == []
    assert shop.run("approve", incident.id, "--yes").returncode == 0


def test_a_rejection_needs_its_reason(shop: Shop) -> None:
    incident, _ = shop.awaiting()
    assert shop.run("reject", incident.id).returncode == 2
    assert "no to plan" in shop.run("reject", incident.id, "--reason", "not now").stdout
    assert shop.run("reject", incident.id, "--reason", "again").returncode == 4


def test_an_incident_is_cancelled_and_tried_again(shop: Shop) -> None:
    incident, _ = shop.awaiting()
    assert "is closed" in shop.run("cancel", incident.id, "-r", "a drill").stdout
    assert shop.run("cancel", incident.id).returncode == 4
    assert json.loads(shop.run("retry", incident.id, "--json").stdout)["status"] == "open"


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [(Status.RESOLVED, Outcome.RECOVERED, 0), (Status.ESCALATED, Outcome.NO_SAFE_ACTION, 10)],
)
def test_watching_ends_with_the_incident_and_can_tell_scripts_how(
    shop: Shop, status: Status, outcome: Outcome, code: int
) -> None:
    incident, _ = shop.awaiting()
    shop.end(incident, status, outcome)
    watched = shop.run("incidents", "watch", incident.id, "--exit-code")
    assert watched.returncode == code
    assert "planned" in watched.stdout
    assert "It is over." in watched.stdout


@pytest.mark.parametrize(
    ("status", "outcome", "code"),
    [(Status.RESOLVED, Outcome.RECOVERED, 0), (Status.ESCALATED, Outcome.NO_SAFE_ACTION, 10)],
)
def test_whoever_watches_an_incident_that_joined_another_is_led_on_to_the_end_of_that_one(
    shop: Shop, status: Status, outcome: Outcome, code: int
) -> None:
    leader, _ = shop.awaiting()
    joined = shop.join(leader)
    shop.end(leader, status, outcome)
    watched = shop.run("incidents", "watch", joined.id, "--exit-code")
    assert watched.returncode == code
    assert f"Joins {leader.id}." in watched.stdout
    assert "It is over." in watched.stdout
    assert "planned" not in watched.stdout, "what went before the diagnosis was told of its like"


def test_an_incident_that_joined_another_points_to_it(shop: Shop) -> None:
    leader, made = shop.awaiting()
    joined = shop.join(leader)
    assert f"incidents show {leader.id}" in shop.run("incidents", "show", joined.id).stdout
    refused = shop.run("approve", joined.id, "--plan", made.digest, "--reason", "seen")
    assert refused.returncode == 4
    assert leader.id in refused.stderr


def test_a_question_is_asked_and_its_answer_awaited(shop: Shop) -> None:
    started = shop.run("ask", "why is checkout slow?", "-n", "shop", "--no-wait")
    opened = started.stdout.split()[0]
    assert opened in shop.stage.store.state.incidents
    answers: list[subprocess.CompletedProcess[str]] = []
    asking = threading.Thread(target=lambda: answers.append(shop.run("ask", "why is cart slow?", "--json")))
    asking.start()
    asked = threading.Event()
    while len(shop.stage.store.state.incidents) < 2:
        asked.wait(0.02)
    newest = next(each for each in shop.stage.store.state.incidents.values() if each.id != opened)
    shop.end(newest, Status.CLOSED, Outcome.ANSWERED)
    asking.join(20)
    assert json.loads(answers[0].stdout)["outcome"] == "answered"


def test_a_journal_is_replayed_and_dumped(shop: Shop) -> None:
    incident, _ = shop.awaiting()
    assert "planned" in shop.run("replay", incident.id, "--speed", "0").stdout
    assert [each["seq"] for each in json.loads(shop.run("replay", incident.id, "--json").stdout)] == [1]


def test_servers_and_tools_are_shown(shop: Shop) -> None:
    assert "LOKI_URL is not set" in shop.run("servers").stdout
    assert "k8s.list_objects" in shop.run("tools").stdout


def test_what_was_done_for_a_time_is_listed_until_its_owner_has_decided(shop: Shop) -> None:
    incident, plan = shop.awaiting()
    box = mitigation(plan)
    asyncio.run(shop.stage.write(incident.id, "begun", mitigations=(box,)))
    (told,) = json.loads(shop.run("mitigations", "list", "--json").stdout)["items"]
    assert (told["key"], told["state"]) == (box.key, "standing")
    kept = shop.run("mitigations", "keep", box.key, "--reason", "it is what it needs now")
    assert "is kept" in kept.stdout
    assert "Nothing was done for a time" in shop.run("mitigations", "list").stdout
    assert len(json.loads(shop.run("mitigations", "list", "--all", "--json").stdout)["items"]) == 1


@pytest.mark.promise("ACT-22")
def test_the_permanent_fix_is_linked_by_a_person_and_listed(shop: Shop) -> None:
    incident, plan = shop.awaiting()
    box = mitigation(plan)
    asyncio.run(shop.stage.write(incident.id, "begun", mitigations=(box,)))
    wanted = shop.run("mitigations", "ticket", box.key, "--reason", "the team works from issues")
    assert "wanted" in wanted.stdout
    refused = shop.run("mitigations", "fix", box.key, "http://tracker.example/7")
    assert refused.returncode != 0
    assert "https://" in refused.stdout + refused.stderr
    assert (
        "https://tracker.example/7"
        in shop.run("mitigations", "fix", box.key, "https://tracker.example/7").stdout
    )
    (told,) = json.loads(shop.run("mitigations", "list", "--json").stdout)["items"]
    assert (told["ticket"]["state"], told["ticket"]["url"]) == ("linked", "https://tracker.example/7")


@pytest.mark.promise("ACT-16")
def test_the_glass_is_broken_with_ones_credentials_typed_once_more(shop: Shop) -> None:
    incident, plan = asyncio.run(shop.stage.awaiting(people=2))
    words = (
        "break-glass",
        incident.id,
        "--plan",
        plan.digest,
        "--reason",
        "checkout is down, nobody answers",
    )
    assert shop.run(*words, role=Role.APPROVER, typed="wrong\n").returncode != 0
    done = shop.run(*words, role=Role.APPROVER, typed=f"{token_of(Role.APPROVER)}\n")
    assert done.returncode == 0, done.stderr
    assert "BREAK-GLASS" in done.stderr


def test_an_export_of_the_trail_is_not_written_over_without_being_told_to(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    file.write_text("what was kept before\n")
    refused = shop.run("audit", "export", str(file), role=Role.APPROVER)
    assert refused.returncode == 2
    assert "is there already" in refused.stderr
    assert "--force" in refused.stderr
    assert file.read_text() == "what was kept before\n"
    assert shop.run("audit", "export", str(file), "--force", role=Role.APPROVER).returncode == 0
    assert "what was kept before" not in file.read_text()
    assert shop.run("audit", "export", str(tmp_path / "new.jsonl"), role=Role.APPROVER).returncode == 0
