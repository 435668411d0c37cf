"""The door for Slack: signed presses of a button, answered for by the account that an administrator linked.

It stands beside the routes, since whoever comes here has no token and sends no JSON: the signature says that it is
Slack, the link says who it is, and from there an answer goes the way of every other.
"""

from __future__ import annotations

from typing import Final

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sre_agent.api.answers import Word
from sre_agent.api.parts import ApiParts, NotifyParts
from sre_agent.api.plans import give_answer
from sre_agent.api.problems import answer as problem_response
from sre_agent.api.problems import of_error, problem
from sre_agent.api.roles import LEAST_ROLE
from sre_agent.api.views import Answered
from sre_agent.domain.audit import AuditDraft
from sre_agent.domain.ids import IncidentId
from sre_agent.domain.law import Actor, Answer
from sre_agent.errors import Conflict, NotAllowed, NotFound, Permanent, SreAgentError
from sre_agent.notify.slack_request import WINDOW, Pressed, check_genuine, pressed
from sre_agent.ports.accounts import Account

log = structlog.get_logger("slack")

PATH: Final = "/slack/interactions"
SYSTEM: Final = "slack"
FORM: Final = "application/x-www-form-urlencoded"
_NO_REASON: Final = "rejected in Slack, no reason given"


class SlackDoor:
    """An ASGI application for one path."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        notify = self._parts.notify
        if notify is None or not notify.slack_signing_secret:
            return of_error(NotFound("no Slack app is set up here; see SLACK_SIGNING_SECRET"), PATH)
        if request.method != "POST":
            return problem_response(problem("method-not-allowed", "POST only", path=PATH), {"Allow": "POST"})
        body, now = await request.body(), self._parts.clock.now()
        try:
            name = check_genuine(notify.slack_signing_secret, request.headers, body, now)
        except NotAllowed as forged:
            self._parts.telemetry.callers_refused.labels("slack signature").inc()
            log.warning("slack.refused", reason=str(forged))
            return problem_response(problem("unauthenticated", str(forged), path=PATH))
        try:
            return await self._take(notify, name, body)
        except SreAgentError as error:
            return of_error(error, PATH)

    async def _take(self, notify: NotifyParts, name: str, body: bytes) -> Response:
        """Raises Conflict for a replay. From here on the person is told what became of it."""
        said = pressed(body)
        if not await notify.guests.is_new(name, remember=2 * WINDOW):
            await self._audit(said.user if said else "slack", "replay", "this request was taken before")
            raise Conflict("this request was taken before; press the button again")
        if said is None:
            return Response()
        try:
            told = _spoken(await self._say(notify, said))
            response = Response()
        except Permanent as refused:
            told, response = f"Not taken: {refused}", of_error(refused, PATH)
        if said.reply_to:
            response.background = BackgroundTask(notify.replies.reply, said.reply_to, _escaped(told))
        return response

    async def _say(self, notify: NotifyParts, said: Pressed) -> Answered:
        account = await notify.guests.account_of(SYSTEM, said.user)
        await self._refuse_strangers(said, account)
        assert account is not None  # noqa: S101 - refused above; for the type checker  # nosec B101
        reason = said.reason or (_NO_REASON if said.answer is Answer.NO else "")
        word = Word(
            Actor(name=account.name, role=account.role),
            self._parts.clock.now(),
            self._parts.redact(reason),
        )
        incident_id = IncidentId(said.incident_id)
        return await give_answer(self._parts, incident_id, said.answer, digest=said.plan_digest, word=word)

    async def _refuse_strangers(self, said: Pressed, account: Account | None) -> None:
        operation = "approve_plan" if said.answer is Answer.YES else "reject_plan"
        if account is None:
            why = (
                f"Slack user {said.user} is linked to no account; an administrator can link it: "
                f"sre-agent notify link ACCOUNT --slack {said.user}"
            )
        elif account.role.rank < LEAST_ROLE[operation].rank:
            why = f"{operation} needs the role {LEAST_ROLE[operation]}; {account.name} has {account.role}"
        else:
            return
        self._parts.telemetry.callers_refused.labels("slack user").inc()
        await self._audit(account.name if account else said.user, said.incident_id, why)
        raise NotAllowed(why)

    async def _audit(self, actor: str, subject: str, detail: str) -> None:
        await self._parts.audit.record(
            AuditDraft(
                actor=actor,
                action="slack.answer_refused",
                subject=subject,
                detail=detail,
                at=self._parts.clock.now(),
            )
        )


class Doors:
    """Sends what comes to Slack's path to Slack's door, and all else to the API."""

    def __init__(self, api: ASGIApp, slack: ASGIApp) -> None:
        self._api = api
        self._slack = slack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_slack = scope["type"] == "http" and scope["path"] == PATH
        await (self._slack if is_slack else self._api)(scope, receive, send)


def _spoken(said: Answered) -> str:
    people = f" ({said.people} of {said.people_needed})" if said.people_needed > 1 else ""
    if said.answer is Answer.NO:
        return (
            f"{said.by} rejected plan {said.plan_digest[:12]}. It is planned again without what was rejected."
        )
    goes_on = "It is carried out now." if said.complete else "It waits for others."
    return f"{said.by} approved plan {said.plan_digest[:12]}{people}. {goes_on}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
