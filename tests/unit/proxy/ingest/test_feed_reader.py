"""Every engine of a stream is read at each tick, and what that tells is told once."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from acedesk.errors import (
    EngineAnswerInvalid,
    EngineEnded,
    EngineError,
    EngineStalled,
)
from acedesk.model.content import KeyKind, StreamKey
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.buffer.chunk_framing import Block
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.ingest import feed_reader, read_ticker
from acedesk.proxy.ingest.attempt import Attempt
from acedesk.proxy.ingest.engine_body import BLOCK
from acedesk.proxy.ingest.feed import Feed
from acedesk.proxy.ingest.feed_reader import FULL_READ, FeedReader, FeedReaderParts
from acedesk.proxy.ingest.read_ticker import ReadTicker
from acedesk.rules.supply import doubt
from acedesk.rules.supply.state import (
    DoubtReason,
    Event,
    Leads,
    Limits,
    Quiet,
    Resumed,
    SupplyState,
)
from acedesk.settings import Settings
from tests import transport
from tests.fakes.engine_side import BodySocket, bare_attempt

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
BROADCAST = transport.broadcast(200)
GOP = len(transport.broadcast(10))
BEGIN = 1000.0


class Reading:
    """A reader of engines that send when the test says so; time passes by hand.

    Attributes:
        sent: What was told, without the leads.
        state: What the machine would know.
        delivered: When the ring grew.
        failures: Which attempts failed, and with what.
    """

    def __init__(self, **values: object) -> None:
        settings = Settings().changed(values)
        self.ring = Ring(limit=1 << 28, seconds=1e9, budget=MemoryBudget(1 << 30))
        self.state = SupplyState(contents=(KEY,), started_at=BEGIN)
        self.now = BEGIN
        self.attempts: dict[int, Attempt] = {}
        self.sockets: dict[int, BodySocket] = {}
        self.leads: list[int] = []
        self.sent: list[Event] = []
        self.delivered: list[float] = []
        self.failures: list[tuple[int, EngineError]] = []
        self.behind: int | None = 0
        self.grown = asyncio.Event()
        self.ticker = ReadTicker()
        self.reader = FeedReader(
            self.ring,
            FeedReaderParts(
                attempts=self.attempts,
                read_ticker=self.ticker,
                settings=lambda: settings,
                state=lambda: self.state,
                limits=lambda: Limits(accept=10, start=30, switch=45, stall=6, standby_after=1.5),
                send=self._send,
                failed=self._failed,
                delivered=self._delivered,
                least_behind=lambda: self.behind,
            ),
            now=BEGIN,
        )

    def _send(self, event: Event, now: float) -> None:
        if isinstance(event, Leads):
            self.leads.append(event.attempt)
            first_at = self.state.first_at or now
            self.state = dataclasses.replace(self.state, lead=event.attempt, first_at=first_at)
        else:
            self.sent.append(event)

    def _failed(self, attempt: Attempt, error: EngineError) -> None:
        self.failures.append((attempt.number, error))
        self.leave(attempt.number)

    def _delivered(self, now: float) -> None:
        self.delivered.append(now)
        self.grown.set()

    def add(self, number: int) -> BodySocket:
        """Let an engine's body begin."""
        source = self.sockets[number] = BodySocket()
        self.attempts[number] = bare_attempt(number, Feed(source.body, now=self.now))
        return source

    def leave(self, number: int) -> None:
        """Let an engine go, as a supply does."""
        attempt = self.attempts.pop(number)
        assert attempt.feed is not None
        if self.state.lead == number:
            self.state = dataclasses.replace(self.state, lead=None)
        self.reader.leave(attempt.feed, self.now)

    def tick(self, seconds: float = 0.056, **media: bytes) -> None:
        """Let time pass, let engines send (`n1=...`), and read."""
        for name, data in media.items():
            self.sockets[int(name[1:])].send(data)
        self.now += seconds
        self.reader.tick(self.now)

    def wait(self, seconds: float) -> None:
        """Let ticks come in which nothing is there."""
        for _ in range(round(seconds / 0.05)):
            self.tick(0.05)

    @property
    def packets(self) -> bytes:
        """All that is in the ring."""
        return b"".join(self.ring.payload(n) for n in range(self.ring.first, self.ring.next))

    def close(self) -> None:
        """Close all connections."""
        for source in self.sockets.values():
            source.close()


MakeReading = Callable[..., Reading]


@pytest.fixture
def make_reading() -> Iterator[MakeReading]:
    """Return a maker of readers; their sockets are closed afterwards."""
    made: list[Reading] = []

    def make(**values: object) -> Reading:
        made.append(Reading(**values))
        return made[-1]

    yield make
    for reading in made:
        reading.close()


@pytest.fixture
def playing(make_reading: MakeReading) -> Reading:
    """Return a reader whose first engine has sent one group of pictures, ten seconds ago."""
    made = make_reading()
    made.add(1)
    made.tick(n1=BROADCAST[:GOP])
    made.state = dataclasses.replace(made.state, first_at=BEGIN - 10.0)
    made.delivered.clear()
    return made


# ---------------------------------------------------------------------- reading


def test_what_an_engine_sent_is_in_the_ring_and_told(make_reading: MakeReading) -> None:
    reading = make_reading()
    reading.add(1)
    assert reading.reader.last_at == BEGIN
    assert reading.reader.lead_last_at is None

    reading.tick(n1=BROADCAST[:GOP])

    assert reading.packets == BROADCAST[:GOP]
    assert reading.leads == [1]
    assert reading.delivered == [reading.now]
    assert reading.reader.last_at == reading.reader.lead_last_at == reading.now


def test_without_packets_nothing_is_told(playing: Reading) -> None:
    playing.tick()
    playing.tick(n1=BROADCAST[GOP : GOP + 100])

    assert playing.delivered == []
    assert playing.sent == []


def test_the_lead_is_told_once(playing: Reading) -> None:
    for at in range(GOP, 3 * GOP, PACKET):
        playing.tick(n1=BROADCAST[at : at + PACKET])

    assert playing.leads == [1]
    assert playing.packets == BROADCAST[: 3 * GOP]


def test_two_engines_give_one_row_of_packets(playing: Reading) -> None:
    playing.add(2)

    playing.tick(n1=BROADCAST[GOP : 2 * GOP], n2=BROADCAST[: GOP + 5 * PACKET])
    playing.tick(n2=BROADCAST[GOP + 5 * PACKET : 4 * GOP])

    assert playing.packets == BROADCAST[: 4 * GOP]
    assert playing.failures == []


def test_an_attempt_without_a_body_is_no_concern(playing: Reading) -> None:
    playing.attempts[2] = bare_attempt(2, None)

    playing.tick(n1=BROADCAST[GOP : 2 * GOP])

    assert playing.packets == BROADCAST[: 2 * GOP]


async def test_a_reader_that_was_started_is_read_by_the_timer(make_reading: MakeReading) -> None:
    reading = make_reading()
    reading.add(1).send(BROADCAST[:GOP])

    reading.reader.start()
    async with asyncio.timeout(5):
        await reading.grown.wait()
    reading.reader.stop()

    assert reading.packets == BROADCAST[:GOP]
    assert not any(reading.ticker._phases)


async def test_a_new_feed_that_fills_each_read_is_read_on_before_the_next_tick(
    make_reading: MakeReading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_reader, "YOUNG", 1e9)
    monkeypatch.setattr(read_ticker, "TICK", 1e6)  # the next tick never comes
    reading = make_reading()
    reading.behind = None  # nobody watches yet: what is kept must not wait for a viewer
    engine = reading.add(1)
    engine.engine.setblocking(False)
    media = memoryview((BROADCAST * 40)[: 20 * FULL_READ // PACKET * PACKET])
    sent = 0

    def send_more() -> None:
        nonlocal sent
        with contextlib.suppress(BlockingIOError):
            while sent < len(media):
                sent += engine.engine.send(media[sent:])

    send_more()
    reading.reader.start()
    reading.reader.tick(reading.now)
    async with asyncio.timeout(10):
        while reading.ring.total < len(media) - 2 * FULL_READ:
            reading.grown.clear()
            send_more()
            await reading.grown.wait()
    reading.reader.stop()


# ---------------------------------------------------------------------- failing


def test_an_engine_that_ends_has_failed_behind_its_last_packet(playing: Reading) -> None:
    playing.sockets[1].send(BROADCAST[GOP : 2 * GOP])
    playing.sockets[1].end()

    playing.tick()
    playing.tick()

    assert playing.packets == BROADCAST[: 2 * GOP]
    ((number, error),) = playing.failures
    assert (number, type(error)) == (1, EngineEnded)


def test_the_other_engine_is_read_in_the_same_tick(playing: Reading) -> None:
    playing.add(2)
    playing.tick(n1=BROADCAST[GOP : 2 * GOP], n2=BROADCAST[: 2 * GOP])
    playing.sockets[1].end()

    playing.tick(n2=BROADCAST[2 * GOP : 3 * GOP])

    assert [number for number, _ in playing.failures] == [1]
    assert playing.packets == BROADCAST[: 3 * GOP]
    assert playing.leads == [1, 2]


def test_a_silence_that_is_too_long_is_a_failure(playing: Reading) -> None:
    playing.reader.stall_after = 5.0

    playing.wait(4.9)
    before = list(playing.failures)
    playing.wait(0.2)

    assert before == []
    assert [type(error) for _, error in playing.failures] == [EngineStalled]


def test_without_a_limit_nothing_stalls(playing: Reading) -> None:
    playing.wait(500.0)

    assert playing.failures == []


class Broken(Feed):
    """A feed whose packets meet a bug of ours."""

    def read(self, now: float) -> NoReturn:
        """Fail as a bug does."""
        raise ZeroDivisionError(now)


@pytest.mark.expects_errors
def test_a_fault_of_ours_costs_the_one_engine(playing: Reading) -> None:
    source = playing.sockets[2] = BodySocket()
    playing.attempts[2] = bare_attempt(2, Broken(source.body, now=playing.now))

    playing.tick(n1=BROADCAST[GOP : 2 * GOP])

    ((number, error),) = playing.failures
    assert (number, type(error)) == (2, EngineAnswerInvalid)
    assert playing.packets == BROADCAST[: 2 * GOP]


class Ending(Feed):
    """A feed whose end lets another one go in the same tick."""

    reading: Reading

    def read(self, now: float) -> list[Block]:
        """Let the second go."""
        self.reading.leave(2)
        return super().read(now)


def test_an_engine_that_was_let_go_meanwhile_is_not_read(playing: Reading) -> None:
    source = BodySocket()
    ending = Ending(source.body, now=playing.now)
    ending.reading = playing
    playing.attempts[3] = bare_attempt(3, ending)
    playing.add(2).send(b"not to be read")

    playing.tick()

    assert playing.failures == []
    assert playing.sockets[2].body.read_into(memoryview(bytearray(100))) == 14
    source.close()


# ---------------------------------------------------------------------- silences


def test_an_unusual_silence_is_told_with_its_beginning(playing: Reading) -> None:
    last_at = playing.reader.last_at

    playing.wait(doubt.EARLIEST_DOUBT - 0.1)
    before = list(playing.sent)
    playing.wait(0.2)

    assert before == []
    assert playing.sent[0] == Quiet(last_at)


def test_a_stream_nobody_leads_is_not_doubted(playing: Reading) -> None:
    playing.state = dataclasses.replace(playing.state, lead=None)

    playing.wait(3.0)

    assert playing.sent == []


def test_in_a_doubt_that_lasts_the_other_may_take_the_place(playing: Reading) -> None:
    playing.state = doubt.begin(playing.state, DoubtReason.SILENT, playing.now, playing.now)
    playing.reader.joiner.doubt = False

    playing.wait(1.0)

    assert playing.reader.joiner.doubt
    assert playing.sent == []


def test_the_end_of_a_silence_is_told(playing: Reading) -> None:
    playing.wait(2.0)
    playing.sent.clear()

    playing.tick(n1=BROADCAST[GOP : 2 * GOP])

    (event,) = playing.sent
    assert isinstance(event, Resumed)
    assert (event.sessions, event.from_lead) == (True, True)
    assert event.silence.length == pytest.approx(2.0, abs=0.1)


def test_a_computer_that_slept_doubts_nobody(playing: Reading) -> None:
    playing.tick(3600.0)

    assert playing.sent == []


# ---------------------------------------------------------------------- holding back


def test_an_engine_that_outruns_everybody_is_held_back(playing: Reading) -> None:
    playing.behind = None
    playing.reader.read_throttle.note(100 * BLOCK, playing.now)

    playing.tick(n1=BROADCAST[GOP : 2 * GOP])
    held = playing.packets
    playing.tick(10.0)

    assert held == BROADCAST[:GOP]
    assert playing.packets == BROADCAST[: 2 * GOP]


def test_being_held_back_is_no_silence(playing: Reading) -> None:
    playing.behind = None
    playing.reader.read_throttle.note(1000 * BLOCK, playing.now)

    playing.wait(3.0)

    assert playing.sent == []


# ---------------------------------------------------------------------- leaving


def test_when_the_lead_leaves_the_other_goes_on_with_what_it_held(playing: Reading) -> None:
    playing.add(2)
    playing.tick(n1=BROADCAST[GOP : 2 * GOP], n2=BROADCAST[: 2 * GOP])
    playing.delivered.clear()

    playing.leave(1)
    playing.tick(n2=BROADCAST[2 * GOP : 3 * GOP])

    assert playing.leads == [1, 2]
    assert playing.packets == BROADCAST[: 3 * GOP]
    assert playing.delivered == [playing.now]


def test_when_all_have_left_nobody_leads(playing: Reading) -> None:
    playing.leave(1)

    playing.tick()

    assert playing.reader.lead_last_at is None
    assert playing.leads == [1]


# ---------------------------------------------------------------------- a contest


@pytest.fixture
def contest(make_reading: MakeReading) -> Reading:
    """Return a start on two engines."""
    made = make_reading()
    made.state = dataclasses.replace(made.state, hedged=True)
    made.add(1)
    made.add(2)
    made.reader.settle_contest()
    return made


def test_the_first_with_a_picture_leads(contest: Reading) -> None:
    contest.tick(n1=BROADCAST[3 * PACKET : 8 * PACKET], n2=BROADCAST[: 2 * PACKET])
    assert contest.packets == b""

    contest.tick(n2=BROADCAST[2 * PACKET : GOP])

    assert contest.leads == [2]
    assert contest.packets == BROADCAST[:GOP]


def test_one_that_is_alone_has_no_rival(contest: Reading) -> None:
    contest.tick(n1=BROADCAST[3 * PACKET : 8 * PACKET])

    contest.leave(2)
    contest.reader.settle_contest()

    assert contest.leads == [1]
    assert contest.packets == BROADCAST[3 * PACKET : 8 * PACKET]


@pytest.mark.parametrize(
    "values", [{"hedged": False}, {"protected": True}, {"first_at": 1.0}, {"ended": True}]
)
def test_there_is_no_contest_where_none_is_wanted(
    make_reading: MakeReading, values: dict[str, object]
) -> None:
    reading = make_reading()
    changes = {"hedged": True, **values}
    reading.state = dataclasses.replace(reading.state, **changes)  # type: ignore[arg-type]
    reading.add(1)
    reading.add(2)

    reading.reader.settle_contest()
    reading.tick(n1=BROADCAST[3 * PACKET : 8 * PACKET])

    assert reading.packets == BROADCAST[3 * PACKET : 8 * PACKET]
