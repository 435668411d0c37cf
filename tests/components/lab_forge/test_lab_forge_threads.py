"""Issues, search, statuses and deployments through PyGithub."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from github import Github
from github.Repository import Repository


def test_an_issue_is_created_found_commented_labelled_and_closed(
    github: Github, repository: Repository
) -> None:
    issue = repository.create_issue("Cart was slow", "Key: inc-7f3a/step-1", labels=["incident"])
    issue.create_comment("Better now")
    issue.add_to_labels("resolved")
    issue.edit(state="closed")
    fresh = repository.get_issue(issue.number)
    assert (fresh.state, fresh.comments, fresh.user.login) == ("closed", 1, "sre-agent")
    assert [label.name for label in fresh.labels] == ["incident", "resolved"]
    assert [comment.body for comment in fresh.get_comments()] == ["Better now"]
    found = github.search_issues('"inc-7f3a/step-1"', repo="shop/shop")
    assert [item.number for item in found] == [issue.number]


def test_search_tells_issues_from_pull_requests_and_finds_nothing_elsewhere(
    github: Github, repository: Repository
) -> None:
    issue = repository.create_issue("About pages", "pages")
    numbers = {item.number for item in github.search_issues("pages repo:shop/shop is:issue")}
    pulls = {item.number for item in github.search_issues("pages repo:shop/shop is:pr is:merged")}
    assert issue.number in numbers
    assert 41 in pulls
    assert not numbers & pulls
    assert github.search_issues("pages repo:other/shop").totalCount == 0


def test_issues_listed_by_label_include_pull_requests_as_github_does(repository: Repository) -> None:
    found = list(repository.get_issues(state="closed", labels=["feature"]))
    assert [(issue.number, issue.pull_request is not None) for issue in found] == [(41, True)]


def test_the_latest_status_of_each_context_makes_the_combined_state(repository: Repository) -> None:
    commit = repository.get_commits()[0]
    assert commit.get_combined_status().state == "pending"
    commit.create_status("pending", context="build")
    commit.create_status("success", context="build", description="built")
    assert commit.get_combined_status().state == "success"
    commit.create_status("error", context="scan")
    combined = commit.get_combined_status()
    assert combined.state == "failure"
    assert {status.context: status.state for status in combined.statuses} == {
        "build": "success",
        "scan": "error",
    }


def test_past_changes_to_services_and_manifests_were_deployed_in_their_time(repository: Repository) -> None:
    deployments = list(repository.get_deployments(environment="production"))
    services = [deployment.payload["services"] for deployment in deployments]
    assert services == [["cart"], ["cart"], ["catalog"], ["cart", "catalog"]]
    assert [deployment.get_statuses()[0].state for deployment in deployments] == ["success"] * 4
    age = datetime.now(UTC) - deployments[0].created_at
    assert timedelta(days=3, hours=2) < age < timedelta(days=3, hours=3)


def test_a_deployment_and_its_statuses_can_be_recorded_by_a_client(repository: Repository) -> None:
    deployment = repository.create_deployment(
        "main", environment="staging", payload={"services": ["cart"]}, description="by hand"
    )
    deployment.create_status("in_progress")
    deployment.create_status("failure", description="pods did not start")
    (found,) = repository.get_deployments(environment="staging")
    assert (found.sha, found.payload) == (repository.get_branch("main").commit.sha, {"services": ["cart"]})
    assert [status.state for status in found.get_statuses()] == ["failure", "in_progress"]


def test_history_is_told_by_path_author_and_time(repository: Repository) -> None:
    week = datetime.now(UTC) - timedelta(days=7)
    month = datetime.now(UTC) - timedelta(days=35)
    cart = [commit.commit.message.split("\n")[0] for commit in repository.get_commits(path="services/cart")]
    assert cart == ["Keep carts for a minute", "Lay out the shop"]
    recent = [commit.commit.message for commit in repository.get_commits(since=week)]
    assert recent == ["Log less in the cart"]
    old = [commit.author.login for commit in repository.get_commits(until=month)]
    assert old == ["jon", "mira"]
    by_lena = [commit.commit.message for commit in repository.get_commits(author="lena")]
    assert by_lena == ["Keep carts for a minute"]


def test_history_has_every_kind_of_merge(repository: Repository) -> None:
    by_title = {commit.commit.message.split("\n")[0]: commit for commit in repository.get_commits()}
    assert "Show the catalog in pages (#41)" in by_title
    merge = by_title["Merge pull request #42 from shop/lena/keep-carts-for-a-minute"]
    assert len(merge.parents) == 2
    rebased = by_title["Log less in the cart"]
    assert [pull.number for pull in rebased.get_pulls()] == [43]
    assert [pull.merged_by.login for pull in map(repository.get_pull, (41, 42, 43))] == ["mira", "jon", "jon"]
    files = {file.filename: file.status for file in by_title["Show the catalog in pages (#41)"].files}
    assert files == {"services/catalog/pages.py": "added", "services/catalog/old.py": "removed"}
