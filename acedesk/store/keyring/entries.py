"""What a keyring must do for us, and how our entries are called in it."""

from typing import Protocol

from acedesk.errors import AceDeskError
from acedesk.model.computer.kept_secrets import KeyringProblem
from acedesk.values import frozen_value


class KeyringUnavailable(AceDeskError):
    """A secret could not be kept in the keyring, or not be read from it."""

    code = "keyring_unavailable"

    def __init__(self, problem: KeyringProblem, detail: str = "") -> None:
        super().__init__(detail)
        self.problem = problem


@frozen_value
class Entry:
    """One secret of one AceDesk.

    Attributes:
        name: Of the setting.
        instance: The id of the data folder, so that two never share an entry.
    """

    name: str
    instance: str


class Keyring(Protocol):
    """An open keyring. Everything blocks, for as long as the system takes."""

    def look(self) -> None:
        """See that something could be kept now; nobody is asked for a password.

        Raises:
            KeyringUnavailable: It could not.
        """
        ...

    def get(self, entry: Entry) -> str | None:
        """Return a secret, None where there is none; a person may be asked to unlock it.

        Raises:
            KeyringUnavailable: It cannot be read, or the person did not want to.
        """
        ...

    def put(self, entry: Entry, text: str) -> None:
        """Keep a secret, in place of an earlier one; nobody is asked for a password.

        Raises:
            KeyringUnavailable: It is not kept.
        """
        ...

    def remove(self, entry: Entry) -> None:
        """Forget a secret; none is no error.

        Raises:
            KeyringUnavailable: It is still there.
        """
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...
