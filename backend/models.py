"""The tables, all in one place: whoever imports this module knows every one of them.

Text of any length is plain text, JSON is text, times are UTC, and ids are made by the callers.
"""

from __future__ import annotations

from backend.columns import Row
from backend.tables.findings import Evidence, EvidenceBody, Hypothesis
from backend.tables.incidents import Alert, Incident, JournalEntry
from backend.tables.mitigations import Mitigation
from backend.tables.notices import Notice, SeenRequest, UserLink
from backend.tables.plans import Approval, Plan, Ruling, Step, Verification
from backend.tables.platform import Account, AuditCut, AuditEntry, CallEdge, Counter, Password, Token
from backend.tables.revisions import Revision
from backend.tables.trust import TrustRung, TrustSample
from backend.tables.work import Job, Lease

__all__ = [
    "Account",
    "Alert",
    "Approval",
    "AuditCut",
    "AuditEntry",
    "CallEdge",
    "Counter",
    "Evidence",
    "EvidenceBody",
    "Hypothesis",
    "Incident",
    "Job",
    "JournalEntry",
    "Lease",
    "Mitigation",
    "Notice",
    "Password",
    "Plan",
    "Revision",
    "Row",
    "Ruling",
    "SeenRequest",
    "Step",
    "Token",
    "TrustRung",
    "TrustSample",
    "UserLink",
    "Verification",
]
