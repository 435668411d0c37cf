#!/bin/sh
# Starts the platform: with a Docker engine through infrastructure/docker-compose.yaml, else as native processes.
# Running it again changes nothing. `--native` forces native processes, `--docker` asks for containers.
set -eu
cd "$(dirname "$0")"

usage() {
    cat <<'TEXT'
Usage: ./start.sh [--native | --docker]

Starts the dashboard (port 3000), the API (port 8080) and the tool servers. The first run writes .env with
fresh secrets. With no PROMETHEUS_URL in .env, a small shop (the lab) is started too, so that there is
something to watch. Stop everything with ./stop.sh.
TEXT
}

mode=
for argument in "$@"; do
    case "$argument" in
    --native) mode=native ;;
    --docker) mode=docker ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        echo "This is not known here: $argument" >&2
        usage >&2
        exit 2
        ;;
    esac
done

# A client alone is not enough: an engine must answer, and its compose plugin must be there.
docker_works() { docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; }

# What runs already decides: the other way would only find its ports taken.
runs_natively() { [ -x .venv/bin/sre-agent ] && [ -f "${SRE_AGENT_HOME:-var}/run/platform.json" ]; }

if [ -z "$mode" ]; then
    if runs_natively || ! docker_works; then mode=native; else mode=docker; fi
fi
if [ "$mode" = native ]; then
    sh infrastructure/setup/venv.sh
    # The page that the sign-in link opens is the dashboard; a plain one stands there only where it cannot be built.
    if ! runs_natively && [ ! -f dashboard/out/policy.json ]; then
        echo "Building the dashboard (once, a minute or two) ..."
        { sh infrastructure/setup/dashboard.sh build >/dev/null; } ||
            echo "The dashboard was not built (see above), so a plain page stands in its place; later: make dashboard" >&2
    fi
    exec .venv/bin/sre-agent up
fi

if ! docker_works; then
    echo "--docker needs a running Docker engine and its compose plugin; 'docker info' or 'docker compose version' failed." >&2
    echo "Start the engine, or run ./start.sh --native." >&2
    exit 1
fi
if runs_natively; then
    echo "The platform runs as native processes; stop it first with ./stop.sh." >&2
    exit 1
fi
sh infrastructure/setup/env.sh
docker compose up --detach --build --wait
echo
echo "Dashboard  http://$(docker compose port dashboard 3000)"
echo "API        http://$(docker compose port agent 8080)   (documentation: /docs)"
echo "Token      ADMIN_TOKEN in .env"
# Only the agent's own container holds the administrator's token; it prints a link that is used up by the first visit.
docker compose exec -T agent sh -c 'SRE_AGENT_TOKEN=$ADMIN_TOKEN sre-agent sign-in-link --dashboard "$0"' \
    "http://$(docker compose port dashboard 3000)" | sed 's/^/Sign in    /' || true
echo "Commands   docker compose exec agent sre-agent --help"
if [ -n "$(docker compose exec -T agent printenv REAL_SYSTEMS 2>/dev/null || true)" ]; then
    echo "Next       point Alertmanager's webhook at the API (README, 'Send it your alerts')"
else
    echo "Lab        runs, as no PROMETHEUS_URL is set.  Next: docker compose exec lab python -m infrastructure.lab list"
fi
