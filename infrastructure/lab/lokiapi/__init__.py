"""A Loki-compatible push and query API over a bounded store in memory."""

from infrastructure.lab.lokiapi.server import Loki
from infrastructure.lab.lokiapi.store import Bounds

__all__ = ["Bounds", "Loki"]
