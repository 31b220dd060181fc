"""What may be in a package for Linux: the allow-list, and the checks of a tree made from it.

Used by the spec (what is taken), by the build (which fails when anything else appears) and by the
tests of a finished package.
"""

import dataclasses
import fnmatch
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import package_data

# Qt's libraries. ICU belongs to Qt's Core; no system has that version.
QT_LIBRARIES = frozenset(
    {
        "libQt6Core.so.6",
        "libQt6DBus.so.6",
        "libQt6Gui.so.6",
        "libQt6Network.so.6",
        "libQt6Svg.so.6",
        "libQt6WaylandClient.so.6",
        "libQt6Widgets.so.6",
        "libQt6XcbQpa.so.6",
        "libicudata.so.*",
        "libicui18n.so.*",
        "libicuuc.so.*",
    }
)
# Folder and name below Qt/plugins. Before Qt 6.10 the Wayland platform had another name.
# The offscreen platform is there for --self-test, which opens every page and shows nothing.
QT_PLUGINS = frozenset(
    {
        "iconengines/libqsvgicon.so",
        "imageformats/libqsvg.so",
        "platforminputcontexts/libcomposeplatforminputcontextplugin.so",
        "platforminputcontexts/libibusplatforminputcontextplugin.so",
        "platforms/libqoffscreen.so",
        "platforms/libqwayland-generic.so",
        "platforms/libqwayland.so",
        "platforms/libqxcb.so",
        "platformthemes/libqgtk3.so",
        "platformthemes/libqxdgdesktopportal.so",
        "wayland-decoration-client/libadwaita.so",
        "wayland-decoration-client/libbradient.so",
        "wayland-shell-integration/libxdg-shell.so",
    }
)
# What the window cannot do without.
NEEDED_PLUGINS = (
    QT_PLUGINS
    - {"platforms/libqwayland-generic.so", "platforms/libqwayland.so"}
    - {"wayland-decoration-client/libadwaita.so"}
)
# The theme plugin uses GTK where the desktop has it, and is passed over where not.
GTK_PLUGIN = "libqgtk3.so"
# Modules of PySide6 and what they are joined by.
PYSIDE = frozenset(
    {
        "PySide6/QtCore.abi3.so",
        "PySide6/QtGui.abi3.so",
        "PySide6/QtNetwork.abi3.so",
        "PySide6/QtWidgets.abi3.so",
        "PySide6/libpyside6.abi3.so.*",
        "shiboken6/Shiboken.abi3.so",
        "shiboken6/libshiboken6.abi3.so.*",
    }
)
# Python packages that bring compiled modules or files.
PACKAGES = frozenset(
    {
        "aiohttp",
        "certifi",
        "frozenlist",
        "multidict",
        "propcache",
        "psutil",
        "uvloop",
        "yarl",
    }
)
RESOURCES = package_data.files()
# Modules nothing of AceDesk asks for; some come with a package that would use them if they were
# there, and fault injection is for tests only.
LEFT_OUT = (
    "acedesk.demo.fault_injection",
    "PySide6.QtDBus",
    "_curses",
    "_curses_panel",
    "_tkinter",
    "chardet",
    "charset_normalizer",
    "curses",
    "doctest",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "mypy",
    "pdb",
    "pip",
    "pkg_resources",
    "pydoc",
    "pydoc_data",
    "pytest",
    "readline",
    "setuptools",
    "test",
    "tkinter",
    "turtle",
    "unittest",
    "wheel",
    "xmlrpc",
)
# What runs before the program. Those of PyInstaller that are left out would load Qt and a dozen
# other modules in every command (0.12 s until `serve` answers); that for pkgutil stays.
HOOKS = ("keep_archive_open", "qt_place")
HOOKS_LEFT_OUT = ("pyi_rth_inspect", "pyi_rth_multiprocessing", "pyi_rth_pyside6")
# The oldest glibc a package runs on: that of Debian 12.
GLIBC = (2, 36)
MEBI = 1_000_000
DEB_BYTES, TREE_BYTES = 36 * MEBI, 120 * MEBI


def is_wanted(target: str) -> bool:
    """Tell whether a file may be below `_internal`; `target` is its path there.

    System libraries have no folder of their own there, so they are not.
    """
    folder, _, name = target.rpartition("/")
    if target == "base_library.zip" or fnmatch.fnmatch(target, "libpython3.*.so.1.0"):
        return True
    if target.startswith("PySide6/Qt/lib/") or folder == "":
        return _matches(name, QT_LIBRARIES) or _is_top_level_link(name)
    if target.startswith("PySide6/Qt/plugins/"):
        return target.removeprefix("PySide6/Qt/plugins/") in QT_PLUGINS
    if target.startswith(("PySide6/", "shiboken6/")):
        return _matches(target, PYSIDE)
    if target.startswith("acedesk/_resources/"):
        return target in RESOURCES
    if fnmatch.fnmatch(target, "python3.*/lib-dynload/*.so"):
        return True
    return target.partition("/")[0] in PACKAGES and not target.endswith((".pyi", ".pyx", ".c"))


def _is_top_level_link(name: str) -> bool:
    """Tell whether a name is one of PySide's, or of a package made by mypyc."""
    return (
        _matches(f"PySide6/{name}", PYSIDE)
        or _matches(f"shiboken6/{name}", PYSIDE)
        or (re.fullmatch(r"[0-9a-f]{20}__mypyc\.cpython-.*\.so", name) is not None)
    )


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


@dataclasses.dataclass(frozen=True, slots=True)
class Library:
    """What the dynamic section of a program or library says.

    Attributes:
        glibc: The newest version of glibc it asks for.
    """

    path: pathlib.Path
    needed: tuple[str, ...]
    run_paths: tuple[str, ...]
    glibc: tuple[int, ...]
    is_stripped: bool


def is_elf(path: pathlib.Path) -> bool:
    """Tell whether a file is a program or a library."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def elf_files(tree: pathlib.Path) -> list[pathlib.Path]:
    """Return every program and library below `tree`, without links to them."""
    return [path for path in files(tree) if not path.is_symlink() and is_elf(path)]


def files(tree: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yield every file and link below `tree`, in a stable order."""
    for folder, folders, names in os.walk(tree):
        folders.sort()
        for name in sorted(names):
            yield pathlib.Path(folder, name)


def read_library(path: pathlib.Path) -> Library:
    """Ask readelf (of binutils) about a program or library."""
    done = subprocess.run(
        ["readelf", "--dynamic", "--version-info", "--section-headers", "--wide", str(path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    text = done.stdout
    versions = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([\d.]+)", text)}
    paths = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", text)
    return Library(
        path=path,
        needed=tuple(re.findall(r"\(NEEDED\).*\[(.*)\]", text)),
        run_paths=tuple(one for value in paths for one in value.split(":") if one),
        glibc=max(versions, default=(0,)),
        is_stripped=".symtab" not in text and ".debug_info" not in text,
    )


def problems(tree: pathlib.Path, *, with_system_libraries: bool = False) -> list[str]:
    """Return what is wrong with a frozen tree, one sentence each.

    Args:
        tree: The folder with the program and `_internal`.
        with_system_libraries: It may have system libraries, in `_internal/fallback`.
    """
    inner = tree / "_internal"
    found = []
    for path in files(inner):
        target = path.relative_to(inner).as_posix()
        if not is_wanted(target) and not (with_system_libraries and _is_fallback(target)):
            found.append(f"{target} is not on the list of what may be in a package")
    found += [
        f"the Qt plugin {plugin} is missing"
        for plugin in sorted(NEEDED_PLUGINS)
        if not (inner / "PySide6/Qt/plugins" / plugin).exists()
    ]
    found += [f"{name} is missing" for name in RESOURCES if not (inner / name).is_file()]
    if not list((inner / "PySide6/Qt/plugins/platforms").glob("libqwayland*.so")):
        found.append("the Qt platform for Wayland is missing")
    for path in elf_files(tree):
        found += _problems_of(read_library(path), tree)
    size = tree_bytes(tree)
    if size > TREE_BYTES and not with_system_libraries:
        found.append(f"the tree has {size / MEBI:.0f} MB, more than {TREE_BYTES / MEBI:.0f}")
    return found


def _is_fallback(target: str) -> bool:
    return re.fullmatch(r"fallback/(lib[\w.+-]+\.so[\d.]*)/\1", target) is not None


def _problems_of(library: Library, tree: pathlib.Path) -> Iterator[str]:
    name = library.path.relative_to(tree).as_posix()
    for path in library.run_paths:
        if not re.fullmatch(r"\$ORIGIN(/[\w./-]*)?", path):
            yield f"{name} looks for libraries in {path}"
    if library.glibc > GLIBC:
        yield f"{name} needs glibc {'.'.join(map(str, library.glibc))}"
    if not library.is_stripped:
        yield f"{name} has symbols of its build"


def tree_bytes(tree: pathlib.Path) -> int:
    """Return the bytes of all files below `tree`."""
    return sum(path.stat().st_size for path in files(tree) if not path.is_symlink())
