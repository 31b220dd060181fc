"""What can be wrong with the Redis over which AceDesks work together."""

import enum

from acedesk.errors import AceDeskError


class SharingTrouble(enum.Enum):
    """Why contents cannot be shared with other AceDesks over Redis."""

    NOT_INSTALLED = "not_installed"
    ADDRESS = "address"
    UNREACHABLE = "unreachable"
    SILENT = "silent"
    CREDENTIALS = "credentials"
    FORBIDDEN = "forbidden"
    ENCRYPTION = "encryption"
    READ_ONLY = "read_only"
    FULL = "full"
    NOT_OURS = "not_ours"
    STARTING = "starting"
    FAILING = "failing"


class SharingUnavailable(AceDeskError):
    """Redis cannot be used now; `detail` is part of a sentence and holds no address."""

    code = "sharing_unavailable"

    def __init__(self, trouble: SharingTrouble, detail: str = "") -> None:
        super().__init__(detail)
        self.trouble = trouble
