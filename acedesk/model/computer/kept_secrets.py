"""Where the secret settings are, for the windows and the doctor."""

import enum

from acedesk.values import frozen_value


class KeyringProblem(enum.Enum):
    """Why the keyring of this computer cannot be used."""

    ABSENT = "absent"
    LOCKED = "locked"
    SILENT = "silent"
    REFUSED = "refused"


@frozen_value
class KeptSecrets:
    """Where the secret settings are.

    Attributes:
        plain: Those that are in the settings file.
        kept: Those that are in the keyring, as the settings file says.
        problem: Why the keyring is not used, or could not be read; None where it could, or was not
            asked.
        missing: Settings whose values are in the keyring and could not be read from it.
        waiting: The keyring was asked and has not answered yet; it may be asking a person.
        late: Settings that the keyring gave out after AceDesk had started, and that count only
            after a restart.
    """

    plain: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    problem: KeyringProblem | None = None
    missing: tuple[str, ...] = ()
    waiting: bool = False
    late: tuple[str, ...] = ()
