"""The texts of the Help page, and where they are."""

import pathlib
from typing import Final

from acedesk.store.paths import resources_dir

# From left to right: the title and the file.
TOPICS: Final = (
    ("Troubleshooting", "troubleshooting.md"),
    ("Recommended settings", "recommended-settings.md"),
    ("Running AceDesk", "runbook.md"),
)


def help_folder() -> pathlib.Path:
    """Return the folder of the texts."""
    return resources_dir() / "help"
