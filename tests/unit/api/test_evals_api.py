"""The last measurement is shown as it was kept, and its absence says how one is made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from api_stage import Stage

from sre_agent.adapters.measurements import measurement_in
from sre_agent.errors import NotFound

SHIPPED = Path(__file__).parents[3] / "docs" / "evals"


async def test_the_shipped_measurement_reaches_whoever_asks_whole() -> None:
    kept = json.loads((SHIPPED / "latest.json").read_text(encoding="utf-8"))
    stage = Stage().with_parts(measured=lambda: measurement_in([SHIPPED]))
    async with stage.client() as client:
        told = (await client.get("/api/v1/evals")).json()
    assert told["parts"] == kept["parts"]
    assert told["causes"].keys() == kept["causes"].keys()
    assert told["at"]
    assert told["commit"]


async def test_where_nothing_was_measured_the_answer_names_the_command() -> None:
    async with Stage().client() as client:
        answer = await client.get("/api/v1/evals")
    assert answer.status_code == 404
    assert "sre-agent evals" in answer.json()["detail"]


def test_the_first_folder_that_has_one_counts(tmp_path: Path) -> None:
    assert measurement_in([tmp_path, SHIPPED]).parts


@pytest.mark.parametrize("text", ["", "{", "[]", '{"parts": {"lab": {"incidents": "many"}}}', "\xff"])
def test_a_broken_file_is_said_and_not_guessed_at(tmp_path: Path, text: str) -> None:
    (tmp_path / "latest.json").write_text(text, encoding="latin-1")
    with pytest.raises(NotFound, match="cannot be read"):
        measurement_in([tmp_path])
