"""Which AceDesk this is: an id for each data folder, and what its containers' labels do not tell.

The labels of a container cannot be changed once it is made, so a container that was taken over is
known by this file only, until it is made anew. So are the engines that were made on demand, and
those that a person drained.
"""

import dataclasses
import json
import logging
import pathlib
import secrets
import threading
from collections.abc import Mapping
from typing import Final

from acedesk.errors import StorageError, StorageProblem
from acedesk.store import atomic
from acedesk.values import frozen_value

logger = logging.getLogger(__name__)

FILE_NAME: Final = "instance.json"
# Enough that two data folders of one Docker host never draw the same.
ID_BYTES: Final = 8
# What the data folder's files look like; a version that changes that counts on. A folder without
# the number is of 0.1.0, or as this version writes it.
FORMAT: Final = 1

_KNOWN: Final = ("id", "taken_over", "on_demand", "drained")


@frozen_value(kw_only=False)
class _Content:
    id: str
    taken_over: frozenset[str]
    on_demand: frozenset[str] = frozenset()
    drained: frozenset[str] = frozenset()
    others: Mapping[str, object] = dataclasses.field(default_factory=dict)


class InstanceFile:
    """The file of one data folder. Everything here blocks; nothing is read before `open`.

    Changes may be made from several threads.
    """

    def __init__(self, data_dir: pathlib.Path) -> None:
        self._path = data_dir / FILE_NAME
        self._content: _Content | None = None
        self._changing = threading.Lock()

    @property
    def id(self) -> str:
        """The id of this AceDesk, 16 hex digits; the same for as long as the folder lives."""
        return self._opened.id

    def known_id(self) -> str:
        """Return the id, "" before it was read."""
        return self._content.id if self._content is not None else ""

    @property
    def taken_over(self) -> frozenset[str]:
        """Ids of containers that others made and that belong to this AceDesk now."""
        return self._opened.taken_over

    @property
    def on_demand(self) -> frozenset[str]:
        """Ids of engines that were made because they were needed."""
        return self._opened.on_demand

    @property
    def drained(self) -> frozenset[str]:
        """Ids of engines that a person drained."""
        return self._opened.drained

    def open(self) -> None:
        """Read the file; a folder without one (of AceDesk 0.1.0) gets it now.

        A file that makes no sense is replaced: containers made under the lost id become orphans,
        which can be taken over.

        Raises:
            StorageError: It cannot be read or written, or a newer AceDesk made it so that this one
                would spoil it.
        """
        try:
            self._content = _parse(self._path.read_bytes())
            self._refuse_newer(self._content)
        except FileNotFoundError:
            self._write(_Content(secrets.token_hex(ID_BYTES), frozenset()))
        except OSError as exc:
            raise atomic.storage_error(self._path, exc) from exc
        except ValueError as exc:
            logger.warning("%s is broken (%s); AceDesk gets a new id", self._path, exc)
            self._write(_Content(secrets.token_hex(ID_BYTES), frozenset()))

    def take_over(self, container: str) -> None:
        """Remember that the container belongs to this AceDesk now.

        Raises:
            StorageError: The file could not be written; nothing has changed.
        """
        with self._changing:
            content = self._opened
            self._write(dataclasses.replace(content, taken_over=content.taken_over | {container}))

    def set_on_demand(self, engines: frozenset[str]) -> None:
        """Remember which engines were made because they were needed.

        Raises:
            StorageError: The file could not be written; nothing has changed.
        """
        with self._changing:
            if engines != self._opened.on_demand:
                self._write(dataclasses.replace(self._opened, on_demand=engines))

    def set_drained(self, engines: frozenset[str]) -> None:
        """Remember which engines a person drained.

        Raises:
            StorageError: The file could not be written; nothing has changed.
        """
        with self._changing:
            if engines != self._opened.drained:
                self._write(dataclasses.replace(self._opened, drained=engines))

    def forget(self, container: str) -> None:
        """Remember the container no longer, because it is gone; unknown ones are no error.

        Raises:
            StorageError: The file could not be written; nothing has changed.
        """
        with self._changing:
            content = self._opened
            if container in content.taken_over:
                left = content.taken_over - {container}
                self._write(dataclasses.replace(content, taken_over=left))

    def _refuse_newer(self, content: _Content) -> None:
        found = content.others.get("format", FORMAT)
        if isinstance(found, int) and found > FORMAT:
            self._content = None
            raise StorageError(
                f"{self._path.parent} was used by a newer AceDesk, and this one would spoil it",
                StorageProblem.NEWER,
            )

    @property
    def _opened(self) -> _Content:
        assert self._content is not None, "open() comes first"
        return self._content

    def _write(self, content: _Content) -> None:
        known: dict[str, object] = {"id": content.id, "taken_over": sorted(content.taken_over)}
        if content.on_demand:
            known["on_demand"] = sorted(content.on_demand)
        if content.drained:
            known["drained"] = sorted(content.drained)
        values = {**content.others, **known}  # what other versions keep there stays
        atomic.write(self._path, (json.dumps(values, indent=2) + "\n").encode())
        self._content = content


def _parse(raw: bytes) -> _Content:
    """Return what the file says.

    Raises:
        ValueError: It is not what `InstanceFile` writes.
    """
    values = json.loads(raw)
    fields = values if isinstance(values, dict) else {}
    found, containers = fields.get("id"), fields.get("taken_over", [])
    if not isinstance(found, str) or not found.isalnum() or not isinstance(containers, list):
        raise ValueError("no id in it")
    return _Content(
        found,
        frozenset(map(str, containers)),
        on_demand=_ids(fields.get("on_demand")),
        drained=_ids(fields.get("drained")),
        others={name: value for name, value in fields.items() if name not in _KNOWN},
    )


def _ids(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()
