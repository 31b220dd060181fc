"""Every module is imported, and what they import later is missed when it is not there."""

import importlib
import pathlib
import sys
import types
from collections.abc import Callable, Iterator

import pytest

import acedesk
from acedesk.commands.self_test import modules
from acedesk.commands.self_test.modules import (
    check_modules,
    imported_names,
    is_there,
    module_names,
)
from acedesk.doctor.finding import Level

Make = Callable[..., types.ModuleType]
TOP = pathlib.Path(acedesk.__file__).parent


@pytest.fixture
def make(tmp_path: pathlib.Path) -> Iterator[Make]:
    """Make a package out of the text of each module."""
    sys.path.insert(0, str(tmp_path))

    def build(**modules: str) -> types.ModuleType:
        folder = tmp_path / "small"
        (folder / "inner").mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "inner" / "__init__.py").write_text("")
        for name, text in modules.items():
            (folder / "inner" / f"{name}.py").write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module("small")

    yield build
    sys.path.remove(str(tmp_path))
    for name in [name for name in sys.modules if name.partition(".")[0] == "small"]:
        del sys.modules[name]


def test_a_package_whose_modules_all_load_is_whole(make: Make) -> None:
    finding = check_modules(make(one="VALUE = 1", two="from small.inner.one import VALUE"))

    assert finding.level is Level.PASS
    assert "4 modules" in finding.text


@pytest.mark.parametrize("text", ["1 +", "import no_such_module_at_all", "raise OSError('gone')"])
def test_a_module_that_does_not_load_is_named(make: Make, text: str) -> None:
    finding = check_modules(make(one="", broken=text))

    assert finding.level is Level.FAIL
    assert "small.inner.broken: " in finding.text
    assert "small.inner.one" not in finding.text


@pytest.mark.parametrize(
    "text",
    [
        "def later():\n    from small.inner import lost\n    return lost",
        "def later():\n    from small.inner.lost import VALUE\n    return VALUE",
        "def later():\n    import small.inner.lost",
        "class A:\n    def later(self):\n        def inner():\n            import small.inner.lost",
    ],
)
def test_a_module_that_is_only_imported_later_is_missed(make: Make, text: str) -> None:
    finding = check_modules(make(user=text))

    assert finding.level is Level.FAIL
    assert "small.inner" in finding.text
    assert "lost" in finding.text


@pytest.mark.parametrize("text", ["import no_such_library", "from no_such_library.x import y"])
def test_a_module_of_others_that_is_only_imported_later_is_missed(make: Make, text: str) -> None:
    finding = check_modules(make(user=f"def later():\n    {text}\n"))

    assert finding.level is Level.FAIL
    assert "no_such_library" in finding.text


def test_what_not_every_system_has_is_not_missed(make: Make) -> None:
    package = make(user="def later():\n    import winreg\n    import termios\n    import uvloop\n")

    assert check_modules(package).level is Level.PASS


def test_what_is_imported_later_and_there_is_found(make: Make) -> None:
    text = "def later():\n    from small.inner import one\n    from small.inner.one import VALUE\n"
    package = make(one="VALUE = 1", user=f"{text}    return one, VALUE")

    assert check_modules(package).level is Level.PASS
    assert set(imported_names("small.inner.user")) == {
        "small.inner:",
        "small.inner:one",
        "small.inner.one:",
        "small.inner.one:VALUE",
    }


def test_a_package_that_does_not_load_hides_no_other(make: Make, tmp_path: pathlib.Path) -> None:
    package = make(one="")
    (tmp_path / "small" / "ill").mkdir()
    (tmp_path / "small" / "ill" / "__init__.py").write_text("raise RuntimeError('no')")

    finding = check_modules(package)

    assert finding.level is Level.FAIL
    assert "small.ill: no" in finding.text


def test_every_file_of_the_program_is_among_its_modules() -> None:
    files = {
        ".".join(path.relative_to(TOP.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in TOP.rglob("*.py")
    }

    assert set(module_names(acedesk)) == files


def test_a_name_is_there_as_an_attribute_or_as_a_module() -> None:
    assert is_there("acedesk", "__version__")
    assert is_there("acedesk.commands", "serve")
    assert is_there("acedesk.commands")
    assert not is_there("acedesk.commands", "no_such_command")
    assert not is_there("acedesk.no_such_folder.module")


@pytest.mark.parametrize("left_out", ["fault_injection", "opentelemetry"])
def test_what_packages_leave_out_is_not_missed(
    monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    monkeypatch.setattr(modules, "is_there", lambda module, name="": left_out not in module)

    assert check_modules().level is Level.PASS
