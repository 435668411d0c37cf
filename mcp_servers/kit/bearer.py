"""Who may speak to a tool server: whoever holds the one bearer token it was started with."""

from __future__ import annotations

import hashlib
import hmac

from mcp.server.auth.provider import AccessToken


class OneToken:
    """Compares in constant time, over digests so that lengths tell nothing either."""

    def __init__(self, token: str) -> None:
        self._digest = hashlib.sha256(token.encode()).digest()

    async def verify_token(self, token: str) -> AccessToken | None:
        given = hashlib.sha256(token.encode()).digest()
        if not hmac.compare_digest(given, self._digest):
            return None
        return AccessToken(token=given.hex(), client_id="sre-agent", scopes=[])
