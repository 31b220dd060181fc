"""Finds the drawings, in a checkout and in an installed wheel."""

import functools
import pathlib

from PySide6.QtGui import QIcon

from acedesk.store.paths import resources_dir


def icon_file(name: str) -> pathlib.Path:
    """Return the path of a file in `resources/icons`."""
    return resources_dir() / "icons" / name


@functools.cache
def drawn_icon(name: str) -> QIcon:
    """Return one of our drawings ("acedesk", "tray-idle-color") in all its sizes."""
    made = QIcon()
    for path in sorted(icon_file("").glob(f"{name}-*.png")):
        made.addFile(str(path))
    return made
