"""Every setting: the agent's from its model, each tool server's from the README that stands beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from docs.generate.markdown import page as whole_page
from docs.generate.markdown import table
from sre_agent.settings import TOOL_SERVERS, Settings

_SERVERS = Path(__file__).resolve().parents[2] / "mcp_servers"
_EVERY_SERVER = (
    ("`MCP_HOST`", "address it listens on", "`127.0.0.1`"),
    ("`MCP_PORT`", "port it listens on", "must be set"),
    ("`MCP_TOKEN`", "bearer token the agent sends, at least 32 characters", "must be set"),
    ("`MCP_ALLOWED_HOSTS`", "comma list of `host:port` that a request may name", "its own address"),
    (
        "`MCP_TLS_CERT_FILE`",
        "certificate (PEM, then its chain) it is served with; the agent then calls it by https://",
        "plain HTTP",
    ),
    ("`MCP_TLS_KEY_FILE`", "its private key (PEM, without a passphrase, mode 0640 or less)", ""),
    ("`MCP_CLUSTER`", "name of the cluster; part of every grant's audience", "`default`"),
    (
        "`GRANT_PUBLIC_KEY_FILE`",
        "Ed25519 public keys (PEM) that grants are checked with; read again when the file changes",
        "every write is refused",
    ),
    (
        "`GRANT_STORE`",
        "SQLite file that keeps used grants; replicas of one server share it",
        "must be set for k8s and github",
    ),
    ("`LOG_LEVEL`", "`DEBUG` to `CRITICAL`", "`INFO`"),
)
_COMMANDS = (
    ("`SRE_AGENT_URL`", "the platform that commands speak to", "the one started here"),
    ("`SRE_AGENT_TOKEN`", "your token for it", "`ADMIN_TOKEN` of the one started here"),
    (
        "`SRE_AGENT_CA`",
        "file (PEM) of authorities that its https address is believed by",
        "those of this system",
    ),
    ("`SRE_AGENT_HOME`", "folder of the platform started here", "`var`"),
    ("`PYTHON`", "interpreter that `make setup` uses", "the newest of 3.11 to 3.13 on the PATH"),
    ("`PIP_INDEX_URL`", "package index, where it is not the usual one", "pip's own configuration"),
    ("`XDG_CACHE_HOME`", "where Prometheus and Alertmanager are kept, once fetched", "`~/.cache`"),
)


def page() -> str:
    agent = [
        (f"`{name.upper()}`", _type(field), _default(field), field.description or "")
        for name, field in _own()
    ]
    links = [
        (f"`MCP_{name.upper()}_URL`, `MCP_{name.upper()}_TOKEN`", f"the {name} server")
        for name in TOOL_SERVERS
    ]
    return whole_page(
        "Settings",
        "All settings are environment variables, read once. `./start.sh` reads them from `.env` and hands each process its own\n"
        "and no other. A wrong one stops the start with its name, what it was, and what it should be.",
        "## The agent",
        table(("variable", "type", "default", "what"), agent),
        "Where the tool servers are, and the bearer token of each; `./start.sh` and compose fill these in:",
        table(("variables", "of"), links),
        "## Every tool server",
        table(("variable", "what", "default"), _EVERY_SERVER),
        *(f"## The {name} server\n\n{_of_server(name)}" for name in TOOL_SERVERS),
        "## In containers",
        "`POSTGRES_PASSWORD` (made by the first start) is the database's. `AGENT_HOST`, `AGENT_PORT` and `DASHBOARD_PORT` say\n"
        "where the published ports are.",
        "## Commands and set-up",
        table(("variable", "what", "default"), _COMMANDS),
    )


def _own() -> list[tuple[str, FieldInfo]]:
    links = {f"mcp_{name}_{part}" for name in TOOL_SERVERS for part in ("url", "token")}
    return [(name, field) for name, field in Settings.model_fields.items() if name not in links]


def _type(field: FieldInfo) -> str:
    kinds = [one for one in (get_args(field.annotation) or (field.annotation,)) if one is not type(None)]
    if all(isinstance(one, str) for one in kinds):
        return ", ".join(f"`{one}`" for one in kinds)
    named = {SecretStr: "secret", str: "text", Path: "path", int: "whole number", float: "number"}
    bounds = [
        str(bound) for bound in (_bound(field, "ge", "gt"), _bound(field, "le", "lt")) if bound is not None
    ]
    return " ".join(
        [named.get(kinds[0], str(kinds[0])), f"({' to '.join(bounds)})" if len(bounds) == 2 else ""]
    ).strip()


def _bound(field: FieldInfo, *names: str) -> Any:
    found = (getattr(one, name, None) for one in field.metadata for name in names)
    return next((bound for bound in found if bound is not None), None)


def _default(field: FieldInfo) -> str:
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    return "" if value in ("", None) else f"`{value}`"


def _of_server(name: str) -> str:
    """The first table of the server's README."""
    text = (_SERVERS / name / "README.md").read_text("utf-8")
    found = re.search(r"## What it needs\n+((?:\|.*\n)+)", text)
    if found is None:
        raise ValueError(f"expected a table under 'What it needs' in mcp_servers/{name}/README.md")
    return found[1]
