#!/bin/sh
# Stops what start.sh started, native or in containers. Running it again changes nothing.
set -eu
cd "$(dirname "$0")"

if [ -f var/run/platform.json ] && [ -x .venv/bin/sre-agent ]; then
    .venv/bin/sre-agent down
fi
if [ -f var/compose/launch.env ] && docker info >/dev/null 2>&1; then
    docker compose --env-file .env --env-file var/compose/launch.env down
    rm -f var/compose/launch.env
fi
echo "Stopped."
