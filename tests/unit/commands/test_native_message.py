"""Something is shown to who clicked an icon, by whatever this desktop has."""

import json
import os
import pathlib
import sys
import types

import pytest

from acedesk.commands.native_message import commands, is_unseen, show, split
from tests.e2e.program import wait_until

TEXT = "System libraries are missing."
DETAILS = 'Install them with “sudo apt install libegl1”; $(touch x) "quoted".'


@pytest.fixture
def desktop(tmp_path: pathlib.Path) -> pathlib.Path:
    """Give a folder that is the whole PATH of a desktop."""
    if sys.platform == "win32":
        pytest.skip("programs of a Linux desktop")
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def _tool(folder: pathlib.Path, name: str, body: str = "sys.exit(0)") -> pathlib.Path:
    """Let a program be there; return where it notes how it was called."""
    path = folder / name
    noted = folder / f"{name}.json"
    path.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"with open({str(noted)!r} + '.new', 'w') as file: json.dump(sys.argv[1:], file)\n"
        f"os.replace({str(noted)!r} + '.new', {str(noted)!r})\n{body}\n"
    )
    path.chmod(0o755)
    return noted


def _environ(folder: pathlib.Path, **more: str) -> dict[str, str]:
    return {"PATH": str(folder), "DISPLAY": ":0", **more}


def _arguments(noted: pathlib.Path) -> list[str]:
    wait_until(noted.exists, bool, f"a call of {noted.stem}")
    found: list[str] = json.loads(noted.read_text())
    return found


def test_what_happened_comes_first_and_commands_behind_it() -> None:
    assert split("It failed. Run “x”. Or y.") == ("It failed.", "Run “x”. Or y.")
    assert split("It failed") == ("It failed", "")


@pytest.mark.parametrize("name", ["zenity", "kdialog", "xmessage", "notify-send"])
def test_any_program_of_the_desktop_will_do(desktop: pathlib.Path, name: str) -> None:
    noted = _tool(desktop, name)

    assert show(TEXT, DETAILS, environ=_environ(desktop), platform="linux")

    assert TEXT in " ".join(_arguments(noted))


@pytest.mark.parametrize("name", ["kdialog", "xmessage", "notify-send"])
def test_the_details_are_shown_as_they_are(desktop: pathlib.Path, name: str) -> None:
    noted = _tool(desktop, name)

    show(TEXT, DETAILS, environ=_environ(desktop), platform="linux")

    assert DETAILS in _arguments(noted)[-1]
    assert not pathlib.Path("x").exists()


def test_behind_details_zenity_shows_them_in_a_window_of_their_own(desktop: pathlib.Path) -> None:
    seen = desktop / "seen"
    _tool(
        desktop,
        "zenity",
        "if '--text-info' in sys.argv:\n"
        f"    open({str(seen)!r}, 'w').write(sys.stdin.read())\n"
        "else:\n    print('Details'); sys.exit(1)",
    )

    assert show(TEXT, DETAILS, environ=_environ(desktop), platform="linux")

    wait_until(lambda: seen.exists() and seen.read_text(), bool, "the details")
    assert seen.read_text() == f"{DETAILS}\n"


def test_a_program_that_cannot_show_anything_is_followed_by_the_next(desktop: pathlib.Path) -> None:
    _tool(desktop, "zenity", "sys.exit(1)")
    noted = _tool(desktop, "notify-send")

    assert show(TEXT, environ=_environ(desktop), platform="linux")

    assert TEXT in _arguments(noted)


def test_one_that_stays_open_is_not_waited_for(desktop: pathlib.Path) -> None:
    noted = _tool(
        desktop, "zenity", f"open({str(desktop / 'pid')!r}, 'w').write(str(os.getpid()))\n"
        "import signal; signal.pause()"
    )  # fmt: skip

    assert show(TEXT, environ=_environ(desktop), platform="linux")

    assert "--error" in _arguments(noted)
    wait_until((desktop / "pid").exists, bool, "its id")
    os.kill(int((desktop / "pid").read_text()), 15)


def test_its_own_desktop_comes_first(desktop: pathlib.Path) -> None:
    for name in ("zenity", "kdialog"):
        _tool(desktop, name)

    kde = commands(TEXT, "", _environ(desktop, XDG_CURRENT_DESKTOP="KDE"), "linux")
    others = commands(TEXT, "", _environ(desktop, XDG_CURRENT_DESKTOP="GNOME"), "linux")

    assert [pathlib.Path(argv[0]).name for argv in kde] == ["kdialog", "sh"]
    assert [pathlib.Path(argv[0]).name for argv in others] == ["sh", "kdialog"]


def test_without_a_screen_only_a_notification_is_tried(desktop: pathlib.Path) -> None:
    for name in ("zenity", "kdialog", "xmessage", "notify-send"):
        _tool(desktop, name)

    found = commands(TEXT, "", {"PATH": str(desktop)}, "linux")

    assert [pathlib.Path(argv[0]).name for argv in found] == ["notify-send"]


def test_a_bare_desktop_shows_nothing_and_breaks_nothing(desktop: pathlib.Path) -> None:
    assert not show(TEXT, DETAILS, environ=_environ(desktop), platform="linux")


def test_macos_is_asked_by_a_script_that_gets_the_texts_as_they_are(desktop: pathlib.Path) -> None:
    noted = _tool(desktop, "osascript")

    assert show(TEXT, DETAILS, environ=_environ(desktop), platform="darwin")

    assert _arguments(noted)[-2:] == [f"AceDesk: {TEXT}", DETAILS]


def test_windows_shows_its_box() -> None:
    shown: list[tuple[str, str]] = []

    assert show(
        TEXT,
        "Reinstall.",
        environ={},
        platform="win32",
        box=lambda title, text: shown.append((title, text)),
    )

    assert shown == [("AceDesk", f"{TEXT}\n\nReinstall.")]


def test_a_text_cannot_become_an_option(desktop: pathlib.Path) -> None:
    found = commands(" --x", "", _environ(desktop), "linux")
    noted = _tool(desktop, "notify-send")

    show("--version\0", environ=_environ(desktop), platform="linux")

    assert (found, _arguments(noted)[-1]) == ([], " --version")


@pytest.mark.parametrize(
    ("terminals", "unseen"), [((False, True, False), False), ((False, None), True), ((), True)]
)
def test_who_has_a_terminal_reads_it_there(
    terminals: tuple[bool | None, ...], unseen: bool
) -> None:
    streams = tuple(
        None if each is None else types.SimpleNamespace(isatty=lambda each=each: each)
        for each in terminals
    )

    assert is_unseen(streams) is unseen


@pytest.mark.skipif(sys.platform == "win32", reason="programs of a Linux desktop")
def test_without_fonts_only_a_program_of_x_itself_is_tried(tmp_path: pathlib.Path) -> None:
    for name in ("zenity", "xmessage"):
        tool = tmp_path / name
        tool.write_text(f'#!/bin/sh\necho {name} >>"{tmp_path}/tried"\n')
        tool.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "DISPLAY": ":1"}

    assert show("No fonts.", environ=environ, platform="linux", fonts=False)
    assert (tmp_path / "tried").read_text() == "xmessage\n"
