"""Engine programs where each system's packages put them."""

import pathlib
import sys

import pytest

from acedesk.engines.backends.native_programs import OFFICIAL, NativeProgram, ProgramFinder
from acedesk.errors import BadRequest

on_unix = pytest.mark.skipif(sys.platform == "win32", reason="packages of Linux")


def _program(path: pathlib.Path) -> pathlib.Path:
    if sys.platform == "win32":  # by its ending a program is known there
        path = path.with_suffix(".exe")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def _find(
    root: pathlib.Path, command: str = "", *, platform: str = "linux", **registry: str
) -> NativeProgram | None:
    environ = {
        "PATH": str(root / "path"),
        "HOME": str(root / "home"),
        "APPDATA": str(root / "data"),
    }
    finder = ProgramFinder(
        environ, root, platform=platform, read_registry=lambda name: registry.get(name, "")
    )
    return finder.find(command)


def test_a_computer_without_an_engine_has_none(tmp_path: pathlib.Path) -> None:
    assert _find(tmp_path) is None
    assert _find(tmp_path, platform="win32") is None


@on_unix
@pytest.mark.parametrize(
    ("place", "title"),
    [
        ("path/acestreamengine", "Ace Stream"),
        ("usr/bin/acestreamengine", "Ace Stream"),
        ("opt/acestream/start-engine", "Ace Stream"),
        ("snap/bin/acestreamplayer.engine", "Ace Stream (Snap)"),
        ("var/lib/snapd/snap/bin/acestreamplayer.engine", "Ace Stream (Snap)"),
    ],
)
def test_the_official_engine_is_found_in_its_packages(
    tmp_path: pathlib.Path, place: str, title: str
) -> None:
    program = _program(tmp_path / place)

    found = _find(tmp_path)

    assert found is not None
    assert (found.title, found.command) == (title, (str(program), *OFFICIAL))


@on_unix
def test_a_file_that_cannot_be_run_is_no_engine(tmp_path: pathlib.Path) -> None:
    _program(tmp_path / "opt/acestream/start-engine").chmod(0o644)

    assert _find(tmp_path) is None


@on_unix
def test_a_snap_keeps_its_state_where_it_may_write(tmp_path: pathlib.Path) -> None:
    _program(tmp_path / "snap/bin/acestreamplayer.engine")

    found = _find(tmp_path)

    assert found is not None
    assert found.state_root == tmp_path / "home/snap/acestreamplayer/common/acedesk"


@on_unix
@pytest.mark.parametrize("place", ["var/lib/flatpak/app", "home/.local/share/flatpak/app"])
def test_a_flatpak_is_run_by_flatpak(tmp_path: pathlib.Path, place: str) -> None:
    (tmp_path / place / "org.Acestream.engine").mkdir(parents=True)
    assert _find(tmp_path) is None  # without flatpak it cannot be run
    flatpak = _program(tmp_path / "path/flatpak")

    found = _find(tmp_path)

    assert found is not None
    assert found.command[:4] == (
        str(flatpak),
        "run",
        "--command=acestream.engine",
        "org.Acestream.engine",
    )
    assert found.state_root == tmp_path / "home/.ACEStream/acedesk"


@pytest.mark.parametrize(
    ("place", "registry"),
    [
        ("data/ACEStream/engine", {}),
        ("other/engine", {"EnginePath": "other/engine/ace_engine.exe"}),
        ("other/engine", {"InstallDir": "other"}),
    ],
)
def test_windows_is_asked_for_the_folder_and_the_program_without_a_window_is_taken(
    tmp_path: pathlib.Path, place: str, registry: dict[str, str]
) -> None:
    _program(tmp_path / place / "ace_engine.exe")
    console = _program(tmp_path / place / "ace_console.exe")
    told = {name: str(tmp_path / value) for name, value in registry.items()}

    found = _find(tmp_path, platform="win32", **told)

    assert found is not None
    assert found.command == (str(console), *OFFICIAL)


def test_outpace_is_told_its_address_and_to_answer_like_an_engine(tmp_path: pathlib.Path) -> None:
    outpace = _program(tmp_path / "path/outpace")

    found = _find(tmp_path)

    assert found is not None
    argv, variables = found.filled({"port": "7000"})
    assert (pathlib.Path(argv[0]), *argv[1:]) == (outpace, "serve")
    assert variables["OUTPACE_BIND"] == "127.0.0.1:7000"
    assert variables["OUTPACE_ACE_COMPAT"] == "1"
    assert found.shares


def test_the_official_engine_comes_before_outpace(tmp_path: pathlib.Path) -> None:
    _program(tmp_path / "path/outpace")
    _program(tmp_path / "path/acestreamengine")

    found = _find(tmp_path)

    assert found is not None
    assert found.title == "Ace Stream"


def test_a_command_of_ones_own_is_taken_as_it_is(tmp_path: pathlib.Path) -> None:
    own = _program(tmp_path / "path/my-engine")
    _program(tmp_path / "path/acestreamengine")

    found = _find(tmp_path, "my-engine serve --listen={port}")

    assert found is not None
    program, *words = found.filled({"port": "7"})[0]
    assert (pathlib.Path(program), *words) == (own, "serve", "--listen=7")
    assert found.title == "my-engine"


def test_a_command_that_says_no_port_is_told_what_the_official_engine_is(
    tmp_path: pathlib.Path,
) -> None:
    own = _program(tmp_path / "my-engine")

    found = _find(tmp_path, f"{own} --live-buffer=20")

    assert found is not None
    assert found.command == (str(own), "--live-buffer=20", *OFFICIAL)


def test_outpace_may_be_named_by_its_place(tmp_path: pathlib.Path) -> None:
    found = _find(tmp_path, str(_program(tmp_path / "here/outpace")))

    assert found is not None
    assert found.title == "Outpace"


@pytest.mark.parametrize(
    ("command", "reason"),
    [("missing --port={port}", "“missing” is not on this computer"), ("'", "not closed")],
)
def test_a_command_that_cannot_be_used_is_told(
    tmp_path: pathlib.Path, command: str, reason: str
) -> None:
    with pytest.raises(BadRequest, match=reason):
        _find(tmp_path, command)


def test_another_command_has_another_hash(tmp_path: pathlib.Path) -> None:
    _program(tmp_path / "path/my-engine")
    hashes = {
        found.hash
        for command in ("my-engine --a={port}", "my-engine --b={port}")
        if (found := _find(tmp_path, command)) is not None
    }

    assert len(hashes) == 2
