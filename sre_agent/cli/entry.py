"""The first lines of the `sre-agent` program: what serves goes past the imports of every other command.

They cost some three seconds of a core, which after a crash nobody should wait for.
"""

from __future__ import annotations

import sys

from sre_agent.cli.endings import run


def main() -> None:
    """The `sre-agent` program."""
    if sys.argv[1:] == ["serve"]:
        from sre_agent.cli.serving import serve

        run(serve)
        return
    from sre_agent.cli.main import app

    run(app)


if __name__ == "__main__":
    main()
