"""What a player may ask about its session, and what it may order."""

import pytest

from acedesk import tasks
from acedesk.demo.engine_api.stat_reply import WINDOW
from tests.unit.demo.conftest import NEVER, NORMAL, Caller

UNKNOWN = {"response": None, "error": "unknown playback session id"}
OK = {"response": "ok", "error": None}


@pytest.mark.parametrize("what", ["stat", "cmd", "event"])
async def test_a_session_nobody_opened_is_unknown(caller: Caller, what: str) -> None:
    path = f"/ace/{what}/{NORMAL.infohash}/nothing"

    assert await caller.json(path, method="stop") == UNKNOWN


async def test_asking_is_a_sign_of_life_unless_it_is_not_to_be_one(caller: Caller) -> None:
    told = await caller.open()
    session = caller.session(told)
    session.activity_at = 0.0

    await caller.json(told["stat_url"], skip_player_activity="1")
    quiet = session.activity_at
    await caller.json(told["stat_url"])

    assert quiet == 0.0
    assert session.activity_at > 0.0


async def test_every_command_is_a_sign_of_life_and_an_unknown_one_is_none(caller: Caller) -> None:
    told = await caller.open()
    session = caller.session(told)
    session.activity_at = 0.0

    refused = await caller.json(told["command_url"], method="dance")
    without = await caller.json(told["command_url"])
    quiet = session.activity_at
    done = await caller.json(told["command_url"], method="set_stream", stream_index="0")

    assert refused == without == {"response": None, "error": "unknown method"}
    assert (quiet, done) == (0.0, OK)
    assert session.activity_at > 0.0


@pytest.mark.parametrize("index", ["1", "-1", "99"])
async def test_there_is_one_stream_in_a_broadcast(caller: Caller, index: str) -> None:
    told = await caller.open()

    answer = await caller.json(told["command_url"], method="set_stream", stream_index=index)

    assert answer["error"] == "bad stream index"


@pytest.mark.parametrize(("text", "seconds"), [("1", 1.0), ("600", 600.0), ("86400", 86400.0)])
async def test_a_player_may_set_how_long_it_may_be_silent(
    caller: Caller, text: str, seconds: float
) -> None:
    told = await caller.open()

    answer = await caller.json(
        told["command_url"], method="set_player_activity_timeout", timeout=text
    )

    assert answer == OK
    assert caller.session(told).timeout == seconds


@pytest.mark.parametrize("text", ["", "0", "-5", "86401", "soon", "1.5"])
async def test_a_silence_that_makes_no_sense_is_refused(caller: Caller, text: str) -> None:
    told = await caller.open()
    before = caller.session(told).timeout

    answer = await caller.json(
        told["command_url"], method="set_player_activity_timeout", timeout=text
    )

    assert answer["error"] == "bad timeout"
    assert caller.session(told).timeout == before


@pytest.mark.parametrize(
    ("back", "behind"), [(100, 100), (WINDOW - 10, WINDOW - 10), (10 * WINDOW, WINDOW), (-500, 0)]
)
async def test_a_player_moves_within_what_the_engine_holds(
    caller: Caller, back: int, behind: int
) -> None:
    told = await caller.open()
    position = int(caller.engine.core.clock.now()) - back

    answer = await caller.json(told["command_url"], method="liveseek", pos=str(position))

    assert answer == OK
    assert behind <= caller.session(told).behind <= behind + (2 if 0 < behind < WINDOW else 0)


@pytest.mark.parametrize("position", ["-1", "", "live", "-77"])
async def test_any_other_position_is_the_live_edge(caller: Caller, position: str) -> None:
    told = await caller.open()
    caller.session(told).behind = 300.0

    await caller.json(told["command_url"], method="liveseek", pos=position)

    assert caller.session(told).behind == 0.0


async def test_the_first_event_is_that_media_come_and_it_is_told_once(caller: Caller) -> None:
    told = await caller.open(use_api_events="1")

    first = await caller.json(told["event_url"])
    caller.session(told).push_event("second", {"a": 1})
    second = await caller.json(told["event_url"])

    assert first["response"] == {"name": "live_changed", "params": {"is_live": 1}}
    assert second["response"] == {"name": "second", "params": {"a": 1}}


async def test_events_come_in_their_order(caller: Caller) -> None:
    told = await caller.open(id=NEVER.id, use_api_events="1")
    for number in range(3):
        caller.session(told).push_event(str(number), {})

    answers = [await caller.json(told["event_url"]) for _ in range(3)]

    assert [answer["response"]["name"] for answer in answers] == ["0", "1", "2"]


async def test_who_waits_for_an_event_is_told_at_once_when_one_comes(caller: Caller) -> None:
    told = await caller.open(id=NEVER.id, use_api_events="1")
    waiting = tasks.spawn(caller.json(told["event_url"]), name="wait")
    await caller.until(lambda: caller.engine.core.requests["event"] == 1)
    before = waiting.done()

    caller.session(told).push_event("late", {})

    assert not before
    assert (await waiting)["response"]["name"] == "late"


async def test_a_superseded_session_speaks_for_its_heir(caller: Caller) -> None:
    first = await caller.open(pid="a")
    second = await caller.open(pid="b")

    stat = await caller.json(first["stat_url"])
    stopped = await caller.json(first["command_url"], method="stop")

    assert stat["response"]["playback_session_id"] == second["playback_session_id"]
    assert stopped == OK
    assert await caller.json(second["command_url"], method="stop") == UNKNOWN
