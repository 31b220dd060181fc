"""The wheels that AceDesk needs on another system, at the tested versions.

pip judges markers by the Python it runs in. So what is needed is worked out here, from the
metadata of the wheels, and pip fetches single files.
"""

import dataclasses
import email
import pathlib
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator

try:
    from packaging.markers import Marker  # noqa: F401
    from packaging.requirements import Requirement
    from packaging.tags import mac_platforms
except ImportError:  # a bare Python has it inside of pip
    from pip._vendor.packaging.requirements import Requirement
    from pip._vendor.packaging.tags import mac_platforms

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Failed(Exception):
    """A wheel is not to be had; the text says which."""


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """A system and a Python.

    Attributes:
        name: "win_amd64", "macos_arm64", "macos_x86_64".
        python: "3.13".
    """

    name: str
    python: str

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags of its wheels, best first."""
        if self.name == "win_amd64":
            return ("win_amd64",)
        # Qt 6.11 needs macOS 13, Qt 6.12 needs 14.
        return tuple(mac_platforms((14, 0), self.name.removeprefix("macos_")))

    @property
    def environment(self) -> dict[str, str]:
        """What markers are judged by."""
        windows = self.name == "win_amd64"
        return {
            "implementation_name": "cpython",
            "os_name": "nt" if windows else "posix",
            "platform_machine": "AMD64" if windows else self.name.removeprefix("macos_"),
            "platform_python_implementation": "CPython",
            "platform_system": "Windows" if windows else "Darwin",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "win32" if windows else "darwin",
            "extra": "",
        }


def own_requirements() -> list[str]:
    """Return what pyproject.toml says that AceDesk needs."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["project"]["dependencies"])


def tested_versions(text: str, target: Target) -> dict[str, str]:
    """Return the versions of constraints.txt that hold for `target`, by normalised name."""
    found = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(target.environment):
            found[normal(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


def normal(name: str) -> str:
    """Return a package's name as indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(requirements: Iterable[str], target: Target) -> Iterator[str]:
    """Yield the names of those requirements that hold for `target`."""
    for text in requirements:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate(target.environment):
            yield normal(requirement.name)


def fetch_all(
    target: Target, folder: pathlib.Path, tools: Iterable[str] = ()
) -> dict[str, pathlib.Path]:
    """Return the wheels of AceDesk's dependencies and of theirs, by name, in `folder`.

    Args:
        tools: Further requirements, such as those of tests.

    Raises:
        Failed: One does not exist for `target` at the tested version.
    """
    versions = tested_versions((ROOT / "packaging/constraints.txt").read_text("utf-8"), target)
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, pathlib.Path] = {}
    waiting = list(needed([*own_requirements(), *tools], target))
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        if name not in versions:
            raise Failed(f"{name} is not in packaging/constraints.txt")
        found[name] = fetch(name, versions[name], target, folder)
        waiting += needed(_requirements_of(found[name]), target)
    return dict(sorted(found.items()))


def fetch(name: str, version: str, target: Target, folder: pathlib.Path) -> pathlib.Path:
    """Return the wheel of one package, downloaded unless it is there.

    Raises:
        Failed: There is none.
    """
    if wheel := _find(name, version, target, folder):
        return wheel
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--implementation=cp"]
    command += [f"--python-version={target.python}", f"--dest={folder}"]
    command += [f"--platform={platform}" for platform in target.platforms]
    done = subprocess.run(
        [*command, f"{name}=={version}"], check=False, capture_output=True, text=True
    )
    wheel = _find(name, version, target, folder)
    if done.returncode or wheel is None:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise Failed(f"{name} {version}: {lines[-1] if lines else 'pip brought no wheel'}")
    return wheel


def _find(name: str, version: str, target: Target, folder: pathlib.Path) -> pathlib.Path | None:
    for path in sorted(folder.glob("*.whl")):
        if is_wheel_for(path.name, name, version, target):
            return path
    return None


def is_wheel_for(file_name: str, name: str, version: str, target: Target) -> bool:
    """Tell whether a wheel is that of a package and may be used on `target`."""
    its_name, its_version, *_, pythons, abis, platforms = file_name.removesuffix(".whl").split("-")
    if normal(its_name) != name or its_version != version:
        return False
    if "any" in platforms.split("."):
        return True
    if not set(platforms.split(".")) & set(target.platforms):
        return False
    exact = "cp" + target.python.replace(".", "")
    return "abi3" in abis.split(".") or exact in pythons.split(".") or "none" in abis.split(".")


def _requirements_of(wheel: pathlib.Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name)).get_all("Requires-Dist") or []
