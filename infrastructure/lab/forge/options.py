"""What the forge is told at its start, and what it tells its caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

SERVICES_FOLDER = "services"
DEPLOY_FOLDER = "deploy"


@dataclass(frozen=True)
class ClusterAccess:
    """A Kubernetes API and the identity the deployer has there."""

    url: str
    token: str
    ca_file: Path | None = None


@dataclass(frozen=True)
class ForgeOptions:
    """Names, addresses and paces of one forge."""

    owner: str = "shop"
    name: str = "shop"
    namespace: str = "shop"
    """Where manifests without a namespace go."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What `{{ NAME }}` in the template's files stands for."""
    host: str = "127.0.0.1"
    port: int = 0
    registry_host: str = "registry.lab"
    robot: str = "sre-agent"
    """Login of the token handed out as `Forge.token`."""
    required_checks: tuple[str, ...] = ("tests",)
    hourly_limit: int = 5000
    check_seconds: float = 0.3
    """How long a check run stays in progress at least, so that it can be seen."""
    retry_seconds: float = 300.0
    """How long the deployer keeps trying a Kubernetes API that does not answer."""
    rollout_seconds: float = 600.0
    poll_seconds: float = 0.25

    @property
    def repository(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True)
class MergedPull:
    """A change that reached main."""

    number: int
    title: str
    author: str
    branch: str
    head_sha: str
    merge_sha: str
    merged_at: datetime
    url: str
