# Read by setup.sh: the distribution's packages, found and installed when something is missing.

OLDEST_POSTGRESQL=15

have_postgis() {
    for server in /usr/lib/postgresql/*/bin/initdb; do
        version=${server#/usr/lib/postgresql/}
        version=${version%/bin/initdb}
        [ -x "$server" ] && [ "$version" -ge $OLDEST_POSTGRESQL ] &&
            [ -e "/usr/share/postgresql/$version/extension/postgis.control" ] &&
            [ -e "/usr/lib/postgresql/$version/lib/postgis-3.so" ] && return
    done
    return 1
}

have_library() {
    for file in /usr/lib/*/"$1" /usr/lib/"$1" /usr/lib64/"$1"; do [ -e "$file" ] && return; done
    return 1
}

missing_things() {
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    [ -n "${GRIDSVC_DATABASE_URL:-}" ] || have_postgis || echo postgis
    # Report packs are set in Chinese on paper: WeasyPrint needs Pango and a font that has it.
    have_library libpangoft2-1.0.so.0 || echo libpangoft2-1.0-0
    have_library libharfbuzz-subset.so.0 || echo libharfbuzz-subset0
    ls /usr/share/fonts/opentype/noto/NotoSansCJK-*.ttc >/dev/null 2>&1 || echo fonts-noto-cjk
    [ "$1" = --for-tests ] || return 0
    command -v chromium >/dev/null || echo chromium
}

install_system() {
    missing=$(missing_things "$1" | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086  # a list of words
    install_packages $missing
    missing=$(missing_things "$1" | tr '\n' ' ')
    [ -z "$missing" ] || die "Still missing after the installation: $missing"
}

install_packages() {
    command -v apt-get >/dev/null ||
        die "Missing: $*. This machine has no apt-get; install them, or set GRIDSVC_DATABASE_URL" \
            "to a PostGIS that you have."
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        die "Missing: $*. Installing them needs root: run once as root, or install sudo."
    fi
    say "Installing from the distribution: $*"
    names=
    as_root apt-get -q update >var/setup.log 2>&1 || apt_failed
    for thing in "$@"; do
        if [ "$thing" = postgis ]; then thing=$(postgis_packages); fi
        names="$names $thing"
    done
    # shellcheck disable=SC2086
    apt_install $names >>var/setup.log 2>&1 || apt_failed
}

apt_failed() {
    tail -n 15 var/setup.log >&2
    die "apt-get failed on:${names:- update}. All it said is in var/setup.log; check the network," \
        "then repeat."
}

# The server that is here already if it is new enough, else the newest that has PostGIS.
postgis_packages() {
    offered=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' |
        sed 's/^postgresql-\([0-9]*\)-.*/\1/' | sort -n | awk -v o=$OLDEST_POSTGRESQL '$1 >= o')
    chosen=$(echo "$offered" | tail -n 1)
    [ -n "$chosen" ] || die "No PostGIS for PostgreSQL $OLDEST_POSTGRESQL or newer among this" \
        "machine's packages: use Debian 12, Ubuntu 24.04 or newer, or set GRIDSVC_DATABASE_URL."
    for version in $offered; do
        if [ -x "/usr/lib/postgresql/$version/bin/initdb" ]; then chosen=$version; fi
    done
    echo "postgresql-$chosen postgresql-$chosen-postgis-3"
}

# The packages would start a server of their own on port 5432. They are told not to, but only
# where none was installed before, and only for this installation.
apt_install() {
    as_root sh -c '
        folder=/etc/postgresql-common/createcluster.d
        if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
            mkdir -p $folder
            trap "rm -f $folder/gridsvc.conf" EXIT
            echo "create_main_cluster = false" >$folder/gridsvc.conf
        fi
        DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
            install --no-install-recommends "$@"' sh "$@"
}

# Without descriptor 9: a service that a package starts would hold the set-up lock for ever.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@" 9>&-; else sudo "$@" 9>&-; fi
}
