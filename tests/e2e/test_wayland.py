"""AceDesk under a Wayland compositor: showing its window, and the clipboard."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.program import Program, clean_environment, run, wait_until
from tests.needs import need_program

# sway refuses to work for root.
NOBODY = 65534
CONFIG = "output HEADLESS-1 resolution 1280x800\nfocus_on_window_activation focus\n"

# A window of ours; says when a text waits, and when it was copied.
COPY = """
import sys
from PySide6.QtWidgets import QWidget
from acedesk.ui.clipboard import clipboard
from acedesk.ui.shell.run import build_application
application = build_application()
ours, window = clipboard(), QWidget()
ours.waiting.connect(lambda: print("waits", flush=True))
window.show()
ours.copy(sys.argv[1], lambda: print("copied", flush=True))
ours.read(lambda text: print("read " + text, flush=True))
application.exec()
"""


@pytest.fixture
def wayland() -> Iterator[dict[str, str]]:
    """Return the environment of a compositor of our own."""
    sway = need_program("sway")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="acedesk-sway-"))
    (folder / "config").write_text(CONFIG)
    as_user: list[str] = []
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
        as_user = [need_program("setpriv"), f"--reuid={NOBODY}", f"--regid={NOBODY}"]
        as_user.append("--clear-groups")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "WLR_BACKENDS": "headless",
        "WLR_LIBINPUT_NO_DEVICES": "1",
        "WLR_RENDERER": "pixman",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*as_user, sway, "-c", str(folder / "config")], env=environ, stdout=log, stderr=log
        )
    try:
        sockets = wait_until(
            lambda: [path.name for path in folder.glob("wayland-*") if path.suffix != ".lock"],
            bool,
            f"the compositor's socket in {folder}",
        )
        yield {
            "XDG_RUNTIME_DIR": str(folder),
            "WAYLAND_DISPLAY": sockets[0],
            "QT_QPA_PLATFORM": "wayland",
        }
    finally:
        process.terminate()
        process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _tool(wayland: dict[str, str], name: str, *arguments: str, text: str | None = None) -> str:
    done = subprocess.run(
        [need_program(name), *arguments],
        env={**os.environ, **wayland},
        input=text,
        stdout=subprocess.PIPE,
        text=True,
        timeout=20,
    )
    return done.stdout


def _press_a_key(wayland: dict[str, str]) -> None:
    # Pauses, or the keyboard would be gone before the window has seen it.
    _tool(wayland, "wtype", "-s", "300", "-P", "Shift_L", "-s", "300", "-p", "Shift_L", "-s", "500")


def test_the_token_of_a_second_launch_shows_the_window_of_the_first(
    start: Callable[..., Program],
    wayland: dict[str, str],
    data_dir: pathlib.Path,
    tmp_path: pathlib.Path,
) -> None:
    options = ("--port", "0", "--data-dir", str(data_dir))
    environ = {**wayland, "DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    first = start("--demo", *options, environ={**environ, "WAYLAND_DEBUG": "1"})
    wait_until(lambda: first.stderr, lambda text: "listens on" in text, "the first AceDesk")

    second = run(
        *options,
        home=tmp_path / "home",
        environ={**environ, "XDG_ACTIVATION_TOKEN": "token-of-the-second"},
    )

    assert second.returncode == 0
    wait_until(
        lambda: first.stderr,
        lambda text: 'activate("token-of-the-second"' in text,
        "the token at the compositor",
    )
    assert first.stop() == 0


def test_copied_is_said_when_the_compositor_took_it_and_not_before(
    wayland: dict[str, str], tmp_path: pathlib.Path
) -> None:
    _tool(wayland, "wl-copy", text="what others copied")
    program = subprocess.Popen(
        [sys.executable, "-c", COPY, "our text"],
        env=clean_environment(tmp_path, wayland),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    try:
        # Reading needs no key, only the keyboard.
        assert {program.stdout.readline(), program.stdout.readline()} == {
            "waits\n",
            "read what others copied\n",
        }
        assert _tool(wayland, "wl-paste", "-n") == "what others copied"

        _press_a_key(wayland)

        assert program.stdout.readline() == "copied\n"
        assert _tool(wayland, "wl-paste", "-n") == "our text"
    finally:
        program.kill()
        program.communicate()
