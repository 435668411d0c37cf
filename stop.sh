#!/bin/sh
# Stops what start.sh started, native or in containers. Running it again changes nothing.
set -eu
cd "$(dirname "$0")"

if [ -x .venv/bin/sre-agent ]; then
    .venv/bin/sre-agent down
fi
if docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; then
    if [ -n "$(docker compose ps --all --quiet)" ]; then
        # volumes stay: the database, the keys, the administrator's token
        docker compose down
    else
        echo "No containers run."
    fi
fi
