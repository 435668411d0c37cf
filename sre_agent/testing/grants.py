"""Grants that anybody can read: for tests of rooms that only pass them on."""

from __future__ import annotations

from sre_agent.ports.grants import GrantOrder


class ReadableGrants:
    """Understudy of the `GrantIssuer` port; keeps every order it was given."""

    def __init__(self) -> None:
        self.orders: list[GrantOrder] = []

    def issue(self, order: GrantOrder) -> str:
        self.orders.append(order)
        return f"grant-{len(self.orders)}:{order.audience}:{order.call.tool}:{order.key}"
