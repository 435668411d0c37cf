"""The `.env` file: read as the shell would read simple assignments, written once with generated secrets."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from sre_agent.errors import SettingError

TEMPLATE = """\
# Settings of SRE Agent. Made on the first start; change what you like and start again.
# Every variable is described in docs/reference/settings.md.

# -- Language model: optional. It stays off until it answers, and nothing needs it.
LLM_PROVIDER=ollama
LLM_MODEL=llama3.2
OLLAMA_BASE_URL=http://localhost:11434
# LLM_PROVIDER=groq
# GROQ_API_KEY=

# -- What to watch. With no PROMETHEUS_URL the lab (a small shop to break) is started, so that there is something.
PROMETHEUS_URL=
ALERTMANAGER_URL=
LOKI_URL=
KUBECONFIG=
K8S_CONTEXT=
GITHUB_TOKEN=
GITHUB_REPOSITORIES=
NOTION_API_KEY=
NOTION_RUNBOOK_DATABASE_ID=
RUNBOOK_DIR=

# -- Where the platform listens.
AGENT_PORT=8080
DASHBOARD_PORT=3000
CLUSTER=default

# -- Secrets, generated here. The administrator's token opens the API; the webhook token goes into Alertmanager.
ADMIN_TOKEN={admin}
WEBHOOK_TOKEN={webhook}
POSTGRES_PASSWORD={postgres}
"""


def ensure(path: Path) -> bool:
    """Write the file with fresh secrets, readable by its owner alone, where there is none. True: it was made."""
    if path.exists():
        return False
    text = TEMPLATE.format(
        admin=secrets.token_urlsafe(32), webhook=secrets.token_urlsafe(32), postgres=secrets.token_urlsafe(24)
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    return True


def read(path: Path) -> dict[str, str]:
    """The assignments of the file. Raises SettingError for a line that is none."""
    return parse(path.read_text().splitlines(), str(path)) if path.exists() else {}


def parse(lines: Iterable[str], where: str) -> dict[str, str]:
    """`NAME=value`, `export NAME=value`, quotes taken off; `#` begins a comment line."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, separator, value = text.removeprefix("export ").partition("=")
        if not separator or not name.strip().replace("_", "").isalnum():
            raise SettingError(
                f"{where} line {number}", repr(text[:40]), "NAME=value, or a comment that begins with #"
            )
        found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.split(" #", 1)[0].rstrip()
