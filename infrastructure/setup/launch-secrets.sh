#!/bin/sh
# Makes what is new at every launch of the containers: a bearer token for each tool server. The pair of keys
# that signs grants is made once; the private half is mounted into the agent's container alone.
set -eu
cd "$(dirname "$0")/../.."
umask 077
mkdir -p var/compose
random() { .venv/bin/python -c 'import secrets; print(secrets.token_urlsafe(32))'; }
for server in K8S PROMETHEUS LOKI GITHUB NOTION; do
    printf 'MCP_%s_TOKEN=%s\n' "$server" "$(random)"
done >var/compose/launch.env
.venv/bin/sre-agent keys --folder var/keys
# the public half is read by containers that run as another user
chmod 644 var/keys/grant.pub
