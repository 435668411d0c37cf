"""Every write tool of the GitHub server, with an order that means something in the small shop."""

from __future__ import annotations

from typing import Any, Final

ORDERS: Final[dict[str, dict[str, Any]]] = {
    "create_pull_request": {
        "title": "Say how to pay",
        "head_branch": "sre-agent/say-how",
        "changes": [{"path": "docs/pay.md", "content": "By card.\n"}],
    },
    "create_revert_pr": {"reason": "it refuses all carts"},
    "merge_pr": {},
    "create_issue": {"title": "Cart is down", "body": "See inc_1.", "labels": ["incident"]},
}
"""Write tool → its arguments, without the `number` of the pull request that two of them are about."""
