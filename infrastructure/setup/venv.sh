#!/bin/sh
# Makes .venv from the locked, hashed requirements. Runs again only when the lock or the project changed.
set -eu
cd "$(dirname "$0")/../.."

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
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

make_venv() {
    say "Making .venv with $("$1" --version) ..."
    rm -rf .venv
    if "$1" -c 'import ensurepip' 2>/dev/null && "$1" -m venv .venv 2>/dev/null; then
        return
    fi
    rm -rf .venv
    "$1" -m venv --without-pip .venv
    wheel=$(pip_wheel)
    .venv/bin/python "$wheel/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
}

install_all() {
    say "Installing the locked requirements ..."
    # uv is quick; where it cannot reach an index that only pip is configured for, pip does the same work
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
    fi
    .venv/bin/uv pip sync --quiet --python .venv/bin/python --require-hashes requirements/dev.txt ||
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
}

stamp=$(cat requirements/dev.txt pyproject.toml infrastructure/setup/venv.sh | sha256sum | cut -d ' ' -f 1)
if [ -x .venv/bin/python ] && [ "$(cat .venv/.made-from 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi
python=$(find_python)
make_venv "$python"
install_all
printf '%s\n' "$stamp" >.venv/.made-from
say "Ready: .venv"
