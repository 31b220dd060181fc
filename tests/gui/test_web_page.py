"""A page opens in the browser as the user would start it."""

import json
import pathlib
import sys

import pytest
from PySide6.QtCore import QUrl

from acedesk.ui.web_page import open_page
from tests.e2e.program import wait_until

URL = "https://example.org/install?a=1&b=2"


def _xdg_open(folder: pathlib.Path) -> pathlib.Path:
    told = folder / "told"
    tool = folder / "xdg-open"
    tool.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"with open({str(told)!r} + '.new', 'w') as file:\n"
        "    json.dump([sys.argv[1:], dict(os.environ)], file)\n"
        f"os.replace({str(told)!r} + '.new', {str(told)!r})\n"
    )
    tool.chmod(0o755)
    return told


def test_a_frozen_program_starts_the_browser_without_its_libraries(tmp_path: pathlib.Path) -> None:
    told = _xdg_open(tmp_path)
    environ = {
        "PATH": str(tmp_path),
        "LD_LIBRARY_PATH": "/opt/acedesk/_internal",
        "LD_LIBRARY_PATH_ORIG": "/home/eva/lib",
    }

    open_page(URL, environ=environ, platform="linux", by_qt=lambda _url: pytest.fail("by Qt"))

    wait_until(told.exists, bool, "xdg-open")
    arguments, seen = json.loads(told.read_text())
    assert arguments == [URL]
    assert seen["LD_LIBRARY_PATH"] == "/home/eva/lib"


@pytest.mark.parametrize(
    ("platform", "more"),
    [
        ("linux", {"QT_QPA_PLATFORM": "xcb"}),
        ("darwin", {"QT_PLUGIN_PATH": "/x"}),
        ("win32", {"QT_PLUGIN_PATH": "/x"}),
    ],
)
def test_elsewhere_qt_does_it(tmp_path: pathlib.Path, platform: str, more: dict[str, str]) -> None:
    _xdg_open(tmp_path)
    opened: list[QUrl] = []

    open_page(URL, environ={"PATH": str(tmp_path), **more}, platform=platform, by_qt=opened.append)

    assert opened == [QUrl(URL)]


def test_without_xdg_open_qt_tries(tmp_path: pathlib.Path) -> None:
    opened: list[QUrl] = []
    environ = {"PATH": str(tmp_path), "QT_PLUGIN_PATH": "/x"}

    open_page(URL, environ=environ, platform="linux", by_qt=opened.append)

    assert opened == [QUrl(URL)]
