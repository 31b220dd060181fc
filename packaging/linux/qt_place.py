"""Runs first in a frozen AceDesk: Qt finds its plugins here, whatever the user's environment says.

What PyInstaller brings for this loads Qt, in a program without a window too.
"""

import os
import sys

os.environ["QT_PLUGIN_PATH"] = f"{sys._MEIPASS}/PySide6/Qt/plugins"  # type: ignore[attr-defined]  # noqa: SLF001 - PyInstaller's
