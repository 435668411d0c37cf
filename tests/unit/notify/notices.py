"""A notice as a test needs it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sre_agent.domain.notice import Notice

NOW = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
DIGEST = "9f" * 32


def notice(**changes: object) -> Notice:
    told = {
        "key": "inc_1:7",
        "kind": "approval.asked",
        "incident_id": "inc_1",
        "title": "checkout is slow",
        "status": "awaiting_approval",
        "severity": "critical",
        "cluster": "prod",
        "namespace": "shop",
        "what_is_wrong": "Deployment shop/checkout has too little memory.",
        "cause": "oom_killed",
        "confidence": 0.93,
        "said": "Approval asked",
        "steps": [
            {
                "statement": "Restart Deployment shop/checkout.",
                "verdict": "needs_approval",
                "rule": "ask-first",
                "sentence": "A person decides.",
                "undo": "a restart leaves nothing to take back",
            }
        ],
        "question": {
            "plan_digest": DIGEST,
            "role": "approver",
            "people": 2,
            "expires_at": NOW + timedelta(hours=1),
        },
        "link": "https://agent.example/clusters/prod?incident=inc_1",
        "at": NOW,
    }
    return Notice.model_validate({**told, **changes})
