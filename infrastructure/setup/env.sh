#!/bin/sh
# Writes .env with fresh secrets where there is none; needs nothing but a shell, for machines that have Docker alone.
set -eu
cd "$(dirname "$0")/../.."
[ -e .env ] && exit 0
umask 077

random() { head -c 32 /dev/urandom | base64 | tr -d '\n=' | tr '+/' '-_'; }

sed -e "s|{ADMIN_TOKEN}|$(random)|" -e "s|{WEBHOOK_TOKEN}|$(random)|" -e "s|{POSTGRES_PASSWORD}|$(random)|" \
    sre_agent/cli/native/env.template >.env.new
# never over a file that came into being meanwhile
ln .env.new .env 2>/dev/null || true
rm -f .env.new
echo "Made .env with fresh secrets."
