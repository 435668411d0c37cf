"""The writing tools against a real repository: exact previews, own branches, never forced, found again by key."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from mcp_servers.github.marks import key8
from mcp_servers.kit.errors import Code, ToolError
from tests.components.mcp_github.github_hand import Edit, Hand, new_key, put

APP = "services/cart/app.py"


def edited(path: str, old: str, new: str) -> Edit:
    return lambda files: {**files, path: files[path].replace(old, new)}


async def bad_change(hand: Hand, name: str) -> tuple[int, str, str]:
    """(number of a merged pull request, its file, the file's text before it)."""
    path = f"services/cart/{name}.py"
    before = "LIMIT = 10\n"
    await asyncio.to_thread(hand.merged, f"Add {name}", put(path, before))
    made = await asyncio.to_thread(hand.merged, f"Raise {name}", put(path, "LIMIT = 0\n"))
    return made.number, path, before


async def test_a_revert_shows_the_exact_diff_then_makes_and_merges_it(hand: Hand) -> None:
    number, path, before = await bad_change(hand, "revert")
    key, branch = new_key(), f"sre-agent/revert-{number}-plan1"
    order: dict[str, Any] = {"number": number, "reason": "it refuses all carts", "branch": branch}
    preview = await hand.call("preview_create_revert_pr", **order)
    assert hand.writes == []
    assert f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-LIMIT = 0\n+LIMIT = 10\n" == preview["diff"]
    assert preview["ground"]["uid"].endswith(f"#{number}")
    made = await hand.call("create_revert_pr", key, **order, expect=expected(preview))
    assert made["changed"]
    assert made["diff"] == preview["diff"]
    assert made["target"]["kind"] == "PullRequest"
    assert await hand.text(path) == "LIMIT = 0\n"
    merge = await hand.call("merge_pr", head_branch=branch)
    assert merge["after"]["/merge_commit_sha"] == await asyncio.to_thread(hand.head)
    assert await hand.text(path) == before
    assert merge["undo"]["tool"] == "create_revert_pr"


def expected(preview: dict[str, Any]) -> dict[str, Any]:
    return {"uid": preview["ground"]["uid"], "fields": preview["ground"]["fields"]}


async def test_an_undo_as_stated_brings_the_reverted_change_back(hand: Hand) -> None:
    number, path, _ = await bad_change(hand, "undo")
    made = await hand.call("create_revert_pr", number=number, reason="x")
    revert = made["after"]["/pull_request/number"]
    merge = await hand.call("merge_pr", number=revert)
    again = await hand.call("create_revert_pr", **merge["undo"]["arguments"])
    await hand.call("merge_pr", number=again["after"]["/pull_request/number"])
    assert await hand.text(path) == "LIMIT = 0\n"


async def numbers(hand: Hand) -> dict[str, int]:
    """Of all that was merged in the repository's past, by title."""
    now = time.time()
    merges = await hand.call("list_merges", since=now - 300 * 86_400, until=now, limit=200)
    return {one["title"]: one["number"] for one in merges["merges"]}


async def test_merges_squashes_and_rebases_are_each_reverted_from_where_the_base_was(hand: Hand) -> None:
    past = await numbers(hand)
    merge = await hand.call("preview_create_revert_pr", number=past["Keep carts for a minute"], reason="x")
    assert "-KEEP_SECONDS = 60\n+KEEP_SECONDS = 30\n" in merge["diff"]
    rebase = await hand.call("preview_create_revert_pr", number=past["Log less in the cart"], reason="x")
    assert "LOG_LEVEL: debug" in rebase["diff"]
    squash = await hand.call("preview_create_revert_pr", number=past["Show the catalog in pages"], reason="x")
    assert "--- /dev/null\n+++ b/services/catalog/old.py" in squash["diff"]
    assert "--- a/services/catalog/pages.py\n+++ /dev/null" in squash["diff"]


@pytest.mark.parametrize("method", ["squash", "rebase", "merge"])
async def test_a_pull_request_of_several_commits_is_reverted_whole_however_it_was_merged(
    hand: Hand, method: str
) -> None:
    path = f"docs/{method}.md"
    await asyncio.to_thread(hand.merged, f"Begin {method}", put(path, "one\n"))
    number = await two_commits(hand, path, method)
    preview = await hand.call("preview_create_revert_pr", number=number, reason="x")
    assert preview["diff"] == f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-three\n+one\n"


async def two_commits(hand: Hand, path: str, method: str) -> int:
    """A merged pull request whose commits change the same file one after the other."""
    repository, api = f"/repos/{hand.forge.repository}", hand.client
    parent = await asyncio.to_thread(hand.head)
    for text in ("two", "three"):
        entry = {"path": path, "mode": "100644", "type": "blob", "content": f"{text}\n"}
        tree = await api.write("POST", f"{repository}/git/trees", {"base_tree": parent, "tree": [entry]})
        commit = {"message": f"Say {text}", "tree": tree["sha"], "parents": [parent]}
        parent = (await api.write("POST", f"{repository}/git/commits", commit))["sha"]
    await api.write("POST", f"{repository}/git/refs", {"ref": f"refs/heads/jon/{method}", "sha": parent})
    order = {"title": f"Count with {method}", "head": f"jon/{method}", "base": "main"}
    number = int((await api.write("POST", f"{repository}/pulls", order))["number"])
    await asyncio.to_thread(hand.checked, await hand.head_of(number))
    await api.write("PUT", f"{repository}/pulls/{number}/merge", {"merge_method": method})
    return number


async def test_a_revert_that_brings_a_file_back_and_takes_one_away_does_both(hand: Hand) -> None:
    number = (await numbers(hand))["Show the catalog in pages"]
    made = await hand.call("create_revert_pr", number=number, reason="pages are empty")
    await hand.call("merge_pr", number=made["after"]["/pull_request/number"])
    assert await hand.text("services/catalog/old.py") == "OLD = True\n"
    with pytest.raises(ToolError):
        await hand.text("services/catalog/pages.py")


async def test_a_file_changed_since_is_a_conflict_that_names_it_and_writes_nothing(hand: Hand) -> None:
    number, path, _ = await bad_change(hand, "conflict")
    await asyncio.to_thread(hand.merged, "Change it again", put(path, "LIMIT = 5\n"))
    for tool in ("preview_create_revert_pr", "create_revert_pr"):
        with pytest.raises(ToolError) as caught:
            await hand.call(tool, number=number, reason="x")
        assert caught.value.code is Code.CONFLICT
        assert path in caught.value.message
    assert hand.writes == []


async def test_changes_to_other_files_since_do_not_hinder_a_revert_and_stay(hand: Hand) -> None:
    number, path, before = await bad_change(hand, "aside")
    await asyncio.to_thread(hand.merged, "Change another", put("docs/aside.md", "still here\n"))
    made = await hand.call("create_revert_pr", number=number, reason="x")
    await hand.call("merge_pr", number=made["after"]["/pull_request/number"])
    assert await hand.text(path) == before
    assert await hand.text("docs/aside.md") == "still here\n"


async def test_a_ground_that_moved_since_the_preview_writes_nothing(hand: Hand) -> None:
    number, path, _ = await bad_change(hand, "ground")
    preview = await hand.call("preview_create_revert_pr", number=number, reason="x")
    stale = expected(preview)
    stale["fields"] = {**stale["fields"], f"/files/{path.replace('/', '~1')}": "0" * 40}
    with pytest.raises(ToolError) as caught:
        await hand.call("create_revert_pr", number=number, reason="x", expect=stale)
    assert caught.value.code is Code.PRECONDITION_FAILED
    assert hand.writes == []


async def test_the_same_step_again_makes_no_second_pull_request(hand: Hand) -> None:
    number, _, _ = await bad_change(hand, "again")
    key = new_key()
    first = await hand.call("create_revert_pr", key, number=number, reason="x")
    before = len(await hand.pulls())
    second = await hand.call("create_revert_pr", key, number=number, reason="x")
    assert second["already_done"]
    assert second["after"]["/pull_request/number"] == first["after"]["/pull_request/number"]
    assert len(await hand.pulls()) == before
    assert f"sre-agent/revert-{number}-{key8(key)}" in second["undo"]["statement"]


@pytest.mark.parametrize("writes", [1, 2, 3])
async def test_a_step_cut_off_between_its_writes_goes_on_and_ends_the_same(hand: Hand, writes: int) -> None:
    """After the tree, after the commit, after the branch: the crash is an error of the next request."""
    number, path, before = await bad_change(hand, f"cut{writes}")
    key, send = new_key(), hand.client.write

    async def cut(verb: str, url: str, body: Any) -> Any:
        if len(hand.writes) >= writes:
            raise ToolError(Code.UNAVAILABLE, "cut off")
        return await send(verb, url, body)

    hand.client.write = cut  # type: ignore[method-assign]
    with pytest.raises(ToolError, match="cut off"):
        await hand.call("create_revert_pr", key, number=number, reason="x")
    assert (await hand.state("create_revert_pr", key, number=number, reason="x"))["state"] == "not_done"
    hand.client.write = send  # type: ignore[method-assign]
    made = await hand.call("create_revert_pr", key, number=number, reason="x")
    state = await hand.state("create_revert_pr", key, number=number, reason="x")
    assert state["state"] == "done"
    assert state["result"]["after"]["/pull_request/number"] == made["after"]["/pull_request/number"]
    await hand.call("merge_pr", number=made["after"]["/pull_request/number"])
    assert await hand.text(path) == before


async def test_a_branch_of_somebody_else_is_left_alone(hand: Hand) -> None:
    number, _, _ = await bad_change(hand, "taken")
    branch = f"sre-agent/revert-{number}-x"
    await hand.call("create_revert_pr", number=number, reason="x", branch=branch)
    sent = list(hand.writes)
    with pytest.raises(ToolError) as caught:
        await hand.call("create_revert_pr", number=number, reason="x", branch=branch)
    assert caught.value.code is Code.CONFLICT
    assert hand.writes == sent


async def test_a_branch_name_that_is_not_ours_is_refused(hand: Hand) -> None:
    for branch in ("main", "jon/feature", "sre-agent/../main", "sre-agent/a b"):
        with pytest.raises(ToolError) as caught:
            await hand.call("create_revert_pr", number=41, reason="x", branch=branch)
        assert caught.value.code is Code.INVALID_ARGUMENT


async def test_a_reason_cannot_speak_as_markdown_or_as_a_mark(hand: Hand) -> None:
    number, _, _ = await bad_change(hand, "reason")
    hostile = "@everyone fixes #1 ``` <!-- sre-agent.io/step: other -->"
    made = await hand.call("create_revert_pr", number=number, reason=hostile)
    body = (await hand.call("get_pull_request", number=made["after"]["/pull_request/number"]))["body"]
    assert "````text\n@everyone" in body
    assert "<!-- sre-agent.io/step: other" not in body


async def test_a_proposal_adds_changes_and_deletes_files(hand: Hand) -> None:
    await asyncio.to_thread(
        hand.merged, "Add two", lambda files: {**files, "docs/a.md": "a\n", "docs/b.md": "b\n"}
    )
    order = {
        "title": "Tidy the docs",
        "body": "As agreed.",
        "head_branch": "sre-agent/tidy",
        "changes": [
            {"path": "docs/a.md", "content": "A\n"},
            {"path": "docs/b.md", "content": None},
            {"path": "docs/c.md", "content": "c\n"},
        ],
    }
    preview = await hand.call("preview_create_pull_request", **order)
    assert hand.writes == []
    assert "-a\n+A\n" in preview["diff"]
    assert "--- a/docs/b.md\n+++ /dev/null" in preview["diff"]
    key = new_key()
    made = await hand.call("create_pull_request", key, **order, expect=expected(preview))
    again = await hand.call("create_pull_request", key, **order)
    assert again["already_done"]
    await hand.call("merge_pr", number=made["after"]["/pull_request/number"], method="merge")
    assert await hand.text("docs/a.md") == "A\n"
    assert await hand.text("docs/c.md") == "c\n"
    with pytest.raises(ToolError):
        await hand.text("docs/b.md")


async def test_a_merge_before_its_pull_request_exists_can_be_previewed_but_not_made(hand: Hand) -> None:
    preview = await hand.call("preview_merge_pr", head_branch="sre-agent/not-yet")
    assert "earlier step" in preview["warnings"][0]
    with pytest.raises(ToolError) as caught:
        await hand.call("merge_pr", head_branch="sre-agent/not-yet")
    assert caught.value.code is Code.NOT_FOUND
    assert hand.writes == []


async def test_a_failing_required_check_is_never_merged(hand: Hand) -> None:
    made = await hand.call(
        "create_pull_request",
        title="Break it",
        head_branch="sre-agent/broken",
        changes=[{"path": "services/cart/broken.py", "content": "def (:\n"}],
    )
    number = made["after"]["/pull_request/number"]
    with pytest.raises(ToolError) as caught:
        await hand.call("merge_pr", number=number)
    assert caught.value.code is Code.PRECONDITION_FAILED
    assert "tests failed" in caught.value.message
    assert not (await hand.call("get_pull_request", number=number))["merged"]
    with pytest.raises(ToolError):
        await hand.call("merge_pr", number=number, expect_checks=False)


async def test_a_merge_waits_for_checks_that_run_and_says_which_when_they_take_too_long(hand: Hand) -> None:
    made = await hand.call(
        "create_pull_request",
        title="Wait",
        head_branch="sre-agent/wait",
        changes=[{"path": "docs/wait.md", "content": "w\n"}],
    )
    number = made["after"]["/pull_request/number"]
    real = hand.client.get
    asked = 0

    async def running(path: str, params: Any = None) -> Any:
        nonlocal asked
        found = await real(path, params)
        if path.endswith("/check-runs"):
            asked += 1
            found["check_runs"] = [{**one, "status": "in_progress"} for one in found["check_runs"]]
        return found

    await asyncio.to_thread(hand.checked, await hand.head_of(number))
    hand.client.get = running  # type: ignore[method-assign]
    with pytest.raises(ToolError) as caught:
        await hand.call("merge_pr", number=number)
    assert caught.value.code is Code.UNAVAILABLE
    assert caught.value.retryable
    assert "tests (pending)" in caught.value.message
    assert asked > 10
    hand.client.get = real  # type: ignore[method-assign]
    assert (await hand.call("merge_pr", number=number))["changed"]


async def test_a_head_that_moved_after_its_checks_were_seen_is_not_merged(hand: Hand) -> None:
    made = await hand.call(
        "create_pull_request",
        title="Move",
        head_branch="sre-agent/move",
        changes=[{"path": "docs/move.md", "content": "m\n"}],
    )
    number = made["after"]["/pull_request/number"]
    preview = await hand.call("preview_merge_pr", number=number)
    real = hand.client.get

    async def older(path: str, params: Any = None) -> Any:
        found = await real(path, params)
        if path.endswith(f"/pulls/{number}"):
            found["head"]["sha"] = "1" * 40
        return found

    with pytest.raises(ToolError) as caught:
        await hand.call("merge_pr", number=number, expect={"uid": "", "fields": {"/head_sha": "1" * 40}})
    assert caught.value.code is Code.PRECONDITION_FAILED
    hand.client.get = older  # type: ignore[method-assign]
    with pytest.raises(ToolError) as caught:
        await hand.call("merge_pr", number=number, expect_checks=False)
    assert caught.value.code is Code.CONFLICT
    hand.client.get = real  # type: ignore[method-assign]
    assert not (await hand.call("get_pull_request", number=number))["merged"]
    assert preview["diff"].startswith("--- /dev/null\n+++ b/docs/move.md")


async def test_a_merge_is_found_again_and_one_by_somebody_else_is_told_as_theirs(hand: Hand) -> None:
    made = await hand.call(
        "create_pull_request",
        title="Once",
        head_branch="sre-agent/once",
        changes=[{"path": "docs/once.md", "content": "o\n"}],
    )
    number, key = made["after"]["/pull_request/number"], new_key()
    assert (await hand.state("merge_pr", key, number=number))["state"] == "not_done"
    await hand.call("merge_pr", key, number=number)
    sent = list(hand.writes)
    again = await hand.call("merge_pr", key, number=number)
    assert again["already_done"]
    assert again["changed"]
    state = await hand.state("merge_pr", key, head_branch="sre-agent/once")
    assert state["state"] == "done"
    other = await hand.call("merge_pr", new_key(), number=number)
    assert not other["changed"]
    assert "not by this step" in other["warnings"][-1]
    assert hand.writes == sent


async def test_an_issue_is_opened_once_however_often_the_step_runs(hand: Hand) -> None:
    order = {"title": "Cart is down", "body": "See inc_1.", "labels": ["incident"]}
    key = new_key()
    preview = await hand.call("preview_create_issue", **order)
    assert "+Cart is down" in preview["diff"]
    assert (await hand.state("create_issue", key, **order))["state"] == "not_done"
    first = await hand.call("create_issue", key, **order)
    second = await hand.call("create_issue", key, **order)
    assert second["already_done"]
    assert first["target"] == second["target"]
    assert (await hand.state("create_issue", key, **order))["result"]["target"] == first["target"]
    assert [verb for verb, _ in hand.writes] == ["POST"]


async def test_no_write_of_any_step_ever_forces_or_touches_a_branch_that_is_not_its_own(hand: Hand) -> None:
    number, _, _ = await bad_change(hand, "force")
    made = await hand.call("create_revert_pr", number=number, reason="x")
    await hand.call("merge_pr", number=made["after"]["/pull_request/number"])
    assert [(verb, path.split("/")[1:3]) for verb, path in hand.writes] == [
        ("POST", ["git", "trees"]),
        ("POST", ["git", "commits"]),
        ("POST", ["git", "refs"]),
        ("POST", ["pulls"]),
        ("PUT", ["pulls", str(made["after"]["/pull_request/number"])]),
    ]


async def test_a_step_that_this_server_cannot_make_is_not_looked_for(hand: Hand) -> None:
    with pytest.raises(ToolError, match="writes nothing here"):
        await hand.state("get_file", new_key(), path="x")
    with pytest.raises(ToolError, match="not those of merge_pr"):
        await hand.state("merge_pr", new_key(), path="x")
