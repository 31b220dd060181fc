"""The menu entry: written whole, removed without a trace."""

import pathlib
import subprocess
import sys

import pytest

from acedesk.errors import StorageError
from acedesk.store import desktop_entry
from acedesk.store.desktop_entry import (
    find_shadowed,
    install,
    launch_command,
    system_entries,
    uninstall,
)
from tests.needs import need_program


@pytest.fixture
def icons(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "icons"
    folder.mkdir()
    for name in ("acedesk-16.png", "acedesk-256.png", "acedesk.svg", "tray-idle-16.png"):
        (folder / name).write_bytes(name.encode())
    return folder


def files_below(home: pathlib.Path) -> set[str]:
    return {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}


def test_entry_and_icons_are_where_desktops_look(
    tmp_path: pathlib.Path, icons: pathlib.Path
) -> None:
    home = tmp_path / "home"

    install(home, ("/opt/acedesk",), icons=icons)

    assert files_below(home) - {"applications/mimeinfo.cache"} == {
        "applications/acedesk.desktop",
        "icons/hicolor/16x16/apps/acedesk.png",
        "icons/hicolor/256x256/apps/acedesk.png",
        "icons/hicolor/scalable/apps/acedesk.svg",
        "acedesk/desktop-files.json",
    }


def test_uninstall_removes_exactly_what_was_installed(
    tmp_path: pathlib.Path, icons: pathlib.Path
) -> None:
    home = tmp_path / "home"
    other = home / "applications" / "other.desktop"
    other.parent.mkdir(parents=True)
    other.write_text("[Desktop Entry]\nType=Application\nName=Other\nExec=true\n")
    install(home, ("/opt/acedesk",), icons=icons)

    removed = uninstall(home)

    assert len(removed) == 4
    assert files_below(home) - {"applications/mimeinfo.cache"} == {"applications/other.desktop"}
    assert uninstall(home) == ()


def test_the_data_beside_the_list_is_never_removed(
    tmp_path: pathlib.Path, icons: pathlib.Path
) -> None:
    home = tmp_path / "home"
    install(home, ("/opt/acedesk",), icons=icons)
    (home / "acedesk" / "running.json").write_text("{}")

    uninstall(home)

    assert "acedesk/running.json" in files_below(home)


@pytest.mark.parametrize("names", ['["/etc/passwd"]', '["../acedesk.x"]', "[1]", "{", "3"])
def test_a_tampered_list_removes_nothing_else(
    tmp_path: pathlib.Path, icons: pathlib.Path, names: str
) -> None:
    home = tmp_path / "home"
    install(home, ("/opt/acedesk",), icons=icons)
    (home / "acedesk" / "desktop-files.json").write_text(names)

    uninstall(home)

    assert pathlib.Path("/etc/passwd").exists()
    assert "acedesk/desktop-files.json" not in files_below(home)


def test_the_entry_opens_acestream_links(tmp_path: pathlib.Path, icons: pathlib.Path) -> None:
    install(tmp_path, ("/opt/acedesk",), icons=icons)

    lines = (tmp_path / "applications" / "acedesk.desktop").read_text().splitlines()

    assert "MimeType=x-scheme-handler/acestream;" in lines
    assert "Exec=/opt/acedesk --from-desktop %u" in lines
    assert "TryExec=/opt/acedesk" in lines
    assert "Icon=acedesk" in lines


def test_a_package_has_one_entry_for_the_menu_and_one_for_links() -> None:
    menu, links = system_entries(("acedesk",))

    assert "MimeType" not in menu
    assert "NoDisplay" not in menu
    assert "\nMimeType=x-scheme-handler/acestream;\n" in links
    assert "\nNoDisplay=true\n" in links
    assert "\nExec=acedesk --from-desktop %u\n" in menu
    assert "\nExec=acedesk --from-desktop %u\n" in links


def test_a_program_in_a_folder_with_odd_signs_is_quoted(
    tmp_path: pathlib.Path, icons: pathlib.Path
) -> None:
    install(tmp_path, ("/home/a b/100%/$x/acedesk",), icons=icons)

    text = (tmp_path / "applications" / "acedesk.desktop").read_text()

    assert 'Exec="/home/a b/100%%/\\\\$x/acedesk" --from-desktop %u' in text


@pytest.mark.parametrize("program", ["/opt/acedesk", "/home/a b/$x/acedesk"])
def test_the_entry_is_valid(tmp_path: pathlib.Path, icons: pathlib.Path, program: str) -> None:
    validate = need_program("desktop-file-validate")
    install(tmp_path, (program,), icons=icons)

    result = subprocess.run(
        [validate, str(tmp_path / "applications" / "acedesk.desktop")],
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert (result.returncode, result.stdout) == (0, "")


def test_a_failed_install_leaves_nothing(tmp_path: pathlib.Path, icons: pathlib.Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "icons").write_text("a file where a folder must be")

    with pytest.raises(StorageError):
        install(home, ("/opt/acedesk",), icons=icons)

    assert files_below(home) - {"applications/mimeinfo.cache"} == {"icons"}


@pytest.mark.skipif(sys.platform == "win32", reason="paths of a Unix")
def test_a_relative_data_home_is_ignored() -> None:
    own = pathlib.Path.home() / ".local" / "share"

    assert desktop_entry.data_home({"XDG_DATA_HOME": "relative"}) == own
    assert desktop_entry.data_home({}) == own
    assert desktop_entry.data_home({"XDG_DATA_HOME": "/x"}) == pathlib.Path("/x")


def test_the_command_starts_from_any_folder() -> None:
    assert pathlib.Path(launch_command({})[0]).is_absolute()


def test_a_frozen_program_starts_itself() -> None:
    assert launch_command({}, program="/opt/a/AceDesk-x86", frozen=True) == ("/opt/a/AceDesk-x86",)


def test_an_unpacked_folder_is_started_by_its_launcher(tmp_path: pathlib.Path) -> None:
    program = tmp_path / "lib" / "acedesk"
    program.parent.mkdir()
    program.touch(0o755)
    launcher = tmp_path / "acedesk"
    before = launch_command({}, program=str(program), frozen=True)
    launcher.touch(0o755)

    assert before == (str(program),)
    assert launch_command({}, program=str(program), frozen=True) == (str(launcher),)


def test_a_folder_of_the_programs_name_is_no_launcher() -> None:
    program = pathlib.Path("/usr/lib/acedesk/acedesk")

    assert launch_command({}, program=str(program), frozen=True) == (str(program),)


def test_an_appimage_is_started_as_the_file_it_is(tmp_path: pathlib.Path) -> None:
    image = tmp_path / "AceDesk.AppImage"
    image.touch(0o755)
    mount = "/tmp/.mount_AceDes"
    environ = {"APPIMAGE": str(image), "APPDIR": mount}

    inside = launch_command(environ, program=f"{mount}/usr/bin/python3")
    of_a_terminal = launch_command(environ, program="/usr/bin/python3")
    gone = launch_command({"APPIMAGE": "/gone"}, program="/x/python3")

    assert inside == launch_command({"APPIMAGE": str(image)}) == (str(image),)
    assert of_a_terminal != (str(image),)
    assert gone == ("/x/python3", "-m", "acedesk")


@pytest.mark.skipif(sys.platform == "win32", reason="paths of a Unix")
@pytest.mark.parametrize(
    ("entry", "starts"),
    [
        ("[Desktop Entry]\nExec=/usr/bin/acedesk %u\n", "/usr/bin/acedesk %u"),
        ("[Desktop Entry]\nName=x\nExec = old\n[Desktop Action y]\nExec=no\n", "old"),
        ("[Desktop Entry]\nName=x\n[Desktop Action y]\nExec=no\n", ""),
        ("[Desktop Entry]\nExec=/opt/acedesk --from-desktop %u\n", None),
        (None, None),
    ],
)
def test_an_entry_of_the_system_that_ours_would_hide_is_found(
    tmp_path: pathlib.Path, entry: str | None, starts: str | None
) -> None:
    home, system = tmp_path / "home", tmp_path / "system"
    place = system / "applications" / "acedesk.desktop"
    place.parent.mkdir(parents=True)
    if entry is not None:
        place.write_text(entry)
    install(home, ("/opt/other",))
    environ = {"XDG_DATA_DIRS": f"relative:{home}:{system}"}

    found = find_shadowed(environ, home, ("/opt/acedesk",))

    assert found == (None if starts is None else (place, starts))


def test_the_drawn_icons_of_the_program_are_installed(tmp_path: pathlib.Path) -> None:
    install(tmp_path, ("/opt/acedesk",))

    found = files_below(tmp_path / "icons")

    assert "hicolor/scalable/apps/acedesk.svg" in found
    assert {f"hicolor/{size}x{size}/apps/acedesk.png" for size in (16, 32, 48, 256)} <= found
