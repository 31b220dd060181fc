"""What the library and the server say becomes one reason, without an address."""

import ssl

import pytest
import redis.exceptions as theirs

from acedesk.model.sharing.trouble import SharingTrouble
from acedesk.proxy.shared.redis_failures import explain_failure


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (theirs.AuthenticationError("WRONGPASS invalid username-password pair"), "CREDENTIALS"),
        (theirs.AuthenticationError("Authentication required."), "CREDENTIALS"),
        (theirs.NoPermissionError("this user has no permissions"), "FORBIDDEN"),
        (theirs.ResponseError("DENIED Redis is running in protected mode"), "FORBIDDEN"),
        (theirs.ReadOnlyError("You can't write against a read only replica."), "READ_ONLY"),
        (theirs.OutOfMemoryError("command not allowed when used memory > 'maxmemory'."), "FULL"),
        (theirs.ResponseError("WRONGTYPE Operation against a key holding ..."), "NOT_OURS"),
        (theirs.BusyLoadingError("Redis is loading the dataset in memory"), "STARTING"),
        (theirs.TimeoutError("Timeout reading from socket"), "SILENT"),
        (TimeoutError(), "SILENT"),
        (theirs.ConnectionError("Connection closed by server."), "UNREACHABLE"),
        (ConnectionResetError(104, "Connection reset by peer"), "UNREACHABLE"),
        (theirs.ResponseError("MISCONF Redis is configured to save RDB snapshots"), "FAILING"),
        (ValueError("what it sent makes no sense"), "FAILING"),
    ],
)
def test_each_has_its_reason(error: Exception, trouble: str) -> None:
    assert explain_failure(error).trouble is SharingTrouble[trouble]


def test_what_it_came_from_counts() -> None:
    error = theirs.ConnectionError("Error 1 connecting to redis://user:geheim@host:6379.")
    error.__cause__ = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    assert explain_failure(error).trouble is SharingTrouble.ENCRYPTION

    error.__cause__ = ConnectionRefusedError(111, "Connect call failed ('192.0.2.1', 6379)")
    told = explain_failure(error)
    assert (told.trouble, told.detail) == (SharingTrouble.UNREACHABLE, "Connection refused")


def test_only_the_servers_own_words_are_handed_on() -> None:
    error = theirs.ResponseError("MISCONF cannot save. script: 4d3c, on @user_script:14.")

    assert explain_failure(error).detail == "MISCONF cannot save."
