"""The rules of the house that a machine can check and no other tool does."""

import ast
import pathlib
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import TypeGuard

import pytest

TOP = pathlib.Path(__file__).parent.parent
PROGRAM = sorted((TOP / "acedesk").rglob("*.py"))
TESTS = sorted((TOP / "tests").rglob("*.py"))
INTEGRATION = TOP / "tests" / "integration"

FILE_LINES, TEST_FILE_LINES, FUNCTION_LINES = 500, 500, 50
CLASS_LINES, FOLDER_MODULES = 250, 14

# Windows are tested as a whole in tests/gui: what one of their parts does shows there only.
TESTED_ELSEWHERE = ("acedesk/ui/",)
TESTED_WITH = {
    # Needs a daemon; what it makes of answers is in inspection.py, endpoint.py and threads.py.
    "acedesk/containers/docker_runtime.py": "tests/docker/test_docker_runtime.py",
    # The engine as players of it see it; its parts have unit tests.
    "acedesk/demo/engine.py": "tests/integration/test_demo_engine.py",
    # What `Orchestrator` is where there is one.
    "acedesk/engines/remote/orchestrator_parts.py": (
        "tests/unit/engines/remote/test_orchestrator.py"
    ),
    # Needs a Secret Service.
    "acedesk/store/keyring/secret_service.py": "tests/integration/test_secret_service.py",
}
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
QT = ("PySide6", "qasync", "shiboken6")

# A nested loop under qasync leaves the other tasks pending for ever; so do the static dialogs.
BLOCKING = re.compile(
    r"\.exec\(|QMessageBox\.(question|warning|information|critical|about)\("
    r"|QFileDialog\.get|QInputDialog\.get|QColorDialog\.get"
)
# A version for all, or for some Pythons or systems.
PINNED = re.compile(r'[\w.-]+==[\w.!+-]+( ; \w+ (<|>=|==|!=) "[\w.]+")?')
IMPORTED_AS = {
    "opentelemetry-sdk": "opentelemetry",
    "pyside6-essentials": "pyside6",
    "pyyaml": "yaml",
}

# Calls that start a program, and are told its environment.
STARTERS = re.compile(
    r"subprocess\.(run|Popen|call|check_call|check_output)"
    r"|(asyncio\.)?create_subprocess_(exec|shell)|os\.(execv\w*|spawn\w*|posix_spawnp?)"
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


def module_name(path: pathlib.Path) -> str:
    return ".".join(path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__")


def import_graph() -> dict[str, set[str]]:
    """Return which of our modules each of our modules imports, wherever in it."""
    modules = {module_name(path): path for path in PROGRAM}
    found: dict[str, set[str]] = {}
    for name, path in modules.items():
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                names = [one if one in modules else node.module for one in names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            found[name] |= {one for one in names if one in modules and one != name}
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return each group of modules that reach each other (Tarjan's strong components)."""
    numbers: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        numbers[name] = low[name] = len(numbers)
        stack.append(name)
        for other in graph[name]:
            if other not in numbers:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == numbers[name]:
            at = stack.index(name)
            group = sorted(stack[at:])
            del stack[at:]
            if len(group) > 1:
                found.append(group)

    for name in graph:
        if name not in numbers:
            visit(name)
    return found


def decides_or_acts(tree: ast.Module) -> bool:
    """Tell whether a module does more than name values: it branches, loops or awaits somewhere."""
    doing = (ast.If, ast.IfExp, ast.For, ast.While, ast.Match, ast.Try, ast.Await, ast.AsyncWith)
    return any(
        isinstance(node, (*doing, ast.comprehension))
        for function in functions(tree)
        for node in ast.walk(function)
    )


def is_start(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and STARTERS.fullmatch(ast.unparse(node.func)) is not None


def lines_of(paths: list[pathlib.Path]) -> int:
    return sum(path.read_text("utf-8").count("\n") for path in paths)


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
def test_classes_are_short(path: pathlib.Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < CLASS_LINES, node.name


def test_folders_are_small() -> None:
    folders = Counter(path.parent for path in PROGRAM if path.name != "__init__.py")

    assert {name_of(one): n for one, n in folders.items() if n > FOLDER_MODULES} == {}


@pytest.mark.parametrize("path", PROGRAM, ids=name_of)
def test_what_decides_or_acts_has_a_test_file_of_its_name(path: pathlib.Path) -> None:
    name = name_of(path)
    if name.startswith(TESTED_ELSEWHERE) or path.name == "__init__.py":
        return
    if not decides_or_acts(ast.parse(path.read_text("utf-8"))):
        return

    place = path.relative_to(TOP / "acedesk")
    own = TOP / "tests" / "unit" / place.parent / f"test_{place.name}"
    real = list(INTEGRATION.rglob(f"test_{path.stem}.py"))
    other = TESTED_WITH.get(name)

    assert own.exists() or real or (other is not None and (TOP / other).exists()), own


def test_there_is_as_much_test_as_program() -> None:
    assert lines_of(TESTS) >= lines_of(PROGRAM)


@pytest.mark.parametrize("name", sorted(TESTED_WITH))
def test_no_exception_is_left_over(name: str) -> None:
    place = (TOP / name).relative_to(TOP / "acedesk")
    own = TOP / "tests" / "unit" / place.parent / f"test_{place.name}"

    assert (TOP / name).exists()
    assert not own.exists()


def test_no_import_is_for_types_only() -> None:
    assert [name_of(path) for path in PROGRAM if "TYPE_CHECKING" in path.read_text("utf-8")] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(import_graph()) == []


@pytest.mark.parametrize("path", PROGRAM, ids=name_of)
def test_every_program_that_is_started_gets_an_environment_made_for_it(
    path: pathlib.Path,
) -> None:
    """What a frozen build and our launch put into ours is not for others."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if is_start(node)]

    assert [node.lineno for node in calls if "environ" not in ast.unparse(node)] == []


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


@pytest.mark.parametrize("path", sorted((TOP / "acedesk" / "ui").rglob("*.py")), ids=name_of)
def test_the_clipboard_has_one_door(path: pathlib.Path) -> None:
    """Only there it is known whether the system took a text."""
    if name_of(path) != "acedesk/ui/clipboard.py":
        assert not re.search(r"Application\.clipboard|\.clipboard\(\)", path.read_text("utf-8"))


@pytest.mark.parametrize("path", sorted((TOP / "acedesk" / "ui").rglob("*.py")), ids=name_of)
def test_pages_are_opened_with_the_users_environment(path: pathlib.Path) -> None:
    if name_of(path) != "acedesk/ui/web_page.py":
        assert "QDesktopServices" not in path.read_text("utf-8")


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
    assert all(PINNED.fullmatch(line) for line in lines if line[:1] not in ("", "#"))


def test_everything_imported_is_a_package_the_program_declares() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    declared = {re.split(r"[^\w-]", line)[0].lower() for line in project["dependencies"] + extras}
    provided = {IMPORTED_AS.get(name, name.replace("-", "_")) for name in declared}
    found = {
        name.partition(".")[0]
        for path in PROGRAM
        for name in imports(ast.parse(path.read_text("utf-8")))
    }

    assert {name.lower() for name in found - sys.stdlib_module_names} - {"acedesk"} <= provided


@pytest.mark.xdist_group("a group")
def test_groups_of_tests_stay_together(request: pytest.FixtureRequest) -> None:
    grouped = bool(request.config.getoption("loadgroup", default=False))

    assert request.node.nodeid.endswith("@a group") is grouped
