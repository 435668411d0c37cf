"""Starts the Prometheus tool server: `python -m mcp_servers.prometheus`."""

import sys

from mcp_servers.kit.serve import serve
from mcp_servers.prometheus.server import build

sys.exit(serve("prometheus", build, writes=False))
