"""Each link of the chain is broken once over real sockets, and named."""

import asyncio
import dataclasses
import datetime
import json
from collections.abc import Awaitable, Callable

import pytest

from acedesk import tasks
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.diagnosis import Action, Cause, MachineFacts, Severity
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineIntent, EngineSpec
from acedesk.model.snapshot import StreamState, VpnState
from acedesk.proxy.streams.after_last_client import PREPARED_HOLD
from acedesk.proxy.views import stream_view
from acedesk.words.diagnosis import describe
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy, RawPlayer
from tests.integration.proxy.laboratory import (
    SECOND,
    Laboratory,
    play_slowly,
    through_vpn,
)

MakeLaboratory = Callable[..., Awaitable[Laboratory]]


@pytest.fixture
def playing(make_proxy: MakeProxy) -> MakeLaboratory:
    """Return a maker of laboratories in which one player has watched for six seconds."""

    async def make(engines: int = 1, **values: object) -> Laboratory:
        made = Laboratory(await make_proxy(engines, **values), **values)
        await made.proxy.play(headers="User-Agent: mpv 0.38\r\n")
        await made.proxy.engines[0].body_of(0)
        await made.proxy.until(lambda: made.stream().supply.session is not None)
        await made.live(6)
        return made

    return make


async def test_a_stream_that_plays_is_fine(playing: MakeLaboratory) -> None:
    lab = await playing()
    await lab.ask(peers=23, speed_down=900)

    await lab.live(8)

    assert lab.diagnosis().cause is Cause.FINE
    assert stream_view(lab.stream()).state is StreamState.PLAYING
    assert describe(lab.diagnosis()).sentence.startswith("23 peers deliver 0.")


async def test_a_start_tells_how_far_it_is(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    proxy.engines[0].silent = True
    await proxy.play()
    await proxy.until(lambda: len(proxy.streams) == 1)
    await proxy.until(lambda: Laboratory(proxy).stream().supply.engine is not None)
    lab = Laboratory(proxy)

    lab.look()

    assert describe(lab.diagnosis()).sentence == "engine-0 looks for the stream."
    assert lab.diagnosis().cause is Cause.STARTING


async def _wait_in_line(proxy: Proxy, *contents: str) -> None:
    """Ask for contents one after the other; return when all but the first wait for a turn."""
    sessions = proxy.streams._shared.sessions
    for number, content in enumerate(contents):
        await proxy.play(f"/ace/getstream?id={content}")
        key = StreamKey(KeyKind.CONTENT_ID, content)
        async with asyncio.timeout(5):
            while proxy.streams.find(key) is None or (number and not sessions.ahead(key)):
                await tasks.sleep(0.005)


async def test_a_start_in_line_says_what_it_waits_for(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(starts_per_engine=1, header_wait=0.0)
    proxy.engines[0].silent = True
    contents = [digit * 40 for digit in "abc"]
    await _wait_in_line(proxy, *contents)
    lab = Laboratory(proxy)

    lab.look(2)

    assert lab.diagnosis(contents[0]).cause is Cause.STARTING
    assert describe(lab.diagnosis(contents[1])).title == "Waiting for its turn"
    assert [describe(lab.diagnosis(content)).sentence for content in contents[1:]] == [
        "engine-0 is starting other streams.",
        "engine-0 is starting other streams, 1 more before this one.",
    ]


async def test_a_start_that_has_its_turn_is_no_longer_in_line(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(starts_per_engine=1, header_wait=0.0)
    proxy.engines[0].silent = True
    first, second = "a" * 40, "b" * 40
    await _wait_in_line(proxy, first, second)
    lab = Laboratory(proxy)
    lab.look(2)
    assert lab.diagnosis(second).cause is Cause.WAITING_TURN

    await lab.stream(first).stop()
    async with asyncio.timeout(5):
        while proxy.streams._shared.sessions.ahead(lab.stream(second).key):
            await tasks.sleep(0.005)
    lab.look()

    assert lab.diagnosis(second).cause is Cause.STARTING


async def test_a_prepared_stream_tells_how_long_it_is_kept(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    key = StreamKey(KeyKind.CONTENT_ID, CONTENT)
    proxy.streams.open(PlayRequest(key=key, extra=())).hold()
    stream = proxy.streams.find_id(key.stream_id)
    assert stream_view(stream).hold == PREPARED_HOLD

    await proxy.play()
    await proxy.until(lambda: len(stream.clients) == 1)

    assert stream_view(stream).hold == 0


async def test_a_content_nobody_shares(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    lab = Laboratory(proxy)
    await proxy.play()
    await proxy.engines[0].body_of(0)
    await proxy.until(lambda: lab.stream().supply.session is not None)
    await lab.ask(status="prebuf", peers=0)

    for _ in range(12):
        lab.look()

    assert lab.diagnosis().cause is Cause.NO_PEERS
    assert describe(lab.diagnosis()).sentence == "Nobody is sharing this stream right now."


async def test_peers_that_deliver_too_little(playing: MakeLaboratory) -> None:
    lab = await playing()

    await lab.live(20, supply=0.5)

    found = lab.diagnosis()
    assert found.cause is Cause.SWARM_TOO_SLOW
    assert found.delivered == pytest.approx(SECOND * 8 * 0.5, rel=0.15)
    assert found.needed == pytest.approx(SECOND * 8, rel=0.1)
    assert stream_view(lab.stream()).state is StreamState.SLOW


async def test_peers_that_use_up_the_engines_reserve(playing: MakeLaboratory) -> None:
    lab = await playing()
    for _ in range(4):
        await lab.ask(peers=3, speed_down=SECOND * 8 * 0.4 / 8192)
        await lab.live(3)

    assert (lab.diagnosis().cause, lab.diagnosis().severity) == (
        Cause.SWARM_TOO_SLOW,
        Severity.NOTICE,
    )


async def test_an_engine_that_froze(playing: MakeLaboratory) -> None:
    lab = await playing(engines=2)
    question = lab.ask_in_vain()

    for _ in range(12):
        await asyncio.wait([question], timeout=0)
        lab.look()

    assert lab.diagnosis().cause is Cause.ENGINE_SILENT
    assert lab.diagnosis().action is Action.SWITCH_ENGINE
    assert lab.diagnosis().who == "engine-0"
    question.cancel()


async def test_an_engine_that_answers_slowly(playing: MakeLaboratory) -> None:
    lab = await playing()
    lab.proxy.pool.set_answer(EngineId("engine-0"), 2.4, datetime.datetime.now(datetime.UTC))

    await lab.live(20, supply=0.5)

    assert describe(lab.diagnosis()).sentence == "engine-0 takes 2.4 s to answer."


@pytest.mark.parametrize(
    ("machine", "cause"),
    [
        (MachineFacts(cpu=99.0), Cause.HOST_CPU),
        (MachineFacts(memory_free=1.0), Cause.HOST_MEMORY),
        (MachineFacts(disk_free=50_000_000), Cause.HOST_DISK),
    ],
    ids=lambda value: value.value if isinstance(value, Cause) else "",
)
async def test_a_computer_that_is_used_up(
    playing: MakeLaboratory, machine: MachineFacts, cause: Cause
) -> None:
    lab = await playing()
    lab.machine = machine

    await lab.live(20, supply=0.4)

    assert lab.diagnosis().cause is cause


async def test_a_vpn_that_is_down(playing: MakeLaboratory) -> None:
    lab = await playing()
    lab.vpn = through_vpn()
    await lab.live(2)
    lab.vpn = through_vpn(state=VpnState.UNHEALTHY)

    for _ in range(8):
        lab.look()

    assert lab.diagnosis().cause is Cause.VPN_DOWN


async def test_a_vpn_that_came_back(playing: MakeLaboratory) -> None:
    lab = await playing()
    for state in (VpnState.CONNECTED, VpnState.UNHEALTHY, VpnState.CONNECTED):
        lab.vpn = through_vpn(state=state)
        await lab.live(3, supply=0.3)

    await lab.live(10, supply=0.3)

    assert lab.diagnosis().cause is Cause.VPN_RECONNECTED
    assert describe(lab.diagnosis()).sentence == "The VPN reconnected 12 s ago."


async def test_a_vpn_that_restarted_between_two_looks(playing: MakeLaboratory) -> None:
    lab = await playing()
    lab.vpn = dataclasses.replace(through_vpn(), started_time=lab.time)
    await lab.live(3)
    lab.vpn = dataclasses.replace(through_vpn(), started_time=lab.time)

    await lab.live(14, supply=0.3)

    assert lab.diagnosis().cause is Cause.VPN_RECONNECTED


@pytest.mark.parametrize("port", [None, 4712])
async def test_a_port_that_is_gone_or_another(playing: MakeLaboratory, port: int | None) -> None:
    lab = await playing()
    lab.vpn = through_vpn(4711)
    await lab.live(3)
    lab.vpn = through_vpn(port)

    await lab.live(20, supply=0.5)

    assert lab.diagnosis().cause is Cause.PORT_CLOSED


async def test_a_control_server_that_tells_nothing_closes_no_port(playing: MakeLaboratory) -> None:
    lab = await playing()
    lab.vpn = through_vpn(4711)
    await lab.live(3)
    lab.vpn = dataclasses.replace(through_vpn(None), control_note="it asks for a key")

    await lab.live(20, supply=0.5)

    assert lab.diagnosis().cause is Cause.SWARM_TOO_SLOW


async def test_all_streams_at_once_are_the_line(playing: MakeLaboratory) -> None:
    lab = await playing()
    other = "c" * 40
    await lab.proxy.play(f"/ace/getstream?id={other}")
    await lab.proxy.engines[0].body_of(1)
    await lab.proxy.until(lambda: lab.stream(other).supply.session is not None)
    await lab.send(1.0, 1, other)

    for second in range(26):
        await lab.send(0.4 if second > 5 else 1.0, 1, other)
        await lab.live(1, supply=0.4 if second > 5 else 1.0)

    assert lab.diagnosis().cause is Cause.LINE_TOO_SLOW
    assert lab.diagnosis(other).cause is Cause.LINE_TOO_SLOW


async def test_all_streams_of_one_frozen_engine_are_that_engine(playing: MakeLaboratory) -> None:
    lab = await playing(engines=2)
    other = "c" * 40
    lab.proxy.pool.intents.set(EngineId("engine-1"), EngineIntent.DRAIN)
    await lab.proxy.play(f"/ace/getstream?id={other}")
    await lab.proxy.engines[0].body_of(1)
    await lab.proxy.until(lambda: lab.stream(other).supply.session is not None)
    await lab.send(1.0, 1, other)
    lab.proxy.pool.forget(EngineId("engine-1"))
    spec = EngineSpec(
        id=EngineId("engine-1"),
        name="engine-1",
        backend=BackendKind.STATIC,
        host="127.0.0.1",
        port=lab.proxy.engines[1].port,
    )
    lab.proxy.pool.add(spec, health=EngineHealth.READY)
    for _ in range(6):
        await lab.send(1.0, 1, other)
        await lab.live(1)

    for _ in range(5):
        lab.look()

    for content in (CONTENT, other):
        found = lab.diagnosis(content)
        assert (found.cause, found.who, found.count) == (Cause.ENGINE_SILENT, "engine-0", 2)


async def test_the_only_engine_is_removed_under_a_viewer(playing: MakeLaboratory) -> None:
    lab = await playing()
    lab.proxy.pool.forget(EngineId("engine-0"), "you removed it")
    await lab.proxy.until(lambda: lab.stream().supply.lost_at is not None)

    lab.look()

    found = lab.diagnosis()
    assert (found.cause, found.action) == (Cause.ENGINE_REMOVED, Action.ADD_ENGINE)
    assert describe(found).sentence.startswith("engine-0 was removed and no other engine is free")


async def test_an_engine_that_is_being_replaced(playing: MakeLaboratory) -> None:
    lab = await playing(engines=2)
    for engine in lab.proxy.engines:
        engine.silent = True
    lab.proxy.engines[0].end(0)
    await lab.proxy.until(lambda: lab.stream().supply.lost_at is not None)

    lab.look()

    assert lab.diagnosis().cause is Cause.SWITCHING


async def test_a_viewer_with_a_narrow_link(playing: MakeLaboratory) -> None:
    lab = await playing()
    player = await play_slowly(lab)
    for _ in range(16):
        await lab.send(1.0, 0)
        await player.read(int(SECOND * 0.4))
        lab.look()

    found = lab.diagnosis()
    assert found.cause is Cause.VIEWER_LINK_SLOW
    assert found.who == "VLC 3.0.21 on this computer"
    assert found.delivered == pytest.approx(SECOND * 8 * 0.4, rel=0.2)
    player.close()


async def test_a_viewer_that_paused_is_no_fault(playing: MakeLaboratory) -> None:
    lab = await playing()
    player = await play_slowly(lab)
    paused = list(lab.stream().clients)[-1].id

    causes = set()
    for _ in range(20):
        await lab.live(1)
        causes.add(lab.diagnosis().cause)

    assert all(client.blocked for client in lab.stream().clients if client.id == paused)
    assert causes == {Cause.FINE}
    player.close()


async def test_a_player_that_keeps_coming_back(playing: MakeLaboratory) -> None:
    lab = await playing()
    for _ in range(6):
        restless = await _watch(lab)
        await lab.live(5)
        restless.leave()
        await lab.proxy.until(lambda: len(lab.stream().clients) == 1)
        await lab.live(5)
    await _watch(lab)
    await lab.live(4)

    assert lab.diagnosis().cause is Cause.PLAYER_RECONNECTS
    assert describe(lab.diagnosis()).sentence == (
        "Kodi 21.0 on this computer closes the connection every 10 s."
    )


async def _watch(lab: Laboratory) -> RawPlayer:
    player = await lab.proxy.play(headers="User-Agent: Kodi/21.0\r\n")
    await player.head()
    await lab.proxy.until(lambda: len(lab.stream().clients) == 2)
    return player


async def test_a_file_that_goes_round(playing: MakeLaboratory) -> None:
    lab = await playing()
    for _ in range(3):
        for second in range(8):
            await lab.push(transport.broadcast(25, first=250 + 25 * second))
            lab.look()
    await lab.push(transport.broadcast(25, first=250))
    for _ in range(3):
        lab.look()

    assert lab.diagnosis().cause is Cause.SOURCE_LOOPING
    assert describe(lab.diagnosis()).sentence == "The broadcast repeats itself every 7 s."


async def test_a_broadcast_that_stands_still(playing: MakeLaboratory) -> None:
    lab = await playing()
    moment = int(lab.time.timestamp())
    for ahead in (1, 2, 2):
        await lab.ask(peers=9, livepos={"live_last": str(moment + ahead), "pos": "1772366000"})
        await lab.live(1)

    await lab.live(34)

    assert lab.diagnosis().cause is Cause.SOURCE_FROZEN
    assert stream_view(lab.stream()).broadcast is not None


async def _tell_old_moments(lab: Laboratory) -> None:
    old = str(int(lab.time.timestamp()) - 7200)
    await lab.ask(peers=9, is_live=1, livepos={"live_last": old, "pos": old})


async def test_an_old_broadcast_is_stopped_and_refused_under_all_its_names(
    playing: MakeLaboratory,
) -> None:
    lab = await playing(stop_looping=True)
    lab.proxy.streams._check_key = lab.blacklist.check
    stream = lab.stream()
    await _tell_old_moments(lab)
    while not lab.blacklist.entries():
        await lab.live(1)
    await lab.proxy.until(lambda: not len(lab.proxy.streams))

    assert stream_view(stream).state is StreamState.FAILED
    async with asyncio.timeout(5):
        await lab.proxy.engines[0].sessions[0].stopped.wait()
    for query in (f"id={CONTENT}", f"infohash={'b' * 40}"):
        again = await lab.proxy.play(f"/ace/getstream?{query}")
        assert await again.head() == 422
        size = int(again.headers["content-length"])
        body = json.loads(await again.reader.readexactly(size))
        assert (body["error"], body["code"]) == ("stream_blacklisted", "looping_stream")
        assert "newest moment is 2 h" in body["message"]


async def test_an_old_broadcast_is_only_marked_by_default(playing: MakeLaboratory) -> None:
    lab = await playing()
    await _tell_old_moments(lab)

    await lab.live(18)

    assert lab.diagnosis().cause is Cause.SOURCE_LOOPING
    assert lab.blacklist.entries() == ()
    assert len(lab.proxy.streams) == 1
