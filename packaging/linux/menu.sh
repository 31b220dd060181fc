#!/bin/sh
# @WHAT@ Double-click it, or run it in a terminal.
set -u
file=$(readlink -f -- "$0" 2>/dev/null) || file=$0
here=$(CDPATH='' cd -- "$(dirname -- "$file")" && pwd -P) || exit 1
# Without a screen: what is wrong is said below, and not in two windows.
if said=$(env -u DISPLAY -u WAYLAND_DISPLAY "$here/acedesk" @COMMAND@ 2>&1); then
    text="@DONE@"
    kind=--info
    box=--msgbox
    code=0
else
    text=${said##*acedesk: }
    kind=--error
    box=--error
    code=1
fi
printf '%s\n' "$text"
if [ -t 1 ] || [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then exit $code; fi
if command -v zenity >/dev/null 2>&1 &&
    zenity $kind --title=AceDesk --no-markup --width=440 --text="$text" 2>/dev/null; then exit $code; fi
if command -v kdialog >/dev/null 2>&1 && kdialog --title AceDesk $box "$text" 2>/dev/null; then exit $code; fi
if command -v xmessage >/dev/null 2>&1 && xmessage -center -title AceDesk "$text" 2>/dev/null; then exit $code; fi
if command -v notify-send >/dev/null 2>&1; then notify-send --app-name=AceDesk AceDesk "$text" 2>/dev/null; fi
exit $code
