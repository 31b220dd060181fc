"""The clients of one stream: where each begins, what each gets, which are gone."""

from collections.abc import Iterator

from acedesk import clock
from acedesk.mpegts.scan import Scanner
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.counters.rates import Meter
from acedesk.proxy.delivery.client import ENDS, Client, EndReason
from acedesk.proxy.delivery.client_history import ClientsThatLeft
from acedesk.proxy.delivery.live_edge import LiveEdge
from acedesk.rules.join_position import Join, choose_join, seconds_back
from acedesk.rules.paused_viewer import judge
from acedesk.settings import Settings

# Null packets go to a client that got nothing for this long (players give up on silence).
SILENCE = 1.0


class ClientTable:
    """All clients of one stream. An unexpected error with one of them ends that one only.

    Attributes:
        clients_that_left: Those that left.
        sent_before, skips_before: Bytes sent to those that left, and how often they skipped.
    """

    __slots__ = (
        "_begun_at",
        "_clients",
        "_live_edge",
        "_meters",
        "_ring",
        "_seen",
        "clients_that_left",
        "sent_before",
        "skips_before",
    )

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._live_edge = LiveEdge(ring)
        self._clients: dict[str, Client] = {}
        self._meters: dict[str, Meter] = {}
        self._seen = 0
        self._begun_at: float | None = None  # when there was media to begin with
        self.clients_that_left = ClientsThatLeft()
        self.sent_before = 0
        self.skips_before = 0

    def __len__(self) -> int:
        return len(self._clients)

    def __iter__(self) -> Iterator[Client]:
        return iter(tuple(self._clients.values()))

    def add(self, client: Client, now: float) -> None:
        """Count the client from now on."""
        self._clients[client.id] = client
        self._meters[client.id] = Meter(now, remember=False)

    def remove(self, client: Client) -> None:
        """Forget the client; one that is not here is ignored."""
        if self._clients.pop(client.id, None) is not None:
            self.sent_before += client.sent_bytes
            self.skips_before += client.skips
            self.clients_that_left.add(client, clock.monotonic(), clock.utc_now())
        self._meters.pop(client.id, None)

    def let_go(self, client: Client) -> None:
        """Leave the client to another table; what it was sent here still counts here."""
        del self._clients[client.id], self._meters[client.id]
        self.sent_before += client.sent_bytes
        self.skips_before += client.skips

    def go_on(self, client: Client, scanner: Scanner, now: float) -> None:
        """Give a client, which was added and has a response head, this ring instead of its own."""
        self.sent_before -= client.sent_bytes
        self.skips_before -= client.skips
        client.move(self._ring)
        self.start_client(client, scanner, now)

    @property
    def sent_bytes(self) -> int:
        """Media bytes written to all clients that ever were here."""
        return self.sent_before + sum(client.sent_bytes for client in self._clients.values())

    @property
    def skips(self) -> int:
        """How often clients that ever were here fell off the ring."""
        return self.skips_before + sum(client.skips for client in self._clients.values())

    def get(self, client_id: str) -> Client | None:
        """Return the client with this id."""
        return self._clients.get(client_id)

    def deliver(self, scanner: Scanner, now: float) -> None:
        """Give every client what it may have; called when the ring grew.

        Most clients are at the live edge most of the time: `LiveEdge` writes to those.
        """
        live_edge = self._live_edge
        live_edge.advance()
        self._ring.wanted = self._ring.next
        if len(live_edge) == len(self._clients):
            return
        for client in tuple(self._clients.values()):
            if client.at_live_edge:
                continue
            try:
                if client.position is None:
                    self.start_client(client, scanner, now)
                elif not client.blocked:
                    client.write_available()
            except Exception as exc:  # noqa: BLE001 - logged by `fail`
                client.fail(exc)
            if live_edge.join(client):
                continue
            position = client.position
            if position is None or client.is_paused:
                continue  # a paused client goes on at a keyframe: nothing is kept for it
            self._ring.wanted = min(self._ring.wanted, position)

    def start_client(self, client: Client, scanner: Scanner, now: float) -> None:
        """Choose where in the ring the client begins, or let it wait."""
        if not client.attached or client.reason is not None or self._ring.next == 0:
            return
        if client.position is not None:  # it had a place in another ring
            client.write_available()
            return
        self._begun_at = now if self._begun_at is None else self._begun_at
        is_new = client.first_at is None
        back = seconds_back(client.join_point.back, video_absent=is_new and scanner.video_absent)
        entry = self._ring.entry(back or 0.0)
        decision = choose_join(
            has_entry=entry is not None,
            has_tables=bool(scanner.tables),
            has_video=scanner.has_video,
            waited=now - max(client.connected_at, self._begun_at),
            received=self._ring.total,
            live=back is None,
        )
        if decision is Join.AT_ENTRY:
            assert entry is not None
            client.join(*entry)
        elif decision is Join.AT_EDGE:
            client.send_tables(scanner.tables)
            client.join_live(self._ring.next - 1)
        elif decision is Join.ANYWHERE:
            client.join_live(self._ring.first)
        else:
            client.send_tables(scanner.tables)

    def second(self, now: float, *, silent_for: float, settings: Settings) -> None:
        """Sample rates, keep waiting players alive, cut those that are gone or paused for long."""
        flowed, self._seen = self._ring.total > self._seen, self._ring.total
        for client in tuple(self._clients.values()):
            try:
                self._look(client, now, flowed=flowed)
                client.look(now)
                if (end := _end_of(client, settings)) is not None:
                    client.close(end)
                elif client.attached and (client.position is None or silent_for >= SILENCE):
                    client.send_null()
            except Exception as exc:  # noqa: BLE001 - logged by `fail`
                client.fail(exc)

    def _look(self, client: Client, now: float, *, flowed: bool) -> None:
        """Note how fast one client takes media, and whether it paused."""
        meter = self._meters[client.id]
        meter.sample(now, client.sent_bytes)
        client.rate = meter.rate
        # HLS clients are not attached: they fetch segments, with pauses in between.
        if client.attached and client.first_at is not None:
            taken = client.sent_bytes - (client.unsent_bytes if client.blocked else 0)
            client.gaps.look(now, taken, flowed=flowed)

    def look(self, now: float) -> None:
        """See which clients take bytes, between two seconds."""
        for client in self._clients.values():
            client.look(now)

    @property
    def are_paused(self) -> bool:
        """There are some, and all are paused: the stream may give way to another."""
        return bool(self._clients) and all(one.is_paused for one in self._clients.values())

    @property
    def paused(self) -> list[Client]:
        """The clients that are paused, the one that is for longest first."""
        paused = [client for client in self._clients.values() if client.is_paused]
        return sorted(paused, key=lambda client: -client.still_for)

    def least_behind(self) -> int | None:
        """Return how many bytes the fastest client is behind; None while none has a position."""
        positions = [c.position for c in self._clients.values() if c.position is not None]
        return self._ring.bytes_behind(max(positions)) if positions else None

    def close(self, reason: EndReason) -> None:
        """End every client's body."""
        for client in tuple(self._clients.values()):
            try:
                client.close(reason)
            except Exception as exc:  # noqa: BLE001 - logged by `fail`
                client.fail(exc)
        for client in tuple(self._clients.values()):  # those whose end failed
            self.remove(client)


def _end_of(client: Client, settings: Settings) -> EndReason | None:
    """Return why the client's connection must end, None when it may stay."""
    if not client.still_for and not client.unanswered_for:
        return None
    standing = judge(
        still_for=client.still_for,
        unanswered_for=client.unanswered_for,
        answer_limit=settings.slow_client_timeout,
        pause_limit=settings.paused_viewer_timeout,
    )
    return ENDS.get(standing)
