"""Command line, environment and file come together."""

import pathlib

import pytest

from acedesk.commands.arguments import read
from acedesk.commands.start import prepare
from acedesk.errors import SettingsError


def test_places_and_demo_come_from_the_environment_too(tmp_path: pathlib.Path) -> None:
    environ = {
        "ACEDESK_DEMO": "yes",
        "ACEDESK_DATA_DIR": str(tmp_path),
        "ACEDESK_CONFIG": str(tmp_path / "c.toml"),
        "ACEDESK_PORT": "9001",
    }

    start = prepare(read(["serve"]), environ)

    assert start.demo
    assert start.paths.data_dir == tmp_path
    assert start.paths.config_file == tmp_path / "c.toml"
    assert start.settings.port == 9001


def test_the_command_line_comes_first(tmp_path: pathlib.Path) -> None:
    (tmp_path / "settings.toml").write_text("port = 9000\ngrace = 1\n")
    environ = {"ACEDESK_DATA_DIR": "/elsewhere", "ACEDESK_PORT": "9001", "ACEDESK_GRACE": "2"}

    start = prepare(read(["serve", "--data-dir", str(tmp_path), "--port", "9002"]), environ)

    assert (start.settings.port, start.settings.grace) == (9002, 2.0)
    assert start.paths.data_dir == tmp_path
    assert not start.demo


@pytest.mark.parametrize(("name", "text"), [("ACEDESK_DEMO", "maybe"), ("ACEDESK_GRACE", "long")])
def test_a_bad_variable_is_named(tmp_path: pathlib.Path, name: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        prepare(read(["serve", "--data-dir", str(tmp_path)]), {name: text})

    assert caught.value.field == name


def test_a_variable_that_is_no_setting_is_told(
    tmp_path: pathlib.Path, caplog: pytest.LogCaptureFixture
) -> None:
    environ = {"ACEDESK_PROT": "9000", "ACEDESK_PORT": "9001", "ACEDESK_DEMO": "1", "OTHER": "x"}

    prepare(read(["serve", "--data-dir", str(tmp_path)]), environ)

    assert [record.args for record in caplog.records] == [("ACEDESK_PROT",)]


def test_a_broken_file_is_told_and_set_aside_by_a_real_start_only(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("port = = 1")
    arguments = read(["serve", "--data-dir", str(tmp_path)])

    looking = prepare(arguments, {}, looking=True)
    assert path.exists()
    assert looking.notes

    starting = prepare(arguments, {})
    assert not path.exists()
    assert "settings.toml.bad" in starting.notes[0]


def told(folder: pathlib.Path, **values: str) -> bool:
    start = prepare(read(["serve", "--data-dir", str(folder)]), values)
    return any("need a token" in note for note in start.notes)


def test_who_let_other_devices_in_before_there_were_tokens_is_told_once(
    tmp_path: pathlib.Path,
) -> None:
    lan = {"ACEDESK_HOST": "0.0.0.0"}
    assert not told(tmp_path, **lan)  # a folder that no AceDesk has used

    (tmp_path / "acedesk.lock").touch()
    assert told(tmp_path, **lan)
    assert not told(tmp_path, **lan, ACEDESK_OPEN_NETWORK="1")
    assert not told(tmp_path)

    (tmp_path / "tokens.json").touch()
    assert not told(tmp_path, **lan)
