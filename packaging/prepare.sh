# shellcheck shell=sh
# Sourced by packaging/run and packaging/test with $top set: a .venv with the tested versions, and
# Debian packages where they may be installed. POSIX sh only.

venv=$top/.venv
venv_python=$venv/bin/python
lock=$top/.venv-lock

say() { printf 'acedesk: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}
is_root() { [ "$(id -u)" -eq 0 ]; }
has() { command -v "$1" >/dev/null 2>&1; }
has_apt() { has apt-get && has dpkg-query; }

# --- Debian packages ------------------------------------------------------------------------

# Prints those of the named packages that are not installed.
missing_debs() {
    for deb in "$@"; do
        case $(dpkg-query -W -f='${db:Status-Abbrev}' "$deb" 2>/dev/null) in
            ii*) ;;
            *) printf '%s ' "$deb" ;;
        esac
    done
}

# install_debs PACKAGE...: as root. Package lists are fetched once in each run.
install_debs() {
    say "installing $*"
    if [ -z "${apt_is_fresh:-}" ]; then
        apt-get update -qq >&2 || die "apt-get update failed (see above)"
        apt_is_fresh=1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >"$top/.venv-apt.log" 2>&1 || {
        tail -n 20 "$top/.venv-apt.log" >&2
        die "apt-get could not install: $*"
    }
    rm -f "$top/.venv-apt.log"
}

# --- Python -----------------------------------------------------------------------------------

# A name in PATH proves nothing: shims of version managers fail when they are run.
is_supported() {
    [ -x "$1" ] && "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

can_make_venv() { has uv || "$1" -c 'import venv, ensurepip' 2>/dev/null; }

# find_python TEST: prints the newest supported Python in PATH for which TEST holds.
find_python() (
    IFS=:
    set -f
    for name in python3.14 python3.13 python3.12 python3.11 python3 python; do
        for folder in $PATH; do
            if is_supported "$folder/$name" && "$1" "$folder/$name"; then
                printf '%s\n' "$folder/$name"
                exit 0
            fi
        done
    done
    exit 1
)

choose_python() {
    if [ -n "${PYTHON:-}" ]; then
        chosen=$(command -v "$PYTHON") || die "PYTHON=$PYTHON is not there"
        is_supported "$chosen" || die "PYTHON=$PYTHON is not Python 3.11 to 3.14"
    elif chosen=$(find_python can_make_venv); then
        return 0
    else
        chosen=$(find_python true) || die "no Python 3.11 to 3.14 found in PATH"
    fi
    can_make_venv "$chosen" && return 0
    deb=$("$chosen" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if has_apt && is_root; then
        install_debs "$deb"
    elif has_apt; then
        die "$chosen cannot make virtual environments yet; run: sudo apt-get install $deb"
    else
        die "$chosen cannot make virtual environments: its modules venv and ensurepip are missing"
    fi
}

# --- the virtual environment -----------------------------------------------------------------

# What the .venv was made from; it changes when it has to be made again. The folder is part of it,
# because the .venv knows where the program is.
wanted_stamp() {
    sum=$(cat "$top/pyproject.toml" "$top/packaging/constraints.txt" | cksum)
    printf '%s %s' "$sum" "$top"
}

is_ready() {
    [ -x "$venv_python" ] && [ "$(cat "$venv/.acedesk-$1" 2>/dev/null)" = "$(wanted_stamp)" ] &&
        is_supported "$venv_python"
}

take_lock() {
    told=
    until mkdir "$lock" 2>/dev/null; do
        [ -w "$top" ] || die "$top cannot be written"
        holder=$(cat "$lock/pid" 2>/dev/null || :)
        if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
            # Its owner was killed. Renaming is atomic: only one of several that wait succeeds.
            mv "$lock" "$lock-$$" 2>/dev/null && rm -rf "$lock-$$"
            continue
        fi
        [ -n "$told" ] || say "waiting for process ${holder:-?}, which prepares the same .venv"
        told=1
        sleep 1
    done
    trap 'rm -rf "$lock"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    echo $$ >"$lock/pid"
}

drop_lock() {
    trap - EXIT INT TERM
    rm -rf "$lock"
}

# A .venv knows its own place: its programs do not start any more when its folder was moved.
is_usable() {
    is_supported "$venv_python" && grep -qF "$venv" "$venv/bin/activate" 2>/dev/null &&
        { has uv || "$venv_python" -m pip --version >/dev/null 2>&1; }
}

make_venv() {
    if [ -e "$venv" ]; then
        is_usable && return 0
        [ -e "$venv/pyvenv.cfg" ] || [ -z "$(ls -A "$venv")" ] || die "$venv is in the way"
        say "the .venv does not run any more and is made anew"
        rm -rf "$venv"
    fi
    choose_python
    say "making .venv with $("$chosen" --version) ($chosen)"
    if has uv; then
        uv venv -q --python "$chosen" "$venv"
    else
        "$chosen" -m venv "$venv"
    fi || die "the .venv could not be made (see above)"
}

# install ARGUMENT...: into the .venv, quietly, at the tested versions; also what builds need. The
# variables take several files separated by blanks: the path must not have any, so it is relative.
install() {
    (
        cd "$top/packaging"
        if has uv; then
            VIRTUAL_ENV=$venv UV_BUILD_CONSTRAINT=constraints.txt uv pip install -q -c constraints.txt "$@"
        else
            PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
                "$venv_python" -m pip install -q --disable-pip-version-check --no-input --no-warn-script-location "$@"
        fi
    ) >&2 || die "the packages could not be installed (see above)"
}

# prepare_venv run|test: everything the program needs, and for tests their tools.
prepare_venv() {
    is_ready "$1" && return 0
    take_lock
    if ! is_ready "$1"; then
        rm -f "$venv/.acedesk-run" "$venv/.acedesk-test"
        make_venv
        say "installing the packages AceDesk needs into .venv (once, a minute or so)"
        install -e "$top"
        if [ "$1" = test ]; then
            tools=$("$venv_python" -c '
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    print("\n".join(tomllib.load(file)["dependency-groups"]["dev"]))' "$top/pyproject.toml")
            old_ifs=$IFS
            IFS='
'
            set -f
            # shellcheck disable=SC2086
            install $tools
            set +f
            IFS=$old_ifs
            wanted_stamp >"$venv/.acedesk-test"
        fi
        wanted_stamp >"$venv/.acedesk-run"
    fi
    drop_lock
}

# --- Qt ---------------------------------------------------------------------------------------

# prepare_qt: the system libraries of Qt. Returns 1 after saying what is missing.
prepare_qt() {
    [ "$(uname -s)" = Linux ] || return 0
    [ -e "$venv/.acedesk-qt" ] && return 0
    missing=$("$venv_python" -P -c 'from acedesk.doctor.screen import missing_packages; print(*missing_packages())')
    if [ -n "$missing" ] && has_apt && is_root; then
        # shellcheck disable=SC2086
        install_debs $missing
    elif [ -n "$missing" ]; then
        say "libraries for the window are missing; run: sudo apt-get install $missing"
        has_apt || say "(names of Debian and Ubuntu; other systems call them differently)"
        return 1
    fi
    : >"$venv/.acedesk-qt"
}
