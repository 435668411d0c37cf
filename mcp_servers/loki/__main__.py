"""Starts the Loki tool server: `python -m mcp_servers.loki`."""

import sys

from mcp_servers.kit.serve import serve
from mcp_servers.loki.server import build

sys.exit(serve("loki", build, writes=False))
