#!/bin/sh
# Begins a container: `launch COMMAND...` runs the command.
# LAUNCH_FOLDER  with the variables of this launch, which `init` laid there; without it, just with its environment
# LAB_FOLDER     and with those that the lab laid there, unless REAL_SYSTEMS says that the lab is not watched; the
#                command is run again whenever the lab is started anew, as its credentials are new then
set -eu
launch=${LAUNCH_FOLDER:-}
lab=${LAB_FOLDER:-}/env

say() { printf 'launch: %s\n' "$*" >&2; }

until_there() {
    [ -s "$1" ] || say "waiting for $1"
    while [ ! -s "$1" ]; do sleep 0.5; done
}

load() {
    while IFS= read -r line; do
        case $line in *=*) export "$line" ;; esac
    done <"$1"
}

# Compose passes what is not set as an empty value; for every program here empty means: not set.
drop_empty() {
    for name in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=$/\1/p'); do unset "$name"; done
}

mark() { cksum 2>/dev/null <"$lab" || echo gone; }

if [ -n "$launch" ]; then
    until_there "$launch/lock"
    # held as long as this container lives, and given on to the command: init makes no new tokens meanwhile
    exec 9<"$launch/lock"
    flock --shared 9
    load "$launch/env"
fi
drop_empty
for name in PROMETHEUS_URL ALERTMANAGER_URL LOKI_URL GITHUB_API_URL NOTION_BASE_URL OLLAMA_BASE_URL; do
    case $(printenv "$name" || true) in
    *//localhost[:/]* | *//127.0.0.1[:/]*)
        say "$name names this container itself; the machine it runs on is called host.docker.internal here" ;;
    esac
done
if [ -z "${LAB_FOLDER:-}" ] || [ -n "${REAL_SYSTEMS:-}" ]; then exec "$@"; fi

stopping=
child=
trap 'stopping=yes; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true' TERM INT
while [ -z "$stopping" ]; do
    until_there "$lab"
    seen=$(mark)
    (
        load "$lab"
        drop_empty
        exec "$@"
    ) &
    child=$!
    (
        trap - TERM INT
        while [ "$(mark)" = "$seen" ]; do sleep 1; done
        kill -TERM "$child"
    ) 9<&- &
    watcher=$!
    code=0
    wait "$child" || code=$?
    # a signal ends the wait, not the command
    while kill -0 "$child" 2>/dev/null; do wait "$child" || code=$?; done
    kill -TERM "$watcher" 2>/dev/null || true
    [ "$(mark)" != "$seen" ] || exit "$code"
    say "the lab was started anew; so is this"
done
exit "$code"
