"""What customers ask for: routes with their shares and parameters, read from `traffic.yaml`. Pure but for the reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlencode

import yaml
from pydantic import BaseModel, ConfigDict

PROFILE_FILE = Path(__file__).with_name("traffic.yaml")
_WORDS = ("linen", "oak", "copper", "wool", "glass", "stone", "cork", "brass")
_THINGS = ("lamp", "bowl", "chair", "shelf", "vase", "clock")
_USERS = 200


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RouteLoad(_Model):
    """One thing that customers do."""

    host: str
    path: str
    method: str = "GET"
    share: float = 1
    per_second: float = 0
    query: Mapping[str, str] = {}
    body: Mapping[str, str] | None = None


class Profile(_Model):
    """All that customers do."""

    per_second: float
    channels: Mapping[str, float]
    hosts: Mapping[str, str]
    routes: tuple[RouteLoad, ...]
    campaigns: Mapping[str, RouteLoad]

    @classmethod
    def read(cls, path: Path = PROFILE_FILE) -> Profile:
        return cls.model_validate(yaml.safe_load(path.read_text()))


class Ask(_Model):
    """One request to send."""

    method: str
    host: str
    path: str
    body: Mapping[str, str] | None = None


def next_ask(profile: Profile, chance: Random, route: RouteLoad | None = None) -> Ask:
    """A request of that route, or of one drawn by its share, with parameters drawn."""
    chosen = route or chance.choices(profile.routes, [r.share for r in profile.routes])[0]
    channel = chance.choices(list(profile.channels), list(profile.channels.values()))[0]
    thing = chance.choice(_THINGS)
    drawn = {
        "user": f"u{chance.randrange(_USERS)}",
        "sku": f"{chance.choice(_WORDS)}-{thing}",
        "thing": thing,
    }
    query = {**_filled(chosen.query, drawn), "channel": channel}
    return Ask(
        method=chosen.method,
        host=profile.hosts[chosen.host],
        path=f"{chosen.path.format(**drawn)}?{urlencode(query)}",
        body=None if chosen.body is None else _filled(chosen.body, drawn),
    )


def _filled(texts: Mapping[str, Any], drawn: Mapping[str, str]) -> dict[str, str]:
    return {name: str(text).format(**drawn) for name, text in texts.items()}
