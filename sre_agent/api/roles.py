"""What each role may do: one table for all routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sre_agent.domain.law import Role

_DOORS: Final = ("/login", "/sign-in", "/oidc/start", "/oidc/callback")
OPEN_PATHS: Final = frozenset({"/healthz", "/docs", *(f"/api/v1{door}" for door in _DOORS)})
"""Liveness, a page that holds no data (it asks for a token and reads the rest with it), and the doors themselves."""
OPEN_ROUTES: Final = frozenset({"/healthz", "/docs", *_DOORS})
"""The same, as their routers name them."""

LEAST_ROLE: Final[Mapping[str, Role]] = {
    "get_me": Role.VIEWER,
    "get_session": Role.VIEWER,
    "close_session": Role.VIEWER,
    "change_password": Role.VIEWER,
    "get_metrics": Role.VIEWER,
    "get_readiness": Role.VIEWER,
    "get_openapi": Role.VIEWER,
    "list_incidents": Role.VIEWER,
    "list_clusters": Role.VIEWER,
    "get_incident": Role.VIEWER,
    "list_incident_alerts": Role.VIEWER,
    "list_alerts_left_alone": Role.VIEWER,
    "get_journal": Role.VIEWER,
    "stream_incident": Role.VIEWER,
    "stream_all": Role.VIEWER,
    "list_evidence": Role.VIEWER,
    "get_evidence_body": Role.VIEWER,
    "get_snapshot": Role.VIEWER,
    "list_hypotheses": Role.VIEWER,
    "get_topology": Role.VIEWER,
    "list_log_signatures": Role.VIEWER,
    "list_similar_incidents": Role.VIEWER,
    "list_plans": Role.VIEWER,
    "get_plan": Role.VIEWER,
    "get_postmortem": Role.VIEWER,
    "get_postmortem_markdown": Role.VIEWER,
    "list_postmortem_versions": Role.VIEWER,
    "get_postmortem_version": Role.VIEWER,
    # Nothing is lost by an edit: versions are only added, and the draft stays.
    "edit_postmortem": Role.RESPONDER,
    "list_runs": Role.VIEWER,
    "get_run_report": Role.VIEWER,
    "get_policies": Role.VIEWER,
    "explain_policy": Role.VIEWER,
    "list_servers": Role.VIEWER,
    "list_tools": Role.VIEWER,
    "list_integrations": Role.VIEWER,
    "get_evals": Role.VIEWER,
    "get_signals": Role.VIEWER,
    "get_setup": Role.VIEWER,
    "test_integration": Role.RESPONDER,
    "send_test_alert": Role.RESPONDER,
    "look_at_plan": Role.RESPONDER,
    "replay_incident": Role.RESPONDER,
    "ask_model_about_incident": Role.RESPONDER,
    "receive_alerts": Role.RESPONDER,
    "ask_question": Role.RESPONDER,
    "cancel_incident": Role.RESPONDER,
    "retry_incident": Role.RESPONDER,
    # Who may answer for a plan is said by the ruling on it; nobody below a responder may try.
    "approve_plan": Role.RESPONDER,
    "reject_plan": Role.RESPONDER,
    "break_glass": Role.APPROVER,
    # An auditor may prove, without being able to change, who approved what.
    "list_audit": Role.APPROVER,
    "verify_audit": Role.APPROVER,
    "export_audit": Role.APPROVER,
    "cut_audit": Role.ADMIN,
    "list_mitigations": Role.VIEWER,
    # Whoever may say yes to the step may say what becomes of it.
    "restore_mitigation": Role.APPROVER,
    "keep_mitigation": Role.APPROVER,
    "open_fix_ticket": Role.APPROVER,
    # Naming a ticket changes nothing that runs.
    "link_fix": Role.RESPONDER,
    "list_trust": Role.VIEWER,
    "list_trust_samples": Role.VIEWER,
    "promote_trust": Role.ADMIN,
    # Whoever may let it act may also stop it.
    "demote_trust": Role.APPROVER,
    "list_notifications": Role.VIEWER,
    "test_notifications": Role.ADMIN,
    "list_user_links": Role.ADMIN,
    "link_user": Role.ADMIN,
    "unlink_user": Role.ADMIN,
    "simulate_policy": Role.ADMIN,
    "list_accounts": Role.ADMIN,
    "create_account": Role.ADMIN,
    "issue_token": Role.ADMIN,
    "revoke_tokens": Role.ADMIN,
    "set_password": Role.ADMIN,
    "issue_link": Role.ADMIN,
}
"""Operation → the least role that may do it. An operation that is not in it cannot be served."""

FOR_ALERTMANAGER: Final = frozenset({"receive_alerts"})
"""What the webhook's own token opens, and nothing else."""
