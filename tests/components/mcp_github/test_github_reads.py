"""The reading tools against a real repository behind a GitHub API."""

from __future__ import annotations

import time

import pytest

from mcp_servers.kit.errors import Code, ToolError
from tests.components.mcp_github.github_hand import Hand, put

DAY = 86_400.0
NOW = time.time()
YEAR = {"since": NOW - 300 * DAY, "until": NOW + DAY}


async def test_merges_of_a_window_come_newest_first_with_their_files(hand: Hand) -> None:
    answer = await hand.call("list_merges", since=NOW - 35 * DAY, until=NOW)
    titles = [one["title"] for one in answer["merges"]]
    assert titles[:2] == ["Log less in the cart", "Keep carts for a minute"]
    assert "Show the catalog in pages" not in titles
    first = answer["merges"][1]
    assert first["files"] == ["services/cart/app.py"]
    assert first["author"] == "lena"
    assert len(first["merge_sha"]) == 40


async def test_merges_of_a_service_are_those_that_touch_its_folder_or_files_named_for_it(hand: Hand) -> None:
    cart = await hand.call("list_merges", service="cart", **YEAR)
    assert {one["title"] for one in cart["merges"]} == {"Log less in the cart", "Keep carts for a minute"}
    catalog = await hand.call("list_merges", service="catalog", **YEAR)
    assert [one["labels"] for one in catalog["merges"]] == [["feature"]]
    assert (await hand.call("list_merges", service="car", **YEAR))["merges"] == []


async def test_deploys_tell_their_state_and_can_be_of_one_service(hand: Hand) -> None:
    everything = await hand.call("list_deploys", **YEAR)
    assert everything["deploys"]
    assert {one["state"] for one in everything["deploys"]} <= {"success", "failure", "pending", "inactive"}
    cart = await hand.call("list_deploys", service="cart", **YEAR)
    assert 0 < len(cart["deploys"]) < len(everything["deploys"]) + 1
    assert (await hand.call("list_deploys", service="nobody", **YEAR))["deploys"] == []


async def test_commits_of_a_path_and_one_commit_with_its_patch_and_pull_request(hand: Hand) -> None:
    listed = await hand.call("list_commits", path="services/cart/app.py", **YEAR)
    assert any("Keep carts for a minute" in one["title"] for one in listed["commits"])
    merges = (await hand.call("list_merges", service="cart", **YEAR))["merges"]
    merge = next(one for one in merges if one["title"] == "Keep carts for a minute")
    commit = await hand.call("get_commit", sha=merge["merge_sha"])
    assert commit["pull_request"] == merge["number"]
    assert "+KEEP_SECONDS = 60" in commit["files"][0]["patch"]


async def test_a_diff_between_two_commits_shows_what_lies_between(hand: Hand) -> None:
    commits = (await hand.call("list_commits", **YEAR))["commits"]
    diff = await hand.call("get_diff", base=commits[-1]["sha"], head="main")
    assert {"services/cart/app.py", "docs/cart.md"} <= {one["path"] for one in diff["files"]}


async def test_blame_names_who_wrote_a_line_and_by_which_pull_request(hand: Hand) -> None:
    lines = (await hand.text("services/cart/app.py")).split("\n")
    number = next(place for place, line in enumerate(lines, 1) if line.startswith("KEEP_SECONDS"))
    blame = await hand.call("blame_line", path="services/cart/app.py", line=number)
    assert blame["line_text"] == "KEEP_SECONDS = 60"
    assert blame["author"] == "lena"
    assert blame["pull_request"] is not None
    with pytest.raises(ToolError, match="no line 4000"):
        await hand.call("blame_line", path="services/cart/app.py", line=4000)


async def test_a_pull_request_shows_its_checks_and_whether_the_required_ones_passed(hand: Hand) -> None:
    made = hand.merged("Say hello", put("docs/hello.md", "hello\n"))
    pull = await hand.call("get_pull_request", number=made.number)
    assert pull["merged"]
    assert pull["merge_sha"] == made.merge_sha
    assert pull["checks"] == [{"name": "tests", "state": "success", "required": True}]
    assert pull["checks_passed"]
    assert pull["files"] == ["docs/hello.md"]


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("get_file", {"path": "services/nowhere.py"}, Code.NOT_FOUND),
        ("get_file", {"path": "services"}, Code.INVALID_ARGUMENT),
        ("get_commit", {"sha": "f" * 40}, None),
        ("get_pull_request", {"number": 99_999}, Code.NOT_FOUND),
        ("get_file", {"path": "README.md", "repository": "somebody/else"}, Code.FORBIDDEN),
        ("get_file", {"path": "../../etc/passwd"}, Code.INVALID_ARGUMENT),
        ("get_diff", {"base": "main", "head": "main --output=x"}, Code.INVALID_ARGUMENT),
        ("list_commits", {"since": NOW, "until": NOW - DAY}, Code.INVALID_ARGUMENT),
    ],
)
async def test_what_cannot_be_read_is_an_error_that_says_why(
    hand: Hand, tool: str, arguments: dict[str, object], code: Code | None
) -> None:
    with pytest.raises(ToolError) as caught:
        await hand.call(tool, **arguments)
    assert code is None or caught.value.code is code
    assert caught.value.try_next


async def test_reading_sends_no_write(hand: Hand) -> None:
    await hand.call("list_merges", **YEAR)
    await hand.call("blame_line", path="services/cart/app.py", line=1)
    assert hand.writes == []
