"""What is said of a connection that failed: the system's words, never the address."""

import errno
import os
import socket

import pytest

from acedesk.acestream_api.connect import LONGEST_REASON, reason_of


class WindowsError(OSError):
    """As Windows raises it: `winerror` is there, and `strerror` comes from the system."""

    winerror = 10061


REFUSED = "No connection could be made because the target machine actively refused it"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (WindowsError(10061, REFUSED), REFUSED),
        # ConnectEx: the number is one of Windows itself, and errno only "invalid argument".
        (WindowsError(errno.EINVAL, REFUSED), REFUSED),
        (WindowsError(10061, f" {REFUSED}\r\n\u202e"), REFUSED),
        (WindowsError(errno.ECONNREFUSED, ""), os.strerror(errno.ECONNREFUSED)),
        (WindowsError(errno.ECONNREFUSED, "\r\n"), os.strerror(errno.ECONNREFUSED)),
        (WindowsError(10061, "x" * 1000), "x" * LONGEST_REASON),
        (
            OSError(errno.ECONNREFUSED, "Connect call failed ('192.0.2.1', 6878)"),
            os.strerror(errno.ECONNREFUSED),
        ),
        (OSError(errno.ENETUNREACH, "whatever"), os.strerror(errno.ENETUNREACH)),
        (WindowsError("refused"), "refused"),
        (OSError("no\r\naddress"), "no address"),
        (TimeoutError(), "TimeoutError"),
        (
            socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
            "the name of the engine's host is not known",
        ),
    ],
)
def test_the_reason_is_in_the_words_of_the_system(error: OSError, reason: str) -> None:
    assert reason_of(error) == reason
