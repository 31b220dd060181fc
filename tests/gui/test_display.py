"""Whether a window can be opened is known before Qt is imported."""

import pathlib
import subprocess
import sys

from acedesk.doctor.qt_libraries import XCB_LIBRARIES
from acedesk.ui.shell.display import display_problem


def _all(_library: str) -> bool:
    return True


def test_without_a_screen_serve_is_named() -> None:
    problem = display_problem({}, platform="linux", loadable=_all)

    assert problem is not None
    assert problem.command == "acedesk serve"
    assert "acedesk" not in problem.sentences


def test_a_screen_and_all_libraries_are_enough() -> None:
    assert display_problem({"DISPLAY": ":0"}, platform="linux", loadable=_all) is None
    assert display_problem({"WAYLAND_DISPLAY": "w"}, platform="linux", loadable=_all) is None


def test_a_chosen_platform_needs_no_screen() -> None:
    assert display_problem({"QT_QPA_PLATFORM": "offscreen"}, loadable=_all) is None


def test_missing_libraries_are_named_by_their_packages() -> None:
    missing = {"libxcb-cursor.so.0", "libxkbcommon-x11.so.0"}

    problem = display_problem(
        {"DISPLAY": ":0"}, platform="linux", loadable=lambda library: library not in missing
    )

    assert problem is not None
    assert problem.command == "sudo apt install libxcb-cursor0 libxkbcommon-x11-0"
    assert "libxcb-cursor0, libxkbcommon-x11-0" in problem.sentences
    assert "apt" not in problem.sentences


def test_offscreen_does_not_need_the_x_libraries() -> None:
    problem = display_problem(
        {"QT_QPA_PLATFORM": "offscreen"},
        platform="linux",
        loadable=lambda library: library not in XCB_LIBRARIES,
    )

    assert problem is None


def test_other_systems_always_have_a_screen() -> None:
    assert display_problem({}, platform="win32") is None


def test_the_check_does_not_import_qt() -> None:
    code = (
        "import sys; from acedesk.ui.shell.display import display_problem; display_problem({});"
        "sys.exit(any(name.startswith(('PySide6', 'qasync')) for name in sys.modules))"
    )
    root = pathlib.Path(__file__).parent.parent.parent

    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
