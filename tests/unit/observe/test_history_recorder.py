"""Every minute of engines and streams becomes one row of means."""

import dataclasses
import datetime

from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId
from acedesk.model.history import ContainerUsage, HistoryRow, Series
from acedesk.model.snapshot import EngineView, Snapshot, StreamState, StreamView
from acedesk.observe.history_recorder import HistoryRecorder, engine_values, stream_values

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
START = int(NOON.timestamp())
ENGINE = EngineView(
    id=EngineId("e"),
    name="engine-1",
    backend=BackendKind.DOCKER,
    host="127.0.0.1",
    port=6878,
    health=EngineHealth.READY,
    streams=1,
    usage=ContainerUsage(cpu=0.5, memory=2e8, network_in=8e6),
)
STREAM = StreamView(
    id="s",
    key=StreamKey(KeyKind.CONTENT_ID, "a" * 40),
    name="One",
    state=StreamState.PLAYING,
    started_time=NOON,
    bit_rate=4e6,
    buffer=10.0,
    peers=None,
    speed_down=5e6,
    engine_id=EngineId("e"),
)


class Desk:
    """A snapshot that can be changed, and the rows that were made."""

    def __init__(self) -> None:
        self.seconds = float(START)
        self.now = Snapshot(
            time=NOON, version="1", base_url="", streams=(STREAM,), engines=(ENGINE,)
        )
        self.rows: list[HistoryRow] = []
        self.recorder = HistoryRecorder(
            lambda: self.now, self.rows.append, utc_seconds=lambda: self.seconds
        )

    def look(self, seconds: float, **changes: object) -> None:
        self.seconds = START + seconds
        if changes:
            self.now = dataclasses.replace(self.now, **changes)  # type: ignore[arg-type]  # fields
        self.recorder.look()

    def of(self, series: Series) -> list[HistoryRow]:
        return [row for row in self.rows if row.series is series]


def test_a_minute_is_handed_on_when_the_next_begins() -> None:
    desk = Desk()

    desk.look(0)
    desk.look(30, streams=(dataclasses.replace(STREAM, bit_rate=8e6, peers=7),))
    assert desk.rows == []
    desk.look(60)

    (row,) = desk.of(Series.STREAM)
    assert (row.subject, row.start, row.samples) == ("s", START, 2)
    assert row.values == (6e6, 10.0, 0.0, 7.0, 5e6, None)
    assert [one.subject for one in desk.of(Series.ENGINE)] == ["e"]


def test_the_begun_minute_is_handed_on_at_the_end() -> None:
    desk = Desk()
    desk.look(0)

    desk.recorder.finish()
    desk.recorder.finish()

    assert len(desk.rows) == 2


def test_a_clock_that_is_set_back_or_forward_ends_the_minute() -> None:
    desk = Desk()
    for seconds in (0, 10, -3600, -3590, 86400):
        desk.look(seconds)
    desk.recorder.finish()

    assert [(row.start - START, row.samples) for row in desk.of(Series.STREAM)] == [
        (0, 2),
        (-3600, 2),
        (86400, 1),
    ]


def test_what_has_ended_or_does_not_answer_is_not_measured() -> None:
    desk = Desk()
    desk.look(
        0,
        streams=(dataclasses.replace(STREAM, state=StreamState.STOPPED),),
        engines=(dataclasses.replace(ENGINE, health=EngineHealth.CRASHED),),
    )

    desk.recorder.finish()

    assert desk.rows == []


def test_values_stand_in_the_order_of_their_names() -> None:
    engine = dict(zip(Series.ENGINE.names, engine_values(ENGINE, [STREAM]), strict=True))
    stream = dict(zip(Series.STREAM.names, stream_values(STREAM), strict=True))

    assert (engine["cpu"], engine["network_in"], engine["disk_read"]) == (0.5, 8e6, None)
    assert (engine["streams"], engine["speed_down"], engine["speed_up"]) == (1.0, 5e6, None)
    assert (stream["rate"], stream["viewers"]) == (4e6, 0.0)


def test_an_engine_without_streams_has_no_speed_and_one_without_container_no_use() -> None:
    idle = dataclasses.replace(ENGINE, streams=0, usage=None)

    assert engine_values(idle, []) == (*(None,) * 6, 0.0, 0.0, 0.0)
