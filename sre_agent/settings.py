"""The environment, read once, checked whole, and frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Literal, cast, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator

from sre_agent.errors import SettingError
from sre_agent.ports.run import Limits
from sre_agent.settings_identity import IDENTITY_VARIABLES, IdentitySettings
from sre_agent.settings_model import ModelSettings
from sre_agent.settings_tls import TLS_VARIABLES, TlsSettings

NOTIFYING_SECRETS = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "NOTIFY_WEBHOOK_URL", "NOTIFY_WEBHOOK_SECRET")
"""Whoever works on incidents tells nobody, and needs none of them."""
NOT_THE_RUNNERS = ("WEBHOOK_TOKEN", "ADMIN_TOKEN", *NOTIFYING_SECRETS, *IDENTITY_VARIABLES, *TLS_VARIABLES)
"""What only the API needs stays out of the environment of the runner's process."""
_ADDRESS = "an address that begins with http:// or https://"
TOOL_SERVERS = ("k8s", "prometheus", "loki", "github", "notion")


class Settings(IdentitySettings, TlsSettings, ModelSettings):
    """Every setting of the agent's process. The tool servers have their own; none is shared."""

    agent_host: str = Field("127.0.0.1", description="address the API listens on")
    agent_port: int = Field(8080, ge=1, le=65535, description="port of the API")
    dashboard_port: int = Field(3000, ge=0, le=65535, description="port of the dashboard; 0 turns it off")
    dashboard_folder: Path | None = Field(
        None,
        description="folder of the built dashboard; empty: `dashboard/out` beside the code; "
        "a plain page where there is none",
    )
    evals_folder: Path | None = Field(
        None, description="folder with the figures of `sre-agent evals`; empty: `docs/evals` beside the code"
    )
    sre_agent_home: Path = Field(Path("var"), description="folder for the database, keys and run files")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the home folder")
    cluster: str = Field("default", description="name of the cluster; part of every grant's audience")

    webhook_token: SecretStr = Field(SecretStr(""), description="bearer token Alertmanager sends")
    admin_token: SecretStr = Field(SecretStr(""), description="first administrator's token, stored as a hash")
    grant_private_key_file: Path | None = Field(None, description="Ed25519 key (PEM) that signs grants")
    audit_key_file: Path | None = Field(
        None, description="Ed25519 key (PEM) that signs the audit trail; empty: made in the home folder"
    )
    audit_head_file: Path | None = Field(
        None, description="file for the newest signed audit head; best on another disk than the database"
    )
    audit_syslog: str = Field("", description="host:port that is told of each audit head by UDP")
    audit_keep_days: int = Field(
        365, ge=1, le=36500, description="audit entries younger than this cannot be taken away"
    )
    policy_path: Path | None = Field(None, description="policy file or folder; empty: the shipped law")
    policy_profile: Literal["default", "strict", "read-only"] = Field(
        "default", description="shipped rules laid over the law; they only tighten it"
    )
    policy_poll_seconds: float = Field(
        5.0, gt=0, le=3600, description="pause between looks whether the law's files changed"
    )
    agent_config_path: Path | None = Field(
        None, description="file that says which worker may use which tool; empty: the shipped one"
    )
    alert_relabel_file: Path | None = Field(None, description="YAML list of {source, target, operation}")

    mcp_k8s_url: str = Field("", description="where the k8s server listens, with /mcp; empty: it is not used")
    mcp_k8s_token: SecretStr = SecretStr("")
    mcp_prometheus_url: str = ""
    mcp_prometheus_token: SecretStr = SecretStr("")
    mcp_loki_url: str = ""
    mcp_loki_token: SecretStr = SecretStr("")
    mcp_github_url: str = ""
    mcp_github_token: SecretStr = SecretStr("")
    mcp_notion_url: str = ""
    mcp_notion_token: SecretStr = SecretStr("")

    runner_concurrency: int = Field(
        2, ge=0, le=64, description="incidents worked on at once; 0: no runner here"
    )
    max_turns: int = Field(15, ge=1, le=100, description="rounds of questions for one incident")
    baseline_seconds: int = Field(3600, ge=20, le=7 * 86400, description="healthy past to compare with")
    rate_window_seconds: int = Field(
        120, ge=2, le=3600, description="range of rate() in the agent's own queries"
    )
    verify_settle_seconds: int = Field(120, ge=1, le=86400, description="how long recovery must hold")
    verify_timeout_seconds: int = Field(600, ge=5, le=86400, description="not recovered by then: undo")
    poll_seconds: float = Field(2.0, gt=0, le=60, description="pause between looks while verifying")
    question_seconds: int = Field(20, ge=1, le=600, description="time one specialist has for one question")
    approval_seconds: int = Field(
        3600, ge=10, le=30 * 86400, description="how long an approval request stands"
    )

    trust_start: Literal["observe", "suggest", "approve", "act"] = Field(
        "act", description="level of a service and kind of action about which nobody decided yet"
    )

    public_url: str = Field(
        "", description="where people open the dashboard; messages link to it. Empty: they hold no link"
    )
    slack_bot_token: SecretStr = Field(
        SecretStr(""), description="Slack app's bot token (xoxb-…), scope chat:write"
    )
    slack_channel: str = Field("", description="id of the Slack channel that is told")
    slack_signing_secret: SecretStr = Field(
        SecretStr(""), description="Slack app's signing secret; empty: no answer from Slack is taken"
    )
    slack_api_url: str = Field("https://slack.com/api", description="where Slack's Web API answers")
    notify_webhook_url: SecretStr = Field(
        SecretStr(""), description="address that every message is posted to as JSON"
    )
    notify_webhook_secret: SecretStr = Field(
        SecretStr(""), description="whsec_… that signs them (Standard Webhooks); empty: they go unsigned"
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least severe lines that are written"
    )
    log_format: Literal["json", "console"] = Field(
        "console", description="a JSON object a line, or for people"
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_any_case(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator(
        *(f"mcp_{name}_url" for name in TOOL_SERVERS),
        "ollama_base_url",
        "openai_base_url",
        "public_url",
        "oidc_issuer",
        "slack_api_url",
        mode="after",
    )
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not (value.startswith(("http://", "https://")) and urlsplit(value).hostname):
            raise ValueError(_ADDRESS)
        return value

    @field_validator("audit_syslog", mode="after")
    @classmethod
    def _is_host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not (host and port.isdecimal() and 0 < int(port) < 65536):
            raise ValueError("host:port")
        return value

    @property
    def database(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database_url or f"sqlite+aiosqlite:///{self.sre_agent_home.resolve()}/sre-agent.db"

    @property
    def limits(self) -> Limits:
        return Limits(
            max_turns=self.max_turns,
            question_time=timedelta(seconds=self.question_seconds),
            baseline=timedelta(seconds=self.baseline_seconds),
            rate_window=timedelta(seconds=self.rate_window_seconds),
            settle=timedelta(seconds=self.verify_settle_seconds),
            verify_time=timedelta(seconds=self.verify_timeout_seconds),
            poll=timedelta(seconds=self.poll_seconds),
            approval_time=timedelta(seconds=self.approval_seconds),
            model_time=timedelta(seconds=self.llm_seconds),
        )

    @property
    def syslog(self) -> tuple[str, int] | None:
        """Where audit heads are told, as (host, port)."""
        host, _, port = self.audit_syslog.rpartition(":")
        return (host.strip("[]"), int(port)) if host else None

    def server(self, name: str) -> tuple[str, str]:
        """(url, token) of one tool server; both empty where it is not set up."""
        token: SecretStr = getattr(self, f"mcp_{name}_token")
        return str(getattr(self, f"mcp_{name}_url")), token.get_secret_value()


def read(environment: Mapping[str, str]) -> Settings:
    """The settings in this environment; an empty one counts as not set.

    Raises SettingError: the name, what it was, what it should be.
    """
    named = {name: environment.get(name.upper(), "").strip() for name in Settings.model_fields}
    try:
        settings = Settings.model_validate({name: value for name, value in named.items() if value})
    except ValidationError as wrong:
        name = str(wrong.errors()[0]["loc"][0])
        raise SettingError(name.upper(), _found(name, named[name]), _expected(name)) from None
    _check_together(settings)
    return settings


def _found(name: str, value: str) -> str:
    is_secret = Settings.model_fields[name].annotation is SecretStr or ("://" in value and "@" in value)
    return "not valid (not shown: it is a secret)" if is_secret else repr(value)


def _expected(name: str) -> str:
    """In words, from the field itself: its kind, its bounds, and what it is for."""
    field = Settings.model_fields[name]
    purpose = f" ({field.description})" if field.description else ""
    if get_origin(field.annotation) is Literal:
        return f"one of {', '.join(get_args(field.annotation))}{purpose}"
    if name.endswith("_url"):
        return f"{_ADDRESS}{purpose}"
    kind = {int: "a whole number", float: "a number"}.get(cast(type, field.annotation), "text")
    return f"{kind}{_bounds(field.metadata)}{purpose}"


def _bounds(metadata: Sequence[object]) -> str:
    words = {"gt": "above", "ge": "from", "le": "to"}
    told = [f"{words[key]} {getattr(one, key)}" for key in words for one in metadata if hasattr(one, key)]
    return f" {' '.join(told)}" if told else ""


def _check_together(settings: Settings) -> None:
    """What is right alone and wrong beside another."""
    settings.tls_files()
    settings.check_model()
    settings.check_addresses({f"MCP_{name.upper()}_URL": settings.server(name)[0] for name in TOOL_SERVERS})
    settle, timeout = settings.verify_settle_seconds, settings.verify_timeout_seconds
    if settle >= timeout:
        raise SettingError(
            "VERIFY_SETTLE_SECONDS",
            f"{settle}, and VERIFY_TIMEOUT_SECONDS is {timeout}",
            "less than VERIFY_TIMEOUT_SECONDS: recovery has to hold that long before time is up",
        )
    for name in TOOL_SERVERS:
        url, token = settings.server(name)
        if url and not token:
            raise SettingError(
                f"MCP_{name.upper()}_TOKEN",
                f"not set, and MCP_{name.upper()}_URL is",
                "the bearer token which that server was given as MCP_TOKEN",
            )
