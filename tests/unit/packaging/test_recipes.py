"""The recipes agree with the program, and say which of them were never run."""

import pathlib
import re

import pytest

from acedesk import __version__
from tests.unit.packaging.script import ROOT, load

RECIPES = ROOT / "packaging" / "recipes"
tree = load("windows/tree.py")

NEVER_RUN = (
    "appimage/build-appimage",
    "flatpak/app.acedesk.AceDesk.yaml",
    "macos/AceDesk.spec",
    "macos/make-dmg",
    "brew/acedesk.rb",
    "winget/AceDesk.AceDesk.yaml",
    "winget/AceDesk.AceDesk.installer.yaml",
    "winget/AceDesk.AceDesk.locale.en-US.yaml",
)
# Of the schemas that the files name; lines of the top level.
WINGET = {
    "yaml": ("PackageIdentifier", "PackageVersion", "DefaultLocale"),
    "installer.yaml": ("PackageIdentifier", "PackageVersion", "InstallerType", "Installers"),
    "locale.en-US.yaml": (
        "PackageLocale",
        "Publisher",
        "PackageName",
        "License",
        "ShortDescription",
    ),
}


def read(name: str) -> str:
    return (RECIPES / name).read_text("utf-8")


@pytest.mark.parametrize("name", NEVER_RUN)
def test_what_was_never_run_says_so_in_its_head(name: str) -> None:
    assert "NEVER RUN" in "\n".join(read(name).splitlines()[:6])


@pytest.mark.parametrize("ending", WINGET)
def test_winget_finds_what_it_asks_for(ending: str) -> None:
    text = read(f"winget/AceDesk.AceDesk.{ending}")
    fields = re.findall(r"^([A-Z]\w+):", text, re.MULTILINE)

    assert {*WINGET[ending], "ManifestType", "ManifestVersion"} <= set(fields)
    assert len(fields) == len(set(fields))
    assert "\t" not in text


@pytest.mark.parametrize(
    "name", [name for name in NEVER_RUN if name.startswith(("winget", "brew"))]
)
def test_manifests_have_the_version_of_the_program(name: str) -> None:
    found = re.search(r"^(?:PackageVersion:|  version) \"?([\w.]+)\"?$", read(name), re.MULTILINE)

    assert found is not None
    assert found[1] == __version__


def test_the_spec_for_macos_is_python() -> None:
    compile(read("macos/AceDesk.spec"), "AceDesk.spec", "exec")


def test_fault_injection_is_not_in_the_installer(tmp_path: pathlib.Path) -> None:
    tree.write_app(tmp_path)

    assert (tmp_path / "acedesk/demo").is_dir()
    assert not (tmp_path / "acedesk/demo/fault_injection").exists()
