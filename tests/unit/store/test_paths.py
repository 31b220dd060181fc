"""Where things are kept."""

import pathlib
import sys

import pytest

from acedesk.store.paths import find_paths, resources_dir


@pytest.mark.skipif(sys.platform == "win32", reason="variables of Linux")
def test_the_platforms_own_folders_are_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    paths = find_paths()

    assert paths.data_dir == tmp_path / "data" / "acedesk"
    assert paths.config_file == tmp_path / "config" / "acedesk" / "settings.toml"


def test_a_chosen_data_folder_holds_the_settings_too(tmp_path: pathlib.Path) -> None:
    paths = find_paths(tmp_path)

    assert paths.config_file == tmp_path / "settings.toml"
    assert paths.data_dir == tmp_path


def test_the_settings_file_may_be_elsewhere(tmp_path: pathlib.Path) -> None:
    paths = find_paths(tmp_path, tmp_path / "other.toml")

    assert paths.config_file == tmp_path / "other.toml"


def test_relative_places_are_made_absolute(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.chdir(tmp_path)

    assert find_paths(pathlib.Path("here")).data_dir == tmp_path / "here"


def test_the_resources_are_found() -> None:
    assert resources_dir().is_dir()
