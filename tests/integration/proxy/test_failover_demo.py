"""A real decoder behind the proxy sees nothing when the engines in front of it die."""

import asyncio
import contextlib
import dataclasses

import pytest

from acedesk.demo.broadcast_clock import load_card
from acedesk.demo.channels import channels
from acedesk.demo.engine import DemoEngine
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.failover import SpliceMethod
from acedesk.mpegts.packets import PACKET, pid_of
from tests.integration.proxy.conftest import MakeProxy, Proxy
from tests.needs import need_program

# Seconds of broadcast in a second. The engines' clocks drift apart by what lies between their
# starts, so it must not be much.
SPEED = 3.0
# What a new reader gets at once; the overlap that makes the splice exact on a busy computer too.
BURST = 10.0
CHANNEL = dataclasses.replace(channels()[0], start_delay=0.0)
TARGET = f"/ace/getstream?id={CHANNEL.id}"
CARD = load_card(CHANNEL.picture)
LOOP = CARD.packets * PACKET
VIDEO_PID = 0x100


def add(proxy: Proxy, engine: DemoEngine, number: int) -> None:
    spec = EngineSpec(
        id=EngineId(f"demo-{number}"),
        name=f"demo-{number}",
        backend=BackendKind.DEMO,
        host="127.0.0.1",
        port=engine.port,
    )
    proxy.pool.add(spec, health=EngineHealth.READY)


def is_broadcast(media: bytes, time: float) -> bool:
    """Tell whether `media` is a piece of the broadcast of about `time`, without a seam."""
    while pid_of(media, 0) != VIDEO_PID:  # the tables a viewer begins with
        media = media[PACKET:]
    newest = CARD.position(time)
    around = CARD.read(newest - 20 * CARD.packets, newest + 5 * CARD.packets)
    return around.find(media) >= 0


@pytest.mark.players
async def test_engines_that_die_are_not_seen_by_a_decoder(make_proxy: MakeProxy) -> None:
    ffmpeg = need_program("ffmpeg")
    proxy = await make_proxy(engines=0)
    async with contextlib.AsyncExitStack() as stack:
        engines = [DemoEngine((CHANNEL,), speed=SPEED, burst=BURST) for _ in range(3)]
        for number, engine in enumerate(engines):
            await engine.start()
            stack.push_async_callback(engine.close)
            add(proxy, engine, number)
        player = await proxy.play(TARGET)
        assert await player.head() == 200
        media = await player.media(LOOP)
        url = f"http://127.0.0.1:{proxy.listener.port}{TARGET}"
        decoder = await asyncio.create_subprocess_exec(
            *(ffmpeg, "-nostdin", "-v", "warning", "-i", url, "-t", "18", "-f", "null", "-"),
            stderr=asyncio.subprocess.PIPE,
        )
        stack.callback(_end, decoder)

        for engine in engines[:2]:
            media += await player.media(LOOP)
            await engine.close()
        media += await player.media(2 * LOOP)
        async with asyncio.timeout(20):
            _, errors = await decoder.communicate()

        (stream,) = proxy.streams
        assert [f.method for f in stream.supply.failovers] == [SpliceMethod.BYTE_EXACT] * 2
        assert is_broadcast(media, engines[2].core.clock.now())
        assert errors.decode() == ""
        assert decoder.returncode == 0


def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
