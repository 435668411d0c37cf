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
        usage >&2
        exit 2
        ;;
    esac
done

# A client alone is not enough: an engine must answer, and its compose plugin must be there.
docker_works() { docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; }

if [ -z "$mode" ]; then
    if docker_works; then mode=docker; else mode=native; fi
fi
if [ "$mode" = docker ] && ! docker_works; then
    echo "--docker needs a running Docker engine and its compose plugin; 'docker info' or 'docker compose version' failed." >&2
    echo "Start the engine, or run ./start.sh --native." >&2
    exit 1
fi

sh infrastructure/setup/venv.sh
if [ "$mode" = native ]; then
    exec .venv/bin/sre-agent up
fi

.venv/bin/sre-agent env
sh infrastructure/setup/launch-secrets.sh
docker compose --env-file .env --env-file var/compose/launch.env up --detach --build --wait
echo
echo "Dashboard  http://localhost:3000"
echo "API        http://localhost:8080   (documentation: http://localhost:8080/docs)"
echo "Token      ADMIN_TOKEN in .env"
