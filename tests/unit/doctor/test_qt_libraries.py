"""The list of Qt's system libraries is complete, and tells what is not there."""

import importlib.util
import pathlib
import re
import sys

import pytest

from acedesk.doctor.qt_libraries import (
    WINDOW_LIBRARIES,
    XCB_LIBRARIES,
    is_loadable,
    missing_libraries,
)
from tests.needs import need

# Of every Linux with a desktop's packages, or brought by those of the list (Debian 12, ldd).
BROUGHT = {
    *("libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", "libz.so.1", "libzstd.so.1"),
    *("libfreetype.so.6", "libgthread-2.0.so.0", "libxcb.so.1"),
}
PARTS = {
    "lib/libQt6Core.so.6": False,
    "lib/libQt6Gui.so.6": False,
    "lib/libQt6Widgets.so.6": False,
    "lib/libQt6DBus.so.6": False,
    "lib/libQt6XcbQpa.so.6": True,
    "plugins/platforms/libqxcb.so": True,
}


def named_in(part: pathlib.Path) -> set[str]:
    """Return the libraries whose names stand in a shared library, Qt's own left out."""
    names = re.findall(rb"\0(lib[\w+.-]+\.so\.\d+)(?=\0)", part.read_bytes())
    return {
        name for name in map(bytes.decode, names) if not re.match(r"lib(Qt6|icu|.*\.abi3)", name)
    }


@pytest.mark.skipif(sys.platform != "linux", reason="Qt needs no packages elsewhere")
@pytest.mark.parametrize("part", PARTS)
def test_all_that_qt_needs_is_on_the_list(part: str) -> None:
    spec = importlib.util.find_spec("PySide6")
    need(spec is not None and spec.origin is not None, "PySide6 is not installed")
    assert spec is not None
    assert spec.origin is not None
    listed = {*WINDOW_LIBRARIES, *BROUGHT, *(XCB_LIBRARIES if PARTS[part] else ())}

    needed = named_in(pathlib.Path(spec.origin).parent / "Qt" / part)

    assert needed
    assert needed <= listed


@pytest.mark.parametrize("library", [*WINDOW_LIBRARIES, *XCB_LIBRARIES])
def test_a_library_that_is_not_there_is_named_by_its_package(library: str) -> None:
    package = {**WINDOW_LIBRARIES, **XCB_LIBRARIES}[library]

    assert missing_libraries(loadable=lambda name: name != library) == (package,)


def test_without_x_its_libraries_do_not_matter() -> None:
    assert missing_libraries(xcb=False, loadable=lambda name: name not in XCB_LIBRARIES) == ()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems name it otherwise")
def test_what_the_linker_finds_is_loadable() -> None:
    assert is_loadable("libc.so.6")
    assert not is_loadable("libnowhere.so.1")
