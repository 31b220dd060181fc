"""What the folder that setup.exe installs is made of: names, versions, licences, for the SBOM."""

import dataclasses
import importlib.metadata
import pathlib
import re
import subprocess

import tree as trees


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """Something of others that is in the folder.

    Attributes:
        version: "" when it does not tell.
        is_package: It is a Python package.
    """

    name: str
    version: str
    licence: str
    is_package: bool = False


def parts(tree: pathlib.Path) -> list[Part]:
    """Return all of them, by name.

    Raises:
        trees.Failed: A Python package tells no version.
    """
    found = [
        Part("python", trees.PYTHON["python"], "PSF-2.0"),
        Part("Microsoft Visual C++ runtime", "", "Microsoft Visual C++ redistributable"),
        Part("mingw-w64-gcc", _said("x86_64-w64-mingw32-gcc", "-dumpversion"), "ZPL-2.1"),
        Part("nsis", _said("makensis", "-VERSION").removeprefix("v").partition("-")[0], "Zlib"),
        *_inside(tree / "runtime"),
        *packages(tree / "lib"),
    ]
    qt = next(part for part in found if part.name == "PySide6_Essentials")
    found.append(Part("qt", qt.version, "LGPL-3.0-only"))
    return sorted(found, key=lambda part: part.name.lower())


def packages(lib: pathlib.Path) -> list[Part]:
    """Return the Python packages in a folder.

    Raises:
        trees.Failed: One tells no version.
    """
    found = []
    for folder in lib.glob("*.dist-info"):
        metadata = importlib.metadata.Distribution.at(folder).metadata
        name, version = metadata.get("Name"), metadata.get("Version")
        if not name or not version:
            raise trees.Failed(f"{folder.name} does not tell what it is")
        found.append(Part(name, version, _licence(metadata), is_package=True))
    return found


def _licence(metadata: importlib.metadata.PackageMetadata) -> str:
    kinds = metadata.get_all("Classifier") or []
    classified = [one.rpartition(" :: ")[2] for one in kinds if one.startswith("License :: ")]
    said = metadata.get("License-Expression") or metadata.get("License") or ", ".join(classified)
    return " ".join(said.split())[:60] or "see text"


# Libraries that Python brings; what their version looks like inside of them, and their licence.
_LIBRARIES = (
    ("openssl", "libcrypto-3.dll", rb"OpenSSL (3\.\d+\.\d+) \d", "Apache-2.0"),
    ("sqlite", "sqlite3.dll", rb"(?<![\d.])(3\.\d+\.\d+)(?![\d.])", "blessing"),
    ("libffi", "libffi-8.dll", rb"(?!)", "MIT"),
)


def _inside(runtime: pathlib.Path) -> list[Part]:
    found = []
    for name, file, pattern, licence in _LIBRARIES:
        path = runtime / file
        if path.exists():
            version = re.search(pattern, path.read_bytes())
            found.append(Part(name, version[1].decode() if version else "", licence))
    return found


def _said(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()
