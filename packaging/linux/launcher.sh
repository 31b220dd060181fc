#!/bin/sh
# AceDesk from the folder in which this file lies.
#
#   ./acedesk                      the desktop
#   ./acedesk install-desktop      adds it to the menu of your user; so does ./add-to-menu
#   ./acedesk uninstall-desktop    takes it out again; so does ./remove-from-menu
#
# Before the program starts it is looked whether it can: whoever double-clicked sees no terminal, so
# what is wrong is said in a window.
set -u

file=$(readlink -f -- "$0" 2>/dev/null) || file=$0
here=$(CDPATH='' cd -- "$(dirname -- "$file")" && pwd -P) || exit 1
program=$here/lib/acedesk

# tell TEXT: on the terminal, and where there is none in whatever this desktop has.
tell() {
    printf 'acedesk: %s\n' "$1" >&2
    if [ -t 2 ] || [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then return 0; fi
    if command -v zenity >/dev/null 2>&1 &&
        zenity --error --title=AceDesk --no-markup --width=440 --text="$1" 2>/dev/null; then return 0; fi
    if command -v kdialog >/dev/null 2>&1 &&
        kdialog --title AceDesk --error "$1" 2>/dev/null; then return 0; fi
    if command -v xmessage >/dev/null 2>&1 &&
        printf '%s\n' "$1" | fold -s -w 72 | xmessage -center -title AceDesk -file - 2>/dev/null; then return 0; fi
    if command -v notify-send >/dev/null 2>&1; then
        notify-send --urgency=critical --app-name=AceDesk AceDesk "$1" 2>/dev/null
    fi
}

refuse() {
    tell "$1"
    exit 1
}

# --- can it run here? -----------------------------------------------------------------------------

[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] ||
    refuse "This download is for Linux on 64-bit Intel or AMD processors; this computer is $(uname -s) on $(uname -m)."

# is_old VERSION: below the glibc that the program was made for.
is_old() {
    major=${1%%.*}
    minor=${1#*.}
    minor=${minor%%[!0-9]*}
    [ "$major" -lt @GLIBC_MAJOR@ ] || { [ "$major" -eq @GLIBC_MAJOR@ ] && [ "$minor" -lt @GLIBC_MINOR@ ]; }
}

glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null || :)
glibc=${glibc#glibc }
case $glibc in
    [0-9]*.[0-9]*)
        ! is_old "$glibc" || refuse "This system is too old for this download: it has glibc $glibc, and AceDesk needs @GLIBC_MAJOR@.@GLIBC_MINOR@ or newer (Debian 12, Ubuntu 23.04, Fedora 37). From source it runs with Python 3.11 or newer."
        ;;
    *) refuse "This download needs glibc, the C library of most systems, and this one has another. From source AceDesk runs here with Python 3.11 or newer." ;;
esac

# Half a download and a disk that was full leave a folder that looks whole.
missing=$(cd "$here" && find . -type f -printf '%s %p\n' 2>/dev/null | LC_ALL=C sort |
    LC_ALL=C comm -13 - files.list 2>/dev/null | head -n 1)
if [ -n "$missing" ] || ! [ -x "$program" ] || ! [ -s "$here/files.list" ]; then
    refuse "This folder of AceDesk is not whole${missing:+ (${missing#* } is missing or cut off)}. Unpack the download again; if the disk was full, make room first. If it still says this, download it again and compare it with SHA256SUMS."
fi

# --- libraries that a bare system may lack -----------------------------------------------------------

# Those of the system come first: they are kept up to date.
there=$(/sbin/ldconfig -p 2>/dev/null || ldconfig -p 2>/dev/null || :)
lacking=
for folder in "$here"/lib/_internal/fallback/*; do
    case $there in
        *"	${folder##*/} (libc6,x86-64"*) ;;
        *) lacking=$lacking:$folder ;;
    esac
done
if [ -n "$lacking" ]; then
    LD_LIBRARY_PATH=${LD_LIBRARY_PATH:-}$lacking
    export LD_LIBRARY_PATH="${LD_LIBRARY_PATH#:}"
fi

exec "$program" "$@"
