"""What any GitHub must answer to PyGithub: one suite for the lab's forge and, read-only, for the real one.

The lab's forge runs it in `make test`. To hold the forge against the real service, point the suite at a repository
with at least one merged pull request: `GITHUB_CONTRACT_URL=https://api.github.com GITHUB_CONTRACT_TOKEN=…
GITHUB_CONTRACT_REPOSITORY=owner/name`. It only reads.
"""

from __future__ import annotations

import pytest
from github import BadCredentialsException, Github, UnknownObjectException
from github.Commit import Commit
from github.PullRequest import PullRequest
from github.Repository import Repository


class GithubContract:
    """Fixtures `github`, `repository` and `stranger` (a client with a wrong token) come from the runner."""

    @pytest.fixture
    def merged(self, repository: Repository) -> PullRequest:
        return next(pull for pull in repository.get_pulls(state="closed", sort="created") if pull.merged_at)

    @pytest.fixture
    def newest(self, repository: Repository) -> Commit:
        return repository.get_commits()[0]

    def test_a_wrong_token_is_told_from_a_missing_thing(
        self, github: Github, stranger: Github, repository: Repository
    ) -> None:
        with pytest.raises(BadCredentialsException):
            stranger.get_user().login  # noqa: B018 - reading the attribute asks
        with pytest.raises(UnknownObjectException):
            github.get_repo(f"{repository.full_name}-that-is-not-there")

    def test_commits_come_newest_first_and_page_without_gaps(self, repository: Repository) -> None:
        listed = [commit.sha for commit in repository.get_commits()[:4]]
        assert listed[0] == repository.get_branch(repository.default_branch).commit.sha
        assert len(set(listed)) == len(listed)
        first = repository.get_commit(listed[0])
        assert first.parents[0].sha in listed

    def test_a_commit_shows_its_files_with_counts_that_match_the_patch(self, newest: Commit) -> None:
        for file in newest.files:
            added = sum(line.startswith("+") for line in (file.patch or "").splitlines())
            deleted = sum(line.startswith("-") for line in (file.patch or "").splitlines())
            assert file.patch is None or (added, deleted) == (file.additions, file.deletions)
            assert file.changes == file.additions + file.deletions
        assert newest.stats.total == newest.stats.additions + newest.stats.deletions

    def test_a_merged_pull_request_is_found_by_its_merge_commit(
        self, repository: Repository, merged: PullRequest
    ) -> None:
        commit = repository.get_commit(merged.merge_commit_sha)
        assert merged.number in [pull.number for pull in commit.get_pulls()]

    def test_a_merged_pull_request_says_who_merged_it_and_cannot_be_merged_again(
        self, repository: Repository, merged: PullRequest
    ) -> None:
        pull = repository.get_pull(merged.number)
        assert pull.merged
        assert pull.merged_by is not None
        assert pull.state == "closed"
        assert pull.commits >= 1
        assert {file.filename for file in pull.get_files()}

    def test_comparing_a_commit_with_its_parent_gives_that_commit(
        self, repository: Repository, newest: Commit
    ) -> None:
        compared = repository.compare(newest.parents[0].sha, newest.sha)
        assert compared.status == "ahead"
        assert compared.ahead_by >= 1
        assert newest.sha in [commit.sha for commit in compared.commits]
        assert compared.merge_base_commit.sha == newest.parents[0].sha

    def test_files_and_folders_read_the_same_by_contents_and_by_git_data(
        self, repository: Repository, newest: Commit
    ) -> None:
        tree = repository.get_git_tree(newest.commit.tree.sha, recursive=True)
        entry = next(item for item in tree.tree if item.type == "blob" and item.size)
        content = repository.get_contents(entry.path, ref=newest.sha)
        assert not isinstance(content, list)
        assert content.sha == entry.sha
        assert len(content.decoded_content) == entry.size
        names = repository.get_contents("", ref=newest.sha)
        assert isinstance(names, list)
        assert entry.path.split("/")[0] in [item.name for item in names]

    def test_a_ref_names_the_commit_its_branch_is_at(self, repository: Repository) -> None:
        branch = repository.get_branch(repository.default_branch)
        ref = repository.get_git_ref(f"heads/{branch.name}")
        assert (ref.object.type, ref.object.sha) == ("commit", branch.commit.sha)

    def test_blame_covers_a_file_from_its_first_line_on(
        self, github: Github, repository: Repository, newest: Commit
    ) -> None:
        tree = repository.get_git_tree(newest.commit.tree.sha, recursive=True)
        path = next(item.path for item in tree.tree if item.path.endswith((".py", ".md")))
        query = """query($owner: String!, $name: String!, $sha: String!, $path: String!) {
          repository(owner: $owner, name: $name) { object(expression: $sha) { ... on Commit {
            blame(path: $path) { ranges { startingLine endingLine commit {
              oid authoredDate message author { name }
              associatedPullRequests(first: 1) { nodes { number } } } } } } } } }"""
        owner, name = repository.full_name.split("/")
        _, answer = github.requester.graphql_query(
            query, {"owner": owner, "name": name, "sha": newest.sha, "path": path}
        )
        ranges = answer["data"]["repository"]["object"]["blame"]["ranges"]
        lines = [line for item in ranges for line in range(item["startingLine"], item["endingLine"] + 1)]
        assert lines == list(range(1, len(lines) + 1))
        assert all(len(item["commit"]["oid"]) == 40 for item in ranges)

    def test_the_rate_limit_is_told(self, github: Github) -> None:
        core = github.get_rate_limit().resources.core
        assert 0 < core.remaining <= core.limit
