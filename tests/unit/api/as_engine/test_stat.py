"""What the stat address answers."""

from acedesk.api.as_engine import stat
from acedesk.api.as_engine.client_sessions import ClientSessions, Wanted
from acedesk.formats.engine_reply import parse_stat
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine_stat import EngineStat
from tests import transport
from tests.fakes.as_engine_front import AsEngineFront

PLAY = PlayRequest(key=StreamKey(KeyKind.CONTENT_ID, "a" * 40))
WANTED = Wanted(hls=False, with_events=False, client_session_id=3)
TOLD = EngineStat(
    status="dl",
    peers=7,
    speed_down=8192.0 * 257,
    speed_up=8192.0 * 29,
    progress=None,
    live_last=None,
    pos=None,
    is_live=True,
)


async def test_a_file_is_ready_at_once() -> None:
    session = ClientSessions().begin(PLAY, WANTED)
    session.learn_live(live=False)

    told = stat.build(session, None, 1000.0)

    assert (told["status"], told["is_live"], told["client_session_id"]) == ("dl", 0, 3)
    assert "livepos" not in told
    session.end()


async def test_it_says_what_the_engine_says_in_the_engines_units(front: AsEngineFront) -> None:
    session = ClientSessions().begin(PLAY, WANTED)
    stream = front.plane.streams.open(PLAY)
    session.hold(stream)
    early = stat.build(session, stream, 1000.0)
    await front.until_dl(transport.broadcast(10))
    stream.stat_poller.stat = TOLD

    told = stat.build(session, stream, 1000.0)

    assert (early["status"], early["progress"], early["is_live"]) == ("prebuf", 0, -1)
    assert (told["status"], told["peers"], told["is_live"]) == ("dl", 7, 1)
    assert (told["speed_down"], told["speed_up"]) == (257, 29)
    session.end()


async def test_our_own_parser_of_engines_takes_it(front: AsEngineFront) -> None:
    session = await front.start()
    await front.until_dl(transport.broadcast(10))

    async with front.http.get(session["stat_url"]) as answer:
        read = parse_stat(await answer.read())

    assert (read.status, read.is_live) == ("dl", True)
    assert read.pos is not None
