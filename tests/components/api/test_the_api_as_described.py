"""The API does what its own description says, whatever is sent to it: Schemathesis, all its checks, as each role."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from starlette.types import ASGIApp, Receive, Scope, Send

from sre_agent.api.app import build, shielded
from sre_agent.domain.law import Role
from tests.effort import tries
from tests.unit.api.api_stage import WEBHOOK, Stage, token_of

_INSIDES = re.compile(r"Traceback|sre_agent/")
EXAMPLES = tries(15, usual=3)
"""For each operation and caller; in the usual run all of them together must take less than a minute."""


@cache
def stage() -> tuple[ASGIApp, dict[str, Any]]:
    """One API for all; its streams end at once, as they do when the platform stops."""
    made = Stage()
    made.parts.stopping.set()
    asyncio.run(made.open_the_doors())
    asyncio.run(made.awaiting())
    app = build(made.parts)
    return shielded(app, made.parts), app.openapi()


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    await stage()[0](scope, receive, send)


CONFIG = schemathesis.Config.from_dict(
    # Some rules no schema can say: that a moment lies in the future, or that of two fields one is given.
    {
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", 401, 403, 404, 409, 422, 429, 503]},
            # A text that is too long can make the body too long, which is said before anything in it is read.
            "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 413, 422, 429, 503]},
        }
    }
)
schema = schemathesis.openapi.from_dict(stage()[1], config=CONFIG)
schema.app = _app


@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", [*Role, "webhook"])
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: schemathesis.Case, who: Role | str) -> None:
    token = token_of(who) if isinstance(who, Role) else WEBHOOK
    response = case.call_and_validate(headers={"Authorization": f"Bearer {token}"})
    assert response.status_code < 500
    # What was sent may come back: the examples are drawn from this repository's own literals, too.
    assert not _INSIDES.search(response.text) or _INSIDES.search(str(case.as_curl_command()))
