"""What a launch was given, and how its end is told."""

import ctypes
import os
import subprocess
import sys
from typing import Any

import pytest

from acedesk.process import startup_notification
from acedesk.process.startup_notification import complete, find_token, offer, removal
from tests.needs import need_screen

STARTUP_ID = 'panel/acedesk "7"-1-host_TIME4711'

# Watches the root window as launchers do, and prints the message that ends our launch.
LAUNCHER = r"""
import ctypes, sys
from acedesk.process import startup_notification as own
xcb = own._load()
xcb.xcb_wait_for_event.restype = ctypes.POINTER(ctypes.c_ubyte * 32)
xcb.xcb_wait_for_event.argtypes = (ctypes.c_void_p,)
xcb.xcb_change_window_attributes.argtypes = (
    ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.POINTER(ctypes.c_uint32))
connection = xcb.xcb_connect(sys.argv[1].encode(), None)
root = xcb.xcb_setup_roots_iterator(xcb.xcb_get_setup(connection)).root[0]
watched = (ctypes.c_uint32 * 1)(own._PROPERTY_CHANGE)
xcb.xcb_change_window_attributes(connection, root, 1 << 11, watched)
begins = own._atom(xcb, connection, b"_NET_STARTUP_INFO_BEGIN")
goes_on = own._atom(xcb, connection, b"_NET_STARTUP_INFO")
print("watching", flush=True)
message = b""
while b"4711" not in message or b"\0" not in message:
    event = bytes(xcb.xcb_wait_for_event(connection).contents)
    kind = int.from_bytes(event[8:12], sys.byteorder)
    if event[0] & 127 == 33 and kind in (begins, goes_on):
        message = event[12:] if kind == begins else message + event[12:]
print(message.split(b"\0")[0].decode(), flush=True)
"""


@pytest.mark.parametrize(
    ("environ", "token"),
    [
        ({"XDG_ACTIVATION_TOKEN": "w", "DESKTOP_STARTUP_ID": "x"}, "w"),
        ({"XDG_ACTIVATION_TOKEN": "", "DESKTOP_STARTUP_ID": "x"}, "x"),
        ({"XDG_ACTIVATION_TOKEN": "a\nb"}, ""),
        ({"DESKTOP_STARTUP_ID": "x" * 5000}, ""),
        ({}, ""),
    ],
)
def test_a_launch_has_one_token(environ: dict[str, str], token: str) -> None:
    assert find_token(environ) == token


def test_an_offered_token_is_there_for_qt_and_taken_back() -> None:
    environ: dict[str, str] = {}

    offer("token-7", environ)
    assert environ == {"XDG_ACTIVATION_TOKEN": "token-7"}
    offer("", environ)
    offer("", environ)

    assert environ == {}


def test_the_message_quotes_what_it_must() -> None:
    assert removal('a"b\\c') == b'remove: ID="a\\"b\\\\c"\0'


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"DISPLAY": ":0"},
        {"DESKTOP_STARTUP_ID": "x"},
        # Screens are numbered from 0; nobody has 65,000 of them.
        {"DESKTOP_STARTUP_ID": "x", "DISPLAY": ":64999"},
        {"DESKTOP_STARTUP_ID": "x", "DISPLAY": "nonsense"},
    ],
)
def test_without_a_launcher_nothing_is_told(environ: dict[str, str]) -> None:
    assert not complete(environ)


def test_without_the_x_library_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)

    assert not complete({"DESKTOP_STARTUP_ID": "x", "DISPLAY": ":0"})
    assert startup_notification._load() is None


@pytest.mark.screen
def test_the_launcher_is_told_that_the_launch_has_ended() -> None:
    need_screen()
    screen = os.environ["DISPLAY"]
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, screen], stdout=subprocess.PIPE, text=True
    )
    assert launcher.stdout is not None
    try:
        assert launcher.stdout.readline() == "watching\n"

        assert complete({"DESKTOP_STARTUP_ID": STARTUP_ID, "DISPLAY": screen})

        assert launcher.stdout.readline() == removal(STARTUP_ID)[:-1].decode() + "\n"
    finally:
        launcher.kill()
        launcher.communicate()
