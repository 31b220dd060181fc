"""Rows of streams: made again when something has changed, else about once a second."""

import asyncio
import dataclasses
import datetime
import json
import random
from array import array
from collections.abc import AsyncIterator, Iterator

import pytest

from acedesk import tasks
from acedesk.api import wire
from acedesk.api.v2 import stream_rows as module
from acedesk.api.v2.stream_rows import RateText, StreamRows
from acedesk.api.wire import to_json
from acedesk.application.reads import StreamRead
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.history import LeftReason, LeftView
from acedesk.model.snapshot import StreamState, StreamView
from tests.fakes.loop_holds import longest_hold
from tests.fakes.loop_steps import until

START = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


class _Stream:
    def __init__(self, number: int) -> None:
        key = StreamKey(KeyKind.CONTENT_ID, f"{number:040x}")
        self.view = StreamView(
            id=key.stream_id, key=key, name="x", state=StreamState.PLAYING, started_time=START
        )
        self.mark: object = "playing"
        self.made = 0

    def make(self) -> StreamView:
        self.made += 1
        return self.view

    def change(self, **values: object) -> None:
        self.view = dataclasses.replace(self.view, **values)  # type: ignore[arg-type]


class _Parts:
    def __init__(self) -> None:
        self.streams = [_Stream(number) for number in range(3)]
        self.seconds = 0.0
        self.rows = StreamRows(self.each, now=lambda: self.seconds)
        self.task: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Let rows be renewed from now on."""
        self.task = tasks.spawn(self.rows.run(), name="rows")
        await tasks.sleep(0)

    def each(self) -> Iterator[StreamRead]:
        for one in self.streams:
            yield StreamRead(one.view.id, one.mark, one.make)

    async def told(self) -> list[dict[str, object]]:
        return [json.loads(row.text) for row in await self.rows.rows()]

    @property
    def made(self) -> list[int]:
        return [one.made for one in self.streams]


@pytest.fixture
async def parts() -> AsyncIterator[_Parts]:
    made = _Parts()
    yield made
    await tasks.cancel(made.task)


async def test_all_who_ask_within_a_second_share_the_rows(parts: _Parts) -> None:
    first = await parts.rows.rows()
    parts.seconds = module.FRESH - 0.01

    assert await parts.rows.rows() == first
    assert parts.made == [1, 1, 1]


async def test_numbers_are_a_second_old_at_most(parts: _Parts) -> None:
    await parts.told()
    parts.streams[1].change(bit_rate=5e6)
    parts.seconds = module.FRESH

    assert [one["bit_rate"] for one in await parts.told()] == [0.0, 5e6, 0.0]


async def test_more_than_numbers_is_told_at_once(parts: _Parts) -> None:
    await parts.told()
    parts.streams[1].change(state=StreamState.IDLE)
    parts.streams[1].mark = "idle"

    assert [one["state"] for one in await parts.told()] == ["playing", "idle", "playing"]
    assert parts.made == [1, 2, 1]


async def test_streams_that_come_and_go_are_told_at_once(parts: _Parts) -> None:
    await parts.told()
    del parts.streams[0]
    parts.streams.append(_Stream(9))

    assert [one["id"] for one in await parts.told()] == [one.view.id for one in parts.streams]


async def test_rows_that_others_made_meanwhile_are_kept(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has many rows made lets others go first now and then."""
    over = iter((False, True))
    monkeypatch.setattr(tasks.Slice, "is_over", lambda _slice: next(over, False))

    async def let_another_ask(_slice: tasks.Slice) -> None:
        parts.seconds += module.FRESH
        await parts.rows.rows()

    monkeypatch.setattr(tasks.Slice, "go_on", let_another_ask)
    await parts.rows.rows()
    made = parts.made

    await parts.rows.rows()

    assert parts.made == made


async def test_the_course_of_the_rate_is_there_for_who_wants_it(parts: _Parts) -> None:
    parts.streams[0].change(rate_history=array("d", (1 / 3,)))
    await parts.rows.rows()

    row = (await parts.rows.rows(with_rates=True))[0]
    (told,) = json.loads(module.whole_rows([row]))
    assert told == {**json.loads(row.text), "rate_history": [0.333]}

    parts.streams[0].change(rate_history=array("d", (1 / 3, 2.0)))
    parts.seconds = module.FRESH
    row = (await parts.rows.rows(with_rates=True))[0]

    told, again = json.loads(module.whole_rows([row, row]))
    assert told == again
    assert told["rate_history"] == [0.333, 2.0]
    assert module.whole_rows([]) == "[]"


async def test_many_rows_are_renewed_before_they_are_asked_for(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEP_INTERVAL", 0.0)
    parts.streams = [_Stream(number) for number in range(module.MANY)]
    await parts.rows.rows()
    await parts.run()
    for one in parts.streams:
        one.change(bit_rate=5e6)

    made = []
    while parts.seconds < module.CYCLE:
        parts.seconds += module.CYCLE / 10
        made.append(sum(parts.made))
        await until(lambda: sum(parts.made) > made[-1])

    assert max(parts.made) - min(parts.made) <= 1
    assert {one["bit_rate"] for one in await parts.told()} == {5e6}


async def test_a_late_step_renews_all_that_is_due(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEP_INTERVAL", 0.0)
    parts.streams = [_Stream(number) for number in range(module.MANY)]
    await parts.rows.rows()
    await parts.run()

    parts.seconds = module.CYCLE * 3

    await until(lambda: sum(parts.made) == 2 * module.MANY)
    assert set(parts.made) == {2}


async def test_who_asks_once_a_minute_need_not_wait_for_rows_to_be_made(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEP_INTERVAL", 0.0)
    monkeypatch.setattr(module, "SLOW_INTERVAL", 0.0)
    parts.streams = [_Stream(number) for number in range(module.MANY)]
    await parts.rows.rows()
    await parts.run()
    for one in parts.streams:
        one.change(bit_rate=5e6)

    until_then = parts.seconds + 60
    while parts.seconds < until_then:
        parts.seconds += module.SLOW_CYCLE / 4
        before = sum(parts.made)
        await until(lambda before=before: sum(parts.made) > before)  # type: ignore[misc]
    made = parts.made
    rows = await parts.rows.rows()

    assert parts.made == made
    assert {json.loads(row.text)["bit_rate"] for row in rows} == {5e6}


async def test_who_asks_seldom_hears_at_once_of_more_than_numbers(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEP_INTERVAL", 0.0)
    parts.streams = [_Stream(number) for number in range(module.MANY)]
    await parts.rows.rows()
    await parts.run()
    parts.seconds = module.KEEP
    parts.streams[1].change(state=StreamState.IDLE)
    parts.streams[1].mark = "idle"

    assert [one["state"] for one in await parts.told()].count("idle") == 1


async def test_many_rows_are_there_before_anybody_asks(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLOW_INTERVAL", 0.0)
    parts.streams = [_Stream(number) for number in range(module.MANY)]
    await parts.run()
    parts.seconds = module.SLOW_CYCLE
    await until(lambda: sum(parts.made) == module.MANY)

    rows = await parts.rows.rows(with_rates=True)

    assert len(rows) == module.MANY
    assert set(parts.made) == {1}


async def test_rows_of_few_streams_are_made_when_they_are_asked_for(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLOW_INTERVAL", 0.0)
    await parts.run()
    steps = list(range(100))
    parts.seconds = module.SLOW_CYCLE
    await until(lambda: steps.pop() == 0)
    assert parts.made == [0, 0, 0]

    await parts.rows.rows()
    parts.seconds += module.KEEP
    parts.streams[1].change(bit_rate=5e6)

    assert [one["bit_rate"] for one in await parts.told()] == [0.0, 5e6, 0.0]


async def test_rows_of_streams_that_ended_are_forgotten(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEP_INTERVAL", 0.0)
    parts.streams = [_Stream(number) for number in range(module.MANY)]
    await parts.rows.rows()
    await parts.run()
    del parts.streams[1:]
    parts.seconds += module.CYCLE

    await until(lambda: not parts.rows._due and len(parts.rows._rows) == 0)


async def test_thousands_of_long_rows_do_not_hold_the_loop(parts: _Parts) -> None:
    parts.streams = [_Stream(number) for number in range(1000)]
    for one in parts.streams:
        one.change(left=tuple(map(_left, range(20))), rate_history=array("d", range(300)))

    assert await longest_hold(parts.rows.rows(with_rates=True)) < 0.02


async def test_viewers_that_are_gone_are_written_once(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[object] = []
    text = wire.text

    def write(value: object) -> str:
        written.append(value)
        return text(value)

    monkeypatch.setattr(wire, "text", write)
    gone = [_left(number) for number in range(25)]
    for newest in range(20, 26):
        parts.streams[1].change(left=tuple(gone[newest - 20 : newest]))
        parts.streams[1].mark = newest

        told = (await parts.told())[1]

        assert told["left"] == to_json(parts.streams[1].view.left)
        assert told == json.loads(wire.stream_text(parts.streams[1].view))
    assert [one for one in written if isinstance(one, LeftView)] == gone


def _left(number: int) -> LeftView:
    return LeftView(
        id=f"c{number}",
        player="VLC",
        user_agent="VLC/3",
        address="192.0.2.1",
        connected_time=START,
        left_time=START,
        duration=number / 3,
        reason=LeftReason.LEFT,
    )


@pytest.mark.parametrize("most", [5, 300])
def test_the_text_of_a_course_follows_its_values(most: int) -> None:
    wild, values, rates = random.Random(1), array("d"), RateText()
    for _ in range(200):
        for _ in range(wild.choice((0, 1, 1, 1, 2, 3, 9))):
            values.append(wild.choice((0.0, 1 / 3, wild.random() * 1e7)))
        del values[:-most]

        rates.follow(values[:])

        assert json.loads(f"[{rates.text}]") == [round(value, 3) for value in values]


def test_a_course_that_begins_anew_is_told_anew() -> None:
    rates = RateText()
    rates.follow(array("d", (1.0, 2.0, 3.0)))
    rates.follow(array("d", (7.0,)))
    assert rates.text == "7.0"

    rates.follow(())
    assert rates.text == ""
