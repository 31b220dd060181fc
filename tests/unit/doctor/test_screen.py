"""Whether a window could be shown."""

import importlib.metadata
import sys

import pytest

from acedesk.doctor import qt_libraries, screen
from acedesk.doctor.finding import Level
from acedesk.doctor.screen import check_qt, check_screen, missing_packages, screen_problem


def not_installed(name: str) -> str:
    raise importlib.metadata.PackageNotFoundError(name)


def test_the_installed_qt_is_named() -> None:
    assert check_qt(lambda _: "6.11.3").text == "PySide6 6.11.3"


@pytest.mark.parametrize(
    ("python", "level"), [((3, 11), Level.FAIL), ((3, 12), Level.PASS), ((3, 13), Level.PASS)]
)
def test_a_version_of_qt_fails_where_it_is_broken(python: tuple[int, int], level: Level) -> None:
    assert check_qt(lambda _: "6.12.0", python=python).level is level


def test_a_frozen_program_brings_its_own_qt() -> None:
    assert check_qt(not_installed, frozen=True).level is Level.PASS


def test_without_qt_there_is_still_serve() -> None:
    finding = check_qt(not_installed)

    assert finding.level is Level.WARN
    assert "acedesk serve" in finding.fix


@pytest.mark.skipif(sys.platform == "win32", reason="a system with a screen of its own")
def test_without_a_screen_there_is_still_serve() -> None:
    finding = check_screen({})

    assert finding.level is Level.WARN
    assert "acedesk serve" in finding.fix


@pytest.mark.skipif(sys.platform == "win32", reason="a system with a screen of its own")
def test_missing_libraries_fail_with_the_line_that_installs_them() -> None:
    finding = check_screen({"DISPLAY": ":0"}, missing=lambda: ("libegl1", "libgl1"))

    assert finding.level is Level.FAIL
    assert finding.fix == "sudo apt install libegl1 libgl1"


def test_a_screen_with_all_libraries_is_well() -> None:
    assert check_screen({"WAYLAND_DISPLAY": "wayland-0"}, missing=tuple).level is Level.PASS


@pytest.mark.skipif(sys.platform == "win32", reason="a system with a screen of its own")
def test_a_screen_that_does_not_answer_fails() -> None:
    finding = check_screen({"DISPLAY": ":9"}, missing=tuple, answers=lambda _: False)

    assert finding.level is Level.FAIL
    assert ":9" in finding.text


@pytest.mark.skipif(sys.platform == "win32", reason="a system with a screen of its own")
def test_a_named_screen_that_is_not_there_is_noticed_before_qt_aborts() -> None:
    # Screens are numbered from 0; nobody has 65,000 of them.
    problem = screen_problem({"DISPLAY": ":64999"})

    assert problem is not None
    assert ":64999" in problem.sentences
    assert problem.command == "acedesk serve"


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"DISPLAY": ":64999", "WAYLAND_DISPLAY": "wayland-0"},
        {"DISPLAY": ":64999", "QT_QPA_PLATFORM": "offscreen"},
    ],
)
def test_other_platforms_are_not_asked_for_an_x_screen(environ: dict[str, str]) -> None:
    assert screen_problem(environ) is None


@pytest.mark.skipif(sys.platform == "win32", reason="libraries of Linux")
def test_a_library_that_cannot_be_loaded_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qt_libraries, "WINDOW_LIBRARIES", {"libc.so.6": "libc6"})
    # The start of the desktop refuses where one of these is missing, so the doctor names it too.
    monkeypatch.setattr(qt_libraries, "XCB_LIBRARIES", {"libnowhere.so.1": "no"})
    monkeypatch.setattr(screen, "FONT_FOLDERS", ("/nowhere",))

    assert missing_packages() == ("no", "fonts-dejavu-core")
