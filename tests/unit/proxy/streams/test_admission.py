"""What nobody watches gives way before anybody is refused."""

from collections.abc import Callable

import pytest

from acedesk import clock, tasks
from acedesk.errors import Busy, BusyReason
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.history import LeftReason
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.files.file_playback import FilePlayback
from acedesk.proxy.streams.admission import Admission
from acedesk.proxy.streams.stream import Stream
from acedesk.rules.admission_limits import LEAST_RING, RETRY
from acedesk.settings import MIB, Settings
from tests.fakes.engine_side import EngineSide
from tests.unit.proxy.files.test_playback_table import Cinema


def key(number: int) -> StreamKey:
    """Return the key of a content."""
    return StreamKey(KeyKind.CONTENT_ID, f"{number:040x}")


class House:
    """Streams and files, watched or not, and what may come in.

    Attributes:
        ended: The playbacks that gave way.
    """

    def __init__(self, **values: object) -> None:
        self.side = EngineSide(Settings().changed(values))
        self.streams: list[Stream] = []
        self.cinema = Cinema()
        self.ended: list[FilePlayback] = []
        self.admission = Admission(
            self.streams, self.cinema.playbacks, lambda: self.side.settings, self._end
        )

    def _end(self, playback: FilePlayback) -> None:
        self.cinema.playbacks.remove(playback)
        self.ended.append(playback)

    def stream(self, *, watched: bool = True, held: bool = False) -> Stream:
        """Let a stream run."""
        number = len(self.streams)
        made = Stream(PlayRequest(key=key(number)), self.side.shared, lambda _: None)
        self.streams.append(made)
        if watched:
            made.add(Client(address="", user_agent="", now=0.0, time=clock.utc_now()))
        if held:
            made.hold()
        return made

    def file(self, number: int, *, gone_for: float | None = None) -> FilePlayback:
        """Let a file be played, or have been played."""
        made = self.cinema.add(key(number))
        if gone_for is None:
            made.reading = None
            made.left_at = clock.monotonic()
        else:
            made.left_at = clock.monotonic() - gone_for
        return made

    @property
    def leaving(self) -> list[int]:
        """The numbers of the streams that give way."""
        return [n for n, stream in enumerate(self.streams) if stream.leaving]


class PausedClient(Client):
    """A viewer that has taken nothing for a while."""

    def look(self, now: float) -> None:
        """See the same as before."""


def watch(stream: Stream, *, paused: float = 0.0) -> Client:
    """Let one more watch, who has been paused for so many seconds."""
    kind = PausedClient if paused else Client
    client = kind(address="", user_agent="", now=0.0, time=clock.utc_now())
    client.blocked, client.still_for = bool(paused), paused
    stream.add(client)
    return client


async def settle() -> None:
    """Let what was begun be done."""
    for _ in range(3):
        await tasks.sleep(0)


def refusal(admit: Callable[..., None], *args: object) -> Busy:
    """Return why it was refused."""
    with pytest.raises(Busy) as raised:
        admit(*args)
    return raised.value


# ---------------------------------------------------------------------- streams


async def test_without_a_limit_all_come_in() -> None:
    house = House(max_streams=0)
    for _ in range(20):
        house.admission.admit_stream()
        house.stream()

    await settle()
    assert house.leaving == []


async def test_as_many_as_may_be_and_no_more() -> None:
    house = House(max_streams=2)
    house.admission.admit_stream()
    house.stream()
    house.admission.admit_stream()
    house.stream()

    busy = refusal(house.admission.admit_stream)

    assert busy.reason is BusyReason.MAX_STREAMS
    assert busy.retry_after == RETRY[BusyReason.MAX_STREAMS]


async def test_a_stream_nobody_watches_gives_way_the_oldest_first() -> None:
    house = House(max_streams=3)
    house.stream()
    house.stream(watched=False)
    house.stream(watched=False)

    house.admission.admit_stream()
    await settle()

    assert house.leaving == [1]


async def test_a_stream_that_waits_for_its_first_viewer_does_not_give_way() -> None:
    house = House(max_streams=2)
    house.stream(watched=False, held=True)
    house.stream(watched=False, held=True)

    assert refusal(house.admission.admit_stream).reason is BusyReason.MAX_STREAMS
    await settle()
    assert house.leaving == []


async def test_where_there_is_room_nobody_gives_way() -> None:
    house = House(max_streams=3)
    house.stream(watched=False)

    house.admission.admit_stream()
    await settle()

    assert house.leaving == []


async def test_a_limit_that_was_lowered_lets_more_than_one_go() -> None:
    house = House(max_streams=2)
    for _ in range(4):
        house.stream(watched=False)

    house.admission.admit_stream()
    await settle()

    assert house.leaving == [0, 1, 2]


async def test_memory_has_a_limit_of_its_own() -> None:
    memory_mib = 64
    house = House(max_streams=0, memory_mib=memory_mib)
    rings = memory_mib * MIB // LEAST_RING
    for _ in range(rings):
        house.admission.admit_stream()
        house.stream()

    busy = refusal(house.admission.admit_stream)

    assert busy.reason is BusyReason.MEMORY
    assert busy.retry_after == RETRY[BusyReason.MEMORY]


async def test_for_want_of_memory_an_idle_stream_gives_way() -> None:
    house = House(max_streams=0, memory_mib=64)
    for number in range(64 * MIB // LEAST_RING):
        house.stream(watched=number != 5)

    house.admission.admit_stream()
    await settle()

    assert house.leaving == [5]


async def test_files_and_streams_count_together() -> None:
    house = House(max_streams=2)
    house.stream()
    house.file(100)

    assert refusal(house.admission.admit_stream).reason is BusyReason.MAX_STREAMS


async def test_a_file_whose_player_is_gone_gives_way_to_a_stream() -> None:
    house = House(max_streams=2)
    house.stream()
    gone = house.file(100, gone_for=60.0)

    house.admission.admit_stream()

    assert house.ended == [gone]


async def test_idle_streams_give_way_before_files() -> None:
    house = House(max_streams=2)
    house.stream(watched=False)
    house.file(100, gone_for=60.0)

    house.admission.admit_stream()
    await settle()

    assert (house.leaving, house.ended) == ([0], [])


# ---------------------------------------------------------------------- players of files


async def test_a_second_player_of_a_file_is_no_second_file() -> None:
    house = House(max_streams=1, max_viewers_per_stream=0)
    house.file(100)

    house.admission.admit_player(key(100))

    assert refusal(house.admission.admit_player, key(101)).reason is BusyReason.MAX_STREAMS


async def test_a_file_that_is_being_started_counts() -> None:
    house = House(max_streams=1)

    with house.cinema.playbacks.starting(key(100)):
        busy = refusal(house.admission.admit_player, key(101))

    assert busy.reason is BusyReason.MAX_STREAMS
    house.admission.admit_player(key(101))


async def test_a_new_file_lets_the_oldest_idle_one_go() -> None:
    house = House(max_streams=2)
    house.file(100, gone_for=60.0)
    oldest = house.file(101, gone_for=90.0)

    house.admission.admit_player(key(102))

    assert house.ended == [oldest]


async def test_a_new_file_lets_an_idle_stream_go() -> None:
    house = House(max_streams=1)
    house.stream(watched=False)

    house.admission.admit_player(key(100))
    await settle()

    assert house.leaving == [0]


async def test_a_player_that_left_gives_way_to_another_of_the_same_file() -> None:
    house = House(max_streams=0, max_viewers_per_stream=2)
    house.file(100)
    gone = house.file(100, gone_for=60.0)

    house.admission.admit_player(key(100))

    assert house.ended == [gone]


async def test_where_all_watch_another_player_is_refused() -> None:
    house = House(max_streams=0, max_viewers_per_stream=2)
    house.file(100)
    house.file(100)

    busy = refusal(house.admission.admit_player, key(100))

    assert busy.reason is BusyReason.MAX_VIEWERS
    assert house.ended == []


# ---------------------------------------------------------------------- viewers of a stream


async def test_a_stream_takes_so_many_viewers() -> None:
    house = House(max_viewers_per_stream=2)
    clients = house.stream().clients

    house.admission.admit_client(clients)
    watch(house.streams[0])
    busy = refusal(house.admission.admit_client, clients)

    assert busy.reason is BusyReason.MAX_VIEWERS
    assert busy.retry_after == RETRY[BusyReason.MAX_VIEWERS]


async def test_without_a_limit_a_stream_takes_any_number() -> None:
    house = House(max_viewers_per_stream=0)
    stream = house.stream()
    for _ in range(50):
        watch(stream)

    house.admission.admit_client(stream.clients)


async def test_the_settings_are_read_anew() -> None:
    house = House(max_viewers_per_stream=1)
    clients = house.stream().clients
    refusal(house.admission.admit_client, clients)

    house.side.settings = house.side.settings.changed({"max_viewers_per_stream": 2})

    house.admission.admit_client(clients)


# ---------------------------------------------------------------------- who is paused


async def test_a_paused_viewer_makes_room_for_another_the_longest_paused_first() -> None:
    house = House(max_viewers_per_stream=3)
    stream = house.stream()
    later, first = watch(stream, paused=20.0), watch(stream, paused=200.0)

    house.admission.admit_client(stream.clients)

    assert (first.reason, later.reason) == (EndReason.GAVE_WAY, None)
    assert len(stream.clients) == 2


async def test_where_there_is_room_a_paused_viewer_stays() -> None:
    house = House(max_viewers_per_stream=3)
    stream = house.stream()
    paused = watch(stream, paused=200.0)

    house.admission.admit_client(stream.clients)

    assert paused.reason is None


async def test_a_stream_with_paused_viewers_only_gives_way_after_what_nobody_watches() -> None:
    house = House(max_streams=3)
    for paused in (20.0, 200.0):
        watch(house.stream(watched=False), paused=paused)
    house.stream(watched=False)

    house.admission.admit_stream()
    await settle()
    assert house.leaving == [2]
    del house.streams[2]
    house.stream()
    house.admission.admit_stream()
    await settle()

    assert house.leaving == [1]
    assert [view.reason for view in house.streams[1].clients.clients_that_left.views(0.0)] == [
        LeftReason.GAVE_WAY
    ]


async def test_a_stream_somebody_watches_beside_a_paused_viewer_does_not_give_way() -> None:
    house = House(max_streams=1)
    watch(house.stream(), paused=200.0)

    assert refusal(house.admission.admit_stream).reason is BusyReason.MAX_STREAMS
    await settle()
    assert house.leaving == []


async def test_a_paused_stream_gives_its_memory_to_another() -> None:
    house = House(max_streams=0, memory_mib=32)
    watch(house.stream(watched=False), paused=200.0)
    for _ in range(32 * MIB // LEAST_RING - 1):
        house.stream()

    house.admission.admit_stream()
    await settle()

    assert house.leaving == [0]


def no_place(key: StreamKey) -> None:
    """Say what the pool says when all engines are full."""
    raise Busy(BusyReason.MAX_CAPACITY, str(key))


def no_engine(key: StreamKey) -> None:
    """Say what the pool says while there is none."""
    raise Busy(BusyReason.NO_ENGINE, str(key))


async def test_a_paused_stream_gives_its_engine_to_another_the_longest_paused_first() -> None:
    house = House()
    for paused in (20.0, 200.0):
        watch(house.stream(watched=False), paused=paused)
    house.stream()

    gone = [house.admission.yield_engine(key(9), no_place) for _ in range(3)]

    assert gone == [house.streams[1], house.streams[0], None]


@pytest.mark.parametrize("check", [no_engine, lambda _: None])
async def test_where_it_would_not_help_no_stream_gives_its_engine_away(
    check: Callable[[StreamKey], None],
) -> None:
    house = House()
    watch(house.stream(watched=False), paused=200.0)

    assert house.admission.yield_engine(key(9), check) is None
    assert house.leaving == []


async def test_a_paused_stream_gives_way_to_a_file() -> None:
    house = House(max_streams=1)
    watch(house.stream(watched=False), paused=200.0)

    house.admission.admit_player(key(100))
    await settle()

    assert house.leaving == [0]
