"""Pull requests the way a tool opens and merges them: through the git data API, held up by checks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import pytest
from github import GithubException, InputGitTreeElement
from github.PullRequest import PullRequest
from github.Repository import Repository

from infrastructure.lab.forge import ChangeRefused, Forge
from tests.components.lab_forge.conftest import connect
from tests.components.lab_forge.lab_forge_loop import LoopThread

Propose = Callable[..., PullRequest]


@pytest.fixture
def propose(repository: Repository, forge: Forge, loop: LoopThread) -> Propose:
    """Open a pull request with these files changed, its checks finished."""
    names = itertools.count()

    def open_pull(
        changes: Mapping[str, str | None], *, base_sha: str = "", title: str = "A change"
    ) -> PullRequest:
        base = repository.get_git_commit(base_sha or repository.get_branch("main").commit.sha)
        elements = [
            InputGitTreeElement(
                path, "100644", "blob", **({"sha": None} if text is None else {"content": text})
            )
            for path, text in changes.items()
        ]
        tree = repository.create_git_tree(elements, base_tree=base.tree)
        commit = repository.create_git_commit(f"{title}\n\nWhy it is done.", tree, [base])
        branch = f"work/{commit.sha[:10]}-{next(names)}"
        repository.create_git_ref(f"refs/heads/{branch}", commit.sha)
        pull = repository.create_pull(base="main", head=branch, title=title, body="Why it is done.")
        loop.run(forge.checked(commit.sha))
        return pull

    return open_pull


def test_a_squash_merge_takes_the_title_with_the_number(propose: Propose, repository: Repository) -> None:
    pull = propose({"docs/squash.md": "one\n"}, title="Write one thing down")
    answer = pull.merge(merge_method="squash", sha=pull.head.sha)
    merged = repository.get_commit(answer.sha)
    assert answer.merged
    assert merged.commit.message == f"Write one thing down (#{pull.number})\n\nWhy it is done."
    assert [parent.sha for parent in merged.parents] == [pull.base.sha]
    assert merged.commit.committer.name == "GitHub"
    assert [found.number for found in merged.get_pulls()] == [pull.number]


def test_a_merge_commit_has_both_parents_and_belongs_to_its_pull_request(
    propose: Propose, repository: Repository
) -> None:
    pull = propose({"docs/merge.md": "two\n"})
    merged = repository.get_commit(pull.merge().sha)
    assert [parent.sha for parent in merged.parents] == [pull.base.sha, pull.head.sha]
    assert merged.commit.message.startswith(f"Merge pull request #{pull.number} from shop/{pull.head.ref}")
    assert [found.number for found in merged.get_pulls()] == [pull.number]
    assert [file.filename for file in merged.files] == ["docs/merge.md"]


def test_a_rebase_merge_puts_the_commits_on_top_of_a_main_that_went_on(
    propose: Propose, repository: Repository
) -> None:
    old = repository.get_branch("main").commit.sha
    propose({"docs/first.md": "first\n"}).merge(merge_method="squash")
    pull = propose({"docs/second.md": "second\n"}, base_sha=old, title="Second thing")
    merged = repository.get_commit(pull.merge(merge_method="rebase").sha)
    assert merged.commit.message == "Second thing\n\nWhy it is done."
    tree = {item.path for item in repository.get_git_tree(merged.sha, recursive=True).tree}
    assert {"docs/first.md", "docs/second.md"} <= tree


def test_a_head_that_moved_is_a_409(propose: Propose) -> None:
    pull = propose({"docs/moved.md": "x\n"})
    with pytest.raises(GithubException) as refused:
        pull.merge(sha="0" * 40)
    assert refused.value.status == 409
    assert refused.value.data["message"] == "Head branch was modified. Review and try the merge again."


def test_a_conflict_is_a_405_and_the_pull_request_says_it_is_dirty(
    propose: Propose, repository: Repository
) -> None:
    old = repository.get_branch("main").commit.sha
    propose({"docs/cart.md": "one way\n"}).merge(merge_method="squash")
    pull = propose({"docs/cart.md": "the other way\n"}, base_sha=old)
    fresh = repository.get_pull(pull.number)
    assert (fresh.mergeable, fresh.mergeable_state) == (False, "dirty")
    with pytest.raises(GithubException) as refused:
        pull.merge()
    assert (refused.value.status, refused.value.data["message"]) == (405, "Pull Request is not mergeable")


def test_code_that_does_not_compile_fails_its_check_and_cannot_be_merged(
    propose: Propose, repository: Repository
) -> None:
    pull = propose({"services/cart/app.py": "def broken(:\n"})
    (run,) = repository.get_commit(pull.head.sha).get_check_runs(check_name="tests")
    assert (run.status, run.conclusion) == ("completed", "failure")
    assert "services/cart/app.py" in run.output.summary
    assert repository.get_pull(pull.number).mergeable_state == "blocked"
    with pytest.raises(GithubException) as refused:
        pull.merge()
    assert refused.value.status == 405
    assert refused.value.data["message"] == 'Required status check "tests" is failing.'


def test_the_required_checks_can_be_read_from_the_branch(repository: Repository) -> None:
    branch = repository.get_branch("main")
    assert branch.protected
    assert branch.get_required_status_checks().contexts == ["tests"]


def test_a_merged_pull_request_cannot_be_merged_twice(propose: Propose) -> None:
    pull = propose({"docs/once.md": "once\n"})
    pull.merge(merge_method="squash")
    with pytest.raises(GithubException) as refused:
        pull.merge(merge_method="squash")
    assert refused.value.status == 405


def test_a_second_pull_request_for_the_same_branch_is_refused(
    propose: Propose, repository: Repository
) -> None:
    pull = propose({"docs/twice.md": "twice\n"})
    with pytest.raises(GithubException) as refused:
        repository.create_pull(base="main", head=pull.head.ref, title="Again")
    assert refused.value.status == 422
    assert "A pull request already exists" in refused.value.data["errors"][0]["message"]


def test_a_branch_without_new_commits_makes_no_pull_request(repository: Repository) -> None:
    repository.create_git_ref("refs/heads/topic/nothing", repository.get_branch("main").commit.sha)
    with pytest.raises(GithubException) as refused:
        repository.create_pull(base="main", head="topic/nothing", title="Nothing")
    assert "No commits between main and topic/nothing" in refused.value.data["errors"][0]["message"]


def test_pull_requests_are_found_by_their_branch_and_closed_by_its_deletion(
    propose: Propose, repository: Repository
) -> None:
    pull = propose({"docs/found.md": "found\n"})
    (found,) = repository.get_pulls(state="open", head=f"shop:{pull.head.ref}")
    assert found.number == pull.number
    repository.get_git_ref(f"heads/{pull.head.ref}").delete()
    assert repository.get_pull(pull.number).state == "closed"


def test_main_cannot_be_pushed_past_its_checks_nor_forced_nor_deleted(
    propose: Propose, repository: Repository
) -> None:
    pull = propose({"services/cart/app.py": "def broken(:\n"})
    main = repository.get_git_ref("heads/main")
    first = repository.get_commits().reversed[0].sha
    for act in (
        lambda: main.edit(pull.head.sha),
        lambda: main.edit(first, force=True),
        lambda: main.edit(first),
        main.delete,
    ):
        with pytest.raises(GithubException) as refused:
            act()
        assert refused.value.status == 422
    assert repository.get_branch("main").commit.sha == main.object.sha


def test_a_commit_pushed_to_the_branch_moves_the_pull_request_and_is_checked(
    propose: Propose, repository: Repository, forge: Forge, loop: LoopThread
) -> None:
    pull = propose({"docs/more.md": "a\n"})
    head = repository.get_git_commit(pull.head.sha)
    tree = repository.create_git_tree(
        [InputGitTreeElement("docs/more.md", "100644", "blob", content="b\n")], base_tree=head.tree
    )
    commit = repository.create_git_commit("More", tree, [head])
    repository.get_git_ref(f"heads/{pull.head.ref}").edit(commit.sha)
    loop.run(forge.checked(commit.sha))
    fresh = repository.get_pull(pull.number)
    assert (fresh.head.sha, fresh.commits) == (commit.sha, 2)
    assert fresh.mergeable_state == "clean"


def test_a_file_can_be_deleted_through_the_git_data_api(propose: Propose, repository: Repository) -> None:
    propose({"docs/gone.md": "soon gone\n"}).merge(merge_method="squash")
    pull = propose({"docs/gone.md": None})
    assert [(file.filename, file.status) for file in pull.get_files()] == [("docs/gone.md", "removed")]


def test_a_reader_may_read_and_not_write(forge: Forge, repository: Repository) -> None:
    reader = connect(forge, forge.issue_token("lena", write=False))
    seen = reader.get_repo(forge.repository)
    assert not seen.permissions.push
    with pytest.raises(GithubException) as refused:
        seen.create_issue("Not allowed")
    reader.close()
    assert refused.value.status == 403
    assert refused.value.data["message"] == "Resource not accessible by personal access token"


def test_a_developers_change_reaches_main_with_all_its_traces(
    forge: Forge, loop: LoopThread, repository: Repository
) -> None:
    change = forge.merge_change(
        author="jon",
        title="Greet people",
        body="They like it.",
        edit=lambda files: {
            **files,
            "services/catalog/app.py": files["services/catalog/app.py"] + "\nHI = 1\n",
        },
    )
    merged = loop.run(change)
    commit = repository.get_commit("main")
    assert commit.sha == merged.merge_sha
    assert commit.commit.message == f"Greet people (#{merged.number})\n\nThey like it."
    assert commit.author.login == "jon"
    pull = repository.get_pull(merged.number)
    assert (pull.merged, pull.user.login, pull.head.ref) == (True, "jon", "jon/greet-people")
    image = f"registry.lab/shop/catalog:{merged.merge_sha[:7]}"
    assert forge.registry.has(image)
    assert "HI = 1" in forge.registry.source(image)["services/catalog/app.py"]
    assert forge.registry.latest("catalog") == merged.merge_sha[:7]


def test_a_developers_change_that_does_nothing_or_fails_its_checks_is_refused(
    forge: Forge, loop: LoopThread, repository: Repository
) -> None:
    before = repository.get_branch("main").commit.sha
    with pytest.raises(ChangeRefused, match="changes nothing"):
        loop.run(forge.merge_change(author="jon", title="Nothing", body="", edit=lambda files: files))
    with pytest.raises(ChangeRefused, match="is failing"):
        loop.run(
            forge.merge_change(
                author="jon",
                title="Broken",
                body="",
                edit=lambda files: {**files, "deploy/cart.yaml": "a: [unclosed\n"},
            )
        )
    assert repository.get_branch("main").commit.sha == before
