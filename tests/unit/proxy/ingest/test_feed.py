"""A body becomes whole packets, whatever its pieces; what fails is told after the packets."""

import itertools
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from acedesk.errors import EngineAnswerInvalid, EngineEnded, EngineStalled, EngineUnreachable
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.buffer.chunk_framing import GARBAGE_LIMIT, Block
from acedesk.proxy.ingest.engine_body import BLOCK
from acedesk.proxy.ingest.feed import RUNNING_GARBAGE_LIMIT, Feed
from tests import transport
from tests.fakes.engine_side import MEDIA_HEAD, BodySocket

MEDIA = transport.broadcast(20)
CHUNKED = MEDIA_HEAD + b"\r\nTransfer-Encoding: chunked"


class Source:
    """A feed, its engine, and what came."""

    def __init__(
        self, head: bytes = MEDIA_HEAD, first: bytes = b"", *, replaces: bool = False
    ) -> None:
        self.socket = BodySocket(head, first)
        self.feed = Feed(self.socket.body, now=100.0, replaces=replaces)
        self.packets = b""

    def bring(self, data: bytes, now: float = 101.0) -> list[Block]:
        """Let the engine send, then read once."""
        self.socket.send(data)
        return self.read(now)

    def read(self, now: float = 101.0) -> list[Block]:
        """Read once."""
        blocks = self.feed.read(now)
        for slab, _, start, end in blocks:
            self.packets += bytes(slab.map[start:end])
        return blocks


MakeSource = Callable[..., Source]


@pytest.fixture
def make_source() -> Iterator[MakeSource]:
    """Return a maker of sources; all are closed afterwards."""
    made: list[Source] = []

    def make(head: bytes = MEDIA_HEAD, first: bytes = b"", *, replaces: bool = False) -> Source:
        made.append(Source(head, first, replaces=replaces))
        return made[-1]

    yield make
    for source in made:
        source.feed.close()
        source.socket.close()


def test_nothing_has_come_at_first(make_source: MakeSource) -> None:
    source = make_source()

    assert source.read() == []
    assert (source.feed.first_at, source.feed.last_at) == (None, 100.0)
    assert (source.feed.received, source.feed.count, source.feed.dropped) == (0, 0, 0)
    assert source.feed.drained


def test_packets_come_as_they_were_sent(make_source: MakeSource) -> None:
    source = make_source()

    source.bring(MEDIA[: 5 * PACKET], now=101.0)
    source.bring(MEDIA[5 * PACKET :], now=102.0)

    assert source.packets == MEDIA
    assert (source.feed.first_at, source.feed.last_at) == (101.0, 102.0)
    assert source.feed.received == len(MEDIA)
    assert source.feed.count == len(MEDIA) - 5 * PACKET


def test_what_came_with_the_head_is_not_lost(make_source: MakeSource) -> None:
    source = make_source(MEDIA_HEAD, MEDIA[: PACKET + 7])

    source.read()
    source.bring(MEDIA[PACKET + 7 :])

    assert source.packets == MEDIA


def test_half_a_packet_is_no_sign_of_life(make_source: MakeSource) -> None:
    source = make_source()

    source.bring(MEDIA[:100], now=101.0)

    assert (source.packets, source.feed.first_at, source.feed.last_at) == (b"", None, 100.0)
    source.bring(MEDIA[100:PACKET], now=102.0)
    assert (source.packets, source.feed.first_at) == (MEDIA[:PACKET], 102.0)


@given(st.lists(st.integers(1, len(MEDIA) - 1), max_size=12), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_pieces_give_the_same_packets(
    make_source: MakeSource, places: list[int], chunked: bool
) -> None:
    source = make_source(CHUNKED if chunked else MEDIA_HEAD)
    ends = [0, *sorted(places), len(MEDIA)]
    for begin, end in itertools.pairwise(ends):
        piece = MEDIA[begin:end]
        if piece:
            source.bring(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)

    assert source.packets == MEDIA
    assert source.feed.dropped == 0
    source.socket.close()


def test_garbage_between_packets_is_dropped_and_counted(make_source: MakeSource) -> None:
    source = make_source()

    source.bring(MEDIA[: 10 * PACKET] + b"noise" * 9 + MEDIA[10 * PACKET :])

    assert source.packets == MEDIA
    assert source.feed.dropped == 45


def test_no_more_than_a_block_is_read_at_once(make_source: MakeSource) -> None:
    source = make_source()
    long = transport.filler(0) * (3 * BLOCK // PACKET)
    source.socket.engine.setblocking(False)
    sent, most = 0, 0
    while sent < len(long):
        sent += source.socket.engine.send(long[sent:])
        source.read()
        most = max(most, source.feed.count)
        assert source.feed.drained is (source.feed.count < BLOCK)

    while not source.feed.drained or source.feed.count:
        source.read()
    assert source.packets == long
    assert most < 2 * BLOCK


# ---------------------------------------------------------------------- its end


def test_a_feed_that_goes_on_is_well(make_source: MakeSource) -> None:
    source = make_source()
    source.bring(MEDIA, now=105.0)

    source.feed.check(110.0, stall_after=5.0)


def test_a_silence_that_is_too_long_is_a_stall(make_source: MakeSource) -> None:
    source = make_source()
    source.bring(MEDIA, now=105.0)

    with pytest.raises(EngineStalled, match="no bytes for 6 s"):
        source.feed.check(111.0, stall_after=5.0)


def test_bytes_that_are_no_packets_do_not_prevent_a_stall(make_source: MakeSource) -> None:
    source = make_source()
    for second in range(10):
        source.bring(b"\0" * 10, now=100.0 + second)

    with pytest.raises(EngineStalled):
        source.feed.check(109.0, stall_after=5.0)


def test_an_end_is_told_behind_the_last_packets(make_source: MakeSource) -> None:
    source = make_source()
    source.socket.send(MEDIA)
    source.socket.end()

    source.read()
    while not source.socket.body.ended:
        source.read()

    assert source.packets == MEDIA
    with pytest.raises(EngineEnded, match="it ended the stream"):
        source.feed.check(101.0, stall_after=5.0)


def test_a_length_ends_the_body_though_the_connection_stays(make_source: MakeSource) -> None:
    source = make_source(MEDIA_HEAD + b"\r\nContent-Length: %d" % (2 * PACKET))

    source.bring(MEDIA[: 3 * PACKET])

    assert source.packets == MEDIA[: 2 * PACKET]
    with pytest.raises(EngineEnded):
        source.feed.check(101.0, stall_after=5.0)


def test_a_last_chunk_ends_the_body(make_source: MakeSource) -> None:
    source = make_source(CHUNKED)

    source.bring(b"%x\r\n%b\r\n0\r\n\r\n" % (len(MEDIA), MEDIA))

    assert source.packets == MEDIA
    with pytest.raises(EngineEnded):
        source.feed.check(101.0, stall_after=5.0)


@pytest.mark.parametrize("head", [CHUNKED, MEDIA_HEAD + b"\r\nContent-Length: 1000000"])
def test_a_body_that_ends_before_its_framing_was_broken_off(
    make_source: MakeSource, head: bytes
) -> None:
    source = make_source(head)
    source.socket.send(b"%x\r\n%b\r\n" % (len(MEDIA), MEDIA) if head is CHUNKED else MEDIA)
    source.socket.end()

    while not source.socket.body.ended:
        source.read()

    with pytest.raises(EngineUnreachable, match="in the middle") as raised:
        source.feed.check(101.0, stall_after=5.0)
    assert type(raised.value) is EngineUnreachable


def test_a_broken_connection_is_told_once_it_is_looked_at(make_source: MakeSource) -> None:
    source = make_source()
    source.bring(MEDIA)

    source.socket.reset()
    assert source.read() == []

    with pytest.raises(EngineUnreachable, match="the connection broke"):
        source.feed.check(101.0, stall_after=5.0)


def test_broken_chunks_do_not_cost_the_packets_before(make_source: MakeSource) -> None:
    source = make_source(CHUNKED)
    source.bring(b"%x\r\n%b\r\n" % (len(MEDIA), MEDIA))

    source.bring(b"no number\r\n")

    assert source.packets == MEDIA
    with pytest.raises(EngineAnswerInvalid, match="chunked body is broken"):
        source.feed.check(101.0, stall_after=5.0)


def fill(source: Source, size: int) -> int:
    """Send this much that is no stream, until it is refused; return how much was taken."""
    for sent in range(0, size, 16 * 1024):
        source.bring(bytes(16 * 1024))
        try:
            source.feed.check(101.0, stall_after=50.0)
        except EngineAnswerInvalid:
            return sent
    return size


@pytest.mark.parametrize(
    ("replaces", "limit"), [(False, GARBAGE_LIMIT), (True, RUNNING_GARBAGE_LIMIT)]
)
def test_what_is_no_transport_stream_is_refused(
    make_source: MakeSource, replaces: bool, limit: int
) -> None:
    source = make_source(replaces=replaces)

    taken = fill(source, 2 * GARBAGE_LIMIT)

    assert limit - 16 * 1024 <= taken <= limit + 32 * 1024


def test_once_packets_came_less_garbage_is_let_pass(make_source: MakeSource) -> None:
    source = make_source()
    source.bring(MEDIA)

    assert fill(source, GARBAGE_LIMIT) <= RUNNING_GARBAGE_LIMIT + 32 * 1024


def test_packets_after_garbage_begin_the_count_anew(make_source: MakeSource) -> None:
    source = make_source()
    source.bring(MEDIA)
    for _ in range(8):
        assert fill(source, RUNNING_GARBAGE_LIMIT // 2) == RUNNING_GARBAGE_LIMIT // 2
        source.bring(MEDIA)

    assert source.packets.count(MEDIA[: 5 * PACKET]) == 9
