"""One viewer whose connection is full, from counters of a real one."""

from collections.abc import AsyncIterator

import pytest

from acedesk.mpegts.packets import PACKET
from acedesk.observe.client_observer import SKIP_WINDOW, ClientObserver
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.delivery.client import Client
from tests import transport
from tests.fakes.running_stream import RunningStream, running_stream

SECOND = 25 * 5  # packets in a second of the broadcast


class Narrow:
    """A viewer behind a narrow link, looked at when the test says so."""

    def __init__(self, running: RunningStream, client: Client) -> None:
        self.running = running
        self.client = client
        self.observer = ClientObserver(client)
        self.now = 100.0
        self._clock = 0

    def media(self, seconds: int = 1) -> None:
        """Let seconds of the stream come, as far as the viewer takes them."""
        ring = self.running.stream.ring
        for _ in range(seconds):
            self._clock += 27_000_000
            packets = transport.filler(0) * SECOND
            ring.append(SlabWriter().put(packets), self.now, (), self._clock)
            if not self.client.blocked:
                self.client.write_available()

    def look(self, seconds: float = 1.0) -> None:
        """Let time pass and look."""
        self.now += seconds
        self.observer.look(self.running.stream, self.now)


@pytest.fixture
async def narrow() -> AsyncIterator[Narrow]:
    """Return a viewer at the end of the ring, whose connection is small."""
    async with running_stream(start=False) as running:
        client = await running.watch(narrow=True)
        made = Narrow(running, client)
        made.media()
        client.join_live(0)
        yield made


async def block(narrow: Narrow) -> None:
    """Let media come until the connection is full."""
    while not narrow.client.blocked:
        narrow.media()


async def test_a_viewer_with_room_is_well(narrow: Narrow) -> None:
    narrow.running.take(narrow.client)
    narrow.client.blocked = False
    narrow.look()

    assert narrow.observer.is_well
    facts = narrow.observer.facts(narrow.now)
    assert (facts.id, facts.name) == (narrow.client.id, "VLC 3.0.21 on 192.168.1.30")
    assert (facts.rate, facts.stuck_for, facts.skips) == (0.0, 0.0, 0)


async def test_a_viewer_whose_connection_is_full_is_not_well(narrow: Narrow) -> None:
    await block(narrow)

    for _ in range(11):
        narrow.look()

    facts = narrow.observer.facts(narrow.now)
    assert not narrow.observer.is_well
    assert facts.blocked == pytest.approx(1.0, abs=0.1)
    assert facts.stuck_for == 10.0
    assert facts.rate == 0.0


async def test_one_full_look_is_a_small_share(narrow: Narrow) -> None:
    await block(narrow)

    narrow.look()

    assert narrow.observer.facts(narrow.now).blocked == pytest.approx(0.1)


async def test_how_far_it_falls_behind_is_seen(narrow: Narrow) -> None:
    await block(narrow)
    for _ in range(8):
        narrow.media()
        narrow.look()

    facts = narrow.observer.facts(narrow.now)
    assert facts.falling == pytest.approx(7.0)
    assert facts.behind >= 7.0


async def test_what_the_player_takes_is_its_rate(narrow: Narrow) -> None:
    await block(narrow)
    narrow.look()
    before = narrow.client.unsent_bytes

    taken = len(narrow.running.take(narrow.client, 2000))
    narrow.look()

    facts = narrow.observer.facts(narrow.now)
    assert taken > 0
    assert narrow.client.unsent_bytes < before
    assert facts.rate == (before - narrow.client.unsent_bytes) * 8
    assert facts.stuck_for == 0.0


async def test_skips_are_counted_for_half_a_minute(narrow: Narrow) -> None:
    await block(narrow)
    narrow.look()
    narrow.client.skips += 2
    narrow.look()

    found = []
    for _ in range(2):
        found.append((narrow.observer.facts(narrow.now).skips, narrow.observer.is_well))
        narrow.look(SKIP_WINDOW - 0.5)
        narrow.look()

    assert found == [(2, False), (0, False)]


async def test_a_skip_is_no_falling_behind(narrow: Narrow) -> None:
    await block(narrow)
    narrow.look()
    narrow.media(9)
    narrow.look()
    narrow.client.skips += 1
    narrow.client.position = narrow.running.stream.ring.next

    narrow.look()

    facts = narrow.observer.facts(narrow.now)
    assert facts.falling == pytest.approx(8.0)  # to the newest of nine chunks
    assert facts.behind == 0.0


async def test_it_is_well_when_the_full_looks_are_long_ago(narrow: Narrow) -> None:
    await block(narrow)
    narrow.look()
    narrow.client.blocked = False

    for _ in range(round(SKIP_WINDOW)):
        narrow.look()
    before = narrow.observer.is_well
    narrow.look()

    assert (before, narrow.observer.is_well) == (False, True)


async def test_only_the_last_seconds_are_in_the_facts(narrow: Narrow) -> None:
    await block(narrow)
    for _ in range(5):
        narrow.look()
    narrow.client.blocked = False
    for _ in range(12):
        narrow.look()

    facts = narrow.observer.facts(narrow.now)

    assert facts.blocked == 0.0
    assert not narrow.observer.is_well


async def test_a_viewer_that_left_has_no_place_and_is_no_fault(narrow: Narrow) -> None:
    await block(narrow)
    narrow.client.position = None

    narrow.look()

    assert narrow.observer.facts(narrow.now).behind == 0.0
    assert narrow.running.stream.ring.total >= PACKET
