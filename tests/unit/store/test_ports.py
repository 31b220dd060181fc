"""What the system says about TCP ports, asked of real sockets."""

import os
import socket

import pytest

from acedesk.store.ports import holder_of, is_free, next_free


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
