#!/bin/sh
# Unpacks packages of the distribution into a folder, without root and without installing anything:
#   deb.sh [--with-needs] FOLDER PACKAGE...
# With needs: also what apt-get would install along with them on this machine.
set -eu
needs=
if [ "$1" = --with-needs ]; then
    needs=yes
    shift
fi
folder=$1
shift
mkdir -p "$folder/archives"
into=$(cd "$folder" && pwd)

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
    echo "apt-get and dpkg-deb were expected, to unpack $* without root, and are not here." >&2
    echo "Install $* by your system's own means, so that they are found on the PATH." >&2
    exit 1
fi

packages=$*

# What apt-get would install, were it allowed to; without needs the packages themselves.
wanted() {
    if [ -z "$needs" ]; then
        printf '%s' "$packages"
    else
        # shellcheck disable=SC2086
        apt-get "$@" install --simulate --no-install-recommends $packages | awk '$1 == "Inst" {printf "%s ", $2}'
    fi
}

fetch() {
    {
        found=$(wanted "$@")
        # shellcheck disable=SC2086
        [ -n "$found" ] && (cd "$into/archives" && apt-get "$@" download $found)
    } >"$into/apt.log" 2>&1
}

if ! fetch; then
    # a machine whose package lists were never fetched, or that only root may refresh: keep lists of our own
    lists="$into/lists"
    mkdir -p "$lists/partial" "$into/cache/archives/partial"
    echo "Fetching the distribution's package lists into $lists ..." >&2
    own="-o Dir::State::Lists=$lists -o Dir::Cache=$into/cache -o Debug::NoLocking=1 -o APT::Sandbox::User="
    # shellcheck disable=SC2086
    if ! apt-get $own update >"$into/apt.log" 2>&1 || ! fetch $own; then
        echo "The packages $packages could not be fetched:" >&2
        tail -n 5 "$into/apt.log" >&2
        echo "Check the network and /etc/apt/sources.list, or install them: sudo apt-get install $packages" >&2
        exit 1
    fi
fi
for archive in "$into"/archives/*.deb; do
    dpkg-deb -x "$archive" "$into"
done
