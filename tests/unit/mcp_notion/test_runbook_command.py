"""The search over a folder: one payload in, the fitting pages out, none rather than a wrong one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_servers.notion.search import main

PAGES = {
    "PodRestarting.md": "# PodRestarting\nThe container crashes again and again. Read its previous log.",
    "disk-full/SKILL.md": "---\nname: disk-full\ndescription: filesystem of a node has no space left\n---\n# Free space\nDelete logs.",
    "ClientCertificateExpiration.md": "# ClientCertificateExpiration\nRenew the client certificate.",
    "QueueBacklog.md": "# QueueBacklog\nConsumers are too slow: scale them.",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in PAGES.items():
        file = tmp_path / "pages" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "pages"


def found(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    labels: dict[str, str],
    summary: str = "",
    expression: str = "",
) -> list[Any]:
    alert = {
        "status": "firing",
        "labels": labels,
        "annotations": {"summary": summary},
        "generatorURL": f"http://p/graph?g0.expr={expression}",
    }
    file = folder.parent / "alert.json"
    file.write_text(json.dumps({"version": "4", "alerts": [alert]}))
    assert main(["--dir", str(folder), "--alert", str(file), "--json"]) == 0
    pages: list[Any] = json.loads(capsys.readouterr().out)["pages"]
    return pages


def test_the_page_of_the_alerts_name_is_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = found(folder, capsys, {"alertname": "QueueBacklog"})[0]
    assert (first["rank"], first["file"]) == (1, "QueueBacklog.md")
    assert set(first) == {"rank", "file", "title", "score", "excerpt"}


def test_a_nameless_alert_is_found_by_what_it_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "The filesystem on worker-1 has no space left"
    assert found(folder, capsys, {"instance": "worker-1"}, said)[0]["file"] == "disk-full/SKILL.md"


def test_a_sibling_of_a_missing_page_is_not_given(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found(folder, capsys, {"alertname": "ServerCertificateRenewalErrors"}) == []


def test_an_alert_of_something_else_gets_none(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert found(folder, capsys, {}, "Replication of the warehouse lags by 9 transactions") == []


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"alerts": []}', '{"alerts": "x"}', '{"alerts": [1]}', "{"]
)
def test_what_is_no_payload_is_said_and_ends_with_2(
    folder: Path, capsys: pytest.CaptureFixture[str], body: str
) -> None:
    file = folder.parent / "alert.json"
    file.write_text(body)
    assert main(["--dir", str(folder), "--alert", str(file)]) == 2
    assert "alert.json" in capsys.readouterr().err


def test_a_missing_folder_is_said_and_ends_with_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder.parent / "alert.json"
    file.write_text('{"alerts": [{"labels": {"alertname": "A"}}]}')
    assert main(["--dir", str(folder / "no"), "--alert", str(file)]) == 2
    assert "no" in capsys.readouterr().err
