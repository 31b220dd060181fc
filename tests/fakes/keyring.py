"""A keyring in memory that fails, hangs and forgets as real ones do."""

import threading

from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.store.keyring.entries import Entry, KeyringUnavailable
from acedesk.store.keyring.os_keyring import OsKeyring


class FakeKeyring:
    """Fulfils `Keyring`.

    Attributes:
        secrets: What it holds.
        problem: Why it does nothing, None while it works.
        spoils: It keeps something else than it was given.
        error: Raised whatever is asked, while it is set.
        answers: While it is not set, every question waits.
        asked: How often it was opened.
    """

    def __init__(self) -> None:
        self.secrets: dict[Entry, str] = {}
        self.problem: KeyringProblem | None = None
        self.spoils = False
        self.error: Exception | None = None
        self.answers = threading.Event()
        self.answers.set()
        self.asked = 0

    def os_keyring(self, limit: float = 5.0) -> OsKeyring:
        """Return what asks it."""
        return OsKeyring(self._open, limit=limit)

    def look(self) -> None:
        self._fail()

    def get(self, entry: Entry) -> str | None:
        self._fail()
        return self.secrets.get(entry)

    def put(self, entry: Entry, text: str) -> None:
        self._fail()
        self.secrets[entry] = text[:-1] if self.spoils else text

    def remove(self, entry: Entry) -> None:
        self._fail()
        self.secrets.pop(entry, None)

    def close(self) -> None:
        """Nothing is held."""

    def _open(self) -> "FakeKeyring":
        self.asked += 1
        return self

    def _fail(self) -> None:
        assert self.answers.wait(30)
        if self.error is not None:
            raise self.error
        if self.problem is not None:
            raise KeyringUnavailable(self.problem)
