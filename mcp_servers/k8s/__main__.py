"""`python -m mcp_servers.k8s`: the Kubernetes tool server as a process."""

from __future__ import annotations

from mcp_servers.k8s.server import build
from mcp_servers.kit.serve import serve

if __name__ == "__main__":
    raise SystemExit(serve("k8s", build, writes=True))
