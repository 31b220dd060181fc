"""The folder that setup.exe installs: Python, the packages it needs, and AceDesk.

```
AceDesk.exe acedesk.com python313.dll python313._pth
runtime/    the standard library and its extension modules
lib/        packages of others
app/        start.py and acedesk
```

What of Qt and of pywin32 is taken is listed here by name; of other packages all but what only
developers need. `missing_libraries` tells when what is listed needs something that is not.
"""

import fnmatch
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping

import pe

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "packaging"))

import package_data  # noqa: E402 - in the folder above

PYTHON = json.loads((HERE / "python-embed.json").read_text("utf-8"))
SHORT = "python" + "".join(PYTHON["python"].split(".")[:2])

_QT = ("Core", "Gui", "Widgets", "Network", "Svg")
PYSIDE = frozenset(
    {f"PySide6/Qt{name}.pyd" for name in _QT if name != "Svg"}
    | {f"PySide6/Qt6{name}.dll" for name in _QT}
    | {"PySide6/__init__.py", "PySide6/_config.py", "PySide6/_git_pyside_version.py"}
    | {"PySide6/pyside6.abi3.dll", "PySide6/support/__init__.py", "PySide6/support/deprecated.py"}
    | {"PySide6/msvcp140.dll", "PySide6/msvcp140_1.dll", "PySide6/msvcp140_2.dll"}
    | {"PySide6/plugins/platforms/qwindows.dll", "PySide6/plugins/platforms/qoffscreen.dll"}
    | {"PySide6/plugins/styles/qmodernwindowsstyle.dll"}
    | {"PySide6/plugins/iconengines/qsvgicon.dll", "PySide6/plugins/imageformats/qsvg.dll"}
)
# What docker imports to speak to a named pipe (docker/transport/npipesocket.py).
PYWIN32 = {
    "pywin32_system32/pywintypes313.dll": "pywintypes313.dll",
    "win32/lib/pywintypes.py": "pywintypes.py",
    "win32/win32api.pyd": "win32api.pyd",
    "win32/win32event.pyd": "win32event.pyd",
    "win32/win32file.pyd": "win32file.pyd",
    "win32/win32pipe.pyd": "win32pipe.pyd",
    "win32/License.txt": "pywin32-License.txt",
}
_SHIBOKEN_LEFT_OUT = (
    "msvcp140*",
    "vcruntime140*",
    "concrt140*",
    "vccorlib140*",
    "vcamp*",
    "vcomp*",
)
_LEFT_OUT = ("*.pyi", "*.pyx", "*.pxd", "*.c", "*.h", "*.lib", "*.exe", "*.hash", "py.typed")
_FOLDERS_LEFT_OUT = frozenset({"tests", "test", "_cparser.pxd", ".hash", "_websocket.hash"})
# Of the package's metadata: licences and what it is; not the list of files, which is not true here.
_METADATA = re.compile(
    r"[^/]+\.dist-info/(METADATA|licenses/.*|LICENSE.*|LICENCE.*|COPYING.*|NOTICE.*)"
)
# Modules of the standard library that only show or debug; no part of a program.
_RUNTIME_LEFT_OUT = ("python.exe", "pythonw.exe", "python.cat", "winsound.pyd")
_BESIDE_PROGRAM = (f"{SHORT}.dll", "python3.dll", "vcruntime140.dll", "vcruntime140_1.dll")

# What Windows 10 (1809) itself has; icuuc.dll came with 1703.
SYSTEM_LIBRARIES = frozenset(
    [
        "advapi32",
        "bcrypt",
        "bcryptprimitives",
        "cfgmgr32",
        "comctl32",
        "comdlg32",
        "crypt32",
        "d2d1",
        "d3d11",
        "d3d12",
        "d3d9",
        "d3dcompiler_47",
        "dbghelp",
        "dcomp",
        "dnsapi",
        "dwmapi",
        "dwrite",
        "dxgi",
        "gdi32",
        "icuuc",
        "imm32",
        "iphlpapi",
        "kernel32",
        "mpr",
        "mscms",
        "msvcrt",
        "mswsock",
        "ncrypt",
        "netapi32",
        "ntdll",
        "ole32",
        "oleaut32",
        "pdh",
        "powrprof",
        "propsys",
        "psapi",
        "rpcrt4",
        "secur32",
        "setupapi",
        "sfc",
        "shcore",
        "shell32",
        "shlwapi",
        "user32",
        "userenv",
        "uxtheme",
        "uiautomationcore",
        "version",
        "winhttp",
        "winmm",
        "winspool.drv",
        "wintrust",
        "ws2_32",
        "wtsapi32",
        "authz",
        "synchronization",
    ]
)


# Faults of the demo engine that can be ordered over HTTP are for tests only.
APP_LEFT_OUT = "demo/fault_injection/"


class Failed(Exception):
    """The folder cannot be made; the text says why."""


def check_python(files: Mapping[str, bytes]) -> None:
    """Compare what python-embed brought with what stands in the repository.

    Raises:
        Failed: A program has another signature, or a file is missing, new or different.
    """
    expected = {**PYTHON["signed"], **PYTHON["others"]}
    if odd := sorted(set(expected) ^ set(files)):
        raise Failed(f"python-embed: unexpected or missing: {', '.join(odd)}")
    for name, digest in expected.items():
        try:
            found = digest_of(name, files[name])
        except pe.NotSigned as exc:
            raise Failed(f"python-embed: {name}: {exc}") from exc
        if found != digest:
            raise Failed(f"python-embed: {name} is not the file of {PYTHON['python']}")


def digest_of(name: str, data: bytes) -> str:
    """Return what the repository has of a file: its signature's digest, else its own."""
    if pathlib.PurePath(name).suffix in (".exe", ".dll", ".pyd"):
        return pe.signed_digest(data)
    return hashlib.sha256(data).hexdigest()


def python_files(data_zip: bytes) -> dict[str, bytes]:
    """Return the files of the embeddable Python by name."""
    with zipfile.ZipFile(io.BytesIO(data_zip)) as archive:
        folder = f"cp{SHORT.removeprefix('python')}/"
        return {
            name.removeprefix(folder): archive.read(name)
            for name in archive.namelist()
            if name.startswith(folder) and not name.endswith("/")
        }


def write_python(files: Mapping[str, bytes], tree: pathlib.Path) -> None:
    """Lay the embeddable Python out."""
    for name, data in files.items():
        if name in _RUNTIME_LEFT_OUT or name == f"{SHORT}._pth":
            continue
        place = tree if name in _BESIDE_PROGRAM else tree / "runtime"
        if name == "LICENSE.txt":
            place, name = tree, "Python-LICENSE.txt"  # noqa: PLW2901 - the same file
        _write(place / name, _stored(data) if name == f"{SHORT}.zip" else data)
    lines = (f"runtime\\{SHORT}.zip", "runtime", "lib", "app")
    _write(tree / f"{SHORT}._pth", "".join(f"{line}\r\n" for line in lines).encode())


def _stored(data: bytes) -> bytes:
    """Return a zip file with the same files, not compressed: the installer does that better."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w") as new:
        for name in sorted(old.namelist()):
            new.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), old.read(name))
    return result.getvalue()


def write_packages(wheels: Mapping[str, pathlib.Path], lib: pathlib.Path) -> None:
    """Unpack what is needed of each wheel."""
    for name, wheel in wheels.items():
        with zipfile.ZipFile(wheel) as archive:
            for member in sorted(archive.namelist()):
                if target := place_of(name, member):
                    _write(lib / target, archive.read(member))


def place_of(package: str, member: str) -> str | None:
    """Return where a file of a wheel goes, None when it is left out."""
    if ".." in member.split("/") or member.startswith("/"):
        raise Failed(f"{package}: {member} leads out of the folder")
    if member.endswith("/") or ".data/" in member:
        return None
    if ".dist-info/" in member:
        return member if _METADATA.fullmatch(member) else None
    if package == "pyside6-essentials":
        return member if member in PYSIDE else None
    if package == "pywin32":
        return PYWIN32.get(member)
    name = pathlib.PurePosixPath(member)
    left_out = _LEFT_OUT + (_SHIBOKEN_LEFT_OUT if package == "shiboken6" else ())
    if any(fnmatch.fnmatch(name.name, pattern) for pattern in left_out):
        return None
    return None if _FOLDERS_LEFT_OUT & set(name.parts[:-1]) else member


def write_app(app: pathlib.Path) -> None:
    """Copy AceDesk and its resources, without what no package has."""
    for path in _sorted_files(ROOT / "acedesk"):
        name = path.relative_to(ROOT / "acedesk").as_posix()
        if path.suffix == ".py" and not name.startswith(APP_LEFT_OUT):
            _write(app / "acedesk" / name, path.read_bytes())
    for target, path in package_data.files().items():
        _write(app / target, path.read_bytes())
    _write(app / "start.py", (HERE / "start.py").read_bytes())


def compile_all(tree: pathlib.Path, python: str) -> None:
    """Compile all modules, so that nothing is written where AceDesk is installed.

    The files say nothing of times or of this computer. One process compiles them in a fixed order
    and with fixed hashes: what Python writes of strings depends on what was compiled before.
    """
    script = """
import pathlib, py_compile, sys
tree = pathlib.Path(sys.argv[1])
for path in sorted(tree.rglob("*.py")):
    py_compile.compile(
        str(path), dfile=str(path.relative_to(tree)).replace("/", "\\\\"), doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
"""
    done = subprocess.run(
        [python, "-I", "-c", script, str(tree)],
        check=False,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Failed(f"a module does not compile: {done.stderr.strip()[-300:]}")


def missing_libraries(tree: pathlib.Path) -> dict[str, list[str]]:
    """Return what programs and libraries of the folder need and nobody has, by file."""
    programs = [
        path for path in _sorted_files(tree) if path.suffix in (".exe", ".com", ".dll", ".pyd")
    ]
    there = {path.name.lower() for path in programs}
    missing: dict[str, list[str]] = {}
    for path in programs:
        lacks = [name for name in pe.imports(path.read_bytes()) if not _is_there(name, there)]
        if lacks:
            missing[path.relative_to(tree).as_posix()] = sorted(lacks)
    return missing


def _is_there(library: str, there: set[str]) -> bool:
    is_set = library.startswith(("api-ms-win-", "ext-ms-"))  # a name for one of the others
    return is_set or library in there or library.removesuffix(".dll") in SYSTEM_LIBRARIES


def licences(tree: pathlib.Path, wheels: Mapping[str, pathlib.Path]) -> None:
    """Put our licence, and a list of whose others are where, into the folder."""
    shutil.copyfile(ROOT / "LICENSE", tree / "LICENSE.txt")
    lines = [
        "AceDesk: LICENSE.txt. Icon font: app\\acedesk\\_resources\\fonts\\LICENSE.",
        f"Python {PYTHON['python']}: Python-LICENSE.txt.",
        "Qt and PySide6: LGPL 3, https://www.gnu.org/licenses/lgpl-3.0.html; their sources:",
        "https://download.qt.io/official_releases/. The libraries",
        "lie in lib\\PySide6 and can be replaced.",
        "Each other package: its folder .dist-info in lib.",
        "",
        *(f"{wheel.name}" for wheel in wheels.values()),
    ]
    _write(tree / "THIRD-PARTY.txt", "".join(f"{line}\r\n" for line in lines).encode())


def _sorted_files(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def _write(path: pathlib.Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
