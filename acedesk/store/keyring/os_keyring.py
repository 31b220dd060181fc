"""The keyring of this computer, asked in a thread of its own and never waited for without a limit.

A keyring may ask a person for a password, and a person may be away. Nothing is imported, started
or asked before the first secret.
"""

import concurrent.futures
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.store.keyring.entries import Entry, Keyring, KeyringUnavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Seconds. An open one answers in milliseconds; the first request may have to start it.
LIMIT: Final = 5.0


class OsKeyring:
    """Reads and keeps secrets; one thing at a time.

    Args:
        connect: Opens the keyring; raises KeyringUnavailable.
        limit: Seconds that are waited for it.
    """

    def __init__(
        self, connect: Callable[[], Keyring] | None = None, *, limit: float = LIMIT
    ) -> None:
        self._connect = connect or _connect
        self._limit = limit
        self._changing = threading.Lock()
        self._busy = False

    def look(self) -> None:
        """See that it could keep something now; blocks up to the limit.

        Raises:
            KeyringUnavailable: It could not.
        """
        self._wait(self._begin(lambda keyring: keyring.look()))

    def begin_reading(
        self, entries: Iterable[Entry]
    ) -> "concurrent.futures.Future[Mapping[str, str]]":
        """Begin to read secrets and return at once; a person may be asked to unlock them.

        The answer, when it comes, has those that are there, by name of the setting.
        """
        wanted = tuple(entries)

        def read(keyring: Keyring) -> Mapping[str, str]:
            found = ((one.name, keyring.get(one)) for one in wanted)
            return {name: text for name, text in found if text is not None}

        return self._begin(read)

    def keep(self, entry: Entry, text: str) -> None:
        """Keep a secret and see that it can be read again; blocks up to the limit.

        Raises:
            KeyringUnavailable: It cannot be relied on.
        """

        def keep(keyring: Keyring) -> None:
            keyring.put(entry, text)
            if keyring.get(entry) != text:
                raise KeyringUnavailable(KeyringProblem.REFUSED, "it gave back something else")

        self._wait(self._begin(keep))

    def forget(self, entry: Entry) -> None:
        """Remove a secret; blocks up to the limit.

        Raises:
            KeyringUnavailable: It is still there.
        """
        self._wait(self._begin(lambda keyring: keyring.remove(entry)))

    def _wait(self, future: "concurrent.futures.Future[T]") -> T:
        try:
            return future.result(self._limit)
        except concurrent.futures.TimeoutError as exc:
            raise KeyringUnavailable(KeyringProblem.SILENT) from exc

    def _begin(self, work: Callable[[Keyring], T]) -> "concurrent.futures.Future[T]":
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        future.set_running_or_notify_cancel()  # who waits may go away; the work is not called off
        with self._changing:
            is_free, self._busy = not self._busy, True
        if is_free:
            # It does not keep AceDesk from ending while a person is asked.
            threading.Thread(
                target=self._work, args=(work, future), name="keyring", daemon=True
            ).start()
        else:  # one that hangs is not asked again and again
            future.set_exception(KeyringUnavailable(KeyringProblem.SILENT))
        return future

    def _work(self, work: Callable[[Keyring], T], future: "concurrent.futures.Future[T]") -> None:
        try:
            result = self._ask(work)
        except KeyringUnavailable as exc:
            self._busy = False
            future.set_exception(exc)
        except Exception as exc:  # noqa: BLE001 - whatever a foreign library has: the file is there
            logger.debug("the keyring failed: %s", type(exc).__name__)
            self._busy = False
            future.set_exception(KeyringUnavailable(KeyringProblem.REFUSED, type(exc).__name__))
        else:
            self._busy = False
            future.set_result(result)

    def _ask(self, work: Callable[[Keyring], T]) -> T:
        keyring = self._connect()
        try:
            return work(keyring)
        finally:
            keyring.close()


def _connect(platform: str = sys.platform) -> Keyring:
    try:
        if platform in ("win32", "darwin"):
            from acedesk.store.keyring.credential_stores import CredentialStore

            return CredentialStore()
        from acedesk.store.keyring.secret_service import SecretService

        return SecretService()
    except ImportError as exc:
        raise KeyringUnavailable(KeyringProblem.ABSENT, f"{exc.name} is not installed") from exc
