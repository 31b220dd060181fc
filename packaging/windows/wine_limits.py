"""What Wine itself cannot do: unit tests that may fail there, each with the reason.

A plugin of pytest, for test-under-wine. On Windows none of this holds.
"""

import fnmatch
from typing import NoReturn

import psutil
import pytest

# Patterns of node ids.
LIMITS: dict[str, str] = {
    "tests/unit/doctor/test_network.py::test_a_taken_port_fails_with_its_holder*": (
        "which process listens at a port is not told"
    ),
    "tests/unit/observe/test_client_observer.py::test_what_the_player_takes_is_its_rate": (
        "how many bytes of a connection are on their way is not told (SIO_TCP_INFO)"
    ),
    "tests/unit/proxy/delivery/test_player_connection.py::test_a_player_that_takes_something*": (
        "how many bytes of a connection are on their way is not told (SIO_TCP_INFO)"
    ),
    "tests/unit/proxy/files/test_file_playback.py::test_a_player_takes_something*": (
        "how many bytes of a connection are on their way is not told (SIO_TCP_INFO)"
    ),
    "tests/unit/proxy/files/test_file_playback.py::test_a_reading_that_is_ended_resets*": (
        "a connection that was reset is read as one that has ended"
    ),
    "tests/unit/proxy/http/test_listener.py::test_a_port_that_is_taken_is_named_with_its_holder*": (
        "which process listens at a port is not told"
    ),
    "tests/unit/store/test_ports.py::test_the_holder_is_named_with_its_process_id": (
        "which process listens at a port is not told"
    ),
}
# Tests that end the whole process, or leave open what fails a later one.
NOT_RUN: dict[str, str] = {
    "tests/unit/commands/test_serve.py::test_a_folder_in_use_is_told*": (
        "a lock that is refused has no errno; Windows says EACCES"
    ),
    "tests/unit/proxy/shared/test_redis_store.py::test_a_redis_that_is_silent*": (
        "when a silent connection is asked for a sign of life cannot be set (TCP_KEEPIDLE)"
    ),
    "tests/unit/store/test_lock.py::test_a_second_lock_names_the_process*": (
        "a lock that is refused has no errno; Windows says EACCES"
    ),
    "tests/unit/commands/quit/test_command.py::test_a_known_one_is_found_where_the_system*": (
        "PssCaptureSnapshot, which psutil asks, is not there"
    ),
    "tests/unit/demo/fault_injection/test_fault_middleware.py::test_a_reset_is_one": (
        "a connection that was reset is read as one that has ended"
    ),
}


def pytest_configure(config: pytest.Config) -> None:
    """Know the markers of a plugin that is not there, and let nothing ask who listens at a port.

    Wine does not tell that, and where this computer has thousands of connections it takes minutes
    not to tell it: each one is looked up in all processes.
    """
    config.addinivalue_line("markers", "xdist_group: tests that do not run at the same time")
    psutil.net_connections = _do_not_tell


def _do_not_tell(_kind: str = "inet") -> NoReturn:
    raise psutil.AccessDenied


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the listed tests fail; a line that fits nothing is a mistake.

    Raises:
        pytest.UsageError: A listed test is not in the file that it names any more.
    """
    ids = [item.nodeid for item in items]
    files = {one.partition("::")[0] for one in ids}
    for pattern, reason in (LIMITS | NOT_RUN).items():
        found = fnmatch.filter(ids, pattern)
        if not found and pattern.partition("::")[0] in files:
            raise pytest.UsageError(f"wine_limits.py: there is no test {pattern}")
        for item in items:
            if item.nodeid in found:
                runs = pattern not in NOT_RUN
                item.add_marker(pytest.mark.xfail(reason=f"Wine: {reason}", run=runs, strict=False))
