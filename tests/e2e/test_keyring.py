"""The window with a real keyring: an older file is moved, a lost keyring is no crash."""

import pathlib
from collections.abc import Iterator, Mapping

import pytest

from acedesk.store.lock import find_running
from tests.e2e.program import Program, wait_until
from tests.secret_service import SecretServiceSession, secret_service

OLDER = 'gluetun_api_key = "hidden-key"\nport = 0\nlog_level = "debug"\n'


@pytest.fixture
def session(tmp_path: pathlib.Path) -> Iterator[SecretServiceSession]:
    with secret_service(tmp_path / "session") as made:
        yield made


def _run(folder: pathlib.Path, environ: Mapping[str, str]) -> str:
    """Start the window, wait until it serves, end it; return what it wrote."""
    program = Program(
        *("--demo", "--data-dir", str(folder / "data")),
        home=folder / "home",
        environ={**environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    try:
        wait_until(lambda: find_running(folder / "data"), bool, "the window runs")
        assert program.stop() == 0
        return program.stderr
    finally:
        program.end()


def _written(folder: pathlib.Path) -> str:
    """Return all that is in the data folder."""
    files = (path for path in (folder / "data").rglob("*") if path.is_file())
    return "".join(path.read_bytes().decode("latin-1") for path in files)


def test_a_key_of_an_older_file_moves_and_is_asked_for_when_the_keyring_is_gone(
    session: SecretServiceSession, tmp_path: pathlib.Path
) -> None:
    session.unlock()
    (tmp_path / "data").mkdir()
    config = tmp_path / "data" / "settings.toml"
    config.write_text(OLDER)

    first = _run(tmp_path, session.environ)

    assert "hidden-key" not in _written(tmp_path) + first
    assert 'in_keyring = "gluetun_api_key@' in config.read_text()
    before = config.read_text()

    again = _run(tmp_path, session.environ)

    assert "WARNING" not in again
    assert config.read_text() == before

    session.kill_keyring()
    without = _run(tmp_path, session.environ)

    assert "“Control server key”" in without
    assert config.read_text() == before


def test_without_a_keyring_the_file_stays_as_it_is(tmp_path: pathlib.Path) -> None:
    (tmp_path / "data").mkdir()
    config = tmp_path / "data" / "settings.toml"
    config.write_text(OLDER)

    _run(tmp_path, {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/none"})

    assert 'gluetun_api_key = "hidden-key"' in config.read_text()
