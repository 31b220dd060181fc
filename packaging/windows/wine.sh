# shellcheck shell=sh
# Sourced, after packaging/prepare.sh, by the scripts that use Wine: a Wine of their own, as much
# like Windows 10 as it gets. POSIX sh only.
#
# Three things of Windows 10 are missing in Wine 8: its version number (set here), WMI that answers
# (taken away, as Python then does without) and icuuc.dll (an empty one is put there: Qt links it,
# and uses it for rare encodings only).

wine=/usr/lib/wine/wine64

# Program and the Debian package that has it.
wine_tools='x86_64-w64-mingw32-gcc gcc-mingw-w64-x86-64
ffprobe ffmpeg
curl curl'

install_wine() {
    missing=$(printf '%s\n' "$wine_tools" | while read -r program deb; do
        has "$program" || printf '%s ' "$deb"
    done)
    [ -x "$wine" ] || missing="wine64 $missing"
    [ -n "$missing" ] || return 0
    if ! { has_apt && is_root; }; then
        die "missing; to get it: apt-get install $missing"
    fi
    # shellcheck disable=SC2086
    install_debs $missing
}

# in_wine PROGRAM ARGUMENT...: Python in Wine takes pipes for its standard streams, and no files of
# Linux. A pipe has no exit code: those who want it let the program print it.
in_wine() { timeout 300 "$wine" "$@" </dev/null 2>&1 | tr -d '\r'; }

# make_prefix FOLDER: a fresh Wine there, which everything started from now on uses.
make_prefix() {
    export WINEPREFIX="$1" WINEDEBUG=-all QT_QPA_PLATFORM=offscreen
    unset DISPLAY WAYLAND_DISPLAY
    in_wine wineboot -i >/dev/null
    in_wine reg add 'HKCU\Software\Wine' /v Version /d win10 /f >/dev/null
    in_wine reg delete 'HKLM\Software\Classes\CLSID\{4590f811-1d3a-11d0-891f-00aa004b2e24}' /f >/dev/null
    system="$WINEPREFIX/drive_c/windows/system32"
    [ -d "$system" ] || die "Wine does not start"
    [ ! -e "$system/icuuc.dll" ] || return 0
    for name in ucnv_open ucnv_close ucnv_reset ucnv_getMaxCharSize ucnv_getName ucnv_getToUCallBack \
        ucnv_getFromUCallBack ucnv_setToUCallBack ucnv_setFromUCallBack ucnv_cbToUWriteUChars \
        ucnv_toUnicode ucnv_cbFromUWriteUChars ucnv_toUCountPending ucnv_fromUCountPending \
        ucnv_getStandardName ucnv_getAvailableName ucnv_countAvailable ucnv_fromUnicode \
        UCNV_FROM_U_CALLBACK_SUBSTITUTE UCNV_TO_U_CALLBACK_SUBSTITUTE; do
        echo "__declspec(dllexport) long long $name(void) { return 0; }"
    done >"$WINEPREFIX/icuuc.c"
    x86_64-w64-mingw32-gcc -shared -s -o "$system/icuuc.dll" "$WINEPREFIX/icuuc.c"
}

# Ends what still runs in it.
end_wine() { wineserver -k >/dev/null 2>&1 || /usr/lib/wine/wineserver64 -k >/dev/null 2>&1 || :; }
