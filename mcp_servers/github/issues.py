"""Opens an issue: the ticket of an incident, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mcp_servers.github import changes, marks
from mcp_servers.github.client import GithubApi
from mcp_servers.github.drafts import Draft
from mcp_servers.github.orders import CreateIssue
from mcp_servers.github.repositories import Repositories, place
from mcp_servers.kit.contract import Fields, Ground, Preview, StepState, Target, Undo, WriteResult
from mcp_servers.kit.toolset import Step

Json = Mapping[str, Any]
_MOST_LOOKED_AT: Final = 300


class Issues:
    """The tools create_issue and its preview."""

    def __init__(self, api: GithubApi, repositories: Repositories) -> None:
        self._api, self._repositories = api, repositories

    async def preview_create_issue(self, ask: CreateIssue) -> Preview:
        """The issue that create_issue would open, without writing anything."""
        return _draft(ask, self._repositories.named(ask.repository), None).preview()

    async def create_issue(self, ask: CreateIssue, step: Step) -> WriteResult:
        """Open an issue. The same step opens it once, however often it is called."""
        repository = self._repositories.named(ask.repository)
        changes.check_expected(ask.expect, _draft(ask, repository, None).ground)
        found = await self._found(repository, step.key)
        if found is not None:
            return _draft(ask, repository, found).result(step.key).model_copy(update={"already_done": True})
        made = await self._api.write(
            "POST",
            place(repository, "issues"),
            {"title": ask.title, "body": marks.in_text(ask.body, step.key), "labels": list(ask.labels)},
        )
        return _draft(ask, repository, made).result(step.key)

    async def state(self, ask: CreateIssue, key: str) -> StepState:
        repository = self._repositories.named(ask.repository)
        found = await self._found(repository, key)
        if found is None:
            return StepState(state="not_done", why=f"No recent issue of {repository} bears this step's key.")
        result = _draft(ask, repository, found).result(key)
        return StepState(state="done", why=f"#{found['number']} bears this step's key.", result=result)

    async def _found(self, repository: str, key: str) -> Json | None:
        """By the listing and not by the search, which learns of new issues only after a while."""
        listed = await self._api.pages(
            place(repository, "issues"),
            {"state": "all", "sort": "created", "direction": "desc"},
            most=_MOST_LOOKED_AT,
        )
        return next((one for one in listed if marks.text_has(one.get("body"), key)), None)


def _draft(ask: CreateIssue, repository: str, made: Json | None) -> Draft:
    name = f"#{made['number']}" if made else ""
    labels = ", ".join(ask.labels)
    after: Fields = {"/title": ask.title, "/labels": list(ask.labels)}
    if made:
        after |= {"/number": made["number"], "/url": made.get("html_url") or ""}
    text = f"{ask.title}\n{f'[{labels}]' if labels else ''}\n{ask.body}\n"
    return Draft(
        target=Target(
            kind="Issue", namespace=repository, name=name, uid=f"{repository}{name}" if name else ""
        ),
        ground=Ground(),
        before=dict.fromkeys(after),
        after=after,
        diff=changes.whole([changes.unified("issue", None, text.encode())]),
        undo=Undo(tool=None, statement="An issue changes nothing that runs; a person closes it."),
        notes=["Opens an issue; whoever watches the repository is told."],
    )
