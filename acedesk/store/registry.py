"""The user's part of the Windows registry: one value read, written, removed."""

import contextlib
import sys
from typing import Protocol

from acedesk.errors import StorageError

if sys.platform == "win32":
    import winreg


class Registry(Protocol):
    """Values below HKEY_CURRENT_USER; tests have one of their own."""

    def read(self, key: str, name: str) -> str | bytes | None:
        """Return a text or bytes, None when it is not there; "" is the default value of a key."""
        ...

    def write(self, key: str, name: str, value: str) -> None:
        """Write a text; keys on the way are made.

        Raises:
            StorageError: It may not be written.
        """
        ...

    def delete(self, key: str, name: str) -> None:
        """Remove a value; one that is not there is no error.

        Raises:
            StorageError: It may not be removed.
        """
        ...


def user_registry() -> Registry:
    """Return the registry of the user that runs us.

    Raises:
        StorageError: This is no Windows.
    """
    if sys.platform == "win32":
        return WindowsRegistry()
    else:  # noqa: RET505 - type checkers know then which half is for which system
        raise StorageError("there is a registry on Windows only")


if sys.platform == "win32":

    class WindowsRegistry:
        """The real one."""

        def read(self, key: str, name: str) -> str | bytes | None:
            """See `Registry`; classes of all users are seen where the user has none."""
            roots = [winreg.HKEY_CURRENT_USER]
            if key.startswith("Software\\Classes\\"):
                roots.append(winreg.HKEY_LOCAL_MACHINE)
            for root in roots:
                with contextlib.suppress(OSError), winreg.OpenKey(root, key) as opened:
                    value, _kind = winreg.QueryValueEx(opened, name)
                    return value if isinstance(value, (str, bytes)) else None
            return None

        def write(self, key: str, name: str, value: str) -> None:
            """See `Registry`."""
            try:
                with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:
                    winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, value)
            except OSError as exc:
                raise StorageError(f"{key}: {exc.strerror}") from exc

        def delete(self, key: str, name: str) -> None:
            """See `Registry`."""
            access = winreg.KEY_SET_VALUE
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key, 0, access) as opened:
                    winreg.DeleteValue(opened, name)
            except FileNotFoundError:
                return
            except OSError as exc:
                raise StorageError(f"{key}: {exc.strerror}") from exc
