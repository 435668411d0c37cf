"""Whether a write comes from a page of ours: what browsers say of themselves, and the proof that a script cannot read."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

COOKIE: Final = "sre_agent_login"
CSRF_HEADER: Final = "x-csrf-token"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS: Final = frozenset({"", "same-origin", "none"})


def csrf_of(session: str) -> str:
    """What a page of ours sends beside the cookie: made from the session, so that nothing more is kept."""
    return hashlib.sha256(b"csrf:" + session.encode()).hexdigest()


def proves(headers: Headers, session: str) -> bool:
    """Whether the request carries what only a page of this origin could have read."""
    return hmac.compare_digest(headers.get(CSRF_HEADER, "").encode(), csrf_of(session).encode())


def is_from_another_site(headers: Headers, public_host: str = "") -> bool:
    """What a browser says (Fetch Metadata, Origin); programs that are no browsers say neither.

    `public_host`: the host that a proxy in front of us answers for, where it changes the Host header.
    """
    if headers.get("sec-fetch-site", "") not in _OURS:
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    host = urlsplit(origin).netloc.lower() if origin.isascii() else ""
    return not host or host not in {headers.get("host", "").lower(), public_host.lower()}
