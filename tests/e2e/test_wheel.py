"""The wheel: what it holds, and that it needs nothing beside itself."""

import importlib.util
import os
import pathlib
import subprocess
import sys
import zipfile

import pytest

from tests.needs import need

TOP = pathlib.Path(__file__).resolve().parents[2]

# The wheel stands alone in front of everything; what a frozen build has not is hidden.
PAINT = """
import sys
sys.path.insert(0, sys.argv[1])
sys.modules["qtawesome"] = None
from PySide6.QtWidgets import QApplication
application = QApplication([])
import acedesk
assert acedesk.__file__.startswith(sys.argv[1]), acedesk.__file__
from acedesk.ui.look import icons
image = icons.pixmap("play-circle-outline", 32).toImage()
print(sum(image.pixelColor(x, y).alpha() > 0 for x in range(32) for y in range(32)))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Build it as a release is built."""
    need(importlib.util.find_spec("hatchling"), "hatchling is not installed")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=TOP,
        check=True,
        capture_output=True,
        timeout=50,
    )
    (made,) = folder.glob("*.whl")
    return made


def test_it_holds_what_the_program_shows_and_nothing_else(wheel: pathlib.Path) -> None:
    resources = [
        name.removeprefix("acedesk/_resources/")
        for name in zipfile.ZipFile(wheel).namelist()
        if name.startswith("acedesk/_resources/")
    ]

    folders = {name.partition("/")[0] for name in resources}
    assert folders == {"engines", "fonts", "help", "icons", "testcard"}
    assert {"fonts/icons.ttf", "fonts/icons.json", "fonts/LICENSE"} <= set(resources)
    assert wheel.stat().st_size < 4_000_000  # 2.9 MB in 2026-11; with the help it was 5.6


def test_it_asks_for_qt_by_the_python_and_for_no_tool_of_the_build(wheel: pathlib.Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (metadata,) = [name for name in archive.namelist() if name.endswith("dist-info/METADATA")]

    text = archive.read(metadata).decode()

    assert "Requires-Dist: pyside6-essentials<6.12,>=6.8; python_version < '3.12'" in text
    assert "Requires-Dist: pyside6-essentials>=6.8; python_version >= '3.12'" in text
    assert "qtawesome" not in text.partition("\n\n")[0].lower()


def test_its_icons_are_painted_where_no_other_package_has_them(
    wheel: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)

    painted = subprocess.run(
        [sys.executable, "-P", "-c", PAINT, str(tmp_path)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )

    assert int(painted.stdout) > 50
