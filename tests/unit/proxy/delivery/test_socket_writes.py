"""Sockets are written to by their numbers; the half of Windows works with any socket."""

import gc
import socket
from collections.abc import Iterator

import pytest

from acedesk.proxy.delivery import socket_writes
from acedesk.proxy.delivery.socket_writes import SocketHandles


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Return two ends of one connection; the first never blocks."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, _ = listener.accept()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def test_pieces_arrive_in_order(pair: tuple[socket.socket, socket.socket]) -> None:
    handles = SocketHandles()
    number = handles.take(pair[0])

    assert handles.write(number, b"one ") == 4
    assert handles.write_all(number, [memoryview(b"two "), memoryview(b"three")]) == 9

    received = b""
    while len(received) < 13:
        received += pair[1].recv(100)
    assert received == b"one two three"
    handles.release(number)


def test_a_full_socket_says_how_much_it_took(pair: tuple[socket.socket, socket.socket]) -> None:
    handles = SocketHandles()
    number = handles.take(pair[0])
    piece = memoryview(bytes(4_000_000))

    taken = handles.write_all(number, [piece] * 8)

    assert 0 < taken < 8 * len(piece)
    with pytest.raises(BlockingIOError):
        handles.write_all(number, [piece, piece])
    handles.release(number)


def test_the_connection_stays_when_its_number_is_forgotten(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    handles = SocketHandles()
    handles.release(handles.take(pair[0]))
    gc.collect()

    assert len(handles) == 0
    pair[0].send(b"still there")
    assert pair[1].recv(100) == b"still there"


def test_a_number_that_is_not_known_can_be_forgotten() -> None:
    SocketHandles().release(4711)


def test_a_closed_socket_has_no_number(pair: tuple[socket.socket, socket.socket]) -> None:
    handles = SocketHandles()
    pair[0].close()

    assert handles.take(pair[0]) < 0
    assert len(handles) == 0


def test_this_system_has_a_way(pair: tuple[socket.socket, socket.socket]) -> None:
    number = socket_writes.take(pair[0])

    assert socket_writes.write(number, b"a") == 1
    assert socket_writes.write_all(number, [memoryview(b"b"), memoryview(b"c")]) == 2

    socket_writes.release(number)
    received = b""
    while len(received) < 3:
        received += pair[1].recv(10)
    assert received == b"abc"
