"""After Qt nothing reads the source of what is imported."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]


def _run(code: str) -> list[str]:
    """Run it in a Python of its own; return the lines it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


_SOURCES_READ = """
import linecache, sys
import acedesk.ui.shell.run
print("acedesk.ui.shell.run" in sys.modules, any("acedesk/ui" in name for name in linecache.cache))
"""


def test_pyside_reads_the_source_of_each_module_and_then_no_more() -> None:
    # What is cured here: where it is not so any more, `import_qt` can go.
    by_pyside = _run("import sys; import PySide6.QtCore" + _SOURCES_READ)
    with_ours = _run(
        "import sys; from acedesk.ui.qt.qt_import import import_qt; import_qt()" + _SOURCES_READ
    )

    assert (by_pyside, with_ours) == (["True True"], ["True False"])


def test_it_stays_so_when_other_parts_of_qt_are_imported_and_when_it_is_called_again() -> None:
    code = """
import builtins
from acedesk.ui.qt.qt_import import import_qt
import_qt()
print(__import__ is builtins.__orig_import__)
import_qt()
import PySide6.QtWidgets, PySide6.QtSvg, PySide6.QtNetwork
print(__import__ is builtins.__orig_import__)
"""
    assert _run(code) == ["True", "True"]


def test_what_somebody_else_put_in_the_place_of_imports_stays() -> None:
    code = """
import builtins
import PySide6.QtCore
before = builtins.__orig_import__
def of_a_debugger(*arguments, **named):
    return before(*arguments, **named)
builtins.__import__ = of_a_debugger
from acedesk.ui.qt.qt_import import import_qt
import_qt()
print(__import__ is of_a_debugger)
"""
    assert _run(code) == ["True"]


def test_a_pyside_that_changes_no_imports_is_only_imported() -> None:
    code = """
import builtins
import PySide6.QtCore
builtins.__import__ = builtins.__orig_import__
del builtins.__orig_import__, builtins.__feature_import__
before = __import__
from acedesk.ui.qt.qt_import import import_qt
import_qt()
print(__import__ is before)
"""
    assert _run(code) == ["True"]
