"""A post-mortem is edited by several people, and no word of any of them is lost."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from api_stage import Stage

from sre_agent.domain.incident import Incident, Status
from sre_agent.domain.journal import Kind
from sre_agent.domain.law import Role
from sre_agent.domain.revision import LONGEST_TEXT


async def edit(
    stage: Stage,
    incident: Incident,
    text: str | None,
    based_on: int,
    role: Role = Role.RESPONDER,
    note: str = "",
) -> httpx.Response:
    async with stage.client(role) as client:
        body = {"text": text, "based_on": based_on, "note": note}
        return await client.post(f"/api/v1/incidents/{incident.id}/postmortem/versions", json=body)


async def read(stage: Stage, incident: Incident, path: str) -> httpx.Response:
    async with stage.client() as client:
        return await client.get(f"/api/v1/incidents/{incident.id}/postmortem{path}")


@pytest.fixture
async def scene() -> tuple[Stage, Incident]:
    stage = Stage()
    return stage, await stage.incident(status=Status.RESOLVED)


@pytest.mark.promise("SHOW-10")
async def test_an_edit_is_read_by_everybody_beside_the_draft_with_whose_it_is(
    scene: tuple[Stage, Incident],
) -> None:
    stage, incident = scene
    draft = (await read(stage, incident, "/versions/0")).json()
    assert draft["is_draft"]
    assert draft["text"].startswith("# Post-mortem: checkout is slow")
    made = await edit(stage, incident, "# Ours\n\n<script>alert(1)</script>", 0, note="what Bob saw")
    assert made.status_code == 201
    told = (await read(stage, incident, "/versions")).json()
    assert (told["current"], told["items"][0]["by"], told["items"][0]["note"]) == (
        1,
        "a-responder",
        "what Bob saw",
    )
    text = (await read(stage, incident, "/versions/1")).json()["text"]
    assert text == "# Ours\n\n<script>alert(1)</script>"
    assert (await read(stage, incident, "/versions/0")).json()["is_draft"]


@pytest.mark.promise("SHOW-10")
async def test_the_second_of_two_editors_is_told_what_the_first_changed_and_overwrites_nothing(
    scene: tuple[Stage, Incident],
) -> None:
    stage, incident = scene
    await edit(stage, incident, "# Ours\nfirst\nsame", 0)
    await edit(stage, incident, "# Ours\nadded by ada\nsame", 1, Role.APPROVER, note="the deploy")
    refused = await edit(stage, incident, "# Mine\nfirst\nsame", 1)
    assert refused.status_code == 409
    detail = refused.json()["detail"]
    assert "version 2 now: a-approver kept it" in detail
    assert "-first\n+added by ada" in detail
    assert (await read(stage, incident, "/versions")).json()["current"] == 2


async def test_of_edits_at_the_same_moment_one_is_kept(scene: tuple[Stage, Incident]) -> None:
    stage, incident = scene
    answers = await asyncio.gather(*(edit(stage, incident, f"# {n}", 0) for n in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]


async def test_going_back_to_the_draft_is_a_version_too_and_takes_nothing_away(
    scene: tuple[Stage, Incident],
) -> None:
    stage, incident = scene
    draft = (await read(stage, incident, ".md")).text
    await edit(stage, incident, "# Ours", 0)
    exported = (await read(stage, incident, ".md")).text
    assert exported.startswith("# Ours\n\n*Version 1, edited by a-responder, ")
    assert (await edit(stage, incident, None, 1)).json()["is_draft"]
    after = (await read(stage, incident, ".md")).text
    assert after.startswith(draft.splitlines()[0])
    assert (await read(stage, incident, ".md?version=1")).text == exported


@pytest.mark.promise("KEEP-7")
async def test_an_edit_stands_in_journal_and_audit_by_name_without_its_text(
    scene: tuple[Stage, Incident],
) -> None:
    stage, incident = scene
    await edit(stage, incident, "# Ours: the password was hunter2", 0, note="hunter2 too")
    entry = stage.store.state.journal[-1]
    assert (entry.kind, entry.actor) == (Kind.POSTMORTEM_EDITED, "a-responder")
    audited = stage.store.state.audit[-1]
    assert (audited.actor, audited.action, audited.reason) == (
        "a-responder",
        "postmortem.edited",
        "[redacted] too",
    )
    (kept,) = await stage.parts.archive.revisions(incident.id)
    assert kept.text == "# Ours: the password was [redacted]"
    assert "Ours" not in entry.model_dump_json()


@pytest.mark.parametrize(
    ("text", "based_on", "status"),
    [
        ("x" * (LONGEST_TEXT + 1), 0, 422),
        ("bell \x07", 0, 422),
        ("# Ours", 3, 409),
        (None, 0, 409),
        ("# Ours", -1, 422),
    ],
    ids=["too-long", "control-characters", "of-no-version", "no-difference", "negative"],
)
async def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    scene: tuple[Stage, Incident], text: str | None, based_on: int, status: int
) -> None:
    stage, incident = scene
    assert (await edit(stage, incident, text, based_on)).status_code == status
    assert (await read(stage, incident, "/versions")).json() == {"current": 0, "items": []}


async def test_a_viewer_may_not_edit_and_a_version_that_is_not_there_is_not_found(
    scene: tuple[Stage, Incident],
) -> None:
    stage, incident = scene
    assert (await edit(stage, incident, "# Ours", 0, Role.VIEWER)).status_code == 403
    assert (await read(stage, incident, "/versions/1")).status_code == 404
    assert (await read(stage, incident, ".md?version=7")).status_code == 404
