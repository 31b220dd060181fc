import dataclasses
import os
import sys
from pathlib import Path

import pytest

from acedesk.model.player import Player
from acedesk.players.find import Machine, find_own, find_players, look_for_players

# The rules of a Unix are for paths of a Unix, and files there can be run or not.
on_unix = pytest.mark.skipif(sys.platform == "win32", reason="paths of a Unix")


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def machine(tmp_path: Path, platform: str = "linux", **environ: str) -> Machine:
    return Machine(
        platform=platform, environ=environ, home=tmp_path / "home", root=tmp_path / "root"
    )


def test_a_computer_without_players_has_none(tmp_path: Path) -> None:
    assert look_for_players(machine(tmp_path, PATH="/nowhere:")) == ()


@on_unix
def test_players_on_the_path_come_in_the_order_of_preference(tmp_path: Path) -> None:
    mpv = program(tmp_path / "a" / "mpv")
    vlc = program(tmp_path / "b" / "vlc")

    found = look_for_players(machine(tmp_path, PATH=f"{tmp_path / 'a'}:{tmp_path / 'b'}"))

    assert found == (
        Player(id="vlc", name="VLC", command=(str(vlc),)),
        Player(id="mpv", name="mpv", command=(str(mpv),)),
    )


@on_unix
def test_the_first_on_the_path_wins(tmp_path: Path) -> None:
    first = program(tmp_path / "a" / "mpv")
    program(tmp_path / "b" / "mpv")

    found = look_for_players(machine(tmp_path, PATH=f"{tmp_path / 'a'}:{tmp_path / 'b'}"))

    assert found[0].command == (str(first),)


@pytest.mark.parametrize("folder", ["usr/bin", "snap/bin", "var/lib/snapd/snap/bin"])
def test_known_folders_are_looked_at_when_the_path_is_poor(tmp_path: Path, folder: str) -> None:
    vlc = program(tmp_path / "root" / folder / "vlc")

    assert look_for_players(machine(tmp_path))[0].command == (str(vlc),)


@pytest.mark.parametrize("base", ["root/var/lib/flatpak", "home/.local/share/flatpak"])
def test_a_flatpak_is_run_by_its_id(tmp_path: Path, base: str) -> None:
    flatpak = program(tmp_path / "root" / "usr" / "bin" / "flatpak")
    program(tmp_path / base / "exports" / "bin" / "org.videolan.VLC")

    assert look_for_players(machine(tmp_path)) == (
        Player(id="vlc", name="VLC", command=(str(flatpak), "run", "org.videolan.VLC")),
    )


def test_a_flatpak_left_over_without_flatpak_is_no_player(tmp_path: Path) -> None:
    program(tmp_path / "root" / "var/lib/flatpak/exports/bin/io.mpv.Mpv")

    assert look_for_players(machine(tmp_path)) == ()


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_the_current_folder_is_never_searched(
    tmp_path: Path, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "vlc")
    program(tmp_path / "vlc.exe")
    program(tmp_path / "bin" / "vlc")
    monkeypatch.chdir(tmp_path)

    assert look_for_players(machine(tmp_path, platform, PATH=".:bin:;bin;")) == ()


def test_what_cannot_be_run_is_no_player(tmp_path: Path) -> None:
    program(tmp_path / "a" / "vlc").chmod(0o644)
    (tmp_path / "a" / "mpv").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "vlc").symlink_to("/nowhere")

    path = f"{tmp_path / 'a'}:{tmp_path / 'b'}:{tmp_path}/\x00bad:{tmp_path / 'a' / 'vlc'}"
    assert look_for_players(machine(tmp_path, PATH=path)) == ()


def test_windows_players_are_found_below_program_files(tmp_path: Path) -> None:
    files = tmp_path / "Program Files"
    vlc = program(files / "VideoLAN/VLC/vlc.exe")
    mpc = program(files / "K-Lite Codec Pack/MPC-HC64/mpc-hc64.exe")
    pot = program(files / "DAUM/PotPlayer/PotPlayerMini64.exe")

    found = look_for_players(machine(tmp_path, "win32", ProgramFiles=str(files)))

    assert [(player.id, player.command) for player in found] == [
        ("vlc", (str(vlc),)),
        ("mpc-hc", (str(mpc),)),
        ("potplayer", (str(pot),)),
    ]


def test_mac_players_are_found_in_both_application_folders(tmp_path: Path) -> None:
    vlc = program(tmp_path / "root/Applications/VLC.app/Contents/MacOS/VLC")
    iina = program(tmp_path / "home/Applications/IINA.app/Contents/MacOS/iina-cli")

    found = look_for_players(machine(tmp_path, "darwin"))

    assert [(player.id, player.command) for player in found] == [
        ("vlc", (str(vlc),)),
        ("iina", (str(iina),)),
    ]


async def test_this_computer_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mpv = program(tmp_path / ("mpv.exe" if sys.platform == "win32" else "mpv"))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    found = await find_players()

    assert Player(id="mpv", name="mpv", command=(str(mpv),)) in found


@pytest.mark.parametrize(
    ("name", "player"),
    [
        ("celluloid", "Celluloid"),
        ("smplayer", "SMPlayer"),
        ("haruna", "Haruna"),
        ("clapper", "Clapper"),
        ("showtime", "GNOME Video Player"),
        ("totem", "GNOME Videos"),
        ("kodi", "Kodi"),
    ],
)
def test_players_of_linux_desktops_are_found(tmp_path: Path, name: str, player: str) -> None:
    place = program(tmp_path / "root" / "usr" / "bin" / name)

    assert look_for_players(machine(tmp_path)) == (
        Player(id=name, name=player, command=(str(place),)),
    )


@pytest.mark.parametrize(
    ("app", "name"),
    [
        ("io.github.celluloid_player.Celluloid", "celluloid"),
        ("info.smplayer.SMPlayer", "smplayer"),
        ("org.kde.haruna", "haruna"),
        ("com.github.rafostar.Clapper", "clapper"),
        ("org.gnome.Showtime", "showtime"),
        ("org.gnome.Totem", "totem"),
        ("tv.kodi.Kodi", "kodi"),
    ],
)
def test_their_flatpaks_are_found_too(tmp_path: Path, app: str, name: str) -> None:
    flatpak = program(tmp_path / "root" / "usr" / "bin" / "flatpak")
    program(tmp_path / "home/.local/share/flatpak/exports/bin" / app)

    (found,) = look_for_players(machine(tmp_path))

    assert (found.id, found.command) == (name, (str(flatpak), "run", app))


@pytest.mark.parametrize("folder", ["MPC-BE x64", "MPC-BE"])
def test_either_folder_of_mpc_be_is_looked_at(tmp_path: Path, folder: str) -> None:
    files = tmp_path / "Program Files"
    mpc = program(files / folder / "mpc-be64.exe")

    (found,) = look_for_players(machine(tmp_path, "win32", ProgramFiles=str(files)))

    assert (found.id, found.command) == ("mpc-be", (str(mpc),))


def test_as_root_vlc_comes_last_because_it_does_not_run(tmp_path: Path) -> None:
    for name in ("vlc", "mpv"):
        program(tmp_path / "root" / "usr" / "bin" / name)

    found = look_for_players(dataclasses.replace(machine(tmp_path), is_root=True))

    assert [player.id for player in found] == ["mpv", "vlc"]


@on_unix
def test_the_users_own_command_comes_first(tmp_path: Path) -> None:
    vlc = program(tmp_path / "root/usr/bin/vlc")
    own = program(tmp_path / "a" / "my-player")

    found = look_for_players(machine(tmp_path, PATH=str(own.parent)), "my-player -f {url}")

    assert [(player.id, player.name, player.command) for player in found] == [
        ("command", "my-player", (str(own), "-f", "{url}")),
        ("vlc", "VLC", (str(vlc),)),
    ]


def test_a_command_of_a_player_that_is_there_anyway_can_be_told_from_it(tmp_path: Path) -> None:
    program(tmp_path / "root/usr/bin/mpv")

    found = look_for_players(machine(tmp_path), "mpv --fs {url}")

    assert [player.name for player in found] == ["mpv (own command)", "mpv"]


@pytest.mark.parametrize(
    "command",
    ["", "mpv", "'mpv {url}", "gone {url}", "./mpv {url}", "bin/mpv {url}", "/gone/mpv {url}"],
)
def test_a_command_that_cannot_be_used_is_no_player(
    tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "mpv")
    program(tmp_path / "bin" / "mpv")
    monkeypatch.chdir(tmp_path)

    assert find_own(command, machine(tmp_path, PATH=".:")) is None


def test_a_command_may_be_a_path_or_lie_in_the_home(tmp_path: Path) -> None:
    own = program(tmp_path / "home" / "bin" / "p")

    for command in ("~/bin/p {url}", f"'{own}' {{url}}"):
        found = find_own(command, machine(tmp_path))
        assert found is not None
        assert found.command == (str(own), "{url}")


def test_a_command_on_windows_may_leave_the_ending_out(tmp_path: Path) -> None:
    own = program(tmp_path / "a" / "p.exe")

    found = find_own("p {url}", machine(tmp_path, "win32", PATH=str(own.parent)))

    assert found is not None
    assert (found.name, found.command) == ("p", (str(own), "{url}"))
