"""What is checked before there is a window, and what the window is handed."""

import pathlib
import sys
import types
from collections.abc import MutableMapping
from typing import Any

import pytest

from acedesk.commands import arguments, desktop, native_message
from acedesk.compose import App
from acedesk.errors import LinkError, SettingsError
from acedesk.settings import Settings
from acedesk.ui import shell
from acedesk.ui.shell.display import display_problem
from tests.needs import need

CONTENT_ID = "94c2fd8fb9bc8f2fc71a2cbe9d4b866f227a0209"

own_screen = pytest.mark.skipif(sys.platform == "win32", reason="a system with a screen of its own")


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, Any]]]:
    """Collect what the window would be opened with; the real one is tried in gui and e2e."""
    opened: list[tuple[Any, dict[str, Any]]] = []

    def run(make_desk: Any, **facts: Any) -> int:
        opened.append((make_desk, facts))
        return 7

    monkeypatch.setattr(shell, "run", types.SimpleNamespace(run=run), raising=False)
    return opened


@pytest.fixture
def screen(environ: MutableMapping[str, str]) -> MutableMapping[str, str]:
    """Let there be a screen; give the variables."""
    environ["QT_QPA_PLATFORM"] = "offscreen"
    need(display_problem(environ) is None, "the libraries of Qt")
    return environ


def _run(folder: pathlib.Path, *words: str) -> int:
    return desktop.run(arguments.read(["--data-dir", str(folder), *words]))


@own_screen
@pytest.mark.usefixtures("environ")
def test_without_a_screen_there_is_one_line_and_no_window(
    tmp_path: pathlib.Path,
    windows: list[tuple[Any, dict[str, Any]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run(tmp_path, CONTENT_ID) == 1

    told = capsys.readouterr()
    assert (told.out, windows, list(tmp_path.iterdir())) == ("", [], [])
    assert told.err.startswith("acedesk: There is no screen here")
    assert told.err.count("\n") == 1


@own_screen
def test_a_screen_that_does_not_answer_is_told_by_its_name(
    tmp_path: pathlib.Path,
    windows: list[tuple[Any, dict[str, Any]]],
    environ: MutableMapping[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    environ["DISPLAY"] = ":4711"
    need(display_problem(environ) is None, "the libraries of Qt and X")

    assert _run(tmp_path) == 1

    assert ":4711" in capsys.readouterr().err
    assert windows == []


@pytest.mark.usefixtures("screen")
def test_a_mistyped_link_is_refused_before_there_is_a_window(
    tmp_path: pathlib.Path, windows: list[tuple[Any, dict[str, Any]]]
) -> None:
    with pytest.raises(LinkError):
        _run(tmp_path, "sevre")

    assert windows == []


@pytest.mark.usefixtures("screen")
def test_of_several_links_the_window_asks_which_one(
    tmp_path: pathlib.Path, windows: list[tuple[Any, dict[str, Any]]]
) -> None:
    text = f"{CONTENT_ID} {CONTENT_ID[::-1]}"

    assert _run(tmp_path, text) == 7

    assert windows[0][1]["link"] == text


@pytest.mark.usefixtures("screen")
def test_a_bad_link_from_the_browser_is_told_in_the_window(
    tmp_path: pathlib.Path, windows: list[tuple[Any, dict[str, Any]]]
) -> None:
    assert _run(tmp_path, "--from-desktop", "acestream://nonsense") == 7

    assert windows[0][1]["link"] == "acestream://nonsense"


@pytest.mark.usefixtures("screen")
def test_the_window_gets_what_was_asked_for_and_its_code_is_ours(
    tmp_path: pathlib.Path, windows: list[tuple[Any, dict[str, Any]]]
) -> None:
    (tmp_path / "settings.toml").write_text('theme = "dark"\n')

    code = _run(tmp_path, "--background", CONTENT_ID)

    ((_, facts),) = windows
    assert code == 7
    assert facts == {
        "link": CONTENT_ID,
        "background": True,
        "data_dir": tmp_path,
        "theme_mode": "dark",
    }


@pytest.mark.usefixtures("screen")
def test_without_a_link_the_window_gets_none(
    tmp_path: pathlib.Path, windows: list[tuple[Any, dict[str, Any]]]
) -> None:
    _run(tmp_path)

    assert (windows[0][1]["link"], windows[0][1]["background"]) == (None, False)


def test_a_bad_variable_opens_no_window(
    tmp_path: pathlib.Path,
    windows: list[tuple[Any, dict[str, Any]]],
    screen: MutableMapping[str, str],
) -> None:
    screen["ACEDESK_PORT"] = "many"

    with pytest.raises(SettingsError, match="ACEDESK_PORT"):
        _run(tmp_path)

    assert windows == []


@pytest.mark.usefixtures("screen", "own_logging")
async def test_the_application_behind_it_has_what_was_changed_for_this_run(
    tmp_path: pathlib.Path, windows: list[tuple[Any, dict[str, Any]]]
) -> None:
    (tmp_path / "settings.toml").write_text("grace = 7.0\nport = -5\n")
    _run(tmp_path, "--demo", "--port", "9000")
    make = windows[0][0]

    first, second = make({}), make({"port": 9001})

    assert isinstance(first, App)
    assert first.settings.current == Settings(grace=7.0, port=9000)
    assert second.settings.current == Settings(grace=7.0, port=9001)
    assert first.streams.test_link is not None  # a demo run
    (note,) = first.notes
    assert "port must be at least 0" in note
    with pytest.raises(SettingsError):
        make({"port": -1})


@pytest.mark.usefixtures("screen")
def test_a_part_of_qt_that_is_missing_is_told_with_what_to_do(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(shell, "run", raising=False)
    monkeypatch.setitem(sys.modules, "acedesk.ui.shell.run", None)

    assert _run(tmp_path) == 1

    told = capsys.readouterr().err
    assert "missing or broken" in told
    assert "install AceDesk again" in told
    assert "acedesk.ui.shell" in told


@own_screen
@pytest.mark.usefixtures("environ")
@pytest.mark.parametrize(("options", "unseen"), [((), True), (("--from-desktop",), False)])
def test_who_clicked_an_icon_is_shown_why_nothing_comes(
    tmp_path: pathlib.Path,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    unseen: bool,
) -> None:
    shown: list[tuple[str, ...]] = []
    monkeypatch.setattr(native_message, "is_unseen", lambda: unseen)
    monkeypatch.setattr(
        native_message, "show", lambda *texts, environ, **_facts: shown.append(texts)
    )

    assert _run(tmp_path, *options) == 1

    ((sentences, details),) = shown
    assert sentences.startswith("There is no screen here")
    assert "without a window" in sentences
    assert details == "acedesk serve"


def test_a_restart_has_the_same_arguments_but_the_link_and_what_was_changed_since(
    tmp_path: pathlib.Path,
) -> None:
    config = tmp_path / "settings.toml"
    words = ["--demo", "--data-dir", str(tmp_path), "--config", str(config)]
    options = ["--port", "9000", "--log-level", "debug", "--engine", "a:1", "--engine", "b:2"]
    wanted = arguments.read([*words, *options, "--background", "0" * 40])

    assert desktop.arguments_again(wanted, config) == [*words, *options[:4], *options[4:]]

    config.write_text("port = 9001\n")
    again = desktop.arguments_again(wanted, config)

    assert "--port" not in again
    assert arguments.read(again).settings == {"log_level": "debug", "engines": ("a:1", "b:2")}
