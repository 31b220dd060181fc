"""The menu entry comes and goes, and says what it did."""

import os
import pathlib
import sys
from collections.abc import MutableMapping

import pytest

from acedesk.commands import arguments, desktop_entry
from acedesk.errors import StorageError
from acedesk.model.computer.integration import AutostartState
from acedesk.store import autostart
from acedesk.store import desktop_entry as installed


@pytest.fixture
def home(environ: MutableMapping[str, str], tmp_path: pathlib.Path) -> pathlib.Path:
    """Give the folder in which desktops look."""
    if sys.platform == "win32":
        pytest.skip("desktops of Linux")
    environ["XDG_DATA_HOME"] = str(tmp_path / "share")
    environ["PATH"] = str(tmp_path / "bin")
    environ["XDG_DATA_DIRS"] = str(tmp_path / "system")
    (tmp_path / "bin").mkdir()
    return tmp_path / "share"


def _tool(home: pathlib.Path, name: str, body: str) -> pathlib.Path:
    """Let a program be there; return where it writes."""
    path = home.parent / "bin" / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path.with_suffix(".out")


def _run(*words: str) -> int:
    return desktop_entry.run(arguments.read(words))


def _files(folder: pathlib.Path) -> set[pathlib.Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_everything_that_is_written_is_told_and_starts_this_acedesk(
    home: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("install-desktop") == 0

    told = {line.removeprefix("installed ") for line in capsys.readouterr().out.splitlines()}
    entry = home / "applications" / "acedesk.desktop"
    assert told == {str(path) for path in _files(home) if path.name.startswith("acedesk.")}
    assert str(entry) in told
    assert os.path.dirname(sys.executable) in entry.read_text()  # noqa: PTH120 - a text in a text


def test_installing_twice_leaves_the_same_files(home: pathlib.Path) -> None:
    _run("install-desktop")
    first = _files(home)
    _run("install-desktop")

    assert _files(home) == first


def test_what_was_installed_is_removed_and_told(
    home: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _run("install-desktop")
    installed = capsys.readouterr().out.replace("installed ", "removed ")

    assert _run("uninstall-desktop") == 0

    assert sorted(capsys.readouterr().out.splitlines()) == sorted(installed.splitlines())
    assert _files(home) == set()


def test_where_nothing_is_installed_that_is_told(
    home: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("uninstall-desktop") == 0

    assert capsys.readouterr().out == "nothing was installed\n"


def test_links_are_opened_with_acedesk_only_where_that_is_wanted(
    home: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = _tool(home, "xdg-mime", 'echo "$@" >> "$0.out"').with_name("xdg-mime.out")

    _run("install-desktop")
    assert not asked.exists()

    assert _run("install-desktop", "--links") == 0
    assert asked.read_text() == "default acedesk.desktop x-scheme-handler/acestream\n"
    assert capsys.readouterr().out.endswith("acestream:// links open with AceDesk\n")


def test_a_desktop_without_the_tool_for_links_has_the_entry_nevertheless(
    home: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(StorageError, match="xdg-utils"):
        _run("install-desktop", "--links")

    assert (home / "applications" / "acedesk.desktop").exists()
    assert "links open with AceDesk" not in capsys.readouterr().out


def test_a_tool_for_links_that_fails_is_told(home: pathlib.Path) -> None:
    _tool(home, "xdg-mime", "exit 3")

    with pytest.raises(StorageError, match="xdg-mime failed"):
        _run("install-desktop", "--links")


def test_a_folder_that_cannot_be_written_is_told_and_left_as_it_was(home: pathlib.Path) -> None:
    home.mkdir()
    (home / "applications").write_text("a file where the folder should be")

    with pytest.raises(StorageError):
        _run("install-desktop")

    assert _files(home) == {home / "applications"}


@pytest.mark.parametrize("command", ["install-desktop", "uninstall-desktop"])
@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_have_no_desktop_entries(
    home: pathlib.Path, command: str, platform: str
) -> None:
    wanted = arguments.read([command])

    with pytest.raises(StorageError, match="Linux only"):
        desktop_entry.run(wanted, platform=platform)

    assert not home.exists()


def test_an_entry_of_the_system_is_hidden_only_where_that_is_wanted(
    home: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = home.parent / "system" / "applications" / "acedesk.desktop"
    entry.parent.mkdir(parents=True)
    entry.write_text("[Desktop Entry]\nExec=/usr/bin/acedesk %u\n")

    assert _run("install-desktop", "--links") == 1
    told = capsys.readouterr().err
    assert "starts “/usr/bin/acedesk %u”" in told
    assert "--force" in told
    assert not home.exists()

    assert _run("install-desktop", "--force") == 0
    assert (home / "applications" / "acedesk.desktop").exists()


def test_links_no_longer_open_with_what_is_uninstalled(
    home: pathlib.Path, environ: MutableMapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = pathlib.Path(environ["HOME"]) / ".config" / "mimeapps.list"
    chosen.parent.mkdir(parents=True)
    chosen.write_text(
        "[Default Applications]\nx-scheme-handler/acestream=acedesk.desktop\na/b=c.desktop\n"
    )
    _run("install-desktop")

    _run("uninstall-desktop")

    assert chosen.read_text() == "[Default Applications]\na/b=c.desktop\n"
    assert f"no longer open with AceDesk (removed from {chosen})" in capsys.readouterr().out


def test_the_default_stays_where_the_system_has_an_acedesk(
    home: pathlib.Path, environ: MutableMapping[str, str]
) -> None:
    entry = home.parent / "system" / "applications" / "acedesk.desktop"
    entry.parent.mkdir(parents=True)
    entry.write_text("[Desktop Entry]\nExec=/usr/bin/acedesk %u\n")
    chosen = pathlib.Path(environ["HOME"]) / ".config" / "mimeapps.list"
    chosen.parent.mkdir(parents=True)
    chosen.write_text("[Default Applications]\nx-scheme-handler/acestream=acedesk.desktop\n")

    _run("uninstall-desktop")

    assert "acedesk.desktop" in chosen.read_text()


def _other_acedesk(home: pathlib.Path) -> pathlib.Path:
    """Let another AceDesk have added itself to the menu and to the login."""
    other = home.parent / "other" / "acedesk"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    installed.install(home, (str(other),))
    autostart.find_autostart(os.environ, (str(other),)).turn_on()
    return other


def test_the_entry_of_another_acedesk_stays(
    home: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = _other_acedesk(home)
    before = _files(home)

    assert _run("uninstall-desktop") == 1

    assert f"starts another AceDesk, {other}," in capsys.readouterr().err
    assert _files(home) == before
    assert _run("uninstall-desktop", "--force") == 0
    assert _files(home) == set()


def test_another_acedesk_goes_on_starting_with_the_computer(home: pathlib.Path) -> None:
    other = _other_acedesk(home)
    _run("install-desktop")

    assert _run("uninstall-desktop") == 0

    state = autostart.find_autostart(os.environ, (str(other),)).read()
    assert (state.state, state.is_this) == (AutostartState.ON, True)


def test_the_entry_of_an_acedesk_that_is_gone_is_removed(home: pathlib.Path) -> None:
    _other_acedesk(home).unlink()

    assert _run("uninstall-desktop") == 0

    assert _files(home) == set()
    assert autostart.find_autostart(os.environ, ("x",)).read().state is AutostartState.OFF
