#!/bin/sh
# The lab's container: the lab with fixed doors for its neighbours, or nothing to do where a Prometheus is set.
set -eu
if [ -n "${REAL_SYSTEMS:-}" ]; then
    echo "PROMETHEUS_URL is set: there is something to watch, and the lab is not needed."
    touch /tmp/idle
    exec sleep infinity
fi
exec python -m infrastructure.lab.gate --dir /var/lib/lab --out /run/lab --seen-at /run/lab --host lab \
    --webhook-url http://agent:8080/webhook/alert --webhook-token-file /run/launch/webhook-token
