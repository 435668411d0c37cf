"""All routes of the API on one application."""

from __future__ import annotations

from aiohttp import web

from infrastructure.lab.forge.api.desk import Desk
from infrastructure.lab.forge.api.graphql import GraphqlRoutes
from infrastructure.lab.forge.api.guard import Guard
from infrastructure.lab.forge.api.identity import Tokens
from infrastructure.lab.forge.api.routes_account import AccountRoutes
from infrastructure.lab.forge.api.routes_commits import CommitRoutes
from infrastructure.lab.forge.api.routes_deployments import DeploymentRoutes
from infrastructure.lab.forge.api.routes_git import GitRoutes
from infrastructure.lab.forge.api.routes_issues import IssueRoutes
from infrastructure.lab.forge.api.routes_pulls import PullRoutes
from infrastructure.lab.forge.api.routes_refs import RefRoutes
from infrastructure.lab.forge.pulls import Pulls
from infrastructure.lab.forge.workshop import Workshop

MAX_BODY = 25 * 1024 * 1024


def make_app(shop: Workshop, pulls: Pulls, tokens: Tokens) -> web.Application:
    app = web.Application(middlewares=[Guard(tokens, shop.options).middleware], client_max_size=MAX_BODY)
    desk = Desk(shop, pulls, tokens)
    for routes in (
        AccountRoutes(desk),
        CommitRoutes(desk),
        GitRoutes(desk),
        RefRoutes(desk),
        PullRoutes(desk),
        IssueRoutes(desk),
        DeploymentRoutes(desk),
        GraphqlRoutes(desk),
    ):
        app.add_routes(routes.table())
    return app
