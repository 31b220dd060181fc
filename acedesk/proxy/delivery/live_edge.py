"""The clients at the live edge: most of the clients, most of the time.

They have received everything so far, so new packets go to each of them with one system call.
Nothing is kept for a single client: position and bytes sent are the same for all.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.delivery import socket_writes

# More chunks than this at once, after a splice, are written one by one.
MOST_CHUNKS: Final = 64


class EdgeClient(Protocol):
    """What the live edge asks of a client; see `acedesk.proxy.delivery.client.Client`."""

    @property
    def position(self) -> int | None:
        """Number of the next chunk to write; None before it joined."""

    @property
    def chunked(self) -> bool:
        """The body is framed as HTTP/1.1 chunks."""

    @property
    def direct(self) -> int:
        """Number of its socket while bytes may be written to it, -1 otherwise."""

    def enter(self, live_edge: "LiveEdge") -> None:
        """Let `live_edge` write to this client from now on."""

    def fall_back(self) -> None:
        """Write alone from now on."""

    def spill(self, chunks: list[memoryview], sent: int) -> None:
        """Write alone from now on, first what the kernel did not take of the newest chunks."""

    def fail(self, error: Exception) -> None:
        """End because of a bug of ours."""


class LiveEdge:
    """Clients whose sockets are written to directly.

    Attributes:
        position: Number of the chunk they get next.
        sent: Payload bytes of the stream before it.
    """

    __slots__ = ("_clients", "_ring", "position", "sent")

    def __init__(self, ring: Ring) -> None:
        self.position = ring.next
        self.sent = ring.total
        self._ring = ring
        self._clients: dict[int, EdgeClient] = {}  # by number of the socket

    def __len__(self) -> int:
        return len(self._clients)

    def join(self, client: EdgeClient) -> bool:
        """Take the client if it has everything and its socket may be written to."""
        if client.position != self.position or client.direct < 0 or not client.chunked:
            return False
        self._clients[client.direct] = client
        client.enter(self)
        return True

    def leave(self, client: EdgeClient) -> None:
        """Let the client go on by itself."""
        self._clients.pop(client.direct, None)

    def advance(self) -> None:
        """Write what came into the ring to all clients; one that does not take all of it leaves.

        An unexpected error with one client ends that one only. When one comes before anything was
        written, the position stays, so that the next call writes what is missing.
        """
        ring, first = self._ring, self.position
        if not self._clients:
            self.position, self.sent = ring.next, ring.total
            return
        if first < ring.first or ring.next - first > MOST_CHUNKS:
            for client in tuple(self._clients.values()):
                try:
                    client.fall_back()
                except Exception as exc:  # noqa: BLE001 - logged by `fail`
                    client.fail(exc)
            first = ring.next
        chunks = [ring.framed(number) for number in range(first, ring.next)]
        self.position, self.sent = ring.next, ring.total
        if chunks:
            self._hand_out(chunks)

    def _hand_out(self, chunks: list[memoryview]) -> None:
        write: Callable[[int, Any], int] = socket_writes.write_all
        data: Any = chunks
        if len(chunks) == 1:
            write, data = socket_writes.write, chunks[0]
        size = sum(map(len, chunks))
        short: list[tuple[EdgeClient, int]] = []
        broken: list[tuple[EdgeClient, Exception]] = []
        for number, client in self._clients.items():
            try:
                sent = write(number, data)
            except OSError:  # full, or broken: the transport tells which
                sent = 0
            except Exception as exc:  # noqa: BLE001 - logged by `fail`
                broken.append((client, exc))
                continue
            if sent != size:
                short.append((client, sent))
        for client, sent in short:
            try:
                client.spill(chunks, sent)
            except Exception as exc:  # noqa: BLE001 - logged by `fail`
                client.fail(exc)
        for client, fault in broken:
            client.fail(fault)
