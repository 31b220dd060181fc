"""The secret in addresses that are copied: the only one that AceDesk must be able to tell again.

It is in a file that its owner alone may read.
"""

import logging
import pathlib
from typing import Final

from acedesk.errors import StorageError
from acedesk.rules.access.secret import is_secret
from acedesk.store import atomic

logger = logging.getLogger(__name__)

FILE_NAME: Final = "shared-token"


class SharedSecret:
    """Where the secret is kept. Everything here blocks."""

    def __init__(self, data_dir: pathlib.Path) -> None:
        self._path = data_dir / FILE_NAME

    def load(self) -> str:
        """Return the secret, "" when there is none that can be read."""
        try:
            text = self._path.read_text("ascii").strip()
        except (OSError, ValueError):
            return ""
        return text if is_secret(text) else ""

    def save(self, secret: str) -> None:
        """Keep the secret; one that cannot be kept holds until AceDesk ends."""
        try:
            atomic.write(self._path, f"{secret}\n".encode())
        except StorageError as exc:
            logger.warning("the secret of copied addresses could not be kept: %s", exc.detail)
