"""Map, log signatures and similar incidents are read from what is on file of a whole run."""

from __future__ import annotations

from datetime import timedelta

from api_stage import Stage

from sre_agent.adapters.log_templates import templates_of
from sre_agent.domain.law import Role
from tests.scenarios.stories import BY_NAME, tell
from tests.scenarios.virtual import live


def told(path: str) -> dict[str, object]:
    """What the API says of an incident that a whole story was told about."""
    story = tell(BY_NAME["a person asks"]).stage
    stage = Stage().with_parts(archive=story.archive, templates=templates_of)

    async def ask() -> dict[str, object]:
        async with stage.client(Role.VIEWER) as client:
            answer = await client.get(f"/api/v1/incidents/{story.incident_id}/{path}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    return live(ask())


def test_the_map_of_a_whole_run_blames_what_the_diagnosis_blamed() -> None:
    drawn = told("topology")
    blamed = [each for each in drawn["spots"] if each["condition"] == "blamed"]  # type: ignore[attr-defined]
    assert len(blamed) == 1
    assert drawn["path"][-1] == blamed[0]["id"]  # type: ignore[index]


def test_the_logs_of_a_whole_run_are_grouped() -> None:
    assert told("signatures")["looked_at"] is True


async def test_a_past_incident_of_the_same_object_is_found_and_a_later_one_is_not() -> None:
    stage = Stage()
    past = await stage.incident("past", title="past")
    stage.clock.advance(timedelta(hours=1))
    now = await stage.incident("now", title="now")
    stage.clock.advance(timedelta(hours=1))
    await stage.incident("later", title="later")
    async with stage.client() as client:
        items = (await client.get(f"/api/v1/incidents/{now.id}/similar")).json()["items"]
        missing = await client.get("/api/v1/incidents/inc_0000000000000000/similar")
    assert [each["incident"]["id"] for each in items] == [past.id]
    assert items[0]["because"]
    assert missing.status_code == 404
