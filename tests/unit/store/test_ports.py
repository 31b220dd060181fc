"""What the system says about TCP ports, asked of real sockets."""

import errno
import os
import socket

import psutil
import pytest

from acedesk.errors import CannotListen, ListenProblem, PortInUse
from acedesk.store.ports import holder_of, is_free, listen_error, next_free, problem


@pytest.fixture
def taken_port():  # type: ignore[no-untyped-def]
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_port_with_a_listener_is_not_free(taken_port: int) -> None:
    assert not is_free("127.0.0.1", taken_port)
    assert not is_free("0.0.0.0", taken_port)


def test_a_port_is_free_again_after_its_listener_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert is_free("127.0.0.1", port)


def test_the_holder_is_named_with_its_process_id(taken_port: int) -> None:
    holder = holder_of("127.0.0.1", taken_port)

    assert holder is not None
    assert holder.endswith(f"(pid {os.getpid()})")
    assert holder_of("0.0.0.0", taken_port) == holder


@pytest.mark.parametrize("error", [PermissionError(), RuntimeError("GetExtendedTcpTable failed")])
def test_a_system_that_does_not_tell_is_no_error(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_kind: str) -> list[object]:
        raise error

    monkeypatch.setattr(psutil, "net_connections", refuse)

    assert holder_of("127.0.0.1", 80) is None


def test_a_listener_on_another_address_is_not_the_holder(taken_port: int) -> None:
    assert holder_of("127.0.0.2", taken_port) is None


def test_the_next_free_port_is_above_and_free(taken_port: int) -> None:
    found = next_free("127.0.0.1", taken_port)

    assert found is not None
    assert found > taken_port
    assert is_free("127.0.0.1", found)


def test_there_is_no_port_above_the_last() -> None:
    assert next_free("127.0.0.1", 65535) is None


def test_an_address_of_another_computer_is_never_free() -> None:
    # 192.0.2.0/24 is reserved for documentation (RFC 5737).
    assert not is_free("192.0.2.1", 8080)


def test_what_the_system_says_becomes_our_own_errors(taken_port: int) -> None:
    taken = problem("127.0.0.1", taken_port)
    foreign = problem("192.0.2.1", 0)
    unknown = problem("no such host", 0)
    assert taken is not None
    assert foreign is not None
    assert unknown is not None

    assert isinstance(listen_error("127.0.0.1", taken_port, taken), PortInUse)
    for exc in (foreign, unknown):
        error = listen_error("x", 1, exc)
        assert isinstance(error, CannotListen)
        assert error.problem is ListenProblem.NO_ADDRESS


def test_a_port_for_administrators_comes_with_one_for_all() -> None:
    error = listen_error("127.0.0.1", 80, PermissionError(errno.EACCES, "Permission denied"))

    assert isinstance(error, CannotListen)
    assert error.problem is ListenProblem.NOT_ALLOWED
    assert error.next_free is not None
    assert error.next_free >= 8080


def test_anything_else_is_told_as_it_is() -> None:
    error = listen_error("::1", 80, OSError(errno.EAFNOSUPPORT, "not supported"))

    assert isinstance(error, CannotListen)
    assert (error.problem, error.detail) == (ListenProblem.OTHER, "not supported")
