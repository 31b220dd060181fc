"""What goes into packages is decided by lists and made from the program's own arguments."""

import importlib
import pathlib
import re
import subprocess
import sys
from types import ModuleType

import pytest

from acedesk.commands import arguments
from tests.needs import need

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="packages for Linux are built on Linux"
)
TOP = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOP / "packaging" / "linux"))


@pytest.fixture
def contents() -> ModuleType:
    return importlib.import_module("contents")


@pytest.fixture
def command_line() -> ModuleType:
    return importlib.import_module("command_line")


@pytest.mark.parametrize(
    "target",
    [
        "base_library.zip",
        "libpython3.13.so.1.0",
        "python3.13/lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so",
        "PySide6/QtWidgets.abi3.so",
        "PySide6/Qt/lib/libQt6WaylandClient.so.6",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "libQt6Core.so.6",
        "libicudata.so.73",
        "libpyside6.abi3.so.6.12",
        "uvloop/loop.cpython-313-x86_64-linux-gnu.so",
        "acedesk/_resources/fonts/icons.ttf",
    ],
)
def test_what_the_program_uses_may_be_in_a_package(contents: ModuleType, target: str) -> None:
    assert contents.is_wanted(target)


@pytest.mark.parametrize(
    "target",
    [
        "libgtk-3.so.0",
        "libssl.so.3",
        "libstdc++.so.6",
        "libxcb-cursor.so.0",
        "PySide6/QtDBus.abi3.so",
        "PySide6/QtQml.abi3.so",
        "PySide6/Qt/lib/libQt6Qml.so.6",
        "PySide6/Qt/lib/libQt6OpenGL.so.6",
        "PySide6/Qt/plugins/platforms/libqvnc.so",
        "PySide6/Qt/plugins/tls/libqopensslbackend.so",
        "PySide6/Qt/translations/qtbase_de.qm",
        "acedesk/_resources/help/streams-light.png",
        "setuptools/_vendor/x.txt",
        "qtawesome/fonts/x.ttf",
    ],
)
def test_what_it_does_not_use_may_not(contents: ModuleType, target: str) -> None:
    assert not contents.is_wanted(target)


def test_a_tree_with_anything_else_is_refused(contents: ModuleType, tmp_path: pathlib.Path) -> None:
    inner = tmp_path / "_internal" / "PySide6" / "Qt" / "lib"
    inner.mkdir(parents=True)
    (inner / "libQt6Qml.so.6").write_bytes(b"no library")

    said = contents.problems(tmp_path)

    assert "PySide6/Qt/lib/libQt6Qml.so.6 is not on the list of what may be in a package" in said
    assert "the Qt plugin platforms/libqxcb.so is missing" in said


def test_a_library_that_was_made_here_for_here_is_refused(
    contents: ModuleType, tmp_path: pathlib.Path
) -> None:
    library = contents.Library(
        path=tmp_path / "libx.so",
        needed=(),
        run_paths=("$ORIGIN/../lib", "/home/me/lib"),
        glibc=(2, 38),
        is_stripped=False,
    )

    said = list(contents._problems_of(library, tmp_path))

    assert said == [
        "libx.so looks for libraries in /home/me/lib",
        "libx.so needs glibc 2.38",
        "libx.so has symbols of its build",
    ]


def _names(command: str) -> set[str]:
    parser = arguments.build_parser(command)
    return {name for action in parser._actions for name in action.option_strings}


@pytest.mark.parametrize("command", [arguments.DESKTOP, *arguments.COMMANDS])
def test_every_option_is_in_the_manual_and_every_completion(
    command_line: ModuleType, command: str
) -> None:
    manual = command_line.manual("1.2", 0).replace(r"\-", "-")
    fish = command_line.fish()

    assert _names(command)
    for name in _names(command):
        assert re.search(rf"\\fB{name}\\fR", manual), name
        assert re.search(rf"(?<![\w-]){name}(?![\w-])", command_line.bash()), name
        assert f"'{name}[" in command_line.zsh(), name
        assert f"-{'l' if name.startswith('--') else 's'} {name.lstrip('-')}" in fish, name


@pytest.mark.parametrize("command", arguments.COMMANDS)
def test_every_command_is_in_the_manual_and_every_completion(
    command_line: ModuleType, command: str
) -> None:
    texts = [command_line.bash(), command_line.zsh(), command_line.fish()]
    texts.append(command_line.manual("1.2", 0).replace(r"\-", "-"))

    assert all(command in text for text in texts)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("acedesk se", ["serve"]),
        ("acedesk --back", ["--background"]),
        ("acedesk serve --back", []),
        ("acedesk doctor --js", ["--json"]),
        ("acedesk --log-level w", ["warning"]),
    ],
)
def test_bash_completes(command_line: ModuleType, line: str, offered: list[str]) -> None:
    need(pathlib.Path("/bin/bash").exists(), "bash is not installed")
    words = line.split()
    script = (
        f"{command_line.bash()}\nCOMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}\n"
        '_acedesk; printf "%s\\n" "${COMPREPLY[@]}"'
    )

    done = subprocess.run(
        ["/bin/bash", "-c", script], capture_output=True, text=True, check=True, timeout=20
    )

    assert done.stdout.split() == offered
    assert done.stderr == ""


def test_the_build_and_what_it_runs_can_be_run() -> None:
    for name in ("packaging/build", "packaging/run", "packaging/test"):
        assert (TOP / name).stat().st_mode & 0o111, name


@pytest.mark.parametrize("command", [arguments.SELF_TEST, *arguments.COMMANDS])
def test_run_gives_the_demo_engine_to_what_has_engines_only(command: str) -> None:
    script = (TOP / "packaging" / "run").read_text("utf-8")
    without = re.search(r"^( +demo-engine .*?)\)\n +demo=\n", script, re.MULTILINE | re.DOTALL)

    assert without is not None
    named = re.split(r"[\s|\\]+", without[1])
    assert (command in named) == ("--demo" not in _names(command))


def test_the_build_refuses_what_it_does_not_know() -> None:
    done = subprocess.run(
        [str(TOP / "packaging" / "build"), "rpm"], capture_output=True, text=True, timeout=20
    )

    assert done.returncode == 1
    assert "usage: ./packaging/build deb|tar|setup|all" in done.stderr


class System:
    """A computer on which the scripts of the .deb are run."""

    def __init__(self, root: pathlib.Path) -> None:
        self.root = root
        tools = root / "tools"
        tools.mkdir()
        (tools / "dpkg-trigger").write_text(f'#!/bin/sh\necho "$@" >>{root}/triggered\n')
        (tools / "dpkg-trigger").chmod(0o755)
        (root / "usr/share/applications").mkdir(parents=True)
        self.links = root / "usr/share/applications/acedesk-links.desktop"

    def has(self, folder: str, name: str, types: str) -> None:
        """Let the entry of a program be there."""
        place = self.root / folder / "applications"
        place.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(f"[Desktop Entry]\nName=X\nMimeType={types}\n")

    def run(self, script: str, *words: str) -> None:
        environ = {"PATH": f"{self.root}/tools:/usr/bin:/bin", "DPKG_ROOT": str(self.root)}
        subprocess.run(
            ["sh", str(TOP / "packaging/linux" / script), *words],
            env=environ,
            check=True,
            timeout=20,
        )


@pytest.fixture
def system(tmp_path: pathlib.Path) -> System:
    return System(tmp_path)


def test_links_that_no_program_opens_are_the_packages_until_it_goes(system: System) -> None:
    system.has("usr/share", "acedesk.desktop", "")
    system.has("usr/share", "player.desktop", "video/mp4;x-scheme-handler/acestreams;")

    system.run("postinst", "configure", "")

    assert system.links.is_symlink()
    assert (system.root / "triggered").read_text() == "--no-await /usr/share/applications\n"
    system.run("prerm", "upgrade", "2.0")
    assert system.links.is_symlink()
    system.run("prerm", "remove")
    assert not system.links.is_symlink()


@pytest.mark.parametrize(
    "folder",
    [
        "usr/share",
        "usr/local/share",
        "var/lib/flatpak/exports/share",
        "var/lib/snapd/desktop",
    ],
)
@pytest.mark.parametrize(
    "types", ["x-scheme-handler/acestream;", "video/mp4;x-scheme-handler/acestream"]
)
def test_links_of_another_program_are_left_to_it(system: System, folder: str, types: str) -> None:
    system.has(folder, "zz-player.desktop", types)

    system.run("postinst", "configure", "")

    assert not system.links.exists()
    assert not (system.root / "triggered").exists()


def test_an_upgrade_changes_nothing_about_links(system: System) -> None:
    system.run("postinst", "configure", "0.1.0")

    assert not system.links.is_symlink()


def test_what_runs_before_the_program_is_ours(contents: ModuleType) -> None:
    for name in contents.HOOKS:
        assert (TOP / "packaging" / "linux" / f"{name}.py").exists()
    assert all(name.startswith("pyi_rth_") for name in contents.HOOKS_LEFT_OUT)
    # Pages and the self-test list modules with pkgutil.
    assert "pyi_rth_pkgutil" not in contents.HOOKS_LEFT_OUT


def test_fault_injection_is_left_out(contents: ModuleType) -> None:
    assert "acedesk.demo.fault_injection" in contents.LEFT_OUT
