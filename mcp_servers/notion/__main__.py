"""Starts the runbook tool server: `python -m mcp_servers.notion`."""

import sys

from mcp_servers.kit.serve import serve
from mcp_servers.notion.server import build

sys.exit(serve("notion", build, writes=False))
