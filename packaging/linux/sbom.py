"""Write the list of what the packages for Linux carry: `dist/acedesk-VERSION.cdx.json` (CycloneDX).

Named are Python, Qt and the Python packages whose modules are in the frozen tree, each with its
version and licence. Number and time come from the commit, so the same build writes the same file.
"""

import datetime
import importlib.metadata
import platform
import sys
import uuid

import copyright_file
import facts
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL


def main() -> int:
    """Write the file; return the exit code."""
    target = facts.DIST / f"acedesk-{facts.version()}.cdx.json"
    facts.DIST.mkdir(exist_ok=True)
    target.write_text(JsonV1Dot6(build()).output_as_string(indent=2) + "\n", encoding="utf-8")
    print(f"{target.relative_to(facts.TOP)}: what the packages carry")
    return 0


def build() -> Bom:
    """Return the list."""
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"acedesk {facts.epoch()}"))
    bom.metadata.timestamp = datetime.datetime.fromtimestamp(facts.epoch(), datetime.UTC)
    program = component("acedesk", facts.version(), "MIT", ComponentType.APPLICATION)
    bom.metadata.component = program
    parts = [
        component("python", platform.python_version(), "PSF-2.0"),
        component("qt", qt_version(), "LGPL-3.0-only"),
        *map(of_package, copyright_file.shipped()),
    ]
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(program, parts)
    return bom


def component(
    name: str, version: str, licence: str, kind: ComponentType = ComponentType.LIBRARY
) -> Component:
    """Return one part of the program."""
    return Component(
        name=name,
        version=version,
        type=kind,
        bom_ref=f"{name}@{version}",
        licenses=[DisjunctiveLicense(name=licence)],
    )


def of_package(distribution: importlib.metadata.Distribution) -> Component:
    """Return a Python package."""
    name = distribution.metadata["Name"]
    found = component(name, distribution.version, copyright_file.licence_name(distribution))
    found.purl = PackageURL("pypi", name=name.lower(), version=distribution.version)
    return found


def qt_version() -> str:
    """Return the version of Qt, which PySide6 shares."""
    return importlib.metadata.version("PySide6-Essentials")


if __name__ == "__main__":
    sys.exit(main())
