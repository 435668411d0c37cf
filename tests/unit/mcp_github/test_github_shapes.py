"""GitHub's answers as ours, and the names that may be used at all."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mcp_servers.github import orders, shape
from mcp_servers.github.client import refused
from mcp_servers.github.pulls import Pulls
from mcp_servers.github.repositories import Repositories, place, read_repositories
from mcp_servers.kit.errors import Code, ToolError
from mcp_servers.kit.settings import SettingProblem
from mcp_servers.kit.upstream import Upstream

SYSTEM = Upstream("GitHub", "https://api.github.com", "GITHUB_API_URL", "GITHUB_TOKEN")


@pytest.mark.parametrize(
    ("path", "service", "touched"),
    [
        ("services/cart/app.py", "cart", True),
        ("deploy/cart.yaml", "cart", True),
        ("src/Cart/main.go", "cart", True),
        ("services/cart-worker/app.py", "cart", False),
        ("services/shopping/cartography.py", "cart", False),
        ("anything", "", True),
    ],
)
def test_a_path_touches_a_service_by_a_whole_part(path: str, service: str, touched: bool) -> None:
    assert shape.touches([path], service) is touched


def test_a_text_names_a_service_as_a_word() -> None:
    assert shape.names('{"service": "cart"}', "cart")
    assert not shape.names("cart-worker and mycart", "cart")


def test_checks_are_the_newest_of_each_name_and_an_absent_required_one_is_expected() -> None:
    runs = [
        {
            "name": "tests",
            "status": "completed",
            "conclusion": "failure",
            "started_at": "2026-01-01T00:00:00Z",
        },
        {
            "name": "tests",
            "status": "completed",
            "conclusion": "success",
            "started_at": "2026-01-02T00:00:00Z",
        },
        {"name": "lint", "status": "in_progress", "conclusion": None, "started_at": "2026-01-02T00:00:00Z"},
        {
            "name": "docs",
            "status": "completed",
            "conclusion": "skipped",
            "started_at": "2026-01-02T00:00:00Z",
        },
    ]
    found = shape.checks(runs, [{"context": "ci", "state": "error"}], ["tests", "security"])
    assert {one.name: (one.state, one.required) for one in found} == {
        "tests": ("success", True),
        "lint": ("pending", False),
        "docs": ("success", False),
        "ci": ("failure", False),
        "security": ("expected", True),
    }
    assert not shape.all_passed(found)


def test_only_required_checks_decide_where_there_are_any_and_all_where_there_are_none() -> None:
    failing = [{"context": "nightly", "state": "failure"}, {"context": "tests", "state": "success"}]
    assert shape.all_passed(shape.checks([], failing, ["tests"]))
    assert not shape.all_passed(shape.checks([], failing, []))
    assert shape.all_passed([])


class ProtectedByRules:
    """A GitHub whose branch is protected by rulesets, or that does not tell."""

    def __init__(self, rules: object) -> None:
        self._rules = rules

    async def get(self, path: str, params: object = None) -> object:
        if path.endswith("/check-runs"):
            return {"check_runs": []}
        if path.endswith("/status"):
            return {"statuses": []}
        if "/rules/" in path and self._rules is not None:
            return self._rules
        raise ToolError(Code.FORBIDDEN if "/rules/" in path else Code.NOT_FOUND, "no")


async def test_checks_that_rulesets_require_count_as_required() -> None:
    rule = {
        "type": "required_status_checks",
        "parameters": {"required_status_checks": [{"context": "build"}]},
    }
    api = ProtectedByRules([rule, {"type": "deletion"}])
    found = await Pulls(api).checks("o/r", "a" * 40, "main")  # type: ignore[arg-type]
    assert [(one.name, one.state, one.required) for one in found] == [("build", "expected", True)]


async def test_a_token_that_may_not_see_the_protection_reads_the_checks_all_the_same() -> None:
    assert await Pulls(ProtectedByRules(None)).checks("o/r", "a" * 40, "main") == []  # type: ignore[arg-type]


def test_only_the_repositories_that_were_set_can_be_named() -> None:
    known = Repositories(("Shop/Shop", "shop/infra"))
    assert known.named("") == "Shop/Shop"
    assert known.named("shop/shop") == "Shop/Shop"
    for wrong in ("shop/other", "shop/shop/../../user", "user"):
        with pytest.raises(ToolError) as caught:
            known.named(wrong)
        assert caught.value.code is Code.FORBIDDEN
    with pytest.raises(ToolError, match="No repository"):
        Repositories(()).named("")


@pytest.mark.parametrize("names", ["shop", "a/b/c", "a/b, ../x", "a/b?c"])
def test_a_repository_that_is_none_stops_the_start(names: str) -> None:
    with pytest.raises(SettingProblem, match="GITHUB_REPOSITORIES"):
        read_repositories({"GITHUB_REPOSITORIES": names})


def test_names_are_escaped_in_addresses_but_their_slashes_stay() -> None:
    assert place("o/r", "contents", "a b/c?d#e") == "/repos/o/r/contents/a%20b/c%3Fd%23e"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "x\ny", "head_branch": "sre-agent/x", "changes": [{"path": "a", "content": ""}]},
        {"title": "x", "head_branch": "main", "changes": [{"path": "a", "content": ""}]},
        {"title": "x", "head_branch": "sre-agent/../main", "changes": [{"path": "a", "content": ""}]},
        {"title": "x", "head_branch": "sre-agent/x", "changes": []},
        {"title": "x", "head_branch": "sre-agent/x", "changes": [{"path": "../a", "content": ""}]},
        {"title": "x", "head_branch": "sre-agent/x", "changes": [{"path": ".git/config", "content": ""}]},
        {"title": "x", "head_branch": "sre-agent/x", "changes": [{"path": "a", "content": ""}] * 2},
    ],
)
def test_an_order_that_could_reach_beyond_its_own_branch_and_files_is_refused(
    wrong: dict[str, object],
) -> None:
    with pytest.raises(ValidationError):
        orders.CreatePullRequest.model_validate(wrong)


def test_a_merge_is_by_number_or_by_branch_and_not_by_both() -> None:
    for wrong in ({}, {"number": 1, "head_branch": "x"}):
        with pytest.raises(ValidationError, match="either number or head_branch"):
            orders.MergePr.model_validate(wrong)


def test_what_github_says_is_told_with_its_details() -> None:
    from github import GithubException

    problem = GithubException(
        422, {"message": "Validation Failed", "errors": [{"message": "No commits"}, "odd"]}, {}
    )
    error = refused(SYSTEM, problem)
    assert error.code is Code.INVALID_ARGUMENT
    assert "Validation Failed; No commits; odd" in error.message
    assert refused(SYSTEM, GithubException(405, {"message": "Checks"}, {})).code is Code.PRECONDITION_FAILED
    hidden = refused(SYSTEM, GithubException(404, {"message": "Not Found"}, {}))
    assert "may not see" in hidden.try_next
