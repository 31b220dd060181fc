"""Imports Qt without what it does at each import after it: 21 MB, and a quarter of their time.

PySide6 puts a function of its own in the place of `__import__`. It reads the source of each module
that is imported from then on, to learn whether it says "PySide6", and never gives the text back.
That is for `from __feature__ import snake_case` (shibokensupport/feature.py), which nothing here
uses. For the desktop it is 760 files.

Measured with PySide6 6.11.3 and Python 3.11 on Debian 12, 2026-11.
"""

import builtins
from typing import Final

# Where PySide6 keeps its function and the one that it replaced.
_OF_QT: Final = "__feature_import__"
_BEFORE: Final = "__orig_import__"


def import_qt() -> None:
    """Import Qt, and let no import after it read sources.

    To be called before anything else imports Qt, so that as little as possible is read. A PySide6
    that does not change imports is only imported.

    Raises:
        ImportError: Qt is missing or broken.
    """
    import PySide6.QtCore  # noqa: F401 - it is what changes imports

    own, before = getattr(builtins, _OF_QT, None), getattr(builtins, _BEFORE, None)
    if before is not None and builtins.__import__ is own:
        builtins.__import__ = before
