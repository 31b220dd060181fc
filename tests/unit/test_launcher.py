"""The launcher of the folder to unpack: it starts the program, or says in a window why not."""

import importlib
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="what starts AceDesk on Linux")

PROGRAM = '#!/bin/sh\nprintf "%s|" started "${LD_LIBRARY_PATH:-}" "$@"\n'


class Folder:
    """An unpacked AceDesk with a stand-in for the program, and a desktop's tools in front of it."""

    def __init__(self, path: pathlib.Path, tarball: object) -> None:
        self.path = path / "Ace Desk"
        self.tools = path / "tools"
        self.tools.mkdir()
        library = self.path / "lib"
        (library / "_internal" / "fallback" / "libnobody-has.so.9").mkdir(parents=True)
        (library / "_internal" / "fallback" / "libc.so.6").mkdir(parents=True)
        (library / "_internal" / "big").write_bytes(b"x" * 1000)
        self._program(library / "acedesk", PROGRAM)
        self._program(self.path / "acedesk", tarball.filled("launcher.sh"))  # type: ignore[attr-defined]
        (self.path / "files.list").write_text(tarball.file_list(self.path))  # type: ignore[attr-defined]

    @staticmethod
    def _program(path: pathlib.Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def tool(self, name: str, text: str) -> None:
        """Put a program of the system in front of the real one."""
        self._program(self.tools / name, f"#!/bin/sh\n{text}\n")

    def start(
        self, *words: str, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.path / "acedesk"), *words],
            env={"PATH": f"{self.tools}:{os.environ['PATH']}", **(environ or {})},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=30,
        )


@pytest.fixture
def folder(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.syspath_prepend(str(TOP / "packaging" / "linux"))
    return Folder(tmp_path, importlib.import_module("tarball"))


def test_it_hands_over_every_argument_and_only_libraries_that_are_missing(folder: Folder) -> None:
    done = folder.start("serve", "--data-dir", "a b")

    missing = folder.path / "lib" / "_internal" / "fallback" / "libnobody-has.so.9"
    assert done.stdout == f"started|{missing}|serve|--data-dir|a b|"
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_user_has_set_comes_first(folder: Folder) -> None:
    done = folder.start(environ={"LD_LIBRARY_PATH": "/mine"})

    assert done.stdout.startswith("started|/mine:/")


def test_a_link_to_it_starts_it_too(folder: Folder, tmp_path: pathlib.Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder.path / "acedesk")

    done = subprocess.run([str(link)], capture_output=True, text=True, timeout=30)

    assert done.stdout.startswith("started|")


@pytest.mark.parametrize("name", ["lib/_internal/big", "lib/acedesk", "files.list"])
@pytest.mark.parametrize("size", [None, 0, 7])
def test_a_folder_that_is_not_whole_is_refused(folder: Folder, name: str, size: int | None) -> None:
    path = folder.path / name
    if size is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:size])

    done = folder.start()

    assert "started" not in done.stdout
    assert done.returncode == 1
    assert "This folder of AceDesk is not whole" in done.stderr
    assert "Unpack the download again" in done.stderr


def test_files_that_somebody_added_do_not_matter(folder: Folder) -> None:
    (folder.path / "notes.txt").write_text("mine")

    assert folder.start().stdout.startswith("started|")


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("echo glibc 2.31", "This system is too old for this download: it has glibc 2.31"),
        ("echo glibc 1.99", "it has glibc 1.99"),
        ("echo musl", "needs glibc, the C library of most systems"),
        ("exit 1", "needs glibc, the C library of most systems"),
    ],
)
def test_another_c_library_is_refused(folder: Folder, version: str, said: str) -> None:
    folder.tool("getconf", version)

    done = folder.start()

    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "From source" in done.stderr or "from source" in done.stderr


@pytest.mark.parametrize("version", ["2.36", "2.41", "2.100", "3.0", "2.36.9000"])
def test_newer_ones_are_taken(folder: Folder, version: str) -> None:
    folder.tool("getconf", f"echo glibc {version}")

    assert folder.start().stdout.startswith("started|")


def test_another_processor_is_refused(folder: Folder) -> None:
    folder.tool("uname", "case $1 in -s) echo Linux ;; *) echo aarch64 ;; esac")

    done = folder.start()

    assert done.returncode == 1
    assert "this computer is Linux on aarch64" in done.stderr


@pytest.mark.parametrize("tool", ["zenity", "kdialog", "xmessage", "notify-send"])
def test_who_double_clicked_is_told_in_what_the_desktop_has(
    folder: Folder, tmp_path: pathlib.Path, tool: str
) -> None:
    for name in ("zenity", "kdialog", "xmessage", "notify-send"):
        shown = f'printf "%s\\n" "$@" >"{tmp_path}/shown"; cat >>"{tmp_path}/shown"'
        folder.tool(name, shown if name == tool else "exit 1")
    (folder.path / "lib" / "_internal" / "big").unlink()

    folder.start(environ={"DISPLAY": ":99"})

    text = (tmp_path / "shown").read_text()
    assert "is not whole" in " ".join(text.split())
    assert "lib/_internal/big" in text


def test_what_adds_it_to_the_menu_tells_once_that_it_is_not_whole(
    folder: Folder, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(TOP / "packaging" / "linux"))
    text = importlib.import_module("tarball").filled("menu.sh")
    (folder.path / "add-to-menu").write_text(text.replace("@COMMAND@", "install-desktop"))
    folder.tool("zenity", f'printf "%s\\n" "$@" >>"{tmp_path}/shown"')
    (folder.path / "lib" / "_internal" / "big").unlink()

    subprocess.run(
        ["sh", str(folder.path / "add-to-menu")],
        env={"PATH": f"{folder.tools}:{os.environ['PATH']}", "DISPLAY": ":99"},
        capture_output=True,
        timeout=30,
    )

    shown = (tmp_path / "shown").read_text()
    assert shown.count("is not whole") == 1
    assert "--error" in shown
