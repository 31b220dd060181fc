"""What the program reads of resources/ is in every package."""

import fnmatch
import importlib
import pathlib
import re
from types import ModuleType

import pytest

from acedesk.ui.help import topics
from tests.unit.packaging.script import ROOT, load

package_data, tree = load("package_data.py"), load("windows/tree.py")
FILES = package_data.files()


@pytest.fixture
def contents(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging" / "linux"))
    return importlib.import_module("contents")


def test_every_folder_that_the_program_reads_is_listed() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "acedesk").rglob("*.py"))
    read = set(re.findall(r'resources_dir\(\) / "(\w+)"', sources))
    read |= set(re.findall(r"`resources/(\w+)", sources))

    assert {"engines", "fonts", "help", "icons", "testcard"} <= read
    others = {"grafana", "nginx"}  # read by other programs
    assert read == {path.name for path in (ROOT / "resources").iterdir()} - others
    assert read == {name.split("/")[2] for name in FILES}


def test_every_text_of_the_help_is_listed() -> None:
    texts = {path.name for path in topics.help_folder().glob("*.md")}

    assert texts
    assert {f"acedesk/_resources/help/{name}" for name in texts} <= set(FILES)


def test_the_packages_for_linux_have_all_of_it(
    contents: ModuleType, tmp_path: pathlib.Path
) -> None:
    assert all(contents.is_wanted(name) for name in FILES)

    said = contents.problems(tmp_path)

    assert {f"{name} is missing" for name in FILES} <= set(said)


def test_the_installer_for_windows_has_all_of_it(tmp_path: pathlib.Path) -> None:
    tree.write_app(tmp_path)

    for name, path in FILES.items():
        assert (tmp_path / name).read_bytes() == path.read_bytes()


def test_the_container_is_built_with_all_of_it() -> None:
    """The wheel is made inside, and a listed file that is not there ends that."""
    text = (ROOT / "packaging/recipes/docker/Dockerfile.dockerignore").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and line not in ("*", "**/__pycache__")]
    kept = [line.removeprefix("!") for line in lines if line.startswith("!")]
    left_out = [line for line in lines if not line.startswith("!")]

    for path in FILES.values():
        name = path.relative_to(ROOT).as_posix()
        assert name.partition("/")[0] in kept
        assert not any(fnmatch.fnmatch(name, one) or name.startswith(f"{one}/") for one in left_out)


@pytest.mark.parametrize("spec", ["linux/acedesk.spec", "recipes/macos/AceDesk.spec"])
def test_what_is_frozen_takes_the_same_list(spec: str) -> None:
    text = (ROOT / "packaging" / spec).read_text("utf-8")

    assert "package_data.files()" in text or "contents.RESOURCES.items()" in text
    assert '"resources"' not in text


def test_a_list_with_what_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_data, "listed", lambda: {"resources/none": "acedesk/none"})

    with pytest.raises(FileNotFoundError, match="resources/none"):
        package_data.files()
