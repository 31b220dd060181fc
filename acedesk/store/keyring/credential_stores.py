"""The Credential Manager of Windows and the Keychain of macOS.

Only here the library `keyring` is imported, with the first secret; on Linux it is not installed.
"""

import sys

import keyring.backend
from keyring.errors import KeyringError, KeyringLocked, PasswordDeleteError

from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.store.keyring.entries import Entry, KeyringUnavailable

_USER = "AceDesk"


class CredentialStore:
    """What the system has; fulfils `acedesk.store.keyring.entries.Keyring`.

    Args:
        store: The library's own class for it; None: that of this system.

    Raises:
        KeyringUnavailable: The library does not know it.
    """

    def __init__(self, store: keyring.backend.KeyringBackend | None = None) -> None:
        try:
            self._store = store if store is not None else _system_store()
        except (ImportError, RuntimeError) as exc:
            raise KeyringUnavailable(KeyringProblem.ABSENT, str(exc)) from exc

    def look(self) -> None:
        """Nothing: it is there for as long as the user is logged in."""

    def get(self, entry: Entry) -> str | None:
        """Return the secret; macOS may ask whether AceDesk may read it."""
        try:
            found: str | None = self._store.get_password(_service(entry), _USER)
        except KeyringLocked as exc:
            raise KeyringUnavailable(KeyringProblem.LOCKED) from exc
        except (KeyringError, OSError, ValueError) as exc:
            raise _refused(exc) from exc
        return found

    def put(self, entry: Entry, text: str) -> None:
        """Keep the secret."""
        try:
            self._store.set_password(_service(entry), _USER, text)
        except KeyringLocked as exc:
            raise KeyringUnavailable(KeyringProblem.LOCKED) from exc
        except (KeyringError, OSError, ValueError) as exc:
            raise _refused(exc) from exc

    def remove(self, entry: Entry) -> None:
        """Forget the secret."""
        try:
            self._store.delete_password(_service(entry), _USER)
        except PasswordDeleteError:
            return  # there is none
        except (KeyringError, OSError) as exc:
            raise _refused(exc) from exc

    def close(self) -> None:
        """Nothing is held."""


def _service(entry: Entry) -> str:
    # One for each entry: a second user of one service would rename the first one on Windows.
    return f"AceDesk/{entry.instance}/{entry.name}"


def _refused(exc: Exception) -> KeyringUnavailable:
    # The text may hold what was to be kept.
    return KeyringUnavailable(KeyringProblem.REFUSED, type(exc).__name__)


def _system_store(platform: str = sys.platform) -> keyring.backend.KeyringBackend:
    # Not `keyring.get_keyring`: it reads a file of the user's and loads whatever else is installed.
    if platform == "win32":
        from keyring.backends.Windows import WinVaultKeyring

        return WinVaultKeyring()
    from keyring.backends.macOS import Keyring

    return Keyring()
