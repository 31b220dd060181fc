"""The links that wait for an engine, kept until the next start: a small file in the data folder.

A file that is broken or too large is as good as none; one that cannot be written is told in the
log. While no link waits there is no file.
"""

import json
import logging
import pathlib
import threading
from collections.abc import Sequence
from typing import Any, Final

from acedesk.errors import LinkError, StorageError
from acedesk.formats.stream_key import build_key
from acedesk.formats.text import clean_text
from acedesk.model.content import KeyKind, Link
from acedesk.store import atomic

logger = logging.getLogger(__name__)

FILE_NAME: Final = "waiting_links.json"
# Nobody pastes more by hand, and the longest link has 8 KiB.
MOST: Final = 100
# Escaped, 100 links and their titles have up to 10 MiB.
LARGEST_FILE: Final = 16 * 1024 * 1024
LONGEST_TITLE: Final = 200
LONGEST_NUMBER: Final = 9  # digits of a file's number


class WaitingFile:
    """The file of one data folder.

    What is to be kept is said on the loop by `keep`; `write` blocks and may be called from any
    thread, in any order: the last that was said is what the file ends with.
    """

    def __init__(self, data_dir: pathlib.Path) -> None:
        self._path = data_dir / FILE_NAME
        self._wanted: tuple[Link, ...] | None = None
        self._written: tuple[Link, ...] | None = None
        self._writing = threading.Lock()

    @property
    def links(self) -> tuple[Link, ...]:
        """The links that are kept, in the order in which they came, each content once."""
        return self._wanted or ()

    def load(self) -> "WaitingFile":
        """Read the file, which blocks; return itself."""
        self._written = self._read()
        self._wanted = self._written or ()
        return self

    def _read(self) -> tuple[Link, ...] | None:
        """Return the links in the file; None where it cannot be used."""
        try:
            values = json.loads(self._read_text(), parse_int=_number)
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, RecursionError) as exc:
            logger.warning("%s cannot be used and is made anew: %s", self._path, exc)
            return None
        entries = values if isinstance(values, list) else []
        links = {link.key: link for entry in entries[:MOST] if (link := _parse(entry)) is not None}
        return tuple(links.values())

    def _read_text(self) -> bytes:
        """Return what the file holds; of a larger one than is written a part, which is no JSON.

        Raises:
            OSError: It cannot be read, or is no file: a pipe would be waited for.
        """
        if self._path.exists() and not self._path.is_file():
            raise OSError("it is no file")
        with self._path.open("rb") as file:
            return file.read(LARGEST_FILE)

    def keep(self, links: Sequence[Link]) -> bool:
        """Say what is to be kept; tell whether that has to be written."""
        before, self._wanted = self._wanted, tuple(links[-MOST:])
        # What is written is not always what was said last: that may be on its way.
        return self._wanted != before or self._wanted != self._written

    def write(self) -> None:
        """Bring the file to what was said last."""
        with self._writing:
            wanted = self._wanted
            if wanted is None or wanted == self._written:
                return
            try:
                self._replace(wanted)
            except StorageError as exc:
                logger.warning("the links that wait are not kept: %s", exc.detail)
            else:
                self._written = wanted

    def _replace(self, links: Sequence[Link]) -> None:
        if links:
            text = json.dumps([_entry(link) for link in links], indent=1)
            atomic.write(self._path, text.encode())
            return
        try:
            self._path.unlink(missing_ok=True)
        except OSError as exc:
            raise atomic.storage_error(self._path, exc) from exc


def _entry(link: Link) -> dict[str, object]:
    key = link.key
    entry: dict[str, object] = {"kind": key.kind.value, "value": key.value, "title": link.title}
    return {**entry, "file_index": key.file_index} if key.file_index else entry


def _number(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None


def _parse(entry: Any) -> Link | None:
    """Return the link of an entry, None when it is none."""
    if not isinstance(entry, dict):
        return None
    value, title = entry.get("value"), entry.get("title")
    index = entry.get("file_index", 0)
    try:
        kind = KeyKind(entry.get("kind"))
        key = build_key(kind, value, str(index)) if isinstance(value, str) else None
    except (LinkError, ValueError):
        return None
    if key is None:
        return None
    shown = clean_text(title, LONGEST_TITLE) if isinstance(title, str) else ""
    return Link(key=key, title=shown)
