"""Messages to people outside: what became of them, a test, and which users of other systems may answer here."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from sre_agent.api.callers import GuardedRoute, Parts, Who
from sre_agent.api.parts import ApiParts, NotifyParts
from sre_agent.api.slack import SYSTEM
from sre_agent.api.views import Form, Name, View
from sre_agent.domain.audit import AuditDraft
from sre_agent.errors import NotDelivered, NotFound
from sre_agent.notify.news import trial_notice
from sre_agent.ports.notify import Parcel, UserLink

router = APIRouter(route_class=GuardedRoute, tags=["notifications"])

SlackUser = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,30}/[A-Z0-9]{2,30}$")]
"""`TEAM/USER`, as Slack names both (a user's id belongs to a workspace)."""


class NotificationList(View):
    channels: tuple[str, ...] = Field(description="those that are set up")
    items: tuple[Parcel, ...]


class Tried(View):
    channel: str
    delivered: bool
    error: str


class TriedList(View):
    items: tuple[Tried, ...]


class UserLinkList(View):
    items: tuple[UserLink, ...]


class UserLinkForm(Form):
    system: Literal["slack"] = SYSTEM
    external_id: SlackUser
    account: Name


class UserUnlinked(View):
    system: str
    external_id: str


@router.get("/notifications", operation_id="list_notifications")
async def list_notifications(
    parts: Parts, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> NotificationList:
    """What became of messages, newest first: waiting, delivered, or given up with the reason."""
    notify = _set_up(parts)
    return NotificationList(channels=tuple(notify.channels), items=await notify.outbox.newest(limit))


@router.post("/notifications/test", operation_id="test_notifications")
async def try_channels(
    parts: Parts,
    who: Who,
    channel: Annotated[str, Query(max_length=50, description="this one alone; none: every one")] = "",
) -> TriedList:
    """Send a message that asks for nothing through every channel now, and say of each whether it arrived."""
    notify = _set_up(parts)
    wanted = {name: each for name, each in notify.channels.items() if channel in ("", name)}
    if not wanted:
        what = f"no channel {channel} is set up" if channel else "no channel is set up"
        raise NotFound(f"{what}; see SLACK_BOT_TOKEN and NOTIFY_WEBHOOK_URL")
    notice = trial_notice(at_url=notify.at_url, by=who.name, now=parts.clock.now())
    tried = []
    for name, way in wanted.items():
        try:
            await way.send(notice)
        except NotDelivered as failure:
            tried.append(Tried(channel=name, delivered=False, error=str(failure)))
        else:
            tried.append(Tried(channel=name, delivered=True, error=""))
    return TriedList(items=tuple(tried))


@router.get("/user-links", operation_id="list_user_links")
async def list_user_links(parts: Parts) -> UserLinkList:
    """Which account answers for which user of another system."""
    return UserLinkList(items=await _set_up(parts).guests.links())


@router.post("/user-links", operation_id="link_user", status_code=201)
async def link_user(parts: Parts, who: Who, form: UserLinkForm) -> UserLink:
    """Vouch that this user is the person behind that account. What they answer there counts as if said here."""
    made = await _set_up(parts).guests.link(form.system, form.external_id, form.account, made_by=who.name)
    await _audit(parts, who.name, "user.linked", form.account, f"{form.system} {form.external_id}")
    return made


@router.delete("/user-links/slack/{team}/{user}", operation_id="unlink_user")
async def unlink_user(
    parts: Parts,
    who: Who,
    team: Annotated[str, Path(pattern=r"^[A-Z0-9]{2,30}$")],
    user: Annotated[str, Path(pattern=r"^[A-Z0-9]{2,30}$")],
) -> UserUnlinked:
    """From now on this user is a stranger."""
    external_id = f"{team}/{user}"
    await _set_up(parts).guests.unlink(SYSTEM, external_id)
    await _audit(parts, who.name, "user.unlinked", external_id, SYSTEM)
    return UserUnlinked(system=SYSTEM, external_id=external_id)


def _set_up(parts: ApiParts) -> NotifyParts:
    if parts.notify is None:
        raise NotFound("this process sends no notifications")
    return parts.notify


async def _audit(parts: ApiParts, actor: str, action: str, subject: str, detail: str) -> None:
    at = parts.clock.now()
    await parts.audit.record(AuditDraft(actor=actor, action=action, subject=subject, detail=detail, at=at))
