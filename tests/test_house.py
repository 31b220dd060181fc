"""The rules of the house that a machine can check and no other tool does."""

import ast
import pathlib
import re
import subprocess
from collections.abc import Iterator

import pytest

TOP = pathlib.Path(__file__).parent.parent
PROGRAM = sorted((TOP / "acedesk").rglob("*.py"))
TESTS = sorted((TOP / "tests").rglob("*.py"))

FILE_LINES, TEST_FILE_LINES, FUNCTION_LINES = 500, 500, 50
TOP_LEVEL = {
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "acedesk",
    "packaging",
    "pyproject.toml",
    "resources",
    "tests",
}
QT = ("PySide6", "qasync", "qtawesome", "shiboken6")

# A nested loop under qasync leaves the other tasks pending for ever; so do the static dialogs.
BLOCKING = re.compile(
    r"\.exec\(|QMessageBox\.(question|warning|information|critical|about)\("
    r"|QFileDialog\.get|QInputDialog\.get|QColorDialog\.get"
)
# Written in two halves, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|NotImplemented" r"Error|coming" r" soon)\b")
REGISTRIES = re.compile(
    r"py"
    r"pi\.org|python"
    r"hosted\.org|npm"
    r"js\.(org|com)|deb\.debian"
    r"\.org"
    r"|archive\.ubuntu"
    r"\.com|static\.crates"
    r"\.io"
)


def name_of(path: pathlib.Path) -> str:
    return str(path.relative_to(TOP))


def committed() -> list[pathlib.Path]:
    """Return every file of the repository that is text."""
    listed = subprocess.run(
        ["git", "-C", str(TOP), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
        timeout=30,
    )
    paths = (TOP / name for name in listed.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:1024]]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (
        node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", [*PROGRAM, *TESTS], ids=name_of)
def test_files_and_functions_are_short(path: pathlib.Path) -> None:
    text = path.read_text(encoding="utf-8")
    limit = TEST_FILE_LINES if path in TESTS else FILE_LINES

    assert text.count("\n") <= limit
    for function in functions(ast.parse(text)):
        assert function.end_lineno is not None
        assert function.end_lineno - function.lineno < FUNCTION_LINES, function.name


@pytest.mark.parametrize("path", PROGRAM, ids=name_of)
def test_every_module_says_what_it_is_for(path: pathlib.Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", PROGRAM, ids=name_of)
def test_qt_is_imported_in_ui_only(path: pathlib.Path) -> None:
    if (TOP / "acedesk" / "ui") in path.parents:
        return

    found = [name for name in imports(ast.parse(path.read_text("utf-8"))) if name.startswith(QT)]

    assert found == []


@pytest.mark.parametrize("path", sorted((TOP / "acedesk" / "ui").rglob("*.py")), ids=name_of)
def test_no_window_blocks_the_loop(path: pathlib.Path) -> None:
    assert BLOCKING.findall(path.read_text("utf-8")) == []


def test_the_top_level_has_nothing_but_what_belongs_there() -> None:
    top = {path.relative_to(TOP).parts[0] for path in committed()}

    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL


def test_nothing_is_marked_as_unfinished() -> None:
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in committed()
        for match in UNFINISHED.finditer(path.read_text("utf-8", errors="replace"))
    ]

    assert found == []


def test_no_file_names_a_package_registry() -> None:
    found = [
        f"{name_of(path)}: {match[0]}"
        for path in committed()
        for match in REGISTRIES.finditer(path.read_text("utf-8", errors="replace"))
    ]

    assert found == []


@pytest.mark.parametrize("name", ["packaging/run", "packaging/test", ".ci/run"])
def test_the_commands_can_be_run(name: str) -> None:
    path = TOP / name

    assert path.stat().st_mode & 0o111
    assert path.read_text("utf-8").startswith("#!/bin/sh\n")


def test_every_package_of_the_environment_has_its_tested_version() -> None:
    lines = (TOP / "packaging" / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {
        re.split("==", line)[0].lower().replace("_", "-")
        for line in lines
        if line and not line.startswith("#")
    }
    wanted = set(
        re.findall(
            r'^ +"([A-Za-z0-9-]+)[>\[=<]', (TOP / "pyproject.toml").read_text("utf-8"), re.MULTILINE
        )
    )
    wanted |= set(
        re.findall(
            r'^ +"([A-Za-z0-9-]+)\[', (TOP / "pyproject.toml").read_text("utf-8"), re.MULTILINE
        )
    )

    assert {name.lower() for name in wanted} - pinned == set()
    assert all(
        re.fullmatch(r"[\w.-]+==[\w.!+-]+", line) for line in lines if line[:1] not in ("", "#")
    )
