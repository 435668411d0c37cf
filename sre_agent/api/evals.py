"""How well the diagnosis does on recorded incidents, as last measured."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter

from sre_agent.api.callers import GuardedRoute, Parts
from sre_agent.domain.measurement import Measurement

router = APIRouter(route_class=GuardedRoute, tags=["evals"])


@router.get("/evals", operation_id="get_evals")
async def get_evals(parts: Parts) -> Measurement:
    """The last measurement of the diagnosis: each part, each cause, with its spread; 404 where none was made."""
    return await asyncio.to_thread(parts.measured)
