#!/bin/sh
# `docker compose exec agent sre-agent ...`: whoever may enter this container holds the administrator's token anyway.
if [ -z "${SRE_AGENT_TOKEN:-}" ] && [ -r /run/launch/env ]; then
    SRE_AGENT_TOKEN=$(sed -n 's/^ADMIN_TOKEN=//p' /run/launch/env)
    export SRE_AGENT_TOKEN
fi
exec python -m sre_agent.cli.main "$@"
