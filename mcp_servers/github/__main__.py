"""Starts the GitHub tool server: `python -m mcp_servers.github`."""

import sys

from mcp_servers.github.server import build
from mcp_servers.kit.serve import serve

sys.exit(serve("github", build, writes=True))
