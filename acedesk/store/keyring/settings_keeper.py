"""Writes settings into the file, but for secret ones where there is a keyring to rely on.

The file names the entries (`in_keyring`). A secret is written to the keyring, read back, and only
then no longer written to the file; so whatever fails, it is in one of the two.
"""

import contextlib
import logging
import pathlib
import threading
from collections.abc import Callable, Mapping
from typing import Any

from acedesk import settings
from acedesk.errors import StorageError
from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.store import settings_file
from acedesk.store.keyring.entries import Entry, KeyringUnavailable
from acedesk.store.keyring.os_keyring import OsKeyring
from acedesk.store.settings_import import backup

logger = logging.getLogger(__name__)


def secret_names() -> tuple[str, ...]:
    """Return the settings that are never shown."""
    return tuple(name for name in settings.names() if settings.option(name).secret)


class SettingsKeeper:
    """Writes the settings file and the keyring. Everything here blocks.

    Args:
        keyring: None where secrets stay in the file: without a desktop there is no keyring.
        instance: Returns the id of the data folder, "" as long as it is not known.

    Attributes:
        plain: Secret settings that are in the file itself, as it was last seen.
        kept: Those that the file says are in the keyring.
        problem: Why the last secret went into the file, None where it did not.
    """

    def __init__(
        self,
        path: pathlib.Path,
        keyring: OsKeyring | None = None,
        instance: Callable[[], str] = lambda: "",
    ) -> None:
        self._path = path
        self._keyring = keyring
        self._instance = instance
        self._saving = threading.Lock()
        self.plain: tuple[str, ...] = ()
        self.kept: tuple[str, ...] = ()
        self.problem: KeyringProblem | None = None

    def look(self) -> None:
        """See which secrets are where; nothing but the file is read."""
        found = settings_file.load(self._path, set_aside=False)
        self.plain = tuple(name for name in secret_names() if found.values.get(name))
        self.kept = tuple(found.in_keyring)

    def save(self, changed: Mapping[str, Any], *, move: bool = False) -> None:
        """Write what was changed, beside what is there.

        Args:
            move: Secrets of the file are put into the keyring, too.

        Raises:
            StorageError: The file could not be written; the old one is untouched.
        """
        with self._saving:
            values = {**settings_file.load(self._path, set_aside=False).values, **changed}
            wanted = [name for name in secret_names() if move or name in changed]
            self.problem = None if wanted else self.problem
            kept = {
                name: self._instance()
                for name in wanted
                if values.get(name) and self._keep(name, values[name])
            }
            plain = {name: value for name, value in values.items() if name not in kept}
            settings_file.save(self._path, plain, in_keyring=kept)
            self._clean_copy({name: values[name] for name in kept})
            for name in secret_names():
                if name in changed and not changed[name]:
                    self._forget(name)
            self.look()

    def _keep(self, name: str, text: str) -> bool:
        instance = self._instance()
        if self._keyring is None or not instance or self.problem is not None:
            return False
        try:
            self._keyring.keep(Entry(name=name, instance=instance), text)
        except KeyringUnavailable as exc:
            logger.info("%s stays in the settings file: the keyring is %s", name, exc.problem.value)
            self.problem = exc.problem
            return False
        return True

    def _forget(self, name: str) -> None:
        instance = self._instance()
        if self._keyring is not None and instance:
            with contextlib.suppress(KeyringUnavailable):
                self._keyring.forget(Entry(name=name, instance=instance))

    def _clean_copy(self, kept: Mapping[str, str]) -> None:
        """Take secrets that are in the keyring now out of the copy from before an import."""
        copy = backup.backup_path(self._path)
        if not kept or not copy.exists():
            return
        values = settings_file.load(copy, set_aside=False).values
        same = {name for name, text in kept.items() if values.get(name) == text}
        if same:
            left = {name: value for name, value in values.items() if name not in same}
            with contextlib.suppress(StorageError):
                settings_file.save(copy, left, in_keyring=dict.fromkeys(same, self._instance()))
