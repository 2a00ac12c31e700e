#!/bin/sh
# From an empty Debian or Ubuntu to a complete .venv: installs what is missing and nothing else.
#
#     scripts/setup.sh              what serving needs
#     scripts/setup.sh --for-tests  and what the tests need: a browser and Chinese letters
#
# Safe to repeat: stamps hold a hash of what was installed, so a second run takes a second and
# needs no network.
set -eu
cd "$(dirname "$0")/.."
. scripts/setup-system.sh

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 2; }

wait_for_turn() {
    [ -w . ] || die "$PWD belongs to another account: run as its owner, or in a clone of your own."
    mkdir -p var
    exec 9>var/setup.lock
    flock -n 9 || { say "Another set-up is at work in this folder; waiting for it."; flock 9; }
}

require_python() {
    command -v python3 >/dev/null || die "python3 is missing: apt-get install python3."
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        die "Python 3.11 or newer is needed and python3 is $(python3 -V | cut -d' ' -f2):" \
            "use Debian 12, Ubuntu 24.04 or newer."
}

# Paths and the Python are part of the stamp: a virtual environment survives neither a move nor
# another interpreter.
install_python_packages() {
    place=$(printf '%s\n' "$PWD" "$(python3 -c 'import sys; print(sys.executable, sys.version)')")
    wanted=$(printf '%s\n' "$place" | cat - requirements.lock setup.cfg | sha256sum)
    if [ "$(cat .venv/stamp 2>/dev/null)" = "$wanted" ]; then return; fi
    say "Installing the Python packages of requirements.lock into .venv (a minute or two)."
    if [ "$(cat .venv/place 2>/dev/null)" != "$place" ]; then
        python3 -m venv --clear .venv
        printf '%s\n' "$place" >.venv/place
    fi
    rm -f .venv/stamp
    quiet_pip --require-hashes -r requirements.lock
    quiet_pip --no-deps --no-build-isolation -e .
    printf '%s\n' "$wanted" >.venv/stamp
}

quiet_pip() {
    .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
        --root-user-action=ignore "$@"
}

install_front_end() {
    if .venv/bin/python scripts/vendor.py --check 2>/dev/null; then return; fi
    command -v npm >/dev/null || install_packages npm
    say "Fetching the front-end files of package-lock.json."
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    .venv/bin/python scripts/vendor.py >&2
}

compile_translations() {
    translations=gridsvc/web/translations
    [ -d "$translations" ] || return 0
    wanted=$(find "$translations" -name '*.po' -exec sha256sum {} + | sort | sha256sum)
    compiled=$(find "$translations" -name '*.mo' | wc -l)
    if [ "$(cat .venv/translations 2>/dev/null)" = "$wanted $compiled" ]; then return; fi
    .venv/bin/pybabel --quiet compile -d "$translations"
    compiled=$(find "$translations" -name '*.mo' | wc -l)
    printf '%s\n' "$wanted $compiled" >.venv/translations
}

wait_for_turn
require_python
install_system "${1:-}"
install_python_packages
install_front_end
compile_translations
