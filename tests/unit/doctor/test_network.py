"""The port, asked of real sockets."""

import os
import socket

from acedesk.doctor.finding import Level
from acedesk.doctor.network import check_port
from acedesk.store.lock import Running


def test_a_taken_port_fails_with_its_holder_and_the_next_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        finding = check_port("127.0.0.1", server.getsockname()[1], None)

    assert finding.level is Level.FAIL
    assert f"(pid {os.getpid()})" in finding.text
    assert "--port" in finding.fix


def test_a_free_port_is_well() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert check_port("127.0.0.1", port, None).level is Level.PASS


def test_a_port_held_by_acedesk_itself_is_well() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        running = Running(process_id=os.getpid(), base_url=f"http://127.0.0.1:{port}")

        assert check_port("127.0.0.1", port, running).level is Level.PASS


def test_any_free_port_is_well() -> None:
    assert check_port("127.0.0.1", 0, None).level is Level.PASS


def test_an_address_of_another_computer_fails() -> None:
    finding = check_port("192.0.2.1", 8080, None)

    assert finding.level is Level.FAIL
    assert "does not have the address" in finding.text
