#!/bin/sh
# Makes .venv from the locked, hashed requirements. Runs again only when the lock, the project or its place changed.
set -eu
cd "$(dirname "$0")/../.."

say() { printf '%s\n' "$*" >&2; }

SUITABLE='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))'

find_python() {
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c "$SUITABLE" 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    say "Python 3.11, 3.12 or 3.13 is needed, and none was found on the PATH."
    say "On Debian or Ubuntu: sudo apt-get install python3 python3-venv"
    exit 1
}

# Debian ships Python without ensurepip; pip then comes as a wheel from its own package, unpacked without root.
pip_wheel() {
    found=$(ls /usr/share/python-wheels/pip-*.whl .cache/pip-wheel/usr/share/python-wheels/pip-*.whl 2>/dev/null | head -n 1)
    if [ -z "$found" ]; then
        sh infrastructure/setup/deb.sh .cache/pip-wheel python3-pip-whl >&2
        found=$(ls .cache/pip-wheel/usr/share/python-wheels/pip-*.whl | head -n 1)
    fi
    printf '%s\n' "$found"
}

pip() { .venv/bin/python -m pip --quiet --disable-pip-version-check "$@"; }

# What is there is kept where it works: only what changed is then fetched.
is_usable() {
    .venv/bin/python -c "$SUITABLE" 2>/dev/null && pip --version >/dev/null 2>&1 &&
        [ "$(cat .venv/.made-at 2>/dev/null)" = "$PWD" ]
}

make_venv() {
    python=$(find_python)
    say "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    if ! "$python" -c 'import ensurepip' 2>/dev/null || ! "$python" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        "$python" -m venv --without-pip .venv
        wheel=$(pip_wheel)
        .venv/bin/python "$wheel/pip" install --quiet --disable-pip-version-check \
            --require-hashes -r requirements/bootstrap.txt
    fi
    printf '%s\n' "$PWD" >.venv/.made-at
}

install_all() {
    say "Installing the locked requirements ..."
    pip install --require-hashes -r requirements/bootstrap.txt
    # uv is quick but does not read pip's configuration: it is told the index, and where that is not enough
    # (a proxy, a certificate, a keyring that only pip is set up for) pip does the same work
    index=${PIP_INDEX_URL:-$(pip config get global.index-url 2>/dev/null || true)}
    if [ -n "$index" ]; then
        UV_DEFAULT_INDEX=$index
        export UV_DEFAULT_INDEX
    fi
    if ! .venv/bin/uv pip sync --quiet --system-certs --python .venv/bin/python --require-hashes requirements/dev.txt; then
        say "uv could not; pip does it now, which takes a minute or two ..."
        pip install --require-hashes -r requirements/dev.txt
    fi
    pip install --no-deps --no-build-isolation -e .
}

stamp=$({ cat requirements/dev.txt pyproject.toml infrastructure/setup/venv.sh && pwd; } | sha256sum | cut -d ' ' -f 1)
if [ -x .venv/bin/python ] && [ "$(cat .venv/.made-from 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi
is_usable || make_venv
install_all
printf '%s\n' "$stamp" >.venv/.made-from
say "Ready: .venv"
