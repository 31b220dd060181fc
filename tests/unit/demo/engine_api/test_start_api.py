"""A link goes in, a session comes out: in which form, for whom, and for how many readers."""

import pytest

from acedesk.demo.engine_api.start_api import FIRST_SEGMENTS
from acedesk.demo.sessions import SHARED_PLAYER, Output
from tests.unit.demo.conftest import NORMAL, Caller

FAILED = "failed to load content"


@pytest.mark.parametrize(
    ("path", "output", "kind", "ending"),
    [
        ("/ace/getstream", Output.STREAM, "r", ""),
        ("/ace/manifest.m3u8", Output.HLS, "m", ".m3u8"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_player_is_sent_on_to_its_session(
    caller: Caller, path: str, output: Output, kind: str, ending: str, method: str
) -> None:
    answer = await caller.ask(path, method=method, id=NORMAL.id, host="tv.lan:99")

    (session,) = caller.engine.core.sessions
    tail = f"{NORMAL.infohash}/{session.token}{ending}"
    assert (answer.status, answer.headers["Location"]) == (
        302,
        f"http://tv.lan:99/ace/{kind}/{tail}",
    )
    assert session.output is output


async def test_a_program_gets_the_addresses_of_its_session(caller: Caller) -> None:
    told = await caller.open(use_api_events="1", client_session_id="17")

    session = caller.session(told)
    base = f"http://127.0.0.1:{caller.engine.port}/ace"
    tail = f"{NORMAL.infohash}/{session.token}"
    assert told == {
        "playback_url": f"{base}/r/{tail}",
        "stat_url": f"{base}/stat/{tail}",
        "command_url": f"{base}/cmd/{tail}",
        "event_url": f"{base}/event/{tail}",
        "infohash": NORMAL.infohash,
        "playback_session_id": session.playback_session_id,
        "is_live": 1,
        "is_encrypted": 0,
        "client_session_id": 17,
    }


async def test_events_are_only_for_who_wants_them(caller: Caller) -> None:
    told = await caller.open()

    assert told["event_url"] == ""
    assert told["client_session_id"] == -1


@pytest.mark.parametrize("path", ["/ace/getstream", "/ace/manifest.m3u8"])
@pytest.mark.parametrize("query", [{}, {"id": "0" * 40}, {"infohash": NORMAL.id}, {"id": ""}])
async def test_what_is_unknown_fails_in_the_form_that_was_asked_for(
    caller: Caller, path: str, query: dict[str, str]
) -> None:
    as_media = await caller.ask(path, **query)
    as_json = await caller.json(path, format="json", **query)

    assert (as_media.status, as_media.text) == (500, FAILED)
    assert as_json == {"response": None, "error": FAILED}
    assert caller.engine.state()["opened"] == 0


@pytest.mark.parametrize(
    ("query", "player"),
    [
        ({}, SHARED_PLAYER),
        ({"pid": "a"}, "a"),
        ({"sid": "b"}, "b"),
        ({"pid": "a", "sid": "b"}, "a"),
        ({"pid": "", "sid": "b"}, "b"),
    ],
)
async def test_a_player_is_known_by_its_pid_or_sid(
    caller: Caller, query: dict[str, str], player: str
) -> None:
    assert caller.session(await caller.open(**query)).player == player


async def test_how_a_session_is_read_is_told_by_who_opens_it(caller: Caller) -> None:
    usual = caller.session(await caller.open(pid="a"))
    many = caller.session(await caller.open(pid="b", allow_multiple_threads_reading="1"))
    last = caller.session(await caller.open(pid="c", stop_prev_read_thread="1"))

    assert (usual.many_readers, usual.new_reader_wins) == (False, False)
    assert (many.many_readers, many.new_reader_wins) == (True, False)
    assert (last.many_readers, last.new_reader_wins) == (False, True)


async def test_who_joins_changes_nothing_of_the_session(caller: Caller) -> None:
    session = caller.session(await caller.open(pid="a", client_session_id="5"))

    joined = await caller.open(pid="a", client_session_id="6", stop_prev_read_thread="1")

    assert caller.session(joined) is session
    assert (session.client_session_id, session.new_reader_wins) == (5, False)


async def test_a_list_begins_some_segments_back(caller: Caller) -> None:
    session = caller.session(await caller.open_list())
    core = caller.engine.core

    now = int(core.clock.now() / core.card(session).seconds)

    assert now - session.first_loop in (FIRST_SEGMENTS, FIRST_SEGMENTS + 1)
