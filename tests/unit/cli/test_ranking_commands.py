"""The commands that rank from files: their JSON, their tables, and exit code 2 with a reason where the input is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sre_agent.cli.exits import CommandFailed, ExitCode
from sre_agent.cli.main import app

ALERT = {
    "version": "4",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "CartSlow", "namespace": "shop", "deployment": "cart"},
            "startsAt": "2026-03-01T11:59:00Z",
            "generatorURL": "http://p/graph?g0.expr=cart_latency_seconds%20%3E%201",
        }
    ],
}


def run(*words: str | Path) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)


def failure(*words: str | Path) -> CommandFailed:
    found = run(*words).exception
    assert isinstance(found, CommandFailed)
    assert found.code is ExitCode.USAGE
    return found


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [
        f"{1000 + 10 * n},{0.2 if n < 40 else 0.9},{5 + n % 2 if n < 40 else 50},{5 + n % 2}"
        for n in range(60)
    ]
    file = tmp_path / "series.csv"
    file.write_text("\n".join(["time,cart_cpu,front_latency,mail_latency", *rows]))
    return file


def test_route_answers_with_all_its_fields(tmp_path: Path) -> None:
    file = tmp_path / "alert.json"
    file.write_text(json.dumps(ALERT))
    answer = json.loads(run("route", "--alert", file, "--json").stdout)
    assert set(answer) == {"specialists", "entity", "queries", "investigate", "why"}
    assert answer["entity"]["name"] == "cart"
    assert {"specialist", "query"} == set(answer["queries"][0])
    assert "CartSlow fires for Deployment shop/cart" in run("route", "--alert", file).stdout


def test_route_refuses_what_is_no_payload(tmp_path: Path) -> None:
    file = tmp_path / "alert.json"
    file.write_text('{"alerts": []}')
    assert "no Alertmanager webhook payload" in str(failure("route", "--alert", file))
    assert "no such file" in str(failure("route", "--alert", tmp_path / "none.json"))


def test_rank_metrics_answers_with_all_its_fields(table: Path) -> None:
    answer = json.loads(run("rank", "metrics", "--from", table, "--at", "1400", "--json").stdout)
    assert set(answer) == {"services", "metrics", "healthy"}
    assert {one["service"] for one in answer["services"][:2]} == {"cart", "front"}
    assert set(answer["metrics"][0]) == {"rank", "service", "metric", "score", "onset"}
    assert answer["healthy"] is False
    assert "cart" in run("rank", "metrics", "--from", table, "--at", "1400").stdout


def test_rank_metrics_says_what_is_wrong_with_its_input(table: Path, tmp_path: Path) -> None:
    assert "outside of the table's times" in str(failure("rank", "metrics", "--from", table, "--at", "99999"))
    graph = tmp_path / "edges.csv"
    graph.write_text("from,to\na,b\n")
    assert "caller,callee" in str(
        failure("rank", "metrics", "--from", table, "--at", "1400", "--graph", graph)
    )


def test_rank_changes_answers_with_all_its_fields(tmp_path: Path) -> None:
    (tmp_path / "snapshot.json").write_text(
        '{"format": "incident-snapshot/v1", "captured_at": "2026-03-01T12:10:00Z", "namespace": "shop"}'
    )
    (tmp_path / "alerts.json").write_text(json.dumps([ALERT]))
    change = {
        "at": "2026-03-01T11:50:00Z",
        "kind": "deploy",
        "service": "cart",
        "revision": "abc",
        "title": "Release",
    }
    (tmp_path / "changes.json").write_text(json.dumps([change]))
    answer = json.loads(run("rank", "changes", "--from", tmp_path, "--json").stdout)
    assert set(answer) == {"changes", "none_to_blame"}
    assert set(answer["changes"][0]) == {"rank", "revision", "service", "score", "why"}
    assert answer["none_to_blame"] is False
    assert "it came 9 minutes before" in run("rank", "changes", "--from", tmp_path).stdout


def test_rank_changes_needs_changes(tmp_path: Path) -> None:
    assert "snapshot.json" in str(failure("rank", "changes", "--from", tmp_path))
    (tmp_path / "snapshot.json").write_text(
        '{"format": "incident-snapshot/v1", "captured_at": "2026-03-01T12:10:00Z"}'
    )
    assert "changes.json" in str(failure("rank", "changes", "--from", tmp_path))
