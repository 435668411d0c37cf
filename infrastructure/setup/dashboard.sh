#!/bin/sh
# Builds the dashboard (`build`; `fresh`: only where something changed since), checks its types and style (`check`, likewise), or
# tests it (`test`). Packages come from its lock file, and again only when that changed. Without Node 20 `build` fails and the others say so
# and skip; the agent serves a plain page where nothing was built.
set -eu
cd "$(dirname "$0")/../../dashboard"

export NEXT_TELEMETRY_DISABLED=1 CI=1
say() { printf '%s\n' "$*" >&2; }

if ! command -v npm >/dev/null 2>&1 || ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
    found=$(node --version 2>/dev/null || echo none)
    say "DASHBOARD SKIPPED: Node 20 or newer with npm is needed, and there is $found."
    say "On Debian or Ubuntu: sudo apt-get install nodejs npm (where that is older than 20: https://nodejs.org)"
    [ "$1" != build ] || exit 1
    exit 0
fi

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    say "Installing the dashboard's locked packages ..."
    npm ci --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
fi

# Whether something that is built, or says how, is newer than a file.
newer_than() {
    [ ! -f "$1" ] || [ -n "$(find app build components e2e features lib ../docs/reference/openapi.json package-lock.json \
        ./*.ts ./*.mjs -newer "$1" ! -name schema.d.ts ! -name next-env.d.ts -print -quit)" ]
}
checked=node_modules/.checked
build() { npm run -s types && npm run -s lint && npm run -s build; }

case $1 in
build) build ;;
fresh) if newer_than out/policy.json; then build; fi ;;
check) if newer_than $checked; then npm run -s check && npm run -s lint && touch $checked; fi ;;
test) npm run -s test ;;
*) say "build, fresh, check or test, not $1"; exit 2 ;;
esac
