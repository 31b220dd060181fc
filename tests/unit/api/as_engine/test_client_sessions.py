"""Sessions: who keeps which stream, and for how long."""

import asyncio

import pytest

from acedesk.api.as_engine import client_sessions
from acedesk.api.as_engine.client_sessions import ClientSession, ClientSessions, Wanted
from acedesk.errors import Busy
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.delivery.client import EndReason
from tests import transport
from tests.fakes.as_engine_front import AsEngineFront
from tests.unit.proxy.streams.test_registry import viewer

PLAY = PlayRequest(key=StreamKey(KeyKind.CONTENT_ID, "a" * 40))
WANTED = Wanted(hls=False, with_events=False, client_session_id=-1)


async def test_a_session_is_found_until_it_ends() -> None:
    ended: list[ClientSession] = []
    sessions = ClientSessions(ended.append)
    session = sessions.begin(PLAY, WANTED)
    assert sessions.find(session.token) is session

    session.end()
    session.end()

    assert sessions.find(session.token) is None
    assert (len(sessions), ended) == (0, [session])


async def test_its_players_leave_with_it_and_nobody_has_disconnected_them() -> None:
    session, player = ClientSessions().begin(PLAY, WANTED), viewer()
    session.add_client(player)

    session.end()

    assert player.reason is EndReason.LEFT


async def test_when_nobody_comes_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_sessions, "USUAL_TIMEOUT", 0.01)
    over = asyncio.Event()
    sessions = ClientSessions(lambda _: over.set())

    sessions.begin(PLAY, WANTED)

    async with asyncio.timeout(5):
        await over.wait()
    assert len(sessions) == 0


async def test_one_that_is_read_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    session = ClientSessions().begin(PLAY, WANTED)

    with session.request():
        session._seen_at -= 1000
        session.watch()
        assert not session.over

    session.watch()
    assert not session.over
    session.end()


async def test_questions_alone_keep_it_for_a_while_only() -> None:
    session = ClientSessions().begin(PLAY, WANTED)
    session._seen_at = session._read_at = session._read_at - client_sessions.LONGEST_UNREAD

    session.touch()
    session.watch()

    assert session.over


async def test_a_time_that_was_asked_for_has_a_limit() -> None:
    session = ClientSessions().begin(PLAY, WANTED)

    session.set_timeout(1e9)

    assert session.timeout == client_sessions.LONGEST_TIMEOUT
    session.end()


async def test_there_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_sessions, "MOST_SESSIONS", 1)
    sessions = ClientSessions()
    session = sessions.begin(PLAY, WANTED)

    with pytest.raises(Busy):
        sessions.begin(PLAY, WANTED)

    session.end()


async def test_events_come_in_their_order_and_end_with_the_session() -> None:
    session = ClientSessions().begin(PLAY, WANTED)
    session.tell("one", value=1)
    session.learn_live(live=False)
    session.end()

    told = [await session.next_event() for _ in range(3)]

    live = {"name": "live_changed", "params": {"is_live": 0}}
    assert told == [{"name": "one", "params": {"value": 1}}, live, None]


async def test_each_keeps_the_stream_on_its_own_behalf(front: AsEngineFront) -> None:
    sessions = ClientSessions()
    first, second = (sessions.begin(PLAY, WANTED) for _ in range(2))
    stream = front.plane.streams.open(PLAY)
    for session in (first, second):
        session.hold(stream)
        session.hold(stream)
    await front.until_dl(transport.broadcast(10))

    spare = []
    for session in (first, second):
        session.end()
        spare.append(stream.is_spare)

    assert spare == [False, True]
    await front.until_gone()
