import os
from pathlib import Path

import pytest

from acedesk.model.player import Player
from acedesk.players.find import Machine, find_players, look_for_players


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


def test_players_on_the_path_come_in_the_order_of_preference(tmp_path: Path) -> None:
    mpv = program(tmp_path / "a" / "mpv")
    vlc = program(tmp_path / "b" / "vlc")

    found = look_for_players(machine(tmp_path, PATH=f"{tmp_path / 'a'}:{tmp_path / 'b'}"))

    assert found == (
        Player(id="vlc", name="VLC", command=(str(vlc),)),
        Player(id="mpv", name="mpv", command=(str(mpv),)),
    )


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
    mpv = program(tmp_path / "mpv")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    found = await find_players()

    assert Player(id="mpv", name="mpv", command=(str(mpv),)) in found
