"""One copy of the settings file is kept."""

import pathlib

import pytest

from acedesk.errors import StorageError
from acedesk.store.settings_import.backup import backup_path, keep


def test_the_copy_is_of_the_last_time(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "settings.toml"
    for text in ("port = 1\n", "port = 2\n"):
        file.write_text(text)
        assert keep(file) == backup_path(file)

    assert backup_path(file).read_text() == "port = 2\n"
    assert len(list(tmp_path.iterdir())) == 2


def test_without_settings_there_is_nothing_to_keep(tmp_path: pathlib.Path) -> None:
    assert keep(tmp_path / "settings.toml") is None


def test_a_copy_that_cannot_be_made_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(StorageError):
        keep(tmp_path)
