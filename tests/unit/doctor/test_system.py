"""Python, the data folder, the settings file, the running AceDesk."""

import pathlib

import pytest

from acedesk.doctor import system
from acedesk.doctor.finding import Level
from acedesk.doctor.system import (
    check_data_dir,
    check_program,
    check_python,
    check_running,
    check_settings,
)
from acedesk.store.lock import Running


@pytest.mark.parametrize("frozen", [False, True])
def test_the_program_tells_how_it_is_checked(frozen: bool) -> None:
    finding = check_program(frozen=frozen)

    assert finding.level is Level.PASS
    assert "acedesk --self-test" in finding.text
    assert ("everything in it" in finding.text) is frozen


@pytest.mark.parametrize(
    ("version", "level"), [((3, 11), Level.PASS), ((3, 14), Level.PASS), ((3, 15), Level.WARN)]
)
def test_a_python_that_was_never_tried_is_a_warning(version: tuple[int, int], level: Level) -> None:
    assert check_python(version).level is level


def test_a_folder_that_can_be_made_is_well_and_is_not_made(tmp_path: pathlib.Path) -> None:
    finding = check_data_dir(tmp_path / "a" / "b")

    assert finding.level is Level.PASS
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_fails_with_what_to_do() -> None:
    finding = check_data_dir(pathlib.Path("/proc/acedesk"))

    assert finding.level is Level.FAIL
    assert "--data-dir" in finding.fix


def test_a_file_in_place_of_the_folder_fails(tmp_path: pathlib.Path) -> None:
    (tmp_path / "data").write_text("")

    assert check_data_dir(tmp_path / "data").level is Level.FAIL


def test_an_almost_full_disk_is_a_warning(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "ENOUGH_BYTES", 1 << 60)

    assert check_data_dir(tmp_path).level is Level.WARN


def test_the_running_acedesk_is_named() -> None:
    finding = check_running(Running(process_id=7, base_url="http://127.0.0.1:8080"))

    assert "http://127.0.0.1:8080" in finding.text
    assert check_running(None).level is Level.PASS


def test_what_was_wrong_in_the_settings_file_is_a_warning(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"

    assert check_settings(path, ()).level is Level.PASS
    assert check_settings(path, ("The port is bad.",)).level is Level.WARN
