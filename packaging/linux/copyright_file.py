"""The file `copyright` of the packages: who wrote what is in them, and under which licences.

Ours, Qt's and Python's are said here; those of the Python packages, and all texts, are taken from
what is installed, so that no package is forgotten.
"""

import importlib.metadata
import pathlib
import re
import sys
import sysconfig

import facts

HEAD = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: AceDesk
Comment:
 The program is distributed with Python, Qt and the packages named below. Qt's libraries are files
 of their own in _internal/PySide6/Qt, unchanged but for their symbols, and can be replaced by
 others of the same version. Their sources are at https://download.qt.io/official_releases/QtForPython/
 and https://download.qt.io/official_releases/qt/; those of Python at https://www.python.org/.

Files: *
Copyright: 2026 the authors of AceDesk
License: MIT
"""
# What is no Python package with a licence of its own; the folder, whose it is, the licence.
PARTS = (
    (
        "*/_internal/acedesk/_resources/fonts/*",
        "Pictogrammers and contributors (Material Design Icons)",
        "Apache-2.0",
    ),
    (
        "*/_internal/PySide6/* */_internal/shiboken6/*",
        "The Qt Company Ltd. and other contributors",
        "LGPL-3 or GPL-2 or GPL-3",
    ),
    (
        "*/_internal/PySide6/Qt/lib/libicu*",
        "1991-2026 Unicode, Inc.",
        "Unicode-3.0",
    ),
    (
        "*/_internal/libpython3* */_internal/python3* */_internal/base_library.zip",
        "2001-2026 Python Software Foundation",
        "PSF-2",
    ),
    (
        "*/acedesk",
        "PyInstaller Development Team (the start of the program)",
        "GPL-2 with exception for what it starts",
    ),
)
# Packages that are told above, and those of the build.
TOLD = frozenset({"acedesk", "pyside6-essentials", "shiboken6"})
COMMON = "/usr/share/common-licenses"
COMMON_TEXTS = {
    "LGPL-3": "LGPL-3",
    "GPL-2": "GPL-2",
    "GPL-3": "GPL-3",
    "Apache-2.0": "Apache-2.0",
    "MPL-2.0": "MPL-2.0",
}
UNICODE = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of data files and any
associated documentation (the "Data Files") or software and any associated documentation (the
"Software") to deal in the Data Files or Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, and/or sell copies of the Data Files or
Software, and to permit persons to whom the Data Files or Software are furnished to do so, provided
that either (a) this copyright and permission notice appear with all copies of the Data Files or
Software, or (b) this copyright and permission notice appear in associated Documentation.

THE DATA FILES AND SOFTWARE ARE PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED,
INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT OF THIRD PARTY RIGHTS. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR HOLDERS INCLUDED IN
THIS NOTICE BE LIABLE FOR ANY CLAIM, OR ANY SPECIAL INDIRECT OR CONSEQUENTIAL DAMAGES, OR ANY
DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE
OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THE DATA
FILES OR SOFTWARE.
"""


def shipped() -> list[importlib.metadata.Distribution]:
    """Return the Python packages whose modules are in the frozen tree."""
    wanted = modules_of_tree()
    found = {}
    for distribution in importlib.metadata.distributions():
        tops = {
            pathlib.PurePosixPath(file).parts[0].partition(".")[0]
            for file in distribution.files or ()
            if file.suffix in (".py", ".so")
        }
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        if tops & wanted and name != "acedesk":
            found[name] = distribution
    return [found[name] for name in sorted(found)]


def modules_of_tree() -> set[str]:
    """Return the top names of all Python modules that the tree has."""
    from PyInstaller.archive.readers import CArchiveReader

    program = CArchiveReader(str(facts.TREE / "acedesk"))
    inner = program.open_embedded_archive("PYZ.pyz")
    found = {name.partition(".")[0] for name in inner.toc}
    found |= {path.name for path in (facts.TREE / "_internal").iterdir() if path.is_dir()}
    return found - set(sys.stdlib_module_names)


def text() -> str:
    """Return the whole file."""
    blocks = [HEAD]
    for files, whose, licence in PARTS:
        blocks.append(f"Files: {files}\nCopyright: {whose}\nLicense: {licence}\n")
    texts = {"MIT": _own_licence(), "PSF-2": _python_licence(), "Unicode-3.0": UNICODE}
    texts["GPL-2 with exception for what it starts"] = (
        "The start of a program that PyInstaller made may be distributed with that program under\n"
        f"any licence; beyond that the GNU GPL 2 or later holds, which is in {COMMON}/GPL-2."
    )
    texts["LGPL-3 or GPL-2 or GPL-3"] = "\n".join(
        f"The text is in {COMMON}/{name}." for name in ("LGPL-3", "GPL-2", "GPL-3")
    )
    texts["Apache-2.0"] = f"The text is in {COMMON}/Apache-2.0."
    for distribution in shipped():
        name = distribution.metadata["Name"]
        if re.sub(r"[-_.]+", "-", name).lower() in TOLD:
            continue
        licence = f"{licence_name(distribution)} ({name})"
        files = f"*/_internal/{name.replace('-', '_')}/*"
        whose = distribution.metadata.get("Author") or f"the authors of {name}"
        blocks.append(f"Files: {files}\nCopyright: {_one_line(whose)}\nLicense: {licence}\n")
        texts[licence] = _licence_text(distribution)
    blocks += [f"License: {name}\n{_indented(value)}\n" for name, value in texts.items()]
    return "\n".join(blocks)


def _own_licence() -> str:
    return (facts.TOP / "LICENSE").read_text("utf-8")


def _python_licence() -> str:
    for path in (
        pathlib.Path(sysconfig.get_path("stdlib"), "LICENSE.txt"),
        pathlib.Path(f"/usr/share/doc/python3.{sys.version_info[1]}/copyright"),
    ):
        if path.exists():
            return path.read_text("utf-8")
    raise SystemExit("the licence of this Python was not found")


def licence_name(distribution: importlib.metadata.Distribution) -> str:
    """Return what a Python package says its licence is called."""
    metadata = distribution.metadata
    return _one_line(metadata.get("License-Expression") or metadata.get("License") or "see text")[
        :60
    ]


def _licence_text(distribution: importlib.metadata.Distribution) -> str:
    files = [
        file
        for file in distribution.files or ()
        if re.match(r"(?i)(licen[cs]e|copying|notice)", file.name) and ".dist-info" in str(file)
    ]
    texts = [
        pathlib.Path(str(file.locate())).read_text("utf-8", "replace") for file in sorted(files)
    ]
    if not texts:
        return f"{licence_name(distribution)}; its package brings no text."
    return "\n\n".join(
        f"The text is in {COMMON}/Apache-2.0." if _is_apache(value) else value for value in texts
    )


def _is_apache(value: str) -> bool:
    return "Apache License" in value and "TERMS AND CONDITIONS" in value


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _indented(value: str) -> str:
    return "\n".join(
        f" {line.rstrip()}" if line.strip() else " ." for line in value.strip().splitlines()
    )
