"""`sre-agent diagnose` answers in the documented shape, with words that stand where it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from snapshot_folders import out_of_memory_pod, write_snapshot
from typer.testing import CliRunner

from sre_agent.cli.main import app

HYPOTHESIS = {"rank", "cause", "layer", "entity", "confidence", "statement", "evidence", "ruled_out_by"}


def deployment() -> dict[str, object]:
    pod = out_of_memory_pod()
    template = {"metadata": {"labels": {"app": "orders"}}, "spec": pod["spec"]}
    return {
        "kind": "Deployment",
        "metadata": {"name": "orders", "namespace": "acme", "labels": {"app": "orders"}},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "orders"}}, "template": template},
    }


def incident(folder: Path) -> Path:
    return write_snapshot(folder, {"pods": [out_of_memory_pod()], "deployments": [deployment()]})


def run(*arguments: object) -> str:
    told = CliRunner().invoke(app, ["diagnose", *map(str, arguments)])
    assert told.exit_code == 0, told.output
    return told.stdout


def test_the_answer_has_every_documented_key(tmp_path: Path) -> None:
    told = json.loads(run("--from", incident(tmp_path), "--json"))
    assert {"outcome", "hypotheses", "plan", "timeline", "unknowns", "tool_calls", "seconds"} <= told.keys()
    assert told["outcome"] == "root_cause"
    first = told["hypotheses"][0]
    assert first.keys() >= HYPOTHESIS
    assert (first["cause"], first["entity"]["name"]) == ("oom_killed", "orders")
    assert all(step["risk"] and step["needs_approval"] in (True, False) for step in told["plan"])


@pytest.mark.promise("SEE-1")
def test_every_excerpt_stands_in_the_file_it_names(tmp_path: Path) -> None:
    folder = incident(tmp_path)
    told = json.loads(run("--from", folder, "--json"))
    cited = [one for each in told["hypotheses"] for one in each["evidence"]]
    assert cited
    for one in cited:
        text = "".join((folder / one["source"]).read_text().split())
        assert "".join(one["excerpt"].split()) in text


def test_a_batch_answers_every_line_and_names_what_it_cannot_read(tmp_path: Path) -> None:
    good = incident(tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "list.txt").write_text(f"{good}\n{tmp_path / 'bad'}\n")
    run("--batch", tmp_path / "list.txt", "--out", tmp_path / "out", "--jobs", 1)
    assert json.loads((tmp_path / "out" / "good.json").read_text())["outcome"] == "root_cause"
    refused = json.loads((tmp_path / "out" / "bad.json").read_text())
    assert refused["outcome"] == "insufficient_evidence"
    assert "snapshot.json" in refused["unknowns"][0]


def test_a_report_for_people_escapes_what_was_recorded(tmp_path: Path) -> None:
    folder = write_snapshot(
        tmp_path,
        {"pods": [out_of_memory_pod()], "deployments": [deployment()]},
        logs={"acme/orders-7d9c5b6f8-x2x4q/main.log": "ERROR <script>alert(1)</script>\n"},
    )
    page = run("--from", folder, "--format", "html")
    assert "<script>" not in page
    assert "oom_killed" in page


@pytest.mark.promise("SHOW-1")
def test_in_a_report_as_markdown_no_tag_and_no_link_begins_outside_a_quotation(tmp_path: Path) -> None:
    folder = incident(tmp_path / "<img src=x> [open](javascript:1)")
    page = run("--from", folder, "--format", "markdown")
    title = page.splitlines()[0]
    assert title.endswith("\\<img src=x\\> \\[open\\](javascript:1)")
    assert "`" in page, "what was recorded is quoted"


def test_a_snapshot_that_is_none_is_wrong_usage_and_says_which_file_is_missing(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["diagnose", "--from", str(tmp_path)])
    assert told.exit_code != 0
    assert "snapshot.json" in str(told.exception)


def test_the_catalogue_lists_each_cause_with_what_it_may_blame() -> None:
    told = json.loads(CliRunner().invoke(app, ["causes", "--json"]).stdout)
    assert {"cause", "layer", "title", "description", "entity_kinds"} == set(told[0])
    shown = CliRunner().invoke(app, ["causes", "show", told[0]["cause"]])
    assert shown.exit_code == 0
    assert told[0]["title"] in shown.stdout
