"""What is remembered of the window between two runs: a small JSON file in the data folder.

It is a convenience: a file that is broken, too large or cannot be written is as good as none.
"""

import json
import logging
import pathlib
from collections.abc import Mapping
from typing import Any, Final

from acedesk.errors import StorageError
from acedesk.store import atomic

logger = logging.getLogger(__name__)

FILE_NAME: Final = "window.json"
# A window with every table changed needs 2 kB.
LARGEST_FILE: Final = 256 * 1024


def load(data_dir: pathlib.Path) -> dict[str, Any]:
    """Return what was kept in `data_dir`; nothing where there is no such file or it is broken."""
    path = data_dir / FILE_NAME
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(LARGEST_FILE))  # of a larger one a part, which is none
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as exc:
        logger.warning("%s cannot be used and is made anew: %s", path, exc)
        return {}
    return values if isinstance(values, dict) else {}


def save(data_dir: pathlib.Path, values: Mapping[str, object]) -> None:
    """Keep `values` in `data_dir`; a disk that does not take them is told in the log only."""
    try:
        text = json.dumps(values, indent=1, sort_keys=True)
        atomic.write(data_dir / FILE_NAME, text.encode())
    except StorageError as exc:
        logger.warning("the window's size and columns are not kept: %s", exc.detail)
