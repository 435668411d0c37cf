"""The door: who asks, whether they may, how many calls they have left, and errors as GitHub words them."""

from __future__ import annotations

import uuid

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from infrastructure.lab.forge.api.answers import ApiError, json_answer, not_found
from infrastructure.lab.forge.api.asking import IDENTITY
from infrastructure.lab.forge.api.identity import Allowance, Identity, Tokens
from infrastructure.lab.forge.errors import GitFailed
from infrastructure.lab.forge.options import ForgeOptions
from infrastructure.lab.forge.pulls import HeadMoved, NotMergeable

MERGE_DOCS = "https://docs.github.com/rest/pulls/pulls#merge-a-pull-request"
_FREE = ("/rate_limit",)
_READING = ("GET", "HEAD")


class Guard:
    def __init__(self, tokens: Tokens, options: ForgeOptions) -> None:
        self._tokens = tokens
        self._options = options

    @property
    def middleware(self) -> Middleware:
        @web.middleware
        async def serve(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._serve(request, handler)

        return serve

    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        token = _token_of(request)
        try:
            allowance = self._admit(request, token)
            response = await handler(request)
        except (ApiError, NotMergeable, HeadMoved, GitFailed, web.HTTPException) as error:
            response = _error_answer(error)
            allowance = self._tokens.look(token)
        _stamp(response, request, allowance)
        return response

    def _admit(self, request: web.Request, token: str) -> Allowance:
        identity = self._tokens.find(token)
        if identity is None:
            raise _stranger(request, token)
        free = request.path in _FREE
        allowance = self._tokens.look(token) if free else self._tokens.spend(token)
        if allowance.used > allowance.limit and not free:
            raise ApiError(403, f"API rate limit exceeded for user {identity.login}.")
        self._check_repository(request)
        _check_may_write(request, identity)
        request[IDENTITY] = identity
        return allowance

    def _check_repository(self, request: web.Request) -> None:
        info = request.match_info
        if "owner" not in info or "name" not in info:
            return
        if f"{info['owner']}/{info['name']}".lower() != self._options.repository.lower():
            raise not_found()


def _token_of(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "token") else ""


def _stranger(request: web.Request, token: str) -> ApiError:
    if token or "Authorization" in request.headers:
        return ApiError(401, "Bad credentials")
    if request.path.startswith("/repos/"):
        return not_found()
    return ApiError(401, "Requires authentication")


def _check_may_write(request: web.Request, identity: Identity) -> None:
    if identity.write or request.method in _READING or request.path.endswith("/graphql"):
        return
    raise ApiError(403, "Resource not accessible by personal access token")


def _error_answer(error: Exception) -> web.StreamResponse:
    if isinstance(error, NotMergeable):
        error = ApiError(405, str(error), docs=MERGE_DOCS)
    elif isinstance(error, HeadMoved):
        error = ApiError(409, str(error), docs=MERGE_DOCS)
    elif isinstance(error, GitFailed):
        error = ApiError(422, f"Validation Failed: {error.message}")
    elif not isinstance(error, ApiError):
        error = not_found()
    return json_answer(error.body, error.status)


def _stamp(response: web.StreamResponse, request: web.Request, allowance: Allowance) -> None:
    response.headers["X-GitHub-Request-Id"] = uuid.uuid4().hex[:16].upper()
    response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
    response.headers["X-OAuth-Scopes"] = "repo"
    response.headers["X-RateLimit-Limit"] = str(allowance.limit)
    response.headers["X-RateLimit-Remaining"] = str(allowance.remaining)
    response.headers["X-RateLimit-Used"] = str(min(allowance.used, allowance.limit))
    response.headers["X-RateLimit-Reset"] = str(int(allowance.resets_at.timestamp()))
    response.headers["X-RateLimit-Resource"] = "graphql" if request.path.endswith("/graphql") else "core"
