#!/bin/sh
# check-session.sh deb|tar x11|wayland: what packaging/check-packages does inside a system, as a
# plain user without a network. Ends with the number of things that failed; pictures go to ~/results.
set -u
form=$1
screen=$2
results=$HOME/results
failed=0
mkdir -p "$results"
export XDG_RUNTIME_DIR="$HOME/runtime"
mkdir -p "$XDG_RUNTIME_DIR"
chmod 700 "$XDG_RUNTIME_DIR"

well() { echo "well: $*"; }
bad() {
    echo "FAILED: $*"
    failed=$((failed + 1))
}
# within SECONDS COMMAND...: looks until it holds.
within() {
    left=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.1
    done
}
# expect TEXT SECONDS COMMAND...
expect() {
    text=$1
    seconds=$2
    shift 2
    if within "$seconds" "$@"; then well "$text"; else bad "$text"; fi
}

# --- a player that tells what it got ------------------------------------------------------------------

cat >"$HOME/player" <<'END'
#!/bin/sh
env >"$HOME/results/player-environment"
printf '%s\n' "$1" >>"$HOME/results/played"
ffprobe -v error -show_entries stream=codec_type -of csv=p=0 "$1" >"$HOME/results/ffprobe" 2>&1
END
chmod +x "$HOME/player"
mkdir -p "$HOME/.config/acedesk"
cat >"$HOME/.config/acedesk/settings.toml" <<END
default_player = "command"
player_command = "$HOME/player {url}"
close_action = "tray"
END

# --- the desktop --------------------------------------------------------------------------------------

if [ -z "${DBUS_SESSION_BUS_ADDRESS:-}" ]; then
    exec dbus-run-session -- sh "$0" "$@"
fi
if [ "$screen" = x11 ]; then
    export DISPLAY=:7
    mkdir -p /tmp/.X11-unix 2>/dev/null
    Xvfb :7 -screen 0 1280x800x24 -nolisten tcp >"$results/xvfb.log" 2>&1 &
    within 15 test -S /tmp/.X11-unix/X7 || bad "Xvfb"
    openbox >/dev/null 2>&1 &
    trayer --edge bottom --height 28 --widthtype pixel --width 200 >/dev/null 2>&1 &
    sleep 1
    picture() { import -window root "$results/$1.png"; }
    window_there() { xdotool search --onlyvisible --name '^AceDesk$'; }
    tray_there() { xdotool search --class trayer && xdotool search --name '^acedesk$'; }
else
    export WLR_BACKENDS=headless WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=pixman XDG_SESSION_TYPE=wayland
    printf 'output HEADLESS-1 resolution 1280x800\nbar swaybar_command waybar\n' >"$HOME/sway.conf"
    sway --config "$HOME/sway.conf" >"$results/sway.log" 2>&1 &
    within 15 sh -c "ls $XDG_RUNTIME_DIR/wayland-? $XDG_RUNTIME_DIR/sway-ipc.*" || bad "sway"
    WAYLAND_DISPLAY=$(basename "$(ls "$XDG_RUNTIME_DIR"/wayland-? | head -n 1)")
    SWAYSOCK=$(ls "$XDG_RUNTIME_DIR"/sway-ipc.* | head -n 1)
    export WAYLAND_DISPLAY SWAYSOCK
    picture() { grim "$results/$1.png"; }
    window_there() { swaymsg -t get_tree | grep -q '"app_id": "acedesk"'; }
    tray_there() {
        gdbus call --session --dest org.kde.StatusNotifierWatcher --object-path /StatusNotifierWatcher \
            --method org.freedesktop.DBus.Properties.Get org.kde.StatusNotifierWatcher \
            RegisteredStatusNotifierItems | grep -q StatusNotifierItem
    }
fi

# menu SCRIPT: as by a double click; what it says is in a window, which is closed by Enter.
menu() {
    "$folder/$1" &
    asked=$!
    sleep 3
    picture "$1"
    [ "$screen" != x11 ] || xdotool key Return
    wait "$asked" || bad "$1"
}

# --- install ------------------------------------------------------------------------------------------

if [ "$form" = tar ]; then
    (cd "$HOME" && tar xf /mnt/acedesk-*.tar.xz) || bad "the archive cannot be unpacked"
    folder=$(ls -d "$HOME"/acedesk-*-linux-x86_64)
    acedesk=$folder/acedesk
    entry=$HOME/.local/share/applications/acedesk.desktop
    menu add-to-menu
else
    acedesk=acedesk
    entry=/usr/share/applications/acedesk.desktop
fi
running=$HOME/.local/share/acedesk/running.json
port() { sed -n 's/.*"port": *\([0-9]*\).*/\1/p' "$running"; }
answers() { [ -s "$running" ] && "$acedesk" status; }
is_gone() { ! pgrep -x acedesk; }
quit() {
    "$acedesk" quit >/dev/null 2>&1 || pkill -TERM -x acedesk
    expect "it ends" 10 is_gone
}

expect "it tells its version" 5 "$acedesk" --version
expect "the menu entry is there" 1 test -s "$entry"
if "$acedesk" --help | grep -q -- --self-test; then
    if "$acedesk" --self-test >"$results/self-test" 2>&1; then well "self-test"; else
        cat "$results/self-test"
        bad "self-test"
    fi
fi
link="acestream://$("$acedesk" demo-engine --list | sed -n '1s/.*"id": *"\([0-9a-f]*\)".*/\1/p')"

# --- from the menu ------------------------------------------------------------------------------------

gio launch "$entry" >"$results/from-menu.log" 2>&1 &
expect "a window from the menu entry" 15 window_there
expect "it answers" 10 answers
expect "a tray icon" 10 tray_there
sleep 2
picture window

# A click on a link is what the browser does with the entry that has the scheme.
default=$(gio mime x-scheme-handler/acestream 2>/dev/null | sed -n '1s/.*: *//p')
case $default in
    acedesk.desktop | acedesk-links.desktop) well "links belong to it" ;;
    *) bad "links belong to: $default" ;;
esac
gio open "$link" >"$results/link.log" 2>&1
expect "a clicked link plays in the window that is open" 30 grep -q video "$results/ffprobe"
grep -q audio "$results/ffprobe" && well "with its sound" || bad "no sound"
if grep -E '^(QT_PLUGIN_PATH|QML2_IMPORT_PATH|_PYI_|LD_LIBRARY_PATH)' "$results/player-environment"; then
    bad "the player got variables of ours"
else
    well "the player got the user's environment"
fi
picture playing

if [ "$form" = deb ]; then
    touch "$HOME/upgrade-wanted"
    expect "an upgrade while it runs" 120 test -e "$HOME/upgraded"
    rm -f "$results/ffprobe"
    gio open "$link" >>"$results/link.log" 2>&1
    expect "the one that runs goes on and plays" 30 grep -q video "$results/ffprobe"
    sleep 16
    picture upgraded
fi
quit

# --- a link without a window --------------------------------------------------------------------------

rm -f "$results/ffprobe"
gio open "$link" >>"$results/link.log" 2>&1 &
expect "a clicked link starts it and plays" 40 grep -q video "$results/ffprobe"
quit

# --- the next login -----------------------------------------------------------------------------------

if "$acedesk" --help | grep -q autostart; then
    "$acedesk" autostart on >"$results/autostart.log" 2>&1 || bad "autostart on"
    start=$HOME/.config/autostart/acedesk.desktop
    expect "an autostart entry" 2 test -s "$start"
    gio launch "$start" >>"$results/autostart.log" 2>&1 &
    expect "after the login it answers" 10 answers
    expect "with a tray icon" 10 tray_there
    window_there && bad "with a window" || well "without a window"
    picture login
    quit
fi

# --- and away -----------------------------------------------------------------------------------------

if [ "$form" = tar ]; then
    menu remove-from-menu
    if [ -e "$entry" ] || find "$HOME/.local/share/icons" -name 'acedesk*' 2>/dev/null | grep -q .; then
        bad "something is left in the menu"
    else
        well "nothing is left in the menu"
    fi
fi
exit "$failed"
