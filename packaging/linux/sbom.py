"""Write the lists of what the packages carry (CycloneDX): one for Linux, one for Windows.

    sbom.py linux      dist/acedesk-VERSION-linux.cdx.json, from the frozen tree
    sbom.py windows    dist/acedesk-VERSION-windows.cdx.json, from what setup.exe installs

Named are Python, Qt, the Python packages that are in them and the system libraries that are
carried, each with its version and licence. Number and time come from the commit, so the same build
writes the same file.
"""

import datetime
import importlib.metadata
import platform
import sys
import uuid

import copyright_file
import facts
import tarball
from cyclonedx.model import Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

sys.path.insert(1, str(facts.TOP / "packaging" / "windows"))

import parts

# Where packaging/windows/build lays out what is installed.
WINDOWS_TREE = facts.DIST / "work" / "windows" / "tree"


def main(systems: list[str]) -> int:
    """Write the files; return the exit code."""
    made = {"linux": linux_components, "windows": windows_components}
    facts.DIST.mkdir(exist_ok=True)
    for system in systems:
        target = facts.DIST / f"acedesk-{facts.version()}-{system}.cdx.json"
        text = JsonV1Dot6(build(system, made[system]())).output_as_string(indent=2)
        target.write_text(text + "\n", encoding="utf-8")
        print(f"{target.relative_to(facts.TOP)}: what the packages for {system} carry")
    return 0


def build(system: str, components: list[Component]) -> Bom:
    """Return the list."""
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"acedesk {system} {facts.epoch()}")
    bom = Bom(serial_number=number)
    bom.metadata.timestamp = datetime.datetime.fromtimestamp(facts.epoch(), datetime.UTC)
    program = component("acedesk", facts.version(), "MIT", ComponentType.APPLICATION)
    bom.metadata.component = program
    for part in components:
        bom.components.add(part)
    bom.register_dependency(program, components)
    return bom


def linux_components() -> list[Component]:
    """Return what the frozen tree has, and the libraries of Debian that the tar.xz adds."""
    return [
        component("python", platform.python_version(), "PSF-2.0"),
        component("qt", importlib.metadata.version("PySide6-Essentials"), "LGPL-3.0-only"),
        *map(of_package, copyright_file.shipped()),
        *of_debian(),
    ]


def windows_components() -> list[Component]:
    """Return what the folder for Windows has."""
    found = []
    for part in parts.parts(WINDOWS_TREE):
        one = component(part.name, part.version, part.licence)
        if part.is_package:
            one.purl = PackageURL(
                "pypi", name=part.name.lower().replace("_", "-"), version=part.version
            )
        found.append(one)
    return found


def component(
    name: str, version: str, licence: str, kind: ComponentType = ComponentType.LIBRARY
) -> Component:
    """Return one part of the program."""
    return Component(
        name=name,
        version=version or None,
        type=kind,
        bom_ref=f"{name}@{version}",
        licenses=[DisjunctiveLicense(name=licence)] if licence else [],
    )


def of_package(distribution: importlib.metadata.Distribution) -> Component:
    """Return a Python package."""
    name = distribution.metadata["Name"]
    found = component(name, distribution.version, copyright_file.licence_name(distribution))
    found.purl = PackageURL("pypi", name=name.lower(), version=distribution.version)
    return found


def of_debian() -> list[Component]:
    """Return the packages whose libraries lie in the tar.xz, for systems that lack them."""
    found = []
    for owner in tarball.owners(list(tarball.system_libraries(facts.TREE).values())):
        version = facts.run("dpkg-query", "--show", "--showformat=${Version}", owner)
        one = component(owner.partition(":")[0], version, "")
        one.purl = PackageURL("deb", "debian", one.name, version)
        one.properties.add(Property(name="acedesk:in", value="tar.xz"))
        found.append(one)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
