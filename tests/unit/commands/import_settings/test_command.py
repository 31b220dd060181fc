"""`acedesk import-settings`, as people call it."""

import io
import json
import pathlib

import pytest

from acedesk.commands.arguments import read
from acedesk.commands.import_settings import command
from acedesk.errors import BadRequest
from acedesk.store.lock import DataDirLock
from acedesk.store.settings_import.backup import backup_path


@pytest.fixture(autouse=True)
def nobody_at_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def put(folder: pathlib.Path, text: str, name: str = "x.env") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def run(data_dir: pathlib.Path, *words: str) -> int:
    return command.run(read(["import-settings", *words, "--data-dir", str(data_dir / "data")]))


def settings_of(data_dir: pathlib.Path) -> str:
    path = data_dir / "data" / "settings.toml"
    return path.read_text() if path.exists() else ""


def test_a_dry_run_writes_nothing(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "--env-file", put(tmp_path, "MIN_REPLICAS=2"), "--dry-run") == 0

    assert "min_engines: 0 → 2" in capsys.readouterr().out
    assert settings_of(tmp_path) == ""


def test_what_fits_is_written_beside_what_is_there(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    settings = tmp_path / "data" / "settings.toml"
    settings.write_text("grace = 3.0\nof_a_newer_version = 1\n")

    code = run(tmp_path, "--env-file", put(tmp_path, "MIN_REPLICAS=2\nMAX_REPLICAS=many"))

    assert code == 1  # one was refused
    assert settings_of(tmp_path) == "grace = 3.0\nmin_engines = 2\nof_a_newer_version = 1\n"
    assert backup_path(settings).read_text() == "grace = 3.0\nof_a_newer_version = 1\n"
    assert "The settings from before are in" in capsys.readouterr().out


def test_a_compose_file_and_json(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "services: {a: {image: acexy, ports: ['127.0.0.1:8090:8080']}}"

    assert run(tmp_path, "--compose", put(tmp_path, text, "c.yaml"), "--json") == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["written"], told["variables"][0]["settings"]) == (
        True,
        {"host": "127.0.0.1", "port": 8090},
    )
    assert settings_of(tmp_path) == "port = 8090\n"


def test_the_environment(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACEXY_STREAM_GRACE_PERIOD", "4s")

    assert run(tmp_path, "--environment") == 0

    assert settings_of(tmp_path) == "grace = 4.0\n"


@pytest.mark.parametrize(
    ("answer", "written"),
    [("y\n", True), ("yes\n", True), ("\n", False), ("n\n", False), ("", False)],
)
def test_who_sits_at_a_terminal_is_asked(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, answer: str, written: bool
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))

    run(tmp_path, "--env-file", put(tmp_path, "MIN_REPLICAS=2"))

    assert bool(settings_of(tmp_path)) is written


def test_yes_is_not_asked(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(""))

    run(tmp_path, "--env-file", put(tmp_path, "MIN_REPLICAS=2"), "--yes")

    assert settings_of(tmp_path) == "min_engines = 2\n"


def test_an_import_that_changes_nothing_leaves_the_files(tmp_path: pathlib.Path) -> None:
    run(tmp_path, "--env-file", put(tmp_path, "MAX_REPLICAS=20"), "--yes")

    assert not (tmp_path / "data").exists()


def test_an_acedesk_that_runs_is_told_of(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = DataDirLock(tmp_path / "data")
    lock.acquire()
    try:
        lock.announce("http://127.0.0.1:1", host="127.0.0.1", port=1)
        run(tmp_path, "--env-file", put(tmp_path, "MIN_REPLICAS=2"))
    finally:
        lock.release()

    assert "when it is started again" in capsys.readouterr().out


def test_a_file_that_is_none_is_an_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(BadRequest, match="it is a folder"):
        run(tmp_path, "--compose", str(tmp_path))


def test_one_source_is_needed(tmp_path: pathlib.Path) -> None:
    for words in ((), ("--environment", "--env-file", "x")):
        with pytest.raises(SystemExit, match="2"):
            run(tmp_path, *words)
