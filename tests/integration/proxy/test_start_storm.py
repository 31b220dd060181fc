"""Many starts at once over few engines: none is overbooked, as the engines themselves count."""

import asyncio

from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineId
from tests.fakes.engine import FakeEngine, FakeSession
from tests.integration.proxy.conftest import MakeProxy, RawPlayer

ENGINES, LIMIT, STARTS = 5, 3, 200
PLACES = ENGINES * LIMIT - 1
FOREIGN = StreamKey(KeyKind.CONTENT_ID, "f" * 40)


class _CountingEngine(FakeEngine):
    """Tells another infohash for each content, and counts its sessions.

    Attributes:
        most: The most sessions that were open at one time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.most = 0

    @property
    def infohash(self) -> str:
        """One that nobody was told yet."""
        self.most = max(self.most, len([one for one in self.sessions if _is_open(one)]))
        return f"{id(self):020x}{len(self.sessions):020x}"

    @infohash.setter
    def infohash(self, value: str) -> None:
        pass


def _is_open(session: FakeSession) -> bool:
    return not session.stopped.is_set()


async def test_two_hundred_starts_give_no_engine_a_fourth_stream(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(
        ENGINES,
        _CountingEngine,
        max_streams_per_engine=LIMIT,
        starts_per_engine=0,
        max_streams=0,
        header_wait=1.0,
    )
    claim = proxy.pool.claim(EngineId("engine-0"), FOREIGN)

    players = await asyncio.gather(
        *(proxy.play(f"/ace/getstream?id={number:040x}") for number in range(STARTS))
    )
    heads = await asyncio.gather(*map(_head, players))
    places = [LIMIT - 1, *[LIMIT] * (ENGINES - 1)]
    for engine, number in zip(proxy.engines, places, strict=True):
        await engine.body_of(number - 1)

    counted = [engine.most for engine in proxy.engines if isinstance(engine, _CountingEngine)]
    assert counted == places, "what is reported counts, too"
    assert sum(len(engine.sessions) for engine in proxy.engines) == PLACES
    assert (heads.count(200), heads.count(503)) == (PLACES, STARTS - PLACES)
    claim.release()
    assert proxy.pool.has_place(FOREIGN)


async def _head(player: RawPlayer) -> int:
    return await player.head()
