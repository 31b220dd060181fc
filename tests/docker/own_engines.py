"""The containers of engines that one AceDesk has made, known by the id of its data folder."""

import json
import pathlib

from acedesk.containers.runtime import INSTANCE_LABEL
from tests.docker import images


def own_engines(data_dir: pathlib.Path, *options: str) -> list[str]:
    """Return the ids of its containers that run; with "-a" of all."""
    instance = json.loads((data_dir / "instance.json").read_bytes())["id"]
    label = f"label={INSTANCE_LABEL}={instance}"
    return images.docker("ps", "-q", *options, "--filter", label).split()


def remove_own_engines(data_dir: pathlib.Path) -> None:
    """Remove all of them; AceDesk has ended before."""
    for container in own_engines(data_dir, "-a"):
        images.docker("rm", "-fv", container)
